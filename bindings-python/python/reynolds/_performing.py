"""Runs `find` and `perform` of the host, in time, and one at a time for each subject."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

from .clock import Clock
from .errors import HostError, ReynoldsError
from .host_types import Find, Perform, Performing
from .types import OutcomeResult

_current: ContextVar[str | None] = ContextVar("reynolds_performing", default=None)
"""The effect whose `perform` or `find` is running here."""


def not_while_performing(call: str) -> None:
    """Refuses what would wait for itself."""
    effect = _current.get()
    if effect is not None:
        raise HostError(
            "RY2210",
            f"RY2210: `{call}` was called while effect {effect} is being performed, and could wait for it for ever; return the "
            "outcome first, and let a handler do the rest",
        )


def set_once(future: asyncio.Future[None]) -> None:
    """Marks something as having come, if it has not before."""
    if not future.done():
        future.set_result(None)


def says(error: BaseException) -> str:
    """An error in one line of at most 500 characters."""
    return (str(error) or type(error).__name__).split("\n")[0][:500]


def outcome_of(error: BaseException) -> OutcomeResult:
    """What an error of a platform's client says about the effect: aiohttp's, httpx's, requests' and those like them."""
    response = getattr(error, "response", None)
    places = [error, response]
    found = (getattr(place, name, None) for place in places for name in ("status", "status_code"))
    status = next((value for value in found if isinstance(value, int)), 0)
    headers = next((value for place in places if (value := getattr(place, "headers", None)) is not None), None)
    after_ms = _retry_after(headers)
    if status in (403, 429, 503) and after_ms is not None:
        return {"type": "retry", "after_ms": after_ms}
    if status == 429:
        return {"type": "retry", "after_ms": 60_000}
    if 400 <= status < 500 and status != 408:
        return {"type": "failed", "reason": says(error)}
    return {"type": "ambiguous"}


def _retry_after(headers: Any) -> int | None:
    try:
        value = next((headers[name] for name in ("retry-after", "Retry-After") if name in headers), None)
        seconds = int(value) if value is not None else None
    except (TypeError, ValueError, LookupError):
        return None
    return None if seconds is None or seconds < 0 else min(seconds * 1000, 86_400_000)


@dataclass
class Performer:
    perform: Perform
    find: Find | None
    clock: Clock
    timeout_ms: int
    concurrency: int
    trouble: Callable[[ReynoldsError], None]

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.concurrency)
        self._subjects: dict[str, asyncio.Future[None]] = {}
        self._running: set[asyncio.Task[Any]] = set()

    async def run(self, effect: Performing, late: Callable[[Any], None]) -> Any:
        """The outcome. Where it came too late to be waited for, `late` is called with it."""
        subject = f"{effect.get('tenant', '')}\n{effect['subject']}"
        before = self._subjects.get(subject)
        own = self._subjects[subject] = asyncio.get_running_loop().create_future()
        try:
            if before:
                await asyncio.wait({before})
            async with self._places:
                return await self._attempt(effect, late)
        finally:
            if self._subjects.get(subject) is own:
                del self._subjects[subject]
            own.set_result(None)

    def abort(self) -> None:
        """Cancels everything that runs: nobody waits any longer."""
        for task in self._running:
            task.cancel()

    async def _attempt(self, effect: Performing, late: Callable[[Any], None]) -> Any:
        if effect["redelivered"] and self.find:
            value, failed = await self._limited(effect, "find", self.find, lambda _: None)
            if failed:  # Nobody knows still: nothing is sent before somebody has looked.
                return {"type": "ambiguous"}
            if value is not None:
                return value
        value, failed = await self._limited(effect, "perform", self.perform, late)
        return failed or value

    async def _limited(
        self, effect: Performing, what: str, call: Callable[[Performing], Awaitable[Any]], late: Callable[[Any], None]
    ) -> tuple[Any, OutcomeResult | None]:
        async def work() -> Any:
            _current.set(effect["id"])
            return await call(cast(Performing, dict(effect)))

        task = asyncio.create_task(work(), name=f"reynolds {what} {effect['id']}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        time_is_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        stop = self.clock.after(self.timeout_ms, lambda: set_once(time_is_up))
        try:
            await asyncio.wait({task, time_is_up}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            stop()
        if not task.done():
            return None, self._too_late(effect, what, task, late)
        if task.cancelled():
            return None, {"type": "ambiguous"}
        if (error := task.exception()) is None:
            return task.result(), None
        failed = outcome_of(error)
        message = f"`{what}` of effect {effect['id']} has raised, its outcome is {failed['type']}: {says(error)}"
        self.trouble(_caused("RY2212", message, error))
        return None, failed

    def _too_late(
        self, effect: Performing, what: str, task: asyncio.Task[Any], late: Callable[[Any], None]
    ) -> OutcomeResult:
        def ended(task: asyncio.Task[Any]) -> None:
            if not task.cancelled() and task.exception() is None:
                late(task.result())

        task.add_done_callback(ended)
        task.cancel()
        message = (
            f"RY2209: `{what}` of effect {effect['id']} has not answered within {self.timeout_ms} ms and was cancelled; its outcome "
            "counts as ambiguous, and it comes again; make it faster, or raise timeout_ms"
        )
        self.trouble(HostError("RY2209", message))
        return {"type": "ambiguous"}


def _caused(code: str, message: str, error: BaseException) -> HostError:
    caused = HostError(code, f"{code}: {message}")
    caused.__cause__ = error
    return caused
