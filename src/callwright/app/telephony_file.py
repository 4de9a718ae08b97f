"""``telephony.toml``: the operator's trunks, caller IDs and listeners, into values for the dialer and for Asterisk.

Every key is described in ``docs/trunks.md``. Secrets never stand in the file: it names an environment variable or a
file that nobody else may read. How a table or a value is checked is in ``toml_check``.
"""

from __future__ import annotations

import ipaddress
import os
import re
import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from callwright.adapters.asterisk.config_dialplan import FAX_HEADER
from callwright.adapters.asterisk.plan import SipTrunk, TelephonePlan
from callwright.app.campaign_file import CampaignPlan
from callwright.app.settings import Settings
from callwright.app.toml_check import Document, Table, parse_document, read_document
from callwright.app.trunk_keys import check_prefix, number, plain_name, prefixes, read_trunk
from callwright.dialer.ports import CallerId, LineRules, Trunk
from callwright.dialer.toll_fraud import RISKY
from callwright.kit.words import LANGUAGES
from callwright.model.numbers import is_e164

TRANSPORTS = ("udp", "tcp", "tls")
NUMBER_FORMATS = ("+digits", "digits")
DTMF = ("rfc4733", "info", "inband", "auto")
CODECS = ("ulaw", "alaw", "g722", "opus", "gsm", "g729", "slin", "slin16")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\Z")
_DIAL_PREFIX = re.compile(r"[0-9*#+]{0,20}\Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class TelephonyFile:
    """What the file says: the plan of the switch, and the trunks, rules and caller IDs of the dialer."""

    plan: TelephonePlan = field(default_factory=TelephonePlan)
    trunks: tuple[Trunk, ...] = ()
    caller_ids: tuple[CallerId, ...] = ()
    rules: LineRules = field(default_factory=LineRules)
    source: Path | None = field(default=None, compare=False)


def read_telephony(path: Path, environment: Mapping[str, str] | None = None, *, secrets: bool = True) -> TelephonyFile:
    """The file's content; other files it names are taken from its own directory. Raises BadInput with every fault.
    Without ``secrets`` none is looked for: who only asks about trunks, or rehearses, need not hold them."""
    given = os.environ if environment is None else environment
    return _read(read_document(path), _Secrets(path.parent, given, secrets), path)


def parse_telephony(
    text: str, *, name: str = "telephony", environment: Mapping[str, str] | None = None, directory: Path = Path()
) -> TelephonyFile:
    """The same from text in memory."""
    return _read(parse_document(text, name), _Secrets(directory, environment or {}), None)


def _read(document: Document, secrets: _Secrets, source: Path | None) -> TelephonyFile:
    top = document.top()
    allowed, denied = prefixes(top, "allowed_prefixes", ("+",)), prefixes(top, "denied_prefixes")
    tables = top.each_table("trunk")
    trunks = tuple(_within(table, read_trunk(table), allowed) for table in tables)
    sip = tuple(_sip_trunk(table, secrets) for table in tables)
    _all_different(tables, "name", [trunk.name for trunk in trunks])
    owns = top.each_table("caller_id")
    caller_ids = tuple(_caller_id(table) for table in owns)
    _all_different(owns, "number", [each.number for each in caller_ids])
    rules = LineRules(
        denied_prefixes=denied,
        calls_per_hour=_calls_per_hour(top.table("calls_per_hour")),
        least_cost=top.flag("least_cost", False),
        time_zone=_time_zone(top),
    )
    plan = replace(
        _switch(top.table("asterisk"), secrets),
        trunks=sip,
        allowed_prefixes=allowed,
        denied_prefixes=(*denied, *_risky_for_all(trunks)),
    )
    document.finish()
    return TelephonyFile(plan=plan, trunks=trunks, caller_ids=caller_ids, rules=rules, source=source)


def with_telephony(plan: CampaignPlan, settings: Settings) -> CampaignPlan:
    """The plan with the installation's trunks (unless it has its own, for a rehearsal), rules and caller IDs."""
    if settings.telephony is None:
        return plan
    file = read_telephony(settings.telephony, secrets=False)
    return replace(plan, trunks=plan.trunks or file.trunks, caller_ids=file.caller_ids, line_rules=file.rules)


# --- trunks -------------------------------------------------------------------------------------------------------


def _sip_trunk(table: Table, secrets: _Secrets) -> SipTrunk:
    standard = SipTrunk(name="", host="")
    table.need("host")
    username = table.text("username") or None
    secret = secrets.read(table, "secret")
    register = table.flag("register", standard.register)
    named = next((key for key in ("secret_env", "secret_file") if key in table), None)
    if register and (username is None or named is None):
        table.fault("register", "needs `username` and a secret (`secret_env` or `secret_file`)")
    elif named is not None and username is None:
        table.fault(named, "needs a `username`")
    return SipTrunk(
        name=plain_name(table, "name"),
        host=_host(table, "host"),
        port=table.whole("port", standard.port, least=1, most=65535),
        transport=table.choice("transport", standard.transport, TRANSPORTS),
        username=username,
        secret=secret,
        register=register,
        match=_addresses(table, "match"),
        codecs=table.texts("codecs", standard.codecs, known=CODECS),
        number_format=table.choice("number_format", standard.number_format, NUMBER_FORMATS),
        dial_prefix=_dial_prefix(table),
        from_domain=_host(table, "from_domain") or None,
        dtmf=table.choice("dtmf", standard.dtmf, DTMF),
        rtp_timeout_s=int(table.span("rtp_timeout", standard.rtp_timeout_s, most=3600)),
        session_expires_s=_session(table, standard.session_expires_s),
        send_pai=table.flag("send_pai", standard.send_pai),
        encrypt_media=table.flag("encrypt_media", standard.encrypt_media),
        announcements=table.flag("announcements", standard.announcements),
    )


def _session(table: Table, default: int) -> int:
    seconds = int(table.span("session_expires", default, most=86400))
    if 0 < seconds < 90:
        table.fault("session_expires", f"must be at least 90 seconds, or 0 for never, not {seconds}")
    return seconds


def _within(table: Table, trunk: Trunk, allowed: tuple[str, ...]) -> Trunk:
    """The trunk with its beginnings cut to what the installation allows at all."""
    cut = [
        own if own.startswith(everybodys) else everybodys
        for own in trunk.prefixes
        for everybodys in allowed
        if own.startswith(everybodys) or everybodys.startswith(own)
    ]
    if not cut:
        table.fault("prefixes", "lie all outside `allowed_prefixes` at the top of the file")
    return replace(trunk, prefixes=tuple(dict.fromkeys(cut)))


def _risky_for_all(trunks: tuple[Trunk, ...]) -> tuple[str, ...]:
    """The risky beginnings that no trunk names, for the switch to refuse as well."""
    named = tuple(prefix for trunk in trunks for prefix in trunk.prefixes)
    return tuple(risky for risky in RISKY if not any(prefix.startswith(risky) for prefix in named))


def _calls_per_hour(table: Table) -> Mapping[str, int]:
    for prefix in table.open_keys():
        check_prefix(table, prefix, prefix)
    return {prefix: table.whole(prefix, 0, least=0) for prefix in table.open_keys()}


def _caller_id(table: Table) -> CallerId:
    table.need("number")
    return CallerId(
        number=number(table, "number"),
        daily_cap=table.whole("daily_cap", 0, least=1) if "daily_cap" in table else None,
        rest_s=table.span("rest", 0.0, most=86400),
        region=table.text("region"),
    )


def _all_different(tables: list[Table], key: str, values: list[str]) -> None:
    counts = Counter(values)
    for table, value in zip(tables, values, strict=True):
        if value and counts[value] > 1:
            table.fault(key, f'"{value}" stands here more than once')


# --- the switch ---------------------------------------------------------------------------------------------------


def _switch(table: Table, secrets: _Secrets) -> TelephonePlan:
    standard = TelephonePlan()
    sounds, faxes = table.text("sounds"), table.text("faxes")
    ice = table.table("ice_host")
    for own in ice.open_keys():
        _address(ice, own, own)
    return TelephonePlan(
        sip_bind=_bind(table, "sip_bind", standard.sip_bind),
        sip_port=table.whole("sip_port", standard.sip_port, least=1, most=65535),
        media_address=_bind(table, "media_address", standard.media_address),
        rtp_ports=_ports(table, standard.rtp_ports),
        http_bind=_bind(table, "http_bind", standard.http_bind),
        http_port=table.whole("http_port", standard.http_port, least=1, most=65535),
        ari_user=plain_name(table, "ari_user") or standard.ari_user,
        ari_secret=secrets.read(table, "ari_secret") or standard.ari_secret,
        media_url=_media_url(table, standard.media_url),
        app=plain_name(table, "app") or standard.app,
        languages=table.texts("languages", standard.languages, known=LANGUAGES),
        sounds=secrets.directory / sounds if sounds else None,
        ice_host={own: _address(ice, own, ice.text(own)) for own in ice.open_keys()},
        fax_numbers=_fax_numbers(table),
        fax_header=_fax_header(table),
        faxes=secrets.directory / faxes if faxes else None,
        ring_fallback_s=table.span("ring_fallback", standard.ring_fallback_s, least=1, most=60),
    )


def _fax_numbers(table: Table) -> tuple[str, ...]:
    numbers = table.texts("fax_numbers")
    for each in numbers:
        if not is_e164(each):
            table.fault("fax_numbers", f'holds "{each}", which is no whole number such as "+442079460001"')
    return numbers


def _fax_header(table: Table) -> str:
    header = table.text("fax_header")
    if not FAX_HEADER.fullmatch(header):
        table.fault("fax_header", "may have letters, digits, spaces and + - . & ' only, at most 40 of them")
        return ""
    return header


def _ports(table: Table, default: tuple[int, int]) -> tuple[int, int]:
    value = table.raw("rtp_ports")
    if value is None:
        return default
    ports = value if isinstance(value, list) and len(value) == 2 else [0, 0]
    if not all(type(port) is int and 1024 <= port <= 65535 for port in ports) or ports[0] >= ports[1]:
        table.fault("rtp_ports", "must be the first and the last port, such as [10000, 20000]")
        return default
    return (ports[0], ports[1])


def _media_url(table: Table, default: str) -> str:
    url = table.text("media_url", default)
    if not url.startswith(("ws://", "wss://")) or re.search(r"\s", url):
        table.fault("media_url", f'must look like ws://127.0.0.1:8089/media, not "{url}"')
        return default
    return url


def _time_zone(top: Table) -> str:
    name = top.text("time_zone", "UTC")
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        top.fault("time_zone", f'must be a time zone such as "Europe/London", not "{name}"')
        return "UTC"
    return name


def _host(table: Table, key: str) -> str:
    """A host name or an address."""
    read = table.text(key)
    if read and not _HOST.match(read) and not _is_address(read):
        table.fault(key, f'must be a host name or an address, not "{read}"')
    return read


def _bind(table: Table, key: str, default: str) -> str:
    return _address(table, key, table.text(key, default))


def _address(table: Table, key: str, text: str) -> str:
    if not _is_address(text):
        table.fault(key, f'must be an address such as "127.0.0.1", not "{text}"')
    return text


def _addresses(table: Table, key: str) -> tuple[str, ...]:
    read = table.texts(key)
    for each in read:
        try:
            ipaddress.ip_network(each, strict=False)
        except ValueError:
            table.fault(key, f'holds "{each}", which is no address or network such as "192.0.2.10" or "192.0.2.0/24"')
    return read


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _dial_prefix(table: Table) -> str:
    read = table.text("dial_prefix")
    if not _DIAL_PREFIX.match(read):
        table.fault("dial_prefix", f'must be digits, "*", "#" or "+", not "{read}"')
        return ""
    return read


# --- secrets ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Secrets:
    directory: Path
    environment: Mapping[str, str]
    wanted: bool = True

    def read(self, table: Table, name: str) -> str | None:
        """The secret ``name``, from where ``name_env`` or ``name_file`` says."""
        by_env, by_file = f"{name}_env", f"{name}_file"
        if name in table:
            table.raw(name)
            table.fault(name, f"must not stand in this file; name where it is with `{by_env}` or `{by_file}`")
            return None
        variable, file = table.text(by_env), table.text(by_file)
        if variable and file:
            table.fault(by_file, f"and `{by_env}` cannot both be given; keep one")
            return None
        if not self.wanted:
            return None
        if variable:
            if not self.environment.get(variable):
                table.fault(by_env, f"names the environment variable {variable}, which is not set")
                return None
            return self._checked(table, by_env, self.environment[variable])
        return self._from_file(table, by_file, self.directory / file) if file else None

    def _from_file(self, table: Table, key: str, path: Path) -> str | None:
        try:
            with path.open(encoding="utf-8") as opened:
                mode = os.fstat(opened.fileno()).st_mode
                text = opened.read(4096)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            table.fault(key, f"names {path}, which cannot be read ({reason})")
            return None
        if mode & (stat.S_IROTH | stat.S_IWOTH):
            table.fault(key, f"names {path}, which everybody on this machine may read; run chmod 600 {path}")
            return None
        return self._checked(table, key, text.strip())

    @staticmethod
    def _checked(table: Table, key: str, secret: str) -> str | None:
        if not secret or not secret.isprintable():
            table.fault(key, "leads to a secret that is empty or has control characters in it")
            return None
        return secret
