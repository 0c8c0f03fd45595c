"""Agents that work on the tasks of plans: local processes, and async functions.

A process talks JSON, a line for each thing to say. On its stdin come the effects `dispatch`, `recall` and `handed` as `docs/wire.md`
has them. On its stdout it says `{"dispatch": "7.0", "report": {"type": "done", "result": 1}}`, with any report of a task; or, instead of `report`,
what it wants done: `send`, with an effect, or `patch`, with a change of its plan, which are answered by `sent`, `patched` or `refused`. `{}` says only
that it is alive. So does any other line without `dispatch`, but RY2213 tells of that. When its stdin ends, it is to end too. What it
writes to stderr is for people.
"""

from __future__ import annotations

import asyncio
import collections.abc
import json
import re
import time
from collections.abc import Awaitable, Collection, Mapping, Sequence
from functools import partial
from os import PathLike
from typing import Any, Protocol, TypeAlias, Unpack, cast, overload

from ._inline import is_cancelled
from ._options import whole, wrong_call
from ._performing import caused, got, not_while_performing, says, set_once
from ._process import Process
from ._turn import gathered
from ._wanted import WANTS, wanted
from .host_types import Patched, Sent
from .types import DispatchEffect, HandedEffect, NewNeeds, Profile, Proposal, RecallEffect, Report, Sending, Task

__all__ = ["Agent", "Callable", "End", "Job", "Line", "Link", "Subprocess"]

Line: TypeAlias = DispatchEffect | RecallEffect | HandedEffect
"""What an agent is told."""

LINE_LIMIT = 1 << 20
"""Longest line of a process, in bytes."""

_NAMED = re.compile(rb'"dispatch"\s*:\s*"([^"]*)"')
_KIND = re.compile(rb'"report"\s*:\s*(?:\{\s*"type"\s*:\s*"([^"]*)")?')
"""What a line is about that can not be read, and what kind of report it has: not what its result may quote."""

_GOES_ON = (b"accept", b"started", b"progress", b"heartbeat")
"""Whoever says these works on, and says more."""

_KEYS = 200
"""So much is told of the keys of such a line as names no dispatch."""

_CALM_S = 30
"""Longest pause before an agent is started anew."""


class Link(Protocol):
    """What an agent has of its host."""

    def born(self) -> None:
        """A new life begins: what the one before had is given to others."""
        ...

    def gone(self, why: str) -> Awaitable[bool]:
        """This life is over, and not because it was told so. Is another one asked for? Of agents that crash too often, it is not."""
        ...

    def alive(self) -> None:
        """It is alive: to be said as often as its profile promises. Whatever else it says is a sign of life too."""
        ...

    def say(self, dispatch: str, report: Report, epoch: int | None = None) -> None:
        """A report about a dispatch. Signs of life leave together with others."""
        ...

    async def send(self, dispatch: str, proposal: Mapping[str, Any], epoch: int | None = None) -> Sent:
        """Wants an effect for a dispatch, and tells what became of it.

        Raises: `HostError` RY2213 if the dispatch is not, or no longer, the agent's; RY2206 if its key stands for another effect;
        RY2202. `Rejected` RY1xxx if the proposal can not be used.
        """
        ...

    async def patch(self, dispatch: str, patch: Mapping[str, Any], epoch: int | None = None) -> Patched:
        """Changes the plan of a dispatch: `add`, `needs`, `remove`, and `key`. Without a key it gets the number of the patch within its task.

        Raises: as `send`; RY1017, RY1019 and RY1021 if the change can not be made: nothing of it was.
        """
        ...

    def trouble(self, what: str, error: BaseException | None = None) -> None:
        """Something is wrong with the agent's own code."""
        ...


class Agent(Protocol):
    """Anything that can work on tasks. Calls come from the host's event loop, one after the other, and must not raise."""

    @property
    def id(self) -> str:
        """Its name."""
        ...

    @property
    def profile(self) -> Profile:
        """What it says of itself."""
        ...

    @property
    def grace_ms(self) -> int:
        """How long it has to stop what it was told to stop."""
        ...

    async def live(self, link: Link) -> None:
        """Lives, until it is cancelled or `stop` was called."""
        ...

    def take(self, line: Line) -> None:
        """Takes a dispatch, stops one, or hears what became of its handoff."""
        ...

    def kill(self, why: str) -> bool | None:
        """It has not stopped what it was told to stop, or was silent for too long: end its life. `False` says that it was not ended by
        this: whatever ends it later is a crash."""
        ...

    def stop(self) -> None:
        """The host closes."""
        ...


