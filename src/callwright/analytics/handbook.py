"""The handbook page of the figures, docs/figures.md, made from the catalogue.

``python -m callwright.analytics.handbook docs/figures.md`` writes it. A test keeps the page and the catalogue the same.
"""

from __future__ import annotations

import sys
from pathlib import Path

from callwright.analytics.catalogue import COUNT_BY_ID, RATE_BY_ID
from callwright.analytics.combinations import COMBINATIONS, OUTLIER_Z
from callwright.analytics.definition import ANY, Count, Dimension

_INTRODUCTION = """# Figures

Made from the catalogue by `python -m callwright.analytics.handbook docs/figures.md`; do not edit.

A figure has one definition, in `src/callwright/analytics`: base counts (`counts.py`, `counts_of_time.py`)
are measured, rates (`rates.py`, `rates_of_people.py`) are pure functions of base counts.
`callwright report CAMPAIGN --explain ID` shows the calls behind a figure.

How calls are counted:

- A dial that our side or the carrier failed, or that we took back, before a person answered is **no attempt on the
  person**: it is in `dials` and `calls_failed_ours`, not in `calls_made` nor in any rate.
- `answered` means by a person: voicemail, fax and screening assistants are in `machines`. A call that a person answered
  counts on the person whatever failed afterwards; if our side failed it before anybody was there, it is `abandoned`.
- `abandon_rate` has abandoned calls over abandoned ones and those put through (agent or message). People who hung up
  within the limit are on neither side. Redials that make good an abandoned call are in `calls_made` and, apart, in
  `redials_after_abandon`.
- `connected_in_time` measures from the answer, `connected_in_time_of_greeting` from the end of the person's first
  words, both to the first agent; on a campaign without detection the second has no data.
- `talk_s` of a call is the time with agents of ours: the time on the parking place, in the queue between two agents and
  with somebody outside is not in it, nor is the time of a second agent who helps (`internal_s`).
- Calls in which people returned ours (`inbound_calls`) are no dials. What they brought about (reached, completed,
  successful) counts for the record.
- `reached`, `completed`, `successful` and the funnel count **records**, through the flags of the dispositions. In a
  campaign that sells nothing (survey, notice, service, care, verification, reminder, invitation) completed is
  successful.
- Every record drawn is exactly one of reached, `useless`, `unreached`, `untouched`, `reached_outside` (the period). A
  reached record is never useless. "Suspended" makes a record useless until a later call says otherwise.
- Agents' time comes from state intervals, cut at the period and, by hour or day, at the clock. `login_s` = `talk_s` +
  `prep_s` + `wrap_s` + `idle_s` + `not_ready_s`. `hold_s` is a part of `talk_s`; `playback_s` and `internal_s` are
  parts of `not_ready_s`; `ring_s` is time of lines. Time that an agent waits for several campaigns at once counts for
  each of them.
- A call belongs to the hour and day in which it was dialled, in the report's time zone.
- Where a group makes a count meaningless (accounts by hour, login time by list tier) it is "no data", as is every rate
  without a denominator. "No data" is never shown as 0.
"""


def figures_page() -> str:
    """The page as Markdown."""
    lines = [_INTRODUCTION, "## Base counts of kpi.yaml", ""]
    lines += _count_table([c for c in COUNT_BY_ID.values() if c.in_kpi])
    lines += ["", "## Other base counts", ""]
    lines += _count_table([c for c in COUNT_BY_ID.values() if not c.in_kpi])
    lines += [
        "",
        "## Figures",
        "",
        "| id | English | 中文 | Русский | formula | unit | remark |",
        "|---|---|---|---|---|---|---|",
    ]
    for r in RATE_BY_ID.values():
        remark = r.missing or r.note
        mine = "" if r.in_kpi else "ours. "
        said = mine + (remark.en if remark else "")
        lines.append(f"| `{r.id}` | {r.words.en} | {r.words.zh} | {r.words.ru} | {r.formula} | {r.unit} | {said} |")
    lines += [
        "",
        "## Read together",
        "",
        f"Outliers: robust z-score beyond {OUTLIER_Z} (median, median absolute deviation).",
        "",
    ]
    lines += [f"- **{c.words.en}** ({', '.join(f'`{f}`' for f in c.figures)}): {c.reading.en}" for c in COMBINATIONS]
    return "\n".join(lines) + "\n"


def _count_table(counts: list[Count]) -> list[str]:
    rows = ["| id | English | 中文 | Русский | what it counts | unit | grouped by |", "|---|---|---|---|---|---|---|"]
    for c in counts:
        by = "anything" if c.grains == ANY else ", ".join(d for d in Dimension if d in c.grains)
        rows.append(f"| `{c.id}` | {c.words.en} | {c.words.zh} | {c.words.ru} | {c.meaning.en} | {c.unit} | {by} |")
    return rows


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(figures_page(), encoding="utf-8")
