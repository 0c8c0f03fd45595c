"""Agents that stop, one by one or with their host: what they are given no more, and what begins meanwhile."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any, cast

import pytest
from reynolds import HostError, Performing, ReynoldsError
from reynolds.agents import Callable, Job, Line, Link
from reynolds.types import AskEffect, DispatchEffect, Input, OutcomeResult, Profile
from test_closing import Dawdling
from test_host import Platform, event
from test_plans import opened, plan, python, run

# Does what it has, also after it was told to stop.
LATE = """
import json, sys, time
for line in sys.stdin:
    told = json.loads(line)
    time.sleep(0.3)
    print(json.dumps({"dispatch": told["id"], "report": {"type": "done", "result": sys.argv[1]}}), flush=True)
"""


@pytest.mark.parametrize("next", ["a task", "a question"])
def test_what_a_task_frees_that_ends_while_the_host_closes_comes_after_the_next_open(tmp_path: Path, next: str) -> None:
    begun: list[str] = []
    asked: list[str] = []
    errors: list[ReynoldsError] = []
    tasks: list[Any] = [{"id": "a", "requires": ["x"]}]
    tasks += [{"id": "b", "needs": ["a"], **({"requires": ["y"]} if next == "a task" else {"ask": {"text": "Really?"}})}]

    async def work(job: Job) -> str:
        begun.append(job.task)
        return "done"

    def ask(question: AskEffect) -> bool:
        asked.append(question["task"])
        return True

    async def main() -> None:
        ry = await opened(tmp_path / "bot.ryj", ask=ask, on_error=errors.append)
        await ry.agents.add(python("ada", LATE, "ada", provides=["x"]))
        await ry.agents.add(Callable("bob", work, provides=["y"]))
        running = asyncio.create_task(ry.run(plan(*tasks)))
        while not ((task := ry.view.task("p", "a")) and task["state"] == "leased"):
            await asyncio.sleep(0.001)
        await ry.idle()
        await ry.close()
        await asyncio.wait({running})
        assert isinstance(running.exception(), HostError)
        assert (begun, asked) == ([], [])
        async with opened(tmp_path / "bot.ryj", ask=ask, on_error=errors.append) as ry:
            if next == "a task":
                # A host that closes hands nothing out.
                assert (task := ry.view.task("p", "b")) and (task["state"], task["epoch"]) == ("ready", 0)
            await ry.agents.add(Callable("bob", work, provides=["y"]))
            assert (await ry.run(plan(*tasks))).state == "succeeded"
        assert (begun, asked) == ((["p/b"], []) if next == "a task" else ([], ["p/b"]))

    run(main())
    assert errors == []


def test_a_function_that_was_told_to_stop_takes_nothing_more() -> None:
    class Silent:
        def __getattr__(self, name: str) -> Any:
            return lambda *_: None

    async def main() -> None:
        ada = Callable("ada", lambda _: 7)
        living = asyncio.create_task(ada.live(cast(Link, Silent())))
        await asyncio.sleep(0.01)
        ada.stop()
        with pytest.raises(RuntimeError, match="it was stopped"):
            ada.take(cast(DispatchEffect, {"type": "dispatch", "id": "3.0", "epoch": 1}))
        await living

    run(main())


def test_a_function_that_is_recalled_before_its_first_step_says_so(tmp_path: Path) -> None:
    begun: list[str] = []

    async def main() -> None:
        async with opened(tmp_path / "bot.ryj") as ry:
            await ry.agents.add(Callable("ada", lambda job: begun.append(job.task)))
            running = asyncio.create_task(ry.run(plan({"id": "a"})))
            ordered = asyncio.create_task(ry.order("p", {"type": "cancel"}))
            await asyncio.wait({running, ordered}, timeout=10)
            assert (await running).state == "cancelled"
            assert (task := ry.view.task("p", "a")) and task["why"] == "cancelled"

    run(main())
    assert begun == []


def test_a_handler_whose_event_is_being_stored_when_the_host_closes_has_its_time(tmp_path: Path) -> None:
    did: list[str] = []

    async def think(turn: Any) -> None:
        did.append("begins")
        await asyncio.sleep(1.5)
        did.append("done")

    async def main() -> None:
        ry = await opened(tmp_path / "bot.ryj")
        handled = asyncio.create_task(ry.handle(event(), think))
        await asyncio.sleep(0)
        await ry.close()
        did.append("closed")
        await handled

    run(main())
    assert did == ["begins", "done", "closed"]


class Slow(Dawdling):
    """An agent that takes half a second to stop."""

    def __init__(self) -> None:
        self.over = asyncio.Event()

    async def live(self, link: Link) -> None:
        link.born()
        await self.over.wait()
        await asyncio.sleep(0.5)

    def stop(self) -> None:
        self.over.set()


def test_an_effect_that_begins_while_agents_stop_has_its_time_too(tmp_path: Path) -> None:
    did: list[str] = []

    async def perform(effect: Performing) -> OutcomeResult:
        if not did:
            did.append("later")
            return {"type": "retry", "after_ms": 200}
        did.append("begins")
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            did.append("is cut off")
            raise
        did.append("done")
        return {"type": "done"}

    async def main() -> None:
        rules = [{"id": "r", "when": {"kind": "issue_comment.created"}, "effects": [{"kind": "comment", "subject": "{subject}", "text": "Hi."}]}]
        ry = await Platform().open(tmp_path / "bot.ryj", perform=perform, rules=rules)
        await ry.agents.add(Slow())
        await ry.submit(cast(Input, {**event(), "type": "event"}))
        await ry.idle()
        await ry.close()
        async with Platform().open(tmp_path / "bot.ryj", perform=perform) as ry:
            assert ry.view.open() == []

    run(main())
    assert did == ["later", "begins", "done"]


def test_nothing_begins_any_more_when_patience_is_over(tmp_path: Path) -> None:
    begun: list[str] = []

    async def perform(effect: Performing) -> OutcomeResult:
        begun.append(effect["id"])
        return {"type": "retry", "after_ms": 700}

    async def main() -> None:
        rules = [{"id": "r", "when": {"kind": "issue_comment.created"}, "effects": [{"kind": "comment", "subject": "{subject}", "text": "Hi."}]}]
        ry = await Platform().open(tmp_path / "bot.ryj", perform=perform, rules=rules, close_ms=300)

        class Deaf(Dawdling):
            async def live(self, link: Link) -> None:
                link.born()
                try:
                    await asyncio.Event().wait()
                finally:
                    await asyncio.sleep(0.8)  # And is cancelled all the while.

        await ry.agents.add(Deaf())
        await ry.submit(cast(Input, {**event(), "type": "event"}))
        await ry.idle()
        await ry.close()

    run(main())
    assert len(begun) == 1


def test_a_host_that_closes_waits_for_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = 0
    wait = asyncio.wait

    async def counted(futures: Any, **more: Any) -> Any:
        nonlocal waited
        waited += len(futures)
        return await wait(futures, **more)

    async def perform(effect: Performing) -> OutcomeResult:
        await asyncio.sleep(0.001)
        return {"type": "done"}

    async def main() -> None:
        ry = await Platform().open(":memory:", perform=perform)
        handling = [asyncio.create_task(ry.handle(event(number), lambda turn: turn.send(kind="comment", text="Hi."))) for number in range(200)]
        while len(ry.view.open()) < 400:
            await asyncio.sleep(0.001)
        monkeypatch.setattr(asyncio, "wait", counted)
        await ry.close()
        monkeypatch.undo()
        assert {one["type"] for one in await asyncio.gather(*handling)} == {"handled"}

    run(main())
    assert waited < 100  # A callback for each handler each time one ends would make 20,000.


def test_an_agent_that_is_removed_does_what_it_has_and_is_given_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[ReynoldsError] = []
    monkeypatch.setattr("reynolds._crew.MISSING_MS", 50)

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(python("ada", LATE, "ada"))
            running = asyncio.create_task(ry.run(plan(*({"id": f"t{number}", "retry": {"base_ms": 1}} for number in range(9)))))
            while not any(one["leases"] for one in ry.view.agents()):
                await asyncio.sleep(0.001)
            removing = [asyncio.create_task(ry.agents.remove("ada")) for _ in range(2)]
            await asyncio.sleep(0)
            await ry.agents.add(python("bob", LATE.replace("0.3", "0.1"), "bob"))
            await asyncio.gather(*removing)
            assert [one["registration"]["id"] for one in ry.view.agents()] == ["bob"]
            ran = await running
            assert {task["attempt"] for task in ran.values()} == {1}
            assert sorted(str(task.get("result")) for task in ran.values()) == ["ada"] + ["bob"] * 8
            await asyncio.sleep(0.1)

    run(main())
    assert errors == []


def test_an_agent_that_does_not_end_is_removed_when_patience_is_over() -> None:
    errors: list[ReynoldsError] = []
    taken: list[str] = []

    class Deaf(Dawdling):
        grace_ms = 50

        def take(self, line: Line) -> None:
            taken.append(line["type"])

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(Deaf())
            running = asyncio.create_task(ry.run(plan({"id": "a", "retry": {"base_ms": 1}})))
            while not taken:
                await asyncio.sleep(0.001)
            began = time.monotonic()
            await ry.agents.remove("ada", patience_ms=100)
            assert 0.1 < time.monotonic() - began < 2
            assert ry.view.agents() == []
            await ry.agents.add(Callable("bob", lambda _: "bob did it"))
            assert (await running)["a"].get("result") == "bob did it"
            with pytest.raises(HostError, match="RY2206: .*there is no agent `nobody` in this process"):
                await ry.agents.remove("nobody")

    run(main())
    assert taken == ["dispatch"]
    assert errors == []


class Unborn(Dawdling):
    """An agent whose life does not begin."""

    grace_ms = 50

    def __init__(self, ends: bool) -> None:
        self.ends = ends

    async def live(self, link: Link) -> None:
        waiting = asyncio.create_task(asyncio.sleep(60))
        if self.ends:
            asyncio.get_running_loop().call_later(0.01, waiting.cancel)
        await waiting


def test_who_adds_an_agent_is_told_that_the_host_closes_or_that_its_life_was_cancelled() -> None:
    async def main() -> None:
        ry = await opened()
        adding = asyncio.create_task(ry.agents.add(Unborn(ends=False)))
        await asyncio.sleep(0.05)
        await ry.close()
        with pytest.raises(HostError, match="^RY2202"):
            await adding
        async with opened() as ry:
            with pytest.raises(HostError, match="^RY2213: agent `ada`: `live` was cancelled before it was registered$"):
                await ry.agents.add(Unborn(ends=True))

    run(main())


def test_an_agent_whose_life_something_else_has_cancelled_is_told_and_keeps_no_task() -> None:
    errors: list[ReynoldsError] = []

    class Cut(Unborn):
        profile: Profile = {"slots": 1}

        async def live(self, link: Link) -> None:
            link.born()
            await super().live(link)

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(Cut(ends=True))
            running = asyncio.create_task(ry.run(plan({"id": "a", "retry": {"base_ms": 1}})))
            while not errors:
                await asyncio.sleep(0.01)
            await ry.agents.add(Callable("bob", lambda _: 7))
            assert (await running)["a"].get("result") == 7

    run(main())
    assert [str(error) for error in errors] == ["RY2213: agent `ada`: `live` was cancelled"]