def _profile(profile: Profile | None, slots: int | None, provides: Sequence[str] | None) -> Profile:
    """What an agent says of itself. A named argument goes before what the profile has."""
    found: Profile = {"slots": 1, "provides": [], **(profile or {})}
    if slots is not None:
        found["slots"] = slots
    if isinstance(provides, str | bytes):
        raise wrong_call(f"`provides` must be a list of texts, it is {provides!r:.100}")
    if provides is not None:
        found["provides"] = list(provides)
    return found


class Subprocess:
    """A process on this machine, with a group of its own: what it has started ends with it. If it ends, it is started anew, at first
    after `restart_ms`, then after twice as long each time, up to 30 seconds; and after 30 seconds where it has crashed so often that the
    broker asks for no restart. One that does not stop within `grace_ms` what it was told to stop is killed and started anew. That
    is no crash: what else it had is given back, at the same attempt. One that is silent for longer than its profile promises is killed
    too, and has crashed."""

    def __init__(
        self,
        id: str,
        argv: Sequence[str | PathLike[str]],
        *,
        slots: int | None = None,
        provides: Sequence[str] | None = None,
        restart_ms: int = 500,
        grace_ms: int = 5000,
        env: Mapping[str, str] | None = None,
        cwd: str | PathLike[str] | None = None,
        profile: Profile | None = None,
    ) -> None:
        texts = isinstance(argv, Sequence) and not isinstance(argv, str | bytes) and all(isinstance(one, str | PathLike) for one in argv)
        if not texts or not argv:
            raise wrong_call(f"`argv` must be a program and its arguments, as a list of texts, it is {argv!r:.100}")
        whole("restart_ms", restart_ms, 0)
        whole("grace_ms", grace_ms, 0)
        self.id, self.grace_ms = id, grace_ms
        self.profile = _profile(profile, slots, provides)
        self._argv, self._restart_ms, self._env, self._cwd = argv, restart_ms, env, cwd
        self._process: Process | None = None
        # What it wants done.
        self._doing: set[asyncio.Task[dict[str, Any]]] = set()
        self._stopping = False
        self._stopped: asyncio.Future[None] | None = None
        self._killed: str | None = None

    @property
    def pid(self) -> int | None:
        """Its process, while there is one."""
        return self._process.pid if self._process else None

    async def live(self, link: Link) -> None:
        self._stopping = False
        self._stopped = stopped = asyncio.get_running_loop().create_future()
        pause, first = self._restart_ms / 1000, True
        while not self._stopping:
            began, self._killed = time.monotonic(), None
            try:
                self._process = await self._start(link)
            except (OSError, ValueError, TypeError) as error:
                message = f"it can not be started: {says(error)}"
                if first:
                    raise caused("RY2213", f"RY2213: agent `{self.id}`: {message}", error) from error
                link.trouble(message, error)
                restart = True
            else:
                why = await self._life(link, self._process)
                if self._stopping:
                    return
                restart = await link.gone(why)
            first = False
            pause = self._restart_ms / 1000 if time.monotonic() - began > 10 else pause
            await asyncio.wait({stopped}, timeout=pause if restart else _CALM_S)
            # One that was killed has not ended by itself: it need not end at once again.
            pause = pause if self._killed else min(pause * 2, _CALM_S)

    async def _start(self, link: Link) -> Process:
        def too_long() -> None:
            link.trouble(f"it wrote a line of more than {LINE_LIMIT} bytes")

        return await Process.start(self._argv, self._env, self._cwd, partial(self._heard, link), too_long, LINE_LIMIT)

    async def _life(self, link: Link, process: Process) -> str:
        if self._stopping:  # It was told to end while it began: it gets no work.
            process.end_input()
        else:
            link.born()
        try:
            how = await process.ended(self.grace_ms / 1000)
        finally:
            self._process = None
            for doing in self._doing:
                doing.cancel()
        return f"{self._killed}; {how}" if self._killed else how

    def _heard(self, link: Link, line: bytes, whole: bool) -> None:
        if not line.strip():
            return
        is_json = False
        try:
            said = json.loads(line)
            is_json = True
            if isinstance(said, dict) and "dispatch" not in said:
                link.alive()  # No more than that.
                return link.trouble(_nameless(said)) if said else None
            dispatch, report, epoch = said["dispatch"], cast(Report, said.get("report")), said.get("epoch")
            if not isinstance(dispatch, str):
                raise TypeError("of the wrong types")
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            link.trouble(f"it wrote what is no report: {line[:200]!r}", error)
            # It may believe that it has said its last word about a task, which must not wait for ever.
            kind = _KIND.search(line)
            if not whole and not is_json:
                return  # What a process was still writing when it died says nothing of the task: its death does.
            if (named := _NAMED.search(line)) and not (kind and kind[1] in _GOES_ON):
                reason = f"its last report can not be read: {says(error)}"
                link.say(named[1].decode("utf-8", "replace"), {"type": "failed", "reason": reason, "permanent": True})
            return
        if any(name in said for name in WANTS):
            return self._act(link, said)
        link.say(dispatch, report, epoch)  # What can not be used of it is told, and the task has failed: it must not wait for ever.

    def _act(self, link: Link, said: dict[str, Any]) -> None:
        """It wants something done, and is answered as long as it lives."""
        process = self._process
        doing = asyncio.get_running_loop().create_task(wanted(link, said))
        self._doing.add(doing)

        def over(doing: asyncio.Task[dict[str, Any]]) -> None:
            self._doing.discard(doing)
            if not doing.cancelled() and process and self._process is process:
                # As ASCII: it may have written half a character.
                process.write(json.dumps(doing.result(), separators=(",", ":")).encode() + b"\n")

        doing.add_done_callback(over)

    def take(self, line: Line) -> None:
        if self._process:
            self._process.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")

    def kill(self, why: str) -> bool:
        process = self._process
        if not process or process.over:
            return False  # It has ended by itself, and that is about to be told.
        self._killed = why
        process.kill()
        return True

    def stop(self) -> None:
        self._stopping = True
        if self._stopped:
            set_once(self._stopped)
        if self._process:
            self._process.end_input()


