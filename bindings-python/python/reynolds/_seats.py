"""Which handlers run: so many at once, tenants by turns, in the order in which their events came. The others wait; their events are
durable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar, copy_context
from typing import Any, TypeAlias

from ._tenants import Line, Tenants
from .clock import Clock
from .errors import HostError, ReynoldsError
from .types import HandleEffect

_current: ContextVar[Seat | None] = ContextVar("reynolds_handling", default=None)
"""The place of the handler that is running here, or has started what is."""


Waits: TypeAlias = "tuple[str, Callable[[Seat], object], Callable[[ReynoldsError], object]]"
"""A tenant, what begins when there is a place, and who is told where that will not be."""

_LONG_MS = 60_000
"""A host without a free place for so long is stuck, or has too few."""


class Seats:
    def __init__(
        self, most: int, unlimited: Callable[[], bool], tenants: Tenants, clock: Clock, trouble: Callable[[ReynoldsError], None]
    ) -> None:
        self._most, self._unlimited, self._clock, self._trouble = most, unlimited, clock, trouble
        # Those that have a place, the longest first.
        self._sit: dict[Seat, None] = {}
        # Handlers that run, and do not just wait for what they sent.
        self.running = 0
        self._waiting: Line[Waits] = Line(tenants)
        # Handlers begin in copies of this one, and not with what the one has set that has made place for them.
        self.context = copy_context()
        self._filling = False
        # Since when all places are taken; what stops the timer that says so; and whether that was said.
        self._full: int | None = None
        self._stop: Callable[[], object] | None = None
        self._told = False

    @property
    def taken(self) -> int:
        """How many places are taken."""
        return len(self._sit)

    def take(self, begin: Callable[[Seat], object], dropped: Callable[[ReynoldsError], object], tenant: str = "") -> None:
        """Begins when there is a place, after all of its tenant who came before. `dropped` is told where that will not be."""
        if self._filling or len(self._sit) >= self._most or not self._waiting.is_next(tenant, self._most):
            self._waiting.add(tenant, (tenant, begin, dropped))
            self.fill()
        else:
            self.fill((tenant, begin, dropped))

    def fill(self, waits: Waits | None = None) -> None:
        """Begins those who wait, as far as there are places. `waits` has its turn before them."""
        if self._filling:
            return  # An event loop that begins tasks at once has come back here: it goes on where it was.
        self._filling = True
        try:
            while waits or (waits := self._next()):
                tenant, begin, _ = waits
                waits = None
                begin(Seat(self, tenant))
        finally:
            self._filling = False
            self.look()

    def _next(self) -> Waits | None:
        many = self._waiting.many
        if many and self._unlimited():
            return self._waiting.next(many + self.taken + 2)
        return self._waiting.next(self._most) if many and len(self._sit) < self._most else None

    def sit(self, seat: Seat) -> None:
        """A place is taken."""
        self._sit[seat] = None
        self._waiting.take(seat.tenant)

    def rise(self, seat: Seat) -> None:
        """A place is free."""
        del self._sit[seat]
        self._waiting.free(seat.tenant)

    def look(self) -> None:
        """Says so once when all places are taken for long: nothing else would, where handlers wait for what never comes."""
        many = self._waiting.many
        # Where somebody waits beside a free place, his tenant has all that it may have.
        if (not many and len(self._sit) < self._most) or self._unlimited():
            if self._full is not None:
                self._rest()
                self._full, self._told = None, False
            return
        if self._full is None:
            self._full = self._clock.now()
        if many and not self._told and not self._stop:
            self._stop = self._clock.after(max(self._full + _LONG_MS - self._clock.now(), 0), self._tell)

    def _rest(self) -> None:
        stop, self._stop = self._stop, None
        if stop:
            stop()

    def _tell(self) -> None:
        self._stop = None
        longest, many = next((seat.event for seat in self._sit if seat.event), None), self._waiting.many
        if not many or longest is None:
            return
        self._told = True
        message = (
            f"all {min(self.taken, self._most)} places for handlers have been taken for a minute, the longest by the handler of event "
            f"{longest}; {many} events wait; let handlers end, give what they wait for a timeout, or raise max_handlers"
        )
        self._trouble(HostError("RY2214", f"RY2214: {message}"))

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
        waiting = list(self._waiting)
        self._waiting.clear()
        self._rest()
        for _, _, dropped in waiting:
            dropped(why)


class Seat:
    """The place of one handler. While it waits for what itself needs places, it has none, and needs none to go on: otherwise those who
    wait could wait for each other."""

    __slots__ = ("_away", "_effect", "_over", "_seats", "_sending", "tenant")

    def __init__(self, seats: Seats, tenant: str) -> None:
        self._seats, self.tenant, self._over = seats, tenant, False
        self._effect: HandleEffect | None = None
        self._away = self._sending = 0
        seats.sit(self)
        seats.running += 1

    @property
    def event(self) -> str | None:
        """The id of the event that its handler was called for."""
        return self._effect["event"]["id"] if self._effect else None

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
            self._seats.rise(self)
            self._seats.fill()

    def back(self, sending: bool) -> None:
        if self._over:
            return
        self._sending -= sending
        self._seats.running += sending and self._sending == 0
        self._away -= 1
        if self._away == 0:
            self._seats.sit(self)
            self._seats.look()

    def end(self) -> None:
        """The handler has ended. What it still waits for elsewhere counts no more."""
        if self._over:
            return
        self._over = True
        self._seats.running -= self._sending == 0
        if self._away == 0:
            self._seats.rise(self)
        self._seats.fill()


def away() -> AbstractContextManager[None]:
    """The handler that is running here, if one is, waits for other handlers: they get its place."""
    seat = _current.get()
    return _away(seat) if seat else _NOBODY


_NOBODY = nullcontext()


@contextmanager
def _away(seat: Seat) -> Iterator[None]:
    seat.leave(False)
    try:
        yield
    finally:
        seat.back(False)
