"""Agents that misbehave, and people who answer what can not be used."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, cast

import pytest
from reynolds import HostError, ReynoldsError, Subprocess
from reynolds._process import Process
from reynolds.agents import Callable, End, Job, Line, Link
from reynolds.types import Profile, Report
from test_plans import ECHO, opened, plan, python, run


def alive(pid: int) -> bool:
    """Does it run? One that was killed may still wait for its parent to hear of it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def alive_still(pid: int) -> bool:
    """The same for one that was killed a moment ago."""
    until = time.monotonic() + 5
    while (found := alive(pid)) and time.monotonic() < until:
        time.sleep(0.01)
    return found


class Texts(Exception):
    def __str__(self) -> str:
        raise ValueError("it has no text")


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ("x" * 20_000, "RY1017"),
        ({1, 2}, "RY1001"),
        (float("nan"), "RY1001"),
        (End({"type": "needs_input", "question": {"text": ""}}), "RY1017"),
        (End(cast(Report, {"type": "failed", "why": "misspelt"})), "RY1001"),
        (End(cast(Report, {"type": "finished"})), "RY1001"),
    ],
    ids=["too large", "a set", "NaN", "an empty question", "a misspelt field", "a misspelt report"],
)
def test_a_last_report_that_is_refused_fails_the_task_for_good(result: Any, reason: str) -> None:
    errors: list[ReynoldsError] = []
    attempts: list[int] = []

    async def work(job: Job) -> Any:
        attempts.append(job.dispatch["attempt"])
        if isinstance(result, End):
            raise result
        return result

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(Callable("ada", work))
            ran = await ry.run(plan({"id": "a", "retry": {"max_attempts": 3, "base_ms": 1}}))
            assert (ran.state, ran["a"]["state"]) == ("failed", "failed")
            assert ran["a"].get("reason", "").startswith(reason)

    run(main())
    assert attempts == [1]
    assert [str(error)[:53] for error in errors] == ["RY2213: agent `ada`: a report about dispatch 3.0 was n"[:53]]


def test_what_goes_on_after_a_refused_report_is_not_failed() -> None:
    errors: list[ReynoldsError] = []

    async def work(job: Job) -> str:
        job.progress(1, 2, "x" * 20_000)
        await asyncio.sleep(0.01)
        return "done"

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(Callable("ada", work))
            assert (await ry.run(plan({"id": "a"})))["a"].get("result") == "done"

    run(main())
    assert len(errors) == 1
    assert "RY1017" in str(errors[0])


@pytest.mark.parametrize("raised", [Texts(), ValueError("no \udcff file")])
def test_a_function_that_raises_what_has_no_usable_text_fails(raised: Exception) -> None:
    def work(job: Job) -> None:  # A plain function does too.
        raise raised

    async def main() -> None:
        async with opened() as ry:
            await ry.agents.add(Callable("ada", work))
            ran = await ry.run(plan({"id": "a", "retry": {"max_attempts": 1}}))
            assert (ran.state, ran["a"].get("reason")) == ("failed", "Texts" if isinstance(raised, Texts) else "no ? file")

    run(main())


@pytest.mark.parametrize("value", ["x" * 20_000, {1}], ids=["too large", "a set"])
def test_an_answer_that_can_not_be_used_ends_the_question(value: Any) -> None:
    errors: list[ReynoldsError] = []

    async def main() -> None:
        async with opened(on_error=errors.append, ask=lambda _: value) as ry:
            assert (await ry.run(plan({"id": "q", "ask": {"text": "?"}}))).state == "cancelled"

    run(main())
    assert [error.code for error in errors] == ["RY2208"]
    assert "what `ask` returned for the task p/q is no answer" in str(errors[0])


async def await_what_is_cancelled() -> None:
    work = asyncio.create_task(asyncio.sleep(60))
    asyncio.get_running_loop().call_later(0.01, work.cancel)
    await work


def test_a_question_whose_asker_waits_for_what_is_cancelled_is_told_and_asked_again() -> None:
    errors: list[ReynoldsError] = []
    asked: list[str] = []

    async def ask(question: Any) -> bool:
        asked.append(question["task"])
        if len(asked) == 1:
            await await_what_is_cancelled()
        return True

    async def main() -> None:
        async with opened(on_error=errors.append, ask=ask) as ry:
            assert (await ry.run(plan({"id": "q", "ask": {"text": "?"}}))).state == "succeeded"

    run(main())
    assert asked == ["p/q", "p/q"]
    assert [str(error) for error in errors] == ["RY2212: `ask` of effect 2.0 has raised, it is asked again: CancelledError"]


