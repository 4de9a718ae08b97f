"""The true end of an attempt whose channel is gone, nobody having seen how: after a crash of ours or of the switch.

What the attempt itself tells is enough: a person who talked has talked, one who waited was let down, and what only rang
is of unknown fate, so that nobody is redialled blindly.
"""

from __future__ import annotations

from callwright.dialer.recycle import after_disposition, after_outcome
from callwright.dialer.state import CampaignRun, FloorState
from callwright.model.attempt import Attempt, AttemptEvent, AttemptState, Mode
from callwright.model.campaign import Campaign
from callwright.model.outcome import Media, Outcome
from callwright.model.people import Lead


def meant_by(attempt: Attempt, campaign: Campaign) -> Outcome | None:
    """What the end of a message under way means, which the dead dialer knew: see ``calls``."""
    if attempt.state is not AttemptState.PLAYING:
        return None
    if campaign.sends_fax and attempt.mode is Mode.MESSAGE:
        return Outcome.FAX_FAILED
    if attempt.media is not None and attempt.media is not Media.HUMAN:
        return Outcome.MACHINE
    if attempt.connected_at is not None:
        return Outcome.TALKED
    return None if attempt.mode is Mode.MESSAGE else Outcome.ABANDONED


def close_gone(floor: FloorState, run: CampaignRun, attempt: Attempt, lead: Lead | None) -> bool:
    """End an attempt whose channel is gone; False where its fate is unknown."""
    now, batch = floor.clock.now(), floor.journal.batch
    batch.attempts[attempt.id] = attempt
    if lead is not None:
        batch.leads[lead.id] = lead
    state = attempt.state
    attempt.ended_at = attempt.ended_at or now
    if state is AttemptState.HANDED_ON and attempt.disposition is not None:
        attempt.advance(AttemptEvent.END)  # our agent had said everything before
        return True
    if state in (AttemptState.DIALING, AttemptState.RINGING, AttemptState.DETECTING):
        attempt.advance(AttemptEvent.LOSE)
        attempt.outcome = Outcome.UNKNOWN
        if lead is not None:
            after_outcome(lead, attempt, run.campaign, now)
        return False
    attempt.disposed_at = now
    if state is AttemptState.WRAPPING:
        attempt.advance(AttemptEvent.DISPOSE)
        attempt.outcome, attempt.disposition = Outcome.TALKED, "no_disposition"
    elif state in (AttemptState.CONNECTED, AttemptState.HANDED_ON):
        attempt.advance(AttemptEvent.END)
        attempt.outcome = Outcome.TALKED
        attempt.disposition = "lost" if state is AttemptState.CONNECTED else "no_disposition"
    else:  # a person was there and nobody came, or a message was cut
        meant = meant_by(attempt, run.campaign)
        attempt.advance(AttemptEvent.END)
        if state is AttemptState.PLAYING and meant is None:
            attempt.outcome, attempt.disposition = Outcome.MESSAGE_PLAYED, "message_cut"
        elif attempt.connected_at is not None:
            attempt.outcome, attempt.disposition = Outcome.TALKED, "lost"
        elif meant is Outcome.MACHINE:
            attempt.outcome, attempt.disposition = Outcome.MACHINE, "machine"
        elif meant is Outcome.FAX_FAILED:
            attempt.outcome, attempt.disposition = Outcome.FAX_FAILED, "fax_failed"
        elif attempt.mode is Mode.INBOUND:
            attempt.outcome, attempt.disposition = Outcome.HUNG_UP_WAITING, "hung_up_waiting"
        else:
            attempt.outcome, attempt.disposition = Outcome.ABANDONED, "abandoned"
    if lead is not None:
        if attempt.outcome not in (Outcome.TALKED, Outcome.MESSAGE_PLAYED):
            after_outcome(lead, attempt, run.campaign, now)
        else:
            after_disposition(lead, attempt, run.campaign.dispositions[attempt.disposition], run.campaign, now)
    return True
