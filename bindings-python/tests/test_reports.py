"""What agents say that can not be used: it is told, and harms nobody else."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from reynolds import ReynoldsError, Subprocess
from reynolds._crew import Crew
from reynolds._hand import Hand
from reynolds._native import Broker
from reynolds.agents import Callable, Job
from reynolds.testing import VirtualClock
from test_closing import Dawdling
from test_plans import opened, plan, python, run

SAYS = """
import json, sys
for line in sys.stdin:
    told = json.loads(line)
    if told["type"] == "dispatch":
        said = json.loads(sys.argv[1])
        for one in said if isinstance(said, list) else [said]:
            print(json.dumps({"dispatch": told["id"], **one}), flush=True)
"""


@pytest.mark.parametrize("done", [-1, 2**53, True, 1.5], ids=["negative", "too large", "no number", "a part"])
def test_a_malformed_sign_of_life_costs_no_other_agent_its_own(done: Any) -> None:
    errors: list[ReynoldsError] = []

    async def bad(job: Job) -> None:
        while True:
            job.progress(done)
            await asyncio.sleep(0.05)

    async def good(job: Job) -> str:
        for _ in range(30):
            job.heartbeat()
            await asyncio.sleep(0.05)
        return "alive"

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(Callable("bad", bad, provides=["bad"]))
            await ry.agents.add(Callable("good", good, provides=["good"]))
            other = asyncio.create_task(ry.run(plan({"id": "x", "requires": ["bad"]}, id="other")))
            quick: Any = {"timeouts": {"heartbeat_ms": 600}, "retry": {"max_attempts": 1}}
            ran = await ry.run(plan({"id": "x", "requires": ["good"], **quick}))
            assert ran["x"].get("result") == "alive"
            other.cancel()

    run(main())
    assert [str(error)[:29] for error in errors] == ["RY2213: agent `bad`: a report"]


@pytest.mark.parametrize(
    "said",
    [
        {"epoch": -1, "report": {"type": "done"}},
        {"epoch": 2**60, "report": {"type": "done"}},
        {"epoch": 1.5, "report": {"type": "done"}},
        {"epoch": True, "report": {"type": "done"}},
        {"report": "done"},
        {"report": None},
        {"report": {"type": 5}},
        {},
    ],
    ids=str,
)
def test_a_last_report_that_can_not_be_used_does_not_leave_its_task_waiting(said: Any) -> None:
    errors: list[ReynoldsError] = []

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(python("ada", SAYS, json.dumps(said)))
            ran = await ry.run(plan({"id": "a", "retry": {"max_attempts": 1}}))
            assert (ran.state, ran["a"]["state"]) == ("failed", "failed")
            assert ran["a"].get("reason", "").startswith("RY1001")

    run(main())
    assert [str(error)[:55] for error in errors] == ["RY2213: agent `ada`: a report about dispatch 3.0 was not taken"[:55]]


@pytest.mark.parametrize("epoch", [0, 9])
def test_a_last_report_under_an_epoch_that_was_never_given_does_not_leave_its_task_waiting(epoch: int) -> None:
    errors: list[ReynoldsError] = []

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            said = [{"epoch": epoch, "report": {"type": "progress", "done": 1}}, {"epoch": epoch, "report": {"type": "done"}}]
            await ry.agents.add(python("ada", SAYS, json.dumps([*said, {"epoch": epoch, "report": {"type": "done"}}])))
            ran = await ry.run(plan({"id": "a"}))
            assert (ran["a"]["state"], ran["a"]["attempt"]) == ("failed", 1)
            assert ran["a"].get("reason") == f"it has reported under epoch {epoch} on dispatch 3.0, which it was given under 1"

    run(main())
    what = f"RY2213: agent `ada`: it has reported under epoch {epoch} on dispatch 3.0, which it was given under 1; "
    dropped, failed = what + "the report is dropped", what + "the task has failed"
    assert [str(error) for error in errors] == [dropped, failed, dropped]


def test_signs_of_life_leave_before_the_shortest_silence_of_theirs_is_over() -> None:
    clock = VirtualClock()
    posted: list[Any] = []

    def told(id: str, **more: Any) -> Any:
        return {"type": "dispatch", "id": id, "epoch": 1, "agent": "ada", "task": "p/a", **more}

    async def main() -> None:
        nobody: Any = None
        crew = Crew(Broker({"name": "t"}), nobody, lambda input, *_: posted.append(input), nobody, clock, None, nobody)
        ada = Hand(crew, Dawdling(), -1)
        ada.take(told("3.0"))
        ada.take(told("4.0", heartbeat_ms=100))
        ada.take(told("5.0", heartbeat_ms=60_000))
        start = clock.now()
        ada.say("3.0", {"type": "heartbeat"})
        clock.move_to(start + 10)
        ada.say("5.0", {"type": "progress", "done": 7})
        ada.say("4.0", {"type": "heartbeat"})
        clock.move_to(start + 34)
        assert posted == []
        clock.move_to(start + 35)
        assert posted == [{"type": "beats", "beats": [["3.0", 1], ["5.0", 1, 7], ["4.0", 1]], "agents": []}]
        ada.say("5.0", {"type": "heartbeat"})
        clock.move_to(start + 234)
        assert len(posted) == 1
        clock.move_to(start + 235)
        assert posted[1:] == [{"type": "beats", "beats": [["5.0", 1]], "agents": []}]
        crew.beat_of("ada", 20)
        clock.move_to(start + 245)
        assert posted[2:] == [{"type": "beats", "beats": [], "agents": ["ada"]}]

    run(main())


def test_a_sign_of_life_under_an_epoch_that_can_not_be_is_told_and_goes_alone() -> None:
    errors: list[ReynoldsError] = []

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            said = '[{"epoch": -1, "report": {"type": "heartbeat"}}, {"report": {"type": "done", "result": 7}}]'
            await ry.agents.add(python("ada", SAYS, said))
            assert (await ry.run(plan({"id": "a"})))["a"].get("result") == 7

    run(main())
    assert len(errors) == 1
    assert "RY1001" in str(errors[0])


def test_what_is_said_of_a_dispatch_that_is_over_is_told_when_it_is_dropped() -> None:
    errors: list[ReynoldsError] = []

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            said = '[{"report": {"type": "done"}}, {"report": {"type": "heartbeat"}}, {"report": {"type": "done"}}]'
            await ry.agents.add(python("ada", SAYS, said))
            await ry.run(plan({"id": "a"}))
            async with asyncio.timeout(5):
                while not errors:
                    await asyncio.sleep(0.01)

    run(main())
    what = "it has reported on dispatch 3.0, which it no longer has; the report is dropped"
    assert [str(error) for error in errors] == [f"RY2213: agent `ada`: {what}"]


NAMELESS = """
import json, sys
for line in sys.stdin:
    told = json.loads(line)
    if told["type"] == "dispatch":
        print(json.dumps(json.loads(sys.argv[1].replace("ID", told["id"]))), flush=True)
        print("{}", flush=True)
        print(json.dumps({"dispatch": told["id"], "report": {"type": "done"}}), flush=True)
