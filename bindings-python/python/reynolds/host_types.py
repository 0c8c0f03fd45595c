"""What host code gives to `reynolds.open` and gets from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, NotRequired, Protocol, TypeAlias, TypedDict, Unpack, overload

from .types import ActEffect, Decision, Denial, Event, HoldReason, OutcomeResult, Proposal, Sending

__all__ = [
    "DeniedSent",
    "DoneSent",
    "DuplicateSent",
    "FailedSent",
    "Find",
    "Handled",
    "Handler",
    "HeldSent",
    "Keys",
    "NotHandled",
    "Perform",
    "Performing",
    "Result",
    "Sent",
    "Turn",
]

Keys: TypeAlias = Mapping[int, bytes | str]
"""The keys of lineage tokens: `{2: "new secret", 1: "old secret"}`. The first signs, all verify. Numbers are 0 to 255. They are
never stored in the journal."""


class Performing(ActEffect):
    """An effect to perform, with its idempotency key."""

    idempotency_key: str
    """The broker's name and the effect's id, the same on every replay: for platforms that take such a key."""


Perform: TypeAlias = Callable[[Performing], Awaitable[OutcomeResult] | OutcomeResult]
"""The only place that talks to the outside world. It must say what became of the effect. An async function, or a plain one: that
holds up everything else while it runs, and `timeout_ms` can not cut it off."""

Find: TypeAlias = Callable[[Performing], "Awaitable[OutcomeResult | None] | OutcomeResult | None"]
"""Looks on the platform for an effect that may have happened: its result, or `None`. An async function, or a plain one."""


class DoneSent(TypedDict):
    """It happened."""

    type: Literal["done"]
    effect: str
    """The effect's id."""
    object: NotRequired[str]
    """The id the platform gave."""
    objects: NotRequired[list[str]]
    """Further ids."""
    would: NotRequired[Denial]
    """In log mode: why it would have been denied."""
    would_hold: NotRequired[HoldReason]
    """With `would`: it would have been held, for this, not denied. Most such holds end by themselves."""


class HeldSent(TypedDict):
    """It is kept back: a person, or time, decides about it later."""

    type: Literal["held"]
    effect: str
    until: int
    """When this ends at the latest."""
    why: str


class DeniedSent(TypedDict):
    """It is refused for good."""

    type: Literal["denied"]
    effect: str
    denial: Denial
    why: str


class DuplicateSent(TypedDict):
    """It was sent before, for the same event."""

    type: Literal["duplicate"]
    of: str
    """The original's effect id."""
    why: str


class FailedSent(TypedDict):
    """It did not happen and will not, or nobody waits for it any longer."""

    type: Literal["failed"]
    effect: str
    why: str


Sent: TypeAlias = DoneSent | HeldSent | DeniedSent | DuplicateSent | FailedSent
"""What became of something sent. All but `done` say `why`."""


class Patched(Decision):
    """What was decided about a change of a plan."""

    key: str
    """The key it has: the one that was given, or the one that was made for it."""
    duplicate: bool
    """Its key was known, and nothing has changed."""


class Turn(Protocol):
    """One event in the hands of host code."""

    @property
    def event(self) -> Event:
        """The event."""
        ...

    @property
    def subject(self) -> str:
        """What it happened to: where an answer usually goes."""
        ...

    @property
    def chain(self) -> str:
        """The chain it belongs to."""
        ...

    @property
    def redelivered(self) -> bool:
        """It was given to host code before, and nobody knows how far that got."""
        ...

    @property
    def would(self) -> Literal["echo", "duplicate"] | None:
        """In log mode: the host would not have been asked, because the event is this bot's own doing, or was delivered
        before."""
        ...

    @overload
    async def send(self, /, **fields: Unpack[Sending]) -> Sent: ...

    @overload
    async def send(self, proposal: Sending | Proposal, /, **fields: Any) -> Sent: ...

    async def send(self, proposal: Any = None, /, **fields: Any) -> Sent:
        """Wants an effect, and tells what became of it. `key` makes it idempotent: sent again for the same event, also after
        a crash, it is a duplicate. Without a key its content counts. `subject` is the event's, if nothing else is said.

        Raises: `Rejected` RY1xxx if the proposal can not be used. `HostError` RY2206 if this handler has used its key for another kind
        or subject. If the host closes first, the handler is cancelled (`HostError`
        RY2202 in other tasks): the effect has not failed, and comes again after the next open, with the same id.
        """
        ...


Handler: TypeAlias = Callable[[Turn], object]
"""Host code for an event: an async function, or a plain one."""


class Handled(TypedDict):
    """The handler has run."""

    type: Literal["handled"]
    decision: Decision
    value: Any
    """What it returned."""


class NotHandled(TypedDict):
    """The handler was not run, and why."""

    type: Literal["duplicate", "echo", "held", "denied"]
    decision: Decision
    why: str


Result: TypeAlias = Handled | NotHandled
"""What `handle` came to."""
