"""Plans and their agents: who waits for a plan, who works on its tasks, and who is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from functools import partial
from typing import Any, Protocol, TypeAlias, cast

from ._acting import Acting, Given
from ._ends import Errands, Post, waits
from ._hand import Hand, is_ours
from ._inline import is_cancelled
from ._native import Broker
from ._options import closed, whole, wrong_call
from ._performing import caused, got, says, set_once
from ._plan import Ran, forgotten, ordered, otherwise
from ._shortage import Shortage
from ._turn import clock
from ._under_way import UnderWay
from .agents import Agent
from .clock import Clock
from .errors import HostError, Rejected, ReynoldsError
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
    TaskBrief,
)
from .view import View

__all__ = ["Agents", "Ask", "CrewEffect", "Ran"]

Ask: TypeAlias = Callable[[AskEffect], object]
"""Asks a person, and returns the answer; `None` if the question is shown, and the answer comes as an order, or not at all: it is not
asked again then. An async function, or a plain one."""

CrewEffect: TypeAlias = DispatchEffect | RecallEffect | HandedEffect | AskEffect

LONGEST_MS, SHORTEST_MS = 200, 10
"""Signs of life leave in one record: after a quarter of the shortest silence that one of them ends, at most and at least so long."""

IDLE_MS = 20
"""So often it is looked whether an agent that gets no more work has nothing left to do."""

_ENDED = ("succeeded", "failed", "cancelled", "compensated")

_ANEW = "its agent has started anew"

MISSING_MS = 5000
"""How long tasks wait for an agent of an earlier process to be added again."""


class House(Protocol):
    """What a crew needs of its host."""

    def report(self, effect: str, tenant: str | None, result: Any) -> None: ...
    def trouble(self, error: ReynoldsError) -> None: ...


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

    async def remove(self, id: str, patience_ms: int = 60_000) -> None:
        """Gives an agent no more work. When it has nothing left to do, or after `patience_ms`, it is stopped and forgotten; what it
        still had is given to others. Returns then, or when the host begins to close, which stops it with the others."""
        whole("patience_ms", patience_ms, 0)
        await self._crew.remove(id, patience_ms)

    def __iter__(self) -> Any:
        return iter([hand.agent for hand in self._crew.hands.values()])


class Crew:
    def __init__(
        self, broker: Broker, house: House, post: Post, errands: Errands, clock: Clock, ask: Ask | None, acting: Acting
    ) -> None:
        self.house, self.post, self.errands, self.clock, self.acting = house, post, errands, clock, acting
        self._view, self._ask = View(broker), ask
        self.hands: dict[str, Hand] = {}
        # Dispatches to agents that are not here, by agent: of an earlier life of the host.
        self._nobody: dict[str, dict[str, DispatchEffect]] = {}
        # Questions that people are asked.
        self._asking: set[str] = set()
        self.asks = UnderWay(asyncio.get_running_loop())
        self._waiting: dict[tuple[str, str], list[asyncio.Future[Ran]]] = {}
        self._beats: dict[str, list[Any]] = {}
        self._refused: str | None = None
        self._alive: set[str] = set()
        # When they leave, and what puts that off.
        self._due: tuple[float, Callable[[], object]] | None = None
        self._end: ReynoldsError | None = None
        self._shortage = Shortage(clock, self.tell)
        # Agents of an earlier life of the host, and which lives of theirs those were.
        self._earlier = {life["id"]: life["incarnation"] for life in self._known() if is_ours(life)}
        if self._earlier:
            clock.after(MISSING_MS, self._left)

    def _known(self) -> Iterator[dict[str, Any]]:
        return (one["registration"] for one in self._view.agents())

    def tell(self, error: ReynoldsError) -> None:
        """Tells of what went wrong."""
        self.house.trouble(error)

    # Plans.

    async def run(self, plan: Plan | PlanInput, submit: Callable[[Input], Coroutine[Any, Any, Decision]]) -> Ran:
        if not isinstance(plan, Mapping) or not isinstance(plan.get("id"), str):
            raise wrong_call("`run` takes a plan: a mapping with an `id`, which is a text, and `tasks`")
        tenant, name = plan.get("tenant") or "", plan["id"]
        known = self._view.plan(name, tenant) is not None
        decision: Decision | None = None
        try:
            decision = await submit(cast(Input, {**plan, "type": "plan"}))
        except Rejected as error:
            # What is known need not be taken: its cause may be forgotten, or the clock has jumped.
            if not known or not (waits(error) or error.code == "RY1008"):
                raise
        status = self._view.plan(name, tenant)
        if status is None:
            raise forgotten(name)
        if words := otherwise(plan, status, decision):
            self.tell(HostError("RY2206", f"RY2206: {words}"))
        if status["state"] in _ENDED:
            return Ran(status)
        if self._end:
            raise self._end
        ended: asyncio.Future[Ran] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault((tenant, name), [])
        waiting.append(ended)
        try:
            return await ended
        finally:
            waiting.remove(ended)
            if not waiting:
                self._waiting.pop((tenant, name), None)

    def decided(self, decision: Decision, input: Input | None) -> None:
        """Tells those who wait for a plan that it has ended, and ends agents that hang."""
        if not self._end:
            self._shortage.decided(decision)
        for verdict in decision["verdicts"]:
            hand = self.hands.get(verdict["agent"]) if verdict["type"] == "agent" else None
            if hand and verdict["type"] == "agent" and not _is_about(input, verdict["agent"]):
                hand.judged(verdict["state"])
            if verdict["type"] == "plan" and verdict["state"] in _ENDED:
                self._ended(verdict["plan"], verdict.get("tenant", ""))

    def _ended(self, plan: str, tenant: str) -> None:
        waiting = self._waiting.get((tenant, plan))
        status = self._view.plan(plan, tenant) if waiting else None
        if not waiting or (status and status["state"] not in _ENDED):
            return
        for ended in waiting:
            if ended.done():
                continue
            if status:
                ended.set_result(Ran(status))
            else:  # In one round it has ended and made room for another.
                ended.set_exception(forgotten(plan))

    def explain(self, plan: str, task: str | None, tenant: str) -> str:
        status = self._view.plan(plan, tenant)
        if status is None:
            return f"{plan}: no such plan, or it was forgotten after its end"
        names = [one["task"] for one in status["tasks"]] if task is None else [task]
        why = f" because {because}" if (because := status.get("because")) else ""
        lines = [f"{plan}: {status['state']}{why}"] if task is None else []
        for name in names:
            found = self._view.task(plan, name, tenant)
            words = found["words"] if found else "no such task"
            if found and found["state"] == "ready" and (choice := self._view.choice(plan, name, tenant)):
                words += "".join(f"; not {one['id']}: {_because(one['reason'])}" for one in choice["excluded"])
            lines.append(f"{plan}/{name}: {words}")
        return "\n".join(lines)

    def has(self, dispatch: str, given: Given) -> bool:
        """Is it at work under this dispatch? The broker knows first: a recall may be on its way. That an offer is accepted, it may not
        know yet."""
        if given.offered:
            return True
        found = self._view.task(given.plan, given.task, given.tenant or "")
        return found is not None and found.get("dispatch") == dispatch and found["state"] != "cancelling"

    # Effects.

    def released(self, effect: CrewEffect) -> None:
        """An effect for an agent, or for a person, may leave."""
        if self._end and (effect["type"] == "dispatch" or effect["type"] == "ask"):
            return  # Nobody takes it any more, nor has time to answer. It has not failed: it comes again after the next open.
        if effect["type"] == "ask":
            return self._asked(effect)
        hand, arrived = self.hands.get(effect["agent"]), True
        if hand and hand.up and effect["type"] == "dispatch" and hand.is_from_before(effect["id"]):
            return self._not_delivered(effect, _ANEW)
        if hand and hand.up:
            arrived = hand.take(effect)
        elif effect["type"] == "dispatch" and not hand:
            # Its agent may yet be added, by a process that has just begun.
            waiting = self._nobody.setdefault(effect["agent"], {})
            if not waiting:
                self.clock.after(MISSING_MS, partial(self._missing, effect["agent"]))
            waiting[effect["id"]] = effect
            return
        elif effect["type"] == "dispatch":
            return self._not_delivered(effect, "its agent is not running")
        if effect["type"] == "dispatch" and not arrived:
            return self._not_delivered(effect, "its agent has not taken it")
        self.house.report(effect["id"], effect.get("tenant"), {"type": "done"})

    def _not_delivered(self, effect: DispatchEffect, reason: str) -> None:
        self.house.report(effect["id"], effect.get("tenant"), {"type": "failed", "reason": reason})

    def _left(self) -> None:
        for one in [] if self._end else self._view.agents():
            if one["leases"] > 0 and one["registration"]["id"] in self._earlier:
                self._missing(one["registration"]["id"])

    def _missing(self, agent: str) -> None:
        """An agent of an earlier life of the host has had its time to be added again."""
        if self._end or agent in self.hands:
            return
        waiting = self._nobody.pop(agent, {})
        found = next((one for one in self._view.agents() if one["registration"]["id"] == agent), None)
        life = found["registration"]["incarnation"] if found else 0
        # A dispatch that it took has its outcome, and does not come again: nobody else would say that it is gone.
        left = found is not None and found["leases"] > 0 and self._earlier.pop(agent, None) == life
        if not waiting and not left:
            return
        self.tell(HostError("RY2213", f"RY2213: agent `{agent}`: it is not here, and tasks wait for it; add it, or they are given to others"))
        if found:
            over = {"type": "agent", "id": agent, "incarnation": life, "report": {"type": "crashed"}}
            self.errands.run(cast(Input, over), None, self._ordered)
        for effect in waiting.values():
            self._not_delivered(effect, "its agent is not here")

    def forget(self, agent: str) -> None:
        """An agent has registered anew: what was given to its earlier life is nobody's."""
        for effect in self._nobody.pop(agent, {}).values():
            self._not_delivered(effect, _ANEW)

    def _asked(self, effect: AskEffect) -> None:
        if self._ask is None:  # The answer comes as an order.
            return self.house.report(effect["id"], effect.get("tenant"), {"type": "done"})
        if effect["id"] not in self._asking:
            self._asking.add(effect["id"])
            asking = self.asks.track(self._answer(self._ask, effect))
            asking.add_done_callback(lambda _: self._asking.discard(effect["id"]))

    async def _answer(self, ask: Ask, effect: AskEffect) -> None:
        tenant = effect.get("tenant")
        try:
            value = await got(ask(effect))
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and is_cancelled():
                raise  # And not something it has waited for.
            message = f"RY2212: `ask` of effect {effect['id']} has raised, it is asked again: {says(error)}"
            self.house.trouble(caused("RY2212", message, error))
            return self.house.report(effect["id"], tenant, {"type": "ambiguous"})
        if value is not None:
            plan, _, task = effect["task"].partition("/")
            answer = ordered(plan, {"type": "answer", "task": task, "value": value}, tenant)
            self.errands.run(answer, None, partial(self._answered, plan, task, tenant))
        self.house.report(effect["id"], tenant, {"type": "done"})

    def _answered(self, plan: str, task: str, tenant: str | None, _: Decision | None, error: ReynoldsError | None) -> None:
        if error is None or error.code == "RY2202":
            return
        if waits(error) or not error.code.startswith("RY1"):
            return self.tell(error)
        status = self._view.task(plan, task, tenant or "")
        if status is None or status["state"] != "asking":
            return  # Somebody else has answered, or time has.
        # Whoever has answered believes that it is answered: the question must not wait for ever.
        what = f"what `ask` returned for the task {plan}/{task} is no answer, its plan is cancelled; return JSON of at most 16 KiB"
        self.tell(HostError("RY2208", f"RY2208: {what}: {error.message}"))
        self.errands.run(ordered(plan, {"type": "cancel"}, tenant), None, self._ordered)

    def _ordered(self, _: Decision | None, error: ReynoldsError | None) -> None:
        if error and error.code not in ("RY1018", "RY1021", "RY1022", "RY2202"):
            self.tell(error)

    # Signs of life.

    def beat(self, dispatch: str, epoch: int, silence_ms: int | None, done: int | None = None) -> None:
        before = self._beats.get(dispatch)
        if done is None and before and before[1:2] == [epoch]:
            done = before[2] if len(before) > 2 else None  # It says no less than before.
        self._beats[dispatch] = [dispatch, epoch] if done is None else [dispatch, epoch, done]
        self._within(silence_ms)

    def quiet(self, dispatch: str) -> None:
        """What was to be said of it is said in another way."""
        self._beats.pop(dispatch, None)

    def beat_of(self, agent: str, silence_ms: int) -> None:
        self._alive.add(agent)
        self._within(silence_ms)

    def _within(self, silence_ms: int | None) -> None:
        ms = LONGEST_MS if silence_ms is None else min(max(silence_ms / 4, SHORTEST_MS), LONGEST_MS)
        due = self.clock.now() + ms
        if self._due and self._due[0] <= due:
            return
        if self._due:
            self._due[1]()
        self._due = due, self.clock.after(ms, self._flush)

    def _flush(self) -> None:
        self._due = None
        beats: Beats = {"beats": list(self._beats.values()), "agents": sorted(self._alive)}
        self._beats.clear()
        self._alive.clear()
        if beats["beats"] or beats["agents"]:
            self.post(cast(Input, {"type": "beats", **beats}), None, partial(self._beaten, beats))

    def _beaten(self, beats: Beats, _: Decision | None, error: ReynoldsError | None) -> None:
        starting = {id: hand for id in beats.get("agents", []) if (hand := self.hands.get(id)) and hand.starts}
        for one in self._view.agents() if starting and not error else []:
            if (hand := starting.get(one["registration"]["id"])) and one["started"] and one["alive"]:
                hand.has_started(one["registration"]["incarnation"])
        # The same, five times a second, is told once.
        if error and error.code not in ("RY2202", self._refused):
            self.tell(error)
        self._refused = error.code if error else None

    # Agents.

    async def add(self, agent: Agent) -> None:
        if self._end:
            raise self._end
        calls = ("live", "take", "kill", "stop")
        if not isinstance(getattr(agent, "id", None), str) or not all(callable(getattr(agent, call, None)) for call in calls):
            raise wrong_call(f"`add` takes an agent: a Callable, a Subprocess, or an object with these methods, it is {type(agent).__name__}")
        # Before anything of it begins: what it lacks would be missed when it is stopped.
        if not isinstance(profile := getattr(agent, "profile", None), Mapping):
            raise wrong_call(f"the `profile` of an agent must be a mapping, it is {type(profile).__name__}")
        whole("grace_ms", getattr(agent, "grace_ms", None), 0)
        if agent.id in self.hands:
            raise wrong_call(f"there is an agent `{agent.id}` already; remove it first")
        last = next((life["incarnation"] for life in self._known() if life["id"] == agent.id), -1)
        hand = self.hands[agent.id] = Hand(self, agent, last)
        hand.task = asyncio.get_running_loop().create_task(agent.live(hand))
        try:
            await asyncio.wait({hand.task, hand.settled}, return_when=asyncio.FIRST_COMPLETED)
            if not hand.settled.done():
                hand.settled.set_exception(self._unsettled(agent.id, hand.task))
            await hand.settled
            hand.task.add_done_callback(partial(self._over, hand))
        except BaseException:
            self.hands.pop(agent.id, None)
            # It may be tried again; what an earlier life of it has does not wait for ever.
            self.clock.after(MISSING_MS, partial(self._missing, agent.id))
            await self._stop(hand, 0)
            raise

    def _unsettled(self, id: str, live: asyncio.Task[None]) -> BaseException:
        """Why an agent was not registered, whose life is over."""
        if not live.cancelled() and (error := live.exception()):
            return error
        return self._end or HostError("RY2213", f"RY2213: agent `{id}`: `live` {_came_to(live)} before it was registered")

    def _over(self, hand: Hand, live: asyncio.Task[None]) -> None:
        """An agent that lives no more, though nobody has told it so: a fault of its class."""
        if self._end or hand.stopped or self.hands.get(hand.agent.id) is not hand:
            return
        if not (live.cancelled() and live.cancelling()):  # By somebody who ends the event loop.
            hand.gone(f"`live` {_came_to(live)}")

    async def remove(self, id: str, patience_ms: int) -> None:
        hand = self.hands.get(id)
        if hand is None:
            raise wrong_call(f"there is no agent `{id}` in this process")
        hand.leaves = True
        if not hand.lives:  # Between two lives it is given nothing.
            hand.stop()
        elif hand.known:
            # Before it is stopped: what it is given later would not reach it, and cost its task an attempt.
            await self._said(hand, {"type": "drain", "patience_ms": patience_ms})
            until = self.clock.now() + patience_ms
            while not self._end and self._busy(id) and self.clock.now() < until:
                await self._pause(IDLE_MS)
            if hand.closes:
                return  # Its host stops it with the others.
        await self._stop(hand, hand.agent.grace_ms)
        if self.hands.get(id) is hand:
            del self.hands[id]
            if hand.known:
                await self._said(hand, {"type": "remove"})

    def _busy(self, id: str) -> bool:
        return any(one["registration"]["id"] == id and one["leases"] > 0 for one in self._view.agents())

    async def _said(self, hand: Hand, report: dict[str, Any]) -> None:
        """Says something of an agent, and returns when that is decided, or refused."""
        decided: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def told(decision: Decision | None, error: ReynoldsError | None) -> None:
            self._ordered(decision, error)
            set_once(decided)

        hand.say_of(report, None, told)
        await decided

    async def _pause(self, ms: int) -> None:
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.clock.after(ms, lambda: set_once(over))
        await over

    async def _stop(self, hand: Hand, patience_ms: int) -> None:
        hand.stop()
        if hand.task:
            await asyncio.wait({hand.task}, timeout=patience_ms / 1000)
            hand.task.cancel()
            await asyncio.wait({hand.task}, timeout=1)
            if hand.task.done() and not hand.task.cancelled():
                hand.task.exception()

    async def close(self, patience_ms: int) -> None:
        """The agents end, first by themselves and then by force; what they say meanwhile counts. What else they had is given back, and
        costs nobody an attempt."""
        self._end = closed()
        self._shortage.close()
        hands = list(self.hands.values())
        for hand in hands:
            hand.close(self._parted)

        async def part(hand: Hand) -> None:
            await self._stop(hand, min(patience_ms, hand.agent.grace_ms))
            # Not when all have ended: until then it would be silent, and its tasks lost.
            hand.closed(self._parted)

        await asyncio.gather(*map(part, hands))

    def _parted(self, _: Decision | None, error: ReynoldsError | None) -> None:
        if error and waits(error):  # Whatever else is wrong is known: the broker does not know it, or the journal has ended.
            self.tell(error)

    def fatal(self, why: ReynoldsError) -> None:
        """No plan ends any more."""
        self._end = self._end or why
        self._shortage.close()
        for ended in [one for waiting in self._waiting.values() for one in waiting]:
            if not ended.done():
                ended.set_exception(why)


def _is_about(input: Input | None, agent: str) -> bool:
    """It was said of this agent: by whom it is ours, and who knows already."""
    return input is not None and input["type"] == "agent" and input["id"] == agent


def _came_to(live: asyncio.Task[None]) -> str:
    if live.cancelled():
        return "was cancelled"
    error = live.exception()
    return f"has raised: {says(error)}" if error else "has returned"


def _because(reason: dict[str, Any]) -> str:
    more = ", ".join(f"{key} {clock(value) if key == 'until' else value}" for key, value in reason.items() if key != "type")
    return f"{reason['type']} ({more})" if more else str(reason["type"])
