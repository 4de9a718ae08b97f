"""extensions.conf: what Asterisk does while nobody commands it. The application decides everything else.

A call never goes straight into the application: it waits for it, so that a person who answers while the application is
being restarted is not dropped, and hears who called if it does not come back in time.
"""

from __future__ import annotations

import re

from callwright.adapters.asterisk.plan import TelephonePlan
from callwright.kit.errors import BadInput
from callwright.model.numbers import is_e164

STEP_S = 0.2
"""Pause between two tries to reach the application."""
SAFE_HARBOUR = "callwright/safe_harbour"
LIMIT_VARIABLE = "CALLWRIGHT_MAX_S"
APP_VARIABLE = "CALLWRIGHT_APP"
ATTEMPT_VARIABLE = "CALLWRIGHT_ATTEMPT"
"""On a returned call: the attempt it bears, since its channel has a name of its own."""
FAX_CONTEXT = "callwright-fax"
FAX_VARIABLE, FAX_STATION_VARIABLE = "CALLWRIGHT_FAX", "CALLWRIGHT_STATION"
"""The document to be sent, and the number of ours that stands on its pages."""
FAXED_VARIABLE = "CALLWRIGHT_FAXED"
"""How a fax went: STATUS|pages|words|station; in every event, so that whichever comes first tells it."""
_STATION = "${FILTER(0-9A-Za-z+ .,${REMOTESTATIONID})}"  # a stranger's text
_FAXED = f"Set({FAXED_VARIABLE}=${{FAXSTATUS}}|${{FAXPAGES}}|${{FAXSTATUSSTRING}}|{_STATION})"
_LONGEST_FAX_S = 3600
FAX_HEADER = re.compile(r"[\w +\-.&']{0,40}")


def _digits(of: str) -> str:
    return f"${{FILTER(+0123456789,${{CALLERID({of})}})}}"


def _fax_numbers(plan: TelephonePlan) -> str:
    """However the carrier writes them: with the plus or without. Raises BadInput on one that is no number."""
    wrong = next((number for number in plan.fax_numbers if not is_e164(number)), None)
    if wrong is not None:
        raise BadInput(f"{wrong!r} cannot be a fax number: it must be whole, such as +442079460001.")
    ways = (way for number in plan.fax_numbers for way in (number, number.lstrip("+")))
    return "".join(f"exten => {way},1,Goto(callwright-fax-in,s,1)\n" for way in ways)


def dialplan(plan: TelephonePlan) -> str:
    """The text of extensions.conf. Raises BadInput on a fax number or header that cannot stand there."""
    if not FAX_HEADER.fullmatch(plan.fax_header):
        raise BadInput("The header of faxes may have letters, digits, spaces and + - . & ' only, at most 40 of them.")
    tries = max(1, round(plan.ring_fallback_s / STEP_S))
    return f"""[general]
static=yes
writeprotect=yes
autofallthrough=yes
clearglobalvars=no

[globals]
{APP_VARIABLE}={plan.app}

[callwright-dialed]
exten => s,1,Set(TIMEOUT(absolute)=${{IF($["${{{LIMIT_VARIABLE}}}" = ""]?3600:${{{LIMIT_VARIABLE}}})}})
 same => n,Set(TRIES=0)
 same => n(try),Stasis(${{{APP_VARIABLE}}},dialed)
 same => n,GotoIf($["${{STASISSTATUS}}" = "SUCCESS"]?over)
 same => n,Set(TRIES=$[${{TRIES}} + 1])
 same => n,GotoIf($[${{TRIES}} > {tries}]?nobody)
 same => n,Wait({STEP_S})
 same => n,Goto(try)
 same => n(nobody),Playback({SAFE_HARBOUR})
 same => n(over),Hangup()

[callwright-agent-line]
exten => s,1,Set(TRIES=0)
 same => n(try),Stasis(${{{APP_VARIABLE}}},agent)
 same => n,GotoIf($["${{STASISSTATUS}}" = "SUCCESS"]?over)
 same => n,Set(TRIES=$[${{TRIES}} + 1])
 same => n,GotoIf($[${{TRIES}} > 300]?over)
 same => n,Wait({STEP_S})
 same => n,Goto(try)
 same => n(over),Hangup()

[callwright-third]
exten => s,1,Stasis(${{{APP_VARIABLE}}},third)
 same => n,Hangup()

[{FAX_CONTEXT}]
; the application has given us the call to send a document; it gets it back with how that went
exten => s,1,Set(FAXOPT(headerinfo)={plan.fax_header})
 same => n,Set(FAXOPT(localstationid)=${{{FAX_STATION_VARIABLE}}})
 same => n,SendFAX(${{{FAX_VARIABLE}}},f)
 same => n,{_FAXED}
 same => n,Set(TRIES=0)
 same => n(try),Stasis(${{{APP_VARIABLE}}},faxed)
 same => n,GotoIf($["${{STASISSTATUS}}" = "SUCCESS"]?over)
 same => n,Set(TRIES=$[${{TRIES}} + 1])
 same => n,GotoIf($[${{TRIES}} > 300]?over)
 same => n,Wait({STEP_S})
 same => n,Goto(try)
 same => n(over),Hangup()
exten => h,1,{_FAXED}

[callwright-fax-in]
; one of our fax numbers is called: the fax and a note of it are kept for the application to find
exten => s,1,Set(TIMEOUT(absolute)={_LONGEST_FAX_S})
 same => n,Set(BOX=${{ASTSPOOLDIR}}/fax/received/${{FILTER(0-9A-Za-z.,${{UNIQUEID}})}})
 same => n,Answer()
 same => n,Set(FAXOPT(headerinfo)={plan.fax_header})
 same => n,Set(FAXOPT(localstationid)={_digits("dnid")})
 same => n,ReceiveFAX(${{BOX}}.tif,zf)
 same => n,Hangup()
exten => h,1,{_FAXED}
 same => n,GotoIf($["${{BOX}}" = ""]?over)
 same => n,Set(FILE(${{BOX}}.note)={_digits("num")}|{_digits("dnid")}|${{{FAXED_VARIABLE}}})
 same => n(over),NoOp()

[callwright-from-trunk]
; a person calls one of our numbers: it rings until the application answers it
{_fax_numbers(plan)}exten => _+X.,1,Goto(ring,1)
exten => _X.,1,Goto(ring,1)
exten => ring,1,Set(TIMEOUT(absolute)=7200)
 same => n,Ringing()
 same => n,Set(TRIES=0)
 same => n(try),Stasis(${{{APP_VARIABLE}}},inbound,{_digits("num")},{_digits("dnid")})
 same => n,GotoIf($["${{STASISSTATUS}}" = "SUCCESS"]?over)
 same => n,Set(TRIES=$[${{TRIES}} + 1])
 same => n,GotoIf($[${{TRIES}} > {tries * 3}]?over)
 same => n,Wait({STEP_S})
 same => n,Goto(try)
 same => n(over),Hangup(16)

[callwright-from-agent]
; an agent's telephone can dial nobody: calls come to it
exten => _[+0-9a-zA-Z*#].,1,Hangup(21)
"""
