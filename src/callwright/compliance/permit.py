"""The two answers of the room: ``DialPermit`` (yes) and ``Refusal`` (no, with rule, reason and end).

A permit is an invariant made a type: only ``compliance`` can make one, so an order to dial that holds one has been
judged. It cannot be built, altered with ``dataclasses.replace``, copied, pickled or subclassed elsewhere.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from typing import Any, NoReturn

from callwright.kit.words import Words

_SEAL = object()
PERMIT_LIFE_S = 5.0
"""A permit is for dialling now: after this it is stale and the question has to be asked again."""


class ForgedPermit(TypeError):
    """Somebody tried to make a permit outside ``compliance``. Always a defect."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DialPermit:
    """Yes: this number may be dialled for this lead between ``at`` and ``valid_until_s``.

    ``valid_until_s`` is an instant (epoch seconds), never past the end of the lawful hours; ``packs`` names the pack
    versions it was given under ("us-federal@2024-02-08;us-fl@2021-07-01"); ``digest`` fingerprints the facts.
    """

    number: str
    lead_id: int | None
    customer_id: int | None
    campaign_id: int
    at: float
    valid_until_s: float
    packs: str
    digest: str
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise ForgedPermit("Ask compliance.permit_dial for a permit; it cannot be made anywhere else.")

    def __init_subclass__(cls, **_: Any) -> NoReturn:
        raise ForgedPermit("A DialPermit has no subclasses.")

    def __reduce_ex__(self, _: object) -> NoReturn:
        raise ForgedPermit("A DialPermit is neither copied nor pickled; ask compliance.permit_dial again.")

    def is_valid_at(self, at: float) -> bool:
        """Whether the permit may still be used at this instant."""
        return self.at <= at <= self.valid_until_s


OURS = frozenset({"clock_off", "caller_id", "label"})
"""Rules about ourselves: the lead is as good as before, but the campaign must not dial until we are put right."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """No. ``rule`` is a stable code; ``until`` the earliest instant at which this rule no longer refuses (None: never
    by itself); ``pack`` the rule pack that speaks, None where it is the campaign's or the house's own rule.
    """

    rule: str
    words: Words
    pack: str | None = None
    until: float | None = None
    at: float = 0.0
    number: str = ""
    lead_id: int | None = None
    customer_id: int | None = None
    campaign_id: int | None = None
    packs: str = ""
    digest: str = ""

    @property
    def family(self) -> str:
        """The rule without its particulars: "cap" of "cap:us-reg-f:7-in-7-days"."""
        return self.rule.partition(":")[0]

    @property
    def ours(self) -> bool:
        """The fault is ours, not the lead's (a clock that is off, a caller ID that may not be used)."""
        return self.family in OURS


def seal_permit(
    *,
    number: str,
    lead_id: int | None,
    customer_id: int | None,
    campaign_id: int,
    at: float,
    valid_until_s: float,
    packs: str,
    digest: str,
) -> DialPermit:
    """For ``compliance.decide`` only (``tests/unit/compliance`` checks that nobody else calls it)."""
    return DialPermit(
        number=number,
        lead_id=lead_id,
        customer_id=customer_id,
        campaign_id=campaign_id,
        at=at,
        valid_until_s=valid_until_s,
        packs=packs,
        digest=digest,
        seal=_SEAL,
    )


LIVE_WORDS = Words(
    en="A call to this person is running now.",
    zh="正在与此人通话中。",
    ru="Звонок этому человеку уже идёт.",
)
LIVE_ASK_AGAIN_S = 60.0


def refuse_live(permit: DialPermit) -> Refusal:
    """The refusal a store gives instead of ``permit`` when it finds another live attempt on the number or lead."""
    return Refusal(
        rule="live_attempt",
        words=LIVE_WORDS,
        until=permit.at + LIVE_ASK_AGAIN_S,
        at=permit.at,
        number=permit.number,
        lead_id=permit.lead_id,
        customer_id=permit.customer_id,
        campaign_id=permit.campaign_id,
        packs=permit.packs,
        digest=permit.digest,
    )
