"""extensions.conf: what Asterisk does while nobody commands it. The application decides everything else.

A call never goes straight into the application: it waits for it, so that a person who answers while the application is
being restarted is not dropped, and hears who called if it does not come back in time.
"""

from __future__ import annotations

from callwright.adapters.asterisk.plan import TelephonePlan

STEP_S = 0.2
"""Pause between two tries to reach the application."""
SAFE_HARBOUR = "callwright/safe_harbour"
LIMIT_VARIABLE = "CALLWRIGHT_MAX_S"
APP_VARIABLE = "CALLWRIGHT_APP"
ATTEMPT_VARIABLE = "CALLWRIGHT_ATTEMPT"
"""On a returned call: the attempt it bears, since its channel has a name of its own."""


def _digits(of: str) -> str:
    return f"${{FILTER(+0123456789,${{CALLERID({of})}})}}"


def dialplan(plan: TelephonePlan) -> str:
    """The text of extensions.conf."""
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

[callwright-from-trunk]
; a person calls one of our numbers: it rings until the application answers it
exten => _+X.,1,Goto(ring,1)
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
