#!/usr/bin/env python3
"""Turns a file of the UCI bank telemarketing format into list, truth and campaign files for `callwright rehearse`.

    examples/bank/prepare.py bank-additional-full.csv --out /tmp/bank
    callwright rehearse /tmp/bank/campaign.toml --list /tmp/bank/list.csv --truth /tmp/bank/truth.csv --agents 50

Each row is a customer: `campaign` says at which attempt they were reached, `duration` how many seconds they talked, `y`
whether they bought, `contact` the kind of line; every other column is a fact about them. The source has no telephone
numbers: they are made up here from the row's position, the same for the same file. Hardly any country reserves so many
numbers for invented people, so these are valid in form and may belong to somebody; only `--country US` takes the
exchange 555, which nobody has. They are for the simulated network only.

Standard library only; nothing of Callwright is imported.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

NEEDED = ("campaign", "duration", "y", "contact")
KNOWN_ONLY_AFTER = frozenset({"campaign", "duration", "y"})  # of the outcome: never in the list
ABANDONED_TOO = 24  # attempts a record may need beyond the file's, for abandoned calls and their redials
FATES = (("no_answer", 0.60), ("busy", 0.22), ("switched_off", 0.11), ("unreachable", 0.07))
"""What happens before the customer is reached; none ends a record. The shares are invented."""


class BadFile(Exception):
    """One sentence that says what is wrong and what to do."""


@dataclass(frozen=True)
class Country:
    """Where the invented numbers lie: beginnings (with how many digits follow) for mobiles and for landlines."""

    mobile: tuple[str, ...]
    landline: tuple[str, ...]
    digits: int
    zone: str
    caller_id: str
    packs: str
    why: str
    hours: str = "09:00-20:00"
    weekdays: str = "mon-sat"


COUNTRIES = {
    "GB": Country(
        mobile=("+447400", "+447401"),
        landline=("+442083", "+442084"),
        digits=6,
        zone="Europe/London",
        caller_id="+442079460001",
        packs='["uk"]',
        why="it has no cap on attempts, so that a customer reached at the 56th can be reached; abandons are held to 3 %"
        " in 24 hours and an abandoned person is left alone for 72 hours",
    ),
    "PT": Country(
        mobile=("+351963", "+351964"),
        landline=("+351213", "+351214"),
        digits=6,
        zone="Europe/Lisbon",
        caller_id="+351210000001",
        packs="[]",
        why="Portugal has no pack of its own, so the cautious international one holds: at most 3 calls a day to a"
        " person; a customer reached at the 56th attempt takes 19 working days",
    ),
    "US": Country(
        mobile=("+1917555", "+1646555", "+1347555", "+1929555"),
        landline=("+1212555", "+1718555", "+1716555", "+1585555", "+1914555", "+1845555"),
        digits=4,
        zone="America/New_York",
        caller_id="+12125550100",
        packs='["us-federal"]',
        why="it has no cap on attempts (the numbers are New York's, which has no pack of its own); abandons are held to"
        " 3 % in 30 days. The exchange 555 belongs to nobody; libphonenumber cannot tell its mobiles from landlines",
        hours="08:00-21:00",
    ),
}


def read_rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Header and rows of the file, plain or gzipped, `;` or `,` or tab separated. Raises BadFile."""
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        text = data.decode("utf-8-sig")
    except (OSError, EOFError) as error:
        raise BadFile(f"{path} cannot be read ({error}): give a readable file, plain or gzipped.") from None
    except UnicodeDecodeError:
        raise BadFile(f"{path} is not a text file in UTF-8: give the UCI file as it was published.") from None
    first = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = [name.strip() for name in next(reader, [])]
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise BadFile(f"{path} lacks the column {', '.join(missing)}: give a file of the UCI bank-additional format.")
    rows = []
    for cells in reader:
        if not cells:
            continue
        if len(cells) != len(header):
            raise BadFile(f"{path}, line {reader.line_num}: {len(cells)} cells where the header has {len(header)}.")
        row = dict(zip(header, cells, strict=True))
        _check(path, reader.line_num, row)
        rows.append(row)
    if not rows:
        raise BadFile(f"{path} has a header and no rows: give a file with customers.")
    return header, rows


def _check(path: Path, line: int, row: dict[str, str]) -> None:
    for name, least in (("campaign", 1), ("duration", 0)):
        value = row[name].strip()
        if not value.isascii() or not value.isdigit() or int(value) < least:
            raise BadFile(f"{path}, line {line}: {name} is {row[name]!r}; a whole number from {least} is expected.")
    if row["y"] not in ("yes", "no"):
        raise BadFile(f"{path}, line {line}: y is {row['y']!r}; yes or no is expected.")


