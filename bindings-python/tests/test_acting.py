"""Agents that act, and change their plan, through their host."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from reynolds import HostError, Performing, Rejected, ReynoldsError
from reynolds.agents import Callable, End, Job, Line, Link
from reynolds.types import OutcomeResult, Profile
from test_plans import EXAMPLES, opened, plan, python, run

COMMENT: Any = {"kind": "comment", "subject": "github:acme/api#7"}


class Platform:
    """What was performed, by text. What begins with `no` fails."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def perform(self, effect: Performing) -> OutcomeResult:
        text = effect.get("text", "")
        self.texts.append(text)
        if text.startswith("no"):
            return {"type": "failed", "reason": "locked"}
        return {"type": "done", "object": f"c:{len(self.texts)}"}

    def opened(self, path: Path | str = ":memory:", **more: Any) -> Any:
        return opened(path, perform=self.perform, **more)


def test_what_an_agent_sends_is_performed_and_it_hears_what_became_of_it() -> None:
    platform, found = Platform(), list[Any]()

    async def work(job: Job) -> str:
        found.append(await job.send(**COMMENT, text="one", key="a"))
        other: Any = {**COMMENT, "text": "other words", "key": "a"}
        found.append(await job.send(other))
        found.append(await job.send(COMMENT, text="not this one"))
        return "done"

    async def main() -> None:
        async with platform.opened() as ry:
            await ry.agents.add(Callable("ada", work))
            assert (await ry.run(plan({"id": "a"}))).state == "succeeded"

    run(main())
    assert platform.texts == ["one", "not this one"]
    assert [one["type"] for one in found] == ["done", "duplicate", "failed"]
    assert (found[0]["object"], found[1]["of"], found[2]["why"]) == ("c:1", found[0]["effect"], "locked")


def test_under_a_key_it_is_sent_once_whichever_attempt_sends_it_unless_it_failed() -> None:
    platform, found = Platform(), list[tuple[int, str]]()

    async def work(job: Job) -> None:
        for text, key in (("begun", "begun"), ("no label", "label"), ("words", None)):
            more: Any = {"key": key} if key else {}
            found.append((job.attempt, (await job.send(**COMMENT, text=text, **more))["type"]))
        if job.attempt == 1:
            raise RuntimeError("it crashes now")

    async def main() -> None:
        async with platform.opened(on_error=lambda _: None) as ry:
            await ry.agents.add(Callable("ada", work))
            assert (await ry.run(plan({"id": "a", "retry": {"base_ms": 1}}))).state == "succeeded"

    run(main())
    assert found == [(1, "done"), (1, "failed"), (1, "done"), (2, "duplicate"), (2, "failed"), (2, "done")]
    assert platform.texts == ["begun", "no label", "words", "no label", "words"]


def test_an_agent_adds_tasks_and_adds_none_twice_when_it_is_tried_again() -> None:
    known: list[bool] = []

    async def work(job: Job) -> None:
        if job.task != "p/a":
            return
        for name in ("x", "y"):
            known.append((await job.patch(add=[{"id": name, "needs": ["a"]}]))["duplicate"])
        await job.patch(needs=[{"task": "y", "needs": ["x"]}], key="order")
        if job.attempt == 1:
            raise RuntimeError("it crashes now")

    async def main() -> None:
        async with opened(on_error=lambda _: None) as ry:
            await ry.agents.add(Callable("ada", work))
            ran = await ry.run(plan({"id": "a", "retry": {"base_ms": 1}}))
            assert {name: task["state"] for name, task in ran.items()} == dict.fromkeys(("a", "x", "y"), "succeeded")

    run(main())
    assert known == [False, False, True, True]


