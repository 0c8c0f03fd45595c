"""Plans, and agents that are real processes and functions."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
import reynolds
from reynolds import HostError, Performing, Rejected, ReynoldsError, Subprocess, Turn
from reynolds.agents import Callable, End, Job
from reynolds.testing import VirtualClock
from reynolds.types import AskEffect, OutcomeResult, PlanInput

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
ECHO = """
import json, sys
for line in sys.stdin:
    told = json.loads(line)
    if told["type"] == "dispatch":
        print(json.dumps({"dispatch": told["id"], "report": {"type": "done", "result": told.get("input")}}), flush=True)
"""
STUCK = """
import json, os, sys, time
for line in sys.stdin:
    if json.loads(line)["type"] == "dispatch":
        open(sys.argv[1], "a").write(f"{os.getpid()}\\n")
        time.sleep(3600)
"""


async def perform(effect: Performing) -> OutcomeResult:
    return {"type": "failed", "reason": "no platform"}


def opened(path: Path | str = ":memory:", **more: Any) -> reynolds.Opening:
    return reynolds.open(path, **{"name": "t", "perform": perform, **more})


def plan(*tasks: Any, **more: Any) -> PlanInput:
    return {"type": "plan", "id": "p", "tasks": list(tasks), **more}  # type: ignore[typeddict-item]


def run(work: Awaitable[Any]) -> Any:
    async def limited() -> Any:
        async with asyncio.timeout(20):
            return await work

    return asyncio.run(limited())


def python(name: str, code: str, *arguments: str, **more: Any) -> Subprocess:
    return Subprocess(name, [sys.executable, "-c", code, *arguments], **more)


def test_the_example_survives_a_crash_and_a_hang(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", str(EXAMPLES / "plan.py"), str(tmp_path / "release.ryj")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert said.stdout == (
        "rel-42: succeeded\nrel-42/build: it is done\nrel-42/test: it is done\nrel-42/publish: it is done\n2 2 {'resumed_at': 20}\n"
    ), said.stderr
    assert "it ended with 3" in said.stderr  # The crash is told.
    # The plan is known: a second start only says what it came to.
    again = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert again.stdout == said.stdout


def test_a_plan_that_a_handler_begins_comes_of_its_event_unless_it_says_what_it_comes_of() -> None:
    causes: list[tuple[str, list[str]]] = []
    calls: list[str] = []

    async def main() -> None:
        later: list[asyncio.Task[Any]] = []

        def event(name: str) -> Any:
            return {"type": "event", "id": name, "source": "s", "kind": "k", "subject": "x:1"}

        async with opened() as ry:

            async def handler(turn: Turn) -> None:
                await ry.run({**plan({"id": "a"}), "id": "p1"})
                await ry.run({**plan({"id": "a"}), "id": "p2", "cause": "e0"})
                await ry.run({**plan({"id": "a"}), "id": "p3", "tenant": "other"})
                # Begun by the handler, although it runs when that has ended.
                later.append(asyncio.create_task(ry.run({**plan({"id": "a"}), "id": "p4"})))
                later.append(asyncio.create_task(afterwards()))

            async def afterwards() -> None:
                await later[0]
                await ry.run({**plan({"id": "a"}), "id": "p5"})

            await ry.agents.add(Callable("ada", lambda job: causes.append((job.task, job.dispatch["cause"]))))
            await ry.submit(event("e0"))
            handled: Any = await ry.handle(event("e1"), handler)
            calls.extend(verdict["effect"] for verdict in handled["decision"]["verdicts"] if verdict["type"] == "admitted")
            await asyncio.gather(*later)
            await ry.run({**plan({"id": "a"}), "id": "p6"})

    run(main())
    assert causes == [("p1/a", calls), ("p2/a", ["e0"]), ("p3/a", ["p3"]), ("p4/a", calls), ("p5/a", ["p5"]), ("p6/a", ["p6"])]


def test_a_plan_that_a_handler_begins_comes_of_its_event_also_where_that_is_forgotten_meanwhile() -> None:
    async def main() -> None:
        def event(name: str) -> Any:
            return {"type": "event", "id": name, "source": "s", "kind": "k", "subject": "x:1"}

        async with opened(limits={"events": 1}) as ry:

            async def handler(turn: Turn) -> str:
                await ry.submit(event("e2"))
                return (await ry.run(plan({"id": "a"}))).state

            await ry.agents.add(Callable("ada", lambda job: 1))
            handled: Any = await ry.handle(event("e1"), handler)
            assert handled["value"] == "succeeded"

    run(main())


@pytest.mark.parametrize(
    ("tasks", "told"),
    [
        ([{"id": "a"}, {"id": "m", "each": {"from": "a"}}], None),
        ([{"id": "a", "priority": 3}, {"id": "m", "each": {"from": "a", "max": 1000}}], None),
        (
            [{"id": "a", "input": 2}, {"id": "m", "each": {"from": "a", "max": 5}}],
            "the plan `p` is known, and has another definition of `a`, `m`; `run` waits for the one that is known; give a new plan a new id",
        ),
        ([{"id": "zzz"}, {"id": "a"}, {"id": "y"}], "the plan `p` is known, and has no task `zzz`, `y`; `run` waits for the one that is known;"),
    ],
)
def test_a_plan_that_is_known_with_other_tasks_is_waited_for_and_that_is_told(tasks: Any, told: str | None) -> None:
    errors: list[ReynoldsError] = []

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(Callable("ada", lambda job: [1, 2]))
            ran = await ry.run(plan({"id": "a"}, {"id": "m", "each": {"from": "a"}}))
            assert await ry.run(plan(*tasks)) == ran

    run(main())
    assert [error.message.startswith(f"RY2206: {told}") for error in errors] == ([True] if told else [])


@pytest.mark.parametrize("tasks", ["junk", [{"id": "a", "bogus": 1}]])
def test_what_is_no_plan_is_refused_also_where_its_id_is_known(tasks: Any) -> None:
    async def main() -> None:
        async with opened() as ry:
            await ry.agents.add(Callable("ada", lambda job: 1))
            await ry.run(plan({"id": "a"}))
            with pytest.raises(Rejected, match="^RY1001"):
                await ry.run({"type": "plan", "id": "p", "tasks": tasks})

    run(main())


def test_a_plan_that_is_known_is_waited_for_although_its_cause_is_not() -> None:
    async def main() -> None:
        async with opened() as ry:
            await ry.agents.add(Callable("ada", lambda job: 1))
            await ry.run(plan({"id": "a"}))
            assert (await ry.run(plan({"id": "a"}, cause="gone"))).state == "succeeded"
            with pytest.raises(Rejected, match="^RY1008"):
                await ry.run({**plan({"id": "a"}, cause="gone"), "id": "q"})

    run(main())


def test_a_process_gets_results_and_gives_its_own() -> None:
    async def main() -> None:
        async with opened() as ry:
            await ry.agents.add(python("ada", ECHO, slots=2))
            ran = await ry.run(plan({"id": "a", "input": 7}, {"id": "b", "input": {"seven": {"from": "a"}}}))
            assert ran.state == "succeeded"
            assert ran["b"]["result"] == {"seven": 7}

    run(main())


def test_an_unfinished_plan_goes_on_after_a_restart_of_the_host(tmp_path: Path) -> None:
    begun = tmp_path / "begun"

    async def first() -> None:
        ry = await opened(tmp_path / "bot.ryj", on_error=lambda _: None)
        await ry.agents.add(python("ada", STUCK, str(begun), grace_ms=100))
        running = asyncio.create_task(ry.run(plan({"id": "a", "input": 1, "retry": {"base_ms": 10}})))
        while not begun.exists():
            await asyncio.sleep(0.01)
        await ry.close()
        with pytest.raises(HostError, match="RY2202"):
            await running

    async def second() -> None:
        async with opened(tmp_path / "bot.ryj") as ry:
            await ry.agents.add(python("ada", ECHO))
            ran = await ry.run(plan({"id": "a", "input": 1}))
            assert (ran["a"]["state"], ran["a"]["attempt"], ran["a"].get("result")) == ("succeeded", 1, 1)
            assert [one["registration"]["incarnation"] for one in ry.view.agents()] == [1]

    run(first())
    pid = int(begun.read_text())
    with pytest.raises(ProcessLookupError):  # It did not outlive its host.
        os.kill(pid, 0)
    run(second())


def test_a_process_that_does_not_stop_is_killed_and_started_anew(tmp_path: Path) -> None:
    begun, errors = tmp_path / "begun", list[ReynoldsError]()

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            agent = python("ada", STUCK, str(begun), grace_ms=50, restart_ms=10)
            await ry.agents.add(agent)
            running = asyncio.create_task(ry.run(plan({"id": "a"})))
            while not begun.exists():
                await asyncio.sleep(0.01)
            first = agent.pid
            await ry.order("p", {"type": "cancel"})
            ran = await running
            assert (ran.state, ran["a"]["state"]) == ("cancelled", "cancelled")
            while agent.pid in (first, None):
                await asyncio.sleep(0.01)

    run(main())
    assert [error.code for error in errors] == ["RY2213"]
    assert f"it ended with -{int(signal.SIGKILL)}" in str(errors[0])


def test_what_a_process_says_that_is_no_report_is_told() -> None:
    errors: list[ReynoldsError] = []

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(python("ada", "print('hello', flush=True)\n" + ECHO))
            assert (await ry.run(plan({"id": "a"}))).state == "succeeded"

    run(main())
    assert [str(error) for error in errors] == ["RY2213: agent `ada`: it wrote what is no report: b'hello'"]


def test_a_function_fails_is_tried_again_asks_and_is_cancelled() -> None:
    seen: list[tuple[str, int]] = []

    async def work(job: Job) -> Any:
        seen.append((job.task, job.dispatch["attempt"]))
        if job.task == "p/flaky" and job.dispatch["attempt"] == 1:
            job.progress(1, 2, {"half": True})
            raise ValueError("not today")
        if job.task == "p/asks" and "answers" not in job.dispatch:
            raise End({"type": "needs_input", "question": {"text": "Which?"}})
        if job.task == "p/long":
            await asyncio.sleep(3600)
        return {"answers": job.dispatch.get("answers"), "resumed": job.dispatch.get("resume_from")}

    async def ask(question: AskEffect) -> str:
        assert question["question"]["text"] == "Which?"
        return "main"

    async def main() -> None:
        async with opened(ask=ask) as ry:
            await ry.agents.add(Callable("ada", work, slots=4))
            tasks = [{"id": "flaky", "retry": {"base_ms": 1}}, {"id": "asks"}, {"id": "long", "timeouts": {"start_to_close_ms": 200}, "retry": {"max_attempts": 1}}]
            ran = await ry.run(plan(*tasks, on_failure="skip_dependents"))
            assert ran.state == "failed"
            assert ran["flaky"]["result"] == {"answers": None, "resumed": {"half": True}}
            assert ran["asks"]["result"] == {"answers": ["main"], "resumed": None}
            assert ry.explain(plan="p", task="long") == "p/long: it failed: the attempt took too long"

    run(main())
    assert sorted(seen) == [("p/asks", 1), ("p/asks", 1), ("p/flaky", 1), ("p/flaky", 2), ("p/long", 1)]


def test_what_a_function_raises_is_told_with_its_cause_at_each_attempt() -> None:
    errors: list[ReynoldsError] = []

    def work(job: Job) -> None:
        job.progress(job.attempt, state={"at": job.attempt})
        raise AttributeError(f"no such field, resumed from {job.resume_from}")

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(Callable("ada", work))
            ran = await ry.run(plan({"id": "a", "retry": {"base_ms": 1, "max_attempts": 2}}))
            assert (ran.state, ran["a"].get("reason")) == ("failed", "no such field, resumed from {'at': 1}")

    run(main())
    assert [str(error) for error in errors] == [
        "RY2213: agent `ada`: its function has raised in attempt 1 of the task p/a: no such field, resumed from None",
        "RY2213: agent `ada`: its function has raised in attempt 2 of the task p/a: no such field, resumed from {'at': 1}",
    ]
    assert all(isinstance(error.__cause__, AttributeError) and error.__cause__.__traceback__ for error in errors)


def test_a_function_that_is_told_to_stop_has_not_raised() -> None:
    errors: list[ReynoldsError] = []

    async def work(job: Job) -> None:
        await asyncio.sleep(3600)

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(Callable("ada", work))
            running = asyncio.create_task(ry.run(plan({"id": "a"})))
            await asyncio.sleep(0.05)
            await ry.order("p", {"type": "cancel"})
            assert (await running).state == "cancelled"

    run(main())
    assert errors == []


def test_many_signs_of_life_leave_in_one_record() -> None:
    async def work(job: Job) -> None:
        for _ in range(400):
            job.heartbeat()
            await asyncio.sleep(0.001)

    async def main() -> int:
        records = 0

        def count(_: Any, input: Any) -> None:
            nonlocal records
            records += input is not None and input["type"] == "beats"

        async with opened(on_decision=count) as ry:
            await ry.agents.add(Callable("ada", work, slots=10))
            tasks = [{"id": f"t{number}", "timeouts": {"heartbeat_ms": 1000}} for number in range(10)]
            assert (await ry.run(plan(*tasks))).state == "succeeded"
        return records

    assert 1 <= run(main()) <= 20  # Not 4000.


def test_without_an_agent_the_reason_is_said() -> None:
    async def main() -> None:
        async with opened() as ry:
            await ry.agents.add(Callable("ada", lambda job: asyncio.sleep(0), provides=["go"]))
            running = asyncio.create_task(ry.run(plan({"id": "a", "requires": ["rust"]})))
            await asyncio.sleep(0.05)
            assert ry.explain(plan="p", task="a") == (
                "p/a: it waits for an agent that has [rust]; nobody is there: 1 of 1: an agent lacks `rust`; "
                "not ada: lacks (capability rust)"
            )
            await ry.order("p", {"type": "cancel"})
            assert (await running).state == "cancelled"
            assert ry.explain(plan="q") == "q: no such plan, or it was forgotten after its end"

    run(main())


def test_what_can_not_be_is_refused() -> None:
    async def main() -> None:
        async with opened(on_error=lambda _: None) as ry:
            await ry.agents.add(Callable("ada", lambda job: asyncio.sleep(0)))
            with pytest.raises(HostError, match="RY2206: .* there is an agent `ada` already"):
                await ry.agents.add(Callable("ada", lambda job: asyncio.sleep(0)))
            with pytest.raises(Rejected, match="RY1022"):
                await ry.agents.add(Callable("bob", lambda job: asyncio.sleep(0), slots=5000))
            with pytest.raises(Rejected, match="RY1017: task `a`: it needs itself"):
                await ry.run(plan({"id": "a", "needs": ["a"]}))
            with pytest.raises(Rejected, match="RY1018"):
                await ry.order("nobody", {"type": "cancel"})

    run(main())


def test_an_agent_that_is_removed_between_two_lives_is_forgotten() -> None:
    errors: list[ReynoldsError] = []

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(python("ada", "", restart_ms=60_000))
            while not errors:
                await asyncio.sleep(0.01)
            await ry.agents.remove("ada")
            await ry.idle()
            assert ry.view.agents() == []

    run(main())
    assert [str(error) for error in errors] == ["RY2213: agent `ada`: it ended with 0"]


def test_who_waits_for_a_plan_that_ends_and_is_forgotten_at_once_is_told() -> None:
    async def main() -> None:
        async with opened(limits={"plans": 1}) as ry:
            first = asyncio.create_task(ry.run(plan({"id": "a"}, id="first")))
            while not ry.view.plan("first"):
                await asyncio.sleep(0.001)
            await ry.idle()
            await asyncio.gather(ry.order("first", {"type": "cancel"}), ry.submit(plan({"id": "a"}, id="second")))
            with pytest.raises(Rejected, match=r"^RY1018: plan `first` was forgotten after its end \(limits.plans\)$"):
                async with asyncio.timeout(2):
                    await first

    run(main())


def test_after_an_undoing_the_failure_is_still_told() -> None:
    async def job(job: Job) -> None:
        if job.task == "p/b" and not job.dispatch.get("undo"):
            raise End({"type": "failed", "reason": "the migration broke", "permanent": True})

    async def main() -> None:
        async with opened() as ry:
            await ry.agents.add(Callable("ada", job))
            undone: Any = {"compensate": {}}
            ran = await ry.run(plan({"id": "a", **undone}, {"id": "b", "needs": ["a"], **undone}, on_failure="compensate"))
            assert (ran.state, ran["b"]["state"]) == ("compensated", "compensated")
            assert ran["b"].get("before") == {
                "state": "failed", "why": "reported", "reason": "the migration broke", "attempt": 1, "agent": "ada",
            }  # fmt: skip
            why = "failed: its agent reported a failure (“the migration broke”)"
            assert ry.explain(plan="p").splitlines() == [
                f"p: compensated because b {why}", "p/a: it is done; it was undone", f"p/b: it {why}; it was undone",
            ]  # fmt: skip

    run(main())


def test_what_fails_for_its_own_reason_holds_up_nothing_else() -> None:
    async def job(job: Job) -> None:
        if job.input:
            raise End({"type": "failed", "reason": "its tests fail", "permanent": True})

    async def main() -> None:
        async with opened() as ry, asyncio.timeout(5):
            await ry.agents.add(Callable("ada", job))
            tasks: list[Any] = [{"id": f"t{i}", "class": "lint", "input": i < 6} for i in range(12)]
            ran = await ry.run(plan(*tasks, on_failure="continue"))
            assert [ran[f"t{i}"]["state"] for i in range(12)] == ["failed"] * 6 + ["succeeded"] * 6

    run(main())


def test_what_nobody_can_do_is_told_of_its_tenant_and_plans_of_one_name_end_apart() -> None:
    clock = VirtualClock()
    errors: list[str] = []

    async def main() -> None:
        async with opened(clock=clock, on_error=lambda error: errors.append(str(error))) as ry:
            theirs = asyncio.create_task(ry.run({**plan({"id": "b", "requires": ["gpu"]}), "tenant": "acme"}))
            while ry.view.plan("p", "acme") is None:
                await asyncio.sleep(0.001)
            await ry.agents.add(Callable("ada", lambda job: 1))
            assert (await ry.run(plan({"id": "b"}))).state == "succeeded"
            clock.move_to(clock.now() + 5100)
            assert errors[0].startswith("RY2215: nobody could do the task `p/b` of tenant `acme` (there is no agent), and")
            await ry.agents.add(Callable("bob", lambda job: 2, provides=["gpu"]))
            assert (await theirs)["b"]["result"] == 2

    run(main())
    assert len(errors) == 1


def test_a_task_that_nobody_can_do_is_told_once_unless_somebody_comes_in_time() -> None:
    clock = VirtualClock()
    errors: list[str] = []

    async def main() -> None:
        async with reynolds.open(
            ":memory:", name="b", perform=perform, clock=clock, on_error=lambda error: errors.append(str(error))
        ) as ry:
            running = asyncio.create_task(ry.run({"id": "p", "tasks": [{"id": "a"}, {"id": "b", "requires": ["gpu"]}]}))
            while "nobody is there" not in ry.explain(plan="p", task="b"):
                await asyncio.sleep(0.001)
            clock.move_to(clock.now() + 4900)
            await ry.agents.add(Callable("ada", lambda job: 1))
            while "it is done" not in ry.explain(plan="p", task="a"):
                await asyncio.sleep(0.001)
            assert errors == []
            clock.move_to(clock.now() + 200)
            assert errors == [
                "RY2215: nobody could do the task `p/b` (there is no agent), and nobody has come in 5 seconds; `explain` says what it "
                "waits for, and why not this or that agent; add one that can do it, or cancel its plan"
            ]
            clock.move_to(clock.now() + 3_600_000)
            assert len(errors) == 1
            running.cancel()

    asyncio.run(main())


def test_each_task_that_nobody_can_do_has_five_seconds_of_its_own() -> None:
    clock = VirtualClock()
    errors: list[str] = []

    async def main() -> None:
        async with reynolds.open(
            ":memory:", name="b", perform=perform, clock=clock, on_error=lambda error: errors.append(str(error))
        ) as ry:
            for plan, ms in (("p", 4900), ("q", 200)):
                await ry.submit({"type": "plan", "id": plan, "tasks": [{"id": "a", "requires": [plan]}]})
                clock.move_to(clock.now() + ms)
            assert [error[:43] for error in errors] == ["RY2215: nobody could do the task `p/a` (the"]
            clock.move_to(clock.now() + 4800)
            assert [error[:43] for error in errors[1:]] == ["RY2215: nobody could do the task `q/a` (the"]

    asyncio.run(main())
