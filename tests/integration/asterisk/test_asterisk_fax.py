"""Faxes between two Asterisks, over SIP with T.38 and with sound alone: what arrives is compared dot by dot."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.fax_pages import read_tiff, sample_pages, write_tiff

from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.asterisk.prompts import Prompts
from callwright.dialer.ports import Trunk
from callwright.kit.loop_clock import LoopClock

WITHIN_S = 120.0
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


def over_t38(floor: Any) -> int:
    """How many faxes our Asterisk has brought to their end over T.38."""
    said = floor.telephone.process.console("fax show stats").partition("Spandsp T.38")[2]
    return int(re.search(r"Success\s*: (\d+)", said)[1])  # type: ignore[index]


@pytest.mark.parametrize(
    ("number", "pages", "t38"), [("+14406000001", 2, True), ("+14405000001", 1, False)], ids=["t38", "sound"]
)
def test_a_document_arrives_dot_by_dot(on_floor: Any, tmp_path: Path, number: str, pages: int, t38: bool) -> None:
    async def scenario(floor: Any) -> None:
        document = sample_pages(pages)
        write_tiff(tmp_path / "offer.tif", document)
        assert floor.telephone.process.faxes.take_in(tmp_path) == 1
        before = over_t38(floor)
        attempt = floor.dial(number)
        await floor.ear.until("on_answered", attempt)
        floor.network.send_fax(attempt, "offer.tif")
        floor.network.send_fax(attempt, "offer.tif")  # said twice, sent once
        event = await floor.ear.until("on_fax", attempt, within_s=WITHIN_S)
        assert event[2:] == (True, pages, "")
        assert over_t38(floor) - before == t38
        floor.network.hang_up(attempt)
        await floor.ear.until("on_ended", attempt)
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


def test_a_program_that_is_started_again_learns_how_the_fax_went(on_floor: Any, tmp_path: Path) -> None:
    async def scenario(floor: Any) -> None:
        write_tiff(tmp_path / "offer.tif", sample_pages(1))
        floor.telephone.process.faxes.take_in(tmp_path)
        attempt = floor.dial("+14406000002")
        await floor.ear.until("on_answered", attempt)
        floor.network.send_fax(attempt, "offer.tif")
        await asyncio.sleep(4.0)
        await floor.network.close()
        process, heard = floor.telephone.process, type(floor.ear)()
        floor.network = AsteriskNetwork(
            address=floor.telephone.address,
            plan=floor.telephone.plan,
            trunks=[Trunk(name="main", channels=100, calls_per_s=100.0)],
            clock=LoopClock(asyncio.get_running_loop()),
            prompts=Prompts(process.root, process.sounds),
            faxes=process.faxes,
        )
        floor.network.listen(heard)
        await floor.network.start()
        assert [live.attempt_id for live in await floor.network.live_calls()] == [attempt]
        floor.network.send_fax(attempt, "offer.tif")  # as recovery asks
        event = await heard.until("on_fax", attempt, within_s=WITHIN_S)
        assert event[2:] == (True, 1, "")
        assert heard.count("on_fax", attempt) == 1
        same_pages(sample_pages(1), await until_file(floor.far.heard / "14406000002.tif"))

    on_floor(scenario)