def test_a_patch_that_can_not_be_made_is_refused_and_its_number_is_the_next_ones() -> None:
    refused: list[str] = []

    async def work(job: Job) -> None:
        if job.task != "p/a":
            return
        for wrong in ({"add": [{"id": "a"}]}, {"remove": ["nobody"]}, {"add": [{"id": "x", "needs": ["x"]}]}):
            with pytest.raises(Rejected) as error:
                await job.patch(**wrong)
            refused.append(error.value.code)
        first = await job.patch(add=[{"id": "x"}])
        with pytest.raises(Rejected) as error:
            await job.patch(add=[{"id": "x"}], key="a/2")
        second = await job.patch(add=[{"id": "y"}])
        again = await job.patch(add=[{"id": "z"}], key="a/1")
        assert [(one["key"], one["duplicate"]) for one in (first, second, again)] == [("a/1", False), ("a/2", False), ("a/1", True)]

    async def main() -> None:
        async with opened() as ry:
            await ry.agents.add(Callable("ada", work, slots=4))
            ran = await ry.run(plan({"id": "a"}))
            assert (ran.state, sorted(ran)) == ("succeeded", ["a", "x", "y"])

    run(main())
    assert refused == ["RY1017", "RY1019", "RY1017"]


def test_a_key_that_stands_for_two_things_in_a_task_is_refused() -> None:
    async def work(job: Job) -> None:
        await job.send(COMMENT, text="one", key="a")
        with pytest.raises(HostError, match="RY2206: `send`: the key `a` was used in this task for `comment` on `github:acme/api#7`"):
            await job.send(COMMENT, kind="label", key="a")
        with pytest.raises(Rejected, match="RY1001"):
            await job.send(kind="comment", text="it has no subject", key="b")
        await job.send(COMMENT, text="two", key="b")  # What was refused has used no key.
        with pytest.raises(HostError, match="what `job.send` is given must be a mapping"):
            await job.send(7)  # type: ignore[call-overload]

    async def main() -> None:
        async with Platform().opened() as ry:
            await ry.agents.add(Callable("ada", work))
            ran = await ry.run(plan({"id": "a", "retry": {"max_attempts": 1}}))
            assert (ran.state, ran["a"].get("reason")) == ("succeeded", None)

    run(main())


def test_who_has_lost_a_task_does_not_act_for_it() -> None:
    platform, jobs, found = Platform(), list[Job](), list[str]()

    async def work(job: Job) -> None:
        jobs.append(job)
        if len(jobs) > 1:
            return
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            with pytest.raises(HostError, match="RY2213: agent `ada`: it wants to send for dispatch 3.0, which it no longer has"):
                await job.send(COMMENT, text="a last word")
            with pytest.raises(HostError, match="RY2213: agent `ada`: it wants to patch for dispatch 3.0, which it no longer has"):
                await job.patch(add=[{"id": "x"}])
            found.append("refused")
            raise

    async def main() -> None:
        async with platform.opened() as ry:
            await ry.agents.add(Callable("ada", work))
            running = asyncio.ensure_future(ry.run(plan({"id": "a"})))
            while not jobs:
                await asyncio.sleep(0.01)
            await ry.order("p", {"type": "cancel"})
            assert (await running).state == "cancelled"
            ran = await ry.run({**plan({"id": "a"}), "id": "q"})
            assert ran.state == "succeeded"
            with pytest.raises(HostError, match="RY2213"):
                await jobs[1].send(COMMENT, text="when it is done")

    run(main())
    assert (found, platform.texts) == (["refused"], [])


