"""Strangers at the door of a floor with a hundred live calls: torture messages, floods, false names, open doors.

What must hold: live calls notice nothing, Asterisk lives, no stranger gets a channel, and nobody is dialled.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.adapters.asterisk.ari import AriAddress, AriClient
from callwright.adapters.asterisk.network import AsteriskNetwork
from callwright.adapters.asterisk.plan import SipTrunk, TelephonePlan
from callwright.adapters.asterisk.prompts import Prompts
from callwright.adapters.asterisk.root import AsteriskRoot
from callwright.adapters.asterisk.switch import Switch
from callwright.compliance.permit import _SEAL, DialPermit
from callwright.dialer.network import Originate
from callwright.dialer.ports import Trunk
from callwright.kit.loop_clock import LoopClock
from support import sip_torture
from support.sip_strangers import Stranger, authorization, request
from support.telephone_floor import TelephoneFloor, open_floor, telephone_root
from support.telephone_runner import HOSTS, KINDS

STRANGER, FLOODER = 200, 201
BROWSER_AGENT, BROWSER_SECRET = 99, "a session's secret"
FLOOD_S, INVITES_PER_S = 5, 2000


@pytest.fixture(scope="module")
def kept_floor() -> Iterator[TelephoneFloor]:
    with open_floor(telephone_root(), browsers={BROWSER_AGENT: BROWSER_SECRET}) as floor:
        yield floor


@pytest.fixture
def floor(kept_floor: TelephoneFloor) -> Iterator[TelephoneFloor]:
    """A full floor; afterwards it is as it was: nobody fell out of a call, and no channel is left."""
    kept_floor.fill_up()
    kept_floor.wire.mark()
    began, asterisk = time.time(), kept_floor.process.pid()
    talks = set(kept_floor.talking())
    yield kept_floor
    assert kept_floor.process.pid() == asterisk
    assert talks - set(kept_floor.talking()) == set()
    gaps = [kept_floor.wire.flows[talk].worst_gap_s for talk in talks]
    print(f"{len(talks)} talks go on; longest silence {max(gaps) * 1000:.0f} ms")
    assert max(gaps) < 1.0
    kept_floor.until(lambda: not _foreign(kept_floor), 5.0, "no channel of a stranger is left")
    called = {r.number for r in kept_floor.wire.called(began) if r.host < HOSTS["agents"]}
    assert {number for number in called if not number.startswith(tuple(KINDS.values()))} == set()
    assert kept_floor.ask("look")["network"]


def _foreign(floor: TelephoneFloor) -> list[str]:
    """Channels that came in from somewhere, or are of nobody."""
    ours = re.compile(r"[0-9]{12}|line-[0-9]+-.*|rec-[0-9]+-(person|agent)")
    return [f"{c['id']} {c['name']}" for c in floor.ari("/ari/channels") if not ours.fullmatch(c["id"])]


@pytest.fixture
def stranger(floor: TelephoneFloor) -> Iterator[Stranger]:
    made = Stranger(f"{floor.net}.{STRANGER}", floor.ours)
    yield made
    made.close()


# --- messages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", [STRANGER, HOSTS["brief"]], ids=["from a stranger", "from the carrier's address"])
def test_the_torture_messages_of_rfc_4475(floor: TelephoneFloor, host: int) -> None:
    assert len(sip_torture.ALL) == 49
    answers: Counter[str] = Counter()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((f"{floor.net}.{host}", 5060 if host == STRANGER else 0))  # answers go to the port Via names
        for message in sip_torture.ALL.values():
            sender.sendto(message, (floor.ours, 5060))
            time.sleep(0.01)
        sender.settimeout(1.0)
        try:
            while True:
                answers[sender.recv(65536).split(b"\r\n", 1)[0].decode(errors="replace")] += 1
        except TimeoutError:
            pass
    print(dict(answers))
    assert answers  # they were read
    assert not any(line.startswith("SIP/2.0 2") for line in answers)
    assert floor.events(0.0, "inbound") == [] or host != STRANGER


def test_a_flood_of_invites_registrations_and_options(floor: TelephoneFloor) -> None:
    flood = subprocess.Popen(
        [
            sys.executable,
            Path(__file__).parents[1] / "support" / "sip_strangers.py",
            *(f"{floor.net}.{FLOODER}", floor.ours, str(FLOOD_S), str(INVITES_PER_S)),
        ],
        stdout=subprocess.PIPE,
    )
    slowest, foreign = 0.0, set()
    while flood.poll() is None:
        asked = time.monotonic()
        foreign |= set(_foreign(floor))
        slowest = max(slowest, time.monotonic() - asked)
        time.sleep(0.1)
    said = json.loads(flood.communicate()[0])
    print(f"{said}; Asterisk answered within {slowest:.2f} s")
    assert sum(said["sent"].values()) >= 0.9 * FLOOD_S * INVITES_PER_S
    assert set(said["answered"]) <= {"401", "403", "503"}
    assert sum(said["answered"].values()) > 0
    assert foreign == set()
    assert slowest < 1.0
    assert floor.wire.called(time.time() - FLOOD_S)  # and it dials on


# --- false names --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["1000", "trunk-talkers", "agent-1", f"agent-{BROWSER_AGENT}", "anonymous", ""])
@pytest.mark.parametrize("method", ["INVITE", "REGISTER", "MESSAGE", "SUBSCRIBE", "REFER", "OPTIONS"])
def test_whoever_uses_a_name_of_ours_is_a_stranger(
    floor: TelephoneFloor, stranger: Stranger, name: str, method: str
) -> None:
    stranger.send(request(method, floor.ours, stranger.me, user=name or "%20"))
    answer = stranger.final()
    assert re.match(rb"SIP/2\.0 (401|403|404|405|489|501) ", answer), answer[:100]
    assert _foreign(floor) == []
    assert floor.events(time.time() - 3.0, "inbound") == []


def test_an_agents_telephone_can_dial_nobody(floor: TelephoneFloor, stranger: Stranger) -> None:
    """Even one that signs in with its secret: calls come to it."""
    name, began = f"agent-{BROWSER_AGENT}", time.time()
    for number in ("+4722100500", "4722100500", "100", "trunk-talkers", "s"):
        uri = f"sip:{number}@{floor.ours}"
        stranger.send(request("INVITE", floor.ours, stranger.me, user=name, number=number, sdp=False))
        challenge = stranger.final().decode()
        assert challenge.startswith("SIP/2.0 401 ")
        right = authorization(name, BROWSER_SECRET, "INVITE", uri, challenge)
        stranger.send(request("INVITE", floor.ours, stranger.me, user=name, number=number, more=right, sdp=False))
        answer = stranger.final(6.0)
        assert re.match(rb"SIP/2\.0 [456]", answer), answer[:100]
        assert not answer.startswith(b"SIP/2.0 401 ")  # the secret was right; what it asked for is refused
    called = {r.number for r in floor.wire.called(began)}
    assert called & {"+4722100500", "4722100500", "100"} == set()


# --- doors --------------------------------------------------------------------------------------------------------


def test_asterisk_listens_nowhere_else(floor: TelephoneFloor) -> None:
    """No AMI, no console port, no further HTTP: two doors, and the media ports of the calls."""
    pid = floor.process.pid()
    assert pid is not None
    tcp, udp = set(), set()
    for link in psutil.Process(pid).net_connections("inet"):
        if link.type == socket.SOCK_STREAM and link.status == psutil.CONN_LISTEN:
            tcp.add((link.laddr.ip, link.laddr.port))
        elif link.type == socket.SOCK_DGRAM:
            udp.add((link.laddr.ip, link.laddr.port))
    assert tcp == {(floor.ours, 8088)}
    others = {(ip, port) for ip, port in udp if ip != floor.ours or not (port == 5060 or 10000 <= port <= 20001)}
    # what SIP asks its name server from: one socket for each family, at a port of the system's choice
    assert len(others) <= 2
    assert {ip for ip, _ in others} <= {"0.0.0.0", "::"}
    assert all(port >= 32768 for _, port in others)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((floor.ours, 5038), timeout=1.0)


def _status(floor: TelephoneFloor, path: str, **who: Any) -> int:
    try:
        floor.ari(path, **who)
    except urllib.error.HTTPError as error:
        return error.code
    except ValueError:
        return 200  # it answered, and not with JSON
    return 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/httpstatus",
        "/static/",
        "/static/ajamdemo.html",
        "/static/../../etc/asterisk/ari.conf",
        "/metrics",
        "/phoneprov/",
        "/manager",
        "/mxml",
        "/rawman",
        "/amanager",
    ],
)
def test_http_serves_nothing_but_ari(floor: TelephoneFloor, path: str) -> None:
    assert _status(floor, path) in (400, 403, 404)
    assert _status(floor, path, user=None) in (400, 403, 404)


@pytest.mark.parametrize(
    "path",
    [
        *("/ari/channels", "/ari/asterisk/info", "/ari/endpoints", "/ari/recordings/stored"),
        *("/ari/api-docs/resources.json", "/ari/events?app=callwright", "/ari/channels?api_key=callwright:wrong"),
    ],
)
def test_ari_needs_its_secret(floor: TelephoneFloor, path: str) -> None:
    assert _status(floor, path, user=None) == 401
    assert _status(floor, path, secret="wrong") == 401
    assert _status(floor, path, user="admin") == 401


def _upgrade(host: str, port: int, path: str, **headers: str) -> str:
    """What is answered to a WebSocket's first request; empty where the door is shut without a word."""
    with socket.create_connection((host, port), timeout=3.0) as link:
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=="]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        link.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        try:
            return link.recv(200).decode(errors="replace").split("\r\n")[0]
        except ConnectionError:
            return ""