def _nameless(said: dict[str, Any]) -> str:
    """What is wrong with a line that names no dispatch. Its keys come from a process, and may be anything."""
    keys = ", ".join(f"`{key}`" for key in said)[:_KEYS].encode("utf-8", "replace").decode()
    return (
        f"it has written a line without `dispatch`, with the keys {keys}; a report names its task by `dispatch` (the dispatch's `id`), "
        "and this line is no more than a sign of life"
    )


class End(Exception):
    """Raised by a function, ends its job with this report: a failure for good, a question to a person, a handoff."""

    def __init__(self, report: Report) -> None:
        super().__init__(report["type"])
        self.report = report


class Job:
    """A task in the hands of a function: `task`, `input`, `attempt`, `resume_from`, and the whole `dispatch`. It tells with `progress`
    and `heartbeat`; the result is what the function returns."""

    def __init__(self, dispatch: DispatchEffect, link: Link) -> None:
        self.dispatch = dispatch
        """The dispatch, whole: `deadline`, `answers`, `undo` and more."""
        self._link = link

    @property
    def task(self) -> str:
        """The task, as `plan/task`."""
        return self.dispatch["task"]

    @property
    def input(self) -> Any:
        """What it is given."""
        return self.dispatch.get("input")

    @property
    def attempt(self) -> int:
        """Which attempt it is, the first is 1."""
        return self.dispatch["attempt"]

    @property
    def resume_from(self) -> Any:
        """The last `state` that an earlier attempt told with `progress`; `None` where there is none."""
        return self.dispatch.get("resume_from")

    def progress(self, done: int, of: int | None = None, state: Any = None) -> None:
        """So far it has come. A replacement gets the last `state` as `resume_from`."""
        more = {key: value for key, value in (("of", of), ("state", state)) if value is not None}
        self._link.say(self.dispatch["id"], cast(Report, {"type": "progress", "done": done, **more}))

    def heartbeat(self) -> None:
        """It is alive: to be said more often than every `heartbeat_ms`, if the task asks for it."""
        self._link.say(self.dispatch["id"], {"type": "heartbeat"})

    @overload
    async def send(self, /, **fields: Unpack[Sending]) -> Sent: ...

    @overload
    async def send(self, proposal: Sending | Proposal, /, **fields: Any) -> Sent: ...

    async def send(self, proposal: Any = None, /, **fields: Any) -> Sent:
        """Wants an effect, and tells what became of it. It passes all limits, as what handlers send does. A task has no subject: name it.
        `key` makes it one effect of the task, whichever attempt sends it; what has failed may be sent again. Without a key, the same
        words are sent once for each attempt.

        Raises: `Rejected` RY1xxx if the proposal can not be used. `HostError` RY2213 if the task is not this agent's any more, RY2206 if
        the key was used for another kind or subject, RY2210 within `perform`, and RY2202 if the host closes first: the effect has not
        failed then, and comes again after the next open, with the same id.
        """
        not_while_performing("job.send")
        return await self._link.send(self.dispatch["id"], gathered("job.send", proposal, fields))

    async def patch(
        self,
        *,
        add: Sequence[Task] | None = None,
        needs: Sequence[NewNeeds] | None = None,
        remove: Sequence[str] | None = None,
        key: str | None = None,
    ) -> Patched:
        """Changes its plan: adds tasks, gives others new needs, removes some that have not started. All of it or nothing. With the same
        `key` it is made once, whichever attempt makes it: `duplicate` says so. Without one, the key is the number of the patch within its
        task: an agent that makes the same patches in the same order at each attempt adds nothing twice.

        Raises: `Rejected` RY1017, RY1019 or RY1021 if it can not be made. `HostError` as `send`.
        """
        not_while_performing("job.patch")
        given: dict[str, Any] = {"add": add, "needs": needs, "remove": remove, "key": key}
        patch = {name: value for name, value in given.items() if value is not None}
        return await self._link.patch(self.dispatch["id"], patch)