def test_what_is_offered_to_an_agent_is_its_own_when_it_has_accepted() -> None:
    found: list[str] = []

    class Cautious:
        """It looks at what it is offered before it accepts."""

        id, profile, grace_ms = "bob", Profile(slots=1), 1000

        async def live(self, link: Link) -> None:
            self.link, self.end = link, asyncio.Event()
            link.born()
            await self.end.wait()

        def take(self, line: Line) -> None:
            if line["type"] == "dispatch":
                self.doing = asyncio.ensure_future(self.work(line["id"]))

        async def work(self, dispatch: str) -> None:
            with pytest.raises(HostError, match="RY2213: agent `bob`: it wants to send for dispatch 8.0, which it has not accepted"):
                await self.link.send(dispatch, {**COMMENT, "text": "too early"})
            self.link.say(dispatch, {"type": "accept"})
            with pytest.raises(HostError, match="wants to send under epoch 9 for dispatch 8.0, which it was given under 2"):
                await self.link.send(dispatch, {**COMMENT, "text": "of another time"}, 9)
            found.append((await self.link.send(dispatch, {**COMMENT, "text": "mine"}, 2))["type"])
            # The owner before has made a patch too: this is another one.
            found.append((await self.link.patch(dispatch, {"add": [{"id": "y", "requires": ["first"]}]}))["key"])
            self.link.say(dispatch, {"type": "done"})

        def kill(self, why: str) -> bool:
            return False

        def stop(self) -> None:
            self.end.set()

    async def offers(job: Job) -> None:
        if job.task != "p/a":
            return
        found.append((await job.patch(add=[{"id": "x", "requires": ["first"]}]))["key"])
        raise End({"type": "handoff", "to": "bob"})

    platform = Platform()

    async def main() -> None:
        async with platform.opened() as ry:
            await ry.agents.add(Callable("ada", offers, provides=["first"]))
            await ry.agents.add(Cautious())
            assert (await ry.run(plan({"id": "a", "prefers": ["first"]}))).state == "succeeded"

    run(main())
    assert (found, platform.texts) == (["a/1", "done", "a by bob/1"], ["mine"])


def test_within_perform_an_agent_can_not_wait_for_itself() -> None:
    found: list[ReynoldsError] = []
    job_of: list[Job] = []

    async def perform(effect: Performing) -> OutcomeResult:
        for call in (job_of[0].send(COMMENT, text="inner"), job_of[0].patch(add=[])):
            with pytest.raises(HostError) as error:
                await call
            found.append(error.value)
        return {"type": "done"}

    async def work(job: Job) -> None:
        job_of.append(job)
        await job.send(COMMENT, text="outer")

    async def main() -> None:
        async with opened(perform=perform) as ry:
            await ry.agents.add(Callable("ada", work))
            assert (await ry.run(plan({"id": "a"}))).state == "succeeded"

    run(main())
    assert [str(error)[:30] for error in found] == ["RY2210: `job.send` was called ", "RY2210: `job.patch` was called"]


def test_a_host_that_closes_cuts_off_who_waits_for_an_effect(tmp_path: Path) -> None:
    begun, texts, found = asyncio.Event(), list[str](), list[str]()

    async def hangs(effect: Performing) -> OutcomeResult:
        begun.set()
        await asyncio.sleep(10)
        return {"type": "done"}

    async def work(job: Job) -> None:
        try:
            found.append((await job.send(COMMENT, text="one", key="a"))["type"])
        except BaseException as error:
            found.append(type(error).__name__)
            raise

    async def main() -> None:
        async with opened(tmp_path / "j", perform=hangs, close_ms=100) as ry:
            await ry.agents.add(Callable("ada", work, grace_ms=50))
            waiting = asyncio.ensure_future(ry.run(plan({"id": "a"})))
            await begun.wait()
        with pytest.raises(HostError, match="RY2202"):
            await waiting
        platform = Platform()
        async with platform.opened(tmp_path / "j") as ry:
            await ry.agents.add(Callable("ada", work))
            assert (await ry.run(plan({"id": "a"}))).state == "succeeded"
            texts.extend(platform.texts)

    run(main())
    assert (texts, found) == (["one"], ["CancelledError", "duplicate"])


