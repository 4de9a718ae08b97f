"""How SIPp plays the people called: one scenario for all; what a number does stands in files (``behaviour``).

``people.csv``: number and its present behaviour; ``fates.csv``: the behaviours that follow. A MESSAGE to a number sets
what it does (X-Row), at once, before any INVITE that comes after it. No telephone looks around while it waits: what may
come at any time (BYE, CANCEL, a re-INVITE) is received by global optional receptions, which SIPp finds by looking back,
and these wake a pause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from callwright.adapters.sipp.behaviour import CODES, Deed, Then, failure_place, keys_place, pressing_ms, sound_place

_HEAD = """[last_Via:]
[last_From:]
[last_To:];tag=[pid]p[call_number]
[last_Call-ID:]
CSeq: [$cseq] INVITE"""
SDP = """v=0
o=people 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=sendrecv"""
CONTACT = "Contact: <sip:[local_ip]:[local_port]>"
OK = """SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0
"""


class Script:
    """A scenario in the making: messages in order, labels, and variables that hold a place to jump to.

    SIPp follows the ``next`` of the message *before* the place it jumps to, so a landing has an empty one before it.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._parts: list[str] = []
        self.places: dict[str, int] = {}
        self._count = 0

    def label(self, name: str, *, landing: bool = False) -> None:
        if landing:
            self.nop()
        self.places[name] = self._count
        self._parts.append(f'<label id="{name}"/>')

    def _add(self, xml: str) -> None:
        self._parts.append(xml)
        self._count += 1

    def recv(self, what: str, *actions: str, **options: str) -> None:
        kind = "response" if what.isdigit() else "request"
        self._add(f'<recv {kind}="{what}"{_attributes(options)}>{_action(actions)}</recv>')

    def wall(self) -> None:
        """A reception nobody reaches: SIPp wants one after optional ones."""
        self.recv("NOTHING")

    def send(self, text: str, **options: str) -> None:
        lines = text.strip().replace("\n", "\r\n")
        self._add(f"<send{_attributes(options)}><![CDATA[\n\n{lines}\n\n]]></send>")

    def nop(self, *actions: str, **options: str) -> None:
        self._add(f"<nop{_attributes(options)}>{_action(actions)}</nop>")

    def pause(self, variable: str) -> None:
        self._add(f'<pause variable="{variable}"/>')

    def jump(self, variable: str) -> None:
        self.nop(f'<jump variable="{variable}"/>')

    def xml(self, unused: Sequence[str]) -> str:
        body = "\n".join(self._parts)
        if unused:  # SIPp takes a variable nobody reads for a mistake
            body += f'\n<Reference variables="{",".join(unused)}"/>'
        return f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="{self._name}">\n{body}\n</scenario>\n'


def _attributes(options: Mapping[str, str]) -> str:
    return "".join(f' {name}="{value}"' for name, value in options.items())


def _action(actions: Sequence[str]) -> str:
    return f"<action>{''.join(actions)}</action>" if actions else ""


