"""The loop around a broker, with a real journal on the disk."""

from __future__ import annotations

import asyncio
import contextvars
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest
import reynolds
from reynolds import HostError, Performing, ReynoldsError, Rejected, StorageError, Turn, github
from reynolds.types import Event, Input, OutcomeResult

Outcomes = Callable[[Performing], Awaitable[OutcomeResult]]


def event(number: int = 1, **more: Any) -> Event:
    base = {
        "id": f"d{number}", "source": "github", "kind": "issue_comment.created", "subject": f"github:acme/api#{number}",
        "actor": {"id": "github:octocat", "class": "human"}, "text": "Hello?",
    }  # fmt: skip
    return cast(Event, {**base, **more})


class Platform:
    """A platform in memory: what is posted stays, also over a restart of the host."""

    def __init__(self) -> None:
        self.comments: list[str] = []
        self.calls: list[str] = []
        self.errors: list[ReynoldsError] = []

    async def perform(self, effect: Performing) -> OutcomeResult:
        self.calls.append(effect["idempotency_key"])
        self.comments.append(github.mark(effect))
        return {"type": "done", "object": f"github:comment/{len(self.comments)}"}

    async def find(self, effect: Performing) -> OutcomeResult | None:
        self.calls.append("find " + effect["id"])
        for number, text in enumerate(self.comments, 1):
            if github.marked(text, effect):
                return {"type": "done", "object": f"github:comment/{number}"}
        return None

    def open(self, path: Path | str, **options: Any) -> reynolds.Opening:
        own = {"name": "t", "perform": self.perform, "find": self.find, "on_error": self.errors.append, "self": ["github:t[bot]"]}
        return reynolds.open(path, **{**own, **options})


async def answer(turn: Turn) -> Any:
    return await turn.send(key="answer", kind="comment", text="Hi.")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.ryj"


def run(work: Awaitable[Any]) -> Any:
    async def limited() -> Any:
        async with asyncio.timeout(20):
            return await work

    return asyncio.run(limited())


def test_an_event_is_handled_once_and_what_is_sent_is_done(path: Path) -> None:
    platform = Platform()

    async def main() -> None:
        async with platform.open(path) as ry:
            handled = await ry.handle(event(), answer)
            assert handled["type"] == "handled"
            assert handled["value"] == {"type": "done", "effect": "3.0", "object": "github:comment/1"}
            again = await ry.handle(event(), answer)
            assert (again["type"], again.get("why")) == ("duplicate", "delivered before, in record 2")
            echo = event(2, subject="github:acme/api#1", object="github:comment/1", actor={"id": "github:t[bot]", "class": "bot"})
            assert (await ry.handle(echo, answer))["type"] == "echo"
            await ry.idle()
            assert ry.view.open() == []

    run(main())
    assert platform.calls == ["t/3.0"]
    assert platform.errors == []
    # It can be opened again: the lock is gone, and everything is there.
    assert reynolds.Broker.open(path, {"name": "t"}).opened["last"] == 6


def test_a_crash_before_the_outcome_is_found_on_the_platform_and_not_done_twice(path: Path) -> None:
    platform = Platform()

    async def crash_after_posting(effect: Performing) -> OutcomeResult:
        await platform.perform(effect)
        await asyncio.sleep(60)
        raise AssertionError("it was cancelled before")

    async def first() -> None:
        ry = await platform.open(path, perform=crash_after_posting, close_ms=10)
        handling = asyncio.create_task(ry.handle(event(), answer))
        while not platform.comments:
            await asyncio.sleep(0.001)
        await ry.close()
        with pytest.raises(HostError, match="^RY2202"):
            await handling

    async def second() -> None:
        async with platform.open(path, resume=answer) as ry:
            await ry.idle()
            assert ry.view.open() == []

    run(first())
    assert platform.calls == ["t/3.0"]
    run(second())
    assert platform.calls == ["t/3.0", "find 3.0"]
    assert len(platform.comments) == 1


