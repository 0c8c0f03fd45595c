"""Which handlers run: so many at once, in the order in which their events came. The others wait; their events are durable."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any

from .errors import HostError, ReynoldsError
from .types import HandleEffect

_current: ContextVar[Seat | None] = ContextVar("reynolds_handling", default=None)
"""The place of the handler that is running here, or has started what is."""


class Seats:
    def __init__(self, most: int, unlimited: Callable[[], bool]) -> None:
        self._most, self._unlimited = most, unlimited
        self.taken = 0
        # Handlers that run, and do not just wait for what they sent.
        self.running = 0
        self._waiting: deque[tuple[Callable[[Seat], object], Callable[[ReynoldsError], object]]] = deque()
        # Handlers begin in copies of this one, and not with what the one has set that has made place for them.
        self.context = copy_context()
        self._filling = False

    def take(self, begin: Callable[[Seat], object], dropped: Callable[[ReynoldsError], object]) -> None:
        """Begins when there is a place, after all who came before. `dropped` is told where that will not be."""
        self._waiting.append((begin, dropped))
        self.fill()

    def fill(self) -> None:
        if self._filling:
            return  # An event loop that begins tasks at once has come back here: it goes on where it was.
        self._filling = True
        try:
            while self._waiting and (self.taken < self._most or self._unlimited()):
                self._waiting.popleft()[0](Seat(self))
        finally:
            self._filling = False

    def not_inside(self, call: str) -> None:
        """Refuses a handler what would wait for its own end."""
        here = _current.get()
        # A handler of another host may wait for this one, and so may what a handler has started, when that has ended.
        if here and here.is_in(self):
            raise HostError(
                "RY2210",
                f"RY2210: `{call}` was called while its handler runs, and would wait for that handler for ever; let the handler end "
                "first, and call it from where nobody waits for the call",
            )

    def caused(self, plan: Any) -> Any:
        """A plan that a handler begins comes of its event, unless it says what it comes of: a loop through plans is seen by that. The
        call stands for the event, which may be forgotten before it is handled."""
        seat = _current.get()
        effect = seat.called_for(self) if seat else None
        if effect is None or not isinstance(plan, Mapping) or "cause" in plan:
            return plan
        same = (plan.get("tenant") or "") == effect.get("tenant", "")
        return {**plan, "cause": effect["id"]} if same else plan

    def drop(self, why: ReynoldsError) -> None:
        """Those that wait do not begin any more."""
        waiting, self._waiting = self._waiting, deque()
        for _, dropped in waiting:
            dropped(why)


class Seat:
    """The place of one handler. While it waits for what itself needs places, it has none, and needs none to go on: otherwise those who
    wait could wait for each other."""

    __slots__ = ("_away", "_effect", "_over", "_seats", "_sending")

    def __init__(self, seats: Seats) -> None:
        self._seats, self._over = seats, False
        self._effect: HandleEffect | None = None
        self._away = self._sending = 0
        seats.taken += 1
        seats.running += 1

    def is_in(self, seats: Seats) -> bool:
        """Does its handler still run, and there?"""
        return self._seats is seats and not self._over

    def enter(self, effect: HandleEffect) -> None:
        """What runs here from now on runs in this place."""
        self._effect = effect
        _current.set(self)

    def called_for(self, seats: Seats) -> HandleEffect | None:
        """What its handler was called for, as long as that runs, in a host of these places."""
        return None if self._over or self._seats is not seats else self._effect

    def leave(self, sending: bool) -> None:
        if self._over:
            return
        self._sending += sending
        self._seats.running -= sending and self._sending == 1
        self._away += 1
        if self._away == 1:
            self._seats.taken -= 1
            self._seats.fill()

    def back(self, sending: bool) -> None:
        if self._over:
            return
        self._sending -= sending
        self._seats.running += sending and self._sending == 0
        self._away -= 1
        self._seats.taken += self._away == 0

    def end(self) -> None:
        """The handler has ended. What it still waits for elsewhere counts no more."""
        if self._over:
            return
        self._over = True
        self._seats.running -= self._sending == 0
        self._seats.taken -= self._away == 0
        self._seats.fill()


@contextmanager
def away() -> Iterator[None]:
    """The handler that is running here, if one is, waits for other handlers: they get its place."""
    seat = _current.get()
    if seat:
        seat.leave(False)
    try:
        yield
    finally:
        if seat:
            seat.back(False)
