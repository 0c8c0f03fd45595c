"""Handlers whose caller is gone, and tasks that outlive the call that started them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from reynolds import HostError, Performing, Turn
from reynolds.types import OutcomeResult
from test_host import Platform, answer, event, run


async def fail_later(turn: Turn) -> None:
    await asyncio.sleep(0.02)
    raise ValueError("no such model")


def test_what_a_handler_raises_is_told_where_its_caller_was_cancelled() -> None:
    platform = Platform()

    async def main() -> None:
        unheard: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
        async with platform.open(":memory:") as ry:
            calling = asyncio.create_task(ry.handle(event(), fail_later))
            await asyncio.sleep(0.01)
            calling.cancel()
            await asyncio.wait({calling})
            assert calling.cancelled()
            await ry.idle()
            assert ry.view.open() == []
        assert unheard == []

    run(main())
    assert [error.code for error in platform.errors] == ["RY2212"]
    assert str(platform.errors[0]).endswith("has raised: no such model")
    assert isinstance(platform.errors[0].__cause__, ValueError)


def test_who_waits_is_raised_at_and_nobody_else_is_told() -> None:
    platform = Platform()

    async def main() -> None:
        async with platform.open(":memory:") as ry:
            with pytest.raises(ValueError, match="no such model"):
                await ry.handle(event(), fail_later)

    run(main())
    assert platform.errors == []


@pytest.mark.parametrize("where", ["perform", "find"])
def test_a_task_that_perform_or_find_has_started_may_handle_when_that_has_ended(where: str) -> None:
    platform = Platform()
    handled: list[str] = []
    begun: list[asyncio.Task[None]] = []
    ry: Any = None
    ended = asyncio.Event()

    async def later() -> None:
        with pytest.raises(HostError, match="^RY2210"):
            await ry.handle(event(9), answer_not)
        await ended.wait()
        handled.append((await ry.handle(event(9), answer_not))["type"])

    async def answer_not(turn: Turn) -> None:
        pass

    async def begin() -> None:
        if not begun:
            begun.append(asyncio.create_task(later()))
            await asyncio.sleep(0.01)

    async def find(effect: Performing) -> OutcomeResult | None:
        await begin()
        return None

    async def perform(effect: Performing) -> OutcomeResult:
        if where == "find" and not effect["redelivered"]:
            return {"type": "ambiguous"}
        if where == "find":
            ended.set()
            await asyncio.wait(begun)
        else:
            await begin()
        return {"type": "done"}

    async def main() -> None:
        nonlocal ry
        async with platform.open(":memory:", perform=perform, find=find, timing={"redeliver_ms": 1}) as ry:
            await ry.handle(event(), answer)
            ended.set()
            await asyncio.gather(*begun)

    run(main())
    assert handled == ["handled"]
