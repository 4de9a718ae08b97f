"""The telephones of browsers at a switch: every sign-in gets a secret of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from callwright.web.ports import PhoneLine


class SwitchPhones:
    """``web.ports.Phones``. ``provide`` makes the agent's telephone known at the switch and returns its new secret;
    ``url`` is where browsers reach the switch (``ws://127.0.0.1:8088/ws``), ``domain`` whom they register with."""

    def __init__(self, provide: Callable[[int], Awaitable[str]], *, url: str, domain: str = "callwright") -> None:
        self._provide = provide
        self._url = url
        self._domain = domain

    @property
    def origins(self) -> Sequence[str]:
        place = urlsplit(self._url)
        return (f"{place.scheme}://{place.netloc}",)

    async def line(self, agent_id: int) -> PhoneLine | None:
        secret = await self._provide(agent_id)
        return PhoneLine(url=self._url, user=f"agent-{agent_id}", secret=secret, domain=self._domain)
