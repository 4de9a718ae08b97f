"""How a network tells of each fate: SIP code, Q.850 cause, announcement; what a detector hears; what may be dialled."""

from __future__ import annotations

from callwright.model.outcome import Media
from callwright.sim.fates import FateKind

K = FateKind
NO_CHANNEL = (503, 34)
SIGNS: dict[FateKind, tuple[int, int, Media | None]] = {  # SIP, Q.850, what is announced before
    K.NO_ANSWER: (408, 18, None),
    K.BUSY: (486, 17, None),
    K.REJECTED: (603, 21, None),
    K.REJECTED_FOREVER: (607, 21, None),
    K.SWITCHED_OFF: (480, 20, Media.ANNOUNCED_SWITCHED_OFF),
    K.UNREACHABLE: (480, 20, Media.ANNOUNCED_UNREACHABLE),
    K.SUSPENDED: (480, 20, Media.ANNOUNCED_SUSPENDED),
    K.NO_SUCH_NUMBER: (404, 1, Media.ANNOUNCED_NO_SUCH_NUMBER),
    K.NUMBER_CHANGED: (410, 22, None),
    K.CARRIER_FAILURE: (503, 38, None),
}
BY_PERSON = frozenset({K.BUSY, K.REJECTED, K.REJECTED_FOREVER})
HEARD_AS: dict[FateKind, Media] = {
    K.PERSON: Media.HUMAN,
    K.MACHINE: Media.MACHINE,
    K.FAX: Media.FAX,
    K.SCREENING: Media.SCREENING,
}
SHORT_RING_S = 15.0  # a call nobody answers, taken back by us after so long, was a plain no answer
