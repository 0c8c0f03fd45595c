"""One queue in front of one broker. Whatever arrives while the disk is busy is decided together and stored with one sync:
an answer comes when its record is durable, and so do effects."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol, TypeAlias, TypeVar

from ._native import Broker
from .clock import Clock
from .errors import ReynoldsError
from .types import Decision, Effect, Input


T = TypeVar("T")

_STUCK_MS = 1000
_TOGETHER = 1000
"""So many inputs are decided before anything else can happen in this thread."""


class Listener(Protocol):
    """What a mailbox tells its host. None of these may raise."""

    def decided(self, decision: Decision, input: Input | None) -> None:
        """Something was decided: because of an input, or because it was due. It is durable now."""

    def released(self, effect: Effect) -> None:
        """An effect may leave."""

    def fatal(self, error: ReynoldsError) -> None:
        """The journal can not be written: this is the end of the mailbox."""

    def trouble(self, error: ReynoldsError) -> None:
        """Something went wrong that ends nothing."""


Heard: TypeAlias = Callable[[Decision], object] | None
"""Told before any of its effects leaves."""
Told: TypeAlias = Callable[[Decision | None, ReynoldsError | None], object]
"""Told at the end: what was decided, or why nothing was."""
Letter: TypeAlias = tuple[Input, Heard, Told]


class Mailbox:
    def __init__(self, broker: Broker, clock: Clock, listener: Listener, snapshot_every: int, durable: bool) -> None:
        self._broker, self._clock, self._listener = broker, clock, listener
        self._snapshot_every = snapshot_every
        # One thread: it waits for the disk, so that the event loop does not.
        self._disk = ThreadPoolExecutor(1, "reynolds") if durable else None
        # What it starts must not think that it was started by whoever happened to submit something.
        self._context = contextvars.copy_context()
        self._queue: list[Letter] = []
        self._cursor = 0
        self._stored = broker.opened["last"]
        # Also counted are the records of earlier processes: one that is often started anew would store no snapshot otherwise.
        self._snapshot_at = broker.opened.get("snapshot") or 0
        self._working: asyncio.Task[None] | None = None
        self._again = False
        self._cancel_timer: Callable[[], object] | None = None
        self._end: ReynoldsError | None = None

    @property
    def quiet(self) -> bool:
        """Nothing is queued or being stored."""
        return self._working is None and not self._queue

    def submit(self, input: Input, heard: Heard = None) -> asyncio.Future[Decision]:
        """Submits an input: what was decided, once that is durable. `heard` is told before any of its effects leaves."""
        answer: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self.post(input, heard, partial(_answer, answer))
        return answer

    def post(self, input: Input, heard: Heard, told: Told) -> None:
        """The same without a future: most of what a host submits has nobody who waits for it."""
        if self._end:
            told(None, self._end)
            return
        self._queue.append((input, heard, told))
        if self._working is None:
            self.wake()

    def wake(self) -> None:
        """Looks for something to do: also at the start, for what was under way when the journal was last used."""
        if self._working is None and not self._end:
            # It begins in the next turn of the event loop, so that what is submitted in one go is stored in one go. No factory of the
            # loop's makes it: one that begins tasks at once would have it end before it is known here.
            loop, context = asyncio.get_running_loop(), self._context.copy()
            self._working = asyncio.Task(self._work(), loop=loop, context=context)
        else:
            self._again = True

    async def settled(self) -> None:
        """Returns when it is quiet."""
        while self._working is not None:
            await asyncio.wait({self._working})

    async def snapshot(self) -> int:
        """Stores a snapshot, after everything that is queued."""
        await self.settled()
        if self._end:
            raise self._end
        self._snapshot_at = await self._on_disk(self._broker.save_snapshot)
        return self._snapshot_at

    async def close(self, why: ReynoldsError) -> None:
        """Stores what is queued, closes the journal, and refuses everything from then on."""
        await self.settled()
        self._stop(why)
        await self._on_disk(self._broker.close)
        if self._disk:
            self._disk.shutdown(wait=False)

    async def _on_disk(self, call: Callable[[], T]) -> T:
        if self._disk is None:
            return call()
        return await asyncio.get_running_loop().run_in_executor(self._disk, call)

    async def _work(self) -> None:
        try:
            while True:
                self._again = False
                letters, self._queue = self._queue[:_TOGETHER], self._queue[_TOGETHER:]
                await self._round(letters)
                if not (self._again or self._queue) or self._end:
                    break
        finally:
            self._working = None

    async def _round(self, letters: list[Letter]) -> None:
        try:
            now = self._clock.now()
            answers = self._decide(now, letters)
            due = self._broker.advance(now)
            # The answer to what was delivered before has the number of its original: the last need not be the latest.
            last = max((answer["seq"] for answer in (due, *answers) if isinstance(answer, dict)), default=0)
            if last > self._stored:
                self._stored = await self._on_disk(self._broker.commit)
            released = self._broker.released(self._cursor)
        except ReynoldsError as error:
            return self._fatal(error, letters)
        for (_, heard, _), answer in zip(letters, answers, strict=True):
            if heard and isinstance(answer, dict):
                heard(answer)
        for effect in released:
            self._cursor = effect["release"]
            self._listener.released(effect)
        for (input, _, told), answer in zip(letters, answers, strict=True):
            if isinstance(answer, dict):
                self._listener.decided(answer, input)
                told(answer, None)
            else:
                told(None, answer)
        if due:
            self._listener.decided(due, None)
        if self._stored - self._snapshot_at >= self._snapshot_every:
            await self._save_snapshot()
        self._sleep(now, due is None)

    def _decide(self, now: int, letters: list[Letter]) -> list[Decision | ReynoldsError]:
        """An answer for each letter. Those that do not fit beside what waits for the disk already go back into the queue, with all
        behind them: what one has said keeps its order."""
        answers: list[Decision | ReynoldsError] = []
        for at, (input, _, _) in enumerate(letters):
            try:
                answers.append(self._broker.submit(now, input))
            except ReynoldsError as error:
                if error.code == "RY2001":
                    raise
                if answers and error.code == "RY1007" and error.field == "staged":
                    self._queue[:0] = letters[at:]
                    del letters[at:]
                    break
                answers.append(error)
        return answers

    async def _save_snapshot(self) -> None:
        self._snapshot_at = self._stored
        try:
            await self._on_disk(self._broker.save_snapshot)
        except ReynoldsError as error:
            self._listener.trouble(error)

    def _sleep(self, now: int, idle: bool) -> None:
        if self._cancel_timer:
            self._cancel_timer()
        wakeup = self._broker.wakeup()
        ms = wakeup["at"] - self._clock.now() if wakeup else None
        if wakeup and wakeup["reason"] == "backlog":
            ms = 0  # Due at once, also where our clock was set back behind the broker's time.
        elif wakeup and idle and wakeup["at"] <= now:
            ms = _STUCK_MS  # It is due and is not done, because the time can not be: asking at once would not end.
        self._cancel_timer = None if ms is None or self._end else self._clock.after(ms, self.wake)

    def _fatal(self, error: ReynoldsError, letters: list[Letter]) -> None:
        self._queue = [*letters, *self._queue]
        self._stop(error)
        self._listener.fatal(error)

    def _stop(self, why: ReynoldsError) -> None:
        self._end = self._end or why
        if self._cancel_timer:
            self._cancel_timer()
        letters, self._queue = self._queue, []
        for _, _, told in letters:
            told(None, self._end)


def _answer(answer: asyncio.Future[Decision], decision: Decision | None, error: ReynoldsError | None) -> None:
    # Who no longer waits is not told; what was decided stays decided.
    if answer.done():
        return
    if decision is None:
        answer.set_exception(error or RuntimeError("neither decided nor refused"))
    else:
        answer.set_result(decision)
