"""What a plan came to, and what is ordered and said about it."""

from __future__ import annotations

from typing import Any, cast

from .errors import Rejected
from .types import Decision, Input, Plan, PlanInput, PlanStatus, TaskBrief


class Ran(dict[str, TaskBrief]):
    """What a plan came to: its tasks by name. `state` is the plan's, `status` all there is to know."""

    def __init__(self, status: PlanStatus) -> None:
        super().__init__((task["task"], task) for task in status["tasks"])
        self.status = status
        self.state = status["state"]


def otherwise(plan: Plan | PlanInput, status: PlanStatus, decision: Decision | None) -> str | None:
    """A plan that is known by its id is not begun again, whatever its tasks are: the words for where they are others."""
    known = {task["task"] for task in status["tasks"]}
    missing = [task["id"] for task in plan["tasks"] if task["id"] not in known]
    verdicts = decision["verdicts"] if decision else []
    differs = [task for verdict in verdicts if verdict["type"] == "known" for task in verdict["differs"]]
    if not missing and not differs:
        return None
    has = "has no task" if missing else "has another definition of"
    names = ", ".join(f"`{task}`" for task in missing or differs)[:200]
    return f"the plan `{plan['id']}` is known, and {has} {names}; `run` waits for the one that is known; give a new plan a new id"


def forgotten(plan: str) -> Rejected:
    return Rejected("RY1018", f"RY1018: plan `{plan}` was forgotten after its end (limits.plans)")


def ordered(plan: str, order: Any, tenant: str | None) -> Input:
    """The input for an order about a plan."""
    found: dict[str, Any] = {"type": "command", "do": {"type": "plan", "plan": plan, "order": order}}
    if tenant:
        found["tenant"] = tenant
    return cast(Input, found)
