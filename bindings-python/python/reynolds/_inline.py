"""An event given to `handle`, and its handler."""

from __future__ import annotations

import asyncio
import contextvars
from dataclasses import dataclass
from typing import Any

from .host_types import Handler
from .types import Decision


@dataclass
class Inline:
    """An event given to `handle`, until its handler has ended."""

    handler: Handler
    context: contextvars.Context
    # What the handler returns or raises. Whoever called `handle` waits for it, and may stop waiting.
    ended: asyncio.Future[Any]
    decision: Decision | None = None
    begun: bool = False
    # Who called was cancelled: nobody is told.
    left: bool = False

    def end(self, value: Any, raised: Exception | None) -> None:
        """Tells who waits."""
        if self.ended.done():
            return
        if raised and not self.left:
            self.ended.set_exception(raised)
        else:
            self.ended.set_result(value)

    def cancel(self) -> None:
        """The handler was cancelled."""
        self.ended.cancel()


@dataclass
class Counted:
    """Handlers that run, and do not just wait for what they sent."""

    running: int = 0
