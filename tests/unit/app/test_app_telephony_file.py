"""The operator's telephony file: every key does something, every fault is named, and no secret stands in it."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from callwright.adapters.asterisk.plan import SipTrunk, TelephonePlan
from callwright.app.telephony_file import TelephonyFile, parse_telephony, read_telephony
from callwright.dialer.lines import Lines
from callwright.dialer.ports import CallerId, LineRules, Trunk
from callwright.dialer.toll_fraud import RISKY
from callwright.kit.errors import BadInput

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "telephony.toml"
ONE = '[[trunk]]\nname = "a"\nhost = "sip.example"\n'


@pytest.fixture
def example(tmp_path: Path) -> TelephonyFile:
    copy = tmp_path / "telephony.toml"
    copy.write_text(EXAMPLE.read_text())
    secret = tmp_path / "ari.secret"
    secret.write_text("tell nobody\n")
    secret.chmod(0o600)
    return read_telephony(copy, {"NORTH_SECRET": "from the environment"})


def _faults(text: str, environment: dict[str, str] | None = None, directory: Path = Path()) -> str:
    with pytest.raises(BadInput) as caught:
        parse_telephony(text, name="t.toml", environment=environment, directory=directory)
    return str(caught.value)


def _differing(value: Any, standard: Any) -> set[str]:
    return {each.name for each in fields(value) if getattr(value, each.name) != getattr(standard, each.name)}


def test_every_field_can_be_set_from_the_file(example: TelephonyFile) -> None:
    """What the example shows at its standard value stands in ``OTHER_WAY``."""
    other = parse_telephony(OTHER_WAY)
    sip = SipTrunk(name="", host="")
    unset = {each.name for each in fields(SipTrunk)}
    for trunk in (*example.plan.trunks, *other.plan.trunks):
        unset -= _differing(trunk, sip)
    assert unset == set()
    dialer = Trunk(name="", channels=1000, calls_per_s=50.0)
    unset = {each.name for each in fields(Trunk)}
    for own in example.trunks:
        unset -= _differing(own, dialer)
    assert unset == set()
    plan = {each.name for each in fields(TelephonePlan)}
    plan -= _differing(example.plan, TelephonePlan()) | _differing(other.plan, TelephonePlan())
    assert plan == {"agents"}, "agents sign in; they stand in no file"
    assert _differing(example.rules, LineRules()) | _differing(other.rules, LineRules()) == {
        each.name for each in fields(LineRules)
    }
    assert _differing(example.caller_ids[1], CallerId(number="")) == {"number", "daily_cap", "rest_s", "region"}


OTHER_WAY = """
least_cost = true
[[trunk]]
name = "b"
host = "sip.example"
dtmf = "inband"
rtp_timeout = 0
session_expires = "2h"
send_pai = false
announcements = false
[asterisk]
sip_port = 5070
http_bind = "::1"
http_port = 8090
ari_user = "other"
media_url = "wss://127.0.0.1:9000/media"
app = "other"
languages = ["zh", "ru"]
ring_fallback = 6
"""


def test_the_example_means_what_its_comments_say(example: TelephonyFile) -> None:
    north, sea = example.trunks
    assert (north.prefixes, north.most_per_hour, north.rates["+447"]) == (("+44", "+351"), 60.0, 0.021)
    assert sea.prefixes == ("+44", "+351", "+8816"), "all of the world that is allowed at all"
    assert example.plan.trunks[0].secret == "from the environment"
    assert example.plan.ari_secret == "tell nobody"
    assert example.caller_ids[0] == CallerId(number="+442079460001", daily_cap=400, rest_s=20.0)
    assert example.plan.sounds is not None
    assert example.plan.sounds.name == "sounds"
    lines = Lines(example.trunks, 0.0, example.rules)
    said = [
        getattr(lines.take(n, number, 0.0), "name", None) or getattr(lines.take(n, number, 0.0), "rule", None)
        for n, number in enumerate(["+442079460009", "+881612345678", "+447012345678", "+448712345678", "+12125550100"])
    ]
    assert said == ["north", "sea", "denied_prefix", "sea", "no_prefix"]


def test_the_switch_refuses_risky_beginnings_that_no_trunk_names(example: TelephonyFile) -> None:
    assert example.plan.denied_prefixes[0] == "+4470"
    assert set(RISKY) - set(example.plan.denied_prefixes) == {"+881"}, "named by the trunk, in part"
    assert set(RISKY) <= set(parse_telephony(ONE).plan.denied_prefixes)


def test_the_handbook_lists_every_key() -> None:
    handbook = (ROOT / "docs" / "trunks.md").read_text()
    text = EXAMPLE.read_text()
    keys = set(re.findall(r"^\s*([a-z_]+)\s*=", text, re.MULTILINE)) | set(re.findall(r"^\[+([a-z_.]+)\]", text, re.M))
    assert {key for key in keys if key not in handbook} == set()
    assert "secret_file" in handbook


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[trunk]]\nname = "a"', "line 1: `host` is missing in [trunk]"),
        ('[[trunk]]\nhost = "a"', "line 1: `name` is missing in [trunk]"),
        (ONE + 'prot = 5060', "line 4: `prot` in [trunk] is not a key; did you mean `port`?"),
        (ONE + 'channels = 0', "line 4: `channels` in [trunk] must be between 1 and 100000, not 0"),
        (ONE + 'secret = "x"', "line 4: `secret` in [trunk] must not stand in this file; name where it is with"),
        (ONE + 'secret_env = "NOT_SET"', "names the environment variable NOT_SET, which is not set"),
        (ONE + 'secret_file = "none"', "names none, which cannot be read (No such file or directory)"),
        (ONE + 'secret_env = "A"\nsecret_file = "b"', "line 5: `secret_file` in [trunk] and `secret_env` cannot both"),
        (ONE + "register = true", "`register` in [trunk] needs `username` and a secret"),
        (ONE + 'transport = "udpp"', 'cannot be "udpp"; did you mean `udp`?'),
        (ONE + 'codecs = ["alow"]', 'cannot hold "alow"; did you mean `alaw`?'),
        (ONE + 'prefixes = ["44"]', 'holds "44", which is no beginning of a number such as "+", "+44"'),
        (ONE + 'denied_prefixes = ["+44 7"]', 'holds "+44 7", which is no beginning'),
        (ONE + '[trunk.rates]\n"447" = 1', 'line 5: `447` in [trunk.rates] holds "447", which is no beginning'),
        (ONE + '[trunk.rates]\n"+447" = "dear"', 'line 5: `+447` in [trunk.rates] must be a number, not "dear"'),
        (ONE + ONE, 'line 5: `name` in [trunk] "a" stands here more than once'),
        ('[[trunk]]\nname = "a b"\nhost = "h"', 'must be made of letters, digits, "-" and "_", not "a b"'),
        ('[[trunk]]\nname = "a"\nhost = "h;drop"', 'must be a host name or an address, not "h;drop"'),
        (ONE + 'match = ["192.0.2.300"]', 'holds "192.0.2.300", which is no address or network'),
        (ONE + 'dial_prefix = "0;"', "line 4: `dial_prefix` in [trunk] must be digits"),
        (ONE + "session_expires = 30", "must be at least 90 seconds, or 0 for never"),
        ('allowed_prefixes = ["+351"]\n' + ONE + 'prefixes = ["+44"]', "line 5: `prefixes` in [trunk] lie all outside"),
        ('[[caller_id]]\nnumber = "0207"', 'must be a number with its country code such as "+442079460001"'),
        ('[[caller_id]]\nnumber = "+442079460001"\ndaily_cap = 0', "must be at least 1, not 0"),
        ('[calls_per_hour]\n"881" = 3', 'holds "881", which is no beginning'),
        ('[calls_per_hour]\n"+881" = -1', "must be at least 0, not -1"),
        ('time_zone = "Europe/Londn"', 'must be a time zone such as "Europe/London"'),
        ('[asterisk]\nsip_bind = "everywhere"', 'must be an address such as "127.0.0.1", not "everywhere"'),
        ("[asterisk]\nrtp_ports = [20000, 10000]", "must be the first and the last port"),
        ('[asterisk]\nmedia_url = "http://x"', "must look like ws://127.0.0.1:8089/media"),
        ('[asterisk]\nari_secret = "x"', "must not stand in this file"),
        ("[trunk]\nname = 1", "must be written as [[trunk]] tables"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_key_line_and_nearest_right_key(text: str, expected: str) -> None:
    assert expected in _faults(text, {"A": "x"})


def test_a_secret_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "s"
    secret.write_text("x")
    secret.chmod(0o644)
    text = ONE + 'username = "u"\nsecret_file = "s"'
    said = _faults(text, directory=tmp_path)
    assert said == (
        f"t.toml, line 5: `secret_file` in [trunk] names {secret}, which everybody on this machine may read;"
        f" run chmod 600 {secret}."
    )
    secret.chmod(0o640)
    assert parse_telephony(text, directory=tmp_path).plan.trunks[0].secret == "x"
    secret.write_text("two\nlines")
    assert "leads to a secret that is empty or has control characters in it" in _faults(text, directory=tmp_path)


def test_the_secret_appears_in_no_error(tmp_path: Path) -> None:
    said = _faults(ONE + 'secret_env = "S"\nchanels = 1', {"S": "hunter2"})
    assert "hunter2" not in said
    assert "needs a `username`" in said


def test_who_only_asks_about_trunks_needs_no_secret() -> None:
    file = read_telephony(EXAMPLE, {}, secrets=False)
    assert (file.trunks[0].name, file.plan.trunks[0].secret, file.plan.ari_secret) == ("north", None, "")
    with pytest.raises(BadInput, match="2 faults"):
        read_telephony(EXAMPLE, {})


def test_the_setting_names_the_file() -> None:
    from callwright.app.settings import read_settings

    assert read_settings({"CALLWRIGHT_TELEPHONY": "/etc/cw/telephony.toml"}).telephony == Path("/etc/cw/telephony.toml")
    assert read_settings({}).telephony is None
