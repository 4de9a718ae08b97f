"""Fax campaigns: whatever answers is sent the document; what comes to our fax numbers is kept."""

from __future__ import annotations

from typing import Any

from tests.support.leads import a_lead

from callwright.adapters.memory.store import MemoryStore
from callwright.dialer.network import FaxReceived, LiveCall
from callwright.model.attempt import AttemptState, Mode
from callwright.model.campaign import STANDARD_RETRY, DialRules, MessageRules, RetryRule
from callwright.model.outcome import Media, Outcome
from callwright.model.people import LeadStatus

OFFER = {"mode": Mode.MESSAGE, "message": MessageRules(fax="offer.tif"), "detect_machines": "sync"}
HOUR = 3600.0


async def answered(kit: Any, number: int = 0) -> int:
    attempt_id: int = kit.network.orders[number].attempt_id
    kit.network.sink.on_answered(attempt_id)
    assert (attempt_id, "fax", "offer.tif") in kit.network.said
    assert kit.attempt(number).state is AttemptState.PLAYING
    return attempt_id


def test_a_document_that_went_through_closes_the_record_without_counting_a_person(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.clock.sleep(1.0)
        assert not kit.network.orders[0].detect_machine  # a fax that is listened to first hangs up
        attempt_id = await answered(kit)
        kit.network.sink.on_fax(attempt_id, sent=True, pages=3, why="")
        kit.network.sink.on_fax(attempt_id, sent=True, pages=3, why="")  # networks repeat themselves
        await kit.dialer.committed()
        attempt = kit.attempt(0)
        assert kit.network.hung_up == [attempt_id]
        assert (attempt.outcome, attempt.disposition) == (Outcome.FAX_SENT, "fax_sent")
        assert (attempt.media, attempt.person_at) == (Media.FAX, None)
        (fax,) = kit.store.faxes
        assert (fax.attempt_id, fax.document, fax.pages, fax.whole) == (attempt_id, "offer.tif", 3, True)
        assert kit.store.all_leads()[0].status is LeadStatus.DONE
        run = kit.dialer.floor.runs[1]
        assert (run.window.answers, run.window.abandons, run.completed.total) == (0, 0, 0)

    floor(scenario, [a_lead(1)], **OFFER)


def test_one_that_did_not_is_tried_again_an_hour_later_as_often_as_the_campaign_wants(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.clock.sleep(1.0)
        for number in range(3):
            assert len(kit.network.orders) == number + 1
            attempt_id = await answered(kit, number)
            kit.network.sink.on_fax(attempt_id, sent=False, pages=1, why="The call dropped prematurely")
            assert (kit.attempt(number).outcome, kit.attempt(number).disposition) == (Outcome.FAX_FAILED, "fax_failed")
            await kit.clock.sleep(HOUR - 60.0)
            assert len(kit.network.orders) == number + 1
            await kit.clock.sleep(120.0)
        await kit.dialer.committed()
        assert len(kit.network.orders) == 3
        assert kit.store.all_leads()[0].status is LeadStatus.EXHAUSTED
        assert {fax.why for fax in kit.store.faxes} == {"The call dropped prematurely"}
        assert [fax.pages for fax in kit.store.faxes] == [1, 1, 1]

    twice = DialRules(retry={**STANDARD_RETRY, Outcome.FAX_FAILED: RetryRule(delay_s=HOUR, most=2)})
    assert STANDARD_RETRY[Outcome.FAX_FAILED] == RetryRule(delay_s=HOUR, most=3)
    floor(scenario, [a_lead(1)], dial=twice, **OFFER)


def test_who_hangs_up_or_is_lost_got_no_fax(floor: Any) -> None:
    async def scenario(kit: Any) -> None:
        await kit.start()
        await kit.clock.sleep(1.0)
        kit.network.sink.on_ended(await answered(kit, 0), sip=None, q850=16, by="person")
        kit.network.sink.on_lost(await answered(kit, 1))
        await kit.dialer.committed()
        assert [kit.attempt(n).outcome for n in (0, 1)] == [Outcome.FAX_FAILED, Outcome.FAX_FAILED]
        assert [kit.attempt(n).disposition for n in (0, 1)] == ["fax_failed", "fax_failed"]
        assert {lead.status for lead in kit.store.all_leads()} == {LeadStatus.WAITING}

    floor(scenario, [a_lead(1), a_lead(2)], **OFFER)


def test_after_a_crash_the_network_is_asked_how_the_fax_went(floor: Any) -> None:
    store = MemoryStore()

    async def before(kit: Any) -> None:
        store.add_campaign(kit.campaign)
        store.add_leads([a_lead(1)])
        await kit.start()
        await kit.clock.sleep(1.0)
        await answered(kit)
        await kit.dialer.committed()
        for attempt in store.all_attempts():
            store._leases.clear()  # the dead dialer renews no more
            attempt_ids.append(attempt.id)

    async def after(kit: Any) -> None:
        (attempt_id,) = attempt_ids
        kit.network.live = [LiveCall(attempt_id=attempt_id, answered=True, agent_id=None)]
        await kit.start()
        assert kit.network.said == [(attempt_id, "fax", "offer.tif")]
        kit.network.sink.on_fax(attempt_id, sent=True, pages=2, why="")
        await kit.dialer.committed()
        (attempt,) = store.all_attempts()
        assert (attempt.outcome, attempt.disposition) == (Outcome.FAX_SENT, "fax_sent")

    attempt_ids: list[int] = []
    floor(before, store=store, **OFFER)
    floor(after, store=store, **OFFER)


def test_a_received_fax_is_kept_once_and_told(floor: Any) -> None:
    fax = FaxReceived(file="a.tif", number="+351910000100", called="+351210000009", pages=2, whole=True, at=1.0)

    async def scenario(kit: Any) -> None:
        await kit.start()
        kit.network.sink.on_fax_received(fax)
        await kit.dialer.committed()
        kit.network.sink.on_fax_received(fax)  # told again after a restart
        await kit.dialer.committed()
        assert [(each.file, each.pages, each.whole) for each in kit.store.faxes] == [("a.tif", 2, True)]
        assert kit.store.outbox[0][0] == "fax_received"

    floor(scenario, [a_lead(1)])
