"""The end of a host, and the end of its disk: what is begun no more, and what comes again."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any, cast

import pytest
import reynolds
from reynolds import HostError, Performing, Turn
from reynolds._mailbox import Mailbox
from reynolds.agents import Callable, Job, Line, Link
from reynolds.types import Input, OutcomeResult, Profile
from test_host import Platform, event, path, run

__all__ = ["path"]  # A fixture.


def lose(path: Path) -> None:
    """The journal's file is gone: nothing can be stored any more."""
    for file in path.glob("*.ryj"):
        file.unlink()


async def slow(effect: Performing) -> OutcomeResult:
    await asyncio.sleep(0.05)
    return {"type": "done"}


@pytest.mark.parametrize("enforce", ["deny", "log"])
def test_nothing_is_begun_after_the_journal_is_lost_but_in_log_mode(path: Path, enforce: str) -> None:
    platform = Platform()
    begun: list[Any] = []

    async def perform(effect: Performing) -> OutcomeResult:
        begun.append(effect.get("text"))
        return await slow(effect)

    async def four(turn: Turn) -> None:
        # Two wait for the first on their subject, and one for a place.
        sends = [("a", "1"), ("a", "2"), ("a", "3"), ("b", "4")]
        work = (turn.send(kind="comment", subject=subject, text=text) for subject, text in sends)
        await asyncio.gather(*work, return_exceptions=True)

    async def main() -> None:
        ry = await platform.open(path, perform=perform, concurrency=1, enforce=enforce)
        handling = asyncio.create_task(ry.handle(event(), four))
        while not begun:
            await asyncio.sleep(0.001)
        lose(path)
        with pytest.raises(reynolds.StorageError, match="^RY2103"):
            await ry.submit(cast(Input, {**event(5), "type": "event"}))
        await asyncio.wait({handling}, timeout=2)
        await asyncio.sleep(0.2)
        await ry.close()
        await asyncio.wait({handling})

    run(main())
    assert sorted(begun) == (["1"] if enforce == "deny" else ["1", "2", "3", "4"])


def test_an_effect_that_is_looked_for_when_the_journal_is_lost_is_not_performed(path: Path) -> None:
    platform = Platform()
    performed: list[bool] = []
    lost: list[bool] = []

    async def perform(effect: Performing) -> OutcomeResult:
        performed.append(effect["redelivered"])
        return {"type": "ambiguous"}

    async def find(effect: Performing) -> None:
        lose(path)
        lost.append(True)
        await asyncio.sleep(0.05)

    async def once(turn: Turn) -> None:
        await turn.send(kind="comment", text="Hi.")

    async def main() -> None:
        ry = await platform.open(path, perform=perform, find=find, timing={"redeliver_ms": 1})
        handling = asyncio.create_task(ry.handle(event(), once))
        while not lost:
            await asyncio.sleep(0.001)
        while not platform.errors:
            with pytest.raises(reynolds.ReynoldsError):
                await ry.submit(cast(Input, {**event(5), "type": "event"}))
                await asyncio.sleep(0.001)
        await asyncio.sleep(0.1)
        await ry.close()
        await asyncio.wait({handling})

    run(main())
    assert performed == [False]


def test_who_waits_for_a_plan_is_told_that_the_journal_is_lost(path: Path) -> None:
    async def forever(job: Job) -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        ry = await Platform().open(path)
        await ry.agents.add(Callable("ada", forever))
        plan: Any = {"id": "p", "tasks": [{"id": "a"}]}
        running = asyncio.create_task(ry.run(plan))
        while not ry.view.plan("p"):
            await asyncio.sleep(0.001)
        await ry.idle()
        lose(path)
        with pytest.raises(reynolds.StorageError, match="^RY2103"):
            await ry.submit({"type": "command", "do": {"type": "stop_all"}})
        for waiting in (running, ry.run(plan)):
            with pytest.raises(reynolds.StorageError, match="^RY2103"):
                async with asyncio.timeout(2):
                    await waiting
        await ry.close()

    run(main())


