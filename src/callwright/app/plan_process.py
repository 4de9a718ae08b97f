"""Plans of the web page, made by ``callwright plan`` in a process of its own: the dialer's loop never waits."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from callwright.app.settings import Settings
from callwright.kit.errors import BadInput, Conflict

LONGEST_S = 180.0
_PROGRAM = "import os; os.nice(10); from callwright.app.cli import main; main()"


class PlanProcess:
    """One plan at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._busy = False

    async def ask(
        self, campaign: str, *, agents: int, share: float, finish_by: str | None, limit: float | None
    ) -> Mapping[str, Any]:
        """``web.ports.Plans``'s."""
        if self._busy:
            raise Conflict("Another plan is being worked out; ask again in half a minute.")
        self._busy = True
        try:
            arguments = ["--agents", str(agents), "--done", f"{share:.6f}", "--json"]
            arguments += ["--finish-by", finish_by] if finish_by is not None else []
            arguments += ["--abandon-limit", f"{limit:.6f}"] if limit is not None else []
            return await self._run([*arguments, "--", campaign])
        finally:
            self._busy = False

    async def _run(self, arguments: list[str]) -> Mapping[str, Any]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _PROGRAM,
            "plan",
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment(),
        )
        try:
            async with asyncio.timeout(LONGEST_S):
                told, said = await process.communicate()
        except TimeoutError:
            raise BadInput("The plan took too long: plan fewer records, or use callwright plan.") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise BadInput(said.decode(errors="replace").strip().rpartition("\n")[2] or "The plan failed.")
        answer: Mapping[str, Any] = json.loads(told)
        return answer

    def _environment(self) -> dict[str, str]:
        told = dict(os.environ)
        if self._settings.home is not None:
            told["CALLWRIGHT_HOME"] = str(self._settings.home)
        if self._settings.database_url is not None:
            told["CALLWRIGHT_DATABASE_URL"] = self._settings.database_url
        return told
