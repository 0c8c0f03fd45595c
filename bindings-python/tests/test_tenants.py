"""Tenants share the places of one host, and none has them all."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from reynolds import Performing, Turn
from reynolds._tenants import Line, Tenants
from reynolds.testing import VirtualClock
from reynolds.types import Event, Input, OutcomeResult
from test_host import Platform, answer, event, path, run

__all__ = ["path"]  # A fixture.

RULES: Any = [{"id": "r", "when": {"kind": "*"}, "handle": "h"}]


def of(tenant: str, number: int) -> Event:
    return event(number, **({"tenant": tenant} if tenant else {}))


def given(tenant: str, number: int) -> Input:
    return cast(Input, {**of(tenant, number), "type": "event"})


@pytest.mark.parametrize(("most", "of_a"), [(4, 3), (2, 1), (1, 1)])
def test_who_hangs_in_perform_leaves_a_place_to_others(most: int, of_a: int) -> None:
    begun: list[str] = []

    async def main() -> None:
        end = asyncio.Event()

        async def perform(effect: Performing) -> OutcomeResult:
            begun.append(effect.get("tenant", ""))
            await (end.wait() if effect.get("tenant") == "a" else asyncio.sleep(0))
            return {"type": "done"}

        async with Platform().open(":memory:", perform=perform, concurrency=most) as ry:
            if most > 1:  # As soon as there is a second tenant.
                await ry.handle(of("b", 300), answer)
                begun.clear()
            calls = [asyncio.create_task(ry.handle(event(number, tenant="a"), answer)) for number in range(100)]
            while len(begun) < of_a:
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.02)
            assert begun == ["a"] * of_a
            if most > 1:
                for tenant in ("b", "c", ""):
                    assert cast(Any, await ry.handle(of(tenant, 200), answer))["value"]["type"] == "done"
                assert len(begun) == of_a + 3
            end.set()
            await asyncio.gather(*calls)

    run(main())


def test_who_hangs_in_a_handler_leaves_a_place_to_others() -> None:
    begun: list[str] = []

    async def main() -> None:
        end = asyncio.Event()

        async def h(turn: Turn) -> None:
            begun.append(turn.event["id"])
            if turn.event.get("tenant") == "a":
                await end.wait()

        async with Platform().open(":memory:", rules=RULES, handlers={"h": h}, max_handlers=4) as ry:
            await ry.submit(given("b", 300))
            await asyncio.gather(*(ry.submit(given("a", number)) for number in range(100)))
            for number, tenant in ((200, "b"), (201, "c"), (202, "")):
                await ry.submit(given(tenant, number))
            while len(begun) < 7:
                await asyncio.sleep(0.001)
            assert begun == ["d300", "d0", "d1", "d2", "d200", "d201", "d202"]
            end.set()
            await ry.idle()

    run(main())


@pytest.mark.parametrize("tenant", ["", "a"])
def test_the_only_tenant_has_all_places(tenant: str) -> None:
    async def main() -> None:
        begun: list[str] = []
        end = asyncio.Event()

        async def perform(effect: Performing) -> OutcomeResult:
            begun.append(effect["id"])
            await end.wait()
            return {"type": "done"}

        async with Platform().open(":memory:", perform=perform, concurrency=4) as ry:
            calls = [asyncio.create_task(ry.handle(of(tenant, number), answer)) for number in range(20)]
            while len(begun) < 4:
                await asyncio.sleep(0.001)
            end.set()
            await asyncio.gather(*calls)

    run(main())


def test_tenants_take_turns_and_each_keeps_its_order() -> None:
    line: Line[str] = Line(Tenants())
    for one in ("a1", "a2", "a3", "b1", "c1", "b2"):
        line.add(one[0], one)
    assert [line.next(9) for _ in range(7)] == ["a1", "b1", "c1", "a2", "b2", "a3", None]


def test_what_has_a_newline_in_its_id_is_not_taken_for_another() -> None:
    async def main() -> None:
        heard: list[str] = []

        def by(name: str) -> Any:
            async def hear(turn: Turn) -> str:
                heard.append(name)
                return name

            return hear

        async with Platform().open(":memory:") as ry:
            one, other = event(1, tenant="t", source="s\nx", id="d"), event(1, tenant="t", source="s", id="x\nd")
            both: Any = await asyncio.gather(ry.handle(one, by("one")), ry.handle(other, by("other")))
            assert [handled["value"] for handled in both] == ["one", "other"]
        assert sorted(heard) == ["one", "other"]

    run(main())


def test_effects_of_two_tenants_on_subjects_with_newlines_do_not_wait_for_each_other() -> None:
    async def main() -> None:
        both = asyncio.Barrier(2)

        async def perform(effect: Performing) -> OutcomeResult:
            await both.wait()
            return {"type": "done"}

        async with Platform().open(":memory:", perform=perform) as ry:
            one, other = event(1, tenant="t", subject="x\ny"), event(2, tenant="t\nx", subject="y")
            await asyncio.gather(ry.handle(one, answer), ry.handle(other, answer))

    run(main())


def test_a_host_whose_places_are_all_taken_for_a_minute_says_so_once() -> None:
    platform, clock = Platform(), VirtualClock()

    async def main() -> None:
        ends = [asyncio.Event() for _ in range(7)]
        begun: list[int] = []

        async def h(turn: Turn) -> None:
            begun.append(int(turn.event["id"][1:]))
            await ends[begun[-1]].wait()

        def minutes(many: int) -> None:
            clock.move_to(clock.now() + many * 60_000)

        async def until(many: int) -> None:
            while len(begun) < many:
                await asyncio.sleep(0.001)

        options: Any = {"rules": RULES, "handlers": {"h": h}, "max_handlers": 2, "clock": clock, "timing": {"handle_due_ms": 86_400_000}}
        async with platform.open(":memory:", **options) as ry:
            await ry.submit(cast(Input, {**event(0), "type": "event"}))
            await until(1)
            minutes(5)
            assert platform.errors == []
            assert ry._seats.taken == 1
            for number in range(1, 5):
                await ry.submit(cast(Input, {**event(number), "type": "event"}))
            await until(2)
            clock.move_to(clock.now() + 59_999)
            assert platform.errors == []
            clock.move_to(clock.now() + 1)
            minutes(5)
            said = [str(error) for error in platform.errors]
            assert said == [
                "RY2214: all 2 places for handlers have been taken for a minute, the longest by the handler of event d0; 3 events wait; let "
                "handlers end, give what they wait for a timeout, or raise max_handlers"
            ]
            for end in ends[:4]:
                end.set()  # One is left: a place is free.
            await until(5)
            await asyncio.sleep(0.01)
            minutes(5)
            assert len(platform.errors) == 1
            await ry.submit(given("", 5))
            await until(6)
            minutes(5)
            assert len(platform.errors) == 1, "nobody waits"
            await ry.submit(given("", 6))
            await asyncio.sleep(0.01)
            minutes(1)
            assert [error.code for error in platform.errors] == ["RY2214", "RY2214"]
            assert "of event d4; 1 events wait" in str(platform.errors[1])
            for end in ends:
                end.set()

    run(main())


def test_a_tenant_whose_places_are_all_taken_is_told_of_too() -> None:
    platform, clock = Platform(), VirtualClock()

    async def main() -> None:
        end = asyncio.Event()

        async def h(turn: Turn) -> None:
            await end.wait()

        options: Any = {"rules": RULES, "handlers": {"h": h}, "max_handlers": 3, "clock": clock, "timing": {"handle_due_ms": 86_400_000}}
        async with platform.open(":memory:", **options) as ry:
            for tenant, number in (("b", 0), ("a", 1), ("a", 2), ("a", 3)):
                await ry.submit(given(tenant, number))
            end.set()
            await ry.idle()
            end.clear()
            for number in range(10, 15):
                await ry.submit(given("a", number))
            await asyncio.sleep(0.01)
            clock.move_to(clock.now() + 60_000)
            said = "RY2214: all 2 places for handlers have been taken for a minute, the longest by the handler of event d10; 3 events wait; "
            assert str(platform.errors[0]).startswith(said)
            end.set()

    run(main())
