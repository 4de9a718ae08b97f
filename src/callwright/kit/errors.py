"""The error tree. Adapters translate vendor errors into it once; nothing above catches a vendor's error."""

from __future__ import annotations


class CallwrightError(Exception):
    """Base of all expected errors. ``str(error)`` is one sentence that says what to do.

    ``code`` is a stable machine name; ``retryable`` says whether the same request may succeed later unchanged.
    """

    code = "error"
    retryable = False


class BadInput(CallwrightError):
    """A file, an argument or a message from outside is wrong; nothing was stored."""

    code = "bad_input"


class NotFound(CallwrightError):
    code = "not_found"


class Conflict(CallwrightError):
    """The request contradicts what is stored (a live attempt exists, a name is taken)."""

    code = "conflict"


class StoreUnavailable(CallwrightError):
    """The database cannot be reached or refused to commit. Dialling stops; live calls go on."""

    code = "store_unavailable"
    retryable = True


class StoreFull(StoreUnavailable):
    """The disk under the database is full."""

    code = "store_full"


class InvalidTransition(CallwrightError):
    """A state machine got an event that its state does not know. Always a defect, never ignored."""

    code = "invalid_transition"
