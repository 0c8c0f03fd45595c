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


class SystemClock:
    """The system's clock, and the running event loop's timers."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def after(self, ms: float, call: Callable[[], object]) -> Callable[[], object]:
        # A day at most: what is later is asked for again then.
        return asyncio.get_running_loop().call_later(min(max(ms, 0), 86_400_000) / 1000, call).cancel
