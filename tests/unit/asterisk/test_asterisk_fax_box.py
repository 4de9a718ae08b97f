"""Documents a fax can take and those it cannot, notes of what came in, and what the dialplan may hold."""

from __future__ import annotations

import stat
from pathlib import Path, PurePosixPath

import pytest
from tests.support.fax_pages import read_tiff, sample_pages, write_tiff

from callwright.adapters.asterisk import fax_box
from callwright.adapters.asterisk.config_dialplan import dialplan
from callwright.adapters.asterisk.fax_box import FaxBox, FaxResult, check_fax
from callwright.adapters.asterisk.plan import TelephonePlan
from callwright.kit.errors import BadInput, NotFound

_G3 = b"\x03\x01\x03\x00\x01\x00\x00\x00\x03\x00"  # the tag of the compression
INSIDE = PurePosixPath("/srv/callwright/x/spool/fax")


@pytest.fixture
def box(tmp_path: Path) -> FaxBox:
    (tmp_path / "box" / "received").mkdir(parents=True)
    return FaxBox(tmp_path / "box", INSIDE)


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    own = tmp_path / "documents"
    own.mkdir()
    return own


def test_a_document_is_found_by_asterisk_and_readable_by_its_account(box: FaxBox, documents: Path) -> None:
    write_tiff(documents / "offer.tif", sample_pages(3))
    (documents / "notes.txt").write_text("no document")
    assert box.take_in(documents) == 1
    assert box.path("offer.tif") == str(INSIDE / "offer.tif")
    assert stat.S_IMODE((box.directory / "offer.tif").stat().st_mode) == 0o644
    pages = check_fax(box.directory / "offer.tif", Path("offer.tif"))
    assert [(page.width, page.height, page.compression) for page in pages] == [(1728, 400, 3)] * 3
    assert all((a == b).all() for a, b in zip(sample_pages(3), read_tiff(box.directory / "offer.tif"), strict=True))


@pytest.mark.parametrize("name", ["../x.tif", "a b.tif", "x.png", ".tif", "${SHELL(id)}.tif", "x.tif,d", ""])
def test_what_is_no_name_of_a_document_never_reaches_the_dialplan(box: FaxBox, name: str) -> None:
    with pytest.raises(BadInput):
        box.path(name)


def test_a_document_that_is_not_there(box: FaxBox) -> None:
    with pytest.raises(NotFound, match=r"offer\.tif"):
        box.path("offer.tif")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda data: b"GIF89a" + data, "is no TIFF"),
        (lambda data: data[:40], "is no TIFF"),
        (lambda data: data.replace(_G3, _G3[:-2] + b"\x05\x00"), "G3"),
        (lambda data: data.replace((1728).to_bytes(4, "little"), (800).to_bytes(4, "little")), "1728"),
    ],
    ids=["gif", "cut off", "lzw", "narrow"],
)
def test_a_document_no_fax_can_take_is_refused_before_any_call(
    box: FaxBox, documents: Path, wrong: object, words: str
) -> None:
    write_tiff(documents / "offer.tif", sample_pages(1))
    data = (documents / "offer.tif").read_bytes()
    (documents / "offer.tif").write_bytes(wrong(data))  # type: ignore[operator]
    with pytest.raises(BadInput, match=words):
        box.take_in(documents)
    assert not list(box.directory.glob("*.*"))


def test_a_pdf_needs_ghostscript_and_says_how_to_get_it(
    box: FaxBox, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (documents / "offer.pdf").write_bytes(b"%PDF-1.4\n")
    monkeypatch.setattr(fax_box.shutil, "which", lambda program: None)
    with pytest.raises(BadInput, match="apt-get install ghostscript"):
        box.take_in(documents)


def test_notes_tell_who_called_and_how_it_went_until_they_are_told(box: FaxBox) -> None:
    note = box.directory / "received" / "1.5.note"
    note.write_text("+15505000001|+12025550199|SUCCESS|2|OK|A|B machine\n")
    (found,) = box.notes()
    assert (found.file, found.number, found.called) == ("1.5.tif", "+15505000001", "+12025550199")
    assert found.result == FaxResult(whole=True, pages=2, why="", station="A|B machine")
    box.told(found)
    assert list(box.notes()) == []


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("FAILED|1|The call dropped prematurely|", (False, 1, "The call dropped prematurely")),
        ("|||", (False, 0, "The call ended before the fax was through")),
        ("", (False, 0, "The call ended before the fax was through")),
    ],
)
def test_what_asterisk_says_of_a_fax(text: str, result: tuple[bool, int, str]) -> None:
    read = FaxResult.read(text)
    assert (read.whole, read.pages, read.why) == result


@pytest.mark.parametrize("facts", [{"fax_numbers": ("_X.",)}, {"fax_header": "a${SHELL(id)}"}, {"fax_header": "a\nb"}])
def test_nothing_but_numbers_and_words_stands_in_the_dialplan(facts: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        dialplan(TelephonePlan(**facts))  # type: ignore[arg-type]
