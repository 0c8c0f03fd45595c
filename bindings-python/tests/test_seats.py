"""How many handlers run at once, and who waits for whom."""

from __future__ import annotations

import asyncio
import contextvars
from pathlib import Path
from typing import Any, cast

import pytest
import reynolds
from reynolds import HostError, Performing, Turn
from reynolds._seats import Seat, Seats
from reynolds._tenants import Tenants
from reynolds.agents import Callable, Job
from reynolds.testing import VirtualClock
from reynolds.types import Input, OutcomeResult
from test_host import Platform, answer, event, path, run

__all__ = ["path"]  # A fixture.

RULES: Any = [{"id": "r", "when": {"kind": "*"}, "handle": "h"}]


def given(number: int) -> Input:
    return cast(Input, {**event(number), "type": "event"})


@pytest.mark.parametrize(("enforce", "at_once"), [("deny", 4), ("log", 45)])
def test_so_many_handlers_run_at_once_and_the_others_wait_in_the_order_of_their_events(enforce: str, at_once: int) -> None:
    begun: list[str] = []
    running: set[Any] = set()
    most = 0

    async def h(turn: Turn) -> None:
        nonlocal most
        begun.append(turn.event["id"])
        running.add(asyncio.current_task())
        most = max(most, len(running))
        await asyncio.sleep(0.005)
        running.discard(asyncio.current_task())

    async def main() -> None:
        async with Platform().open(":memory:", rules=RULES, handlers={"h": h}, max_handlers=4, enforce=enforce) as ry:
            calls = [ry.handle(event(number), h) if number % 2 else ry.submit(given(number)) for number in range(30)]
            await asyncio.gather(*cast(Any, calls))
            await ry.idle()
            assert ry.view.open() == []

    run(main())
    # Those given to `handle` have a handler of the rule beside their own.
    assert list(dict.fromkeys(begun)) == [f"d{number}" for number in range(30)]
    assert (len(begun), most) == (45, at_once)


def test_nobody_waits_for_a_place_of_those_who_wait_for_him() -> None:
    async def main() -> None:
        up = asyncio.Event()

        async def perform(effect: Performing) -> OutcomeResult:
            await up.wait()
            return {"type": "done"}

        async def inner(turn: Turn) -> str:
            return "inner"

        async def work(job: Job) -> str:
            await ry.handle(event(9), inner)
            return "good"

        async def outer(turn: Turn) -> Any:
            handled = await ry.handle(event(100, id=f"{turn.event['id']} inner"), inner)
            ran = await ry.run({"id": f"{turn.event['id']} plan", "tasks": [{"id": "a"}]})
            up.set()
            return handled["type"], ran.state

        async with Platform().open(":memory:", perform=perform, max_handlers=1) as ry:
            await ry.agents.add(Callable("ada", work, slots=2))
            # The platform is down, and others are handled; also what a handler itself, or its plan, wants handled.
            both: Any = await asyncio.gather(ry.handle(event(1), answer), ry.handle(event(2), outer))
            assert [both[0]["value"]["type"], both[1]["value"]] == ["done", ("handled", "succeeded")]

    run(main())


def test_what_waits_for_a_place_when_the_host_closes_comes_again(path: Path) -> None:
    platform, again = Platform(), list[str]()

    async def hang(turn: Turn) -> None:
        await asyncio.Event().wait()

    async def never(turn: Turn) -> None:
        raise AssertionError("it has begun")

    async def hear(turn: Turn) -> None:
        again.append(turn.event["id"])

    async def main() -> None:
        ry = await platform.open(path, rules=RULES, handlers={"h": hang}, max_handlers=1, close_ms=20)
        await ry.submit(given(1))
        handling = asyncio.create_task(ry.handle(event(2), never))
        await asyncio.sleep(0.02)
        await ry.close()
        with pytest.raises(HostError, match="^RY2202"):
            await handling
        async with platform.open(path, rules=RULES, handlers={"h": hear}, resume=hear) as ry:
            while len(again) < 3:
                await asyncio.sleep(0.001)
            await ry.idle()
            assert ry.view.open() == []

    run(main())
    assert (again, platform.errors) == (["d1", "d2", "d2"], [])


