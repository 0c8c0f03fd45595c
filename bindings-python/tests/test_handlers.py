"""Handlers whose caller is gone, and tasks that outlive the call that started them."""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import Coroutine
from contextvars import Context
from pathlib import Path
from typing import Any, cast
from weakref import ref

import pytest
from reynolds import HostError, Performing, Turn
from reynolds._performing import Performer
from reynolds._tenants import Tenants
from reynolds.testing import VirtualClock
from reynolds.types import Input, OutcomeResult
from test_host import Platform, answer, event, path, run

__all__ = ["path"]  # A fixture.


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


async def await_what_is_cancelled(turn: Turn) -> None:
    work = asyncio.create_task(asyncio.sleep(60))
    asyncio.get_running_loop().call_later(0.01, work.cancel)
    await work


@pytest.mark.parametrize("given", ["to handle", "by a rule"])
def test_a_handler_that_ends_because_something_else_was_cancelled_has_raised(given: str) -> None:
    platform = Platform()

    async def main() -> None:
        rule = {"id": "r", "when": {"kind": "*"}, "handle": "await"}
        by_rule = {"rules": [rule], "handlers": {"await": await_what_is_cancelled}} if given == "by a rule" else {}
        async with platform.open(":memory:", **by_rule) as ry:
            if by_rule:
                await ry.submit(cast(Input, {**event(), "type": "event"}))
            else:
                with pytest.raises(asyncio.CancelledError):
                    await ry.handle(event(), await_what_is_cancelled)
            await ry.idle()
            assert ry.view.open() == []

    run(main())
    assert [str(error).split(" has raised: ")[1] for error in platform.errors] == ["CancelledError"]


