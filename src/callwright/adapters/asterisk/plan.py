"""What an installation's telephone consists of: values only, read from ``telephony.toml`` by ``app.telephony_file``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class SipTrunk:
    """One line to a carrier as SIP sees it; how much it takes and costs stands in ``dialer.ports.Trunk`` by its name.

    The carrier knows us by our address, or by ``username`` and ``secret`` (digest); ``register``: we register there.
    ``number_format``: how E.164 is written in the request, "+digits" or "digits" (``dial_prefix`` goes before it).
    """

    name: str
    host: str
    port: int = 5060
    transport: str = "udp"  # udp, tcp or tls
    username: str | None = None
    secret: str | None = None
    register: bool = False
    match: tuple[str, ...] = ()  # addresses the carrier's calls come from; empty: those of ``host``
    codecs: tuple[str, ...] = ("ulaw", "alaw")
    number_format: str = "+digits"
    dial_prefix: str = ""
    from_domain: str | None = None
    dtmf: str = "rfc4733"  # or info, inband, auto
    rtp_timeout_s: int = 25  # a line silent for so long is dead (a lost BYE); 0: never
    session_expires_s: int = 90  # how often both ends make sure that the other is there; 0: never
    send_pai: bool = True
    encrypt_media: bool = False  # SDES SRTP
    announcements: bool = True  # listen to early media for what the carrier's announcement says


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentLine:
    """An agent's telephone that stands in the configuration: an ordinary one at ``contact`` (a SIP URI), or a browser
    that registers with ``secret``. (Browsers of agents who sign in are given to Asterisk as they come.)"""

    agent_id: int
    secret: str = ""
    contact: str | None = None
    silence_s: int = 0  # an ordinary telephone that sends nothing for so long is dead; 0: some send nothing in silence


@dataclass(frozen=True, kw_only=True, slots=True)
class TelephonePlan:
    """Everything the configuration of one Asterisk is made from. Listeners are on loopback unless told otherwise."""

    trunks: tuple[SipTrunk, ...] = ()
    agents: tuple[AgentLine, ...] = ()
    allowed_prefixes: tuple[str, ...] = ("+",)  # E.164 beginnings the dialplan lets out; everything else is refused
    denied_prefixes: tuple[str, ...] = ()
    sip_bind: str = "127.0.0.1"
    sip_port: int = 5060
    media_address: str = "127.0.0.1"
    rtp_ports: tuple[int, int] = (10000, 20000)
    http_bind: str = "127.0.0.1"
    http_port: int = 8088
    ari_user: str = "callwright"
    ari_secret: str = ""
    media_url: str = "ws://127.0.0.1:8089/media"  # our media server, to which Asterisk connects
    app: str = "callwright"
    languages: tuple[str, ...] = ("en",)
    sounds: Path | None = None  # the house's own prompts, found under sound:callwright/...
    ice_host: Mapping[str, str] = field(default_factory=dict)  # own address -> candidate address offered to browsers
    fax_numbers: tuple[str, ...] = ()  # E.164 numbers of ours where a fax answers
    fax_header: str = ""  # who sends, on top of every page
    faxes: Path | None = None  # the documents that may be sent
    ring_fallback_s: float = 4.0  # how long an answered call waits for the application before the safe-harbour message
