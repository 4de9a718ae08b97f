"""The event log: what happened on the floor, in order, as plain records for boards, files and other processes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callwright.kit.clock import iso


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that happened. ``kind``: dial, ring, answer, person, connect, abandon, play, end, dispose, refuse,
    agent, callback, ban, freeze, campaign, inbound, store, network, lost."""

    at: float
    kind: str
    data: Mapping[str, Any]

    def line(self) -> str:
        """The event as one JSON line; equal events give equal bytes."""
        return json.dumps({"at": iso(self.at), "kind": self.kind, **self.data}, ensure_ascii=False)
