"""What an agent does through its host, beside its reports: effects, and changes of its plan."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from heapq import heappop, heappush
from typing import Any, cast

from ._awaited import Awaited
from ._options import other_loop
from ._turn import claims
from .errors import HostError, ReynoldsError
from .host_types import Patched, Sent
from .types import Decision, DispatchEffect, Input, Proposal


class Acting:
    """The way to the broker of all agents of a host."""

    def __init__(self, awaited: Awaited, submit: Callable[[Input], Awaitable[Decision]]) -> None:
        self.awaited, self.submit, self._loop = awaited, submit, asyncio.get_running_loop()

    def check(self) -> None:
        if asyncio.get_running_loop() is not self._loop:
            raise other_loop()


class Given:
    """A dispatch in the hands of an agent."""

    def __init__(self, line: DispatchEffect, acting: Acting) -> None:
        self._dispatch, self.tenant, self._acting = line["id"], line.get("tenant"), acting
        self.plan, _, self.task = line["task"].partition("/")
        self.silence_ms = line.get("heartbeat_ms")
        # By another agent, whose it is until it is accepted.
        self.offered = "handoff" in line
        self.accepted = not self.offered
        # What undoes a task repeats none of its patches, and who takes it over goes on behind those of the owner before.
        by = f" by {line['agent']}" if self.offered else ""
        self._numbered = f"{'undo ' if line.get('undo') else ''}{self.task}{by}"
        # What each key stands for.
        self._keys: dict[str, tuple[object, object]] = {}
        # Its patches that had no key of their own, and the numbers of those that were refused.
        self._patches = 0
        self._free: list[int] = []

    async def send(self, proposal: Mapping[str, Any]) -> Sent:
        self._acting.check()
        new = claims(self._keys, proposal, "task")
        try:
            return await self._acting.awaited.send(self._dispatch, cast(Proposal, proposal), self.tenant, more=False)
        except ReynoldsError:
            if new:
                self._keys.pop(proposal["key"], None)  # What was refused has used no key.
            raise

    async def patch(self, patch: Mapping[str, Any]) -> Patched:
        """A key that counts them is the same when the task is tried again: nothing is added twice."""
        self._acting.check()
        if taken := ", ".join(f"`{name}`" for name in ("plan", "tenant", "cause") if name in patch):
            raise HostError("RY2206", f"RY2206: a patch of an agent is of the plan of its task: leave out {taken}")
        number = self._number() if patch.get("key") is None else None
        key = patch["key"] if number is None else f"{self._numbered}/{number}"
        whole: dict[str, Any] = {**patch, "type": "patch", "plan": self.plan, "key": key, "cause": self._dispatch}
        if self.tenant is not None:
            whole["tenant"] = self.tenant
        try:
            decision = await self._acting.submit(cast(Input, whole))
        except ReynoldsError:
            if number is not None:
                heappush(self._free, number)  # What was refused has used no key.
            raise
        return {**decision, "key": key, "duplicate": any(one["type"] == "duplicate" for one in decision["verdicts"])}

    def _number(self) -> int:
        if self._free:
            return heappop(self._free)
        self._patches += 1
        return self._patches
