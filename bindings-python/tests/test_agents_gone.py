"""Agents that are gone, or do not listen any more, without anybody who would say so."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from typing import Any, cast

import pytest
from reynolds import HostError, ReynoldsError
from reynolds.agents import Callable, End, Job, Line, Link
from reynolds.types import Input, Profile
from test_plans import opened, plan, python, run

TASK = {"id": "a", "requires": ["x"], "retry": {"base_ms": 1}}
GONE = "RY2213: agent `ada`: it is not here, and tasks wait for it; add it, or they are given to others"


async def hang(job: Job) -> None:
    await asyncio.Event().wait()


async def work(job: Job) -> str:
    return "bob did it"


async def leave_behind(path: Path, profile: Profile | None = None) -> None:
    """A host crashes while its agent `ada` works: the journal is as it was then, and not as a close leaves it."""
    living = path.with_name("living.ryj")
    ry = await opened(living, close_ms=50)
    await ry.agents.add(Callable("ada", hang, provides=["x"], grace_ms=50, profile=profile))
    running = asyncio.create_task(ry.run(plan(TASK)))
    while not ((task := ry.view.task("p", "a")) and task["state"] == "running"):
        await asyncio.sleep(0.001)
    await ry.idle()
    shutil.copytree(living, path)
    await ry.close()
    await asyncio.wait({running})
    assert isinstance(running.exception(), HostError)


@pytest.mark.parametrize("profile", [None, {"labels": {"zone": "eu"}}], ids=["plain", "with labels"])
def test_what_an_agent_had_that_is_not_added_again_is_given_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: Profile | None
) -> None:
    errors: list[ReynoldsError] = []
    monkeypatch.setattr("reynolds._crew.MISSING_MS", 50)

    async def main() -> None:
        await leave_behind(tmp_path / "bot.ryj", profile)
        async with opened(tmp_path / "bot.ryj", on_error=errors.append) as ry:
            await ry.agents.add(Callable("bob", work, provides=["x"]))
            assert (await ry.run(plan(TASK)))["a"].get("result") == "bob did it"

    run(main())
    assert [str(error) for error in errors] == [GONE]


class Unready:
    """An agent that can not be started, which takes a while to see."""

    id, grace_ms = "ada", 50
    profile: Profile = {"provides": ["x"]}

    async def live(self, link: Link) -> None:
        await asyncio.sleep(0.1)
        raise RuntimeError("the image could not be pulled")

    def take(self, line: Line) -> None: ...

    def kill(self, why: str) -> None: ...

    def stop(self) -> None: ...


def test_what_an_agent_had_that_can_not_be_started_again_is_given_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[ReynoldsError] = []
    monkeypatch.setattr("reynolds._crew.MISSING_MS", 50)

    async def main() -> None:
        await leave_behind(tmp_path / "bot.ryj")
        async with opened(tmp_path / "bot.ryj", on_error=errors.append) as ry:
            await ry.agents.add(Callable("bob", work, provides=["x"]))
            with pytest.raises(RuntimeError):
                await ry.agents.add(Unready())
            assert (await ry.run(plan(TASK)))["a"].get("result") == "bob did it"

    run(main())
    assert [str(error) for error in errors] == [GONE]


def test_an_agent_that_an_input_has_registered_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[ReynoldsError] = []
    monkeypatch.setattr("reynolds._crew.MISSING_MS", 50)

    async def main() -> None:
        await leave_behind(tmp_path / "bot.ryj")
        async with opened(tmp_path / "bot.ryj") as ry:
            # Somebody takes it over who talks to it in another way.
            report = {"type": "register", "provides": ["x"]}
            await ry.submit(cast(Input, {"type": "agent", "id": "ada", "incarnation": 0, "report": report}))
        async with opened(tmp_path / "bot.ryj", on_error=errors.append) as ry:
            await asyncio.sleep(0.2)
            assert [(one["registration"]["id"], one["leases"]) for one in ry.view.agents()] == [("ada", 1)]

    run(main())
    assert errors == []


def test_a_function_that_nobody_takes_its_task_from_has_failed() -> None:
    async def main() -> None:
        async with opened() as ry:

            async def offer(job: Job) -> None:
                raise End({"type": "handoff", "timeout_ms": 50})

            await ry.agents.add(Callable("ada", offer, provides=["x"]))
            ran = await ry.run(plan({**TASK, "retry": {"max_attempts": 1}}))
            assert ran["a"]["state"] == "failed"
            assert (ran["a"].get("reason"), ran["a"]["attempt"]) == ("nobody has taken it over", 1)

    run(main())


CLOSED = """
import json, os, sys
{0}
for line in {1}:
    told = json.loads(line)
    print(json.dumps({{"dispatch": told["id"], "report": {{"type": "done"}}}}), flush=True)
