"""Agents that work on the tasks of plans: local processes, and async functions.

A process talks JSON, a line for each thing to say. On its stdin come the effects `dispatch`, `recall` and `handed` as `docs/wire.md`
has them. On its stdout it says `{"dispatch": "7.0", "report": {"type": "done", "result": 1}}`, with any report of a task. When its
stdin ends, it is to end too. What it writes to stderr is for people.
"""

from __future__ import annotations

import asyncio
import collections.abc
import json
import time
from collections.abc import Awaitable, Mapping, Sequence
from os import PathLike
from typing import Any, Protocol, TypeAlias, cast

from .types import DispatchEffect, HandedEffect, Profile, RecallEffect, Report

__all__ = ["Agent", "Callable", "End", "Job", "Line", "Link", "Subprocess"]

Line: TypeAlias = DispatchEffect | RecallEffect | HandedEffect
"""What an agent is told."""

LINE_LIMIT = 1 << 20
"""Longest line of a process, in bytes."""


class Link(Protocol):
    """What an agent has of its host."""

    def born(self) -> None:
        """A new life begins: what the one before had is given to others."""
        ...

    def gone(self, why: str) -> None:
        """This life is over, and not because it was told so."""
        ...

    def say(self, dispatch: str, report: Report, epoch: int | None = None) -> None:
        """A report about a dispatch. Signs of life leave together with others."""
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

    def kill(self, why: str) -> None:
        """It has not stopped what it was told to stop."""
        ...

    def stop(self) -> None:
        """The host closes."""
        ...


