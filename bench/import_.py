"""How fast a list is imported: rows of known number patterns, and the worst case (every number the slow way).

    .venv/bin/python bench/import_.py [--rows 1000000] [--worst-rows 100000] [--duplicates 1000000] [--url URL]

Without ``--url`` a server of its own is started from the embedded binaries. Prints one JSON object; memory is that of
this process at its peak. On a busy machine read ``cpu_s`` and ``database_cpu_s``: they overlap, the larger one bounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import shutil
import tempfile
import time
from pathlib import Path

import asyncpg
import psutil

from callwright.adapters.postgres.embedded import EmbeddedPostgres
from callwright.adapters.postgres.lists import PostgresListStore
from callwright.adapters.postgres.migrations import migrate
from callwright.lists.importer import ImportOptions, import_file


def write_known(path: Path, rows: int, seed: int) -> None:
    """Valid Chinese mobile numbers in the national form, with a name and four facts."""
    rng = random.Random(seed)
    heads = (
        [f"13{d}" for d in range(10)] + [f"15{d}" for d in (0, 1, 2, 3, 5, 6, 7, 8, 9)] + [f"18{d}" for d in range(10)]
    )
    tails = rng.sample(range(10**8), rows)
    with path.open("w", encoding="utf-8") as file:
        file.write("phone_number,name,city,spend,handset_months,data_mb\n")
        for tail in tails:
            file.write(
                f"{rng.choice(heads)}{tail:08d},客户{tail},{rng.choice(('北京', '上海', 'no'))},"
                f"{rng.randrange(200)},{rng.randrange(48)},{rng.randrange(2000)}\n"
            )


def write_worst(path: Path, rows: int, seed: int) -> None:
    """Valid numbers that no fast path takes: with an extension."""
    rng = random.Random(seed)
    with path.open("w", encoding="utf-8") as file:
        file.write("phone_number,name,city\n")
        for tail in rng.sample(range(10**8), rows):
            file.write(f"+86 13{tail % 10} {tail // 10000:04d} {tail % 10000:04d} ext. {tail % 90 + 10},N{tail},x\n")


def write_duplicates(path: Path, rows: int) -> None:
    """One number, many times."""
    path.write_text("phone_number,name\n" + "13800138000,Li\n" * rows, encoding="utf-8")


def cpu_of(process: int) -> float:
    """Processor seconds of a process of this machine; 0 where it is on another one."""
    try:
        return sum(psutil.Process(process).cpu_times()[:2])
    except psutil.Error:
        return 0.0


async def measure(url: str, directory: Path, options: argparse.Namespace) -> dict[str, object]:
    await migrate(url)
    pool = await asyncpg.create_pool(url, min_size=1, max_size=1)
    store = PostgresListStore(pool)
    server_process = await pool.fetchval("select pg_backend_pid()")
    figures: dict[str, object] = {}
    cases = (
        ("known", options.rows, lambda p, n: write_known(p, n, options.seed)),
        ("known_over_a_full_base", options.rows // 10, lambda p, n: write_known(p, n, options.seed + 1)),
        ("worst", options.worst_rows, lambda p, n: write_worst(p, n, options.seed)),
        ("duplicates", options.duplicates, write_duplicates),
    )
    for name, rows, write in cases:
        if rows < 1:
            continue
        path = directory / f"{name}.csv"
        write(path, rows)
        began, own, theirs = time.perf_counter(), time.process_time(), cpu_of(server_process)
        report = await import_file(
            path,
            list_name=name,
            store=store,
            now=1_770_000_000.0,
            options=ImportOptions(country="CN", select="spend < 1000" if name.startswith("known") else None),
        )
        seconds = time.perf_counter() - began
        figures[name] = {
            "rows": report.read,
            "stored": report.stored,
            "rejected": report.reasons,
            "seconds": round(seconds, 2),
            "rows_per_s": round(report.read / seconds),
            "cpu_s": round(time.process_time() - own, 2),
            "database_cpu_s": round(cpu_of(server_process) - theirs, 2),
            "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
        print(name, figures[name], flush=True)
    await pool.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--worst-rows", type=int, default=100_000)
    parser.add_argument("--duplicates", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--url")
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="callwright-bench-"))
    home.chmod(0o711)
    server = None if options.url else EmbeddedPostgres(home / "postgres")
    try:
        url = server.start() if server else options.url
        with tempfile.TemporaryDirectory() as directory:
            print(json.dumps(asyncio.run(measure(url, Path(directory), options))))
    finally:
        if server:
            server.stop()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
