"""The host's time. The default is the system's; `reynolds.testing` has one that can be moved."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """A time, and timers."""

    def now(self) -> int:
        """Milliseconds since 1970."""
        ...

    def after(self, ms: float, call: Callable[[], object]) -> Callable[[], object]:
        """Calls back once, after so many milliseconds, unless what it returned was called before."""
        ...


_DAY_MS = 86_400_000


class SystemClock:
    """The system's clock, and the running event loop's timers."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def after(self, ms: float, call: Callable[[], object]) -> Callable[[], object]:
        loop = asyncio.get_running_loop()
        if ms <= _DAY_MS:
            return loop.call_later(max(ms, 0) / 1000, call).cancel
        # A day at a time: no event loop need take more.
        timer = loop.call_later(_DAY_MS / 1000, lambda: cancels.append(self.after(ms - _DAY_MS, call)))
        cancels: list[Callable[[], object]] = [timer.cancel]
        return lambda: cancels[-1]()
