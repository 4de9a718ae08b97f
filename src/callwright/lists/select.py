"""The rule language over customer facts: who is called, and in which tier.

``spend >= 60 and spend <= 100 and city = "yes" and not (plan in ("A", "B")) and months between 6 and 24 and email
missing`` A comparison with a missing value is false, so ``not`` of it is true; ask ``missing`` where that matters.
Numbers are compared as numbers, everything in quotation marks as text. Rules are compiled to polars expressions,
never evaluated as code; an error names its position and the nearest known column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from callwright.kit.errors import BadInput
from callwright.lists.columns import plain_heading
from callwright.lists.nearest import nearest

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>-?\d+(?:\.\d+)?(?![\w.]))|(?P<text>"[^"]*"|'[^']*')|(?P<name>`[^`]+`|[^\W\d][\w.]*)
    |(?P<sign><=|>=|<>|!=|==|=|<|>|\(|\)|,))""",
    re.VERBOSE,
)
_WORDS = frozenset({"and", "or", "not", "in", "between", "missing", "is", "contains"})
_DEEPEST = 50
_LONGEST = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class _Token:
    kind: str  # number, text, name, sign, word, end
    text: str
    at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TierRule:
    """``tier 2: spend > 60``."""

    tier: int
    condition: pl.Expr


def compile_rule(rule: str, columns: Mapping[str, str]) -> pl.Expr:
    """``rule`` as a boolean expression, never null. ``columns``: the name used in rules -> the frame's column.

    Raises BadInput naming the position (from 1) and, for an unknown name, the nearest known one.
    """
    return _Parser(rule, columns).whole()


def compile_tiers(rules: Sequence[str], columns: Mapping[str, str]) -> list[TierRule]:
    """Ordered tier rules, the first that holds wins; ``tier 4: otherwise`` always holds."""
    compiled: list[TierRule] = []
    for rule in rules:
        match = re.match(r"^\s*tier\s*(\d+)\s*:(.*)$", rule, re.IGNORECASE | re.DOTALL)
        if match is None or int(match.group(1)) not in range(1, 6):
            raise BadInput(f'The tier rule {rule!r} must look like "tier 1: spend >= 60", with a tier from 1 to 5.')
        body = match.group(2)
        always = body.strip().lower() == "otherwise"
        condition = pl.lit(True) if always else compile_rule(" " * match.start(2) + body, columns)
        compiled.append(TierRule(tier=int(match.group(1)), condition=condition))
    return compiled


class _Parser:
    def __init__(self, rule: str, columns: Mapping[str, str]) -> None:
        if len(rule) > _LONGEST:
            raise BadInput(f"The selection rule is longer than {_LONGEST} characters; split the list instead.")
        self._rule = rule
        self._columns = {plain_heading(name): column for name, column in columns.items()}
        self._names = list(columns)
        self._tokens = self._split()
        self._next = 0
        self._depth = 0

    def whole(self) -> pl.Expr:
        found = self._either()
        if self._peek().kind != "end":
            raise self._error(f"unexpected {self._peek().text!r}")
        return found

    # --- words -----------------------------------------------------------------------------------------------------

    def _split(self) -> list[_Token]:
        tokens: list[_Token] = []
        at = 0
        while self._rule[at:].strip():
            match = _TOKEN.match(self._rule, at)
            if match is None:
                at += len(self._rule[at:]) - len(self._rule[at:].lstrip())
                raise self._error(f"cannot read {self._rule[at : at + 12]!r}", at)
            kind = match.lastgroup or ""
            text, begins = match.group(kind), match.start(kind)
            if kind == "name" and text.lower() in _WORDS:
                kind, text = "word", text.lower()
            tokens.append(_Token(kind=kind, text=text, at=begins))
            at = match.end()
        tokens.append(_Token(kind="end", text="the end", at=len(self._rule)))
        return tokens

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._peek()
        self._next += token.kind != "end"
        return token

    def _took(self, *texts: str) -> bool:
        token = self._peek()
        if token.kind in ("word", "sign") and token.text in texts:
            self._next += 1
            return True
        return False

    def _need(self, text: str) -> None:
        if not self._took(text):
            raise self._error(f"expected {text!r}, found {self._peek().text!r}")

    def _error(self, what: str, at: int | None = None) -> BadInput:
        position = (self._peek().at if at is None else at) + 1
        return BadInput(f"The rule {self._rule.strip()!r} is wrong at position {position}: {what}.")

    # --- grammar ---------------------------------------------------------------------------------------------------

    def _either(self) -> pl.Expr:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error(f"more than {_DEEPEST} nested brackets")
        found = self._both()
        while self._took("or"):
            found = found | self._both()
        self._depth -= 1
        return found

    def _both(self) -> pl.Expr:
        found = self._negation()
        while self._took("and"):
            found = found & self._negation()
        return found

    def _negation(self) -> pl.Expr:
        times = 0
        while self._took("not"):
            times += 1
        found = self._comparison()
        return ~found if times % 2 else found

    def _comparison(self) -> pl.Expr:
        if self._took("("):
            found = self._either()
            self._need(")")
            return found
        column = self._column()
        self._took("is")
        negated = self._took("not")
        found = self._predicate(column, negated)
        return ~found if negated else found

    def _column(self) -> pl.Expr:
        token = self._take()
        if token.kind != "name":
            raise self._error(f"expected the name of a column, found {token.text!r}", token.at)
        name = token.text.strip("`")
        column = self._columns.get(plain_heading(name))
        if column is None:
            best = nearest(name, self._names)
            hint = "" if best is None else f"; the nearest is {best!r}"
            raise self._error(f"there is no column {name!r}{hint}", token.at)
        return pl.col(column)

    def _predicate(self, column: pl.Expr, negated: bool) -> pl.Expr:
        if self._took("missing"):
            return column.is_null() | (column == "")
        if self._took("between"):
            low = self._value()
            self._need("and")
            return _compare(column, ">=", low) & _compare(column, "<=", self._value())
        if self._took("in"):
            self._need("(")
            found = _compare(column, "=", self._value())
            while self._took(","):
                found = found | _compare(column, "=", self._value())
            self._need(")")
            return found
        if self._took("contains"):
            value = self._value()
            return column.str.contains(str(value), literal=True).fill_null(False)
        sign = self._take()
        if negated or sign.kind != "sign" or sign.text in ("(", ")", ","):
            raise self._error(f"expected a comparison, found {sign.text!r}", sign.at)
        return _compare(column, sign.text, self._value())

    def _value(self) -> float | str:
        token = self._take()
        if token.kind == "number":
            return float(token.text)
        if token.kind == "text":
            return token.text[1:-1]
        raise self._error(f"expected a number or a text in quotation marks, found {token.text!r}", token.at)


def as_number(column: pl.Expr) -> pl.Expr:
    """A text column as numbers; "1 234,5" and "1234.5" both count, anything else is missing."""
    plain = column.str.replace_all(r"[\s\u00a0]", "").str.replace(r"^([+-]?\d+),(\d+)$", "${1}.${2}")
    return plain.cast(pl.Float64, strict=False)


def _compare(column: pl.Expr, sign: str, value: float | str) -> pl.Expr:
    left = as_number(column) if isinstance(value, float) else column
    match sign:
        case "=" | "==":
            found = left == value
        case "!=" | "<>":
            found = left != value
        case "<":
            found = left < value
        case "<=":
            found = left <= value
        case ">":
            found = left > value
        case _:
            found = left >= value
    return found.fill_null(False)