def test_what_waits_for_a_place_when_the_journal_is_lost_does_not_begin(path: Path) -> None:
    platform, begun = Platform(), list[str]()

    async def main() -> None:
        end = asyncio.Event()

        async def h(turn: Turn) -> None:
            begun.append(turn.event["id"])
            await end.wait()

        ry = await platform.open(path, rules=RULES, handlers={"h": h}, max_handlers=1)
        await ry.submit(given(1))
        handling = asyncio.create_task(ry.handle(event(2), h))
        while len(ry.view.open()) < 3:
            await asyncio.sleep(0.001)
        for file in path.glob("*.ryj"):
            file.unlink()
        with pytest.raises(reynolds.StorageError, match="^RY2103"):
            await ry.submit(given(3))
        with pytest.raises(reynolds.StorageError, match="^RY2103"):
            await handling
        end.set()
        await ry.close()

    run(main())
    assert begun == ["d1"]


def test_a_handler_that_has_waited_for_a_place_has_nothing_of_the_one_that_made_it() -> None:
    mark: contextvars.ContextVar[str] = contextvars.ContextVar("mark", default="")
    seen: list[str] = []

    async def h(turn: Turn) -> None:
        seen.append(mark.get())
        mark.set(turn.event["id"])
        await answer(turn)

    async def main() -> None:
        async with Platform().open(":memory:", rules=RULES, handlers={"h": h}, max_handlers=1) as ry:
            await asyncio.gather(*(ry.submit(given(number)) for number in range(5)))
            await ry.idle()

    run(main())
    assert seen == [""] * 5


def test_a_place_that_was_given_to_somebody_cancelled_before_his_first_step_is_free_again() -> None:
    begun: list[str] = []

    async def h(turn: Turn) -> None:
        begun.append(turn.event["id"])

    def cut(_: Any, input: Any) -> None:
        for task in asyncio.all_tasks() if input and input.get("id") == "d1" else ():
            if "Reynolds._run" in repr(task.get_coro()):
                task.cancel()

    async def main() -> None:
        async with Platform().open(":memory:", rules=RULES, handlers={"h": h}, max_handlers=1, on_decision=cut) as ry:
            await ry.submit(given(1))
            await ry.submit(given(2))
            await ry.idle()

    run(main())
    assert begun == ["d2"]


def test_who_waits_at_once_on_an_event_loop_that_begins_tasks_at_once_does_not_nest() -> None:
    seats = Seats(1, lambda: False, Tenants(), VirtualClock(), lambda _: None)
    depth, deepest, begun = 0, 0, list[int]()

    def begin(number: int, seat: Seat) -> None:
        nonlocal depth, deepest
        depth += 1
        deepest = max(deepest, depth)
        begun.append(number)
        if number == 0:
            for other in range(1, 2000):
                seats.take(lambda seat, other=other: begin(other, seat), lambda _: None)  # type: ignore[misc]
        seat.leave(True)
        depth -= 1

    seats.take(lambda seat: begin(0, seat), lambda _: None)
    assert begun == list(range(2000))
    assert (deepest, seats.taken, seats.running) == (1, 0, 0)


def test_a_handler_that_waits_until_no_handler_runs_is_refused_and_what_it_leaves_behind_may_wait() -> None:
    after: list[asyncio.Task[None]] = []

    async def main() -> None:
        async with Platform().open(":memory:", max_handlers=2) as ry, Platform().open(":memory:") as other:

            async def later() -> None:
                await asyncio.sleep(0.02)
                await ry.idle()

            async def waits(turn: Turn) -> str:
                with pytest.raises(HostError, match="^RY2210: `idle` was called while its handler runs"):
                    await ry.idle()
                await other.idle()
                after.append(asyncio.create_task(later()))
                return "went on"

            handled: Any = await asyncio.gather(*(ry.handle(event(number), waits) for number in range(3)))
            assert [one["value"] for one in handled] == ["went on"] * 3
            await asyncio.gather(*after)

    run(main())
