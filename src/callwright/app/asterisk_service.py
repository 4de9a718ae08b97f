"""The Asterisk of this installation: one that we run from its root, or the operator's own (CALLWRIGHT_ASTERISK_URL).

One that we run outlives us: calls must not end because the program is restarted. ``callwright asterisk stop`` ends it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from callwright.adapters.asterisk.ari import AriAddress
from callwright.adapters.asterisk.fax_box import FaxBox
from callwright.adapters.asterisk.plan import TelephonePlan
from callwright.adapters.asterisk.process import AsteriskProcess
from callwright.adapters.asterisk.prompts import Prompts
from callwright.adapters.asterisk.root import AsteriskRoot, find_root
from callwright.adapters.postgres.embedded import default_home
from callwright.app.settings import Settings
from callwright.app.telephony_file import TelephonyFile, read_telephony
from callwright.kit.errors import BadInput

NAME = "callwright"
"""Of the instance we run in a root."""
_OWN_SOUNDS = "/usr/share/asterisk/sounds/callwright"
_OWN_FAXES = PurePosixPath("/var/spool/asterisk/fax")
URL, SECRET = "CALLWRIGHT_ASTERISK_URL", "CALLWRIGHT_ASTERISK_SECRET"


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """How to reach the Asterisk, and the process where it is one of ours."""

    file: TelephonyFile
    address: AriAddress
    process: AsteriskProcess | None

    @property
    def plan(self) -> TelephonePlan:
        return self.file.plan


def home_of(settings: Settings) -> Path:
    return settings.home or default_home()


def telephony_of(settings: Settings) -> TelephonyFile:
    """The operator's file, its ARI secret made if it names none. Raises BadInput where there is no file."""
    if settings.telephony is None:
        raise BadInput("No trunk is known: write a telephony.toml (docs/trunks.md) and set CALLWRIGHT_TELEPHONY to it.")
    file = read_telephony(settings.telephony)
    if file.plan.ari_secret:
        return file
    return replace(file, plan=replace(file.plan, ari_secret=_own_secret(home_of(settings))))


def _own_secret(home: Path) -> str:
    """The secret between us and our Asterisk: made once, readable by us alone."""
    path = home / "asterisk.secret"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text().strip()


def address_of(plan: TelephonePlan, environment: Mapping[str, str] = os.environ) -> AriAddress:
    """Where ARI is: what the environment says, else what the plan says. Raises BadInput on a URL that is none."""
    given = environment.get(URL)
    if not given:
        host = "127.0.0.1" if plan.http_bind in ("0.0.0.0", "::") else plan.http_bind
        return AriAddress(host=host, port=plan.http_port, user=plan.ari_user, secret=plan.ari_secret, app=plan.app)
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.password:
        raise BadInput(f"{URL} must look like http://127.0.0.1:8088; the secret stands in {SECRET}.")
    return AriAddress(
        host=parts.hostname,
        port=parts.port or (8089 if parts.scheme == "https" else 8088),
        user=parts.username or plan.ari_user,
        secret=environment.get(SECRET) or plan.ari_secret,
        app=plan.app,
        tls=parts.scheme == "https",
    )


def find_service(settings: Settings, environment: Mapping[str, str] = os.environ) -> Service:
    """The installation's Asterisk, running or not. Raises BadInput or NotFound, which say what is missing."""
    file = telephony_of(settings)
    process = None if environment.get(URL) else process_of(settings)
    return Service(file=file, address=address_of(file.plan, environment), process=process)


def process_of(settings: Settings) -> AsteriskProcess:
    return AsteriskProcess(find_root(home_of(settings)), NAME)


def bring_up(service: Service) -> None:
    """Start our Asterisk with the plan's configuration, if it is one of ours and not running yet."""
    if service.process is not None and service.process.pid() is None:
        service.process.configure(service.plan)
        service.process.start(detached=True)


def faxes_of(service: Service) -> FaxBox:
    """The documents that may be sent, the operator's taken in, and what was received. Raises BadInput on a document
    that no fax can take."""
    box = FaxBox(Path(_OWN_FAXES), _OWN_FAXES) if service.process is None else service.process.faxes
    if service.plan.faxes is not None:
        box.take_in(service.plan.faxes)
    return box


def prompts_of(service: Service) -> Prompts:
    """The house's prompts, the operator's recordings among them, where the Asterisk finds them."""
    if service.process is None:  # the operator's own: it finds them where its administrator has put them
        return Prompts(AsteriskRoot(directory=None, version=()), service.plan.sounds or Path(_OWN_SOUNDS))
    prompts = Prompts(service.process.root, service.process.sounds)
    if service.plan.sounds is not None:
        prompts.take_in(service.plan.sounds)
    return prompts
