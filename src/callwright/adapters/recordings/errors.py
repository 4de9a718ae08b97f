"""What can be wrong with a recording, told apart."""

from __future__ import annotations

from callwright.kit.errors import BadInput, CallwrightError, NotFound


class NotAWav(BadInput):
    """The file holds no audio that the vault knows."""

    code = "not_a_wav"


class NoAudio(BadInput):
    """A WAV file without one sample: nothing was recorded on this side."""

    code = "no_audio"


class Altered(CallwrightError):
    """An encrypted recording is not what the vault wrote: bytes were changed, moved or put in from elsewhere."""

    code = "recording_altered"


class Truncated(Altered):
    """The end of an encrypted recording is missing."""

    code = "recording_truncated"


class KeyMissing(NotFound):
    """The master key a recording was encrypted under is not in the key file."""

    code = "recording_key_missing"


class RecordingGone(NotFound):
    """There is no such recording, or it was purged."""

    code = "recording_gone"
