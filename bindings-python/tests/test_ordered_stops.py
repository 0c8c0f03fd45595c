"""A host that closes in order, as for a deploy, costs nobody an attempt. One that crashes does."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable as Makes
from pathlib import Path
from typing import Any

import pytest
from reynolds import HostError, Reynolds, ReynoldsError
from reynolds.agents import Agent, Callable, Job
from test_plans import opened, plan, python, run

PLAN = plan({"id": "a", "retry": {"max_attempts": 2, "base_ms": 1}})
STEPS = """
import json, sys
told = json.loads(sys.stdin.readline())
def say(**report):
    print(json.dumps({"dispatch": told["id"], "report": report}), flush=True)
step = (told.get("resume_from") or 0) + 1
say(type="progress", done=step, state=step)
if step > 5:
    say(type="done", result=[step, told["attempt"]])
sys.stdin.read()
for kind in sys.argv[1:]:
    say(type=kind)
"""


async def steps(job: Job) -> list[int]:
    step = (job.dispatch.get("resume_from") or 0) + 1
    job.progress(step, state=step)
    if step <= 5:
        await asyncio.Event().wait()
    return [step, job.dispatch["attempt"]]


AGENTS: dict[str, Makes[[], Agent]] = {
    "a function": lambda: Callable("ada", steps),
    "a process": lambda: python("ada", STEPS),
    "a process that says that it has stopped": lambda: python("ada", STEPS, "cancelled"),
    "a process that has to be killed": lambda: python("ada", STEPS + "\nimport time; time.sleep(60)", grace_ms=50),
}


async def until(ry: Reynolds, done: int) -> None:
    while not ((task := ry.view.task("p", "a")) and task["done"] == done):
        await asyncio.sleep(0.001)
    await ry.idle()


async def closed_at(ry: Reynolds, done: int) -> None:
    """Runs the plan, and closes in the middle."""
    running = asyncio.create_task(ry.run(PLAN))
    await until(ry, done)
    await ry.close()
    await asyncio.wait({running})
    assert isinstance(running.exception(), HostError)


@pytest.mark.parametrize("kind", AGENTS)
def test_a_plan_survives_five_ordered_restarts_in_the_middle_of_its_task(tmp_path: Path, kind: str) -> None:
    errors: list[ReynoldsError] = []

    async def main() -> None:
        for step in range(1, 6):
            ry = await opened(tmp_path / "bot.ryj", on_error=errors.append)
            await ry.agents.add(AGENTS[kind]())
            await closed_at(ry, step)
        async with opened(tmp_path / "bot.ryj", on_error=errors.append) as ry:
            assert (task := ry.view.task("p", "a")) and (task["state"], task["attempt"], task["epoch"]) == ("ready", 1, 5)
            [ada] = ry.view.agents()
            assert (ada["leases"], ada["alive"], ada["p"]) == (0, False, 900_000)
            await ry.agents.add(AGENTS[kind]())
            assert (await ry.run(PLAN))["a"].get("result") == [6, 1]

    run(main())
    assert errors == []


def test_what_is_given_back_waits_though_others_are_free_that_end_as_well(tmp_path: Path) -> None:
    async def main() -> None:
        ry = await opened(tmp_path / "bot.ryj")
        for name in ("ada", "bob", "eve"):
            await ry.agents.add(Callable(name, steps))
        await closed_at(ry, 1)
        async with opened(tmp_path / "bot.ryj") as ry:
            assert (task := ry.view.task("p", "a")) and (task["state"], task["attempt"], task["epoch"]) == ("ready", 1, 1)
            # Nobody waits for an agent that was stopped: whoever is there goes on.
            await ry.agents.add(Callable("gus", steps))
            await until(ry, 2)
            assert (task := ry.view.task("p", "a")) and (task.get("agent"), task["attempt"]) == ("gus", 1)

    run(main())


@pytest.mark.parametrize("last", ["done", "failed"])
def test_what_a_process_says_while_its_host_closes_counts_first(tmp_path: Path, last: str) -> None:
    async def main() -> None:
        ry = await opened(tmp_path / "bot.ryj")
        await ry.agents.add(python("ada", STEPS, last))
        running = asyncio.create_task(ry.run(PLAN))
        await until(ry, 1)
        await ry.close()
        await asyncio.wait({running})
        async with opened(tmp_path / "bot.ryj") as ry:
            assert (task := ry.view.task("p", "a"))
            if last == "done":
                assert (task["state"], task["attempt"]) == ("succeeded", 1)
            else:
                await ry.agents.add(python("ada", STEPS))
                await until(ry, 2)
                assert (task := ry.view.task("p", "a")) and task["attempt"] == 2

    run(main())


def test_a_crash_of_the_host_costs_an_attempt(tmp_path: Path) -> None:
    async def main() -> None:
        ry = await opened(tmp_path / "living.ryj")
        await ry.agents.add(Callable("ada", steps))
        running = asyncio.create_task(ry.run(PLAN))
        await until(ry, 1)
        shutil.copytree(tmp_path / "living.ryj", tmp_path / "bot.ryj")
        await ry.close()
        await asyncio.wait({running})
        async with opened(tmp_path / "bot.ryj") as ry:
            await ry.agents.add(Callable("ada", steps))
            await until(ry, 2)
            task: Any = ry.view.task("p", "a")
            assert task["attempt"] == 2

    run(main())


SLOW = "import sys, time; sys.stdin.read(); time.sleep(2.5)"


async def waits(job: Job) -> None:
    await asyncio.Event().wait()


def ends_after(seconds: float) -> Makes[[Job], Any]:
    async def ends(job: Job) -> None:
        try:
            await waits(job)
        finally:
            await asyncio.sleep(seconds)

    return ends


async def begun(ry: Reynolds) -> None:
    while not ((task := ry.view.task("p", "a")) and task["state"] == "running"):
        await asyncio.sleep(0.001)
    await ry.idle()


SILENT: dict[str, tuple[Makes[[], list[Agent]], Any]] = {
    "others end later than its task may be silent": (
        lambda: [Callable("ada", waits, provides=["a"]), python("bob", SLOW)],
        {"id": "a", "requires": ["a"], "timeouts": {"heartbeat_ms": 2000}},
    ),
    "it ends later than it may be silent": (
        lambda: [Callable("ada", ends_after(5), grace_ms=6000, profile={"heartbeat_ms": 100})],
        {"id": "a"},
    ),
}


@pytest.mark.parametrize("why", SILENT)
def test_no_attempt_is_lost_where(tmp_path: Path, why: str) -> None:
    errors: list[ReynoldsError] = []
    agents, task = SILENT[why]

    async def main() -> None:
        ry = await opened(tmp_path / "bot.ryj", on_error=errors.append)
        for agent in agents():
            await ry.agents.add(agent)
        running = asyncio.create_task(ry.run(plan({**task, "retry": {"max_attempts": 1}})))
        await begun(ry)
        await ry.close()
        await asyncio.wait({running})
        async with opened(tmp_path / "bot.ryj", on_error=errors.append) as ry:
            assert (found := ry.view.task("p", "a")) and (found["state"], found["attempt"]) == ("ready", 1)

    run(main())
    assert errors == []


def test_what_an_agent_has_that_is_being_removed_is_given_back_when_its_host_closes(tmp_path: Path) -> None:
    async def main() -> None:
        ry = await opened(tmp_path / "bot.ryj")
        await ry.agents.add(Callable("ada", ends_after(0.2)))
        running = asyncio.create_task(ry.run(plan({"id": "a", "retry": {"max_attempts": 1}})))
        await begun(ry)
        removing = asyncio.create_task(ry.agents.remove("ada"))
        await asyncio.sleep(0.05)
        await ry.close()
        await asyncio.wait({running, removing})
        assert removing.exception() is None
        async with opened(tmp_path / "bot.ryj") as ry:
            assert (found := ry.view.task("p", "a")) and (found["state"], found["attempt"]) == ("ready", 1)

    run(main())


def test_an_agent_that_ends_by_itself_while_its_host_closes_has_not_crashed(tmp_path: Path) -> None:
    class Ends(Callable):
        async def live(self, link: Any) -> None:
            await super().live(link)
            await link.gone("its connection has ended")

    async def main() -> None:
        ry = await opened(tmp_path / "bot.ryj")
        await ry.agents.add(Ends("ada", waits))
        running = asyncio.create_task(ry.run(plan({"id": "a", "retry": {"max_attempts": 1}})))
        await begun(ry)
        await ry.close()
        await asyncio.wait({running})
        async with opened(tmp_path / "bot.ryj") as ry:
            assert (found := ry.view.task("p", "a")) and (found["state"], found["attempt"]) == ("ready", 1)

    run(main())


def test_a_process_that_begins_while_its_host_closes_is_not_waited_for(tmp_path: Path) -> None:
    errors: list[ReynoldsError] = []

    async def main() -> None:
        ry = await opened(tmp_path / "bot.ryj", on_error=errors.append)
        adding = asyncio.create_task(ry.agents.add(python("ada", "import sys; sys.stdin.read()", grace_ms=60_000)))
        await asyncio.sleep(0)
        await ry.close()
        await asyncio.wait({adding})
        assert getattr(adding.exception(), "code", None) == "RY2202"
        async with opened(tmp_path / "bot.ryj") as ry:
            assert ry.view.agents() == []

    run(main())
    assert errors == []
