"""Who is next: tenants share places, and take turns."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Tenants:
    """Whose work a host has been given: until a second tenant is seen, the only one need leave no place to others."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        """`known` are those of the journal. The default one is always among them, used or not."""
        self.several = sum(tenant != "" for tenant in known) > 1
        self._one: str | None = None

    def saw(self, tenant: str) -> None:
        if self._one is None:
            self._one = tenant
        self.several = self.several or tenant != self._one


class Line(Generic[T]):
    """Those that wait for a place, and how many places each tenant has. Tenants take turns, and within one the first is first. Where
    there are several, none has the last place: what hangs for one is not to stop all others."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants
        # By tenant; the first of them is next.
        self._waiting: dict[str, deque[T]] = {}
        self._taken: dict[str, int] = {}
        # How many wait.
        self.many = 0

    def __iter__(self) -> Iterator[T]:
        return (one for waiting in self._waiting.values() for one in waiting)

    def add(self, tenant: str, one: T) -> None:
        """It waits behind those of its tenant."""
        self._tenants.saw(tenant)
        if waiting := self._waiting.get(tenant):
            waiting.append(one)
        else:
            self._waiting[tenant] = deque([one])
        self.many += 1

    def is_next(self, tenant: str, most: int) -> bool:
        """Would who comes now have its turn at once, with so many places in all? Then it need not wait here."""
        self._tenants.saw(tenant)
        return not self.many and self._taken.get(tenant, 0) < self._share(most)

    def next(self, most: int) -> T | None:
        """Whose turn it is with so many places in all, or `None` where nobody may have one now."""
        if not self.many:
            return None
        share = self._share(most)
        for tenant, waiting in self._waiting.items():
            if self._taken.get(tenant, 0) < share:
                del self._waiting[tenant]
                one = waiting.popleft()
                self.many -= 1
                if waiting:
                    self._waiting[tenant] = waiting
                return one
        return None

    def _share(self, most: int) -> int:
        """How many places one tenant may have."""
        return most - 1 if self._tenants.several and most > 1 else most

    def take(self, tenant: str) -> None:
        """A tenant has one place more."""
        self._taken[tenant] = self._taken.get(tenant, 0) + 1

    def free(self, tenant: str) -> None:
        """A tenant has one place less."""
        left = self._taken.pop(tenant) - 1
        if left:
            self._taken[tenant] = left

    def clear(self) -> None:
        """Nobody waits any more. Who has a place has it still."""
        self._waiting.clear()
        self.many = 0
