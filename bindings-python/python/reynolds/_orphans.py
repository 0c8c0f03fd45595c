"""Events whose handler is not here."""

from __future__ import annotations

from collections.abc import Callable

from ._config import INLINE, Identity, identity
from .errors import HostError, ReynoldsError
from .types import HandleEffect


class Orphans:
    """They wait: for their platform to deliver them again, or for the next open."""

    def __init__(self, trouble: Callable[[ReynoldsError], None]) -> None:
        self._trouble = trouble
        # Those given to `handle`, by what makes two deliveries one event.
        self._inline: dict[Identity, HandleEffect] = {}
        # Effects for handlers that have a name.
        self._named: set[str] = set()

    def has(self, effect: HandleEffect) -> bool:
        """Is it known here that nobody handles it?"""
        return identity(effect["event"]) in self._inline if effect["handler"] == INLINE else effect["id"] in self._named

    def __contains__(self, key: Identity) -> bool:
        return key in self._inline

    def take(self, key: Identity) -> HandleEffect | None:
        """The event that was delivered again: somebody handles it now."""
        return self._inline.pop(key, None)

    def add(self, effect: HandleEffect) -> None:
        """Nobody handles it, so it waits. Also where no rule names its handler any more: whoever takes a deploy back has it again."""
        if effect["handler"] == INLINE:
            self._inline[identity(effect["event"])] = effect
            message = (
                f"the process ended while event {effect['event']['id']} was being handled; give `resume` to `open`, or have it "
                "delivered again; until then it waits"
            )
        else:
            message = (
                f"there is no handler `{effect['handler']}` for effect {effect['id']}; give it in `handlers`; until the next open it waits; "
                "to drop it, submit its outcome as `cancelled`"
            )
            self._named.add(effect["id"])
        self._trouble(HostError("RY2211", f"RY2211: {message}"))
