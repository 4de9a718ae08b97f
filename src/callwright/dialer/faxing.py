"""Faxes: a document sent to whatever answers a campaign's call, and what comes to our fax numbers.

What went and came is kept in the store (``Batch.faxes``), each with its pages and, where it failed, with the reason.
"""

from __future__ import annotations

from callwright.dialer.network import FaxReceived
from callwright.dialer.ports import Fax
from callwright.dialer.state import Call, FloorState
from callwright.model.attempt import AttemptEvent, AttemptState
from callwright.model.outcome import Media, Outcome


def send_fax(floor: FloorState, call: Call) -> None:
    """Somebody answered. Whoever it is: only a fax will take the document, and one that is asked first hangs up."""
    attempt, document = call.attempt, call.run.campaign.message.fax
    attempt.advance(AttemptEvent.ANSWER)
    attempt.advance(AttemptEvent.PLAY)
    call.end_as = Outcome.FAX_FAILED  # until the opposite is heard
    floor.note(call)
    floor.emit("play", attempt=attempt.id, message=document)
    floor.network.send_fax(attempt.id, document)


def fax_over(floor: FloorState, attempt_id: int, *, sent: bool, pages: int, why: str) -> None:
    """The network tells how the sending went; the call has served its purpose."""
    call = floor.calls.get(attempt_id)
    if call is None or call.attempt.state is not AttemptState.PLAYING or call.fax_over:
        return
    if not call.run.campaign.sends_fax or call.end_as is not Outcome.FAX_FAILED:
        return
    attempt, call.fax_over = call.attempt, True
    if sent:
        call.end_as, attempt.media = Outcome.FAX_SENT, Media.FAX
    floor.journal.batch.faxes.append(
        Fax(
            at=floor.clock.now(),
            number=attempt.number,
            ours=attempt.caller_id or "",
            pages=pages,
            whole=sent,
            why=why,
            attempt_id=attempt.id,
            document=call.run.campaign.message.fax,
        )
    )
    floor.emit("fax", attempt=attempt.id, campaign=call.run.id, sent=sent, pages=pages, why=why)
    floor.network.hang_up(attempt.id)


def fax_received(floor: FloorState, fax: FaxReceived) -> None:
    """Something came to one of our fax numbers; others hear of it through the outbox."""
    kept = Fax(
        at=fax.at,
        number=fax.number,
        ours=fax.called,
        pages=fax.pages,
        whole=fax.whole,
        why=fax.why,
        file=fax.file,
        station=fax.station,
    )
    batch = floor.journal.batch
    batch.faxes.append(kept)
    facts = {"number": fax.number, "called": fax.called, "pages": fax.pages, "whole": fax.whole}
    batch.outbox.append(("fax_received", {"file": fax.file, "at": fax.at, **facts}))
    floor.emit("fax_received", **facts)