def people(sounds: Mapping[str, Path], keys: Mapping[str, Path]) -> tuple[str, dict[str, int]]:
    """(the scenario, its places). ``sounds``: mu-law files by name, played in a loop; ``keys``: captures by keys."""
    script = Script("people")
    script.recv("BYE", optional="global", next="left")
    script.recv("CANCEL", optional="global", next="taken_back")
    script.recv("OPTIONS", optional="global", next="asked")
    script.recv("MESSAGE", *_told(), optional="global", next="asked")
    script.recv("INVITE", *_called(), next="called")
    script.recv("INVITE", optional="global", next="refreshed")
    script.recv("UPDATE", optional="global", next="updated")
    script.wall()

    script.label("called")
    script.nop(_compare("unknown", "line", "less_than", 0), next="nobody_there", test="unknown")
    script.nop(
        *_number("deed", 1),
        *_number("then", 2),
        f'<assignstr assign_to="q850" value="{_field(3)}"/>',
        *_number("ring_ms", 4),
        *_number("sound", 5),
        *_number("before_keys_ms", 6),
        *_number("keys", 7),
        *_number("after_keys_ms", 8),
        *_number("true_after_ms", 9),
        *_number("next_line", 10),
        _compare("has_next", "next_line", "greater_than", -1),
        _set("answered", 0),
        *_now("began_ms"),
    )
    script.jump("deed")

    script.label(Deed.RINGS, landing=True)
    script.send(f"SIP/2.0 180 Ringing\n{_HEAD}\n{CONTACT}\nContent-Length: 0\n")
    script.pause("ring_ms")
    script.jump("then")

    script.label(Deed.AT_ONCE, landing=True)
    script.jump("then")

    script.label(Deed.ANNOUNCES, landing=True)
    script.send(
        f"SIP/2.0 183 Session Progress\n{_HEAD}\n{CONTACT}\nContent-Type: application/sdp\nContent-Length: [len]\n\n"
        + SDP
    )
    script.nop(_set("back", "@announced"))
    script.jump("sound")
    script.label("announced", landing=True)
    script.pause("ring_ms")
    script.jump("then")

    for code in CODES:  # SIPp wants a status to be written out
        script.label(failure_place(code), landing=True)
        script.nop(_NEXT_FATE, condexec="has_next")
        script.send(
            f"SIP/2.0 {code} Not Today\n{_HEAD}\nReason: Q.850;cause=[$q850]\nContent-Length: 0\n", retrans="500"
        )
        script.recv("ACK", timeout="8000", ontimeout="over", next="over")

    script.label(Then.ANSWERS, landing=True)
    script.nop(_set("answered", 1))  # before the sending: the ACK may come at once, and finds only the next message
    script.send(
        f"SIP/2.0 200 OK\n{_HEAD}\n{CONTACT}\nAllow: INVITE, ACK, BYE, CANCEL, UPDATE, OPTIONS\n"
        "Content-Type: application/sdp\nContent-Length: [len]\n\n" + SDP,
        retrans="500",
    )
    script.label("to_be_acknowledged")
    script.recv("ACK", timeout="32000", ontimeout="over")
    script.nop(*_now("began_ms"), _set("back", "@talking"))
    script.jump("sound")
    script.label("talking", landing=True)
    script.pause("before_keys_ms")
    script.nop(_set("back", "@keyed"))
    script.jump("keys")
    script.label("keyed", landing=True)
    script.pause("after_keys_ms")

    script.label("hangs_up")
    script.nop(_NEXT_FATE, condexec="has_next")
    script.send(
        "BYE [$contact] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        "From:[$to];tag=[pid]p[call_number]\nTo:[$from]\n[last_Call-ID:]\nCSeq: 2 BYE\nMax-Forwards: 70\n"
        "Reason: Q.850;cause=16\nContent-Length: 0\n",
        retrans="500",
    )
    script.recv("200", optional="true", next="over", timeout="8000", ontimeout="over")
    script.recv("481", timeout="8000", ontimeout="over", next="over")

    script.label("left")  # the other end has hung up
    script.nop(next="talked", test="answered")
    script.nop(next="bye")
    script.label("talked")
    script.nop(*_elapsed("began_ms"), _compare("untrue", "now_ms", "less_than", None, variable2="true_after_ms"))
    script.nop(next="bye", test="untrue")
    script.nop(_NEXT_FATE, condexec="has_next")
    script.label("bye")
    script.send(OK)
    script.nop(next="over")

    script.label("taken_back")
    script.nop(next="to_be_acknowledged", test="answered")  # too late: the answer was under way
    script.nop(*_elapsed("began_ms"), _compare("untrue", "now_ms", "less_than", None, variable2="true_after_ms"))
    script.nop(next="cancel", test="untrue")
    script.nop(_NEXT_FATE, condexec="has_next")
    script.label("cancel")
    script.send(OK.replace("[last_To:]", "[last_To:];tag=[pid]p[call_number]"))
    script.send(f"SIP/2.0 487 Request Terminated\n{_HEAD}\nContent-Length: 0\n", retrans="500")
    script.recv("ACK", timeout="8000", ontimeout="over", next="over")

    script.label("refreshed")  # a re-INVITE: the same sound as before; then talk on for what remains
    script.send(
        f"SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n{CONTACT}\n"
        "Content-Type: application/sdp\nContent-Length: [len]\n\n" + SDP,
        retrans="500",
    )
    script.recv("ACK", timeout="8000", ontimeout="over", next="talks_on")
    script.label("updated")
    script.send(OK.replace("Content-Length", f"{CONTACT}\nContent-Length"))
    script.label("talks_on")
    script.nop(
        *_elapsed("began_ms"),
        '<assign assign_to="remaining_ms" variable="before_keys_ms"/>',
        '<add assign_to="remaining_ms" variable="after_keys_ms"/>',
        '<subtract assign_to="remaining_ms" variable="now_ms"/>',
        _compare("is_over", "remaining_ms", "less_than", 1),
    )
    script.nop(next="hangs_up", test="is_over")
    script.pause("remaining_ms")
    script.nop(next="hangs_up")

    script.label("nobody_there")
    script.send(f"SIP/2.0 404 Not Found\n{_HEAD}\nReason: Q.850;cause=1\nContent-Length: 0\n", retrans="500")
    script.recv("ACK", timeout="8000", ontimeout="over", next="over")

    script.label("asked")
    script.send(OK.replace("[last_To:]", "[last_To:];tag=[pid]p[call_number]"))
    script.nop(next="over")

    _plays(script, sounds, keys)
    script.label("over")
    places = dict(script.places)
    xml = script.xml(("whole", "micro"))
    for name in ("announced", "talking", "keyed"):
        xml = xml.replace(f'"@{name}"', f'"{places[name]}"')
    return xml, places


