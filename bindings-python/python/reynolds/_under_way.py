"""The tasks of a host that are under way."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from ._performing import set_once

T = TypeVar("T")


class UnderWay:
    """Handlers that run and effects that are performed."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._tasks: set[asyncio.Task[Any]] = set()
        # One for all who wait: a callback on each task for each of them would be a great many.
        self._rest: asyncio.Future[None] | None = None

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def track(
        self, work: Coroutine[Any, Any, T], context: contextvars.Context | None = None, ended: Callable[[asyncio.Task[T]], object] | None = None
    ) -> asyncio.Task[T]:
        """`ended` is told when it has ended, also where it was cancelled before its first step."""
        task = self._loop.create_task(work, context=context)
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, ended) if ended else self._forget)
        return task

    def rest(self) -> asyncio.Future[None]:
        """Comes when nothing is under way."""
        if self._rest is None or self._rest.done():
            self._rest = self._loop.create_future()
            if not self._tasks:
                set_once(self._rest)
        return self._rest

    def cancel(self) -> None:
        """Tells what is under way now to end."""
        for task in self._tasks:
            task.cancel()

    async def leave(self) -> None:
        """Waits for what was cancelled. Who will not be is left behind; what it does is nobody's any more."""
        while self._tasks:
            done, _ = await asyncio.wait(self._tasks, timeout=1)
            if not done:
                break

    def _ended(self, ended: Callable[[asyncio.Task[T]], object], task: asyncio.Task[T]) -> None:
        self._forget(task)
        ended(task)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not self._tasks and self._rest:
            set_once(self._rest)
        # What it raises is raised at who waits for it; if nobody does, it was told already.
        if not task.cancelled():
            task.exception()
