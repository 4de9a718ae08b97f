"""Who gets the call: a pure choice among free agents.

Tiers follow the house rule of ``kpi.yaml``: the better the list, the more senior its callers; a campaign that does not
route by tier gives the call to whoever has waited longest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from callwright.model.agent import Agent


def suits(agent: Agent, *, skills: Mapping[str, int], tier: int | None, inbound: bool = False) -> bool:
    """Whether ``agent`` may take a call that needs ``skills`` (name -> least level) from a list of ``tier``.

    ``tier`` None: any tier. Inbound calls go only to agents who blend.
    """
    if inbound and not agent.inbound:
        return False
    if tier is not None and tier not in agent.tiers:
        return False
    return all(agent.skills.get(skill, 0) >= level for skill, level in skills.items())


def choose_agent(
    free: Iterable[Agent], *, skills: Mapping[str, int], tier: int | None, inbound: bool = False
) -> Agent | None:
    """The agent for a call among ``free`` (longest waiting first), or None.

    With a tier: for tiers 1 to 3 the most senior, for 4 and 5 the least senior suitable agent; ties and calls without
    a tier go to the longest waiting.
    """
    suitable = (a for a in free if suits(a, skills=skills, tier=tier, inbound=inbound))
    if tier is None:
        return next(suitable, None)
    sign = -1 if tier <= 3 else 1
    return min(suitable, key=lambda agent: sign * agent.seniority, default=None)
