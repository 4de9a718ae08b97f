"""Asterisk's configuration files, made from a ``TelephonePlan``. Pure: plan in, texts by file name out.

Hardened by what is left out: only named modules are loaded, there is no AMI, no status page, no static files, no guest,
no wildcard extension; agents' telephones can dial nobody. The console is a socket of Asterisk's own account.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from callwright.adapters.asterisk.config_dialplan import ATTEMPT_VARIABLE, FAXED_VARIABLE, dialplan
from callwright.adapters.asterisk.config_pjsip import pjsip
from callwright.adapters.asterisk.plan import TelephonePlan
from callwright.kit.errors import BadInput

MODULES = (
    # sound
    *("codec_ulaw", "codec_alaw", "codec_a_mu", "codec_g722", "codec_gsm", "codec_resample", "codec_opus_open_source"),
    *("format_wav", "format_pcm", "format_sln", "format_gsm", "res_timing_timerfd", "res_musiconhold"),
    # bridges
    *(
        "bridge_simple",
        # not bridge_native_rtp: it passes the other side's sequence numbers on under our own SSRC; where they lie
        # behind ours (every second blind transfer) the person's side takes all for old packets and hears nothing
        "bridge_softmix",
        "bridge_holding",
        "bridge_builtin_features",
        "chan_bridge_media",
    ),
    # dialplan
    *("pbx_config", "app_stasis", "app_playback", "app_verbose", "app_amd", "app_echo", "app_mixmonitor", "app_record"),
    *("app_playtones", "app_senddtmf", "app_read", "app_exec", "func_callerid", "func_channel", "func_logic"),
    *("func_strings", "func_timeout", "func_math", "func_rand", "func_hangupcause", "func_env", "func_global"),
    *("func_volume", "func_pjsip_contact", "func_pjsip_aor", "func_pjsip_endpoint", "func_cut", "app_dial"),
    # SIP and media
    *("res_crypto", "res_srtp", "res_rtp_asterisk", "res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb"),
    *("res_pjproject", "res_pjsip", "res_pjsip_session", "chan_pjsip", "res_pjsip_sdp_rtp", "res_pjsip_caller_id"),
    *("res_pjsip_authenticator_digest", "res_pjsip_outbound_authenticator_digest", "res_pjsip_dtmf_info"),
    *("res_pjsip_endpoint_identifier_ip", "res_pjsip_endpoint_identifier_user", "res_pjsip_registrar"),
    *("res_pjsip_outbound_registration", "res_pjsip_nat", "res_pjsip_rfc3326", "res_pjsip_acl", "res_pjsip_path"),
    *("res_pjsip_transport_websocket", "res_pjsip_pubsub", "res_pjsip_header_funcs", "res_pjsip_logger"),
    *("res_pjsip_t38", "res_pjsip_diversion", "res_fax", "res_fax_spandsp"),
    # ARI and media sockets
    *("res_http_websocket", "res_websocket_client", "chan_websocket", "res_stasis", "res_stasis_answer"),
    *("res_stasis_playback", "res_stasis_recording", "res_stasis_snoop", "res_stasis_device_state", "res_ari"),
    *("res_ari_model", "res_ari_applications", "res_ari_asterisk", "res_ari_bridges", "res_ari_channels"),
    *("res_ari_endpoints", "res_ari_events", "res_ari_playbacks", "res_ari_recordings"),
)
"""The modules we need, and no others. One that a build lacks is named by ``process.missing_modules``."""
MOST_FILES = 65_536
"""A call takes about ten file descriptors; the usual limit of 1,024 ends at a hundred calls."""
OPTIONAL = frozenset({"codec_opus_open_source", "codec_a_mu"})
"""Where a build has them inside its core, or lives without."""
_UNHEARD = ("ast_channel_varset_type", "ast_rtp_rtcp_sent_type", "ast_rtp_rtcp_received_type")
"""Messages made for every variable and every report of a line's quality, which nobody of ours reads."""
_SAFE = re.compile(r"[^\x00-\x1f\x7f;\\\[\]]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Where one Asterisk lives, as it sees its file system; ``account``: the user it runs as (None: ours)."""

    etc: PurePosixPath
    run: PurePosixPath
    spool: PurePosixPath
    log: PurePosixPath
    database: PurePosixPath
    modules: PurePosixPath
    data: PurePosixPath
    account: str | None = None


def configuration(plan: TelephonePlan, places: Places) -> Mapping[str, str]:
    """Every file of the directory ``places.etc``, by name. Raises BadInput on a value no file can hold."""
    files = {
        "asterisk.conf": _asterisk(places),
        "modules.conf": _modules(),
        "logger.conf": "[general]\ndateformat=%F %T.%3q\n[logfiles]\nmessages.log => notice,warning,error\n",
        "http.conf": _section(
            "general",
            enabled="yes",
            bindaddr=plan.http_bind,
            bindport=plan.http_port,
            enable_static="no",
            enable_status="no",
            sessionlimit=1000,
            session_inactivity=30000,
        ),
        "ari.conf": _section(
            "general",
            enabled="yes",
            pretty="no",
            websocket_write_timeout=1000,
            channelvars=f"{ATTEMPT_VARIABLE},{FAXED_VARIABLE}",
        )
        + _section(plan.ari_user, type="user", read_only="no", password=plan.ari_secret, password_format="plain"),
        "rtp.conf": _section("general", rtpstart=plan.rtp_ports[0], rtpend=plan.rtp_ports[1], strictrtp="yes")
        + "[ice_host_candidates]\n"
        + "".join(f"{own} => {offered}\n" for own, offered in plan.ice_host.items()),
        "websocket_client.conf": _section(
            "callwright-media",
            type="websocket_client",
            connection_type="per_call_config",
            uri=plan.media_url,
            protocols="media",
            username=plan.ari_user,
            password=plan.ari_secret,
            connection_timeout=1000,
            reconnect_attempts=1,
            tls_enabled="no",
        ),
        "chan_websocket.conf": _section("global", control_message_format="json"),
        "musiconhold.conf": _section("default", mode="files", directory="moh", sort="random"),
        "indications.conf": _INDICATIONS,
        "features.conf": "[general]\n",
        "stasis.conf": "[taskpool]\n[declined_message_types]\n" + "".join(f"decline={kind}\n" for kind in _UNHEARD),
        "cdr.conf": "[general]\nenable=no\n",
        "cel.conf": "[general]\nenable=no\n",
        "manager.conf": "[general]\nenabled=no\nwebenabled=no\n",
        "udptl.conf": "[general]\nudptlstart=4000\nudptlend=4999\n",
        "sorcery.conf": _SORCERY,
        "amd.conf": "[general]\n",
        "res_fax.conf": _section("general", maxrate=14400, minrate=4800, statusevents="no", modems="v17,v27,v29"),
        "extensions.conf": dialplan(plan),
        "pjsip.conf": pjsip(plan),
    }
    for name in ("pjproject.conf", "acl.conf", "dnsmgr.conf", "codecs.conf", "ccss.conf", "dsp.conf", "cli.conf"):
        files[name] = "; the standard values\n"
    return files


def checked(value: object, what: str) -> str:
    """``value`` as text, if a configuration file can hold it: no control character, bracket, semicolon, backslash."""
    text = str(value)
    if not _SAFE.fullmatch(text):
        raise BadInput(
            f"{what} has a character that Asterisk's configuration cannot hold (one of ; \\ [ ] or a control)."
        )
    return text


def _section(name: str, **values: object) -> str:
    lines = "".join(f"{key}={checked(value, key)}\n" for key, value in values.items())
    return f"[{checked(name, 'A section name')}]\n{lines}"


def _asterisk(places: Places) -> str:
    directories = {
        "astetcdir": places.etc,
        "astmoddir": places.modules,
        "astvarlibdir": places.database,
        "astdbdir": places.database,
        "astkeydir": places.database,
        "astdatadir": places.data,
        "astagidir": places.database / "agi-bin",
        "astspooldir": places.spool,
        "astrundir": places.run,
        "astlogdir": places.log,
        "astsbindir": "/usr/sbin",
    }
    options: dict[str, object] = {"verbose": 0, "debug": 0, "hideconnect": "yes", "documentation_language": "en_US"}
    options["maxfiles"] = MOST_FILES
    if places.account is not None:
        options |= {"runuser": places.account, "rungroup": places.account}
    return (
        "[directories]\n"
        + "".join(f"{key} => {value}\n" for key, value in directories.items())
        + _section("options", **options)
    )


def _modules() -> str:
    return "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in MODULES)


_SORCERY = """[res_pjsip]
endpoint=config,pjsip.conf,criteria=type=endpoint
endpoint=memory
auth=config,pjsip.conf,criteria=type=auth
auth=memory
aor=config,pjsip.conf,criteria=type=aor
aor=memory
contact=memory
[res_pjsip_endpoint_identifier_ip]
identify=config,pjsip.conf,criteria=type=identify
"""
_INDICATIONS = """[general]
country=us
[us]
description = United States
ringcadence = 2000,4000
dial = 350+440
busy = 480+620/500,0/500
ring = 440+480/2000,0/4000
congestion = 480+620/250,0/250
callwaiting = 440/300,0/10000
dialrecall = !350+440/100,!0/100,!350+440/100,!0/100,!350+440/100,!0/100,350+440
record = 1400/500,0/15000
info = !950/330,!1400/330,!1800/330,0
stutter = !350+440/100,!0/100,!350+440/100,!0/100,!350+440/100,!0/100,350+440
"""
