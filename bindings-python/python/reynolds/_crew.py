"""Plans and their agents: who waits for a plan, who works on its tasks, and who is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Protocol, TypeAlias, cast

from ._ends import Post
from ._native import Broker
from ._options import closed, wrong_call
from ._performing import caused, got, says
from .agents import Agent, Line
from .clock import Clock
from .errors import HostError, ReynoldsError
from .types import (
    AskEffect,
    Beats,
    Decision,
    DispatchEffect,
    HandedEffect,
    Input,
    Plan,
    PlanInput,
    PlanStatus,
    RecallEffect,
    Report,
    TaskBrief,
)
from .view import View

__all__ = ["Agents", "Ask", "CrewEffect", "Ran"]

Ask: TypeAlias = Callable[[AskEffect], object]
"""Asks a person, and returns the answer; `None` if it comes another way, as an order, or not at all. An async function, or a plain
one."""

CrewEffect: TypeAlias = DispatchEffect | RecallEffect | HandedEffect | AskEffect

BEATS_MS = 200
"""Signs of life that come within so long leave in one record."""

_ENDED = ("succeeded", "failed", "cancelled", "compensated")
_LAST = ("done", "failed", "cancelled", "needs_input", "decline")


class Ran(dict[str, TaskBrief]):
    """What a plan came to: its tasks by name. `state` is the plan's, `status` all there is to know."""

    def __init__(self, status: PlanStatus) -> None:
        super().__init__((task["task"], task) for task in status["tasks"])
        self.status = status
        self.state = status["state"]


class House(Protocol):
    """What a crew needs of its host."""

    def report(self, effect: str, tenant: str | None, result: Any) -> None: ...
    def trouble(self, error: ReynoldsError) -> None: ...


class Hand:
    """The `Link` of one agent."""

    def __init__(self, crew: Crew, agent: Agent, incarnation: int) -> None:
        self.agent, self._crew, self._incarnation = agent, crew, incarnation
        # It may be given work: its registration was decided.
        self.up = False
        # The dispatches it has, with their epochs.
        self.has: dict[str, int] = {}
        self.settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Task[None] | None = None

    def born(self) -> None:
        self._incarnation += 1
        self._tell({"type": "register", **self.agent.profile}, self._registered)

    def gone(self, why: str) -> None:
        if self.up:
            self.up = False
            self.has.clear()
            self._tell({"type": "crashed"})
        self.trouble(why)

    def say(self, dispatch: str, report: Report, epoch: int | None = None) -> None:
        epoch = self.has.get(dispatch) if epoch is None else epoch
        if epoch is None:
            return  # It was recalled, and somebody else has it.
        if report["type"] in _LAST:
            self.has.pop(dispatch, None)
        if report["type"] == "heartbeat":
            self._crew.beat(dispatch, epoch)
        else:
            input = {"type": "task", "dispatch": dispatch, "epoch": epoch, "report": report}
            self._crew.post(cast(Input, input), None, self._told)
        if "heartbeat_ms" in self.agent.profile:
            self._crew.beat_of(self.agent.id)

    def trouble(self, what: str, error: BaseException | None = None) -> None:
        found = HostError("RY2213", f"RY2213: agent `{self.agent.id}`: {what}")
        found.__cause__ = error
        self._crew.house.trouble(found)

    def take(self, line: Line) -> None:
        if line["type"] == "dispatch":
            self.has[line["id"]] = line["epoch"]
        elif line["type"] == "recall":
            if line["dispatch"] not in self.has:
                return  # It has just said that it is done.
            self._crew.clock.after(self.agent.grace_ms, partial(self._still_at, self._incarnation, line["dispatch"]))
        elif line["accepted"]:
            self.has.pop(line["dispatch"], None)
        self.agent.take(line)

    def _still_at(self, incarnation: int, dispatch: str) -> None:
        if self._incarnation == incarnation and self.up and dispatch in self.has:
            self.agent.kill(f"it has not stopped {dispatch}")

    def _registered(self, _: Decision) -> None:
        # Before any dispatch to it leaves.
        self.up = True
        self._crew.forget(self.agent.id)
        if not self.settled.done():
            self.settled.set_result(None)

    def _tell(self, report: dict[str, Any], heard: Callable[[Decision], object] | None = None) -> None:
        input = {"type": "agent", "id": self.agent.id, "incarnation": self._incarnation, "report": report}
        self._crew.post(cast(Input, input), heard, self._told)

    def _told(self, _: Decision | None, error: ReynoldsError | None) -> None:
        if error and not self.settled.done():
            self.settled.set_exception(error)
        elif error and error.code != "RY2202":
            self.trouble(error.message, error)