def test_an_event_whose_handler_is_gone_waits_for_its_platform(path: Path) -> None:
    platform = Platform()
    never = asyncio.Event

    async def hang(turn: Turn) -> None:
        await never().wait()

    async def first() -> None:
        ry = await platform.open(path, close_ms=10)
        handling = asyncio.create_task(ry.handle(event(), hang))
        await asyncio.sleep(0.05)
        await ry.close()
        await asyncio.wait({handling})

    async def second() -> None:
        async with platform.open(path) as ry:
            await asyncio.sleep(0.05)
            assert [error.code for error in platform.errors] == ["RY2211"]
            handled = await ry.handle(event(), answer)
            assert handled["type"] == "handled"
            await ry.idle()
            assert ry.view.open() == []

    run(first())
    run(second())
    assert len(platform.comments) == 1


@pytest.mark.parametrize(
    ("raised", "outcome"),
    [
        (RuntimeError("boom"), "ambiguous"),
        (type("E", (Exception,), {"status": 404})("gone"), "failed"),
        (type("E", (Exception,), {"status": 422})("no"), "failed"),
        (type("E", (Exception,), {"status": 500})("oh"), "ambiguous"),
        (type("E", (Exception,), {"status_code": 429, "headers": {"retry-after": "7"}})("slow"), "retry"),
        (type("E", (Exception,), {"response": type("R", (), {"status_code": 403, "headers": {}})()})("no"), "failed"),
        (asyncio.CancelledError(), "ambiguous"),
    ],
)
def test_what_perform_raises_becomes_an_outcome(path: Path, raised: BaseException, outcome: str) -> None:
    platform = Platform()
    outcomes: list[Any] = []

    async def perform(effect: Performing) -> OutcomeResult:
        raise raised

    def told(decision: Any, input: Input | None) -> None:
        if input and input["type"] == "outcome":
            outcomes.append(input["result"])

    async def main() -> None:
        ry = await platform.open(path, perform=perform, on_decision=told, close_ms=10)
        task = asyncio.create_task(ry.handle(event(), answer))
        while not outcomes:
            await asyncio.sleep(0.001)
        await ry.close()
        await asyncio.wait({task})

    run(main())
    assert outcomes[0]["type"] == outcome
    if outcome == "retry":
        assert outcomes[0]["after_ms"] == 7000
    if not isinstance(raised, asyncio.CancelledError):
        assert (platform.errors[0].code, platform.errors[0].__cause__) == ("RY2212", raised)
        again = f"its outcome is {outcome}, it is tried again, and its `send` waits for it: "
        assert (again in platform.errors[0].message) == (outcome != "failed")
    # Nothing is lost: what is not over is still open.
    effects = reynolds.View(reynolds.Broker.open(path, {"name": "t"})).open()
    assert ("act" in [entry["effect"]["type"] for entry in effects]) == (outcome != "failed")


@pytest.mark.parametrize("nonsense", [None, 5, "done", {}, {"type": "dnoe"}, {"type": "retry"}, object()])
def test_what_is_no_outcome_counts_as_ambiguous_and_says_so(path: Path, nonsense: Any) -> None:
    platform = Platform()

    async def perform(effect: Performing) -> OutcomeResult:
        if effect["redelivered"]:
            return {"type": "done", "object": "github:comment/9"}
        return cast(OutcomeResult, nonsense)

    async def main() -> None:
        async with platform.open(path, perform=perform, timing={"redeliver_ms": 1}) as ry:
            handled = await ry.handle(event(), answer)
            assert cast(Any, handled)["value"]["object"] == "github:comment/9"

    run(main())
    assert [error.code for error in platform.errors] == ["RY2208"]