def test_sockets_need_the_secret(floor: TelephoneFloor) -> None:
    wrong = "Basic " + base64.b64encode(b"callwright:wrong").decode()
    right = floor.credentials()["Authorization"]
    for headers in ({}, {"Authorization": wrong}):
        assert "101" not in _upgrade(floor.ours, 8088, "/ari/events?app=callwright", **headers)
        assert "101" not in _upgrade(floor.ours, floor.config["media_port"], "/media", **headers)
    assert "101" in _upgrade(floor.ours, floor.config["media_port"], "/media", Authorization=right)  # else all fail


# --- dial strings -------------------------------------------------------------------------------------------------


class _Tapped(AriClient):
    """Notes what would be sent to Asterisk."""

    def __init__(self) -> None:
        super().__init__(AriAddress(), on_event=lambda e: None, on_up=lambda: None, on_down=lambda: None)
        self.sent: list[dict[str, Any]] = []

    def order(self, method: str, path: str, **what: Any) -> bool:
        self.sent.append({"method": method, "path": path, **what})
        return True


_TRUNKS = (SipTrunk(name="main", host="127.0.0.1"), SipTrunk(name="digits", host="127.0.0.1", number_format="digits"))
_NASTY = st.sampled_from(
    [
        *("+12025550100&Local/1@x", "+12025550100@evil", "+1202555\n0100", "+1202,5550100", "${SHELL(id)}", "112"),
        *("+١٢٣٤٥٦٧٨٩", "＋12025550100", "+1 202 555", "PJSIP/1@x", "", "+", "+0", "s", "+1202555010\x00"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    number=st.one_of(_NASTY, st.text(max_size=24), st.from_regex(r"\+[0-9]{0,20}.?", fullmatch=True)),
    trunk=st.sampled_from(["main", "digits", "other", "main/x", ""]),
)
def test_nothing_but_digits_ever_reaches_a_dial_string(number: str, trunk: str) -> None:
    switch = Switch(_Tapped(), TelephonePlan(trunks=_TRUNKS))
    endpoint = switch.endpoint(number, trunk)
    assert endpoint is None or re.fullmatch(r"PJSIP/\+?[1-9][0-9]{6,14}@trunk-(main|digits)", endpoint, re.ASCII)


@pytest.mark.parametrize("number", ["+4722100001&Local/9@callwright-third", "+47 22100001", "+47221000010,1", "0011"])
async def test_an_order_with_anything_else_is_never_sent(number: str) -> None:
    """The network itself, its requests tapped: a number with anything but digits leaves no trace on the line."""
    clock = LoopClock(asyncio.get_running_loop())
    network = AsteriskNetwork(
        address=AriAddress(),
        plan=TelephonePlan(trunks=_TRUNKS),
        trunks=[Trunk(name="main", channels=9, calls_per_s=99.0)],
        clock=clock,
        prompts=Prompts(AsteriskRoot(directory=None, version=()), Path("/nowhere")),
    )
    tap = _Tapped()
    network.switch.client = tap
    network.switch.takes_orders = True
    ended: list[int] = []

    class Sink:
        def __getattr__(self, name: str) -> Any:
            return lambda attempt_id, *facts, **more: ended.append(attempt_id) if name == "on_ended" else None

    network.listen(Sink())  # type: ignore[arg-type]
    for attempt_id, dialled in ((1, number), (2, "+12025550100")):
        permit = DialPermit(
            number=dialled,
            lead_id=None,
            customer_id=None,
            campaign_id=1,
            at=clock.now(),
            valid_until_s=clock.now() + 5.0,
            packs="",
            digest="",
            seal=_SEAL,
        )
        network.originate(
            Originate(attempt_id=attempt_id, permit=permit, trunk="main", caller_id=None, ring_timeout_s=20.0)
        )
    await asyncio.sleep(0.01)
    assert ended == [1]
    assert [order["query"]["endpoint"].partition(".")[0] for order in tap.sent] == ["PJSIP/+12025550100@trunk-main"]
    for call in list(network.switch.calls.values()):
        network.switch.forget(call)
