"""A process that talks in lines, with all it has started."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import TypeAlias, cast

_TAIL_S = 0.25
"""So long what a process has written may take to arrive, after it has ended. What it has started may keep its stdout open."""


Heard: TypeAlias = Callable[[bytes, bool], None]
"""Told of each line, and whether it has an end: one that has none may not be whole."""


class Process(asyncio.SubprocessProtocol):
    """It has a group of its own, which ends with it: what it has started does not outlive it."""

    def __init__(self, heard: Heard, too_long: Callable[[], None], limit: int) -> None:
        loop = asyncio.get_running_loop()
        self._heard, self._too_long, self._limit = heard, too_long, limit
        self._rest, self._lines, self._awaited = b"", list[tuple[bytes, bool]](), False
        self._exited: asyncio.Future[None] = loop.create_future()
        self._closed: asyncio.Future[None] = loop.create_future()
        self._transport: asyncio.SubprocessTransport | None = None
        # Nothing more is to be said to it.
        self._said = False

    @classmethod
    async def start(
        cls,
        argv: Sequence[str | PathLike[str]],
        env: Mapping[str, str] | None,
        cwd: str | PathLike[str] | None,
        heard: Heard,
        too_long: Callable[[], None],
        limit: int,
    ) -> Process:
        loop, pipe = asyncio.get_running_loop(), asyncio.subprocess.PIPE
        program, *arguments = [os.fspath(one) for one in argv]
        _, process = await loop.subprocess_exec(
            lambda: cls(heard, too_long, limit), program, *arguments, stdin=pipe, stdout=pipe, stderr=None, env=env, cwd=cwd,
            start_new_session=True,
        )  # fmt: skip
        return process

    @property
    def over(self) -> bool:
        """It has ended, though what it has written may still arrive."""
        return self._exited.done()

    @property
    def pid(self) -> int:
        return self._running.get_pid()

    @property
    def _running(self) -> asyncio.SubprocessTransport:
        return cast(asyncio.SubprocessTransport, self._transport)

    @property
    def _stdin(self) -> asyncio.WriteTransport:
        return cast(asyncio.WriteTransport, self._running.get_pipe_transport(0))

    def write(self, line: bytes) -> None:
        """Says something to it.

        Raises: `BrokenPipeError` if it lives and does not listen any more.
        """
        if self._exited.done() or self._said:
            return  # That it has ended, or is to end, is told in another way.
        if not self._stdin.is_closing():
            self._stdin.write(line)
        if self._stdin.is_closing():
            raise BrokenPipeError("it has closed its stdin")

    def end_input(self) -> None:
        """Says that nothing more comes."""
        self._said = True
        self._stdin.close()

    async def ended(self, patience_s: float) -> str:
        """Hands on what it says, waits for its end, and says how it came. One that only closes its stdout gets so long to end."""
        self._awaited = True
        self._hand_on()
        try:
            await asyncio.wait({self._exited, self._closed}, return_when=asyncio.FIRST_COMPLETED)
            if self._exited.done():
                await asyncio.wait({self._closed}, timeout=_TAIL_S)
            else:
                await asyncio.wait({self._exited}, timeout=patience_s)
        finally:
            self.kill()
            if not self._exited.done():
                await asyncio.wait({self._exited}, timeout=1)
            # What it has started may hold its stdout still: what it said last is of this life.
            self.pipe_connection_lost(1, None)
            self._running.close()
        return f"it ended with {self._running.get_returncode()}"

    def kill(self) -> None:
        """Ends it, and all it has started."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except AttributeError:  # Windows has no groups.
            if not self._exited.done():
                self._running.kill()
        except (ProcessLookupError, PermissionError):
            pass

    # What asyncio tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.SubprocessTransport, transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._lines += [(line, True) for line in lines]
        self._hand_on()
        if len(self._rest) > self._limit:
            self._rest = b""
            self._too_long()
            self.kill()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd == 1 and not self._closed.done():
            self._lines += [(self._rest, False)] if self._rest else []
            self._hand_on()
            self._closed.set_result(None)

    def _hand_on(self) -> None:
        # Not before somebody waits for it: what it says at once is about a life that has been told.
        while self._awaited and self._lines:
            self._heard(*self._lines.pop(0))

    def process_exited(self) -> None:
        if not self._exited.done():
            self._exited.set_result(None)