def test_a_function_that_waits_for_what_is_cancelled_has_failed_and_was_not_cancelled() -> None:
    async def work(job: Job) -> None:
        await await_what_is_cancelled()

    async def main() -> None:
        async with opened() as ry:
            await ry.agents.add(Callable("ada", work))
            ran = await ry.run(plan({"id": "a", "retry": {"max_attempts": 1}}))
            assert (ran["a"]["state"], ran["a"].get("why"), ran["a"].get("reason")) == ("failed", "reported", "CancelledError")

    run(main())


def test_what_waits_for_an_agent_that_is_not_added_again_is_given_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[ReynoldsError] = []
    monkeypatch.setattr("reynolds._crew.MISSING_MS", 50)

    async def work(job: Job) -> int:
        return 1

    async def main() -> None:
        async with opened(tmp_path / "bot.ryj") as ry:
            for name in ("ada", "bob"):
                await ry.agents.add(Callable(name, work))
            await ry.idle()
            # The host crashes: the journal is as it was then. A close would have said that both are stopped.
            shutil.copytree(tmp_path / "bot.ryj", tmp_path / "crashed.ryj")
        async with opened(tmp_path / "crashed.ryj", on_error=errors.append) as ry:
            await ry.agents.add(Callable("ada", work))
            ran = await ry.run(plan(*({"id": f"t{number}", "retry": {"base_ms": 1}} for number in range(4))))
            assert ran.state == "succeeded"

    run(main())
    assert [str(error) for error in errors] == [
        "RY2213: agent `bob`: it is not here, and tasks wait for it; add it, or they are given to others"
    ]


def test_a_program_that_can_not_be_started_is_refused() -> None:
    errors: list[ReynoldsError] = []

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            for argv in (["/nonexistent/agent"], ["a\0b"]):
                with pytest.raises(HostError, match="RY2213: agent `ada`: it can not be started"):
                    await ry.agents.add(Subprocess("ada", argv))
            await ry.agents.add(python("ada", ECHO))  # Its name is free.
            assert (await ry.run(plan({"id": "a"}))).state == "succeeded"

    run(main())
    assert errors == []


@pytest.mark.parametrize(
    ("wrong", "named"), [({"argv": "python x.py"}, "argv"), ({"argv": []}, "argv"), ({"argv": [5]}, "argv"), ({"grace_ms": "5"}, "grace_ms")]
)
def test_a_process_that_can_not_be_is_named(wrong: Any, named: str) -> None:
    with pytest.raises(HostError, match=f"RY2206.*`{named}`"):
        Subprocess("ada", **{"argv": ["true"], **wrong})


def test_what_is_no_agent_is_named() -> None:
    with pytest.raises(HostError, match="RY2206.*`call`"):
        Callable("ada", cast(Any, None))

    async def main() -> None:
        async with opened() as ry:
            for wrong in (None, "ada", object()):
                with pytest.raises(HostError, match="RY2206.*`add`"):
                    await ry.agents.add(cast(Any, wrong))

    run(main())


THIEF = """
import json, sys
for line in sys.stdin:
    told = json.loads(line)
    if told["type"] == "dispatch":
        for part in range(4):
            other = told["id"].split(".")[0] + "." + str(part)
            print(json.dumps({"dispatch": other, "epoch": 1, "report": {"type": "done", "result": "eve's"}}), flush=True)
"""


def test_a_report_about_what_others_were_given_is_dropped() -> None:
    errors: list[ReynoldsError] = []

    async def work(job: Job) -> str:
        while len(errors) < 3:
            await asyncio.sleep(0.01)
        return "mine"

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(python("eve", THIEF, provides=["theft"]))
            await ry.agents.add(Callable("ada", work, provides=["work"]))
            ran = await ry.run(plan({"id": "a", "requires": ["work"]}, {"id": "b", "requires": ["theft"]}))
            assert [ran["a"].get("result"), ran["b"].get("result")] == ["mine", "eve's"]

    run(main())
    assert len(errors) == 3
    assert all("which was not given to it; the report is dropped" in str(error) for error in errors)