def test_a_perform_that_hangs_is_cancelled_and_looked_for(path: Path) -> None:
    platform = Platform()

    async def hang_after_posting(effect: Performing) -> OutcomeResult:
        await platform.perform(effect)
        await asyncio.sleep(60)
        raise AssertionError("it was cancelled before")

    async def main() -> None:
        async with platform.open(path, perform=hang_after_posting, timeout_ms=20, timing={"redeliver_ms": 1}) as ry:
            handled = await ry.handle(event(), answer)
            assert cast(Any, handled)["value"]["type"] == "done"

    run(main())
    assert platform.calls == ["t/3.0", "find 3.0"]
    assert [error.code for error in platform.errors] == ["RY2209"]


def test_a_perform_that_calls_back_is_told_to_return_first(path: Path) -> None:
    platform = Platform()
    refused: list[str] = []
    ry: Any = None

    async def perform(effect: Performing) -> OutcomeResult:
        for call in (ry.handle(event(2), answer), ry.idle(), ry.close()):
            with pytest.raises(HostError) as raised:
                await call
            refused.append(raised.value.code)
        submitted = await ry.submit(cast(Input, {**event(3), "type": "event"}))  # This one waits for nobody.
        assert submitted["seq"] > 0
        return await platform.perform(effect)

    async def main() -> None:
        nonlocal ry
        async with platform.open(path, perform=perform) as ry:
            assert cast(Any, await ry.handle(event(), answer))["value"]["type"] == "done"

    run(main())
    assert refused == ["RY2210", "RY2210", "RY2210"]


def test_what_a_handler_raises_comes_to_who_called_and_ends_the_effect(path: Path) -> None:
    platform = Platform()

    async def broken(turn: Turn) -> None:
        raise ValueError("no such model")

    async def main() -> None:
        async with platform.open(path) as ry:
            with pytest.raises(ValueError, match="no such model"):
                await ry.handle(event(), broken)
            assert ry.view.open() == []
            assert (await ry.handle(event(), answer))["type"] == "duplicate"
            again = await ry.handle(event(id=f"{event()['id']}#2"), answer)
            assert cast(Any, again)["value"]["type"] == "done"

    run(main())
    assert len(platform.comments) == 1


def test_a_handler_that_tries_again_itself_sends_nothing_twice(path: Path) -> None:
    platform = Platform()

    async def patient(turn: Turn) -> list[str]:
        said: list[str] = []
        for attempt in range(3):
            try:
                said.append((await answer(turn))["type"])
                if attempt < 2:
                    raise ConnectionError("the model is busy")
            except ConnectionError:
                continue
        return said

    async def main() -> None:
        async with platform.open(path) as ry:
            handled = await ry.handle(event(), patient)
            assert cast(Any, handled)["value"] == ["done", "duplicate", "duplicate"]

    run(main())
    assert len(platform.comments) == 1


def test_effects_on_one_subject_leave_in_order_and_at_most_so_many_at_once(path: Path) -> None:
    running: list[str] = []
    most, order = 0, []

    async def perform(effect: Performing) -> OutcomeResult:
        nonlocal most
        running.append(effect["subject"])
        assert running.count(effect["subject"]) == 1
        most = max(most, len(running))
        await asyncio.sleep(0.001)
        running.remove(effect["subject"])
        order.append((effect["subject"], effect.get("text")))
        return {"type": "done"}

    async def busy(turn: Turn) -> None:
        sends = (turn.send(kind="comment", subject=f"s{number % 4}", text=str(number)) for number in range(12))
        await asyncio.gather(*sends)

    async def main() -> None:
        async with Platform().open(path, perform=perform, concurrency=3) as ry:
            await ry.handle(event(), busy)

    run(main())
    assert most == 3
    for subject in range(4):
        assert [text for at, text in order if at == f"s{subject}"] == [str(subject), str(subject + 4), str(subject + 8)]


