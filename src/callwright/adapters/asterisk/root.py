"""An Asterisk to run: the machine's own, or one debootstrapped into a directory of its own (Debian stable has none).

``bootstrap`` makes the directory; it takes about a minute and half a gigabyte, and needs root.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from callwright.kit.errors import BadInput, CallwrightError, NotFound

LEAST = (22, 8, 2)
"""The oldest Asterisk that has all we use (REST over the WebSocket, JSON control of media sockets)."""
PACKAGES = ("asterisk", "asterisk-modules", "asterisk-core-sounds-en-wav", "asterisk-moh-opsound-wav", "espeak-ng")
_SUITE = "sid"


class BootstrapFailed(CallwrightError):
    """The directory could not be made; the text says what debootstrap said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AsteriskRoot:
    """Where Asterisk's program is: ``directory`` a root of its own, or None for the machine's."""

    directory: Path | None
    version: tuple[int, ...]

    def inside(self, path: PurePosixPath | str) -> Path:
        """A path of Asterisk's file system as we see it."""
        if self.directory is None:
            return Path(path)
        return self.directory / str(path).lstrip("/")

    def command(self, *arguments: str) -> list[str]:
        """The command line that runs Asterisk with ``arguments``."""
        if self.directory is None:
            return ["asterisk", *arguments]
        return ["chroot", str(self.directory), "asterisk", *arguments]

    @property
    def modules(self) -> PurePosixPath:
        found = next(self.inside("/usr/lib").glob("*/asterisk/modules"), None)
        if found is None:
            found = self.inside("/usr/lib/asterisk/modules")
        return PurePosixPath("/") / found.relative_to(self.directory or Path("/"))


def default_directory(home: Path) -> Path:
    """Where ``bootstrap`` puts it: beside the embedded database."""
    return home / "asterisk-root"


def find_root(home: Path) -> AsteriskRoot:
    """The bootstrapped Asterisk under ``home``, else the machine's own. Raises NotFound saying how to get one."""
    directory = default_directory(home)
    if (directory / "usr/sbin/asterisk").exists():
        return _probed(directory)
    if shutil.which("asterisk"):
        return _probed(None)
    raise NotFound("There is no Asterisk here: run callwright asterisk bootstrap (as root; it takes a minute).")


def _probed(directory: Path | None) -> AsteriskRoot:
    root = AsteriskRoot(directory=directory, version=())
    if directory is not None and os.geteuid() != 0:
        raise BadInput(f"The Asterisk in {directory} can only be run by root.")
    said = subprocess.run(root.command("-V"), capture_output=True, text=True, check=False)
    found = re.search(r"Asterisk (\d+)\.(\d+)\.(\d+)", said.stdout)
    if found is None:
        raise NotFound(f"Asterisk does not start here: {(said.stderr or said.stdout).strip()[:200]}")
    version = tuple(int(part) for part in found.groups())
    if version < LEAST:
        raise BadInput(
            f"This is Asterisk {'.'.join(map(str, version))}; {'.'.join(map(str, LEAST))} or newer is needed."
        )
    return AsteriskRoot(directory=directory, version=version)


def bootstrap(home: Path, *, tell: Callable[[str], None] = lambda line: None) -> AsteriskRoot:
    """Make the directory (nothing to do where it stands). Packages come from where this machine gets its own."""
    directory = default_directory(home)
    if (directory / "usr/sbin/asterisk").exists():
        return _probed(directory)
    if os.geteuid() != 0:
        raise BadInput("Only root can bootstrap Asterisk: run it with sudo, or install Asterisk 22 yourself.")
    if shutil.which("debootstrap") is None:
        raise NotFound("debootstrap is missing: apt-get install debootstrap, then try again.")
    home.mkdir(parents=True, exist_ok=True)
    making = directory.with_name(directory.name + ".making")
    shutil.rmtree(making, ignore_errors=True)
    command = [
        *("debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", _SUITE, str(making)),
        *([mirror] if (mirror := _apt_source()) else []),
    ]
    log = home / "asterisk-bootstrap.log"
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout is not None
        for line in process.stdout:
            out.write(line)
            tell(line.strip())
        if process.wait() != 0:
            raise BootstrapFailed(f"debootstrap failed; its words are in {log}.")
    shutil.rmtree(making / "var/cache/apt/archives", ignore_errors=True)
    making.rename(directory)
    return _probed(directory)


def _apt_source() -> str | None:
    """The place this machine's Debian packages come from; None: debootstrap's own standard."""
    for file in (*sorted(Path("/etc/apt/sources.list.d").glob("*.sources")), Path("/etc/apt/sources.list")):
        if not file.exists():
            continue
        for line in file.read_text(errors="replace").splitlines():
            found = re.match(r"(?:URIs:|deb\s(?:\[[^\]]*\]\s)?)\s*(\S+/debian)/?(\s|$)", line.strip())
            if found:
                return found.group(1)
    return None
