"""Log mode: nothing may change for a living bot. What the broker would keep back, or can not take, leaves all the same."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, cast

from ._options import Options, closed
from ._performing import Attempt, Performer, not_while_performing
from ._turn import ended
from .errors import HostError, ReynoldsError
from .host_types import Performing, Sent
from .types import Proposal
from .view import View

Send: TypeAlias = Callable[[Proposal], Awaitable[Sent]]

_REFUSED_CALLS = ("RY2201", "RY2202", "RY2206", "RY2210")
"""It was not the broker that refused: the call could not be made."""


class LogMode:
    def __init__(self, options: Options, performer: Performer, last: int, trouble: Callable[[ReynoldsError], None]) -> None:
        """`last` is the last record that an earlier life of the host has left."""
        self._options, self._performer, self._last, self._trouble = options, performer, last, trouble
        self._count = 0
        # Is it in force?
        self.on = options.logs_only

    def configured(self, view: View) -> None:
        """A configuration can switch it on and off. A handler that runs goes on as it began."""
        self.on = view.config().get("enforce") == "log"

    def around(self, send: Send, cause: str, tenant: str | None) -> Send:
        """How the handler of one event sends."""
        # What an earlier life of this handler has sent; it answers for one sending each.
        before: set[str] = set()

        async def sends(proposal: Proposal) -> Sent:
            try:
                sent = await send(proposal)
                if sent["type"] != "duplicate" or proposal.get("key") is not None:
                    return sent
                if int(sent["of"].split(".")[0]) <= self._last and sent["of"] not in before:
                    before.add(sent["of"])
                    return sent
                # The same text twice: a bot that says so says it twice.
                return await send(self.fresh(proposal, sent["of"]))
            except ReynoldsError as error:
                if error.code in _REFUSED_CALLS:
                    raise
                self._trouble(error)
                return await self.direct(proposal, cause, tenant)

        return sends

    def again(self, send: Send, seq: int, cause: str, tenant: str | None) -> Send:
        """How the handler of an event sends that was delivered again, in record `seq`."""
        suffix = f"~{seq}.{self._options.clock.now()}"

        async def sends(proposal: Proposal) -> Sent:
            if proposal.get("key") is None:
                return await send(self.fresh(proposal, str(seq)))
            return await send(cast(Proposal, {**proposal, "key": f"{proposal.get('key')}{suffix}"}))

        return self.around(sends, cause, tenant)

    def fresh(self, proposal: Proposal, of: str) -> Proposal:
        """The same under a key that was never used."""
        self._count += 1
        return cast(Proposal, {**proposal, "key": f"~{of}.{self._options.clock.now()}.{self._count}"})

    async def direct(self, proposal: Proposal, cause: str, tenant: str | None) -> Sent:
        """Performs without the broker, where that is the trouble. Nothing is recorded of it, and nobody tries it again."""
        not_while_performing("turn.send")
        if self._performer.aborted:
            raise closed()
        lineage = {"id": "0.0", "release": 0, "chain": "0", "cause": [cause], "hop": 0, "redelivered": False}
        # Not the same for all: platforms drop what comes under a key they know.
        key = f"{self._options.name}/0.0/{secrets.token_hex(8)}"
        performing: Any = {**proposal, "type": "act", **lineage, "idempotency_key": key}
        if tenant is not None:
            performing["tenant"] = tenant
        ended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def told(_: Attempt, result: Any) -> None:
            if not ended.done():
                ended.set_result(result)

        self._performer.begin(cast(Performing, performing), told)
        return self.came_to("0.0", await ended)

    def came_to(self, effect: str, result: Any) -> Sent:
        """What an outcome that can not be stored is for who sent the effect."""
        if not isinstance(result, dict) or not isinstance(result.get("type"), str):
            message = f"RY2208: what `perform` returned for effect {effect} is no outcome: {type(result).__name__}"
            self._trouble(HostError("RY2208", message))
            return {"type": "failed", "effect": effect, "why": "`perform` returned what is no outcome"}
        return ended(effect, cast(Any, result)) or {"type": "failed", "effect": effect, "why": result["type"]}
