"""Which encoding a text file is in, and its lines as UTF-8. Detection looks at the bytes, the reading is strict.

GB18030 and CP1251 accept nearly any bytes, so a guess is made from what the letters would be: the most used Chinese
characters, or Cyrillic words. A line that cannot be read is an error that names the line; nothing is replaced by "?".
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from callwright.kit.errors import BadInput

_SAMPLE_BYTES = 1 << 20
_BLOCK = 1 << 22
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES = {
    "utf8": "utf-8",
    "utf-8": "utf-8",
    "utf16": "utf-16",
    "utf-16": "utf-16",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "cp1251": "cp1251",
    "windows-1251": "cp1251",
}


def check_encoding(name: str) -> str:
    """The codec of an encoding somebody named. Raises BadInput for one Python does not know."""
    try:
        return _NAMES.get(name.lower()) or codecs.lookup(name).name
    except LookupError:
        raise BadInput(f"There is no encoding {name!r}; try utf-8, gb18030 or cp1251.") from None


def detect_encoding(path: Path) -> str:
    """The encoding of a text file. Raises BadInput where no reading makes sense."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE_BYTES)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    wide = _utf16_without_bom(head)
    if wide is not None:
        return wide
    sample = _sample_of_foreign_lines(path)
    if not sample:
        return "utf-8"
    if _valid_utf8(path):
        return "utf-8"
    return _guess_eight_bit(sample, path)


def _utf16_without_bom(head: bytes) -> str | None:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    if odd > 0.3 * half and even < 0.02 * half:
        return "utf-16-le"
    if even > 0.3 * half and odd < 0.02 * half:
        return "utf-16-be"
    return None


def _sample_of_foreign_lines(path: Path) -> bytes:
    """Lines with bytes outside ASCII, up to the sample size; from the whole file, they may come late."""
    found: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            block += file.readline(_BLOCK)
            if block.isascii():
                continue
            for line in block.splitlines():
                if not line.isascii():
                    found.append(line)
                    size += len(line)
            if size > _SAMPLE_BYTES:
                break
    return b"\n".join(found)


def _valid_utf8(path: Path) -> bool:
    try:
        for _ in _decoded_blocks(path, "utf-8"):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _decoded_blocks(path: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield decoder.decode(block)
        yield decoder.decode(b"", final=True)


def _guess_eight_bit(sample: bytes, path: Path) -> str:
    foreign = sum(b > 127 for b in sample)
    as_utf8 = sample.decode("utf-8", errors="ignore")
    if sum(len(c.encode()) for c in as_utf8 if ord(c) > 127) > 0.6 * foreign:
        return "utf-8"  # with a broken line, which the strict reading will name
    chinese = _share_of_common_chinese(sample)
    cyrillic = _share_of_cyrillic_words(sample, foreign)
    if chinese >= 0.7 and chinese >= cyrillic:
        return "gb18030"
    if cyrillic >= 0.6:
        return "cp1251"
    if chinese >= 0.4:
        return "gb18030"
    western = sample.decode("cp1252", errors="replace")
    letters = len(re.findall(r"(?<=[A-Za-z])[\u00c0-\u00ff]|[\u00c0-\u00ff](?=[a-z])", western))
    if letters >= 0.6 * foreign:
        return "cp1252"
    raise BadInput(f"The encoding of {path.name} cannot be told; save it as UTF-8 or name it in a profile (--map).")


def _share_of_common_chinese(sample: bytes) -> float:
    """Of the foreign characters read as GB18030, the share of level-1 (most used) ones; 0 where lines break.

    Russian words of an odd number of letters break the pairs, so a few broken lines already speak against Chinese.
    """
    lines = sample.splitlines()
    texts: list[str] = []
    broken = 0
    for line in lines:
        try:
            texts.append(line.decode("gb18030"))
        except UnicodeDecodeError:
            broken += 1
    if broken > 0.05 * len(lines):
        return 0.0
    characters = [c for t in texts for c in t if ord(c) > 127]
    if not characters:
        return 0.0
    common = sum(_is_common_chinese(c) for c in characters)
    return common / len(characters)


def _is_common_chinese(character: str) -> bool:
    if character in "，。（）、：；！？“”《》－":
        return True
    if not "\u4e00" <= character <= "\u9fff":
        return False
    raw = character.encode("gb18030")
    return len(raw) == 2 and 0xB0 <= raw[0] <= 0xD7 and raw[1] >= 0xA1


def _share_of_cyrillic_words(sample: bytes, foreign: int) -> float:
    """Of the foreign bytes read as CP1251, the share that stand in well-formed Russian words."""
    text = sample.decode("cp1251", errors="replace")
    words = re.findall(r"(?<![A-Za-z\u0400-\u04ff])(?:[А-ЯЁ]?[а-яё]+|[А-ЯЁ]+|[№«»—–]+)(?![A-Za-z\u0400-\u04ff])", text)
    return sum(len(w) for w in words) / max(1, foreign)


def to_utf8(path: Path, encoding: str, target: Path) -> None:
    """Write ``path`` in UTF-8 without a mark to ``target``. Raises BadInput naming the line that cannot be read."""
    lines = 1
    try:
        with target.open("w", encoding="utf-8", newline="") as out:
            for text in _decoded_blocks(path, encoding):
                out.write(text)
                lines += text.count("\n")
    except UnicodeDecodeError as error:
        raise undecodable(path, encoding, error, lines) from None


def check_utf8(path: Path) -> None:
    """Raises BadInput naming the first line that is not UTF-8."""
    lines = 1
    try:
        for text in _decoded_blocks(path, "utf-8"):
            lines += text.count("\n")
    except UnicodeDecodeError as error:
        raise undecodable(path, "utf-8", error, lines) from None


def undecodable(path: Path, encoding: str, error: UnicodeDecodeError, lines_before: int) -> BadInput:
    line = lines_before + bytes(error.object[: error.start]).count(b"\n")
    byte = error.object[error.start] if error.start < len(error.object) else 0
    return BadInput(
        f"Line {line} of {path.name} cannot be read as {encoding} (byte 0x{byte:02x}); "
        "save the file as UTF-8 or name its encoding in a mapping profile (--map)."
    )
