"""Runs `find` and `perform` of the host, in time, and one at a time for each subject."""

from __future__ import annotations

import asyncio
import inspect
import math
import re
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, cast

from ._tenants import Line, Tenants
from .clock import Clock
from .errors import HostError, ReynoldsError
from .host_types import Find, Perform, Performing
from .types import OutcomeResult


@dataclass(slots=True)
class Current:
    """A call of `perform` or `find`. Tasks that it starts inherit it, and may live longer."""

    effect: str
    running: bool = True


_current: ContextVar[Current | None] = ContextVar("reynolds_performing", default=None)
"""The call that is running here, or has started what is."""

_DAY_MS = 86_400_000


def not_while_performing(call: str) -> None:
    """Refuses what would wait for itself."""
    current = _current.get()
    if current is not None and current.running:
        raise HostError(
            "RY2210",
            f"RY2210: `{call}` was called while effect {current.effect} is being performed, and could wait for it for ever; return the "
            "outcome first, and let a handler do the rest",
        )


def set_once(future: asyncio.Future[None]) -> None:
    """Marks something as having come, if it has not before."""
    if not future.done():
        future.set_result(None)


async def got(value: Any) -> Any:
    """What host code returns, be it a plain function or an async one."""
    return await value if inspect.isawaitable(value) else value


def says(error: BaseException) -> str:
    """An error in one line of at most 500 characters, which can be stored whatever it is."""
    try:
        lines = str(error).strip().splitlines()
    except Exception:
        lines = []
    # Names of files that are no UTF-8 have halves of surrogate pairs.
    return (lines[0] if lines else type(error).__name__)[:500].encode("utf-8", "replace").decode()


def outcome_of(error: BaseException, now: int) -> OutcomeResult:
    """What an error of a platform's client says about the effect: aiohttp's, httpx's, requests' and those like them."""
    try:
        return _outcome_of(error, now)
    except Exception:  # Its attributes raise.
        return {"type": "ambiguous"}


def _outcome_of(error: BaseException, now: int) -> OutcomeResult:
    places = [error, getattr(error, "response", None)]
    found = (getattr(place, name, None) for place in places for name in ("status", "status_code"))
    status = next((value for value in found if isinstance(value, int) and not isinstance(value, bool)), 0)
    headers = [value for place in places if (value := getattr(place, "headers", None)) is not None]
    after_ms = _retry_after(headers, now)
    if after_ms is None and status in (403, 429):
        after_ms = _limit_ends(headers, now)
    if status in (403, 429, 503) and after_ms is not None:
        return {"type": "retry", "after_ms": after_ms}
    if status == 429:
        return {"type": "retry", "after_ms": 60_000}
    if 400 <= status < 500 and status != 408:
        return {"type": "failed", "reason": says(error)}
    return {"type": "ambiguous"}


def _header(headers: list[Any], name: str) -> str:
    """A header's text, however it is written: of the first of these in which it is."""
    for place in headers:
        try:
            # A plain dict has it as the platform wrote it.
            value = place[name] if name in place else next(value for key, value in place.items() if str(key).lower() == name)
        except (AttributeError, LookupError, StopIteration, TypeError):
            continue
        return str(value).strip()
    return ""


