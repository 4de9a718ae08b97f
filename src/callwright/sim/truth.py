"""``TruthPeople``: a file says for each number what its dials come to.

CSV with the header ``phone_number,results`` or JSON Lines with these fields. ``results`` are fates separated by ``;``,
one per attempt, the last one for every further attempt:

    no_answer                      busy@4 (rings 4 s)          switched_off  no_such_number  machine ...
    answer:261:not_interested      talk seconds, disposition
    answer@9:261:success:300       rings 9 s, order amount 300
    answer:20:callback:callback=2h:patience=40
                                   further facts by name: callback, patience, keys, key_after, listens, by

A number moves on to its next fate when an attempt came to its end by the present one. An attempt that the carrier or
we cut short, or a person nobody spoke to, leaves it where it is: the person answers the same way next time.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from callwright.kit.errors import BadInput
from callwright.sim.fates import AGENT_HEARS_MACHINE, ANSWERING, Fate, FateKind

K = FateKind
LEAST_PATIENCE_S = 30.0
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_NAMED = ("callback", "patience", "keys", "key_after", "listens", "by")
_WORDS = tuple(kind.value for kind in FateKind)
_MACHINE_TALK_S = 8.0
_RINGS_FROM_S, _RINGS_TO_S = 3.0, 12.0  # where the file says nothing; below every lawful minimum ring time
_EXAMPLES = 5


def plain_number(text: str) -> str:
    """A telephone number as digits with a leading ``+``: spaces and punctuation dropped, ``00`` read as ``+``."""
    digits = "".join(c for c in text if c.isdigit() and c.isascii())
    if not digits:
        return ""
    if text.lstrip().startswith("00"):
        digits = digits[2:]
    return "+" + digits


class TruthPeople:
    """A population of the numbers of a truth file."""

    def __init__(self, results: dict[str, Sequence[Fate]], *, source: str = "the truth") -> None:
        self._results = results
        self._source = source
        self._reached = dict.fromkeys(results, 0)

    @classmethod
    def read(cls, path: Path | str, *, parse: Callable[[str], str] = plain_number) -> TruthPeople:
        """Read a file; ``parse`` brings its numbers into the form in which they will be dialled.

        Raises BadInput naming the first bad line, the fault and what is expected.
        """
        path = Path(path)
        try:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                rows = _json_rows(lines) if path.suffix in (".jsonl", ".ndjson") else _csv_rows(lines)
                return cls(_read(rows, path.name, parse), source=path.name)
        except UnicodeDecodeError:
            raise BadInput(f"{path.name} is not UTF-8; save the truth file in UTF-8.") from None
        except OSError as error:
            raise BadInput(f"The truth file {path} cannot be read: {error.strerror}.") from None

    def __len__(self) -> int:
        return len(self._results)

    @property
    def numbers(self) -> Iterable[str]:
        return self._results.keys()

    def check(self, numbers: Iterable[str]) -> list[str]:
        """Compare with the numbers of the list: the numbers only the truth has, in its order (worth a warning).

        Raises BadInput when numbers of the list are missing in the truth.
        """
        wanted = dict.fromkeys(numbers)
        missing = [number for number in wanted if number not in self._results]
        extra = [number for number in self._results if number not in wanted]
        if missing:
            shown = ", ".join(missing[:_EXAMPLES])
            more = f" and {len(missing) - _EXAMPLES} more" if len(missing) > _EXAMPLES else ""
            also = f"; {len(extra)} of its own are not in the list (first: {extra[0]})" if extra else ""
            raise BadInput(
                f"{self._source} says nothing of {len(missing)} of the list's {len(wanted)} numbers: "
                f"{shown}{more}{also}. Add them, or take the truth file that belongs to the list."
            )
        return extra

    def check_dispositions(self, codes: Collection[str]) -> None:
        """Raises BadInput when a talk ends with a disposition that is not among ``codes``, those agents may choose."""
        for number, fates in self._results.items():
            for fate in fates:
                if fate.kind in ANSWERING and fate.disposition not in codes:
                    near = get_close_matches(fate.disposition, codes, n=1)
                    hint = f'did you mean "{near[0]}"?' if near else f"agents of the campaign have {', '.join(codes)}."
                    raise BadInput(
                        f'{self._source}: the campaign does not have the disposition "{fate.disposition}" of '
                        f"{number}; {hint}"
                    )

    def on_dial(self, number: str, at: float, rng: random.Random) -> Fate:
        try:
            return self._results[number][self._reached[number]]
        except KeyError:
            raise BadInput(f"{self._source} says nothing of {number}, which was dialled.") from None

    def on_end(self, number: str, fate: Fate, *, came_true: bool) -> None:
        if came_true and number in self._results:
            self._reached[number] = min(self._reached[number] + 1, len(self._results[number]) - 1)

    def on_call_us(self, number: str, at: float, rng: random.Random) -> Fate | None:
        fates = self._results.get(number)
        fate = None if fates is None else fates[self._reached[number]]
        return fate if fate is not None and fate.kind is K.PERSON else None


def _csv_rows(lines: Iterable[str]) -> Iterator[tuple[int, Any, Any]]:
    rows = csv.reader(lines)
    header = [name.strip().lower() for name in next(rows, [])]
    if header[:2] != ["phone_number", "results"]:
        raise BadInput(f'line 1: the header is "{",".join(header)}", expected "phone_number,results"')
    try:
        for row in rows:
            if not row or (len(row) == 1 and not row[0].strip()) or row[0].startswith("#"):
                continue
            if len(row) < 2 or any(cell.strip() for cell in row[2:]):
                raise BadInput(f"line {rows.line_num}: {len(row)} column(s), expected 2: phone_number,results")
            yield rows.line_num, row[0], row[1]
    except csv.Error as error:
        raise BadInput(f"line {rows.line_num}: {error}, expected phone_number,results") from None


def _json_rows(lines: Iterable[str]) -> Iterator[tuple[int, Any, Any]]:
    expected = 'expected {"phone_number": "...", "results": "..."}'
    for line_no, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield line_no, row["phone_number"], row["results"]
        except (json.JSONDecodeError, KeyError, TypeError):
            raise BadInput(f"line {line_no}: no such object, {expected}") from None


def _read(rows: Iterator[tuple[int, Any, Any]], name: str, parse: Callable[[str], str]) -> dict[str, Sequence[Fate]]:
    results: dict[str, Sequence[Fate]] = {}
    lines: dict[str, int] = {}
    known: dict[str, tuple[Fate, ...]] = {}
    try:
        for line_no, raw, text in rows:
            number = parse(str(raw))
            if not number:
                raise BadInput(f'line {line_no}: "{raw}" is no telephone number, expected digits like +12025550123')
            if number in results:
                raise BadInput(f"line {line_no}: {number} stands in line {lines[number]} already, expected once")
            if isinstance(text, list):
                text = ";".join(map(str, text))
            fates = known.get(text)
            if fates is None:
                try:
                    fates = known[text] = parse_results(str(text), ring=_ring_of(number))
                except BadInput as error:
                    raise BadInput(f"line {line_no} ({number}): {error}") from None
            results[number], lines[number] = fates, line_no
    except BadInput as error:
        raise BadInput(f"{name}, {error}.") from None
    if not results:
        raise BadInput(f"{name} has no numbers; expected a line phone_number,results and one line per number.")
    return results


def _ring_of(number: str) -> float:
    """A ring time for results that give none: fixed by the first number that has them, so a file is repeatable."""
    spread = int(number[-4:].lstrip("+") or "0") % 1000 / 1000.0
    return round(_RINGS_FROM_S + (_RINGS_TO_S - _RINGS_FROM_S) * spread, 1)


def parse_results(text: str, *, ring: float = 6.0) -> tuple[Fate, ...]:
    """The fates of a ``results`` cell; ``ring`` seconds where it gives no ring time. Raises BadInput."""
    parts = [part.strip() for part in text.split(";")]
    if parts and not parts[-1]:
        parts.pop()
    if not parts or not all(parts):
        raise BadInput(f'"{text}" has an empty result, expected results like no_answer;answer:261:not_interested')
    return tuple(parse_fate(part, ring=ring) for part in parts)


def parse_fate(text: str, *, ring: float = 6.0) -> Fate:
    """One result, like ``answer@9:261:success:300``. Raises BadInput with the fault and what is expected."""
    head, *fields = (field.strip() for field in text.split(":"))
    word, _, ring_text = head.partition("@")
    if word not in _WORDS:
        near = get_close_matches(word, _WORDS, n=1)
        hint = f'did you mean "{near[0]}"' if near else f"expected one of {', '.join(_WORDS)}"
        raise BadInput(f'"{word}" is no result; {hint}')
    kind = FateKind(word)
    named = [field for field in fields if "=" in field]
    plain = [field for field in fields if "=" not in field]
    if kind is not K.PERSON:
        if fields:
            raise BadInput(f'"{text}": {word} takes no further facts, expected {word} or {word}@seconds')
        ring_s = _seconds(ring_text, "ring time", text) if ring_text else _usual_ring(kind, ring)
        if kind in ANSWERING:
            return Fate(
                kind=kind, ring_s=ring_s, talk_s=_MACHINE_TALK_S, disposition=AGENT_HEARS_MACHINE, ended_by="agent"
            )
        return Fate(kind=kind, ring_s=ring_s)
    if not 1 <= len(plain) <= 3:
        raise BadInput(f'"{text}": expected answer:talk seconds:disposition[:order amount]')
    facts: dict[str, Any] = {"disposition": plain[1]} if len(plain) > 1 and plain[1] else {}
    if len(plain) > 2 and plain[2]:
        facts["order_amount"] = _amount(plain[2], text)
    return Fate(
        kind=kind,
        ring_s=_seconds(ring_text, "ring time", text) if ring_text else ring,
        talk_s=_seconds(plain[0], "talk time", text),
        **facts,
        **_named_facts(named, text),
    )


def _usual_ring(kind: FateKind, ring: float) -> float:
    if kind in ANSWERING or kind in (K.REJECTED, K.REJECTED_FOREVER):
        return ring
    if kind is K.BUSY:
        return 1.5
    return 0.0 if kind in (K.NO_ANSWER, K.CARRIER_FAILURE) else 6.0  # an announcement


def _named_facts(fields: list[str], text: str) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for field in fields:
        name, _, value = (part.strip() for part in field.partition("="))
        match name:
            case "callback":
                facts["callback_in_s"] = _seconds(value, "call-back time", text)
            case "patience":
                facts["patience_s"] = max(LEAST_PATIENCE_S, _seconds(value, "patience", text))
            case "key_after":
                facts["key_after_s"] = _seconds(value, "key time", text)
            case "listens":
                facts["listens_s"] = _seconds(value, "listening time", text)
            case "keys" if value and set(value) <= set("0123456789*#"):
                facts["keys"] = value
            case "by" if value in ("person", "agent"):
                facts["ended_by"] = value
            case "keys" | "by":
                raise BadInput(f'"{text}": {name}={value} is wrong, expected keys=digits or by=person|agent')
            case _:
                near = get_close_matches(name, _NAMED, n=1, cutoff=0.0)
                raise BadInput(f'"{text}": no fact "{name}", did you mean "{near[0]}"')
    return facts


def _seconds(text: str, what: str, whole: str) -> float:
    number, unit = (text[:-1], _UNITS[text[-1]]) if text and text[-1] in _UNITS else (text, 1.0)
    try:
        seconds = float(number) * unit
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds <= 30 * 86400.0:
        raise BadInput(f'"{whole}": the {what} "{text}" is wrong, expected seconds from 0 up, like 261 or 2h')
    return seconds


def _amount(text: str, whole: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = -1.0
    if not 0.0 <= amount < 1e12:
        raise BadInput(f'"{whole}": the order amount "{text}" is wrong, expected a number from 0 up, like 300')
    return amount
