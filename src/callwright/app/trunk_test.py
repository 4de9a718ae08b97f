"""``callwright trunk test``: call one of our own telephones over a trunk, and say in words what happened.

The call goes the way every call goes (permit, dialplan, application), under an application name of its own, so that a
running floor does not notice. What is heard is measured; what is said is a prompt.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from callwright.adapters.asterisk.media import MediaServer
from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.postgres.overview import is_banned
from callwright.app.asterisk_service import Service, bring_up, find_service, prompts_of
from callwright.app.cli_values import print_json
from callwright.app.database import open_database
from callwright.app.settings import Settings
from callwright.app.trunk_test_words import ADVICE, SAID
from callwright.compliance import DialPermit, permit_own_number
from callwright.compliance.ledger import LedgerEntry
from callwright.dialer.network import Originate
from callwright.dialer.ports import Batch
from callwright.kit.errors import NotFound
from callwright.kit.loop_clock import LoopClock
from callwright.kit.words import Language
from callwright.model.outcome import Media, outcome_of_failure

APP = "callwright-test"
PROMPT = "trunk_test"
_PROMPT_TEXT = "This is a test call of your telephone line. If you hear this, the way to you is open. Goodbye."
_AUDIBLE = 60.0  # root mean square of 16-bit samples; a line's own noise lies below


@dataclass(kw_only=True, slots=True)
class CallSeen:
    """What became of the call; instants in seconds from the order."""

    trunk: str
    number: str
    rang_s: float | None = None
    answered_s: float | None = None
    ended_s: float | None = None
    early: Media | None = None
    sip: int | None = None
    q850: int | None = None
    by: str = ""
    frames: int = 0
    loudest: float = 0.0
    played: bool = False
    registration: str = ""
    began: float = field(default_factory=time.monotonic)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def at(self) -> float:
        return round(time.monotonic() - self.began, 3)


class _Ear:
    """Measures what is heard; takes part in no decision."""

    def __init__(self, seen: CallSeen) -> None:
        self._seen = seen

    def feed(self, frame: bytes, *, answered: bool) -> list[Any]:
        if answered:
            self._seen.frames += 1
            samples = np.frombuffer(frame, dtype="<i2").astype(float)
            self._seen.loudest = max(self._seen.loudest, float(np.sqrt(np.mean(samples**2))))
        return []


class _Watcher:
    """The sink of the test call."""

    def __init__(self, seen: CallSeen, network: AsteriskNetwork, listen_s: float) -> None:
        self._seen = seen
        self._network = network
        self._listen_s = listen_s

    def on_ringing(self, attempt_id: int) -> None:
        self._seen.rang_s = self._seen.at()

    def on_early_media(self, attempt_id: int, media: Media) -> None:
        self._seen.early = media

    def on_answered(self, attempt_id: int) -> None:
        self._seen.answered_s = self._seen.at()
        self._network.play(attempt_id, PROMPT, 5.0)
        asyncio.get_running_loop().call_later(self._listen_s, self._network.hang_up, attempt_id)

    def on_play_ended(self, attempt_id: int) -> None:
        self._seen.played = True

    def on_ended(self, attempt_id: int, *, sip: int | None, q850: int | None, by: str) -> None:
        seen = self._seen
        seen.ended_s, seen.sip, seen.q850, seen.by = seen.at(), sip, q850, by
        seen.over.set()

    def on_lost(self, attempt_id: int) -> None:
        self._seen.by = "lost"
        self._seen.over.set()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("on_"):
            return lambda *facts, **named: None  # what does not concern a test call
        raise AttributeError(name)


def try_trunk(settings: Settings, trunk: str, number: str, *, ring_s: float, listen_s: float, as_json: bool) -> bool:
    """Carry out the test and print what it found; whether the call was answered and heard."""
    seen = asyncio.run(_call(settings, trunk, number, ring_s, listen_s))
    if as_json:
        print_json(as_dict(seen))
    else:
        for line in in_words(seen, settings.language):
            print(line)
    return seen.answered_s is not None and seen.loudest > _AUDIBLE


async def _call(settings: Settings, trunk: str, number: str, ring_s: float, listen_s: float) -> CallSeen:
    service = find_service(settings)
    if trunk not in {each.name for each in service.plan.trunks}:
        names = ", ".join(each.name for each in service.plan.trunks) or "none"
        raise NotFound(f"There is no trunk {trunk} in {settings.telephony}; there are: {names}.")
    clock = LoopClock(asyncio.get_running_loop())
    permit = await _permit(settings, number, clock.now())
    await asyncio.to_thread(bring_up, service)
    seen = CallSeen(trunk=trunk, number=number)
    media = MediaServer(user=service.plan.ari_user, secret=service.plan.ari_secret, port=_media_port(service))
    hears = await _may_listen(media)
    prompts = prompts_of(service)
    await asyncio.to_thread(prompts.prepare, {PROMPT: _PROMPT_TEXT})
    network = AsteriskNetwork(
        address=replace(service.address, app=APP),
        plan=service.plan,
        trunks=[replace(t, channels=1) for t in service.file.trunks],
        clock=clock,
        prompts=prompts,
        media=media if hears else None,
        make_hearing=partial(_Ear, seen) if hears else None,  # type: ignore[arg-type]  # it only measures
    )
    network.listen(_Watcher(seen, network, listen_s))
    await network.start()
    try:
        seen.registration = await _state_of(network, trunk)
        seen.began = time.monotonic()
        network.originate(
            Originate(
                attempt_id=int(clock.now() * 1000),  # of no attempt: far above every one
                permit=permit,
                trunk=trunk,
                caller_id=service.file.caller_ids[0].number if service.file.caller_ids else None,
                ring_timeout_s=ring_s,
                detect_machine=hears,
                max_call_s=listen_s + 5.0,
            )
        )
        async with asyncio.timeout(ring_s + listen_s + 30.0):
            await seen.over.wait()
    finally:
        await network.close()
        if hears:
            await media.close()
    return seen


def _media_port(service: Service) -> int:
    return int(service.plan.media_url.partition("//")[2].partition("/")[0].rpartition(":")[2] or 8089)


async def _may_listen(media: MediaServer) -> bool:
    """Whether the media port is ours; a running floor has it, and then the sound is not measured."""
    try:
        await media.start()
    except OSError:
        return False
    return True


async def _permit(settings: Settings, number: str, now: float) -> DialPermit:
    async with open_database(settings) as database:
        permit = permit_own_number(number, now=now, banned=await is_banned(database.store, number))
        await database.store.save(Batch(ledger=[LedgerEntry.of(permit)]))
        return permit


async def _state_of(network: AsteriskNetwork, trunk: str) -> str:
    status, found = await network.switch.client.ask("GET", f"/endpoints/PJSIP/trunk-{trunk}")
    return str(found.get("state", "")) if status == 200 and isinstance(found, Mapping) else "missing"


def as_dict(seen: CallSeen) -> dict[str, Any]:
    """The result as JSON holds it."""
    answered = seen.answered_s is not None
    return {
        "trunk": seen.trunk,
        "number": seen.number,
        "trunk_state": seen.registration,
        "answered": answered,
        "rang_after_s": seen.rang_s,
        "answered_after_s": seen.answered_s,
        "ended_after_s": seen.ended_s,
        "ended_by": seen.by,
        "sip": seen.sip,
        "q850": seen.q850,
        "announcement": seen.early.value if seen.early else None,
        "outcome": None if answered else outcome_of_failure(sip=seen.sip, q850=seen.q850, early=seen.early).value,
        "heard_s": round(seen.frames * 0.02, 2),
        "heard_level": round(seen.loudest, 1),
        "sound_heard": seen.loudest > _AUDIBLE,
        "prompt_played": seen.played,
    }


def in_words(seen: CallSeen, language: Language) -> list[str]:
    """What happened, and what it means, line by line."""

    def say(key: str, **facts: object) -> str:
        return SAID[key].say(language).format(**facts)

    lines = [say("called", number=seen.number, trunk=seen.trunk)]
    if seen.registration in ("offline", "missing"):
        lines.append(say(f"trunk_{seen.registration}", trunk=seen.trunk))
    if seen.rang_s is not None:
        lines.append(say("rang", seconds=f"{seen.rang_s:.1f}"))
    if seen.early is not None:
        lines.append(say("announced", what=seen.early.value))
    if seen.answered_s is None:
        if seen.by == "us" and seen.sip == 487:
            lines.append(say("nobody"))
        else:
            lines.append(say("failed", sip=seen.sip or "-", q850=seen.q850 or "-"))
            advice = ADVICE.get(seen.sip or 0) or ADVICE[0]
            lines.append(advice.say(language))
        return lines
    lines.append(say("answered", seconds=f"{seen.answered_s:.1f}"))
    if not seen.frames:
        lines.append(say("not_measured"))
    elif seen.loudest > _AUDIBLE:
        lines.append(say("heard", level=f"{seen.loudest:.0f}"))
    else:
        lines.append(say("silent"))
    lines.append(say("spoken" if seen.played else "cut"))
    return lines
