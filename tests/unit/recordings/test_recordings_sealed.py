"""The encrypted file: read anywhere, and refused when one bit, one chunk or its end is not what was written."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.adapters.recordings import sealed as module
from callwright.adapters.recordings.errors import Altered, Truncated
from callwright.adapters.recordings.sealed import HEADER_BYTES, TAG_BYTES, SealedReader, SealedWriter

KEY = bytes(range(32))
CHUNK = 64


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK_BYTES", CHUNK)


def seal(plain: bytes, *, key: bytes = KEY, recording_id: int = 7, pieces: int = 50) -> bytes:
    out = io.BytesIO()
    writer = SealedWriter(out.write, data_key=key, recording_id=recording_id)
    for begin in range(0, len(plain), pieces):
        writer.write(plain[begin : begin + pieces])
    writer.close()
    return out.getvalue()


def unseal(content: bytes, *, key: bytes = KEY, recording_id: int = 7) -> bytes:
    return SealedReader(io.BytesIO(content), data_key=key, recording_id=recording_id).read()


def plain_of(length: int) -> bytes:
    return random.Random(length).randbytes(length)


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 5 * CHUNK, 5 * CHUNK + 17])
def test_comes_back_as_it_went_in(length: int) -> None:
    plain = plain_of(length)
    content = seal(plain)
    assert unseal(content) == plain
    assert len(plain) < 16 or plain[:16] not in content, "not even its beginning is readable"
    chunks = max(1, -(-length // CHUNK))
    assert len(content) == HEADER_BYTES + length + chunks * TAG_BYTES


def test_nothing_is_encrypted_alike_twice() -> None:
    assert seal(b"the same") != seal(b"the same")


@settings(max_examples=200, deadline=None)
@given(length=st.integers(0, 600), pieces=st.integers(1, 200), data=st.data())
def test_any_range_can_be_read(length: int, pieces: int, data: st.DataObject) -> None:
    module.CHUNK_BYTES = CHUNK
    plain = plain_of(length)
    reader = SealedReader(io.BytesIO(seal(plain, pieces=pieces)), data_key=KEY, recording_id=7)
    assert reader.plain_bytes == length
    for _ in range(4):
        start = data.draw(st.integers(0, length + 10))
        wanted = data.draw(st.none() | st.integers(0, length + 10))
        expected = plain[start:] if wanted is None else plain[start : start + wanted]
        assert reader.read(start, wanted) == expected


def test_cut_off_anywhere_it_does_not_open() -> None:
    content = seal(plain_of(4 * CHUNK + 9))
    for length in range(len(content)):
        with pytest.raises(Altered):
            SealedReader(io.BytesIO(content[:length]), data_key=KEY, recording_id=7)


@pytest.mark.parametrize("chunks", [1, 2, 3])
def test_cut_off_between_chunks_it_says_so(chunks: int) -> None:
    content = seal(plain_of(4 * CHUNK))
    with pytest.raises(Truncated, match="cut off"):
        SealedReader(io.BytesIO(content[: HEADER_BYTES + chunks * (CHUNK + TAG_BYTES)]), data_key=KEY, recording_id=7)


def test_any_single_flipped_bit_is_found() -> None:
    plain = plain_of(2 * CHUNK + 5)
    content = seal(plain)
    for place in range(len(content)):
        for bit in range(8):
            changed = bytearray(content)
            changed[place] ^= 1 << bit
            with pytest.raises(Altered):
                assert unseal(bytes(changed)) == b"never"


def test_a_changed_chunk_does_not_hide_the_others_and_is_named() -> None:
    plain = plain_of(4 * CHUNK)
    changed = bytearray(seal(plain))
    changed[HEADER_BYTES + 2 * (CHUNK + TAG_BYTES) + 3] ^= 1
    reader = SealedReader(io.BytesIO(bytes(changed)), data_key=KEY, recording_id=7)
    assert reader.read(0, 2 * CHUNK) == plain[: 2 * CHUNK]
    assert reader.read(3 * CHUNK) == plain[3 * CHUNK :]
    with pytest.raises(Altered, match="chunk 2 of 4"):
        reader.read(2 * CHUNK, 1)


def sealed_chunks(content: bytes) -> list[bytes]:
    body, size = content[HEADER_BYTES:], CHUNK + TAG_BYTES
    return [body[begin : begin + size] for begin in range(0, len(body), size)]


def test_chunks_out_of_order_doubled_left_out_or_added_are_found() -> None:
    content = seal(plain_of(4 * CHUNK))
    head, (a, b, c, d) = content[:HEADER_BYTES], sealed_chunks(content)
    for parts in (
        [b, a, c, d],
        [a, c, b, d],
        [a, b, d],
        [a, a, b, c, d],
        [d, b, c, a],
        [a, b, c, d, d],
        [d],
        [a, b, c],
    ):
        with pytest.raises(Altered):
            assert unseal(head + b"".join(parts)) == b"never"
    with pytest.raises(Altered):
        unseal(content + b"\0")


def test_a_chunk_of_another_file_with_the_same_key_is_found() -> None:
    plain = plain_of(3 * CHUNK)
    ours, theirs = seal(plain), seal(plain)
    parts = sealed_chunks(ours)
    parts[1] = sealed_chunks(theirs)[1]
    with pytest.raises(Altered, match="chunk 1"):
        unseal(ours[:HEADER_BYTES] + b"".join(parts))


def test_swapped_files_are_named_and_a_wrong_key_opens_nothing() -> None:
    other = seal(b"somebody else", recording_id=8)
    with pytest.raises(Altered, match="recording 7 is that of recording 8"):
        unseal(other)
    with pytest.raises(Altered):
        unseal(seal(b"ours"), key=bytes(32))
    forged = bytearray(other)  # the id written over: it is bound to every chunk
    forged[:HEADER_BYTES] = seal(b"x")[: HEADER_BYTES - 14] + other[HEADER_BYTES - 14 : HEADER_BYTES]
    with pytest.raises(Altered):
        unseal(bytes(forged))