import time; time.sleep(3600)
"""


def test_a_process_that_does_not_listen_any_more_is_given_nothing() -> None:
    errors: list[ReynoldsError] = []

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(python("ada", CLOSED.format("os.close(0); print('{}', flush=True)", "[]"), provides=["x"], grace_ms=100))
            await asyncio.sleep(0.3)
            ran = await ry.run(plan({**TASK, "retry": {"max_attempts": 1}}))
            assert ran["a"]["state"] == "failed"

    began = time.monotonic()
    run(main())
    assert time.monotonic() - began < 5
    assert "RY2212: `take` of agent `ada` has raised: it has closed its stdin" in [str(error) for error in errors]


@pytest.mark.parametrize(
    ("report", "state"),
    [
        ('{"type": "done", "result": "a', "failed"),
        ('{"type": "done", "result": \\x01}', "failed"),
        ('{"type": "done", "result": {"log": [{"type": "started"}], "score": nan}}', "failed"),
        ('{"result": {"report": {"type": "started"}, "score": nan}, "type": "done"}', "failed"),
        ('{"type": "progress", "done": ', "succeeded"),
    ],
    ids=["cut off", "no JSON", "it quotes a log", "it quotes a report", "a sign of life"],
)
def test_a_last_report_that_can_not_be_read_fails_its_task(report: str, state: str) -> None:
    errors: list[ReynoldsError] = []
    code = (
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    named = '{\"dispatch\": \"%s\", \"report\": ' % json.loads(line)['id']\n"
        f"    print(named + '{report}' + '}}', flush=True)\n"
        "    print(named + '{\"type\": \"done\"}}', flush=True)\n"
    )

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(python("ada", code, provides=["x"]))
            ran = await ry.run(plan(TASK))
            assert ran["a"]["state"] == state
            if state == "failed":
                assert ran["a"].get("reason", "").startswith("its last report can not be read: ")

    run(main())
    assert str(errors[0]).startswith("RY2213: agent `ada`: it wrote what is no report: ")


@pytest.mark.parametrize("half", ['{"dispatch": "ID", "report": {"type": "done", "result": "xx', '{"dispatch": "ID", "rep', '{"dispatch": "ID", "report": {"x": "\\u00'])
def test_half_a_line_of_a_process_that_dies_fails_nothing(half: str) -> None:
    errors: list[ReynoldsError] = []
    code = (
        "import json, os, signal, sys\n"
        "for line in sys.stdin:\n"
        "    told = json.loads(line)\n"
        "    if told['attempt'] > 1:\n"
        "        print(json.dumps({'dispatch': told['id'], 'report': {'type': 'done', 'result': told['attempt']}}), flush=True)\n"
        "        continue\n"
        f"    print({half!r}.replace('ID', told['id']), end='', flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(python("ada", code, provides=["x"], restart_ms=1))
            ran = await ry.run(plan(TASK))
            assert (ran["a"]["state"], ran["a"].get("result")) == ("succeeded", 2)

    run(main())
    assert [str(error)[:42] for error in errors] == ["RY2213: agent `ada`: it wrote what is no r", "RY2213: agent `ada`: it ended with -9"]


def test_the_last_line_counts_also_where_a_child_keeps_the_output_open() -> None:
    errors: list[ReynoldsError] = []
    code = (
        "import json, subprocess, sys\n"
        "told = json.loads(sys.stdin.readline())\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(5)'])\n"
        "print(json.dumps({'dispatch': told['id'], 'report': {'type': 'done', 'result': 'it is done'}}), end='', flush=True)\n"
    )

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(python("ada", code, provides=["x"]))
            ran = await ry.run(plan(TASK))
            assert (ran["a"].get("result"), ran["a"]["attempt"]) == ("it is done", 1)

    run(main())


def test_an_agent_that_finishes_while_its_host_closes_is_heard_until_then(tmp_path: Path) -> None:
    errors: list[ReynoldsError] = []
    code = (
        "import json, sys, time\n"
        "told = json.loads(sys.stdin.readline())\n"
        "for _ in range(30):\n"
        "    print(json.dumps({'dispatch': told['id'], 'report': {'type': 'heartbeat'}}), flush=True)\n"
        "    time.sleep(0.05)\n"
        "print(json.dumps({'dispatch': told['id'], 'report': {'type': 'done', 'result': 'it is done'}}), flush=True)\n"
    )

    async def main() -> None:
        ry = await opened(tmp_path / "bot.ryj", close_ms=8000, on_error=errors.append)
        await ry.agents.add(python("ada", code, provides=["x"], grace_ms=6000, profile={"heartbeat_ms": 200}))
        running = asyncio.create_task(ry.run(plan({**TASK, "timeouts": {"heartbeat_ms": 400}})))
        while not ((task := ry.view.task("p", "a")) and task["state"] == "running"):
            await asyncio.sleep(0.001)
        await ry.close()
        ran = await running
        assert (ran["a"].get("result"), ran["a"]["attempt"]) == ("it is done", 1)

    run(main())
    assert errors == []


def test_an_agent_that_crashes_while_it_is_removed_is_not_started_anew() -> None:
    errors: list[ReynoldsError] = []
    code = (
        "import json, sys, time\n"
        "told = json.loads(sys.stdin.readline())\n"
        "print(json.dumps({'dispatch': told['id'], 'report': {'type': 'started'}}), flush=True)\n"
        "time.sleep(0.3)\n"
        "sys.exit(3)\n"
    )

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(python("ada", code, provides=["x"], restart_ms=1))
            running = asyncio.create_task(ry.run(plan(TASK)))
            while not ((task := ry.view.task("p", "a")) and task["state"] == "running"):
                await asyncio.sleep(0.001)
            began = time.monotonic()
            await ry.agents.remove("ada")
            assert time.monotonic() - began < 3
            assert ry.view.agents() == []
            await ry.agents.add(Callable("bob", work, provides=["x"]))
            ran = await running
            assert (ran["a"].get("result"), ran["a"]["attempt"]) == ("bob did it", 2)

    run(main())
    assert [str(error) for error in errors] == ["RY2213: agent `ada`: it ended with 3"]


@pytest.mark.parametrize(("profile", "kept"), [({"heartbeat_ms": 0}, 0), ({"heartbeat_ms": 0, "start_ms": 100}, 1), ({"start_ms": 100}, 1)])
def test_who_never_beats_is_silent_and_who_says_when_it_has_started_beats_until_then(profile: Profile, kept: int) -> None:
    records: list[str] = []

    def note(decision: object, given: Any) -> None:
        records.append(given["type"] if given else "")

    async def main() -> None:
        async with opened(on_decision=note) as ry:
            await ry.agents.add(Callable("ada", work, profile=profile))
            await asyncio.sleep(0.4)
            assert [(one["started"], one["ready"]) for one in ry.view.agents()] == [(True, True)]

    run(main())
    assert records.count("beats") == kept
