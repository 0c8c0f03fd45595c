"""What an agent does through its host, beside its reports: effects, and changes of its plan."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from ._awaited import Awaited
from ._options import other_loop
from ._turn import claims
from .errors import HostError, ReynoldsError
from .host_types import Sent
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
        self._dispatch, self._tenant, self._acting = line["id"], line.get("tenant"), acting
        self._plan, _, self._task = line["task"].partition("/")
        self.silence_ms = line.get("heartbeat_ms")
        # What each key stands for.
        self._keys: dict[str, tuple[object, object]] = {}
        # Its patches that had no key of their own, as far as they were taken.
        self._patches = 0

    async def send(self, proposal: Mapping[str, Any]) -> Sent:
        self._acting.check()
        new = claims(self._keys, proposal, "task")
        try:
            return await self._acting.awaited.send(self._dispatch, cast(Proposal, proposal), self._tenant, more=False)
        except ReynoldsError:
            if new:
                self._keys.pop(proposal["key"], None)  # What was refused has used no key.
            raise

    async def patch(self, patch: Mapping[str, Any]) -> tuple[str, Decision]:
        """With its key. One that counts them is the same when the task is tried again: nothing is added twice."""
        self._acting.check()
        if taken := ", ".join(f"`{name}`" for name in ("plan", "tenant", "cause") if name in patch):
            raise HostError("RY2206", f"RY2206: a patch of an agent is of the plan of its task: leave out {taken}")
        own = patch.get("key") is None
        self._patches += own
        number = self._patches
        key = f"{self._task}/{number}" if own else patch["key"]
        whole: dict[str, Any] = {**patch, "type": "patch", "plan": self._plan, "key": key, "cause": self._dispatch}
        if self._tenant is not None:
            whole["tenant"] = self._tenant
        try:
            return key, await self._acting.submit(cast(Input, whole))
        except ReynoldsError:
            if own and number == self._patches:
                self._patches -= 1  # It has left no key: the next one may have it.
            raise