class Callable:
    """An async function as an agent, or a plain one, which holds up the host while it runs. What it returns is the result; what it
    raises is a failure that may be tried again, and RY2213 in `on_error`. It is cancelled when it is told to stop."""

    def __init__(
        self,
        id: str,
        call: collections.abc.Callable[[Job], object],
        *,
        slots: int | None = None,
        provides: Sequence[str] | None = None,
        grace_ms: int = 5000,
        profile: Profile | None = None,
    ) -> None:
        if not callable(call):
            raise wrong_call(f"an agent's `call` must be a function, it is {type(call).__name__}")
        whole("grace_ms", grace_ms, 0)
        self.id, self.grace_ms, self._call = id, grace_ms, call
        self.profile = _profile(profile, slots, provides)
        self._jobs: dict[str, asyncio.Task[None]] = {}
        self._link: Link | None = None
        self._ended: asyncio.Event | None = None

    async def live(self, link: Link) -> None:
        self._link, self._ended = link, asyncio.Event()
        ended = asyncio.ensure_future(self._ended.wait())
        link.born()
        try:
            await self._alive(link, [ended], None)
        finally:
            ended.cancel()
            jobs = list(self._jobs.values())
            for job in jobs:
                job.cancel()
            await self._alive(link, jobs, self.grace_ms / 1000)

    async def _alive(self, link: Link, until: Collection[asyncio.Future[Any]], at_most: float | None) -> None:
        """Its process is this one: as long as that runs timers, it is alive."""
        every = self.profile.get("heartbeat_ms") or self.profile.get("start_ms")
        # The core says what is wrong with others.
        pause = max(every / 2000, 0.01) if every and isinstance(every, int) else None
        over = None if at_most is None else time.monotonic() + at_most
        while any(not one.done() for one in until):
            left = None if over is None else over - time.monotonic()
            if left is not None and left <= 0:
                return
            link.alive()
            await asyncio.wait(until, timeout=min((one for one in (pause, left) if one is not None), default=None))

    def take(self, line: Line) -> None:
        if line["type"] == "dispatch":
            if not self._ended or self._ended.is_set():
                raise RuntimeError("it was stopped")  # What came of it would be heard by nobody.
            job = asyncio.get_running_loop().create_task(self._work(line))
            self._jobs[line["id"]] = job
            job.add_done_callback(partial(self._over, line["id"]))
            return
        running = self._jobs.get(line["dispatch"])
        if line["type"] == "recall" and running:
            running.cancel()
        elif line["type"] == "handed" and not line["accepted"] and (running is None or running.done()) and self._link:
            # The function has ended with its offer: nobody else would say anything more of the task.
            reason = line.get("reason") or "nobody has taken it over"
            self._link.say(line["dispatch"], {"type": "failed", "reason": reason})

    def _over(self, id: str, job: asyncio.Task[None]) -> None:
        self._jobs.pop(id, None)
        # Recalled before its first step, it has said nothing.
        if job.cancelled() and self._link and self._ended and not self._ended.is_set():
            self._link.say(id, {"type": "cancelled"})

    async def _work(self, dispatch: DispatchEffect) -> None:
        link = cast(Link, self._link)
        id = dispatch["id"]
        link.say(id, {"type": "accept"} if "handoff" in dispatch else {"type": "started"})
        report: Report
        try:
            result = await got(self._call(Job(dispatch, link)))
            report = {"type": "done", "result": result}
        except asyncio.CancelledError as error:
            # Something it has waited for may have been cancelled, and not the function.
            report = {"type": "cancelled"} if is_cancelled() else self._raised(dispatch, link, error)
        except End as end:
            report = end.report
        except Exception as error:
            report = self._raised(dispatch, link, error)
        if self._ended and not self._ended.is_set():
            link.say(id, report)

    def _raised(self, dispatch: DispatchEffect, link: Link, error: BaseException) -> Report:
        """The plan keeps one line of it, and may try again: where it comes from is for who wrote the function."""
        if self._ended and not self._ended.is_set():
            link.trouble(f"its function has raised in attempt {dispatch['attempt']} of the task {dispatch['task']}: {says(error)}", error)
        return {"type": "failed", "reason": says(error)}

    def kill(self, why: str) -> bool:
        """A function that will not be cancelled can not be killed."""
        return False

    def stop(self) -> None:
        if self._ended:
            self._ended.set()
