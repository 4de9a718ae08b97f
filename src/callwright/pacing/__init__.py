"""Pacing: how many calls to open now, and which ringing ones to give up. Pure mathematics.

In goes a ``Floor``, out comes a ``Decision``; what a controller learns comes in by ``observe``. No I/O, no clock, no
chance of its own. The contract, with an example, is in ``docs/pacing.md``. Placing calls lives in ``dialer``, the law
in ``compliance``.
"""

from callwright.pacing.budget import AbandonBudget
from callwright.pacing.choose import CONTROLLERS, make_controller
from callwright.pacing.floor import (
    Abandoned,
    AgentView,
    CallResolved,
    Controller,
    Decision,
    Floor,
    HandleEnded,
    InboundArrived,
    Observation,
    RingingCall,
)
from callwright.pacing.plain import ThresholdPolicy
from callwright.pacing.sharing import FairShares

__all__ = [
    "CONTROLLERS",
    "AbandonBudget",
    "Abandoned",
    "AgentView",
    "CallResolved",
    "Controller",
    "Decision",
    "FairShares",
    "Floor",
    "HandleEnded",
    "InboundArrived",
    "Observation",
    "RingingCall",
    "ThresholdPolicy",
    "make_controller",
]
