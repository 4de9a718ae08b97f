"""The rule book: all packs, which of them apply to a call, and the numbers that come out when several do.

The combination for one kind of call is a ``RuleSet`` (``rule_set``). The book is not thread-safe; one process has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib.resources import files

from callwright.compliance.calendar import (
    DAY_S,
    HolidayCalendar,
    ZoneLine,
)
from callwright.compliance.pack_file import read_pack
from callwright.compliance.packs import (
    CLOCKS,
    AbandonClock,
    PackVersion,
    RulePack,
)
from callwright.compliance.rule_set import RuleSet
from callwright.kit.errors import BadInput
from callwright.model.campaign import CallQuota

FALLBACK = "international"
"""The cautious pack for countries that have none; it also states what no applicable pack states (hours, abandons)."""
_NEVER, _EVER = float("-inf"), float("inf")


@dataclass(frozen=True, kw_only=True, slots=True)
class AbandonRule:
    """The strictest of each number. ``pack`` set ``limit``; the clock says when ``wait_limit_s`` starts.

    ``redial_cool_down_s`` holds unless an agent is guaranteed for the redial. With ``false_machines_count`` a person
    taken for a machine and hung up on is an abandoned call.
    """

    limit: float
    window_s: float
    clock: AbandonClock
    wait_limit_s: float
    min_ring_s: float
    redial_cool_down_s: float
    identification_message: bool
    false_machines_count: bool
    pack: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Duties:
    """What has to be kept beside the single dial; the strictest of each. Spans None: no pack says anything."""

    keep_records_s: float | None
    erase_recordings_s: float | None
    keep_consent_s: float | None
    revoke_within_s: float | None
    purchase_relation_s: float | None
    inquiry_relation_s: float | None
    label_max_chars: int | None
    label_category: bool
    operator_contract: bool
    operator_opt_out: bool


class RuleBook:
    """All rule packs of the house. ``RuleBook.load(holidays=...)`` reads the ones that come with the program."""

    def __init__(self, packs: Iterable[RulePack], holidays: HolidayCalendar) -> None:
        self.packs: Mapping[str, RulePack] = {pack.name: pack for pack in packs}
        self.holidays = holidays
        if FALLBACK not in self.packs:
            raise BadInput(f"The rule packs need one named '{FALLBACK}' for countries without a pack; put it back.")
        self._sets: dict[tuple[tuple[str, ...], str, str, str, str], list[RuleSet]] = {}
        self._lines: dict[str, ZoneLine | None] = {}

    @classmethod
    def load(cls, *, holidays: HolidayCalendar, own: Mapping[str, str] | None = None) -> RuleBook:
        """The packs of the program and ``own`` ones: file name -> TOML text. A pack of the same name is replaced."""
        packs: dict[str, RulePack] = {}
        for file in sorted(files("callwright.compliance").joinpath("packs").iterdir(), key=lambda f: f.name):
            if file.name.endswith(".toml"):
                pack = read_pack(file.read_text(encoding="utf-8"), file=file.name)
                packs[pack.name] = pack
        for name, text in (own or {}).items():
            pack = read_pack(text, file=name)
            packs[pack.name] = pack
        return cls(packs.values(), holidays)

    def check_names(self, names: Iterable[str]) -> None:
        """Raises BadInput for a pack that does not exist, naming the nearest one that does."""
        for name in names:
            if name not in self.packs:
                near = get_close_matches(name, self.packs, n=1, cutoff=0.0)
                raise BadInput(f"There is no rule pack '{name}'; did you mean '{near[0]}'?")

    def rules_for(
        self, packs: tuple[str, ...], country: str, region: str, person_region: str, purpose: str, at: float
    ) -> RuleSet:
        """The rules in force at ``at`` for a call of ``purpose`` to a number of this country and region."""
        key = (packs, country, region, person_region, purpose)
        known = self._sets.get(key)
        if known is None:
            self.check_names(packs)
            if len(self._sets) >= 4096:
                self._sets.clear()
            known = self._sets[key] = []
        for rules in known:
            if rules.from_at <= at < rules.until_at:
                return rules
        rules = self._combine(self._applying(packs, country, (region, person_region), purpose), country, at)
        known.append(rules)
        return rules

    def zone_line(self, name: str) -> ZoneLine | None:
        """The zone laid out; None for a name that is no time zone."""
        if name not in self._lines:
            try:
                self._lines[name] = ZoneLine(name)
            except (ValueError, OSError, KeyError):
                self._lines[name] = None
        return self._lines[name]

    def abandon_rule(
        self,
        packs: Iterable[str],
        country: str,
        at: float,
        *,
        campaign_target: float | None = None,
        region: str = "",
        purpose: str = "",
    ) -> AbandonRule:
        """The abandon rule in force: the strictest of each number, and the campaign's target where it is lower."""
        rules = self.rules_for(tuple(packs), country, region, "", purpose, at)
        said = [(v.abandon, v.pack) for v in rules.versions if v.abandon is not None]
        if not said:
            fallback = self.packs[FALLBACK].in_force(at)
            if fallback is None or fallback.abandon is None:
                raise BadInput(f"The rule pack '{FALLBACK}' needs [version.abandon] at any date; add it.")
            said = [(fallback.abandon, FALLBACK)]
        limit, pack = min((numbers.limit, pack) for numbers, pack in said)
        if campaign_target is not None:
            limit = min(limit, campaign_target)
        cool_downs = [c.span_s for _, c in rules.cool_downs if c.after == "abandoned"]
        return AbandonRule(
            limit=limit,
            window_s=min(numbers.window_s for numbers, _ in said),
            clock=min((numbers.clock for numbers, _ in said), key=CLOCKS.index),
            wait_limit_s=min(numbers.wait_limit_s for numbers, _ in said),
            min_ring_s=max(numbers.min_ring_s for numbers, _ in said),
            redial_cool_down_s=max(cool_downs, default=0.0),
            identification_message=any(numbers.identification_message for numbers, _ in said),
            false_machines_count=any(numbers.false_machines_count for numbers, _ in said),
            pack=pack,
        )

    def duties(self, packs: Iterable[str], country: str, at: float, *, region: str = "", purpose: str = "") -> Duties:
        """Records to keep, revocations to honour, labels to show: the strictest of each."""
        rules = self.rules_for(tuple(packs), country, region, "", purpose, at)
        said = [version.duties for version in rules.versions]

        def strictest(name: str, *, longest: bool) -> float | None:
            values = [value for numbers in said if (value := getattr(numbers, name)) is not None]
            return None if not values else max(values) if longest else min(values)

        return Duties(
            keep_records_s=strictest("keep_records_s", longest=True),
            erase_recordings_s=strictest("erase_recordings_s", longest=False),
            keep_consent_s=strictest("keep_consent_s", longest=True),
            revoke_within_s=strictest("revoke_within_s", longest=False),
            purchase_relation_s=strictest("purchase_relation_s", longest=False),
            inquiry_relation_s=strictest("inquiry_relation_s", longest=False),
            label_max_chars=min((d.label_max_chars for d in said if d.label_max_chars is not None), default=None),
            label_category=any(numbers.label_category for numbers in said),
            operator_contract=any(numbers.operator_contract for numbers in said),
            operator_opt_out=any(numbers.operator_opt_out for numbers in said),
        )

    def history_window_s(
        self,
        packs: Iterable[str] = (),
        countries: Iterable[str] | None = None,
        *,
        quota: CallQuota | None = None,
        min_gap_s: float = 0.0,
    ) -> float:
        """How far back a person's history has to reach. Without ``countries`` every pack of the book counts."""
        names = set(packs)
        self.check_names(names)
        wanted = None if countries is None else set(countries)
        longest = max(float(min_gap_s), (quota.days + 1.0) * DAY_S if quota is not None else 0.0)
        for pack in self.packs.values():
            if wanted is None or pack.name in names or not pack.country or any(map(pack.holds_in, wanted)):
                for version in pack.versions:
                    longest = max(longest, *(cap.window_s for cap in version.caps), 0.0)
                    longest = max(longest, *(rest.span_s for rest in version.cool_downs), 0.0)
        return longest

    def _applying(self, names: tuple[str, ...], country: str, regions: tuple[str, str], purpose: str) -> list[RulePack]:
        """Packs of the campaign, of the number's country, and of the number's or the person's region there."""
        chosen = []
        for pack in self.packs.values():
            of_place = pack.holds_in(country) and (not pack.region or pack.region in regions)
            if (pack.name in names or of_place) and (not pack.purposes or purpose in pack.purposes):
                chosen.append(pack)
        return sorted(chosen, key=lambda pack: (not pack.holds_in(country), pack.region, len(pack.purposes), pack.name))

    def _combine(self, packs: list[RulePack], country: str, at: float) -> RuleSet:
        fallback = self.packs[FALLBACK]
        changes = [version.from_at for pack in (*packs, fallback) for version in pack.versions]
        from_at = max((change for change in changes if change <= at), default=_NEVER)
        until_at = min((change for change in changes if change > at), default=_EVER)
        in_force = [(pack, version) for pack in packs if (version := pack.in_force(at)) is not None]
        at_home = any(pack.holds_in(country) for pack, _ in in_force)
        # in a territory the law is the country's, and the public holidays are its own
        versions = [replace(v, country=country) if pack.holds_in(country) else v for pack, v in in_force]
        cautious = fallback.in_force(at)
        if cautious is not None and fallback not in packs:
            if not at_home:
                versions.append(cautious)
            elif not any(version.hours is not None for version in versions):
                versions.append(_hours_only(cautious))
        return RuleSet(self.zone_line, self.holidays, tuple(versions), country, from_at, until_at)


def _hours_only(version: PackVersion) -> PackVersion:
    return PackVersion(
        pack=version.pack,
        country=version.country,
        region=version.region,
        day=version.day,
        from_at=version.from_at,
        hours=version.hours,
        hours_source=version.hours_source,
        holidays=version.holidays,
        both_zones=version.both_zones,
    )