def test_what_one_perform_sets_in_its_context_the_next_does_not_see(path: Path) -> None:
    mine: contextvars.ContextVar[str] = contextvars.ContextVar("mine", default="nothing")
    seen: list[str] = []

    async def perform(effect: Performing) -> OutcomeResult:
        seen.append(mine.get())
        mine.set(effect["id"])
        return {"type": "done"}

    async def twice(turn: Turn) -> None:
        await asyncio.gather(*(turn.send(kind="comment", text=text) for text in "ab"))

    async def main() -> None:
        async with Platform().open(path, perform=perform) as ry:
            await ry.handle(event(), twice)

    run(main())
    assert seen == ["nothing", "nothing"]


def test_rules_name_handlers_and_act_alone(path: Path) -> None:
    platform = Platform()
    rules: Any = [
        {"id": "tell", "when": {"kind": "issues.opened"}, "effects": [{"kind": "message", "subject": "teams:x", "text": "New"}]},
        {"id": "ask", "when": {"kind": "issues.closed"}, "handle": "bye"},
    ]

    async def main() -> None:
        async with platform.open(path, rules=rules, handlers={"bye": answer}) as ry:
            for number, kind in enumerate(("issues.opened", "issues.closed"), 1):
                await ry.submit(cast(Input, {**event(number), "type": "event", "kind": kind}))
            await ry.idle()
            assert ry.view.open() == []

    run(main())
    assert [text.split("\n")[0] for text in platform.comments] == ["New", "Hi."]
    assert platform.errors == []


def test_log_mode_changes_nothing_for_a_living_bot(path: Path) -> None:
    """The same deliveries, with repetitions and echoes, with and without reynolds: the same calls in the same order."""
    own = {"id": "github:t[bot]", "class": "bot"}
    deliveries = [event(1), event(1), event(2), event(3, subject="github:acme/api#1", actor=own, object="github:comment/1")]
    deliveries += [event(4, subject="github:acme/api#1", text="x" * 300_000)]  # Too long for the broker: the bot still works.
    alone, beside = list[str](), list[str]()

    async def bot(given: Event, log: list[str], send: Callable[..., Awaitable[Any]]) -> None:
        log.append(given["id"])
        await send(key="answer", kind="comment", text="Hi.")

    async def send(**_: Any) -> None:
        alone.append("post")

    async def perform(effect: Performing) -> OutcomeResult:
        beside.append("post")
        return {"type": "done", "object": f"github:comment/{len(beside)}"}

    async def main() -> None:
        for given in deliveries:
            await bot(given, alone, send)
        async with Platform().open(path, enforce="log", perform=perform) as ry:
            for given in deliveries:
                handled = await ry.handle(given, lambda turn: bot(turn.event, beside, turn.send))
                assert handled["type"] == "handled"

    run(main())
    assert beside == alone
    assert alone.count("post") == 5


def test_a_held_effect_answers_at_once_and_leaves_when_approved(path: Path) -> None:
    platform = Platform()

    async def twice(turn: Turn) -> Any:
        first = await turn.send(key="1", kind="comment", text="a", read_only=False)
        return [first["type"], await turn.send(key="2", kind="comment", text="b")]

    async def main() -> None:
        async with platform.open(path, enforce="hold", chain={"answers": 1}) as ry:
            handled = await ry.handle(event(), twice)
            kind, sent = cast(Any, handled)["value"]
            assert (kind, sent["type"]) == ("done", "held")
            assert sent["why"].startswith("held for a person: budget")
            await ry.submit({"type": "command", "do": {"type": "approve", "effect": sent["effect"]}})
            await ry.idle()

    run(main())
    assert len(platform.comments) == 2


def test_many_at_once_are_stored_together_and_beside_a_task_group(path: Path) -> None:
    platform = Platform()

    async def main() -> None:
        async with platform.open(path) as ry, asyncio.TaskGroup() as group:
            for number in range(200):
                group.create_task(ry.handle(event(number), answer))

    run(main())
    assert len(platform.comments) == len(set(platform.calls)) == 200


def test_a_handler_goes_on_when_its_caller_is_cancelled(path: Path) -> None:
    platform = Platform()

    async def slow(turn: Turn) -> None:
        await asyncio.sleep(0.05)
        await answer(turn)

    async def main() -> None:
        async with platform.open(path) as ry:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await ry.handle(event(), slow)
            await ry.idle()

    run(main())
    assert len(platform.comments) == 1


