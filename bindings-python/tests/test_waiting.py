"""Effects that wait in the host, and what is said about them meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from reynolds import Performing, Reynolds, Turn
from reynolds.testing import VirtualClock
from reynolds.types import Input, OutcomeResult
from test_host import Platform, event, path, run

__all__ = ["path"]  # A fixture.


class Busy:
    """A platform whose first effect takes long."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go = asyncio.Event()
        self.platform = Platform()

    async def perform(self, effect: Performing) -> OutcomeResult:
        self.begun.append(effect.get("text", ""))
        if len(self.begun) == 1:
            await self.go.wait()
        return {"type": "done"}

    @asynccontextmanager
    async def behind(self, path: Path, *, one_place: bool, **more: Any) -> AsyncIterator[tuple[Reynolds, asyncio.Task[Any]]]:
        """A host, and a sender whose effect waits: for a place, or for the one before it on its subject."""

        def says(text: str, fields: Any) -> Any:
            async def handler(turn: Turn) -> Any:
                return await turn.send(kind="comment", subject="s" if not one_place else text, text=text, **fields)

            return handler

        fields = {key: more.pop(key) for key in ("expires_at",) if key in more}
        tenant = more.pop("tenant", "")
        whose = {"tenant": tenant} if tenant else {}
        async with self.platform.open(path, perform=self.perform, concurrency=1 if one_place else 16, **more) as ry:
            first = asyncio.create_task(ry.handle(event(1, **whose), says("first", {})))
            while not self.begun:
                await asyncio.sleep(0.001)
            second = asyncio.create_task(ry.handle(event(2, **whose), says("second", fields)))
            while len([one for one in ry.view.open(tenant) if one["effect"]["type"] == "act"]) < 2:
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.01)  # It has been stored.
            yield ry, second
            self.go.set()
            await first
            await ry.idle()


@pytest.mark.parametrize("tenant", ["", "acme"])
@pytest.mark.parametrize("one_place", [True, False])
@pytest.mark.parametrize("order", ["stop_all", "stop_chain"])
def test_what_a_person_stops_while_it_waits_is_not_performed(path: Path, order: str, one_place: bool, tenant: str) -> None:
    async def main() -> None:
        busy = Busy()
        async with busy.behind(path, one_place=one_place, tenant=tenant) as (ry, second):
            waits = ry.view.open(tenant)[-1]["effect"]
            do: dict[str, Any] = {"type": order}
            if order == "stop_chain":
                do["chain"] = waits["chain"]
            await ry.submit(cast(Input, {"type": "command", "do": do, **({"tenant": tenant} if tenant else {})}))
            busy.go.set()
            sent = (await second)["value"]
            assert (sent["type"], sent["why"]) == ("failed", "a person or a stop dropped it")
        assert busy.begun == ["first"]
        assert busy.platform.errors == []

    run(main())


@pytest.mark.parametrize(("result", "sent"), [("cancelled", "failed"), ("done", "done")])
def test_what_has_ended_while_it_waits_is_not_performed(path: Path, result: str, sent: str) -> None:
    async def main() -> None:
        busy = Busy()
        async with busy.behind(path, one_place=True) as (ry, second):
            effect = ry.view.open()[-1]["effect"]["id"]
            await ry.submit(cast(Input, {"type": "outcome", "effect": effect, "result": {"type": result}}))
            assert (await second)["value"]["type"] == sent
            busy.go.set()
        assert busy.begun == ["first"]
        assert busy.platform.errors == []

    run(main())


@pytest.mark.parametrize("one_place", [True, False])
def test_what_expires_while_it_waits_is_not_performed(path: Path, one_place: bool) -> None:
    async def main() -> None:
        busy, clock = Busy(), VirtualClock()
        async with busy.behind(path, one_place=one_place, clock=clock, expires_at=clock.now() + 10_000) as (ry, second):
            clock.move_to(clock.now() + 10_000)
            busy.go.set()
            sent = (await second)["value"]
            assert (sent["type"], sent["why"][:30]) == ("failed", "its expires_at passed before i")
        assert busy.begun == ["first"]
        assert busy.platform.errors == []

    run(main())


@pytest.mark.parametrize("enforce", ["deny", "log"])
def test_what_nobody_stops_while_it_waits_is_performed(path: Path, enforce: str) -> None:
    async def main() -> None:
        busy = Busy()
        async with busy.behind(path, one_place=True, enforce=enforce) as (_, second):
            busy.go.set()
            assert (await second)["value"]["type"] == "done"
        assert busy.begun == ["first", "second"]

    run(main())


def test_what_log_mode_performs_without_the_broker_needs_no_word_of_it(path: Path) -> None:
    async def main() -> None:
        busy = Busy()

        async def first(turn: Turn) -> Any:
            return await turn.send(kind="comment", text="first")

        async def large(turn: Turn) -> Any:
            return await turn.send(kind="comment", text="x" * 300_000)

        async with busy.platform.open(path, perform=busy.perform, concurrency=1, enforce="log") as ry:
            both = [asyncio.create_task(ry.handle(event(1), first))]
            while not busy.begun:
                await asyncio.sleep(0.001)
            both.append(asyncio.create_task(ry.handle(event(2), large)))
            await asyncio.sleep(0.02)
            busy.go.set()
            assert [cast(Any, await one)["value"]["type"] for one in both] == ["done", "done"]
        assert [error.code for error in busy.platform.errors] == ["RY1003"]

    run(main())