def _plays(script: Script, sounds: Mapping[str, Path], keys: Mapping[str, Path]) -> None:
    """One landing for each sound and each row of keys; all go back to where ``back`` says."""
    script.label("no sound", landing=True)
    script.places[keys_place("")] = script.places["no sound"]
    script.jump("back")
    for name, file in sounds.items():
        script.label(sound_place(name), landing=True)
        script.nop(f'<exec rtp_stream="{file},-1,0"/>')
        script.jump("back")
    for name, file in keys.items():
        script.label(keys_place(name), landing=True)
        # sound and keys are streams of their own: one at a time, or each key would be taken for several
        script.nop(
            '<exec rtp_stream="pause"/>', f'<exec play_pcap_audio="{file}"/>', _set("pressing_ms", pressing_ms(name))
        )
        script.pause("pressing_ms")
        script.nop('<exec rtp_stream="resume"/>')
        script.jump("back")


def _told() -> tuple[str, ...]:
    """A further line for the number takes the place of the one before it in SIPp's index."""
    return (
        _find("sips?:[+]?([0-9]+)@", "whole,number"),
        _find("[0-9][0-9;-]+", "row", header="X-Row:"),
        '<insert file="people.csv" value="[$number];[$row]"/>',
    )


def _called() -> tuple[str, ...]:
    return (
        _find("sips?:[+]?([0-9]+)@", "whole,number"),
        _find("[0-9]+", "cseq", header="CSeq:"),
        _find(".+", "from", header="From:"),
        _find(".+", "to", header="To:"),
        _find("sips?:[^&gt;; ]+", "contact", header="Contact:"),
        '<lookup assign_to="line" file="people.csv" key="[$number]"/>',
    )


def _find(pattern: str, variables: str, *, header: str | None = None) -> str:
    where = f'search_in="hdr" header="{header}"' if header else 'search_in="msg"'
    return f'<ereg regexp="{pattern}" {where} check_it="false" assign_to="{variables}"/>'


def _field(field: int, file: str = "people", line: str = "line") -> str:
    """A field of a file, as XML holds it."""
    return f"[field{field} file=&quot;{file}.csv&quot; line=&quot;[${line}]&quot;]"


def _number(variable: str, field: int) -> tuple[str, str]:
    return (
        f'<assignstr assign_to="text" value="{_field(field)}"/>',
        f'<todouble assign_to="{variable}" variable="text"/>',
    )


def _set(variable: str, value: int | str) -> str:
    return f'<assign assign_to="{variable}" value="{value}"/>'


def _compare(into: str, variable: str, how: str, value: int | None, *, variable2: str = "") -> str:
    against = f'variable2="{variable2}"' if variable2 else f'value="{value}"'
    return f'<test assign_to="{into}" variable="{variable}" compare="{how}" {against}/>'


def _now(variable: str) -> tuple[str, ...]:
    """The time of day in milliseconds."""
    return (
        f'<gettimeofday assign_to="{variable},micro"/>',
        f'<multiply assign_to="{variable}" value="1000"/>',
        '<divide assign_to="micro" value="1000"/>',
        f'<add assign_to="{variable}" variable="micro"/>',
    )


def _elapsed(since: str) -> tuple[str, ...]:
    """How long ago ``since`` was, in ``now_ms``."""
    return (*_now("now_ms"), f'<subtract assign_to="now_ms" variable="{since}"/>')


_NEXT_FATE = (
    '<replace file="people.csv" line="[$line]" value="[$number];'
    + ";".join(_field(field, "fates", "next_line") for field in range(10))
    + '"/>'
)
