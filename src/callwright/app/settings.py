"""The few settings of the program, from the environment. Everything else is in campaign and floor files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from callwright.kit.errors import BadInput
from callwright.kit.words import LANGUAGES, Language

KNOWN: Mapping[str, str] = {
    "CALLWRIGHT_HOME": "directory of the embedded database and other data",
    "CALLWRIGHT_DATABASE_URL": "a PostgreSQL server to use instead of the embedded one (postgresql://...)",
    "CALLWRIGHT_TELEPHONY": "the operator's telephony.toml: trunks, caller IDs, listeners",
    "CALLWRIGHT_ASTERISK_URL": "an Asterisk of yours instead of the one we run (http://127.0.0.1:8088)",
    "CALLWRIGHT_ASTERISK_SECRET": "the ARI password there",
    "CALLWRIGHT_RECORDING_KEY_FILE": "master keys of the recordings; standard: keys/recordings.key in CALLWRIGHT_HOME",
    "CALLWRIGHT_LANGUAGE": "language of boards and reports: en, zh or ru",
    "CALLWRIGHT_DESK_HOST": "the address the agents' page listens on; standard: this machine only",
    "CALLWRIGHT_DESK_NAMES": "host names under which the agents' page is reached, with commas",
    "CALLWRIGHT_DESK_TLS": "1: browsers reach the agents' page over TLS (a proxy before it)",
    "CALLWRIGHT_DEBUG": "1: show a traceback with an error",
    "CALLWRIGHT_REQUIRE_ALL": "1: a test that lacks a part fails instead of being left out",
    "CALLWRIGHT_SOUNDS": "recorded voices for tests and benches, where scripts/fetch-sounds lays them",
    "CALLWRIGHT_TEST_DATABASE_URL": "a PostgreSQL server for the tests",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """``home`` None: the standard place. ``database_url`` None: the embedded server. ``telephony`` None: no trunk but
    those of campaign files, which only rehearsals use."""

    home: Path | None = None
    database_url: str | None = None
    telephony: Path | None = None
    recording_key_file: Path | None = None  # None: in the standard place
    language: Language = "en"
    debug: bool = False
    desk_host: str = "127.0.0.1"
    desk_names: tuple[str, ...] = ()
    desk_tls: bool = False
    warnings: tuple[str, ...] = ()


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in ``environment``. Raises BadInput on a value that cannot be; an unknown name is a warning."""
    return Settings(
        home=_path(environment.get("CALLWRIGHT_HOME")),
        database_url=_database_url(environment.get("CALLWRIGHT_DATABASE_URL")),
        telephony=_path(environment.get("CALLWRIGHT_TELEPHONY")),
        recording_key_file=_key_file(environment.get("CALLWRIGHT_RECORDING_KEY_FILE")),
        language=_language(environment),
        debug=environment.get("CALLWRIGHT_DEBUG", "") not in ("", "0"),
        desk_host=environment.get("CALLWRIGHT_DESK_HOST") or "127.0.0.1",
        desk_names=tuple(n.strip() for n in environment.get("CALLWRIGHT_DESK_NAMES", "").split(",") if n.strip()),
        desk_tls=environment.get("CALLWRIGHT_DESK_TLS", "") not in ("", "0"),
        warnings=tuple(_unknown(name) for name in sorted(environment) if _is_unknown(name)),
    )


def _path(given: str | None) -> Path | None:
    return Path(given).expanduser().absolute() if given else None


def _key_file(given: str | None) -> Path | None:
    return Path(given).expanduser().absolute() if given else None


def _is_unknown(name: str) -> bool:
    return name.startswith("CALLWRIGHT_") and name not in KNOWN


def _unknown(name: str) -> str:
    from callwright.app.toml_check import nearest  # only needed when something is wrong; it loads slowly

    found = nearest(name, KNOWN)
    return f"The setting {name} is unknown and has no effect" + (f"; did you mean {found}?" if found else ".")


def _language(environment: Mapping[str, str]) -> Language:
    """CALLWRIGHT_LANGUAGE, else the first language of the system's locale that we speak, else English."""
    given = environment.get("CALLWRIGHT_LANGUAGE")
    if given:
        for language in LANGUAGES:
            if given.lower() == language:
                return language
        raise BadInput(f"CALLWRIGHT_LANGUAGE is {given!r}: set it to en, zh or ru.")
    locale = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    for language in LANGUAGES:
        if locale.lower().startswith(language):
            return language
    return "en"


def _database_url(given: str | None) -> str | None:
    if not given:
        return None
    if urlsplit(given).scheme not in ("postgresql", "postgres"):
        raise BadInput(
            "CALLWRIGHT_DATABASE_URL must look like postgresql://user:password@host:5432/database;"
            " unset it to use the embedded database."
        )
    return given