def test_another_event_loop_or_thread_is_refused(path: Path) -> None:
    platform = Platform()
    codes: list[str] = []

    async def elsewhere(ry: reynolds.Reynolds) -> None:
        try:
            await ry.handle(event(), answer)
        except HostError as error:
            codes.append(error.code)

    async def main() -> None:
        async with platform.open(path) as ry:
            thread = threading.Thread(target=lambda: asyncio.run(elsewhere(ry)))
            thread.start()
            await asyncio.to_thread(thread.join)
            # From another thread, this is the way.
            loop = asyncio.get_running_loop()
            future = await asyncio.to_thread(asyncio.run_coroutine_threadsafe, ry.handle(event(), answer), loop)
            assert (await asyncio.wrap_future(future))["type"] == "handled"
        with pytest.raises(HostError, match="RY2202"):
            await ry.submit(cast(Input, {**event(), "type": "event"}))

    run(main())
    assert codes == ["RY2201"]


def test_two_hosts_on_one_file_are_refused_by_number(path: Path) -> None:
    platform = Platform()

    async def main() -> None:
        async with platform.open(path):
            with pytest.raises(StorageError, match="RY2101"):
                await platform.open(path)
        with pytest.raises(StorageError, match="RY2105"):
            await platform.open(path, name="other")

    run(main())


def test_a_changed_configuration_counts_from_the_next_start(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    platform = Platform()

    async def main() -> None:
        async with platform.open(path):
            pass
        assert not caplog.records
        async with platform.open(path, enforce="hold") as ry:
            assert ry.opened["config_differs"] and ry.view.config().get("enforce") == "hold"
        assert "the options differ from the configuration of the journal" in caplog.text
        with pytest.raises(Rejected, match="RY1014.*hop_limit"):
            await platform.open(path, chain={"hop_limit": 0})
        async with platform.open(path, enforce="hold") as ry:
            assert not ry.opened["config_differs"]

    run(main())


def test_a_listener_that_raises_stops_nothing(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_: object) -> None:
        raise ValueError("my logger is broken")

    async def main() -> None:
        async with Platform().open(path, on_decision=broken, on_error=broken) as ry:
            assert (await ry.handle(event(), answer))["type"] == "handled"

    run(main())
    assert "a listener has raised" in caplog.text


def test_a_process_killed_in_the_middle_loses_nothing_it_has_promised(path: Path) -> None:
    code = """
import asyncio, sys, os
import reynolds
async def perform(effect):
    return {"type": "done", "object": "github:comment/" + effect["id"]}
async def main():
    async with reynolds.open(sys.argv[1], name="t", perform=perform) as ry:
        async def one(number):
            event = {"id": f"d{number}", "source": "s", "kind": "k", "subject": "x"}
            handled = await ry.handle(event, lambda turn: turn.send(kind="comment", text="Hi"))
            print(handled["decision"]["seq"], flush=True)
        await asyncio.gather(*(one(number) for number in range(5000)))
asyncio.run(main())
"""
    child = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout
    promised = [int(child.stdout.readline()) for _ in range(50)]
    child.kill()
    promised += [int(line) for line in child.stdout.read().split("\n")[:-1]]
    child.wait()
    child.stdout.close()
    assert reynolds.Broker.open(path, {"name": "t"}).opened["last"] >= max(promised)


def test_what_is_answered_beside_an_event_delivered_again_is_stored_first(path: Path) -> None:
    platform = Platform()

    async def main() -> None:
        async with platform.open(path) as ry:
            await ry.handle(event(1), answer)
            await ry.idle()
            fresh, again = await asyncio.gather(ry.handle(event(2), answer), ry.handle(event(1), answer))
            assert (fresh["type"], again["type"]) == ("handled", "duplicate")

    run(main())
    assert platform.errors == []
