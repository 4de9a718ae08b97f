"""The other side of the telephone where sound matters: a second Asterisk whose people and agents speak in tones.

Each number is a party that answers, sends one steady tone and keeps what it hears with the instant of each frame; the
tests then measure which tones were heard when. A party's number says all: ``+1 440 7000001`` sends 440 Hz.
"""

from __future__ import annotations

import json
import socket
import time
import wave
from base64 import b64encode
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

import numpy as np
from picows import WSListener, WSUpgradeRequest

from callwright.adapters.asterisk.media import MediaServer, MediaSession
from callwright.adapters.asterisk.plan import SipTrunk, TelephonePlan
from callwright.adapters.asterisk.process import AsteriskProcess
from callwright.adapters.asterisk.root import AsteriskRoot

RATE = 8000
FAR_SECRET = "the other side"
_AHEAD_S = 15.0  # so much tone is sent at once
_DIALPLAN = """[general]
static=yes
[globals]
[callwright-from-trunk]
; +1FFF7......: answers and sends FFF Hz; what it hears and says goes through a media socket
exten => _+1XXX7.,1,Ringing()
 same => n,Wait(0.2)
 same => n,Answer()
 same => n,Dial(WebSocket/callwright-media/c(slin)f(json)v(party=${EXTEN:1}))
 same => n,Hangup()
; +1FFF8......: reads keys, writes them down
exten => _+1XXX8.,1,Answer()
 same => n,Read(KEYS,,3,,1,6)
 same => n,Set(FILE(${HEARD}/${EXTEN:1}.keys)=${KEYS})
 same => n,Wait(20)
; +1FFF9......: presses keys 1, 9, #
exten => _+1XXX9.,1,Answer()
 same => n,Wait(0.5)
 same => n,SendDTMF(19#,300,150)
 same => n,Wait(20)
; +1FFF6......: a fax machine; +1FFF5......: one that knows nothing but sound; +1FFF4......: a person who hangs up on it
; +1FFF3......: one who does not
exten => _+1XXX6.,1,Answer()
 same => n,ReceiveFAX(${HEARD}/${EXTEN:1}.tif,zf)
 same => n,Hangup()
exten => _+1XXX5.,1,Answer()
 same => n,ReceiveFAX(${HEARD}/${EXTEN:1}.tif,F)
 same => n,Hangup()
exten => _+1XXX3.,1,Answer()
 same => n,MusicOnHold()
exten => _+1XXX4.,1,Answer()
 same => n,Wait(3)
 same => n,Hangup()
; any other number that is not +1999......: a person too
exten => _+[2-9]X.,1,Goto(+1${EXTEN:1:3}7${EXTEN:-6},1)
; an agent's telephone: agentFFFF
exten => _age[n]tXXXX,1,Answer()
 same => n,Dial(WebSocket/callwright-media/c(slin)f(json)v(party=${EXTEN}))
 same => n,Hangup()
[far-sends-fax]
exten => s,1,Set(FAXOPT(localstationid)=${STATION})
 same => n,SendFAX(${DOCUMENT},f)
 same => n,Hangup()
"""


def free_port(kind: int = socket.SOCK_STREAM, host: str = "127.0.0.1") -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


