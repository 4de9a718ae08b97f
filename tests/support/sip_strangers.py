"""Strangers at our SIP port: single requests with their answers, and a flood of them from a process of its own.

    python sip_strangers.py FROM TO SECONDS INVITES_A_SECOND

prints, as JSON, how many requests were sent and what was answered, by status.
"""

from __future__ import annotations

import collections
import hashlib
import itertools
import json
import re
import socket
import sys
import time

PORT = 5060
_CALLS = itertools.count(1)


def request(
    method: str,
    ours: str,
    me: str,
    *,
    user: str = "1000",
    number: str = "+4722100001",
    more: str = "",
    sdp: bool = True,
) -> bytes:
    """A request as a decent telephone would write it."""
    call = f"{next(_CALLS)}-{time.monotonic_ns()}"
    body = (
        f"v=0\r\no=- 1 1 IN IP4 {me}\r\ns=-\r\nc=IN IP4 {me}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
        if sdp and method == "INVITE"
        else ""
    )
    uri = f"sip:{number}@{ours}" if method != "REGISTER" else f"sip:{ours}"
    kind = "Content-Type: application/sdp\r\n" if body else ""
    return (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {me}:{PORT};rport;branch=z9hG4bK{call}\r\nMax-Forwards: 70\r\n"
        f"From: <sip:{user}@{me}>;tag=s{call}\r\nTo: <sip:{user if method == 'REGISTER' else number}@{ours}>\r\n"
        f"Call-ID: {call}@{me}\r\nCSeq: 1 {method}\r\nContact: <sip:{user}@{me}:{PORT}>\r\n{more}{kind}"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def authorization(user: str, secret: str, method: str, uri: str, challenge: str) -> str:
    """The digest header that answers a challenge."""
    realm, nonce = (re.search(rf'{name}="([^"]*)"', challenge) for name in ("realm", "nonce"))
    if realm is None or nonce is None:
        raise ValueError(f"this is no challenge: {challenge}")

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    own, what = md5(f"{user}:{realm.group(1)}:{secret}"), md5(f"{method}:{uri}")
    word = md5(f"{own}:{nonce.group(1)}:00000001:c:auth:{what}")
    return (
        f'Authorization: Digest username="{user}", realm="{realm.group(1)}", nonce="{nonce.group(1)}", uri="{uri}",'
        f' response="{word}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"\r\n'
    )


class Stranger:
    """One address that speaks SIP."""

    def __init__(self, me: str, ours: str) -> None:
        self.me, self.ours = me, ours
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((me, PORT))

    def send(self, packet: bytes) -> None:
        self.socket.sendto(packet, (self.ours, PORT))

    def answers(self, within_s: float) -> list[bytes]:
        """All that comes in this time."""
        found, limit = [], time.monotonic() + within_s
        while (left := limit - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                found.append(self.socket.recv(65536))
            except TimeoutError:
                break
        return found

    def final(self, within_s: float = 3.0) -> bytes:
        """The next answer that is not provisional; empty where there is none."""
        limit = time.monotonic() + within_s
        while (left := limit - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                packet = self.socket.recv(65536)
            except TimeoutError:
                break
            if packet.startswith(b"SIP/2.0 ") and not packet.startswith(b"SIP/2.0 1"):
                return packet
        return b""

    def close(self) -> None:
        self.socket.close()


def flood(me: str, ours: str, seconds: float, per_s: int) -> dict[str, object]:
    """INVITEs at a rate; beside them a tenth as many registrations of agents with wrong secrets, and OPTIONS."""
    stranger = Stranger(me, ours)
    stranger.socket.setblocking(False)
    sent: collections.Counter[str] = collections.Counter()
    answered: collections.Counter[str] = collections.Counter()
    began, n = time.monotonic(), 0
    while (now := time.monotonic() - began) < seconds:
        while n < now * per_s:
            user = ("1000", "trunk-talkers", "agent-1", "agent-99")[n % 4]
            method = "REGISTER" if n % 10 == 3 else "OPTIONS" if n % 10 == 7 else "INVITE"
            more = (
                'Authorization: Digest username="agent-99", realm="asterisk", nonce="1/1", uri="sip:x",'
                ' response="0"\r\n'
            )
            try:
                stranger.send(request(method, ours, me, user=user, more=more if method == "REGISTER" else ""))
                sent[method] += 1
            except BlockingIOError:
                sent["not"] += 1
            n += 1
        _drain(stranger, answered)
        time.sleep(0.002)
    limit = time.monotonic() + 1.0
    while time.monotonic() < limit:
        _drain(stranger, answered)
        time.sleep(0.01)
    return {"sent": dict(sent), "answered": dict(answered)}


def _drain(stranger: Stranger, answered: collections.Counter[str]) -> None:
    while True:
        try:
            packet = stranger.socket.recv(65536)
        except BlockingIOError:
            return
        line = packet.split(b"\r\n", 1)[0].decode(errors="replace")
        answered[line.split(" ")[1] if line.startswith("SIP/2.0 ") else line.split(" ")[0]] += 1


if __name__ == "__main__":
    print(json.dumps(flood(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))))
