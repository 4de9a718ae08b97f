"""Against toll fraud: beginnings of numbers that nobody dials by accident, and how often a beginning may be dialled.

A stolen login or a planted list makes money by calls to satellite networks and premium numbers. They are refused unless
a trunk's ``prefixes`` names the beginning itself ("+881", not "+"). A person's own number of the premium kind is
refused by ``compliance`` too, whatever the trunk says; this list also stands where the kind is not known.
"""

from __future__ import annotations

from collections import deque

_NETWORKS = (
    "+870",  # Inmarsat
    "+878",  # universal personal numbers
    "+881",  # satellite: Iridium, Globalstar
    "+882",  # international networks, favourites of fraud
    "+883",
    "+888",
    "+979",  # international premium rate
)
_PREMIUM = (
    "+1900",  # North America
    *("+2790", "+2791", "+2792", "+27862", "+254900", "+255900", "+256901", "+21289", "+21688", "+20900"),
    *("+3090", "+3190", "+3290", "+3389", "+33836", "+34803", "+34806", "+34807", "+351601", "+351607", "+35176"),
    *("+352900", "+352901", "+352905", "+354900", "+357900", "+357909", "+358600", "+358700", "+35990"),
    *("+3690", "+3691", "+370900", "+37190", "+372900", "+37390", "+375902", "+380900", "+381900", "+38190"),
    *("+38560", "+38561", "+38690", "+38790", "+3989", "+4090", "+41900", "+41901", "+41906", "+420900", "+420906"),
    *("+420909", "+421900", "+43900", "+43901", "+43930", "+4490", "+4491", "+4498", "+4590", "+46900", "+46939"),
    *(
        "+46944",
        "+47820",
        "+47829",
        "+48700",
        "+48701",
        "+48703",
        "+48704",
        "+48706",
        "+48708",
        "+49900",
        "+491377",
        "+491378",
        "+491379",
    ),
    *("+52900", "+54600", "+55900", "+571900", "+571901", "+58900", "+58901"),  # Latin America
    *("+61190", "+62809", "+64900", "+651900", "+7803", "+7809", "+81990", "+82602", "+841900"),
    *("+852900", "+86168", "+88620", "+90888", "+90898", "+90900", "+92900", "+966925", "+971900", "+994900200"),
)
RISKY = (*_NETWORKS, *dict.fromkeys(_PREMIUM))
"""Beginnings that are dialled only where a trunk names them itself."""


def risky_prefix(number: str) -> str | None:
    """The risky beginning that ``number`` has, if any."""
    return next((prefix for prefix in RISKY if number.startswith(prefix)), None)


def longest_prefix(number: str, prefixes: tuple[str, ...]) -> str | None:
    """The longest of ``prefixes`` that ``number`` begins with."""
    return max((prefix for prefix in prefixes if number.startswith(prefix)), key=len, default=None)


class PrefixCap:
    """At most so many dials in any hour to numbers with one beginning. Exact: every dial's instant is kept an hour."""

    __slots__ = ("_dialed", "most", "prefix", "told")

    def __init__(self, prefix: str, most: int) -> None:
        self.prefix, self.most = prefix, most
        self.told = False  # the operator knows that it is full
        self._dialed: deque[float] = deque()

    def free_at(self, now: float) -> float | None:
        """None: one more may be dialled now; else the instant at which one may be."""
        dialed, edge = self._dialed, now - 3600.0
        while dialed and dialed[0] <= edge:
            dialed.popleft()
        if len(dialed) < self.most:
            return None
        return now + 3600.0 if self.most <= 0 else dialed[len(dialed) - self.most] + 3600.0

    def note(self, at: float) -> None:
        self._dialed.append(at)

    def forget(self, at: float) -> None:
        """The dial noted for ``at`` was not made after all."""
        for place in range(len(self._dialed) - 1, -1, -1):
            if self._dialed[place] == at:
                del self._dialed[place]
                return

    def read_back(self, instants: list[float]) -> None:
        self._dialed = deque(sorted(instants))