CHILD = """
import json, os, subprocess, sys
for line in sys.stdin:
    told = json.loads(line)
    if told["type"] == "dispatch" and told["attempt"] == 1:
        child = subprocess.Popen(["sleep", "60"])
        open(sys.argv[1], "w").write(str(child.pid))
        os._exit(3)
    elif told["type"] == "dispatch":
        print(json.dumps({"dispatch": told["id"], "report": {"type": "done"}}), flush=True)
"""


def test_a_process_that_ends_is_seen_though_its_child_keeps_its_stdout(tmp_path: Path) -> None:
    errors: list[ReynoldsError] = []
    pid = tmp_path / "pid"

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(python("ada", CHILD, str(pid), restart_ms=10))
            ran = await ry.run(plan({"id": "a", "retry": {"base_ms": 10}}))
            assert (ran.state, ran["a"]["attempt"]) == ("succeeded", 2)

    began = time.monotonic()
    run(main())
    assert time.monotonic() - began < 5
    assert [str(error) for error in errors] == ["RY2213: agent `ada`: it ended with 3"]
    assert not alive_still(int(pid.read_text()))  # It ends with its parent.


def test_what_a_shell_has_started_is_killed_with_it(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    worker = tmp_path / "worker.py"
    worker.write_text("import os, sys, time\nopen(sys.argv[1], 'a').write(f'{os.getpid()}\\n')\nsys.stdin.readline()\ntime.sleep(60)\n")

    async def main() -> None:
        async with opened(on_error=lambda _: None) as ry:
            shell = ["sh", "-c", f"{sys.executable} {worker} {pids}; true"]
            await ry.agents.add(Subprocess("ada", shell, restart_ms=10, grace_ms=100))
            ran = await ry.run(plan({"id": "a", "timeouts": {"start_to_close_ms": 300}, "retry": {"max_attempts": 1}}))
            assert ran.state == "failed"
            while not pids.exists() or alive(int(pids.read_text().split()[0])):
                await asyncio.sleep(0.01)

    run(main())
    assert not any(alive_still(int(pid)) for pid in pids.read_text().split())


MUTE = """
import json, os, sys, time
open(sys.argv[1], "a").write(f"{os.getpid()}\\n")
while len(open(sys.argv[1]).readlines()) == 1:
    time.sleep(60)
print("{}", flush=True)
for line in sys.stdin:
    told = json.loads(line)
    if told["type"] == "dispatch":
        print(json.dumps({"dispatch": told["id"], "report": {"type": "done"}}), flush=True)
"""


def test_a_process_that_is_silent_for_longer_than_it_promised_is_killed_and_started_anew(tmp_path: Path) -> None:
    errors: list[ReynoldsError] = []
    lives = tmp_path / "lives"

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(python("ada", MUTE, str(lives), restart_ms=10, profile={"start_ms": 2000}))
            assert (await ry.run(plan({"id": "a"}))).state == "succeeded"

    run(main())
    assert str(errors[0]) == "RY2213: agent `ada`: it was silent for too long; it ended with -9"
    assert not alive_still(int(lives.read_text().split()[0]))


def test_a_function_beats_by_itself_as_often_as_its_profile_promises() -> None:
    errors: list[ReynoldsError] = []

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(Callable("ada", lambda _: 7, profile={"heartbeat_ms": 400, "start_ms": 2000}))
            await asyncio.sleep(2)
            assert (await ry.run(plan({"id": "a"})))["a"].get("result") == 7

    run(main())
    assert errors == []


def test_an_agent_that_crashes_at_once_is_started_as_often_as_the_broker_asks(tmp_path: Path) -> None:
    errors: list[ReynoldsError] = []
    lives = tmp_path / "lives"
    asked = 0

    def count(decision: Any, _: Any) -> None:
        nonlocal asked
        asked += sum(one["type"] == "agent" and one["state"] == "restart" for one in decision["verdicts"])

    async def main() -> None:
        async with opened(on_error=errors.append, on_decision=count) as ry:
            await ry.agents.add(python("ada", "import sys; open(sys.argv[1], 'a').write('x')", str(lives), restart_ms=1))
            while len(errors) <= asked or not asked:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)

    run(main())
    assert asked == 3
    assert lives.read_text() == "x" * (asked + 1)
    assert [str(error) for error in errors] == ["RY2213: agent `ada`: it ended with 0"] * (asked + 1)


