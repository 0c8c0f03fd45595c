"""Tasks that nobody can do."""

from __future__ import annotations

from collections.abc import Callable

from .clock import Clock
from .errors import HostError, ReynoldsError
from .types import Decision

_PATIENCE_MS = 5000
"""Agents may be on their way: so long nothing is said."""


class Shortage:
    """They wait, and from outside that looks as if nothing had been asked for: so it is told, once for each wait."""

    def __init__(self, clock: Clock, trouble: Callable[[ReynoldsError], object]) -> None:
        self._clock = clock
        self._trouble = trouble
        # Those not told yet, of each tenant, with why.
        self._tasks: dict[tuple[str, str], str] = {}
        self._stop: Callable[[], object] | None = None

    def decided(self, decision: Decision) -> None:
        for verdict in decision["verdicts"]:
            if verdict["type"] != "task":
                continue
            task = verdict.get("tenant", ""), verdict["task"]
            if verdict.get("why") == "nobody":
                self._tasks[task] = verdict.get("reason", "")
            else:
                self._tasks.pop(task, None)
        if not self._tasks:
            self.close()
        elif not self._stop:
            self._stop = self._clock.after(_PATIENCE_MS, self._tell)

    def close(self) -> None:
        stop, self._stop = self._stop, None
        if stop:
            stop()

    def _tell(self) -> None:
        self._stop = None
        ((tenant, task), why), *more = self._tasks.items()
        of = f" of tenant `{tenant}`" if tenant else ""
        self._tasks.clear()
        others = f", and {len(more)} more" if more else ""
        message = (
            f"nobody could do the task `{task}`{of}{others} ({why}), and nobody has come in 5 seconds; `explain` says what it waits for, and "
            "why not this or that agent; add one that can do it, or cancel its plan"
        )
        self._trouble(HostError("RY2215", f"RY2215: {message}"))
