"""One agent at its host: its lives, what it has, and what it says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol, cast

from ._acting import Acting, Given
from ._ends import Errands, Heard, Post, Told, waits
from ._performing import caused, says
from .agents import Agent, Line
from .clock import Clock
from .errors import HostError, ReynoldsError
from .host_types import Patched, Sent
from .types import Decision, Input, Report

_ENDS = ("done", "failed", "cancelled", "needs_input", "decline")
_GOES_ON = ("started", "progress", "heartbeat", "accept")
"""Whoever says these works on, and says more."""

_MOST_EPOCH, _MOST_DONE = 2**32 - 1, 2**53 - 1

_LABEL = {"reynolds": "host"}

_REMEMBERED = 1000
"""So many dispatches an agent has ended are remembered: what it says of them late is evidence too."""


class Office(Protocol):
    """What an agent needs of its crew."""

    @property
    def post(self) -> Post: ...
    @property
    def errands(self) -> Errands: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def acting(self) -> Acting: ...
    def has(self, dispatch: str, given: Given) -> bool: ...
    def tell(self, error: ReynoldsError) -> None: ...
    def forget(self, agent: str) -> None: ...
    def beat(self, dispatch: str, epoch: int, silence_ms: int | None, done: int | None = None) -> None: ...
    def quiet(self, dispatch: str) -> None: ...
    def beat_of(self, agent: str, silence_ms: int) -> None: ...


class Hand:
    """The `Link` of one agent."""

    def __init__(self, office: Office, agent: Agent, incarnation: int) -> None:
        self.agent, self._office, self._incarnation = agent, office, incarnation
        # It may be given work: its registration was decided.
        self.up = False
        # The record that registered this life: what was given to it before was given to an earlier one.
        self._since = 0
        # Its life has begun, and nobody has said that it is over.
        self._lives = False
        # The broker has asked to start it anew, before it was over.
        self._wanted = False
        # It has said that it is alive, and promised no more than to say when it has started.
        self._started = False
        # It was killed because it had not stopped what it was told to stop.
        self._ordered = False
        # It is being removed: no other life begins.
        self.leaves = False
        # It was told to end.
        self.stopped = False
        # Its host closes.
        self.closes = False
        # The dispatches it has, with their epochs, and what it may do for them; and those it had, likewise, the oldest first.
        self.has: dict[str, int] = {}
        self._given: dict[str, Given] = {}
        self._had: dict[str, int] = {}
        # Those of them that it was told to stop.
        self._stale: set[str] = set()
        self._progress: dict[str, str] = {}
        self._refused: str | None = None
        self.settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Task[None] | None = None

    def born(self) -> None:
        if self.leaves:
            return self.stop()
        self._started = self._ordered = False
        self._incarnation += 1
        self._lives = True
        life = self._incarnation
        # Before any dispatch to it leaves.
        self.say_of({"type": "register", **_labelled(self.agent.profile)}, partial(self._registered, life), self._told)

    def gone(self, why: str) -> asyncio.Future[bool]:
        asked: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self.closes:  # It ends with its host: what it has is given back.
            asked.set_result(False)
            return asked
        self.up = False
        for dispatch in list(self.has):
            self._over(dispatch)
        if self._lives:
            self._lives = False
            # That we have ended it is no failure: one cancel of a plan would otherwise put its whole pool out of use.
            said = "stopped" if self._ordered else "crashed"
            self.say_of({"type": said}, partial(self._restarts, asked, self._ordered), partial(self._not_heard, asked))
        else:
            asked.set_result(True)
        self.trouble(why)
        if self.leaves:
            self.stop()
        return asked

    def alive(self) -> None:
        every = self.agent.profile.get("heartbeat_ms") or self.agent.profile.get("start_ms")
        if self._lives and every and not self._started and _is_whole(every, _MOST_DONE):
            self._office.beat_of(self.agent.id, every)

    @property
    def starts(self) -> bool:
        """It promised to say when it has started, and nothing more."""
        return not self.agent.profile.get("heartbeat_ms") and not self._started

    def has_started(self, life: int) -> None:
        """The broker knows that a life of it has started: it has kept its promise, if that was all of it."""
        self._started = self._started or (self.starts and life == self._incarnation)

    @property
    def lives(self) -> bool:
        """Its life has begun, and nobody has said that it is over."""
        return self._lives

    def judged(self, state: str) -> None:
        """What the broker thinks of it, though nobody here has said so: one that is taken to be dead hangs."""
        self._wanted = self._wanted or state == "restart"
        if state == "suspected" and self.up:
            self._kill("it was silent for too long")

    def say(self, dispatch: str, report: Report, epoch: int | None = None) -> None:
        self.alive()
        if dispatch not in self.has and dispatch not in self._had:
            return self.trouble(f"it has reported on dispatch {dispatch[:40]}, which was not given to it; the report is dropped")
        if isinstance(report, dict) and isinstance(report.get("type"), int):
            report = cast(Report, None)  # It would be read as the number of a kind.
        own = self.has.get(dispatch)
        epoch = own if epoch is None else epoch
        kind = _kind(report)
        if kind == "accept" and (offer := self._given.get(dispatch)):
            offer.accepted = True
        if self.closes and kind == "cancelled":
            return self._over(dispatch)  # Because it was told to end: that costs no attempt, and is told of all it has.
        given = self._had.get(dispatch) if own is None else own
        if _is_whole(epoch, _MOST_EPOCH) and epoch != given:
            return self._misnamed(dispatch, epoch, cast(int, given), own, kind)
        if epoch is None:
            if kind not in _GOES_ON:  # Signs of life cross with a recall.
                self.trouble(f"it has reported on dispatch {dispatch}, which it no longer has; the report is dropped")
            return
        if self._beaten(dispatch, epoch, kind, report):
            return
        self._office.quiet(dispatch)
        if kind in _ENDS:
            self._over(dispatch)
        self._report(dispatch, epoch, report, own)

    async def send(self, dispatch: str, proposal: Mapping[str, Any], epoch: int | None = None) -> Sent:
        return await self._own(dispatch, "send", epoch).send(proposal)

    async def patch(self, dispatch: str, patch: Mapping[str, Any], epoch: int | None = None) -> Patched:
        return await self._own(dispatch, "patch", epoch).patch(patch)

    def _own(self, dispatch: str, call: str, epoch: int | None) -> Given:
        """What it may do something for. Who has lost a task must not act for it any more: somebody else does."""
        self.alive()
        given, wants = self._given.get(dispatch), f"RY2213: agent `{self.agent.id}`: it wants to {call}"
        if given is None or dispatch in self._stale or not self._office.has(dispatch, given):
            raise HostError("RY2213", f"{wants} for dispatch {dispatch[:40]}, which it no longer has")
        if not given.accepted:
            raise HostError("RY2213", f"{wants} for dispatch {dispatch[:40]}, which it has not accepted")
        if epoch not in (None, self.has[dispatch]):
            which = f"under epoch {epoch!r:.40} for dispatch {dispatch[:40]}, which it was given under {self.has[dispatch]}"
            raise HostError("RY2213", f"{wants} {which}")
        return given

    def _misnamed(self, dispatch: str, epoch: int | None, given: int, own: int | None, kind: object) -> None:
        """It names an epoch under which it was never given this: the broker would take that for a report that comes too late, and the
        task would wait for ever."""
        what = f"it has reported under epoch {epoch} on dispatch {dispatch}, which it was given under {given}"
        if own is None or kind in _GOES_ON:
            return self.trouble(f"{what}; the report is dropped")
        self.trouble(f"{what}; the task has failed")
        self._over(dispatch)
        self._report(dispatch, own, {"type": "failed", "reason": what, "permanent": True}, own, last=True)

    def _beaten(self, dispatch: str, epoch: int, kind: object, report: Report) -> bool:
        """Is it a sign of life, which leaves with those of others? What is malformed must not: all would be refused."""
        if not _is_whole(epoch, _MOST_EPOCH):
            return False
        given = self._given.get(dispatch)
        silence_ms = given.silence_ms if given else None
        if kind == "heartbeat":
            self._office.beat(dispatch, epoch, silence_ms)
            return True
        done: Any = report.get("done") if kind == "progress" else None
        if kind == "progress" and report.keys() == {"type", "done"} and _is_whole(done, _MOST_DONE):
            self._office.beat(dispatch, epoch, silence_ms, done)
            return True
        if kind == "progress" and not self._is_news(dispatch, report):
            self._office.beat(dispatch, epoch, silence_ms)
            return True
        return False

    def _is_news(self, dispatch: str, report: Report) -> bool:
        """Is it other progress than the last? As text: a function may go on writing into the same state."""
        try:
            text = json.dumps(report, sort_keys=True)
        except (TypeError, ValueError, RecursionError):
            return True  # It will be refused, and told.
        before, self._progress[dispatch] = self._progress.get(dispatch), text
        return before != text

    def _report(self, dispatch: str, epoch: int, report: Report, own: int | None, last: bool = False) -> None:
        """`own` is the dispatch's epoch, whatever the agent says."""
        input = cast(Input, {"type": "task", "dispatch": dispatch, "epoch": epoch, "report": report})
        if own is None and _is_whole(epoch, _MOST_EPOCH):
            own = epoch  # It is over here: what the agent says is all there is to go by.
        told = partial(self._reported, dispatch, own, _kind(report), last)
        if _kind(report) in _GOES_ON:
            self._office.post(input, None, told)
        else:
            self._office.errands.run(input, None, told)

    def _reported(
        self, dispatch: str, own: int | None, kind: object, last: bool, _: Decision | None, error: ReynoldsError | None
    ) -> None:
        self._told(None, error, f"a report about dispatch {dispatch} was not taken: ")
        if error is None or waits(error) or error.code in ("RY1020", "RY2202") or not error.code.startswith("RY1"):
            return
        if last or own is None or kind in _GOES_ON:
            return
        # Whoever said this believes that it has ended: the task must not wait for a deadline, or for ever.
        self._over(dispatch)
        reason = error.message[:500]
        self._report(dispatch, own, {"type": "failed", "reason": reason, "permanent": True}, own, last=True)

    def trouble(self, what: str, error: BaseException | None = None) -> None:
        found = HostError("RY2213", f"RY2213: agent `{self.agent.id}`: {what}")
        found.__cause__ = error
        self._office.tell(found)

    def take(self, line: Line) -> bool:
        """Hands on what it is told. Has it arrived?"""
        if line["type"] == "dispatch":
            self.has[line["id"]] = line["epoch"]
            self._given[line["id"]] = Given(line, self._office.acting)
        elif line["type"] == "recall":
            if line["dispatch"] not in self.has:
                return True  # It has just said that it is done.
            self._stale.add(line["dispatch"])
            self._office.clock.after(self.agent.grace_ms, partial(self._still_at, self._incarnation, line["dispatch"]))
        elif line["accepted"]:
            self._over(line["dispatch"])
        try:
            self.agent.take(line)
        except Exception as error:
            self._raised("take", error)
            return False
        return True

    def _kill(self, why: str) -> bool:
        """Ends its life. Was that what ended it? An agent that does not say so is believed to have ended."""
        try:
            return self.agent.kill(why) is not False
        except Exception as error:
            self._raised("kill", error)
            return False

    def _raised(self, call: str, error: Exception) -> None:
        message = f"RY2212: `{call}` of agent `{self.agent.id}` has raised: {says(error)}"
        self._office.tell(caused("RY2212", message, error))

    @property
    def known(self) -> bool:
        """The broker knows it: it was registered."""
        return self.settled.done() and not self.settled.cancelled() and self.settled.exception() is None

    def stop(self) -> None:
        """Tells it to end."""
        self.stopped = True
        try:
            self.agent.stop()
        except Exception as error:  # The journal is to be let go of all the same.
            self._raised("stop", error)

    def close(self, told: Told) -> None:
        """Its host closes: it gets no more work, also not what others give back."""
        self.closes = True
        if self._lives and not self.leaves:
            self.say_of({"type": "pause"}, None, told)

    def closed(self, told: Told) -> None:
        """It has ended in order: what it has is given back."""
        if self._lives:
            self._lives = self.up = False
            self.say_of({"type": "stopped"}, None, told)

    def _over(self, dispatch: str) -> None:
        self._progress.pop(dispatch, None)
        self._given.pop(dispatch, None)
        self._stale.discard(dispatch)
        if (epoch := self.has.pop(dispatch, None)) is not None:
            self._had[dispatch] = epoch
            if len(self._had) > _REMEMBERED:
                del self._had[next(iter(self._had))]

    def _still_at(self, incarnation: int, dispatch: str) -> None:
        if self._incarnation == incarnation and self.up and dispatch in self.has and self._kill(f"it has not stopped {dispatch}"):
            self._ordered = True

    def is_from_before(self, dispatch: str) -> bool:
        """Was it given to an earlier life? It is somebody's again already."""
        return int(dispatch.split(".")[0]) < self._since

    def _registered(self, life: int, decision: Decision) -> None:
        self._since = decision["seq"]
        # One that has ended meanwhile gets no work: that it has is told next.
        self.up = self._lives and self._incarnation == life
        self._office.forget(self.agent.id)
        if not self.settled.done():
            self.settled.set_result(None)

    def say_of(self, report: dict[str, Any], heard: Heard = None, told: Told | None = None) -> None:
        """Says something of the agent itself."""
        input = cast(Input, {"type": "agent", "id": self.agent.id, "incarnation": self._incarnation, "report": report})
        if self.settled.done():
            self._office.errands.run(input, heard, told or self._told)
        else:  # Who adds it waits, and is told at once.
            self._office.post(input, heard, told or self._told)

    def _restarts(self, asked: asyncio.Future[bool], ordered: bool, decision: Decision) -> None:
        """Is it to be started anew? The broker says so of those that have crashed; one that we have ended is."""
        verdicts, id = decision["verdicts"], self.agent.id
        restart = any(one["type"] == "agent" and one["agent"] == id and one["state"] == "restart" for one in verdicts)
        if not asked.done():
            asked.set_result(restart or ordered or self._wanted)
        self._wanted = False

    def _not_heard(self, asked: asyncio.Future[bool], decision: Decision | None, error: ReynoldsError | None) -> None:
        self._told(decision, error)
        if error and not waits(error) and not asked.done():
            asked.set_result(True)

    def _told(self, _: Decision | None, error: ReynoldsError | None, what: str = "") -> None:
        if error and not self.settled.done():
            self.settled.set_exception(error)
        elif error and error.code != "RY2202" and self._refused != error.code:
            self.trouble(what + error.message, error)
        # A broker that takes nothing for a while is told of once, and not with each word.
        self._refused = error.code if error and waits(error) else None


def _labelled(profile: Any) -> dict[str, Any]:
    """A profile with the label by which a later life of the host knows it for one of its own."""
    labels = profile.get("labels", {})
    # The core says what is wrong with others.
    return {**profile, "labels": {**labels, **_LABEL}} if isinstance(labels, dict) else {**profile}


def is_ours(life: dict[str, Any]) -> bool:
    """Was it registered by a host, and not by an input of somebody's own? The same in every language."""
    return bool(_LABEL.items() <= life.get("labels", {}).items())


def _kind(report: Any) -> Any:
    """What kind of report it calls itself. It comes from a process, and may be anything."""
    kind = report.get("type") if isinstance(report, dict) else None
    return kind if isinstance(kind, str) else None


def _is_whole(number: object, most: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= most
