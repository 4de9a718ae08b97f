"""The master keys. They never touch audio: each recording has a data key of its own, wrapped by a master key.

The key file has one line per key, ``<id> <32 bytes in base64>``; the last one wraps what is new, the earlier ones open
what is old. The id is derived from the key, so a wrong key under a right id is found when the file is read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from callwright.adapters.recordings.errors import Altered, KeyMissing
from callwright.kit.errors import BadInput, NotFound

KEY_BYTES = 32
_NONCE_BYTES = 12
_OTHERS_MAY = stat.S_IRWXO | stat.S_IWGRP


class KeyRing:
    """The master keys of an installation, by id. Its text never shows a key."""

    def __init__(self, keys: Mapping[str, bytes], *, file: Path | None = None) -> None:
        """``keys`` in the order of the file: the last one is the current one."""
        if not keys:
            raise BadInput("A key ring needs a key: put a line into the key file, or remove the empty file.")
        self._keys = dict(keys)
        self.current = list(keys)[-1]
        self.file = file

    @classmethod
    def open(cls, file: Path, *, make: bool) -> KeyRing:
        """Read the key file. ``make``: write one with a new key where there is none (mode 0600).

        Raises BadInput where others may read it, NotFound where it is missing and must not be made.
        """
        if not file.exists():
            if not make:
                raise NotFound(
                    f"The recordings' key file {file} is missing, and recordings exist: put it back from your backup."
                )
            _write_first(file)
        return cls(_read(file), file=file)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._keys)

    def wrap(self, recording_id: int, data_key: bytes) -> tuple[str, bytes]:
        """The data key under the current master key, bound to its recording: (id of the master key, wrapped key)."""
        nonce = os.urandom(_NONCE_BYTES)
        bound = _bound(recording_id, self.current)
        return self.current, nonce + AESGCM(self._keys[self.current]).encrypt(nonce, data_key, bound)

    def unwrap(self, recording_id: int, key_id: str, wrapped: bytes) -> bytes:
        """Raises KeyMissing for an unknown master key, Altered where the wrapped key is not this recording's."""
        key = self._keys.get(key_id)
        if key is None:
            raise KeyMissing(
                f"The master key {key_id} of recording {recording_id} is not in {self.file or 'the key ring'}: "
                "put its line back from your backup."
            )
        try:
            return AESGCM(key).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], _bound(recording_id, key_id))
        except (InvalidTag, ValueError):
            raise Altered(
                f"The key of recording {recording_id} was changed in the database: bring its row back from a backup."
            ) from None

    def with_new_key(self) -> KeyRing:
        """A ring with one more key, the current one from now on, written to the file. The old ones stay.

        The new file is complete on the disk before it takes the old one's place.
        """
        if self.file is None:
            raise BadInput("These keys have no file: give one in CALLWRIGHT_RECORDING_KEY_FILE.")
        key = os.urandom(KEY_BYTES)
        keys = {**self._keys, key_id(key): key}
        beside = self.file.with_name(f".{self.file.name}.new")
        with suppress(FileNotFoundError):
            beside.unlink()
        _write_private(beside, keys)
        beside.rename(self.file)
        _sync_directory(self.file.parent)
        return KeyRing(keys, file=self.file)

    def __repr__(self) -> str:
        return f"<KeyRing {', '.join(self._keys)}>"


def key_id(key: bytes) -> str:
    return "k-" + hashlib.sha256(b"callwright recording key\0" + key).hexdigest()[:12]


def _bound(recording_id: int, master: str) -> bytes:
    return f"callwright recording {recording_id} {master}".encode()


def _write_first(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = os.urandom(KEY_BYTES)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    _write_private(beside, {key_id(key): key})
    try:
        os.link(beside, file)  # of several programs that start at once one wins, the others read its key
    except FileExistsError:
        pass
    finally:
        beside.unlink()
    _sync_directory(file.parent)


def _write_private(file: Path, keys: Mapping[str, bytes]) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write("# Master keys of Callwright's recordings. Keep a copy apart from the recordings: without it\n")
        out.write("# they are lost. The last line encrypts; the others open what is older.\n")
        out.writelines(f"{name} {base64.b64encode(key).decode()}\n" for name, key in keys.items())
        out.flush()
        os.fsync(out.fileno())


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(file: Path) -> dict[str, bytes]:
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            if mode & _OTHERS_MAY:
                raise BadInput(f"The recordings' key file {file} is open to others: run chmod 600 {file}.")
            text = opened.read().decode("ascii")
    except PermissionError:
        raise BadInput(f"The recordings' key file {file} cannot be read: give it to the user of Callwright.") from None
    except (IsADirectoryError, UnicodeDecodeError):
        raise BadInput(f"{file} is no key file: each line holds a key's id and the key in base64.") from None
    keys: dict[str, bytes] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        keys |= {words[0]: _key(words, file, number)}
    if not keys:
        raise BadInput(f"{file} holds no key: put back the line of the key from your backup.")
    return keys


def _key(words: list[str], file: Path, number: int) -> bytes:
    """The line's key. An error names the line and never what stands in it."""
    try:
        key = base64.b64decode(words[1], validate=True)
    except (binascii.Error, IndexError):
        key = b""
    if len(words) != 2 or len(key) != KEY_BYTES:
        raise BadInput(f"Line {number} of {file} must hold a key's id and 32 bytes in base64; correct it.")
    if key_id(key) != words[0]:
        raise BadInput(f"Line {number} of {file}: the key is not the one of its id; put the line back as it was.")
    return key
