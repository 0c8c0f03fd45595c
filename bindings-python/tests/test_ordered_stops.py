"""A host that closes in order, as for a deploy, costs nobody an attempt. One that crashes does."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
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


DEAF = """
import json, sys, time
for line in sys.stdin:
    told = json.loads(line)
    if told["type"] != "dispatch":
        continue
    quick = told.get("input") == "quick" or told["epoch"] > 1
    report = {"type": "done", "result": told["attempt"]} if quick else {"type": "started"}
    print(json.dumps({"dispatch": told["id"], "report": report}), flush=True)
    if told.get("input") == "hang":
        time.sleep(60)
"""


async def at_work(ry: Reynolds, plan: str, *tasks: str) -> None:
    while not all((found := ry.view.task(plan, task)) and found["state"] == "running" for task in tasks):
        await asyncio.sleep(0.001)


def test_a_cancel_that_nobody_heeds_puts_no_pool_out_of_use() -> None:
    said: list[tuple[str, str]] = []
    names = [f"t{number}" for number in range(4)]
    pools: list[Any] = []

    def note(decision: Any, given: Any) -> None:
        if given and given["type"] == "agent" and given["report"]["type"] != "register":
            said.append((given["id"], given["report"]["type"]))
        pools.extend(verdict for verdict in decision["verdicts"] if verdict["type"] == "pool")

    async def main() -> None:
        async with opened(on_decision=note, close_ms=50) as ry:
            for name in names:
                await ry.agents.add(python(name, DEAF, restart_ms=1, grace_ms=50))
            for number in range(2):
                id = f"long{number}"
                running = asyncio.create_task(ry.run({**plan(*({"id": one, "input": "hang"} for one in names)), "id": id}))
                await at_work(ry, id, *names)
                await ry.order(id, {"type": "cancel"})
                assert (await running).state == "cancelled"
                # They are there again, and well, at once.
                many = plan(*({"id": f"q{task}", "input": "quick"} for task in range(8)))
                async with asyncio.timeout(5):
                    assert (await ry.run({**many, "id": f"quick{number}"})).state == "succeeded"
            # Each comes back, the last one too.
            async with asyncio.timeout(5):
                while not all(one["alive"] and one["registration"]["incarnation"] == 2 for one in ry.view.agents()):
                    await asyncio.sleep(0.001)
            assert len(ry.view.agents()) == 4
            assert sorted(said) == sorted((name, "stopped") for name in names for _ in range(2))

    run(main())
    assert pools == []


def test_who_works_beside_a_task_that_is_not_stopped_loses_no_attempt() -> None:
    async def main() -> None:
        errors: list[ReynoldsError] = []
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(python("ada", DEAF, slots=2, restart_ms=1, grace_ms=50))
            beside = asyncio.create_task(ry.run({**plan({"id": "b", "retry": {"max_attempts": 1}}), "id": "beside"}))
            await at_work(ry, "beside", "b")
            running = asyncio.create_task(ry.run(plan({"id": "a"})))
            await at_work(ry, "p", "a")
            await ry.order("p", {"type": "cancel"})
            assert (await running)["a"]["state"] == "cancelled"
            ran = await beside
            assert (ran["b"]["state"], ran["b"].get("result")) == ("succeeded", 1)
            assert [str(error)[:45] for error in errors] == ["RY2213: agent `ada`: it has not stopped 6.0; "]

    run(main())


@pytest.mark.parametrize("recalled", [False, True], ids=["at work", "told to stop"])
def test_a_process_that_somebody_else_kills_has_crashed(recalled: bool) -> None:
    said: list[str] = []

    def note(decision: Any, given: Any) -> None:
        if given and given["type"] == "agent":
            said.append(given["report"]["type"])

    async def main() -> None:
        async with opened(on_decision=note) as ry:
            ada = python("ada", DEAF, restart_ms=1, grace_ms=5000)
            await ry.agents.add(ada)
            running = asyncio.create_task(ry.run(plan({"id": "a", "retry": {"max_attempts": 2, "base_ms": 1}})))
            await at_work(ry, "p", "a")
            if recalled:
                await ry.order("p", {"type": "cancel"})
            os.kill(ada.pid or 0, signal.SIGKILL)
            ran = await running
            assert (ran["a"]["state"], ran["a"]["attempt"]) == (("cancelled", 1) if recalled else ("succeeded", 2))
            assert said[:2] == ["register", "crashed"]

    run(main())
