"""An event given to `handle`, and its handler."""

from __future__ import annotations

import asyncio
import contextvars
from dataclasses import dataclass
from typing import Any

from .host_types import Handler
from .types import Decision

MOMENT_MS = 1000
"""So long a loop may take to end, after it has cancelled what runs in it."""


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

    def end(self, value: Any, raised: BaseException | None) -> None:
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


def is_cancelled() -> bool:
    """Is this task itself cancelled? What it waits for may be instead."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
