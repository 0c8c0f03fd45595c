"""What the host tells its own listeners: `on_error` and `on_decision`."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger("reynolds")

_running: set[asyncio.Task[None]] = set()


def safely(call: Callable[..., object], *arguments: object) -> None:
    """Calls a listener, be it a plain function or an async one. What it raises must not stop the loop."""
    try:
        found = call(*arguments)
        if inspect.isawaitable(found):
            task = asyncio.ensure_future(_heard(found))
            _running.add(task)  # The event loop alone would let go of it.
            task.add_done_callback(_running.discard)
    except Exception:
        log.exception("a listener has raised")


async def _heard(said: Awaitable[object]) -> None:
    try:
        await said
    except Exception:
        log.exception("a listener has raised")