class Broken:
    """An agent of a user's own, with faults."""

    id, grace_ms = "own", 100
    profile: Profile = {}

    def __init__(self, raises: bool) -> None:
        self.raises, self.over = raises, asyncio.Event()

    async def live(self, link: Link) -> None:
        link.born()
        await self.over.wait()
        if self.raises:
            raise ValueError("a fault")

    def take(self, line: Line) -> None:
        self.over.set()
        raise ValueError("it does not take it")

    def kill(self, why: str) -> None: ...
    def stop(self) -> None: ...


@pytest.mark.parametrize("raises", [True, False])
def test_an_agent_with_a_fault_of_its_own_is_told_and_keeps_no_task(raises: bool) -> None:
    errors: list[ReynoldsError] = []

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(Broken(raises))
            running = asyncio.create_task(ry.run(plan({"id": "a", "retry": {"base_ms": 1, "max_attempts": 9}})))
            while len(errors) < 2:
                await asyncio.sleep(0.01)
            await ry.agents.add(Callable("ada", lambda _: 7))
            assert (await running)["a"].get("result") == 7

    run(main())
    told = [str(error) for error in errors]
    assert told[0] == "RY2212: `take` of agent `own` has raised: it does not take it"
    assert told[1] == f"RY2213: agent `own`: `live` has {'raised: a fault' if raises else 'returned'}"


def test_the_same_progress_over_and_over_makes_few_records() -> None:
    inputs: list[Any] = []

    async def work(job: Job) -> None:
        state = {"at": 3}
        for number in range(200):
            job.progress(number)
            job.progress(3, 10, state)
            if number % 20 == 0:
                await asyncio.sleep(0.002)
        state["at"] = 4
        job.progress(3, 10, state)

    async def main() -> None:
        async with opened(on_decision=lambda _, input: inputs.append(input)) as ry:
            await ry.agents.add(Callable("ada", work))
            assert (await ry.run(plan({"id": "a"}))).state == "succeeded"

    run(main())
    reports = [input["report"] for input in inputs if input and input["type"] == "task"]
    assert len([report for report in reports if report["type"] == "progress"]) == 2
    assert sum(input is not None and input["type"] == "beats" for input in inputs) <= 2


def test_progress_without_a_state_sends_none() -> None:
    said: list[Any] = []

    class Listening:
        def say(self, dispatch: str, report: Report, epoch: int | None = None) -> None:
            said.append(report)

    job = Job(cast(Any, {"id": "3.0", "task": "p/a"}), cast(Any, Listening()))
    job.progress(1)
    job.progress(2, 4)
    job.progress(3, state={"at": 3})
    assert said == [
        {"type": "progress", "done": 1},
        {"type": "progress", "done": 2, "of": 4},
        {"type": "progress", "done": 3, "state": {"at": 3}},
    ]


def test_what_a_process_says_at_once_is_heard_when_it_is_waited_for() -> None:
    heard: list[bytes] = []

    async def main() -> None:
        argv = [sys.executable, "-c", "print('first', flush=True); print('last', end='')"]
        process = await Process.start(argv, None, None, lambda line, _: heard.append(line), lambda: None, 100)
        await asyncio.sleep(0.3)
        assert heard == []
        assert await process.ended(5) == "it ended with 0"

    run(main())
    assert heard == [b"first", b"last"]


STUBBORN_HOST = """
import asyncio, signal, sys
import reynolds
from reynolds import Subprocess

async def main():
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    async with reynolds.open(":memory:", name="t", perform=print) as ry:
        agent = Subprocess("ada", [sys.executable, "-c", "import time; time.sleep(600)"], grace_ms=100)
        await ry.agents.add(agent)
        print(agent.pid, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


def test_a_host_that_closes_on_a_signal_leaves_no_process_behind() -> None:
    with subprocess.Popen([sys.executable, "-c", STUBBORN_HOST], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as host:
        assert host.stdout
        agent = int(host.stdout.readline())
        assert alive(agent)
        host.terminate()
        host.wait(20)
    assert not alive_still(agent)