class FarAsterisk:
    """A running second Asterisk at ``host``:``port``; what its parties hear lies in ``heard``."""

    def __init__(self, root: AsteriskRoot, name: str, *, host: str) -> None:
        self.host = host
        self.port = free_port(socket.SOCK_DGRAM, host)
        self.media_port = 0
        self.process = AsteriskProcess(root, name)
        self._root = root
        inside = self.process.places.spool / "heard"
        self.heard = root.inside(inside)
        self._inside = inside
        self._http_port = free_port(host=host)
        self._dialplan = _DIALPLAN.replace("${HEARD}", str(inside))

    def start(self, *, caller: str, media_port: int) -> None:
        """``caller``: the address our calls come from; ``media_port``: where ``Parties`` will listen."""
        plan = TelephonePlan(
            trunks=(SipTrunk(name="callwright", host=caller, match=(caller,), session_expires_s=0, rtp_timeout_s=0),),
            sip_bind=self.host,
            sip_port=self.port,
            media_address=self.host,
            rtp_ports=(30000, 31999),
            http_bind=self.host,
            http_port=self._http_port,
            ari_secret=FAR_SECRET,
            media_url=f"ws://{self.host}:{media_port}/media",
        )
        self.heard.mkdir(parents=True, exist_ok=True)
        self.process.configure(plan, others={"extensions.conf": self._dialplan})
        self.process.start()

    def stop(self) -> None:
        self.process.remove()

    def send_fax(self, number: str, to: tuple[str, int], document: str, *, caller: str) -> None:
        """A fax machine at ``caller`` dials ``number`` at the address ``to`` and sends ``document`` of ``heard``."""
        query = {
            "endpoint": f"PJSIP/trunk-callwright/sip:{number}@{to[0]}:{to[1]}",
            "context": "far-sends-fax",
            "extension": "s",
            "priority": 1,
            "callerId": caller,
        }
        variables = {"DOCUMENT": str(self._inside / document), "STATION": caller}
        request = Request(
            f"http://{self.host}:{self._http_port}/ari/channels?{urlencode(query)}",
            data=json.dumps({"variables": variables}).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Basic {b64encode(f'callwright:{FAR_SECRET}'.encode()).decode()}",
            },
        )
        with urlopen(request, timeout=10) as answer:
            assert answer.status == 200

    @staticmethod
    def party_of(number: str) -> str:
        """The name of the party that a number reaches (see the dialplan)."""
        digits = number.lstrip("+")
        return digits if digits.startswith("1") else f"1{digits[:3]}7{digits[-6:]}"

    def keys(self, party: str, within_s: float = 8.0) -> str:
        file = self.heard / f"{party.lstrip('+')}.keys"
        limit = time.monotonic() + within_s
        while not file.exists() and time.monotonic() < limit:
            time.sleep(0.05)
        return file.read_text().strip() if file.exists() else ""


class Party:
    """One telephone of the far side: sends its tone, keeps what it hears."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heard: list[tuple[float, bytes]] = []
        self.session: MediaSession | None = None
        self._hertz = int(name[5:9]) if name.startswith("agent") else int(name[1:4])

    def on_media_start(self, session: MediaSession) -> None:
        self.session = session
        at = np.arange(round(RATE * _AHEAD_S)) / RATE
        session.send((np.sin(2 * np.pi * self._hertz * at) * 8000).astype("<i2").tobytes())

    def on_frame(self, frame: bytes) -> None:
        self.heard.append((time.time(), frame))

    def on_media_mark(self, mark: str) -> None:
        return

    def on_media_end(self) -> None:
        self.session = None

    def sound(self, began: float, ended: float) -> np.ndarray:
        """What was heard between two instants, as samples."""
        frames = b"".join(frame for at, frame in self.heard if began <= at < ended)
        return np.frombuffer(frames, dtype="<i2").astype(float)


class Parties(MediaServer):
    """The far side's media server: every call's party by its name; the latest call of a name counts."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(user="callwright", secret=FAR_SECRET, host=host, port=port)
        self.by_name: dict[str, Party] = {}

    def _accept(self, request: WSUpgradeRequest) -> WSListener | None:
        session = super()._accept(request)
        if session is not None:
            name = parse_qs(urlsplit(request.path.decode()).query)["party"][0]
            session.party = self.by_name[name] = Party(name)
        return session

    def claim(self, channel: str, session: MediaSession) -> Party | None:
        return getattr(session, "party", None)


def tone_share(samples: np.ndarray, hertz: float) -> float:
    """Which share of a sound's energy is at ``hertz`` (+- 15 Hz); 0 for silence."""
    if len(samples) < RATE // 10 or float(np.sqrt(np.mean(samples**2))) < 30.0:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    at = np.fft.rfftfreq(len(samples), 1 / RATE)
    return float(spectrum[np.abs(at - hertz) < 15.0].sum() / spectrum.sum())


def loudness(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0


def read_wav(file: Path) -> np.ndarray:
    with wave.open(str(file)) as opened:
        return np.frombuffer(opened.readframes(opened.getnframes()), dtype="<i2").astype(float)
