"""Pages of faxes as pixels: written as G3 TIFFs, and read again from whatever a fax machine has made of them.

The code words are those of ITU-T T.4 and T.6, written down here so that no picture library is needed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

WIDTH = 1728
_WHITE_ENDS = """
00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100 110101 101010 101011
0100111 0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011 0100100 0011000 00000010 00000011 00011010
00011011 00010010 00010011 00010100 00010101 00010110 00010111 00101000 00101001 00101010 00101011 00101100 00101101
00000100 00000101 00001010 00001011 01010010 01010011 01010100 01010101 00100100 00100101 01011000 01011001 01011010
01011011 01001010 01001011 00110010 00110011 00110100
"""
_WHITE_64S = """
11011 10010 010111 0110111 00110110 00110111 01100100 01100101 01101000 01100111 011001100 011001101 011010010
011010011 011010100 011010101 011010110 011010111 011011000 011011001 011011010 011011011 010011000 010011001
010011010 011000 010011011
"""
_BLACK_ENDS = """
0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100 00000111 000011000 0000010111
0000011000 0000001000 00001100111 00001101000 00001101100 00000110111 00000101000 00000010111 00000011000 000011001010
000011001011 000011001100 000011001101 000001101000 000001101001 000001101010 000001101011 000011010010 000011010011
000011010100 000011010101 000011010110 000011010111 000001101100 000001101101 000011011010 000011011011 000001010100
000001010101 000001010110 000001010111 000001100100 000001100101 000001010010 000001010011 000000100100 000000110111
000000111000 000000100111 000000101000 000001011000 000001011001 000000101011 000000101100 000001011010 000001100110
000001100111
"""
_BLACK_64S = """
0000001111 000011001000 000011001001 000001011011 000000110011 000000110100 000000110101 0000001101100 0000001101101
0000001001010 0000001001011 0000001001100 0000001001101 0000001110010 0000001110011 0000001110100 0000001110101
0000001110110 0000001110111 0000001010010 0000001010011 0000001010100 0000001010101 0000001011010 0000001011011
0000001100100 0000001100101
"""
_EOL = "000000000001"
_MODES = {"0001": "pass", "001": "runs", "1": 0, "011": 1, "000011": 2, "0000011": 3, "010": -1, "000010": -2}
_MODES["0000010"] = -3


def _codes(ends: str, sixty_fours: str) -> dict[int, str]:
    long = {64 * (i + 1): code for i, code in enumerate(sixty_fours.split())}
    return {**dict(enumerate(ends.split())), **long}


_CODES = (_codes(_WHITE_ENDS, _WHITE_64S), _codes(_BLACK_ENDS, _BLACK_64S))
_RUNS = tuple({code: length for length, code in codes.items()} for codes in _CODES)

Page = np.ndarray
"""True where it is black; rows of ``WIDTH`` dots."""


def sample_pages(count: int, rows: int = 400) -> list[Page]:
    """Pages that differ from each other: bars, a frame, and as many squares as the page's number."""
    pages = []
    for number in range(1, count + 1):
        page = np.zeros((rows, WIDTH), dtype=bool)
        page[20:26, 100:1600] = page[rows - 40 : rows - 34, 100:1600] = True
        page[20 : rows - 34, 100:108] = page[20 : rows - 34, 1592:1600] = True
        for square in range(number):
            page[100:200, 200 + 180 * square : 300 + 180 * square] = True
        page[250:300, 200 : 200 + 97 * number] = True
        pages.append(page)
    return pages


# --- writing ------------------------------------------------------------------------------------------------------


def write_tiff(file: Path, pages: Sequence[Page]) -> None:
    """A TIFF of one-dimensional G3, fine resolution."""
    data, before = bytearray(b"II*\x00\x00\x00\x00\x00"), 4
    for page in pages:
        bits = "".join(_EOL + _encoded(row) for row in page)
        strip = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
        at = len(data)
        data += strip + b"\x00" * (len(strip) % 2)
        fractions = len(data)
        data += struct.pack("<IIII", 204, 1, 196, 1)
        tags = [
            *((256, 4, WIDTH), (257, 4, len(page)), (258, 3, 1), (259, 3, 3), (262, 3, 0), (266, 3, 1), (273, 4, at)),
            *((277, 3, 1), (278, 4, len(page)), (279, 4, len(strip)), (282, 5, fractions), (283, 5, fractions + 8)),
            *((292, 4, 0), (296, 3, 2)),
        ]
        struct.pack_into("<I", data, before, len(data))
        data += struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, kind, 1, v) for tag, kind, v in tags)
        before = len(data)
        data += b"\x00\x00\x00\x00"
    file.write_bytes(data)