@pytest.mark.parametrize("goes_on", [True, False], ids=["the host goes on", "the loop ends"])
def test_a_handler_that_is_cancelled_has_failed_unless_that_is_the_end_of_its_loop(
    goes_on: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = Platform()
    monkeypatch.setattr("reynolds.host.MOMENT_MS", 50)
    again: list[str] = []
    running: list[Any] = []

    async def hang(turn: Turn) -> None:
        running.append(asyncio.current_task())
        await asyncio.Event().wait()

    async def main() -> None:
        ry = await platform.open(tmp_path / "bot.ryj")
        handling = asyncio.create_task(ry.handle(event(), hang))
        while not running:
            await asyncio.sleep(0.001)
        if goes_on:
            running[0].cancel()
            await asyncio.wait({handling})
            while ry.view.open():
                await asyncio.sleep(0.001)
            await ry.close()

    async def resume(turn: Turn) -> None:
        again.append(turn.event["id"])

    async def after() -> None:
        async with platform.open(tmp_path / "bot.ryj", resume=resume) as ry:
            await ry.idle()

    run(main())
    running.clear()
    gc.collect()  # The first host holds the lock.
    run(after())
    assert again == ([] if goes_on else ["d1"])
    assert [error.code for error in platform.errors] == (["RY2212"] if goes_on else [])


def test_a_listener_may_be_async_and_raise(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []

    async def on_error(error: Exception) -> None:
        await asyncio.sleep(0)
        heard.append(str(error)[:6])
        raise ValueError("no such channel")

    async def main() -> None:
        async with Platform().open(":memory:", on_error=on_error) as ry:
            calling = asyncio.create_task(ry.handle(event(), fail_later))
            await asyncio.sleep(0.01)
            calling.cancel()
            await ry.idle()
            while not caplog.records:
                await asyncio.sleep(0.001)

    run(main())
    assert heard == ["RY2212"]
    assert [record.message for record in caplog.records] == ["a listener has raised"]


@pytest.mark.skipif(not hasattr(asyncio, "eager_task_factory"), reason="Python 3.12 has it")
def test_a_loop_may_begin_tasks_at_once() -> None:
    async def main() -> None:
        asyncio.get_running_loop().set_task_factory(cast(Any, asyncio).eager_task_factory)
        async with Platform().open(":memory:") as ry:
            both = await asyncio.gather(ry.handle(event(), answer), ry.handle(event(), answer))
            assert sorted(one["type"] for one in both) == ["duplicate", "handled"]
            assert (await ry.handle(event(), answer))["type"] == "duplicate"
            await ry.idle()

    run(main())


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


def test_who_waits_for_a_handler_that_is_cancelled_before_its_first_step_is_told() -> None:
    platform = Platform()
    begun: list[Any] = []

    def cut(_: Any, input: Any) -> None:
        for task in asyncio.all_tasks() if input and input["type"] == "event" else ():
            if "Reynolds._run" in repr(task.get_coro()):
                task.cancel()

    async def main() -> None:
        async with platform.open(":memory:", on_decision=cut) as ry:
            with pytest.raises(asyncio.CancelledError):
                async with asyncio.timeout(2):
                    await ry.handle(event(), begun.append)
            async with asyncio.timeout(2):
                while ry.view.open():  # It has failed, where the event loop goes on.
                    await asyncio.sleep(0.01)

    run(main())
    assert begun == []
    assert [error.code for error in platform.errors] == ["RY2212"]


def test_what_ends_at_once_on_an_event_loop_that_begins_tasks_at_once_does_not_nest() -> None:
    performed: list[str] = []
    reported: list[str] = []
    depths: list[int] = []

    def perform(effect: Performing) -> OutcomeResult:
        if not performed:
            for number in range(1, 2000):
                performer.begin(cast(Performing, {**effect, "id": f"{number}.0"}))
        performed.append(effect["id"])
        depths.append(len(inspect.stack(0)))
        return {"type": "done"}

    def start(work: Coroutine[Any, Any, None], context: Context) -> Any:
        with pytest.raises(StopIteration):
            context.run(work.send, None)

    performer = Performer(
        perform, None, VirtualClock(), 1000, 16, lambda attempt, _: reported.append(attempt.id), lambda _: None, start, lambda _: True, Tenants(),
    )  # fmt: skip
    performer.begin(cast(Performing, {"id": "0.0", "subject": "s", "redelivered": False}))
    assert performed == [f"{number}.0" for number in range(2000)]
    assert sorted(reported) == sorted(performed)
    assert max(depths) == min(depths)


def test_an_event_for_a_handler_that_is_missing_waits_for_one(path: Path) -> None:
    platform = Platform()
    heard: list[str] = []
    rules: Any = [{"id": "r", "when": {"kind": "push"}, "handle": "nobody"}]

    async def hear(turn: Turn) -> None:
        heard.append(turn.event["id"])

    async def main() -> None:
        with pytest.raises(HostError, match="^RY2206: .*the rule `r` names the handler `nobody`, which is none of `handlers`$"):
            platform.open(path, rules=rules)
        async with platform.open(path, timing={"handle_due_ms": 20}) as ry:
            await ry.submit({"type": "configure", "config": {**ry.view.config(), "rules": rules}})
            await ry.submit(cast(Input, {**event(), "type": "event", "kind": "push"}))
            await asyncio.sleep(0.1)
            assert len(ry.view.open()) == 1
        async with platform.open(path, rules=rules, handlers={"nobody": hear}) as ry:
            while not heard:
                await asyncio.sleep(0.01)
            await ry.idle()
            assert ry.view.open() == []

    run(main())
    assert heard == ["d1"]
    assert [str(error) for error in platform.errors] == [
        "RY2211: there is no handler `nobody` for effect 3.0; give it in `handlers`; until the next open it waits; to drop it, submit its "
        "outcome as `cancelled`"
    ]


def test_an_event_waits_for_its_handler_while_a_deploy_has_renamed_it(path: Path) -> None:
    platform = Platform()
    heard: list[tuple[str, bool]] = []

    async def hang(turn: Turn) -> None:
        await asyncio.Event().wait()

    async def hear(turn: Turn) -> None:
        heard.append((turn.event["id"], turn.redelivered))

    def named(name: str, handler: Any) -> Any:
        return {"rules": [{"id": "r", "when": {"kind": "push"}, "handle": name}], "handlers": {name: handler}, "close_ms": 1}

    async def main() -> None:
        async with platform.open(path, **named("v1", hang)) as ry:
            await ry.submit(cast(Input, {**event(), "type": "event", "kind": "push"}))
        async with platform.open(path, **named("v2", hear)):
            while not platform.errors:
                await asyncio.sleep(0.01)
            assert heard == []
        async with platform.open(path, **named("v1", hear)) as ry:
            while not heard:
                await asyncio.sleep(0.01)
            await ry.idle()
            assert ry.view.open() == []

    run(main())
    assert heard == [("d1", True)]
    assert [str(error) for error in platform.errors] == [
        "RY2211: there is no handler `v1` for effect 2.0; give it in `handlers`; until the next open it waits; to drop it, submit its "
        "outcome as `cancelled`"
    ]


def test_an_event_without_a_handler_can_be_dropped(path: Path) -> None:
    platform = Platform()
    rules: Any = [{"id": "r", "when": {"kind": "push"}, "handle": "hang"}]

    async def hang(turn: Turn) -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        async with platform.open(path, rules=rules, handlers={"hang": hang}, close_ms=1) as ry:
            await ry.submit(cast(Input, {**event(), "type": "event", "kind": "push"}))
        async with platform.open(path) as ry:
            await ry.idle()
            assert [one["effect"]["id"] for one in ry.view.open()] == ["2.0"]
            await ry.submit({"type": "outcome", "effect": "2.0", "result": {"type": "cancelled"}})
            assert ry.view.open() == []

    run(main())
    assert [error.code for error in platform.errors] == ["RY2211"]


def test_what_a_handled_event_has_held_is_free_without_a_garbage_collection() -> None:
    async def main() -> None:
        async with Platform().open(":memory:") as ry:

            async def handle(number: int) -> ref[Any]:
                async def handler(turn: Turn) -> None:
                    await turn.send(kind="comment", text="Hi")

                await ry.handle(event(number), handler)
                return ref(handler)

            await handle(1)
            gc.disable()
            try:
                handler = await handle(2)
                await ry.idle()
                assert handler() is None
            finally:
                gc.enable()

    run(main())