class Subprocess:
    """A process on this machine. If it ends, it is started anew, at first after `restart_ms`, then after twice as long each time, up
    to 30 seconds; so is one that does not stop within `grace_ms` what it was told to stop: then it is killed, with whatever else it
    was working on."""

    def __init__(
        self,
        id: str,
        argv: Sequence[str | PathLike[str]],
        *,
        slots: int = 1,
        provides: Sequence[str] = (),
        restart_ms: int = 500,
        grace_ms: int = 5000,
        env: Mapping[str, str] | None = None,
        cwd: str | PathLike[str] | None = None,
        profile: Profile | None = None,
    ) -> None:
        self.id, self.grace_ms = id, grace_ms
        self.profile: Profile = {**(profile or {}), "slots": slots, "provides": list(provides)}
        self._argv, self._restart_ms, self._env, self._cwd = argv, restart_ms, env, cwd
        self._process: asyncio.subprocess.Process | None = None
        self._link: Link | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """Its process, while there is one."""
        return self._process.pid if self._process else None

    async def live(self, link: Link) -> None:
        self._link, self._stopping = link, False
        pause = self._restart_ms / 1000
        while not self._stopping:
            began = time.monotonic()
            why = await self._life(link)
            if self._stopping:
                return
            link.gone(why)
            pause = self._restart_ms / 1000 if time.monotonic() - began > 10 else pause
            await asyncio.sleep(pause)
            pause = min(pause * 2, 30)

    async def _life(self, link: Link) -> str:
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *self._argv, stdin=pipe, stdout=pipe, env=self._env, cwd=self._cwd, limit=LINE_LIMIT
            )
        except OSError as error:
            link.trouble(f"it can not be started: {error}", error)
            return "it can not be started"
        self._process = process
        link.born()
        try:
            await self._listen(link, cast(asyncio.StreamReader, process.stdout))
            # It has closed its stdout: mostly because it ends. Killing it now would hide how.
            await asyncio.wait({asyncio.ensure_future(process.wait())}, timeout=self.grace_ms / 1000)
        finally:
            if process.returncode is None:
                self._end(process)
            code = await process.wait()
            self._process = None
        return f"it ended with {code}"

    async def _listen(self, link: Link, lines: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await lines.readline()
            except ValueError as error:
                return link.trouble(f"it wrote a line of more than {LINE_LIMIT} bytes", error)
            if not line:
                return
            if not line.strip():
                continue
            try:
                said = json.loads(line)
                dispatch, report, epoch = said["dispatch"], said["report"], said.get("epoch")
                report["type"]
            except (ValueError, TypeError, LookupError, AttributeError) as error:
                link.trouble(f"it wrote what is no report: {line[:200]!r}", error)
                continue
            link.say(dispatch, report, epoch)

    def take(self, line: Line) -> None:
        stdin = self._process.stdin if self._process else None
        if stdin and not stdin.is_closing():
            stdin.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")

    def kill(self, why: str) -> None:
        if self._process:
            self._end(self._process)

    def stop(self) -> None:
        self._stopping = True
        if self._process and self._process.stdin:
            self._process.stdin.close()

    def _end(self, process: asyncio.subprocess.Process) -> None:
        try:
            process.kill()
        except ProcessLookupError:
            pass


class End(Exception):
    """Raised by a function, ends its job with this report: a failure for good, a question to a person, a handoff."""

    def __init__(self, report: Report) -> None:
        super().__init__(report["type"])
        self.report = report


class Job:
    """A task in the hands of a function."""

    def __init__(self, dispatch: DispatchEffect, link: Link) -> None:
        self.dispatch = dispatch
        """The dispatch, whole: `attempt`, `deadline`, `resume_from`, `answers`, `undo` and more."""
        self._link = link

    @property
    def task(self) -> str:
        """The task, as `plan/task`."""
        return self.dispatch["task"]

    @property
    def input(self) -> Any:
        """What it is given."""
        return self.dispatch.get("input")

    def progress(self, done: int, of: int | None = None, state: Any = None) -> None:
        """So far it has come. A replacement gets the last `state` as `resume_from`."""
        more = {key: value for key, value in (("of", of), ("state", state)) if value is not None}
        self._link.say(self.dispatch["id"], cast(Report, {"type": "progress", "done": done, **more}))

    def heartbeat(self) -> None:
        """It is alive: to be said more often than every `heartbeat_ms`, if the task asks for it."""
        self._link.say(self.dispatch["id"], {"type": "heartbeat"})


class Callable:
    """An async function as an agent. What it returns is the result; what it raises is a failure that may be tried again. It is
    cancelled when it is told to stop."""

    def __init__(
        self,
        id: str,
        call: collections.abc.Callable[[Job], Awaitable[Any]],
        *,
        slots: int = 1,
        provides: Sequence[str] = (),
        grace_ms: int = 5000,
        profile: Profile | None = None,
    ) -> None:
        self.id, self.grace_ms, self._call = id, grace_ms, call
        self.profile: Profile = {**(profile or {}), "slots": slots, "provides": list(provides)}
        self._jobs: dict[str, asyncio.Task[None]] = {}
        self._link: Link | None = None
        self._ended: asyncio.Event | None = None

    async def live(self, link: Link) -> None:
        self._link, self._ended = link, asyncio.Event()
        link.born()
        try:
            await self._ended.wait()
        finally:
            jobs = list(self._jobs.values())
            for job in jobs:
                job.cancel()
            if jobs:
                await asyncio.wait(jobs, timeout=self.grace_ms / 1000)

    def take(self, line: Line) -> None:
        if line["type"] == "dispatch":
            job = asyncio.get_running_loop().create_task(self._work(line))
            self._jobs[line["id"]] = job
            job.add_done_callback(lambda _: self._jobs.pop(line["id"], None))
        elif line["type"] == "recall" and (running := self._jobs.get(line["dispatch"])):
            running.cancel()

    async def _work(self, dispatch: DispatchEffect) -> None:
        link = cast(Link, self._link)
        id = dispatch["id"]
        link.say(id, {"type": "accept"} if "handoff" in dispatch else {"type": "started"})
        report: Report
        try:
            result = await self._call(Job(dispatch, link))
            report = {"type": "done", "result": result}
        except asyncio.CancelledError:
            report = {"type": "cancelled"}
        except End as end:
            report = end.report
        except Exception as error:
            report = {"type": "failed", "reason": (str(error) or type(error).__name__)[:500]}
        if self._ended and not self._ended.is_set():
            link.say(id, report)

    def kill(self, why: str) -> None:
        """A function that will not be cancelled can not be killed."""

    def stop(self) -> None:
        if self._ended:
            self._ended.set()
