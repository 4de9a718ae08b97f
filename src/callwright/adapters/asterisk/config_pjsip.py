"""pjsip.conf: transports, trunks with their registrations, and the agents' browsers."""

from __future__ import annotations

from callwright.adapters.asterisk.plan import AgentLine, SipTrunk, TelephonePlan

AGENT_CODECS = "opus,ulaw,alaw"
AGENT_SILENCE_S = 3
"""A browser sends sound at all times; one silent for so long is dead, however alive its socket looks."""

TWINS = 64
"""So many endpoints alike share a trunk's dialled calls: with every change of a call Asterisk looks at all the calls of
its endpoint, and with a thousand on one that was a quarter of its work."""


def twin(endpoint: str, of: int) -> str:
    """The endpoint, or dial string of one, that the call with this number is dialled over."""
    return f"{endpoint}.{of % TWINS}"


def pjsip(plan: TelephonePlan) -> str:
    """The text of pjsip.conf."""
    from callwright.adapters.asterisk.config import checked

    def section(name: str, kind: str, **values: object) -> str:
        lines = "".join(f"{key}={checked(value, key)}\n" for key, value in values.items() if value is not None)
        return f"[{checked(name, 'A name')}]\ntype={kind}\n{lines}"

    parts = [
        # with ip first, agents on loopback would match a trunk, and their REGISTER fail
        section("global", "global", endpoint_identifier_order="username,ip", user_agent="Callwright", debug="no"),
        section("system", "system", timer_t1=500, timer_b=32000, disable_tcp_switch="yes"),
        section("transport-ws", "transport", protocol="ws", bind=f"{plan.http_bind}:{plan.http_port}"),
    ]
    used = {trunk.transport for trunk in plan.trunks} | {"udp"}
    for protocol in ("udp", "tcp", "tls"):
        if protocol in used:
            port = plan.sip_port + 1 if protocol == "tls" else plan.sip_port
            parts.append(
                section(f"transport-{protocol}", "transport", protocol=protocol, bind=f"{plan.sip_bind}:{port}")
            )
    for trunk in plan.trunks:
        parts.extend(_trunk(plan, trunk, section))
    for line in plan.agents:
        for kind, fields in _agent(plan, line).items():
            parts.append(section(f"agent-{line.agent_id}", kind, **fields))
    return "\n".join(parts)


def _trunk(plan: TelephonePlan, trunk: SipTrunk, section) -> list[str]:  # type: ignore[no-untyped-def]
    name, address = f"trunk-{trunk.name}", f"sip:{trunk.host}:{trunk.port}"
    if trunk.transport != "udp":
        address += f"\\;transport={trunk.transport}"
    transport = f"transport-{trunk.transport}"
    endpoints = [
        section(
            endpoint,
            "endpoint",
            transport=transport,
            # by its address alone: else whoever writes the trunk's name into From would be the carrier
            identify_by="ip",
            context="callwright-from-trunk",
            aors=name,
            outbound_auth=f"{name}-auth" if trunk.username else None,
            disallow="all",
            allow=",".join(trunk.codecs),
            from_user=trunk.username if trunk.register else None,
            from_domain=trunk.from_domain,
            send_pai="yes" if trunk.send_pai else "no",
            dtmf_mode=trunk.dtmf,
            direct_media="no",
            rtp_symmetric="yes",
            rewrite_contact="yes",
            force_rport="yes",
            media_address=plan.media_address,
            bind_rtp_to_media_address="yes",
            rtp_timeout=trunk.rtp_timeout_s or None,
            rtp_timeout_hold=600 if trunk.rtp_timeout_s else None,
            timers="yes" if trunk.session_expires_s else "no",
            timers_sess_expires=trunk.session_expires_s or None,
            timers_min_se=min(90, trunk.session_expires_s) or None,
            media_encryption="sdes" if trunk.encrypt_media else None,
            t38_udptl="yes",
            t38_udptl_ec="redundancy",
            set_var=f"CALLWRIGHT_TRUNK={trunk.name}",
            trust_id_inbound="no",
            # no re-INVITE to the person whenever somebody else is put through to them
            send_connected_line="no",
            allow_transfer="no",
            allow_subscribe="no",
        )
        for endpoint in (name, *(twin(name, n) for n in range(TWINS)))  # the first gets the carrier's calls to us
    ]
    parts = [
        section(name, "aor", contact=f"sip:{trunk.host}:{trunk.port}", qualify_frequency=30, qualify_timeout=3),
        *endpoints,
    ]
    if trunk.match or not trunk.register:
        parts.append(
            section(f"{name}-identify", "identify", endpoint=name, match=",".join(trunk.match or (trunk.host,)))
        )
    if trunk.username:
        parts.append(
            section(f"{name}-auth", "auth", auth_type="userpass", username=trunk.username, password=trunk.secret or "")
        )
    if trunk.register:
        parts.append(
            section(
                f"{name}-registration",
                "registration",
                transport=transport,
                outbound_auth=f"{name}-auth" if trunk.username else None,
                server_uri=f"sip:{trunk.host}:{trunk.port}",
                client_uri=f"sip:{trunk.username}@{trunk.host}:{trunk.port}",
                contact_user=trunk.username,
                retry_interval=10,
                forbidden_retry_interval=300,
                expiration=300,
                max_retries=100000,
                line="yes",
                endpoint=name,
            )
        )
    return parts


def _agent(plan: TelephonePlan, line: AgentLine) -> dict[str, dict[str, object]]:
    if line.contact is None:
        return agent_objects(plan, line.agent_id, line.secret)
    endpoint: dict[str, object] = {
        "aors": f"agent-{line.agent_id}",
        "identify_by": "ip",  # of no address: nothing that comes in is ever taken for this telephone
        "context": "callwright-from-agent",
        "disallow": "all",
        "allow": "ulaw,alaw",
        "media_address": plan.media_address,
        "bind_rtp_to_media_address": "yes",
        "direct_media": "no",
        "timers": "no",
        "send_connected_line": "no",
        "allow_transfer": "no",
        "allow_subscribe": "no",
    }
    if line.silence_s:
        endpoint["rtp_timeout"] = line.silence_s
    return {"aor": {"contact": line.contact}, "endpoint": endpoint}


def agent_objects(plan: TelephonePlan, agent_id: int, secret: str) -> dict[str, dict[str, object]]:
    """The three objects of an agent's browser, by type; also what ARI is given for an agent who logs in later."""
    name = f"agent-{agent_id}"
    return {
        "auth": {"auth_type": "userpass", "username": name, "password": secret},
        "aor": {"max_contacts": 1, "remove_existing": "yes", "minimum_expiration": 30, "default_expiration": 120},
        "endpoint": {
            "aors": name,
            "auth": name,
            "identify_by": "username",
            "context": "callwright-from-agent",
            "webrtc": "yes",
            "disallow": "all",
            "allow": AGENT_CODECS,
            "media_address": plan.media_address,
            "bind_rtp_to_media_address": "yes",
            "rtp_timeout": AGENT_SILENCE_S,
            "direct_media": "no",
            "send_connected_line": "no",
            "allow_transfer": "no",
            "allow_subscribe": "no",
        },
    }