def _encoded(row: Page) -> str:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [not row[-1]]))))
    out, at = [], 0
    for index, edge in enumerate(edges):
        run = int(edge) - at
        at = int(edge)
        codes = _CODES[index % 2]
        out.append((codes[run // 64 * 64] if run >= 64 else "") + codes[run % 64])
    return "".join(out)


# --- reading ------------------------------------------------------------------------------------------------------


def read_tiff(file: Path) -> list[Page]:
    """The pages of a TIFF in G3 (one or two dimensions) or G4."""
    data = file.read_bytes()
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(f"{order}I", data, 4)
    pages = []
    while at:
        (count,) = struct.unpack_from(f"{order}H", data, at)
        tags = {266: [1], 262: [0], 292: [0]}
        for entry in range(count):
            tag, kind, size = struct.unpack_from(f"{order}HHI", data, at + 2 + 12 * entry)
            sign = {3: "H", 4: "I"}.get(kind)
            if sign is not None:
                where = at + 10 + 12 * entry
                if size * struct.calcsize(sign) > 4:
                    (where,) = struct.unpack_from(f"{order}I", data, where)
                tags[tag] = list(struct.unpack_from(f"{order}{size}{sign}", data, where))
        packed = b"".join(data[a : a + n] for a, n in zip(tags[273], tags[279], strict=True))
        assert len(tags[273]) == 1, "one strip a page is all that is read here"
        bits = "".join(f"{byte:08b}" if tags[266] == [1] else f"{byte:08b}"[::-1] for byte in packed)
        two = tags[259] == [4] or bool(tags[292][0] & 1)
        rows = list(_decoded(bits, tags[256][0], tags[257][0], g4=tags[259] == [4], two=two))
        page = np.array(rows, dtype=bool)
        pages.append(page if tags[262] == [0] else ~page)
        (at,) = struct.unpack_from(f"{order}I", data, at + 2 + 12 * count)
    return pages


def _decoded(bits: str, width: int, height: int, *, g4: bool, two: bool) -> Iterator[Page]:
    at, before = 0, [width, width]
    for _ in range(height):
        flat = not two
        if not g4:
            at = bits.index("1", at) + 1  # the end of a line's mark, with whatever fills it up
            if two:
                flat = bits[at] == "1"
                at += 1
        edges, at = _flat_row(bits, at, width) if flat else _row_by_the_one_above(bits, at, width, before)
        row = np.zeros(width, dtype=bool)
        for begin, end in zip(edges[::2], [*edges[1::2], width], strict=False):
            row[begin:end] = True
        before = [*edges, width, width]
        yield row


def _run(bits: str, at: int, colour: int) -> tuple[int, int]:
    total = 0
    while True:
        for size in range(2, 14):
            found = _RUNS[colour].get(bits[at : at + size])
            if found is not None:
                break
        else:
            raise ValueError(f"no code word at bit {at}")
        at, total = at + size, total + found
        if found < 64:
            return total, at


def _flat_row(bits: str, at: int, width: int) -> tuple[list[int], int]:
    edges, x, colour = [], 0, 0
    while x < width:
        run, at = _run(bits, at, colour)
        x, colour = x + run, 1 - colour
        if x < width:
            edges.append(x)
    return edges, at


def _row_by_the_one_above(bits: str, at: int, width: int, before: list[int]) -> tuple[list[int], int]:
    edges: list[int] = []
    x, colour, first = 0, 0, True
    while x < width:
        mode = next(bits[at : at + size] for size in range(1, 8) if bits[at : at + size] in _MODES)
        at, move = at + len(mode), _MODES[mode]
        above = [i for i in range(colour, len(before), 2) if before[i] > x or (first and before[i] == 0)]
        b1 = before[above[0]] if above else width
        b2 = before[above[0] + 1] if above and above[0] + 1 < len(before) else width
        first = False
        if move == "pass":
            x = b2
        elif move == "runs":
            for turn in (colour, 1 - colour):
                run, at = _run(bits, at, turn)
                x += run
                edges.append(min(x, width))
        else:
            x = b1 + int(move)
            edges.append(x)
            colour = 1 - colour
    return [edge for edge in edges if edge < width], at
