"""The master keys: made once, closed to others, rotated without a moment in which nothing opens, never shown."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from callwright.adapters.recordings.errors import Altered, KeyMissing
from callwright.adapters.recordings.keys import KeyRing
from callwright.kit.errors import BadInput, CallwrightError, NotFound

DATA_KEY = bytes(range(32))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "recordings.key"


def secrets_in(file: Path) -> list[str]:
    lines = file.read_text(encoding="ascii").splitlines()
    return [line.split()[1] for line in lines if line and not line.startswith("#")]


def test_the_first_use_makes_a_key_that_only_we_read(file: Path) -> None:
    os.umask(old := os.umask(0))
    try:
        ring = KeyRing.open(file, make=True)
    finally:
        os.umask(old)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    key_id, wrapped = ring.wrap(7, DATA_KEY)
    assert KeyRing.open(file, make=True).unwrap(7, key_id, wrapped) == DATA_KEY
    assert [each.name for each in file.parent.iterdir()] == [file.name], "nothing is left beside it"


def test_many_programs_that_start_at_once_have_one_key(file: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from callwright.adapters.recordings.keys import KeyRing\n"
        "print(KeyRing.open(Path(sys.argv[1]), make=True).current)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(file)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert len({process.communicate(timeout=60)[0] for process in started}) == 1
    assert len(secrets_in(file)) == 1


def test_a_lost_key_file_is_not_replaced_where_recordings_exist(file: Path) -> None:
    with pytest.raises(NotFound, match="put it back"):
        KeyRing.open(file, make=False)
    assert not file.exists()


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o606, 0o601, 0o620])
def test_a_file_open_to_others_is_refused(file: Path, mode: int) -> None:
    KeyRing.open(file, make=True)
    file.chmod(mode)
    with pytest.raises(BadInput, match="chmod 600"):
        KeyRing.open(file, make=True)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o440])
def test_a_group_may_read_it_as_mounted_secrets_are(file: Path, mode: int) -> None:
    KeyRing.open(file, make=True)
    file.chmod(mode)
    assert KeyRing.open(file, make=True)


def test_a_wrapped_key_belongs_to_its_recording_and_its_master(file: Path) -> None:
    ring = KeyRing.open(file, make=True)
    key_id, wrapped = ring.wrap(7, DATA_KEY)
    with pytest.raises(Altered):
        ring.unwrap(8, key_id, wrapped)
    for place in range(len(wrapped)):
        changed = bytearray(wrapped)
        changed[place] ^= 1
        with pytest.raises(Altered):
            ring.unwrap(7, key_id, bytes(changed))
    for nothing in (b"", wrapped[:10], wrapped[:-1]):
        with pytest.raises(Altered):
            ring.unwrap(7, key_id, nothing)


def test_a_new_key_wraps_and_the_old_ones_still_open(file: Path) -> None:
    first = KeyRing.open(file, make=True)
    old = first.wrap(7, DATA_KEY)
    second = first.with_new_key()
    assert second.current != first.current
    again = KeyRing.open(file, make=True)
    assert again.current == second.current
    assert again.ids == (first.current, second.current)
    assert again.unwrap(7, *old) == DATA_KEY
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(KeyMissing, match=second.current):
        first.unwrap(7, *second.wrap(7, DATA_KEY))


def test_a_spoilt_file_is_refused_and_its_secret_never_shown(file: Path) -> None:
    ring = KeyRing.open(file, make=True)
    text = file.read_text(encoding="ascii")
    (secret,) = secrets_in(file)
    other = KeyRing.open(file.with_name("other"), make=True).current
    assert secret not in repr(ring)
    for spoilt in (
        text.replace(secret, secret[:-4]),
        text.replace(secret, f"{secret} {secret}"),
        text.replace(secret, ""),
        text.replace(ring.current, other),
        f"{secret}\n",
        "",
    ):
        file.write_text(spoilt, encoding="ascii")
        with pytest.raises(CallwrightError) as refused:
            KeyRing.open(file, make=True)
        told = "".join(traceback.format_exception(refused.value))
        assert secret[:12] not in told
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="no key file"):
        KeyRing.open(file, make=True)
