"""Read-only questions to a broker."""

from __future__ import annotations

from typing import Any, Literal, cast

from ._native import Broker
from .types import Config, Count, Known, Open, PlanStatus, Question, Repetition, Spent, Status, StopStanding, TaskStatus, Tripped

__all__ = ["View"]


class View:
    """What can be asked of a broker. Tenants are named as in inputs; the default one is `""`."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def _ask(self, question: Question) -> Any:
        return self._broker.ask(cast(dict[str, Any], question))

    def status(self) -> Status:
        """Where the broker stands."""
        return cast(Status, self._ask({"type": "status"}))

    def config(self) -> Config:
        """The configuration in force."""
        return cast(Config, self._ask({"type": "config"}))

    def digest(self) -> str:
        """Digest of the whole state, 16 hexadecimal digits: equal states have equal digests, in every language."""
        return cast(str, self._ask({"type": "digest"}))

    def tenant_digest(self, tenant: str) -> str | None:
        """Digest of one tenant's part of the state."""
        return cast("str | None", self._ask({"type": "digest", "tenant": tenant}))

    def open(self, tenant: str = "") -> list[Open]:
        """Effects that have not ended, by id."""
        return cast(list[Open], self._ask({"type": "open", "tenant": tenant}))

    def open_effect(self, effect: str, tenant: str = "") -> Open | None:
        """One effect, if it has not ended."""
        return cast("Open | None", self._ask({"type": "open_effect", "effect": effect, "tenant": tenant}))

    def turn(self, effect: str, at: int, tenant: str = "") -> Literal["perform", "put_off", "over"]:
        """What to do at this time with an effect that was released, but has not begun, because others had their turn first: `perform`
        it; `put_off`, and report `{"type": "retry", "after_ms": 0}` instead, for a person has stopped it or its time is over; or
        nothing, for it is `over`. The host asks this by itself."""
        question: Question = {"type": "turn", "effect": effect, "at": at, "tenant": tenant}
        return cast('Literal["perform", "put_off", "over"]', self._ask(question))

    def resolve(self, subject: str, tenant: str = "") -> str:
        """What a subject or object belongs to, as far as is known: itself otherwise."""
        return cast(str, self._ask({"type": "resolve", "subject": subject, "tenant": tenant}))

    def known_state(self, object: str, tenant: str = "") -> Known | None:
        """The newest known state of an object (or of a subject whose events name no object)."""
        return cast("Known | None", self._ask({"type": "known_state", "object": object, "tenant": tenant}))

    def ancestry(self, effect: str, tenant: str = "") -> list[str]:
        """The effects that led to an effect, the nearest first, at most 1000 deep."""
        return cast(list[str], self._ask({"type": "ancestry", "effect": effect, "tenant": tenant}))

    def spent(self, chain: str, tenant: str = "") -> Spent | None:
        """Automated effects a chain has used, and how many it may."""
        return cast("Spent | None", self._ask({"type": "spent", "chain": chain, "tenant": tenant}))

    def tripped(self, tenant: str = "") -> Tripped:
        """The chains of a tenant whose breaker is not closed, and until when the tenant is stopped, if it is."""
        return cast(Tripped, self._ask({"type": "tripped", "tenant": tenant}))

    def stops(self, tenant: str = "") -> list[StopStanding]:
        """What people have stopped, and has not been resumed: what, by whom, why, since when, and in which record."""
        return cast("list[StopStanding]", self._ask({"type": "stops", "tenant": tenant}))

    def repetition(self, tenant: str = "") -> list[Repetition]:
        """How often the effects of each rule repeat something of the line they continue, and whether that is more than legitimate
        automation does."""
        return cast(list[Repetition], self._ask({"type": "repetition", "tenant": tenant}))

    def counts(self, tenant: str = "") -> list[Count]:
        """How full the tables of a tenant are."""
        return cast(list[Count], self._ask({"type": "counts", "tenant": tenant}))

    def plans(self, tenant: str = "") -> list[dict[str, str]]:
        """The plans of a tenant, in the order in which they came, each with `plan` and `state`."""
        return cast(list[dict[str, str]], self._ask({"type": "plans", "tenant": tenant}))

    def plan(self, plan: str, tenant: str = "") -> PlanStatus | None:
        """Where a plan and its tasks stand."""
        return cast("PlanStatus | None", self._ask({"type": "plan", "plan": plan, "tenant": tenant}))

    def task(self, plan: str, task: str, tenant: str = "") -> TaskStatus | None:
        """All there is to know of a task, in words too."""
        return cast("TaskStatus | None", self._ask({"type": "task", "plan": plan, "task": task, "tenant": tenant}))

    def choice(self, plan: str, task: str, tenant: str = "") -> dict[str, Any] | None:
        """Who would be given a task now, and why not the others."""
        return cast("dict[str, Any] | None", self._ask({"type": "choice", "plan": plan, "task": task, "tenant": tenant}))

    def agents(self) -> list[dict[str, Any]]:
        """The agents that are known, with what they said of themselves (`registration`) and how they are."""
        return cast(list[dict[str, Any]], self._ask({"type": "agents"}))
