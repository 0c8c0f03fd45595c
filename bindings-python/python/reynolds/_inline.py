"""An event given to `handle`, and its handler."""

from __future__ import annotations

import asyncio
import contextvars
from dataclasses import dataclass
from typing import Any

from ._options import closed
from ._performing import got
from .errors import ReynoldsError
from .host_types import Handler, Turn
from .types import Decision

MOMENT_MS = 1000
"""So long a loop may take to end, after it has cancelled what runs in it."""


@dataclass(eq=False, slots=True)
class Inline:
    """An event given to `handle`, until its handler has ended."""

    handler: Handler
    context: contextvars.Context
    # Who called `handle` waits here, and may stop waiting: with it, this is cancelled.
    told: asyncio.Future[Any]
    decision: Decision | None = None
    begun: bool = False
    # What the handler came to is known here, be it told or not.
    ended: bool = False

    @property
    def left(self) -> bool:
        """Who called was cancelled: nobody will be told."""
        return not self.ended and self.told.cancelled()

    def end(self, value: Any, raised: BaseException | None) -> None:
        """Tells who waits."""
        if self.ended:
            return
        self.ended = True
        if self.told.done():
            return
        if raised:
            self.told.set_exception(raised)
        else:
            self.told.set_result(value)

    def cancel(self) -> None:
        """The handler was cancelled."""
        self.ended = True
        self.told.cancel()

    def end_with(self, closing: bool, task: asyncio.Task[Any]) -> None:
        """Tells what a task came to that is all there is to its handler. The end of the host is no failure of it."""
        if task.cancelled() and not closing:
            self.cancel()
        elif task.cancelled():
            self.end(None, closed())
        elif error := task.exception():
            self.end(None, error)
        else:
            self.end(task.result(), None)


class Calls:
    """Who waits for host code, which may never end."""

    def __init__(self) -> None:
        self._waiting: set[Inline] = set()

    async def until_end(self, inline: Inline) -> Any:
        self._waiting.add(inline)
        try:
            return await inline.told
        finally:
            self._waiting.discard(inline)

    def end(self, why: ReynoldsError) -> None:
        """The host has closed. What host code still does is nobody's any more."""
        for inline in list(self._waiting):
            inline.end(None, why)


async def call(handler: Handler, turn: Turn) -> Any:
    """What a handler returns, when it has ended."""
    return await got(handler(turn))


def is_cancelled() -> bool:
    """Is this task itself cancelled? What it waits for may be instead."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