@pytest.mark.parametrize("waits", ["run", "submit"])
def test_a_handler_that_the_end_of_its_host_cuts_off_comes_again(path: Path, waits: str) -> None:
    platform = Platform()
    again: list[str] = []

    async def main() -> None:
        begun = asyncio.Event()
        ry = await platform.open(path, close_ms=100)

        async def handler(turn: Turn) -> None:
            begun.set()
            if waits == "run":
                await ry.run({"type": "plan", "id": "p", "tasks": [{"id": "a"}]})
            else:
                await asyncio.sleep(0.05)
                await ry.submit(cast(Input, {**event(9), "type": "event"}))

        handling = asyncio.create_task(ry.handle(event(), handler))
        await begun.wait()
        await asyncio.sleep(0.01)
        await ry.close()
        with pytest.raises(HostError, match="^RY2202"):
            await handling

        async def resume(turn: Turn) -> None:
            again.append(turn.event["id"])

        async with platform.open(path, resume=resume) as ry:
            await ry.idle()
            assert [one["effect"]["type"] for one in ry.view.open() if one["effect"]["type"] == "handle"] == []

    run(main())
    assert again == ["d1"]
    assert platform.errors == []


class Stubborn:
    """An agent that can not be stopped."""

    id, grace_ms = "ada", 100
    profile: Profile = {"slots": 1}

    async def live(self, link: Link) -> None:
        link.born()
        await asyncio.Event().wait()

    def take(self, line: Line) -> None: ...

    def kill(self, why: str) -> None: ...

    def stop(self) -> None:
        raise RuntimeError("no")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_the_journal_is_let_go_of_while_a_child_that_was_forked_off_lives(path: Path) -> None:
    async def main() -> None:
        platform = Platform()
        ry = await platform.open(path)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(writing)
            os.read(reading, 1)  # Until this process closes its end.
            os._exit(0)
        try:
            await ry.close()
            async with platform.open(path) as again:
                assert again.opened["last"] > 0
        finally:
            os.close(writing)
            os.close(reading)
            os.waitpid(child, 0)

    run(main())


class Dawdling:
    """An agent that takes its time to stop."""

    id, grace_ms = "ada", 60_000
    profile: Profile = {"slots": 1}

    async def live(self, link: Link) -> None:
        link.born()
        await asyncio.Event().wait()

    def take(self, line: Line) -> None: ...

    def kill(self, why: str) -> None: ...

    def stop(self) -> None: ...


def test_agents_and_handlers_have_one_patience_when_a_host_closes(path: Path) -> None:
    async def hang(turn: Turn) -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        ry = await Platform().open(path, close_ms=1500)
        await ry.agents.add(Dawdling())
        handling = asyncio.create_task(ry.handle(event(), hang))
        await asyncio.sleep(0.05)
        began = time.monotonic()
        await ry.close()
        assert 1.4 < time.monotonic() - began < 2.9
        await asyncio.wait({handling})

    run(main())


def test_an_agent_whose_stop_raises_does_not_keep_the_journal(path: Path) -> None:
    platform = Platform()

    async def main() -> None:
        ry = await platform.open(path)
        await ry.agents.add(Stubborn())
        await ry.close()
        async with platform.open(path):
            pass

    run(main())
    assert [error.code for error in platform.errors] == ["RY2212"]


class Vague:
    """An agent whose class has a fault that only shows when it is stopped."""

    id = "ada"
    profile: Profile = {"slots": 1}
    _asked = 0

    @property
    def grace_ms(self) -> int:
        self._asked += 1
        if self._asked > 1:
            raise RuntimeError("no")
        return 100

    async def live(self, link: Link) -> None:
        link.born()
        await asyncio.Event().wait()

    def take(self, line: Line) -> None: ...

    def kill(self, why: str) -> None: ...

    def stop(self) -> None: ...


def test_an_agent_that_raises_when_it_is_stopped_does_not_keep_the_journal(path: Path) -> None:
    platform = Platform()

    async def main() -> None:
        ry = await platform.open(path)
        await ry.agents.add(Vague())
        await ry.close()
        async with platform.open(path):
            pass

    run(main())
    assert [str(error) for error in platform.errors] == ["RY2212: an agent has raised while it was stopped: no"]


def test_no_handler_begins_when_patience_is_over(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = Platform()
    begun: list[str] = []

    async def note(turn: Turn) -> None:
        begun.append(turn.event["id"])

    on_disk = Mailbox._on_disk

    async def slowly(mailbox: Any, call: Any) -> Any:
        await asyncio.sleep(0.2)
        return await on_disk(mailbox, call)

    async def main() -> None:
        ry = await platform.open(path, close_ms=50)
        await ry.idle()
        with monkeypatch.context() as patched:
            patched.setattr(Mailbox, "_on_disk", slowly)
            handling = asyncio.create_task(ry.handle(event(), note))
            await asyncio.sleep(0.01)
            await ry.close()
        with pytest.raises(HostError, match="^RY2202"):
            await handling
        assert begun == []
        async with platform.open(path, resume=note) as ry:
            await ry.idle()

    run(main())
    assert begun == ["d1"]
    assert platform.errors == []


def test_a_handler_whose_end_can_not_be_stored_any_more_is_not_told_as_handled(path: Path) -> None:
    platform = Platform()
    again: list[str] = []

    async def stubborn(turn: Turn) -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0.1)
        return "did it"

    async def main() -> None:
        ry = await platform.open(path, close_ms=50)
        handling = asyncio.create_task(ry.handle(event(), stubborn))
        await asyncio.sleep(0.03)
        await ry.close()
        with pytest.raises(HostError, match="^RY2202"):
            await handling

        async def resume(turn: Turn) -> None:
            again.append(turn.event["id"])

        async with platform.open(path, resume=resume) as ry:
            await ry.idle()

    run(main())
    assert again == ["d1"]
    assert platform.errors == []