def numbers(rows: Sequence[dict[str, str]], country: Country) -> Iterator[str]:
    """A number for each row, all different, the same for the same file."""
    blocks = {"cellular": country.mobile, "telephone": country.landline}
    size = 10**country.digits
    given = {"cellular": 0, "telephone": 0}
    for index, row in enumerate(rows):
        # Older files of the series say "unknown": such rows are divided between both kinds.
        kind = row["contact"] if row["contact"] in blocks else ("cellular", "telephone")[index % 2]
        count = given[kind]
        given[kind] += 1
        block, place = divmod(count, size)
        if block >= len(blocks[kind]):
            room = len(blocks[kind]) * size
            raise BadFile(f"The file has more than {room} {kind} rows: choose another --country or split the file.")
        # A step that shares no factor with the size visits every number once and looks less like a sequence.
        yield f"{blocks[kind][block]}{(place * 7_919 + 104_729) % size:0{country.digits}d}"


def results(row: dict[str, str], chance: random.Random) -> str:
    """The row's fates by attempt, as a truth file has them."""
    before = chance.choices([kind for kind, _ in FATES], [share for _, share in FATES], k=int(row["campaign"]) - 1)
    talk_s = int(row["duration"])
    reached = f"answer:{talk_s}:success:1" if row["y"] == "yes" else f"answer:{talk_s}:not_interested"
    return ";".join([*before, reached])


def campaign_text(country_code: str, country: Country, tries: int, talk_s: int, name: str) -> str:
    return f'''# Made by examples/bank/prepare.py from {name}. For the simulated network only: the numbers are invented.
# Rule pack {country.packs}: {country.why}.
name = "bank"
purpose = "sales"
mode = "predictive"
country = "{country_code}"
packs = {country.packs}
caller_ids = ["{country.caller_id}"]
max_call = {max(3600, talk_s + 600)}   # the file's longest talk took {talk_s} seconds
truth = "truth.csv"

[hours]
time = "{country.hours}"
weekdays = "{country.weekdays}"

[dial]
max_tries = {tries + ABANDONED_TOO}     # one customer was reached at attempt {tries}; abandoned calls count too
min_gap = "5m"
ring_timeout = "25s"

[dial.retry]       # short, so that the last customers do not take weeks; the law's own delays hold beside them
busy = "5m"
no_answer = "10m"
switched_off = "15m"
unreachable = "15m"
abandoned = "1d"
hung_up_waiting = "1d"

[pacing]
controller = "callwright"
drop_late_ringers = false   # a dropped call would be an attempt that the file does not have
max_lines = 1000

[[list]]
name = "bank"
file = "list.csv"
country = "{country_code}"

[floor]
agents = 50

[[trunk]]
name = "simulated"
channels = 1000
calls_per_s = 50
'''


def prepare(path: Path, out: Path, country_code: str) -> dict[str, int]:
    """Write list.csv, truth.csv and campaign.toml into ``out``; the file's own totals."""
    country = COUNTRIES[country_code]
    header, rows = read_rows(path)
    facts = [name for name in header if name not in KNOWN_ONLY_AFTER]
    chance = random.Random("bank")
    out.mkdir(parents=True, exist_ok=True)
    with (
        (out / "list.csv").open("w", newline="", encoding="utf-8") as list_file,
        (out / "truth.csv").open("w", newline="", encoding="utf-8") as truth_file,
    ):
        listed = csv.writer(list_file, lineterminator="\n")
        truth = csv.writer(truth_file, lineterminator="\n")
        listed.writerow(["phone_number", "external_id", "time_zone", *facts])
        truth.writerow(["phone_number", "results"])
        for position, (row, number) in enumerate(zip(rows, numbers(rows, country), strict=True), start=1):
            listed.writerow([number, f"bank-{position:06d}", country.zone, *(row[name] for name in facts)])
            truth.writerow([number, results(row, chance)])
    attempts = [int(row["campaign"]) for row in rows]
    longest = max(int(row["duration"]) for row in rows)
    text = campaign_text(country_code, country, max(attempts), longest, path.name)
    (out / "campaign.toml").write_text(text, encoding="utf-8")
    return {
        "customers": len(rows),
        "deals": sum(row["y"] == "yes" for row in rows),
        "talk_s": sum(int(row["duration"]) for row in rows),
        "attempts": sum(attempts),
        "most_attempts": max(attempts),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="UCI bank telemarketing rows into list.csv, truth.csv, campaign.toml")
    parser.add_argument("file", type=Path, help="a file of the UCI bank-additional format, plain or .gz")
    parser.add_argument("--out", type=Path, required=True, help="directory for the three files")
    parser.add_argument("--country", choices=sorted(COUNTRIES), default="GB", help="whose numbers are invented")
    asked = parser.parse_args()
    try:
        totals = prepare(asked.file, asked.out, asked.country)
    except BadFile as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{asked.out} cannot be written ({error.strerror}): choose another --out.", file=sys.stderr)
        return 1
    country = COUNTRIES[asked.country]
    print(
        "{customers} customers, {deals} deals, {talk_s} talk seconds, {attempts} attempts (most for one customer:"
        " {most_attempts})".format_map(totals)
    )
    print(f"Rule pack {country.packs}: {country.why}.")
    print("The telephone numbers are invented from the rows' positions: for the simulated network only.")
    place = asked.out
    print("Next: .venv/bin/callwright rehearse", f"{place}/campaign.toml --list {place}/list.csv", end=" ")
    print(f"--truth {place}/truth.csv --agents 50")
    return 0


if __name__ == "__main__":
    sys.exit(main())