"""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"id": "ID", "report": {"type": "done"}}', "with the keys `id`, `report`"),
        ('{"alive": true}', "with the keys `alive`"),
        ('{"a\\ud800": 1}', "with the keys `a?`"),
        ('{"dispatch": 7, "report": {"type": "done"}}', "it wrote what is no report"),
        ('{"dispatch": null}', "it wrote what is no report"),
        ("{}", ""),
    ],
)
def test_a_line_that_names_no_dispatch_is_told_and_is_a_sign_of_life(line: str, told: str) -> None:
    errors: list[ReynoldsError] = []

    async def main() -> None:
        async with opened(on_error=errors.append) as ry:
            await ry.agents.add(python("ada", NAMELESS, line))
            ran = await ry.run(plan({"id": "a"}))
            assert (ran["a"]["state"], ran["a"]["attempt"]) == ("succeeded", 1)

    run(main())
    assert [error.code for error in errors] == (["RY2213"] if told else [])
    if told:
        assert told in str(errors[0])
    if "keys" in told:
        names = "a report names its task by `dispatch` (the dispatch's `id`), and this line is no more than a sign of life"
        assert str(errors[0]) == f"RY2213: agent `ada`: it has written a line without `dispatch`, {told}; {names}"


def test_lines_that_name_no_dispatch_keep_a_process_alive() -> None:
    errors: list[ReynoldsError] = []
    code = "import time\nwhile True: print('{\"alive\": 1}', flush=True); time.sleep(0.05)"

    async def main() -> None:
        async with opened(on_error=errors.append, close_ms=50) as ry:
            ada = python("ada", code, profile={"heartbeat_ms": 500}, grace_ms=50)
            await ry.agents.add(ada)
            pid = ada.pid
            await asyncio.sleep(2)
            assert ada.pid == pid
            assert [one["alive"] for one in ry.view.agents()] == [True]

    run(main())
    assert {str(error)[:53] for error in errors} == {"RY2213: agent `ada`: it has written a line without `d"}


def test_a_profile_keeps_what_no_argument_says_otherwise() -> None:
    whole: Any = {"slots": 4, "provides": ["rust"], "heartbeat_ms": 1000}
    assert Subprocess("ada", ["x"], profile=whole).profile == whole
    assert Callable("ada", print, profile=whole).profile == whole
    assert Subprocess("ada", ["x"], profile=whole, slots=2, provides=()).profile == {**whole, "slots": 2, "provides": []}
    assert Subprocess("ada", ["x"]).profile == {"slots": 1, "provides": []}
