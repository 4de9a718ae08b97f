"""Imports into a real PostgreSQL, on both servers: all or nothing, nothing twice, nothing lost, and back again."""

from __future__ import annotations

import asyncio
import csv
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import polars as pl
import pytest
import pytest_asyncio

from callwright.adapters.postgres.lists import PostgresBatch, PostgresListStore
from callwright.adapters.postgres.sql import statement
from callwright.kit.errors import BadInput, Conflict, NotFound, StoreUnavailable
from callwright.lists.clean_export import write_clean_list
from callwright.lists.importer import ImportOptions, find_profile, import_file
from callwright.lists.report import ImportReport

_NOW = 1_770_000_000.25


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database_url, min_size=1, max_size=4) as pool:
        yield pool


@pytest.fixture
def store(pool: asyncpg.Pool) -> PostgresListStore:
    return PostgresListStore(pool)


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _names_in(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


async def _import(
    store: PostgresListStore, path: Path, text: str, name: str = "spring", **options: object
) -> ImportReport:
    _put(path, text)
    given = ImportOptions(**({"country": "CN"} | options))  # type: ignore[arg-type]  # a test's shorthand
    return await import_file(path, list_name=name, store=store, now=_NOW, options=given)


async def _counts(pool: asyncpg.Pool) -> dict[str, int]:
    tables = ("customers", "phones", "leads", "emails", "consents", "import_batches", "lists")
    # the table names are this test's own
    return {t: await pool.fetchval("select count(*) from " + t) for t in tables}  # noqa: S608


async def test_a_list_is_stored_with_all_it_says(pool: asyncpg.Pool, store: PostgresListStore, tmp_path: Path) -> None:
    await pool.execute("insert into agents (name) values ('Anna')")
    text = (
        "手机,座机,姓名,邮箱,客户编号,时区,等级,优先级,归属,同意,同意日期,同意凭证,城市\n"
        '13800138000,010-12345678,李,LI@x.cn,E1,Asia/Shanghai,2,7,Anna,marketing,2025-02-03,"form, 7","北 ""京"""\n'
        "13800138001,,,bad,,,,,Nobody,,,,\n"
    )
    report = await _import(store, tmp_path / "list.csv", text)
    assert (report.read, report.stored, report.phones, report.emails, report.consents) == (2, 2, 3, 1, 1)
    assert report.notes == {"bad_email": 1, "unknown_owner": 1}
    row = await pool.fetchrow(
        "select c.*, l.tier, l.priority, l.status, l.owner_agent_id, l.batch_id, extract(epoch from l.next_at) as next"
        " from leads l join customers c on c.id = l.customer_id order by c.id limit 1"
    )
    assert (row["external_id"], row["name"], row["time_zone"], row["facts"]) == (
        "E1", "李", "Asia/Shanghai", '{"城市": "北 \\"京\\"", "归属": "Anna"}',
    )  # fmt: skip
    assert (row["tier"], row["priority"], row["status"], row["batch_id"]) == (2, 7, "due", report.batch_id)
    assert float(row["next"]) == _NOW
    assert row["owner_agent_id"] == await pool.fetchval("select id from agents")
    phones = await pool.fetch(
        "select number, position, line_type, zones, country from phones where customer_id = $1 order by position",
        row["id"],
    )
    assert [tuple(p) for p in phones] == [
        ("+8613800138000", 0, "mobile", ["Asia/Shanghai"], "CN"),
        ("+861012345678", 1, "landline", ["Asia/Shanghai"], "CN"),
    ]
    consent = await pool.fetchrow("select kind, proof, extract(epoch from granted_at)::int8 as at from consents")
    assert tuple(consent) == ("marketing", "form, 7", 1_738_540_800)
    assert await pool.fetchval("select leads from lists") == 2
    assert await pool.fetchval("select rows_read + rows_stored + rows_rejected from import_batches") == 4


async def test_every_rejected_row_stands_in_the_error_file(store: PostgresListStore, tmp_path: Path) -> None:
    text = "phone,name\n13800138000,Li\n123,=cmd()\n13800138000,Wu\n13800138001,a,b\n13800138002,Xu\n"
    report = await _import(store, tmp_path / "list.csv", text, language="ru")
    assert (report.read, report.stored, report.rejected) == (5, 2, 3)
    assert report.reasons == {"duplicate_in_file": 1, "ragged": 1, "too_short": 1}
    assert report.error_file == str(tmp_path / "list.rejected.csv")
    with (tmp_path / "list.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        heading, *rows = list(csv.reader(file))
    assert heading == ["строка", "состояние", "причина", "phone", "name"]
    assert [r[0] for r in rows] == ["3", "4", "5"]
    assert rows[0][3:] == ["123", "'=cmd()"]
    assert rows[1][2] == "Тот же номер в строке 2"
    assert rows[2][3:] == ["13800138001", "a", "b"]


async def test_no_error_file_where_nothing_is_wrong(store: PostgresListStore, tmp_path: Path) -> None:
    report = await _import(store, tmp_path / "list.csv", "phone\n13800138000\n")
    assert report.error_file is None
    assert _names_in(tmp_path) == ["list.csv"]


async def test_the_same_list_twice_stores_nothing_twice(
    pool: asyncpg.Pool, store: PostgresListStore, tmp_path: Path
) -> None:
    text = "phone,alt phone\n13800138000,13800138001\n13800138002,\n"
    first = await _import(store, tmp_path / "list.csv", text)
    before = await _counts(pool)
    again = await _import(store, tmp_path / "list.csv", text)
    assert (again.stored, again.reasons) == (0, {"duplicate_in_list": 2})
    assert str(first.batch_id) in again.warnings[-1]
    assert await _counts(pool) == before | {"import_batches": 2}


async def test_a_known_number_is_the_same_person_in_a_new_list(
    pool: asyncpg.Pool, store: PostgresListStore, tmp_path: Path
) -> None:
    await _import(store, tmp_path / "a.csv", "phone,name,city,plan\n13800138000,Li,Tver,A\n")
    text = "phone,alt phone,name,email,city\n13800138001,13800138000,Wu,w@x.cn,Omsk\n13800138005,,He,,\n"
    report = await _import(store, tmp_path / "b.csv", text, name="autumn")
    assert (report.stored, report.known_people) == (2, 1)
    assert await _counts(pool) == {
        "customers": 2, "phones": 3, "leads": 3, "emails": 1, "consents": 0, "import_batches": 2, "lists": 2,
    }  # fmt: skip
    person = await pool.fetchrow("select id, name, facts from customers order by id limit 1")
    assert (person["name"], person["facts"]) == ("Li", '{"city": "Omsk", "plan": "A"}')
    phones = await pool.fetch(
        "select number, position from phones where customer_id = $1 order by position", person["id"]
    )
    assert [tuple(p) for p in phones] == [("+8613800138000", 0), ("+8613800138001", 1)]


async def test_known_numbers_can_be_refused(store: PostgresListStore, tmp_path: Path) -> None:
    await _import(store, tmp_path / "a.csv", "phone\n13800138000\n")
    text = "phone\n13800138000\n13800138001\n"
    report = await _import(store, tmp_path / "b.csv", text, name="autumn", known_people="reject")
    assert (report.stored, report.reasons, report.duplicates_in_base) == (1, {"duplicate_in_base": 1}, 1)


async def test_two_rows_with_numbers_of_one_known_person(store: PostgresListStore, tmp_path: Path) -> None:
    await _import(store, tmp_path / "a.csv", "phone,alt phone\n13800138000,13800138001\n")
    report = await _import(store, tmp_path / "b.csv", "phone\n13800138001\n13800138000\n", name="autumn")
    assert (report.stored, report.reasons) == (1, {"duplicate_in_list": 1})


async def test_a_dry_run_stores_nothing_and_says_the_same(
    pool: asyncpg.Pool, store: PostgresListStore, tmp_path: Path
) -> None:
    await _import(store, tmp_path / "a.csv", "phone\n13800138000\n")
    before = await _counts(pool)
    text = "phone\n13800138000\n13800138001\n13800138001\n77\n"
    dry = await _import(store, tmp_path / "b.csv", text, dry_run=True)
    new = await _import(store, tmp_path / "b.csv", text, dry_run=True, name="new")
    assert await _counts(pool) == before
    assert (dry.batch_id, new.list_id, new.stored, new.known_people) == (None, None, 2, 1)
    wet = await _import(store, tmp_path / "b.csv", text)
    assert (dry.stored, dry.reasons) == (wet.stored, wet.reasons)
    assert wet.reasons == {"duplicate_in_list": 1, "duplicate_in_file": 1, "too_short": 1}


async def test_leads_of_a_campaigns_list_belong_to_the_campaign(
    pool: asyncpg.Pool, store: PostgresListStore, tmp_path: Path
) -> None:
    await pool.execute("insert into campaigns (name) values ('spring sale')")
    await pool.execute("insert into lists (name, campaign_id) select 'spring', id from campaigns")
    await _import(store, tmp_path / "a.csv", "phone\n13800138000\n13800138001\n")
    assert await pool.fetchval("select count(*) from leads l join campaigns c on c.id = l.campaign_id") == 2
    counted = await pool.fetchrow("select sum(leads) as leads, sum(open) as open from lead_counts")
    assert tuple(counted) == (2, 2)


async def test_without_a_superuser_the_database_checks_everything_itself(
    pool: asyncpg.Pool, database_url: str, tmp_path: Path
) -> None:
    role = f"plain_{uuid.uuid4().hex}"
    await pool.execute(f"create role {role}")
    await pool.execute(f"grant all on all tables in schema public to {role}")
    await pool.execute(f"grant all on all sequences in schema public to {role}")
    await pool.execute("insert into campaigns (name) values ('c')")
    await pool.execute("insert into lists (name, campaign_id) select 'spring', id from campaigns")
    try:
        async with asyncpg.create_pool(database_url, min_size=1, max_size=1, server_settings={"role": role}) as plain:
            assert not await plain.fetchval(statement("may_skip_checks"))
            report = await _import(PostgresListStore(plain), tmp_path / "a.csv", "phone\n13800138000\n13800138001\n")
        assert report.stored == 2
        counted = await pool.fetchrow("select sum(leads) as leads, sum(open) as open from lead_counts")
        assert tuple(counted) == (2, 2)
    finally:
        await pool.execute(f"drop owned by {role}")
        await pool.execute(f"drop role {role}")


async def test_chunks_join_without_a_seam(
    pool: asyncpg.Pool, store: PostgresListStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import callwright.lists.reader as reader

    monkeypatch.setattr(reader.Table.chunks, "__defaults__", (100,))
    done: list[tuple[int, int]] = []
    path = tmp_path / "list.csv"
    _put(path, "phone,name\n" + "".join(f"1380013{i % 950:04d},N{i}\n" for i in range(1000)))
    report = await import_file(
        path, list_name="spring", store=store, now=_NOW, options=ImportOptions(country="CN"),
        on_progress=lambda rows, total: done.append((rows, total)),
    )  # fmt: skip
    assert (report.stored, report.reasons) == (950, {"duplicate_in_file": 50})
    assert (len(done), done[-1]) == (10, (1000, 1000))
    assert await pool.fetchval("select count(distinct number) from phones") == 950
    assert await pool.fetchval("select count(*) from customers c join phones p on p.customer_id = c.id") == 950


async def test_a_failure_in_the_middle_leaves_nothing(
    pool: asyncpg.Pool, store: PostgresListStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import callwright.lists.reader as reader

    monkeypatch.setattr(reader.Table.chunks, "__defaults__", (100,))
    path = tmp_path / "list.csv"
    _put(path, "phone\n77\n" + "".join(f"1380013{i:04d}\n" for i in range(1000)))
    before = await _counts(pool)

    def on_progress(rows: int, _total: int) -> None:
        if rows >= 500:
            raise RuntimeError("pulled the plug")

    with pytest.raises(RuntimeError, match="plug"):
        await import_file(
            path,
            list_name="spring",
            store=store,
            now=_NOW,
            options=ImportOptions(country="CN"),
            on_progress=on_progress,
        )
    assert await _counts(pool) == before
    assert _names_in(tmp_path) == ["list.csv"]


async def test_a_server_that_goes_away_in_the_middle_leaves_nothing(
    pool: asyncpg.Pool, store: PostgresListStore, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import callwright.lists.reader as reader

    monkeypatch.setattr(reader.Table.chunks, "__defaults__", (100,))
    path = tmp_path / "list.csv"
    _put(path, "phone\n" + "".join(f"1380013{i:04d}\n" for i in range(1000)))
    before = await _counts(pool)
    killer = await asyncpg.connect(database_url)
    written = PostgresBatch.write
    calls = 0

    async def write_then_die(self: PostgresBatch, *frames: pl.DataFrame) -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            await killer.execute("select pg_terminate_backend($1)", self._connection.get_server_pid())
        await written(self, *frames)

    monkeypatch.setattr(PostgresBatch, "write", write_then_die)
    with pytest.raises(StoreUnavailable):
        await import_file(path, list_name="spring", store=store, now=_NOW, options=ImportOptions(country="CN"))
    await killer.close()
    assert calls == 4
    assert await _counts(pool) == before


_IMPORT = """
import asyncio, sys
from pathlib import Path
import asyncpg
from callwright.adapters.postgres.lists import PostgresListStore
from callwright.lists.importer import ImportOptions, import_file

async def main():
    async with asyncpg.create_pool(sys.argv[1], min_size=1, max_size=1) as pool:
        await import_file(Path(sys.argv[2]), list_name="spring", store=PostgresListStore(pool), now=1.0,
            options=ImportOptions(country="CN"), on_progress=lambda *_: print("stored", flush=True))

asyncio.run(main())
"""


async def test_a_killed_import_leaves_nothing(
    pool: asyncpg.Pool, store: PostgresListStore, database_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    text = "phone\n" + "".join(f"138{i:08d}\n" for i in range(250_000))
    _put(path, text)
    before = await _counts(pool)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _IMPORT, database_url, str(path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"stored\n"  # one chunk of three is in the transaction
    process.kill()
    await process.wait()
    assert await _counts(pool) == before
    report = await _import(store, path, text[: len("phone\n") + 12 * 1000])  # and nothing is locked
    assert report.stored == 1000


async def test_a_wrong_file_or_rule_stores_nothing(
    pool: asyncpg.Pool, store: PostgresListStore, tmp_path: Path
) -> None:
    before = await _counts(pool)
    with pytest.raises(BadInput, match="nearest is 'spend'"):
        await _import(store, tmp_path / "a.csv", "phone,spend\n13800138000,1\n", select="spent > 3")
    with pytest.raises(BadInput, match=r"error file .* cannot be written"):
        await _import(store, tmp_path / "a.csv", "phone\n77\n", error_file=tmp_path / "a.csv" / "errors.csv")
    assert await _counts(pool) == before


async def test_undo_takes_back_what_was_not_dialled(
    pool: asyncpg.Pool, store: PostgresListStore, tmp_path: Path
) -> None:
    await _import(store, tmp_path / "a.csv", "phone\n13800138000\n", name="old")
    text = "phone\n13800138000\n13800138001\n13800138002\n13800138003\n"
    report = await _import(store, tmp_path / "b.csv", text)
    assert report.batch_id is not None
    dialled = await pool.fetchrow(
        "select l.id, l.customer_id from leads l join phones p using (customer_id) where number = '+8613800138002'"
    )
    await pool.execute("insert into campaigns (name) values ('c')")
    await pool.execute(
        "insert into attempts (id, campaign_id, lead_id, customer_id, number, mode, state, dialed_at)"
        " select 1, id, $1, $2, '+8613800138002', 'predictive', 'ended', now() from campaigns",
        *dialled,
    )
    await pool.execute(
        "update leads set status = 'claimed'"
        " where customer_id = (select customer_id from phones where number = '+8613800138003')"
    )
    undone = await store.undo_batch(report.batch_id, _NOW + 60)
    assert (undone.removed_leads, undone.kept_leads, undone.removed_customers) == (2, 2, 1)
    numbers = {r["number"] for r in await pool.fetch("select number from phones")}
    assert numbers == {"+8613800138000", "+8613800138002", "+8613800138003"}
    assert await pool.fetchval("select leads from lists where name = 'spring'") == 2
    await pool.execute("update leads set status = 'due' where status = 'claimed'")
    assert (await store.undo_batch(report.batch_id, _NOW + 61)).removed_leads == 1
    with pytest.raises(NotFound):
        await store.undo_batch(10**9, _NOW)


async def test_undo_of_a_whole_batch_once(pool: asyncpg.Pool, store: PostgresListStore, tmp_path: Path) -> None:
    report = await _import(store, tmp_path / "a.csv", "phone,email\n13800138000,a@b.cn\n")
    assert report.batch_id is not None
    assert (await store.undo_batch(report.batch_id, _NOW)).removed_customers == 1
    counts = await _counts(pool)
    assert (counts["customers"], counts["phones"], counts["leads"], counts["emails"]) == (0, 0, 0, 0)
    with pytest.raises(Conflict, match="undone before"):
        await store.undo_batch(report.batch_id, _NOW)
    again = await _import(store, tmp_path / "a.csv", "phone\n13800138000\n")
    assert (again.stored, again.warnings) == (1, ())


async def test_profiles_are_kept(store: PostgresListStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no mapping profile 'mine'"):
        await find_profile("mine", store)
    await store.save_profile("mine", {"columns": {"Ruf": "phone"}, "country": "DE"})
    await store.save_profile("mine", {"columns": {"Rufnummer": "phone"}, "country": "DE"})
    profile = await find_profile("mine", store)
    report = await _import(store, tmp_path / "a.csv", "Rufnummer\n0151 23456789\n", profile=profile, country=None)
    assert report.stored == 1


async def test_two_imports_at_once_make_no_person_twice(
    pool: asyncpg.Pool, store: PostgresListStore, tmp_path: Path
) -> None:
    text = "phone\n" + "".join(f"1380013{i:04d}\n" for i in range(300))
    reports = await asyncio.gather(
        _import(store, tmp_path / "a.csv", text, name="one"),
        _import(store, tmp_path / "b.csv", text, name="two"),
        _import(store, tmp_path / "c.csv", text, name="one"),
    )
    assert sorted(r.stored for r in reports) == [0, 300, 300]
    assert await pool.fetchval("select count(*) from customers") == 300
    assert await pool.fetchval("select count(*) from leads") == 600


async def test_the_cleaned_list_tells_what_the_calls_found(
    pool: asyncpg.Pool, store: PostgresListStore, tmp_path: Path
) -> None:
    text = "phone,alt phone,name\n13800138000,13800138001,Li\n13800138002,,Wu\n13800138003,,Xu\n"
    await _import(store, tmp_path / "a.csv", text)
    await pool.execute("insert into campaigns (name) values ('c')")
    calls = [
        (1, "+8613800138000", "switched_off", None),
        (2, "+8613800138001", "talked", "success"),
        (3, "+8613800138002", "no_such_number", None),
    ]
    for id_, number, outcome, disposition in calls:
        await pool.execute(
            "insert into attempts (id, campaign_id, lead_id, customer_id, number, mode, state, dialed_at, ended_at,"
            " outcome, disposition) select $1, c.id, l.id, l.customer_id, $2, 'predictive', 'ended', now(), now(),"
            " $3, $4 from campaigns c, leads l join phones p on p.customer_id = l.customer_id where p.number = $2",
            id_, number, outcome, disposition,
        )  # fmt: skip
    await pool.execute("insert into bans (number, scope, at) values ('+8613800138003', 'everywhere', to_timestamp(0))")
    target = tmp_path / "clean.csv"
    report = await write_clean_list(store.number_histories("spring", _NOW), target)
    assert report.states == {"switched_off": 1, "verified": 1, "dead": 1, "do_not_call": 1}
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["phone number"], r["state"], r["attempt"]) for r in rows] == [
        ("+8613800138000", "switched_off", "1"),
        ("+8613800138001", "verified", "2"),
        ("+8613800138002", "dead", "3"),
        ("+8613800138003", "do_not_call", ""),
    ]
    with pytest.raises(NotFound, match="no list 'winter'"):
        await write_clean_list(store.number_histories("winter", _NOW), target)