def test_the_example_plans_and_tells_once(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", str(EXAMPLES / "planner.py"), str(tmp_path / "audit.ryj")]
    comment, ended = "comment github:acme/api#7 core.rs is fine, cli.rs is fine\n", "succeeded ['check-0', 'check-1', 'plan', 'tell']\n"
    for expected in (comment + ended, ended):  # The plan is known to the second start.
        said = subprocess.run(command, capture_output=True, text=True, timeout=30)
        # Known by its id, it has three tasks more than were submitted.
        assert (said.returncode, said.stdout) == (0, expected), said.stderr


SPEAKER = """
import json, sys
def say(**line):
    print(json.dumps(line), flush=True)
def heard():
    return json.loads(sys.stdin.readline())
told = heard()
if told["task"] != "p/a":
    say(dispatch=told["id"], report={"type": "done"})
    heard()
    sys.exit()
d = told["id"]
answers = []
for line in LINES:
    say(dispatch=d, **line)
    answers.append(heard())
say(dispatch=d, report={"type": "done", "result": json.dumps(answers)})
heard()
"""


def spoken(*lines: Any) -> str:
    return SPEAKER.replace("LINES", repr(list(lines)))


def test_a_process_sends_and_patches_with_lines_and_is_answered_with_lines() -> None:
    platform = Platform()
    comment = {**COMMENT, "key": "report"}
    code = spoken(
        {"send": {**comment, "text": "half of it"}},
        {"send": {**comment, "text": "again"}, "epoch": 1},
        {"patch": {"add": [{"id": "x"}]}},
        {"patch": {"add": [{"id": "x"}], "key": "a/1"}},
        {"patch": {"remove": ["nobody"]}},
    )

    async def main() -> list[Any]:
        async with platform.opened() as ry:
            await ry.agents.add(python("ada", code))
            await ry.agents.add(python("bob", code))
            ran = await ry.run(plan({"id": "a"}))
            assert (ran.state, sorted(ran)) == ("succeeded", ["a", "x"])
            answers: list[Any] = json.loads(ran["a"]["result"])
            return answers

    answers = run(main())
    error = answers[-1].pop("error")
    assert answers == [
        {"type": "sent", "dispatch": "4.0", "key": "report", "sent": {"type": "done", "effect": "6.0", "object": "c:1"}},
        {"type": "sent", "dispatch": "4.0", "key": "report", "sent": {"type": "duplicate", "of": "6.0", "why": "already sent as 6.0"}},
        {"type": "patched", "dispatch": "4.0", "key": "a/1"},
        {"type": "patched", "dispatch": "4.0", "key": "a/1", "duplicate": True},
        {"type": "refused", "dispatch": "4.0"},
    ]
    assert (error["code"], "nobody" in error["message"]) == ("RY1019", True)
    assert platform.texts == ["half of it"]


def test_nonsense_of_a_process_is_refused_and_its_task_goes_on() -> None:
    errors: list[ReynoldsError] = []
    comment = {**COMMENT, "text": "one"}
    code = spoken(
        {"send": comment},
        {"send": [1]},
        {"send": {**comment, "key": "a"}, "report": {"type": "done"}},
        {"patch": None},
        {"patch": {"plan": "q", "remove": ["a"]}},
        {"send": {**comment, "key": "\ud800"}},
        {"send": {**comment, "key": "b"}, "epoch": 7},
        {"send": {**comment, "key": "c", "colour": "red"}},
    )

    async def main() -> list[Any]:
        async with Platform().opened(on_error=errors.append) as ry:
            await ry.agents.add(python("ada", code, restart_ms=60_000))
            ran = await ry.run(plan({"id": "a"}))
            answers: list[Any] = json.loads(ran["a"]["result"])
            return answers

    answers = run(main())
    assert [(one["type"], one["error"]["code"]) for one in answers] == [
        ("refused", "RY2206"),
        ("refused", "RY2206"),
        ("refused", "RY2206"),
        ("refused", "RY2206"),
        ("refused", "RY2206"),
        ("refused", "RY1001"),
        ("refused", "RY2213"),
        ("refused", "RY1001"),
    ]
    told = [str(error) for error in errors if "can not be done" in str(error)]
    assert len(told) == 5 and told[0] == (
        "RY2213: agent `ada`: it has written what can not be done: `send` of a process needs a `key`, which is a text: the answer names it, "
        "and what is said again after a crash is sent once"
    )
