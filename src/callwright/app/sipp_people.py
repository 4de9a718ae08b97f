"""The fates of the simulated people, as SIPp plays them on a real network: the same words, the same numbers.

What a telephone cannot know is told by time: with whom its person speaks. So a person stays as long as the talk with an
agent lasts, whoever speaks; who is let go sooner than a talk can be does the same at the next call.
"""

from __future__ import annotations

from callwright.adapters.sipp.behaviour import FOREVER_S, Behaviour, Deed, Then
from callwright.sim.fates import ANSWERING, Fate, FateKind
from callwright.sim.signs import SHORT_RING_S, SIGNS

K = FateKind
LEAST_STAY_S = 0.25
"""Nobody hangs up in the instant of picking up."""
DEVICE_STAYS_S = 90.0
"""A machine, a fax or a screening assistant that nobody hangs up."""
TALKED_S = 3.0
"""Who was let go sooner has not been spoken to."""
SOUND_OF = {K.PERSON: "person", K.MACHINE: "machine", K.FAX: "fax", K.SCREENING: "screening"}


def behaviour_of(fate: Fate, *, sound: bool = True) -> Behaviour:
    """How SIPp plays ``fate``. ``sound`` False: silent people, where only the signalling counts."""
    kind = fate.kind
    deed = Deed.RINGS if fate.ring_s > 0.0 or kind is K.NO_ANSWER else Deed.AT_ONCE
    if kind in ANSWERING:
        return Behaviour(
            deed=deed,
            then=Then.ANSWERS,
            ring_s=fate.ring_s,
            sound=SOUND_OF[kind] if sound else None,
            stay_s=max(LEAST_STAY_S, _stay_s(fate)),
            keys=fate.keys,
            keys_after_s=fate.key_after_s,
            true_after_s=TALKED_S if kind is K.PERSON else 0.0,
        )
    sip, q850, announced = SIGNS[kind]
    ring_s = fate.ring_s
    if announced is not None:
        deed = Deed.ANNOUNCES if fate.announced and ring_s > 0.0 else Deed.AT_ONCE
    elif kind is K.NO_ANSWER and ring_s <= 0.0:
        ring_s = FOREVER_S
    return Behaviour(
        deed=deed,
        then=Then.FAILS,
        ring_s=ring_s,
        sip=sip,
        q850=q850,
        sound=kind.value if deed is Deed.ANNOUNCES and sound else None,
        true_after_s=SHORT_RING_S if kind is K.NO_ANSWER else FOREVER_S,
    )


def _stay_s(fate: Fate) -> float:
    """How long who answered stays on the line, if nobody else ends the call."""
    if fate.kind is not K.PERSON:
        return DEVICE_STAYS_S
    if fate.listens_s is not None:
        return fate.listens_s
    if fate.ended_by == "agent":
        return fate.talk_s + fate.patience_s
    return fate.talk_s
