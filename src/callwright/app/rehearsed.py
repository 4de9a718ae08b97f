"""What a rehearsal came to, for people and for programs."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console

from callwright.analytics.rehearsal import rehearsal_json
from callwright.analytics.render import as_table
from callwright.analytics.report import AbandonLimit, build_report
from callwright.app.board_words import say_duration, say_rate
from callwright.app.rehearsal import Rehearsed
from callwright.compliance import AbandonRule
from callwright.kit.clock import iso
from callwright.kit.words import Language, Words

_HEAD = Words(
    en="Simulated {begin} to {end} ({span}, seed {seed}) in {wall:.1f} s: {attempts:,} attempts, {speed:,.0f}/s",
    zh="模拟 {begin} 至 {end}（{span}，种子 {seed}），用时 {wall:.1f} 秒：外拨 {attempts:,} 次，{speed:,.0f} 次/秒",
    ru="Смоделировано: {begin} – {end} ({span}, зерно {seed}) за {wall:.1f} с: {attempts:,} наборов, {speed:,.0f}/с",
)
_REDIALS = Words(
    en="{count:,} of them made good an abandoned call.",
    zh="其中 {count:,} 次为呼损后的补拨。",
    ru="Из них {count:,} — повторы после потерянных вызовов.",
)
_OPEN = Words(
    en="{count:,} records are still open.",
    zh="仍有 {count:,} 条客户未完成。",
    ru="Не завершено записей: {count:,}.",
)
_REFUSED = Words(en="Refused by rules", zh="规则拒拨", ru="Отклонено правилами")
_REJECTED = Words(
    en="{count:,} rows of {file} cannot be called: {reasons}.",
    zh="{file} 中有 {count:,} 行无法使用：{reasons}。",
    ru="Строк {file}, по которым нельзя звонить: {count:,} ({reasons}).",
)
_WINDOW = Words(
    en="Abandon rate in the rule pack's window ({pack}, {days:g} days): {rate}, limit {limit:g} %",
    zh="规则包窗口（{pack}，{days:g} 天）内呼损率：{rate}，上限 {limit:g} %",
    ru="Доля потерь в окне правил ({pack}, {days:g} дн.): {rate}, предел {limit:g} %",
)


def abandon_limit(rule: AbandonRule) -> AbandonLimit:
    return AbandonLimit(limit=rule.limit, window_s=rule.window_s)


def as_dict(rehearsed: Rehearsed) -> dict[str, Any]:
    """The object that ``rehearse --json`` prints (docs/cli.md)."""
    figures = rehearsal_json(rehearsed.facts, refusals=rehearsed.refusals, abandon_limit=abandon_limit(rehearsed.rule))
    return {
        "seed": rehearsed.seed,
        "wall_s": round(rehearsed.wall_s, 3),
        "virtual_s": rehearsed.virtual_s,
        "attempts": figures["base"]["calls_made"],
        "redials": figures["extra"]["redials_after_abandon"],
        "dials": rehearsed.attempts,
        "open_records": rehearsed.open_leads,
        "from": iso(rehearsed.from_at),
        "until": iso(rehearsed.until_at),
        **figures,
        "warnings": list(rehearsed.warnings),
    }


def print_report(rehearsed: Rehearsed, language: Language) -> None:
    """The report on standard output; what is doubtful about the input goes to standard error."""
    for warning in rehearsed.warnings:
        print(warning, file=sys.stderr)
    for imported in rehearsed.imports:
        if imported.rejected:
            reasons = ", ".join(f"{reason} {count}" for reason, count in imported.reasons.items())
            told = _REJECTED.say(language).format(count=imported.rejected, file=imported.file, reasons=reasons)
            print(told, file=sys.stderr)
    report = build_report(rehearsed.facts, language=language, abandon_limit=abandon_limit(rehearsed.rule))
    console = Console()
    console.print(as_table(report))
    for line in _lines(rehearsed, language):
        console.print(line, highlight=False, markup=False)


def _lines(rehearsed: Rehearsed, language: Language) -> list[str]:
    rule = rehearsed.rule
    rate = rehearsed.abandons / rehearsed.answers if rehearsed.answers else None
    lines = [
        _WINDOW.say(language).format(
            pack=rule.pack, days=rule.window_s / 86400, rate=say_rate(rate), limit=rule.limit * 100
        ),
        _HEAD.say(language).format(
            span=say_duration(rehearsed.virtual_s),
            begin=iso(rehearsed.from_at)[:16],
            end=iso(rehearsed.until_at)[:16],
            seed=rehearsed.seed,
            wall=rehearsed.wall_s,
            attempts=rehearsed.attempts,
            speed=rehearsed.attempts / max(rehearsed.wall_s, 1e-9),
        ),
    ]
    if rehearsed.redials:
        lines.append(_REDIALS.say(language).format(count=rehearsed.redials))
    if rehearsed.open_leads:
        lines.append(_OPEN.say(language).format(count=rehearsed.open_leads))
    if rehearsed.refusals:
        told = ", ".join(f"{rule_code} {count:,}" for rule_code, count in rehearsed.refusals.items())
        lines.append(f"{_REFUSED.say(language)}: {told}")
    return lines
