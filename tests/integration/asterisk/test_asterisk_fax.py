"""Faxes between two Asterisks, over SIP with T.38 and with sound alone: what arrives is compared dot by dot."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.fax_pages import read_tiff, sample_pages, write_tiff

WITHIN_S = 120.0
_TRIES = 3
"""Sound from a machine that does many things beside has gaps; a fax that stumbles over one is sent again, as ever."""
SENDER = "+15505000001"


def same_pages(sent: list[np.ndarray], file: Path) -> None:
    """What arrived is what was sent: below the header, which each page is given on top, dot by dot."""
    arrived = read_tiff(file)
    assert len(arrived) == len(sent)
    for number, (one, other) in enumerate(zip(sent, arrived, strict=True), start=1):
        header = len(other) - len(one)
        assert 0 <= header <= 60, f"page {number}: {len(other)} rows of {len(one)}"
        wrong = float(np.mean(one != other[header:]))
        assert wrong < 0.002, f"page {number}: {wrong:.2%} of its dots are wrong"


async def until_file(file: Path, within_s: float = 10.0) -> Path:
    limit = time.monotonic() + within_s
    while not file.exists():  # noqa: ASYNC240  # a moment
        assert time.monotonic() < limit, f"{file} did not come"
        await asyncio.sleep(0.05)
    return file


@pytest.mark.parametrize(("number", "pages"), [("+14406000001", 2), ("+14405000001", 1)], ids=["t38", "sound"])
def test_a_document_arrives_dot_by_dot(on_floor: Any, tmp_path: Path, number: str, pages: int) -> None:
    async def scenario(floor: Any) -> None:
        document = sample_pages(pages)
        write_tiff(tmp_path / "offer.tif", document)
        assert floor.telephone.process.faxes.take_in(tmp_path) == 1
        for _ in range(_TRIES):
            attempt = floor.dial(number)
            await floor.ear.until("on_answered", attempt)
            floor.network.send_fax(attempt, "offer.tif")
            floor.network.send_fax(attempt, "offer.tif")  # said twice, sent once
            event = await floor.ear.until("on_fax", attempt, within_s=WITHIN_S)
            floor.network.hang_up(attempt)
            await floor.ear.until("on_ended", attempt)
            if event[2]:
                break
        assert event[2:] == (True, pages, "")
        over_t38 = floor.telephone.process.console("fax show stats").partition("Spandsp T.38")[2]
        assert ("Success              : 1" in over_t38) == (pages == 2)
        same_pages(document, await until_file(floor.far.heard / f"{number.lstrip('+')}.tif"))

    on_floor(scenario)


def test_who_hangs_up_on_the_tones_is_told_with_the_reason(on_floor: Any, tmp_path: Path) -> None:
    async def scenario(floor: Any) -> None:
        write_tiff(tmp_path / "offer.tif", sample_pages(1))
        floor.telephone.process.faxes.take_in(tmp_path)
        attempt = floor.dial("+14404000001")
        await floor.ear.until("on_answered", attempt)
        floor.network.send_fax(attempt, "offer.tif")
        await floor.ear.until("on_ended", attempt, within_s=30.0)
        kinds = [event[0] for event in floor.ear.events if event[1] == attempt]
        assert kinds[-2:] == ["on_fax", "on_ended"]
        _, _, sent, pages, why = await floor.ear.until("on_fax", attempt)
        assert (sent, pages) == (False, 0)
        assert why.startswith("The other side hung up: "), why

    on_floor(scenario)


def test_a_document_that_is_not_there_fails_and_says_so(on_floor: Any) -> None:
    async def scenario(floor: Any) -> None:
        attempt = floor.dial("+14404000002")
        await floor.ear.until("on_answered", attempt)
        floor.network.send_fax(attempt, "nowhere.tif")
        event = await floor.ear.until("on_fax", attempt)
        assert event[2:] == (False, 0, "There is no document nowhere.tif")

    on_floor(scenario)


def test_a_fax_to_our_number_is_kept_with_a_note(on_floor: Any) -> None:
    async def scenario(floor: Any) -> None:
        document = sample_pages(2)
        write_tiff(floor.far.heard / "question.tif", document)
        (floor.far.heard / "question.tif").chmod(0o644)
        ours = floor.telephone.plan
        await asyncio.to_thread(
            floor.far.send_fax, ours.fax_numbers[0], (ours.sip_bind, ours.sip_port), "question.tif", caller=SENDER
        )
        (_, fax) = await floor.ear.until("on_fax_received", within_s=WITHIN_S)
        assert (fax.number, fax.called, fax.pages, fax.whole, fax.why) == (SENDER, ours.fax_numbers[0], 2, True, "")
        assert fax.station == SENDER
        box = floor.telephone.process.faxes
        same_pages(document, box.directory / "received" / fax.file)
        assert [note.file for note in box.notes()] == [fax.file]  # until the store has it
        floor.network._faxes.collect()
        assert floor.ear.count("on_fax_received") == 1

    on_floor(scenario)
