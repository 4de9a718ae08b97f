"""Days of the pacing benches summed up into rows of a table, and the tables as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt
from statistics import median, stdev
from typing import Any

Row = dict[str, Any]


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval of a share seen ``hits`` times in ``of``."""
    if not of:
        return 0.0, 1.0
    share = hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def summed(days: Sequence[Row]) -> Row:
    """One cell's days as one row; rates are of all days' calls together."""
    answers, dials = sum(d["answers"] for d in days), sum(d["dials"] for d in days)
    used = [d["utilisation"] for d in days]
    over = sum(d["over"] for d in days)
    callers = sum(d["callers"] for d in days)
    row: Row = {name: days[0][name] for name in ("controller", "scenario", "n", "p", "warm")} | {
        "days": len(days),
        "utilisation": sum(used) / len(used),
        "utilisation_se": stdev(used) / sqrt(len(used)) if len(used) > 1 else None,
        "abandon_rate": sum(d["abandons"] for d in days) / answers if answers else 0.0,
        "worst_day": max(d["worst_rate"] for d in days),
        "days_over": over,
        "days_over_most": wilson(over, len(days))[1],
        "dials_per_connect": dials / answers if answers else None,
        "dropped_share": sum(d["dropped"] for d in days) / dials if dials else 0.0,
        "outbound": sum(d["outbound"] for d in days) / len(days),
        "service_level": sum(d["callers_in_time"] for d in days) / callers if callers else None,
        "wall_s": sum(d["wall_s"] for d in days) / len(days),
    }
    by_campaign = [sum(answers for answers, _ in of) for of in zip(*(d["per_campaign"] for d in days), strict=True)]
    row["campaign_shares"] = [of / max(1, answers) for of in by_campaign]
    for name in ("us_median", "us_p99"):
        timed = [d[name] for d in days if d[name] is not None]
        row[name] = median(timed) if timed else None
    return row


def cells(days: Iterable[Row]) -> dict[tuple[str, str, int, float, bool], Row]:
    """The days by cell (controller, scenario, agents, answer rate, warmed up), each summed up."""
    by: dict[tuple[str, str, int, float, bool], list[Row]] = {}
    for day in days:
        by.setdefault((day["controller"], day["scenario"], day["n"], day["p"], day["warm"]), []).append(day)
    return {key: summed(of) for key, of in by.items()}


def settled_after(days: Sequence[Row], jump_at: float, limit: float = 0.03) -> tuple[float | None, dict[int, float]]:
    """Seconds after the jump from which the trailing 60 s of all days together stay within the limit (None: never in
    six minutes), and the trailing share at some seconds.
    """
    answered = [at - jump_at for d in days for at in d["answered_at"]]
    abandoned = [at - jump_at for d in days for at in d["abandoned_at"]]

    def trailing(second: int) -> float:
        calls = sum(second - 60 < at <= second for at in answered)
        return sum(second - 60 < at <= second for at in abandoned) / calls if calls else 0.0

    seconds = range(5, 361, 5)
    bad = [second for second in seconds if trailing(second) > limit]
    settled = None if bad and bad[-1] == seconds[-1] else float(bad[-1] + 5 if bad else 0)
    return settled, {second: trailing(second) for second in (30, 60, 90, 120, 180, 240)}


def percent(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{100 * value:.{digits}f}"


def as_text(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns flush right but the first, as wide as they must be."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(head))]
    flush = [str.ljust, *[str.rjust] * (len(head) - 1)]
    return "\n".join("  ".join(f(cell, w) for f, cell, w in zip(flush, line, widths, strict=True)) for line in lines)


MAIN = (
    *("controller", "N", "p", "days", "util %", "+-", "abandon %", "worst", "over", "over <", "dials/con", "dropped"),
    *("us", "us p99", "of optimum", "s/day"),
)


def main_line(row: Row, optimum: float | None) -> list[str]:
    return [
        row["controller"],
        str(row["n"]),
        "mixed" if row["scenario"] == "mixed" else f"{row['p']:.2f}",
        str(row["days"]),
        percent(row["utilisation"]),
        percent(row["utilisation_se"]),
        percent(row["abandon_rate"], 2),
        percent(row["worst_day"], 2),
        str(row["days_over"]),
        percent(row["days_over_most"], 0) + " %",
        "-" if row["dials_per_connect"] is None else f"{row['dials_per_connect']:.2f}",
        f"{row['dropped_share']:.2f}",
        "-" if row["us_median"] is None else f"{row['us_median']:.0f}",
        "-" if row["us_p99"] is None else f"{row['us_p99']:.0f}",
        "-" if optimum is None else f"{row['utilisation'] / optimum:.3f}",
        f"{row['wall_s']:.1f}",
    ]
