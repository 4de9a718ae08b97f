"""Faxes in the database: written once, however often a received one is told, and shown to people."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from callwright.adapters.postgres.fax_rows import faxes
from callwright.adapters.postgres.store import PostgresStore
from callwright.app.faxes import show_faxes
from callwright.app.settings import Settings
from callwright.dialer.ports import Batch, Fax
from callwright.kit.words import LANGUAGES

NOW = 1_772_451_000.0
SENT = Fax(
    at=NOW, number="+351910000100", ours="+351210000000", pages=3, whole=True, attempt_id=7, document="offer.tif"
)
FAILED = Fax(
    at=NOW + 1.0,
    number="+351910000200",
    ours="+351210000000",
    pages=0,
    whole=False,
    why="The other side hung up: error",
    attempt_id=8,
    document="offer.tif",
)
RECEIVED = Fax(
    at=NOW + 2.0, number="+351910000300", ours="+351210000009", pages=2, whole=True, file="1.5.tif", station="ACME"
)


def test_faxes_are_kept_and_listed(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def records() -> list[Fax]:
        store = await PostgresStore.connect(database_url)
        try:
            await store.save(Batch(faxes=[SENT, FAILED, RECEIVED]))
            await store.save(Batch(faxes=[RECEIVED]))  # told again after a restart
            return await faxes(store, NOW - 10.0, NOW + 10.0, most=10)
        finally:
            await store.close()

    assert asyncio.run(records()) == [RECEIVED, FAILED, SENT]
    settings = Settings(database_url=database_url, home=tmp_path)
    show_faxes(settings, days=1, at=NOW + 1.5, most=10, as_json=True)
    listed = json.loads(capsys.readouterr().out)["faxes"]
    assert [(each["way"], each["number"], each["whole"]) for each in listed] == [
        ("sent", "+351910000200", False),
        ("sent", "+351910000100", True),
    ]
    for language in LANGUAGES:
        show_faxes(Settings(database_url=database_url, language=language), days=1, at=NOW + 10.0, most=1, as_json=False)
        said = capsys.readouterr().out
        assert "1.5.tif" in said
        assert "offer.tif" not in said