class Agents:
    """The agents that live with this host: `await ry.agents.add(Subprocess(...))`."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew

    async def add(self, agent: Agent) -> None:
        """Starts an agent and registers it. Returns when it can be given work. One of the same name that lived with an earlier
        process is over: what it had is given out again.

        Raises: `Rejected` RY1022 if it can not be taken; `HostError` RY2206 for a name that is there already, RY2202.
        """
        await self._crew.add(agent)

    async def remove(self, id: str) -> None:
        """Stops an agent for good: what it had is given to others."""
        await self._crew.remove(id)

    def __iter__(self) -> Any:
        return iter([hand.agent for hand in self._crew.hands.values()])


class Crew:
    def __init__(self, broker: Broker, house: House, post: Post, clock: Clock, ask: Ask | None) -> None:
        self.house, self.post, self.clock, self._view, self._ask = house, post, clock, View(broker), ask
        self.hands: dict[str, Hand] = {}
        # Dispatches to agents that are not here, by agent: of an earlier life of the host.
        self._nobody: dict[str, dict[str, DispatchEffect]] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._waiting: dict[tuple[str, str], list[asyncio.Future[Ran]]] = {}
        self._beats: dict[str, int] = {}
        self._alive: set[str] = set()
        self._beating = False
        self._closed = False

    # Plans.

    async def run(self, plan: Plan | PlanInput, submit: Callable[[Input], Coroutine[Any, Any, Decision]]) -> Ran:
        if not isinstance(plan, Mapping) or not isinstance(plan.get("id"), str):
            raise wrong_call("`run` takes a plan: a mapping with an `id`, which is a text, and `tasks`")
        tenant, name = plan.get("tenant") or "", plan["id"]
        if self._view.plan(name, tenant) is None:
            await submit(cast(Input, {**plan, "type": "plan"}))
        status = self._view.plan(name, tenant)
        if status and status["state"] in _ENDED:
            return Ran(status)
        if self._closed:
            raise closed()
        ended: asyncio.Future[Ran] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault((tenant, name), [])
        waiting.append(ended)
        try:
            return await ended
        finally:
            waiting.remove(ended)
            if not waiting:
                self._waiting.pop((tenant, name), None)

    def decided(self, decision: Decision) -> None:
        """Tells those who wait for a plan that it has ended."""
        for verdict in decision["verdicts"]:
            if verdict["type"] == "plan" and verdict["state"] in _ENDED:
                for (tenant, name), waiting in list(self._waiting.items()):
                    status = self._view.plan(name, tenant) if waiting and name == verdict["plan"] else None
                    if status and status["state"] in _ENDED:
                        for ended in waiting:
                            if not ended.done():
                                ended.set_result(Ran(status))

    def explain(self, plan: str, task: str | None, tenant: str) -> str:
        status = self._view.plan(plan, tenant)
        if status is None:
            return f"{plan}: no such plan, or it was forgotten after its end"
        names = [one["task"] for one in status["tasks"]] if task is None else [task]
        lines = [f"{plan}: {status['state']}"] if task is None else []
        for name in names:
            found = self._view.task(plan, name, tenant)
            words = found["words"] if found else "no such task"
            if found and found["state"] == "ready" and (choice := self._view.choice(plan, name, tenant)):
                words += "".join(f"; not {one['id']}: {_because(one['reason'])}" for one in choice["excluded"])
            lines.append(f"{plan}/{name}: {words}")
        return "\n".join(lines)

    # Effects.

    def released(self, effect: CrewEffect) -> None:
        """An effect for an agent, or for a person, may leave."""
        if effect["type"] == "ask":
            return self._asked(effect)
        hand = self.hands.get(effect["agent"])
        if hand and hand.up:
            hand.take(effect)
        elif effect["type"] == "dispatch" and not hand:
            # Soon its agent may be added; else the task's timeouts decide.
            self._nobody.setdefault(effect["agent"], {})[effect["id"]] = effect
            return
        elif effect["type"] == "dispatch":
            return self.house.report(effect["id"], effect.get("tenant"), {"type": "failed", "reason": "its agent is not running"})
        self.house.report(effect["id"], effect.get("tenant"), {"type": "done"})

    def forget(self, agent: str) -> None:
        """An agent has registered anew: what was given to its earlier life is nobody's."""
        for effect in self._nobody.pop(agent, {}).values():
            self.house.report(effect["id"], effect.get("tenant"), {"type": "failed", "reason": "its agent has started anew"})

    def _asked(self, effect: AskEffect) -> None:
        if self._ask is None:  # The answer comes as an order.
            return self.house.report(effect["id"], effect.get("tenant"), {"type": "done"})
        if effect["id"] not in self._asking:
            asking = asyncio.get_running_loop().create_task(self._answer(self._ask, effect))
            self._asking[effect["id"]] = asking
            asking.add_done_callback(lambda _: self._asking.pop(effect["id"], None))

    async def _answer(self, ask: Ask, effect: AskEffect) -> None:
        tenant = effect.get("tenant")
        try:
            value = await got(ask(effect))
        except Exception as error:
            message = f"RY2212: `ask` of effect {effect['id']} has raised, it is asked again: {says(error)}"
            self.house.trouble(caused("RY2212", message, error))
            return self.house.report(effect["id"], tenant, {"type": "ambiguous"})
        if value is not None:
            plan, _, task = effect["task"].partition("/")
            self.post(ordered(plan, {"type": "answer", "task": task, "value": value}, tenant), None, self._answered)
        self.house.report(effect["id"], tenant, {"type": "done"})

    def _answered(self, _: Decision | None, error: ReynoldsError | None) -> None:
        # Somebody else may have answered, or time has.
        if error and error.code not in ("RY1018", "RY1019", "RY1021", "RY2202"):
            self.house.trouble(error)

    # Signs of life.

    def beat(self, dispatch: str, epoch: int) -> None:
        self._beats[dispatch] = epoch
        self._later()

    def beat_of(self, agent: str) -> None:
        self._alive.add(agent)
        self._later()

    def _later(self) -> None:
        if not self._beating:
            self._beating = True
            self.clock.after(BEATS_MS, self._flush)

    def _flush(self) -> None:
        self._beating = False
        beats: Beats = {"beats": [[dispatch, epoch] for dispatch, epoch in self._beats.items()], "agents": sorted(self._alive)}
        self._beats.clear()
        self._alive.clear()
        if not self._closed:
            self.post(cast(Input, {"type": "beats", **beats}), None, self._answered)

    # Agents.

    async def add(self, agent: Agent) -> None:
        if self._closed:
            raise closed()
        if agent.id in self.hands:
            raise wrong_call(f"there is an agent `{agent.id}` already; remove it first")
        known = (one["registration"] for one in self._view.agents())
        last = next((one["incarnation"] for one in known if one["id"] == agent.id), -1)
        hand = self.hands[agent.id] = Hand(self, agent, last)
        hand.task = asyncio.get_running_loop().create_task(agent.live(hand))
        try:
            await asyncio.wait({hand.task, hand.settled}, return_when=asyncio.FIRST_COMPLETED)
            if not hand.settled.done():
                hand.settled.set_exception(hand.task.exception() or closed())
            await hand.settled
        except BaseException:
            self.hands.pop(agent.id, None)
            await self._end(hand, 0)
            raise

    async def remove(self, id: str) -> None:
        hand = self.hands.pop(id, None)
        if hand:
            await self._end(hand, hand.agent.grace_ms)
            if hand.up:
                hand._tell({"type": "remove"})

    async def _end(self, hand: Hand, patience_ms: int) -> None:
        hand.agent.stop()
        if hand.task:
            await asyncio.wait({hand.task}, timeout=patience_ms / 1000)
            hand.task.cancel()
            await asyncio.wait({hand.task}, timeout=1)
            if hand.task.done() and not hand.task.cancelled():
                hand.task.exception()

    async def close(self, patience_ms: int) -> None:
        """The agents end, first by themselves and then by force; what they say meanwhile counts. What they had comes to their next
        lives."""
        self._closed = True
        hands = list(self.hands.values())
        await asyncio.gather(*(self._end(hand, min(patience_ms, hand.agent.grace_ms)) for hand in hands))
        for asking in list(self._asking.values()):
            asking.cancel()
        for ended in [one for waiting in self._waiting.values() for one in waiting]:
            if not ended.done():
                ended.set_exception(closed())


def _because(reason: dict[str, Any]) -> str:
    more = ", ".join(f"{key} {value}" for key, value in reason.items() if key != "type")
    return f"{reason['type']} ({more})" if more else str(reason["type"])


def ordered(plan: str, order: Any, tenant: str | None) -> Input:
    """The input for an order about a plan."""
    found: dict[str, Any] = {"type": "command", "do": {"type": "plan", "plan": plan, "order": order}}
    if tenant:
        found["tenant"] = tenant
    return cast(Input, found)