def _seconds(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[0-9]+(\.[0-9]*)?", text) else None


def _pause(ms: float) -> int:
    """A second at least, whatever a platform says: sent again at once, again and again, it would make a storm."""
    return math.ceil(min(max(ms, 1000), _DAY_MS))


def _retry_after(headers: list[Any], now: int) -> int | None:
    """Seconds, or a date."""
    text = _header(headers, "retry-after")
    if (seconds := _seconds(text)) is not None:
        return _pause(seconds * 1000)
    if not re.fullmatch(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT", text):
        return None
    try:
        return _pause(parsedate_to_datetime(text).timestamp() * 1000 - now)
    except ValueError:
        return None


def _limit_ends(headers: list[Any], now: int) -> int | None:
    """Until GitHub's rate limit is over, which it tells with a 403 and no `retry-after`."""
    reset = _seconds(_header(headers, "x-ratelimit-reset"))
    if reset is None or _seconds(_header(headers, "x-ratelimit-remaining")) != 0:
        return None
    return _pause(reset * 1000 - now)


class Attempt:
    """One effect in the hands of host code, from its release to its outcome."""

    __slots__ = ("current", "deadline", "effect", "id", "over", "place", "report", "task", "tenant", "waited", "what")

    def __init__(self, effect: Performing, report: Callable[[Attempt, Any], None]) -> None:
        # Told what became of it; also of an outcome that comes after its time, as a second one.
        self.report = report
        # Host code may change what it is given: what is needed afterwards is kept apart.
        self.effect, self.id, self.tenant = effect, effect["id"], effect.get("tenant")
        # Texts, whatever log mode lets through; and a pair, since either may have any character in it.
        self.place = f"{self.tenant or ''}", f"{effect['subject']}"
        # It did not begin when it was released: what has been said about it since is to be heard first.
        self.waited = False
        self.what = "perform"
        self.current = Current(self.id)
        self.over = False
        self.task: asyncio.Task[None] | None = None
        self.deadline: Deadline | None = None


@dataclass(eq=False, slots=True)
class Deadline:
    """One timer for all that begins in the same millisecond: most end long before it."""

    at: int
    attempts: set[Attempt]
    stop: Callable[[], object]


@dataclass
class Performer:
    perform: Perform
    find: Find | None
    clock: Clock
    timeout_ms: int
    concurrency: int
    report: Callable[[Attempt, Any], None]
    trouble: Callable[[ReynoldsError], None]
    start: Callable[[Coroutine[Any, Any, None], Context], asyncio.Task[None]]
    turn: Callable[[Attempt], bool]
    """May one that has waited begin now? If not, it has been answered, or needs no answer."""
    tenants: Tenants

    def __post_init__(self) -> None:
        self._running: set[Attempt] = set()
        # Those that wait for the one before them on their subject, and those that wait for one of the `concurrency` places.
        self._lines: dict[tuple[str, str], deque[Attempt] | None] = {}
        self._waiting: Line[Attempt] = Line(self.tenants)
        self._newest: Deadline | None = None
        # Each begins in a copy of this one, and not with what another has set.
        self._context = copy_context()
        self._aborted = self._halted = self._filling = False

    def begin(self, effect: Performing, report: Callable[[Attempt, Any], None] | None = None) -> None:
        """Performs an effect: now, or when those before it on its subject have ended. `report` is told instead of the host, of what
        is in no journal."""
        if self.aborted:
            return
        attempt = Attempt(effect, report or self.report)
        if attempt.place not in self._lines:
            self._lines[attempt.place] = None
            full = self._filling or len(self._running) >= self.concurrency
            if full or not self._waiting.is_next(attempt.place[0], self.concurrency):
                self._waiting.add(attempt.place[0], attempt)
                self._fill()
            else:
                self._fill(attempt)
        elif (line := self._lines[attempt.place]) is not None:
            line.append(attempt)
        else:
            self._lines[attempt.place] = deque([attempt])
        attempt.waited = True

    @property
    def aborted(self) -> bool:
        """Nothing more is performed."""
        return self._aborted or self._halted

    def halt(self) -> None:
        """Begins nothing more, since nothing can be stored of it. What runs goes on, and so does what is in no journal."""
        self._halted = True

    def abort(self) -> None:
        """Cancels everything that runs: nobody waits any longer."""
        self._aborted = True
        self._waiting.clear()
        self._lines.clear()
        for attempt in list(self._running):
            self._leave(attempt)
            if attempt.task:
                attempt.task.cancel()

    def _fill(self, attempt: Attempt | None = None) -> None:
        """Begins those that wait, as far as there are places. `attempt` has its turn before them."""
        if self._filling:
            return  # An event loop that begins tasks at once has come back here: it goes on where it was.
        self._filling = True
        try:
            if attempt:
                self._begin(attempt)
            while self._waiting.many and len(self._running) < self.concurrency and (next := self._waiting.next(self.concurrency)):
                if self._ends_here(next) or (next.waited and next.report is self.report and not self.turn(next)):
                    self._follow(next)
                else:
                    self._begin(next)
        finally:
            self._filling = False

    def _begin(self, attempt: Attempt) -> None:
        self._running.add(attempt)
        self._waiting.take(attempt.place[0])
        self._hurry(attempt)
        attempt.task = self.start(self._work(attempt), self._context.copy())

    def _ends_here(self, attempt: Attempt) -> bool:
        """It comes again, with the next process."""
        return self._halted and attempt.report is self.report

    async def _work(self, attempt: Attempt) -> None:
        _current.set(attempt.current)
        try:
            result = await self._result(attempt)
        except asyncio.CancelledError:
            if attempt.over or self._aborted:
                raise
            result = {"type": "ambiguous"}
        except Exception as error:
            if attempt.over:  # Nobody has waited for it.
                return
            result = self._raised(attempt, error)
        if not self._aborted:
            self._end(attempt, result)

    async def _result(self, attempt: Attempt) -> Any:
        if attempt.effect["redelivered"] and self.find:
            attempt.what = "find"
            found = await got(self.find(cast(Performing, {**attempt.effect})))
            if found is not None or attempt.over:
                return found
            if self._ends_here(attempt):
                return {"type": "ambiguous"}
            attempt.what = "perform"
            attempt.current.running = False
            attempt.current = Current(attempt.id)
            _current.set(attempt.current)
            self._calm(attempt)
            self._hurry(attempt)
        result = self.perform(attempt.effect)
        return await result if inspect.isawaitable(result) else result

    def _end(self, attempt: Attempt, result: Any) -> None:
        if attempt.over:  # What `find` says too late is asked for again.
            return attempt.report(attempt, result) if attempt.what == "perform" else None
        self._leave(attempt)
        self._follow(attempt)
        self._fill()
        attempt.report(attempt, result)

    def _follow(self, attempt: Attempt) -> None:
        """The next one on its subject waits for a place."""
        line = self._lines.get(attempt.place)
        if line:
            self._waiting.add(attempt.place[0], line.popleft())
        else:
            self._lines.pop(attempt.place, None)

    def _leave(self, attempt: Attempt) -> None:
        attempt.over = True
        attempt.current.running = False
        if attempt in self._running:
            self._running.discard(attempt)
            self._waiting.free(attempt.place[0])
        self._calm(attempt)

    def _raised(self, attempt: Attempt, error: Exception) -> OutcomeResult:
        # Nobody knows still, whatever a search has said: nothing is sent before somebody has looked.
        outcome: OutcomeResult = {"type": "ambiguous"} if attempt.what == "find" else outcome_of(error, self.clock.now())
        # What goes around the broker has a report of its own, and nobody tries it again.
        again = outcome["type"] != "failed" and attempt.report is self.report
        fate = f"{outcome['type']}, it is tried again, and its `send` waits for it" if again else outcome["type"]
        message = f"RY2212: `{attempt.what}` of effect {attempt.id} has raised, its outcome is {fate}: {says(error)}"
        self.trouble(caused("RY2212", message, error))
        return outcome

    # Time.

    def _hurry(self, attempt: Attempt) -> None:
        now, deadline = self.clock.now(), self._newest
        if deadline is None or deadline.at != now or not deadline.attempts:
            deadline = self._newest = Deadline(now, set(), lambda: None)
            deadline.stop = self.clock.after(self.timeout_ms, partial(self._time_is_up, deadline))
        deadline.attempts.add(attempt)
        attempt.deadline = deadline

    def _calm(self, attempt: Attempt) -> None:
        deadline, attempt.deadline = attempt.deadline, None
        if deadline:
            deadline.attempts.discard(attempt)
            if not deadline.attempts:
                deadline.stop()

    def _time_is_up(self, deadline: Deadline) -> None:
        for attempt in list(deadline.attempts):
            message = (
                f"RY2209: `{attempt.what}` of effect {attempt.id} has not answered within {self.timeout_ms} ms and was cancelled; "
                "its outcome counts as ambiguous, and it comes again; make it faster, or raise timeout_ms"
            )
            self.trouble(HostError("RY2209", message))
            self._end(attempt, {"type": "ambiguous"})
            if attempt.task:
                attempt.task.cancel()


def caused(code: str, message: str, error: BaseException) -> HostError:
    """An error of the host layer with what it comes from."""
    found = HostError(code, message)
    found.__cause__ = error
    return found
