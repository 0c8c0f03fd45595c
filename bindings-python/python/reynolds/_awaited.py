"""Who waits for the ends of effects."""

from __future__ import annotations

import asyncio
from collections.abc import Set
from typing import Any

from ._performing import caused
from .errors import ReynoldsError
from .host_types import Sent
from .types import Denial


class Awaited:
    def __init__(self) -> None:
        # By effect; in log mode with why it would have been denied.
        self._waiting: dict[str, tuple[asyncio.Future[Sent], Denial | None]] = {}

    def __contains__(self, effect: str) -> bool:
        return effect in self._waiting

    def add(self, effect: str, sent: asyncio.Future[Sent], would: Denial | None) -> None:
        self._waiting[effect] = sent, would

    def tell(self, sent: Sent) -> None:
        """An effect has ended."""
        effect: Any = sent.get("effect")
        waiting, would = self._waiting.pop(effect, (None, None))
        if waiting and not waiting.done():
            waiting.set_result({**sent, "would": would} if would and sent["type"] == "done" else sent)

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