def test_a_question_that_is_being_asked_when_the_host_closes_has_its_time_and_its_answer_counts(path: Path) -> None:
    did: list[str] = []
    plan: Any = {"id": "p", "tasks": [{"id": "a", "ask": {"text": "Really?"}}]}

    async def ask(question: object) -> bool:
        did.append("asks")
        await asyncio.sleep(0.2)
        did.append("hears")
        return True

    async def main() -> None:
        ry = await Platform().open(path, ask=ask)
        running = asyncio.create_task(ry.run(plan))
        while not did:
            await asyncio.sleep(0.001)
        await ry.idle()  # It may take days.
        await ry.close()
        assert (await running)["a"]["state"] == "succeeded"
        async with Platform().open(path, ask=ask) as ry:
            assert (await ry.run(plan))["a"]["state"] == "succeeded"

    run(main())
    assert did == ["asks", "hears"]


def test_a_question_that_nobody_answers_is_cut_off_and_asked_again(path: Path) -> None:
    did: list[str] = []
    plan: Any = {"id": "p", "tasks": [{"id": "a", "ask": {"text": "Really?"}}]}

    async def ask(question: object) -> bool:
        did.append("asks")
        if len(did) == 1:
            await asyncio.Event().wait()
        return True

    async def main() -> None:
        ry = await Platform().open(path, ask=ask, close_ms=50)
        running = asyncio.create_task(ry.run(plan))
        while not did:
            await asyncio.sleep(0.001)
        began = time.monotonic()
        await ry.close()
        assert time.monotonic() - began < 1
        await asyncio.wait({running})
        assert isinstance(running.exception(), HostError)
        async with Platform().open(path, ask=ask) as ry:
            assert (await ry.run(plan))["a"]["state"] == "succeeded"

    run(main())
    assert did == ["asks", "asks"]


@pytest.mark.parametrize("enforce", ["deny", "log"])
def test_who_waits_for_a_handler_that_will_not_end_is_told_that_the_host_has_closed(path: Path, enforce: str) -> None:
    begun: list[str] = []
    enough = asyncio.Event()

    async def stubborn(turn: Turn) -> None:
        begun.append(turn.event["id"])
        while not enough.is_set():
            try:
                await enough.wait()
            except asyncio.CancelledError:
                pass

    async def resume(turn: Turn) -> None:
        begun.append(turn.event["id"])

    async def main() -> None:
        ry = await Platform().open(path, enforce=enforce, close_ms=20)
        # The last can not be stored: log mode calls its handler all the same.
        events: list[Any] = [event(1), event(2)] + [event(3, text="x" * 300_000)] * (enforce == "log")
        calls = [asyncio.create_task(ry.handle(one, stubborn)) for one in events]
        while len(begun) < len(events):
            await asyncio.sleep(0.01)
        await ry.close()
        async with asyncio.timeout(1):
            ends = await asyncio.gather(*calls, return_exceptions=True)
        assert [cast(HostError, end).code for end in ends] == ["RY2202"] * len(events)
        enough.set()
        async with Platform().open(path, enforce=enforce, resume=resume) as ry:
            await ry.idle()

    run(main())
    assert begun[-2:] == ["d1", "d2"]


def test_who_waits_in_log_mode_for_what_the_broker_can_not_take_is_told_that_the_host_has_closed(path: Path) -> None:
    begun: list[str] = []

    async def hangs(turn: Turn) -> None:
        begun.append(turn.event["id"])
        await asyncio.Event().wait()

    async def main() -> None:
        ry = await Platform().open(path, enforce="log", close_ms=20)
        calling = asyncio.create_task(ry.handle(event(text="x" * 300_000), hangs))
        while not begun:
            await asyncio.sleep(0.01)
        await ry.close()
        with pytest.raises(HostError, match="^RY2202"):
            await calling

    run(main())
