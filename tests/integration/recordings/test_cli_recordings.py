"""``callwright recordings`` on a real database: found, taken out, checked, held, purged, recovered, rekeyed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from callwright.adapters.postgres import setup
from callwright.adapters.postgres.store import PostgresStore
from callwright.app.cli import main
from callwright.app.recordings import open_vault
from callwright.app.settings import Settings
from callwright.model.campaign import Campaign
from support.tones import channels, killed_wav, onset_s, tone, write

DAY = 86_400.0


@dataclass
class Said:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out.count("\n") == 1, "one JSON object on one line"
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def run(
    embedded_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    monkeypatch.setenv("CALLWRIGHT_DATABASE_URL", embedded_database_url)
    monkeypatch.setenv("CALLWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CALLWRIGHT_LANGUAGE", "en")

    def call(*arguments: str | Path) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(["recordings", *(str(each) for each in arguments)])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return Said(status=left.value.code if isinstance(left.value.code, int) else 0, out=told.out, err=told.err)

    return call


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    (tmp_path / "spool").mkdir()
    return tmp_path / "spool"


@pytest.fixture
def calls(run: Run, embedded_database_url: str, tmp_path: Path, spool: Path) -> None:
    """Four recorded calls of two campaigns and two countries, ended 1, 40, 400 and 4000 days ago."""

    async def make() -> None:
        store = await PostgresStore.connect(embedded_database_url)
        await setup.add_campaign(store, Campaign(id=0, name="spring", keep_recordings_s=10 * DAY))
        await setup.add_campaign(store, Campaign(id=0, name="autumn"))
        await store.close()
        connection = await asyncpg.connect(embedded_database_url)
        await connection.execute("insert into agents (name) values ('Li'), ('Анна')")
        await connection.execute("insert into customers (name) select 'x' from generate_series(1, 4)")
        await connection.execute(
            "insert into phones (customer_id, number, country) "
            "select n, '+100' || n, case when n = 3 then 'US' else 'CN' end from generate_series(1, 4) n"
        )
        await connection.execute(
            "insert into attempts (id, campaign_id, customer_id, phone_id, number, mode, state, agent_id, dialed_at) "
            "select n, case when n = 4 then 2 else 1 end, n, n, '+100' || n, 'predictive', 'ended', 1 + n % 2, now() "
            "from generate_series(1, 4) n"
        )
        await connection.close()
        settings = Settings(home=tmp_path / "home", database_url=embedded_database_url)
        async with open_vault(settings, embedded_database_url) as vault:
            for attempt_id, days in ((1, 1), (2, 40), (3, 400), (4, 4000)):
                at = time.time() - days * DAY
                for side in ("person", "agent"):
                    await vault.started(attempt_id, None, at, side=side)  # type: ignore[arg-type]
                files = [
                    write(spool / f"{attempt_id}-{s}.wav", killed_wav(tone(440, 1.0))) for s in ("person", "agent")
                ]
                assert await vault.finished(attempt_id, *files, ended_at=at + 1.0) is not None

    asyncio.run(make())


@pytest.mark.usefixtures("calls")
def test_found_taken_out_and_checked(run: Run, tmp_path: Path) -> None:
    found = run("list", "--json").json["recordings"]
    assert [(row["attempt"], row["campaign"], row["agent"], row["state"]) for row in found] == [
        (1, "spring", "Анна", "kept"), (2, "spring", "Li", "kept"), (3, "spring", "Анна", "kept"),
        (4, "autumn", "Li", "kept"),
    ]  # fmt: skip
    assert [
        row["attempt"] for row in run("list", "--campaign", "spring", "--agent", "Li", "--json").json["recordings"]
    ] == [2]
    table = run("list").out.splitlines()
    assert table[0].split() == ["id", "began", "length", "campaign", "agent", "state", "remarks"]
    assert table[1].split()[3:] == ["0:00", "spring", "Анна", "kept"], "0.9999 seconds"
    assert "no campaign 'nothing'" in run("list", "--campaign", "nothing").err

    wav = tmp_path / "out.wav"
    assert "says that Wang took it" in run("export", "1", wav, "--by", "Wang", "--why", "complaint 7").out
    assert onset_s(channels(wav.read_bytes())[0], 440) == pytest.approx(0.0, abs=0.003)
    refused = run("export", "1", wav)
    assert (refused.status, "exists already" in refused.err) == (1, True)
    assert run("export", "99", tmp_path / "no.wav").status == 1

    sound = run("verify", "--json").json
    assert (sound["recordings"], sound["entries"], sound["faults"]) == (4, 5, [])
    assert run("verify", "--expect", sound["head"]).status == 0
    (file,) = (tmp_path / "home" / "recordings" / "audio" / "0").glob("2-*.cwr")
    file.write_bytes(file.read_bytes()[:-1])
    (gone,) = (tmp_path / "home" / "recordings" / "audio" / "0").glob("3-*.cwr")
    gone.unlink()
    told = run("verify")
    assert told.status == 1
    assert f"file truncated: 2 [audio/0/{file.name}]" in told.out
    assert f"file missing: 3 [audio/0/{gone.name}]" in told.out


@pytest.mark.usefixtures("calls")
def test_held_and_purged_by_campaign_and_rule_packs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """One campaign asks for 10 days, China demands 30, the United States five years; the other says nothing."""
    dry = run("purge", "--dry-run", "--json").json
    assert [(row["attempt"], row["because"]) for row in dry["purged"]] == [
        (2, "kept 30 days, the least the rule packs demand")
    ]
    held = run("hold", "--customer", "2", "--why", "case 12", "--by", "counsel")
    assert "Hold 1 is set" in held.out
    assert [hold["why"] for hold in run("holds", "--json").json["holds"]] == ["case 12"]
    assert "on legal hold" in run("list").out
    kept = run("purge", "--json").json
    assert ([row["attempt"] for row in kept["purged"]], [row["attempt"] for row in kept["held"]]) == ([], [2])
    assert run("release", "1", "--why", "settled", "--by", "counsel").status == 0
    assert run("release", "1", "--why", "settled").status == 1
    done = run("purge")
    assert "1 recordings purged." in done.out
    assert "2 (spring): kept 30 days" in done.out
    assert run("verify").status == 0
    monkeypatch.setenv("CALLWRIGHT_LANGUAGE", "zh")
    assert "已清除" in run("list").out
    monkeypatch.setenv("CALLWRIGHT_LANGUAGE", "ru")
    assert "удалена" in run("list").out
    assert run("hold", "--why", "x").status == 2
    assert run("hold", "--campaign", "autumn", "--attempt", "1", "--why", "x").status == 2


@pytest.mark.usefixtures("calls")
def test_recovered_and_rekeyed(run: Run, spool: Path, tmp_path: Path) -> None:
    write(spool / "7-person.wav", killed_wav(tone(440, 1.0)))
    write(spool / "8-person.wav", b"")
    done = run("recover", spool, "--quiet", "0.1")
    assert done.status == 1
    assert "8: Nothing was recorded of attempt 8" in done.out
    assert "1 recordings taken in" in done.out
    assert list(spool.iterdir()) == []
    assert run("recover", spool).status == 0
    assert "no directory" in run("recover", tmp_path / "nowhere").err

    key_file = tmp_path / "home" / "keys" / "recordings.key"
    secrets = [line.split()[1] for line in key_file.read_text().splitlines() if not line.startswith("#")]
    rotated = run("rotate-key", "--by", "ops")
    assert "5 recordings are wrapped by the key k-" in rotated.out
    assert run("verify").status == 0
    key_file.chmod(0o644)
    refused = run("list")
    assert (refused.status, "chmod 600" in refused.err) == (1, True)
    key_file.unlink()
    lost = run("list")
    assert (lost.status, "put it back from your backup" in lost.err) == (1, True)
    told = "".join(each.out + each.err for each in (done, rotated, refused, lost))
    assert not any(secret in told for secret in secrets)


def test_the_key_may_lie_elsewhere(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLWRIGHT_RECORDING_KEY_FILE", str(tmp_path / "elsewhere" / "master"))
    assert "no such recording" in run("list").out
    assert (tmp_path / "elsewhere" / "master").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "home" / "keys").exists()


def test_every_text_is_there_in_three_languages() -> None:
    from callwright.adapters.recordings.ports import HoldScope, State
    from callwright.adapters.recordings.verifying import Flaw
    from callwright.app import recording_words

    assert set(recording_words.STATES) == set(State)
    assert set(recording_words.FLAWS) == set(Flaw)
    assert set(recording_words.SCOPES) == set(HoldScope)
