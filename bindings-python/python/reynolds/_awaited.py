"""Who sends effects, and waits for their ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Set
from functools import partial
from typing import Any, cast

from ._ends import Post
from ._performing import caused
from ._turn import at_once, verdict_of
from .errors import ReynoldsError
from .host_types import Sent
from .types import AdmittedVerdict, Decision, Input, Proposal, Tripped


class Awaited:
    def __init__(self, post: Post, tripped: Callable[[str], Tripped]) -> None:
        """`tripped` tells what the emergency breaker has stopped of a tenant."""
        self._post, self._tripped = post, tripped
        # By effect, with the verdict that let it leave.
        self._waiting: dict[str, tuple[asyncio.Future[Sent], AdmittedVerdict]] = {}

    def __contains__(self, effect: str) -> bool:
        return effect in self._waiting

    async def send(self, cause: str, proposal: Proposal, tenant: str | None, more: bool) -> Sent:
        """Proposes one effect, and waits for what becomes of it."""
        sent: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()

        def heard(decision: Decision) -> None:
            # Before anybody else hears of it: a quick platform must not answer before somebody listens.
            verdict = verdict_of(decision)
            if verdict and verdict["type"] == "admitted":
                self._waiting[verdict["effect"]] = sent, verdict
            elif not sent.done():
                tripped = partial(self._tripped, tenant or "")
                sent.set_result(at_once(verdict, tripped) or {"type": "failed", "effect": "", "why": "nothing was decided about it"})

        def told(_: Decision | None, error: ReynoldsError | None) -> None:
            if error and not sent.done():
                sent.set_exception(error)

        rest: dict[str, Any] = {"more": True} if more else {}
        if tenant is not None:
            rest["tenant"] = tenant
        self._post(cast(Input, {"type": "propose", "cause": cause, "effects": [proposal], **rest}), heard, told)
        return await sent

    def tell(self, sent: Sent) -> None:
        """An effect has ended."""
        effect: Any = sent.get("effect")
        waiting, verdict = self._waiting.pop(effect, (None, None))
        if waiting and not waiting.done():
            waiting.set_result(_with_would(sent, verdict) if sent["type"] == "done" else sent)

    def give_up(self, why: ReynoldsError, but: Set[str] = frozenset()) -> None:
        """Nothing more is heard of them, but for these."""
        for effect in [effect for effect in self._waiting if effect not in but]:
            self.lose(effect, why)

    def lose(self, effect: str, why: ReynoldsError) -> None:
        """It has not failed: who tried another way would send twice."""
        waiting, _ = self._waiting.pop(effect)
        message = f"RY2202: the host has ended, and effect {effect} has not; it comes again after the next open, with the same id"
        if not waiting.done():
            waiting.set_exception(caused("RY2202", message, why))


def _with_would(sent: Sent, verdict: AdmittedVerdict | None) -> Sent:
    """In log mode: why it would have been denied or held."""
    if not verdict or "would" not in verdict:
        return sent
    return cast(Sent, {**sent, **{key: value for key, value in verdict.items() if key in ("would", "would_hold")}})
