"""The loop around a broker for asyncio: decide, store, perform, report, wake."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, cast

from ._acting import Acting
from ._awaited import Awaited
from ._config import INLINE, Identity, configured, identity, marked, unmarked
from ._crew import Agents, Crew
from ._ends import UNKNOWN, Ends, Errands, outcome, waits
from ._inline import MOMENT_MS, Calls, Inline, call, is_cancelled
from ._listeners import log, safely
from ._log_mode import LogMode
from ._mailbox import Mailbox
from ._native import Broker
from ._noticed import Noticed
from ._options import Options, closed, other_loop, wrong_call
from ._orphans import Orphans
from ._performing import Attempt, Performer, caused, not_while_performing, says, set_once
from ._plan import Ran, ordered
from ._seats import Seat, Seats, away
from ._tenants import Tenants
from ._turn import TurnOf, ended, is_held, not_handled, verdict_that_ends
from ._under_way import UnderWay
from .errors import ReynoldsError
from .host_types import Handler, Performing, Result, Sent, Turn
from .types import Decision, Effect, Event, HandleEffect, Input, Opened, OutcomeResult, Plan, PlanControl, PlanInput, Proposal
from .view import View

__all__ = ["Reynolds"]


class Reynolds:
    """A broker, its journal, and the loop around them. `open` makes one. It belongs to the event loop it was opened in."""

    def __init__(self, broker: Broker, options: Options, durable: bool) -> None:
        self._broker, self._view, self._options = broker, View(broker), options
        self._loop = asyncio.get_running_loop()
        self._mailbox = Mailbox(broker, options.clock, self, options.snapshot_every, durable)
        self._errands = Errands(self._mailbox.post, options.clock)
        unknown = None if options.find else partial(self.report, result=UNKNOWN)
        self._ends = Ends(self._errands, self.trouble, unknown)
        self._work = UnderWay(self._loop)
        tenants = Tenants(self.view.status()["tenants"])
        self._performer = Performer(
            options.perform, options.find, options.clock, options.timeout_ms, options.concurrency,
            self._performed, self.trouble, self._work.track, self._turn, tenants,
        )  # fmt: skip
        self._log_mode = LogMode(options, self._performer, broker.opened["last"], self.trouble)
        self._awaited = Awaited(self._mailbox.post, self.view.tripped)
        acting = Acting(self._awaited, self._mailbox.submit)
        self._crew = Crew(broker, self, self._mailbox.post, self._errands, options.clock, options.ask, acting)
        # Effects with the host. A second release of one changes nothing.
        self._open: set[str] = set()
        self._noticed = Noticed(options.clock)
        self._inline: dict[Identity, Inline] = {}
        self._calls = Calls()
        self._orphans = Orphans(self.trouble)
        self._seats = Seats(options.max_handlers, lambda: self._log_mode.on, tenants, options.clock, self.trouble)
        self._closing: asyncio.Task[None] | None = None
        # The patience of a host that closes is over: no handler begins any more.
        self._over = False
        # Not before the caller has it: `perform` may need it.
        self._loop.call_soon(self._mailbox.wake)

    @property
    def opened(self) -> Opened:
        """What was found when the journal was opened."""
        return self._broker.opened

    @property
    def view(self) -> View:
        """Read-only questions: `ry.view.digest()`."""
        return self._view

    async def handle(self, event: Event, handler: Handler) -> Result:
        """Gives an event to host code, once: an event delivered again, or this bot's own doing come back, is not handled (in
        log mode it is). Returns when the handler has ended, and raises what it raises. If the caller is cancelled, the handler
        goes on.

        Raises: `Rejected` RY1xxx if the event can not be used. `HostError` RY2202 if the host closes first.
        """
        self._check("handle")
        if not callable(handler):
            raise wrong_call(f"the second argument of `handle` must be a function, it is {type(handler).__name__}")
        if not isinstance(event, dict):
            raise wrong_call(f"the first argument of `handle` must be an event, it is {type(event).__name__}")
        key = identity(event)
        inline = Inline(handler, contextvars.copy_context(), self._loop.create_future())
        try:
            self._still_open()
            # Before it is known here: what can not be marked leaves nothing behind.
            input = cast(Input, marked(event))
            self._inline.setdefault(key, inline)
            self._mailbox.post(input, partial(setattr, inline, "decision"), partial(self._decided_event, key, inline))
            with away():
                value = await self._calls.until_end(inline)
        except ReynoldsError as error:
            if inline.begun:
                raise
            if self._log_mode.on and not self._closing:
                return await self._untracked(self._log_mode, event, handler, error)
            raise
        decision = cast(Decision, inline.decision)
        if inline.begun:
            return {"type": "handled", "decision": decision, "value": value}
        return await self._not_handled(event, handler, decision)

    def _decided_event(self, key: Identity, inline: Inline, _: Decision | None, error: ReynoldsError | None) -> None:
        late = closed() if self._over and key in self._orphans else None
        if not error and not late and (orphan := self._orphans.take(key)):
            self._begin(orphan, key, inline.handler, inline)
        elif not inline.begun:
            # Also where who called has gone: the next one of this event has a handler of its own.
            if self._inline.get(key) is inline and not (inline.decision and is_held(inline.decision)):
                del self._inline[key]
            inline.end(None, error or late)

    async def submit(self, input: Input) -> Decision:
        """Submits any input. Returns what was decided, once that is durable.

        Raises: `Rejected` RY1xxx: nothing changed and nothing was recorded.
        """
        self._check(None)
        self._still_open()
        return await self._mailbox.submit(configured(input))

    @property
    def agents(self) -> Agents:
        """The agents that live with this host."""
        return Agents(self._crew)

    def run(self, plan: Plan | PlanInput) -> Coroutine[Any, Any, Ran]:
        """Submits a plan and waits for its end: its tasks by name, and its `state`. A plan that is known by its id is only waited
        for, also after a restart; where its tasks are not the same, RY2206 is told to `on_error`. If the caller is cancelled, the plan
        goes on. Called while a handler runs, its `cause` is the `handle` effect of that event, unless it has one or is of another tenant.

        Raises: `Rejected` RY1001 and RY1017 for a plan that can not be used; `HostError` RY2202 if the host is closed before its end.
        """
        return self._ran(self._seats.caused(plan))

    async def _ran(self, plan: Plan | PlanInput) -> Ran:
        self._check("run")
        self._still_open()
        with away():
            return await self._crew.run(plan, self.submit)

    async def order(self, plan: str, order: PlanControl, tenant: str | None = None) -> Decision:
        """A person's word about a plan: `{"type": "pause"}`, `resume`, `cancel`, `rerun`, `skip`, `pin` or `answer`.

        Raises: `Rejected` RY1018 for an unknown plan, RY1019 for an unknown task, RY1021 for what is not possible now.
        """
        return await self.submit(ordered(plan, order, tenant))

    def explain(self, *, plan: str, task: str | None = None, tenant: str = "") -> str:
        """In words, where a task stands and why; without one, all tasks of a plan, a line each. `ry.view.task` has the data."""
        return self._crew.explain(plan, task, tenant)

    async def idle(self) -> None:
        """Returns when no handler runs, no effect is being performed, and everything decided is stored.

        Raises: `HostError` RY2210 in a handler, or while an effect is being performed: it would wait for itself.
        """
        self._check("idle")
        self._seats.not_inside("idle")
        await asyncio.sleep(0)  # Right after `open`, the mailbox is only about to wake.
        while True:
            await self._mailbox.settled()
            if self._work:
                await asyncio.wait({self._work.rest()})
            elif self._mailbox.quiet:
                return

    async def snapshot(self) -> int:
        """Stores a snapshot now: the last record in it. It is done by itself after every `snapshot_every` records.

        Raises: `StorageError` RY2104.
        """
        self._check(None)
        self._still_open()
        return await self._mailbox.snapshot()

    async def close(self) -> None:
        """Takes nothing more, waits for handlers, effects and questions under way for at most `close_ms`, stores their outcomes, and
        lets go of the journal. What had not ended comes again when the journal is opened."""
        self._check("close")
        if self._closing is None:
            self._closing = self._loop.create_task(self._close())
        await asyncio.shield(self._closing)

    @property
    def active(self) -> bool:
        """Something is happening now: no time has to pass for it."""
        return self._seats.running > 0 or not self._mailbox.quiet

    async def _close(self) -> None:
        self._errands.close()
        patience: asyncio.Future[None] = self._loop.create_future()
        stop = self._options.clock.after(self._options.close_ms, lambda: set_once(patience))
        crew = self._loop.create_task(self._crew.close(self._options.close_ms))
        # What begins while agents take their time to stop, or while the last events are stored, has its time too.
        asks = self._crew.asks
        while not patience.done() and (self._work or asks or not crew.done() or not self._mailbox.quiet):
            rest: set[asyncio.Future[None]] = {one.rest() for one in (self._work, asks) if one} or {crew}
            if crew in rest and crew.done():
                rest = {self._loop.create_task(self._mailbox.settled())}
            await asyncio.wait({patience, *rest}, return_when=asyncio.FIRST_COMPLETED)
        self._over = True  # What began now would be cut off, and happen again after the next open.
        self._seats.drop(closed())
        self._performer.halt()
        try:
            await crew
        except Exception as error:  # The journal is to be let go of all the same.
            self.trouble(caused("RY2212", f"RY2212: an agent has raised while it was stopped: {says(error)}", error))
        stop()
        self._performer.abort()
        self._work.cancel()
        asks.cancel()
        # Not before: a handler that waits for a plan is cut off, and its event comes again.
        self._crew.fatal(closed())
        await self._mailbox.close(closed())
        self._awaited.give_up(closed())
        await asyncio.gather(self._work.leave(), asks.leave())
        self._calls.end(closed())  # A handler that will not be cancelled: its event comes again.

    # What the mailbox tells.

    def released(self, effect: Effect) -> None:
        """An effect may leave."""
        if effect["id"] in self._ends.saying:
            return  # It has ended; the broker has not heard.
        if effect["type"] == "dispatch" or effect["type"] == "recall" or effect["type"] == "handed" or effect["type"] == "ask":
            return self._crew.released(effect)
        if effect["id"] in self._open:
            # Its handler takes longer than `handle_due_ms`: say that it is still at it.
            if effect["type"] == "handle" and not self._orphans.has(effect):
                self._answer(effect, True, self._answered)
            return
        self._open.add(effect["id"])
        if effect["type"] == "act":
            performing = {**effect, "idempotency_key": f"{self._options.name}/{effect['id']}"}
            return self._performer.begin(cast(Performing, performing))
        key = identity(effect["event"])
        inline = self._inline.get(key) if effect["handler"] == INLINE else None
        if self._over:
            return inline.end(None, closed()) if inline else None
        named = self._options.resume if effect["handler"] == INLINE else self._options.handlers.get(effect["handler"])
        if handler := inline.handler if inline else named:
            self._begin(effect, key, handler, inline)
        else:
            self._orphans.add(effect)

    def decided(self, decision: Decision, input: Input | None) -> None:
        """Something was decided, and is durable."""
        for verdict in decision["verdicts"]:
            if sent := verdict_that_ends(verdict):
                self._awaited.tell(sent)
        # Also an outcome that somebody else has submitted.
        if isinstance(input, dict) and input["type"] == "outcome" and (sent := ended(input["effect"], input["result"])):
            self._awaited.tell(sent)
        if decision["verdicts"]:
            self._crew.decided(decision, input)
            self._noticed.decided(decision, input)
        if isinstance(input, dict) and input["type"] == "configure":
            self._log_mode.configured(self.view)
            self._seats.fill()
        if self._options.on_decision:
            safely(self._options.on_decision, decision, input)

    def fatal(self, error: ReynoldsError) -> None:
        """The journal can not be written."""
        self.trouble(error)
        self._crew.fatal(error)
        if self._log_mode.on:
            # What is being performed is told to who sent it, as ever.
            self._awaited.give_up(error, self._open)
        else:
            self._performer.halt()
            self._seats.drop(error)
            self._awaited.give_up(error)

    def trouble(self, error: ReynoldsError) -> None:
        """Something went wrong without a caller to raise at."""
        if self._options.on_error:
            safely(self._options.on_error, error)
        else:
            log.error("%s", error, exc_info=error.__cause__)

    # Handlers.

    def _begin(self, effect: HandleEffect, key: Identity, handler: Handler, inline: Inline | None) -> None:
        if inline:
            inline.begun = True
        begin = partial(self._sit, effect, key, handler, inline)
        self._seats.take(begin, partial(self._dropped, key, inline), effect.get("tenant", ""))

    def _sit(self, effect: HandleEffect, key: Identity, handler: Handler, inline: Inline | None, seat: Seat) -> None:
        context = inline.context if inline else self._seats.context.copy()
        self._work.track(self._run(effect, key, handler, inline, seat), context, partial(self._not_begun, effect, key, inline, seat))

    def _not_begun(self, effect: HandleEffect, key: Identity, inline: Inline | None, seat: Seat, task: asyncio.Task[None]) -> None:
        """A handler that was cancelled before its first step could tell nobody."""
        seat.end()
        if task.cancelled() and inline and not inline.ended:
            self._was_cancelled(effect, key, inline, asyncio.CancelledError())

    def _dropped(self, key: Identity, inline: Inline | None, why: ReynoldsError) -> None:
        """A handler that has waited for a place does not get one: its event comes again."""
        if inline:
            self._inline.pop(key, None)
            inline.end(None, why)

    async def _run(self, effect: HandleEffect, key: Identity, handler: Handler, inline: Inline | None, seat: Seat) -> None:
        """Runs host code for an event, and answers the effect that asked for it."""
        seat.enter(effect)
        echo = inline and inline.decision and any(verdict["type"] == "echo" for verdict in inline.decision["verdicts"])

        async def send(proposal: Proposal) -> Sent:
            self._check("turn.send")
            seat.leave(True)
            try:
                return await self._awaited.send(effect["id"], proposal, tenant, more=True)
            finally:
                seat.back(True)

        tenant = effect.get("tenant")
        sends = self._log_mode.around(send, effect["event"]["id"], tenant) if self._log_mode.on else send
        turn = TurnOf(unmarked(effect["event"]), effect["chain"], effect["redelivered"], "echo" if echo else None, sends)
        try:
            value: Any = handler(turn)
            if inspect.isawaitable(value):
                value = await value
            self._answer(effect, False, partial(self._ended, effect, key, inline, value, None))
        except asyncio.CancelledError as error:
            if self._closing or is_cancelled():
                self._was_cancelled(effect, key, inline, error)
                raise
            self._failed(effect, key, inline, error)  # Something it has waited for was cancelled, and not the handler.
        except Exception as error:
            if self._closing and isinstance(error, ReynoldsError) and error.code == "RY2202":
                return self._cut_off(key, inline)  # It has not failed: its event comes again.
            self._failed(effect, key, inline, error)
        except BaseException:
            self._cut_off(key, inline)
            raise
        finally:
            seat.end()

    def _was_cancelled(self, effect: HandleEffect, key: Identity, inline: Inline | None, error: BaseException) -> None:
        self._cut_off(key, inline)
        # Where the loop ends without a close, the event comes again, as after a crash. Where it goes on, it has failed.
        late = partial(self._failed, effect, key, inline, error)
        self._options.clock.after(MOMENT_MS, lambda: None if self._closing else late())

    def _failed(self, effect: HandleEffect, key: Identity, inline: Inline | None, error: BaseException) -> None:
        """A handler has raised. Its event has ended, and is not handled again."""
        result: OutcomeResult = {"type": "failed", "reason": says(error)}
        self._open.discard(effect["id"])
        ended_so = partial(self._ended, effect, key, inline, None, error)
        self._ends.say(effect["id"], outcome(effect["id"], effect.get("tenant"), result), ended_so)
        # Who waits is raised at, and takes such a one for an end of its own.
        if inline is None or inline.ended or isinstance(error, asyncio.CancelledError):
            self._has_raised(effect, error)

    def _cut_off(self, key: Identity, inline: Inline | None) -> None:
        """A handler was cancelled, or has ended because the host closes. Nothing is stored of it."""
        if inline is None or self._inline.get(key) is inline:
            self._inline.pop(key, None)
        if inline and self._closing:
            inline.end(None, closed())
        elif inline:
            inline.cancel()

    def _ended(
        self,
        effect: HandleEffect,
        key: Identity,
        inline: Inline | None,
        value: Any,
        raised: BaseException | None,
        _: Decision | None,
        error: ReynoldsError | None,
    ) -> None:
        """A handler has ended, and that is durable, or will be: or the host closes first, and its event comes again."""
        self._answered(None, error)
        lost = error and (error.code == "RY2202" or (self._closing and waits(error)))
        if inline is None or self._inline.get(key) is inline:
            self._inline.pop(key, None)
        if inline and raised and inline.left:
            self._has_raised(effect, raised)
        if inline:
            inline.end(value, closed() if lost and not raised else raised)

    def _has_raised(self, effect: HandleEffect, error: BaseException) -> None:
        """What a handler has raised is told here, where nobody waits for it."""
        message = f"RY2212: the handler `{effect['handler']}` of effect {effect['id']} has raised: {says(error)}"
        self.trouble(caused("RY2212", message, error))

    async def _not_handled(self, event: Event, handler: Handler, decision: Decision) -> Result:
        if self._log_mode.on and any(verdict["type"] == "duplicate" for verdict in decision["verdicts"]):
            if self._over:
                raise closed()
            return await self._again(self._log_mode, event, handler, decision)
        return not_handled(decision, partial(self.view.tripped, event.get("tenant") or ""))

    async def _again(self, log_mode: LogMode, event: Event, handler: Handler, decision: Decision) -> Result:
        """A living bot would handle what is delivered again, so it does."""

        async def send(proposal: Proposal) -> Sent:
            self._check("turn.send")
            return await self._awaited.send(event["id"], proposal, event.get("tenant"), more=False)

        sends = log_mode.again(send, decision["seq"], event["id"], event.get("tenant"))
        turn = TurnOf(event, decision.get("chain", ""), False, "duplicate", sends)
        return {"type": "handled", "decision": decision, "value": await self._alone(handler, turn)}

    async def _untracked(self, log_mode: LogMode, event: Event, handler: Handler, error: ReynoldsError) -> Result:
        """Where the broker itself is the trouble, the bot goes on without it."""
        self.trouble(error)
        turn = TurnOf(event, "0", False, None, partial(log_mode.direct, cause=event.get("id", ""), tenant=event.get("tenant")))
        return {"type": "handled", "decision": {"seq": 0, "verdicts": []}, "value": await self._alone(handler, turn)}

    async def _alone(self, handler: Handler, turn: Turn) -> Any:
        """Runs a handler that no effect asks for. If the caller is cancelled, it goes on."""
        inline = Inline(handler, contextvars.copy_context(), self._loop.create_future())
        self._work.track(call(handler, turn), inline.context, lambda task: inline.end_with(self._closing is not None, task))
        return await self._calls.until_end(inline)

    # Effects.

    def _turn(self, attempt: Attempt) -> bool:
        """May an effect begin that had to wait here? A person may have stopped it meanwhile, or its time is over."""
        try:
            turn = self.view.turn(attempt.id, self._options.clock.now(), attempt.tenant or "")
        except ReynoldsError:
            return True  # The journal is lost. Log mode goes on without it, and otherwise nothing begins.
        if turn == "put_off":
            # It has not been tried. The broker says what becomes of it, also to who sent it.
            self.report(attempt.id, attempt.tenant, {"type": "retry", "after_ms": 0})
        elif turn == "over":
            self._open.discard(attempt.id)
        return turn == "perform"

    def _performed(self, attempt: Attempt, result: Any) -> None:
        self.report(attempt.id, attempt.tenant, result, attempt.what)

    def report(self, effect: str, tenant: str | None, result: Any, what: str = "perform") -> None:
        """Reports an outcome, also while closing: its room was reserved with the effect."""
        self._open.discard(effect)
        self._ends.outcome(effect, tenant, result, what, partial(self._reported, effect))

    def _reported(self, effect: str, result: Any, _: Decision | None, error: ReynoldsError | None) -> None:
        # Where it was taken, `decided` has told who sent it.
        if error and error.code not in ("RY1010", "RY2202"):
            self.trouble(error)
            if self._log_mode.on and effect in self._awaited and not error.code.startswith("RY1"):
                again = isinstance(result, dict) and result.get("type") in ("ambiguous", "retry")
                self._awaited.lose(effect, error) if again else self._awaited.tell(self._log_mode.came_to(effect, result))

    def _answer(self, effect: HandleEffect, more: bool, told: Callable[[Decision | None, ReynoldsError | None], None]) -> None:
        """Answers a handler call: with nothing more to come, or to say that it is still being worked on."""
        answer: dict[str, Any] = {"type": "propose", "cause": effect["id"], "effects": []}
        if "tenant" in effect:
            answer["tenant"] = effect["tenant"]
        if more:
            self._mailbox.post(cast(Input, {**answer, "more": True}), None, told)
        else:
            self._open.discard(effect["id"])
            self._ends.say(effect["id"], cast(Input, answer), told)

    def _answered(self, _: Decision | None, error: ReynoldsError | None) -> None:
        if error and error.code not in ("RY1010", "RY2202"):
            self.trouble(error)

    # The house.

    def _check(self, call: str | None) -> None:
        try:
            here: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        if here is not self._loop:
            raise other_loop()
        if call:
            not_while_performing(call)

    def _still_open(self) -> None:
        if self._closing:
            raise closed()
