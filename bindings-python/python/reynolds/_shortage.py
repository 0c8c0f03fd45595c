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
        # Those not told yet, by tenant and name, the longest first, with when that is due and why.
        self._tasks: dict[tuple[str, str], tuple[int, str]] = {}
        self._stop: Callable[[], object] | None = None

    def decided(self, decision: Decision) -> None:
        for verdict in decision["verdicts"]:
            if verdict["type"] != "task":
                continue
            task = verdict.get("tenant", ""), verdict["task"]
            if verdict.get("why") == "nobody":
                self._tasks.pop(task, None)
                self._tasks[task] = self._clock.now() + _PATIENCE_MS, verdict.get("reason", "")
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
        now = self._clock.now()
        due = [task for task, (at, _) in self._tasks.items() if at <= now]
        if due:
            self._say(due[0], self._tasks[due[0]][1], len(due) - 1)
        for task in due:
            del self._tasks[task]
        if self._tasks:
            self._stop = self._clock.after(min(next(iter(self._tasks.values()))[0] - now, _PATIENCE_MS), self._tell)

    def _say(self, which: tuple[str, str], why: str, more: int) -> None:
        tenant, task = which
        of = f" of tenant `{tenant}`" if tenant else ""
        others = f", and {more} more" if more else ""
        message = (
            f"nobody could do the task `{task}`{of}{others} ({why}), and nobody has come in 5 seconds; `explain` says what it waits for, and "
            "why not this or that agent; add one that can do it, or cancel its plan"
        )
        self._trouble(HostError("RY2215", f"RY2215: {message}"))
