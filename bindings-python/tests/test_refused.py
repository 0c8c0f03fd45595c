"""Outcomes the broker refuses, texts that can not be stored, and more at once than fits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import reynolds
from reynolds import HostError, Performing, Rejected, Turn
from reynolds.clock import SystemClock
from reynolds.types import Decision, Input, OutcomeResult
from test_host import Platform, answer, event, path, run

__all__ = ["path"]  # A fixture.


class Hurried(SystemClock):
    """What takes a second takes two milliseconds."""

    def after(self, ms: float, call: Callable[[], object]) -> Callable[[], object]:
        return super().after(ms / 500, call)


class Refusing:
    """A broker that refuses how effects end, for a while."""

    def __init__(self, broker: Any, code: str, times: int) -> None:
        self._broker, self._code, self.left = broker, code, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    def submit(self, at: int, input: Any) -> Decision:
        ends = input["type"] == "outcome" or (input["type"] == "propose" and not input["effects"])
        if ends and self.left > 0:
            self.left -= 1
            raise Rejected(self._code, f"{self._code}: `at` is not now", "at")
        return cast(Decision, self._broker.submit(at, input))


def refusing(ry: reynolds.Reynolds, code: str, times: int) -> Refusing:
    mailbox = cast(Any, ry)._mailbox
    mailbox._broker = Refusing(mailbox._broker, code, times)
    return cast(Refusing, mailbox._broker)


@pytest.mark.parametrize("code", ["RY1005", "RY1006", "RY1007"])
def test_a_refused_outcome_is_told_once_and_said_again_and_nothing_is_done_twice(path: Path, code: str) -> None:
    platform = Platform()

    async def main() -> None:
        timing = {"outcome_due_ms": 1, "redeliver_ms": 1}
        async with platform.open(path, clock=Hurried(), timing=timing) as ry:
            broker = refusing(ry, code, 6)
            handled = await ry.handle(event(), answer)
            assert cast(Any, handled)["value"]["type"] == "done"
            while broker.left or ry.view.open():
                await asyncio.sleep(0.001)

    run(main())
    assert platform.calls == ["t/3.0"]
    assert [error.code for error in platform.errors] == [code]


def test_a_refused_outcome_is_said_once_more_when_the_host_closes(path: Path) -> None:
    platform = Platform()

    async def main() -> None:
        async with platform.open(path) as ry:
            refusing(ry, "RY1006", 1)
            handling = asyncio.create_task(ry.handle(event(), lambda turn: turn.send(kind="comment", text="Hi.")))
            while not platform.errors:
                await asyncio.sleep(0.001)
        assert cast(Any, await handling)["value"]["type"] == "done"

    run(main())
    assert platform.calls == ["t/3.0"]
    assert reynolds.View(reynolds.Broker.open(path, {"name": "t"})).open() == []


def test_the_end_of_a_handler_that_is_refused_is_said_again_and_it_runs_once(path: Path) -> None:
    platform = Platform()
    runs: list[str] = []

    async def handler(turn: Turn) -> None:
        runs.append(turn.event["id"])

    rules: Any = [{"id": "tell", "when": {"kind": "push"}, "handle": "tell"}]

    async def main() -> None:
        async with platform.open(path, clock=Hurried(), rules=rules, handlers={"tell": handler}, timing={"handle_due_ms": 1}) as ry:
            broker = refusing(ry, "RY1006", 5)
            await ry.submit(cast(Input, {**event(), "type": "event", "kind": "push"}))
            while broker.left or ry.view.open():
                await asyncio.sleep(0.001)

    run(main())
    assert runs == ["d1"]
    assert [error.code for error in platform.errors] == ["RY1006"]


def test_an_outcome_of_an_effect_nobody_knows_is_told_and_not_said_again(path: Path) -> None:
    platform = Platform()

    async def main() -> None:
        async with platform.open(path) as ry:
            ry.report("9.0", None, {"type": "done"})
            await ry.idle()

    run(main())
    assert [error.code for error in platform.errors] == ["RY1009"]


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError("it has no text")


class Crooked(Exception):
    @property
    def status(self) -> int:
        raise KeyError("status")


class Gone(Exception):
    status = 404


@pytest.mark.parametrize(
    ("raised", "said", "why"),
    [
        (Mute(), "Mute", None),
        (Crooked("x"), "x", None),
        (Gone("no \udcff file"), "no ? file", "no ? file"),
        (Gone(""), "Gone", "Gone"),
        (Gone("\n\nsecond line\nthird"), "second line", "second line"),
    ],
)
def test_an_error_without_a_usable_text_sticks_nothing(path: Path, raised: Exception, said: str, why: str | None) -> None:
    platform = Platform()

    async def perform(effect: Performing) -> OutcomeResult:
        if effect["redelivered"]:
            return {"type": "done"}
        raise raised

    async def main() -> None:
        async with platform.open(path, perform=perform, find=None, timing={"redeliver_ms": 1}) as ry:
            sent = cast(Any, await ry.handle(event(), answer))["value"]
            assert (sent["type"], sent.get("why")) == ("failed" if why else "done", why)

    run(main())
    assert [error.code for error in platform.errors] == ["RY2212"]
    assert str(platform.errors[0]).endswith(f": {said}")


@pytest.mark.parametrize("raised", [Mute(), FileNotFoundError("no \udcff file")])
def test_a_handler_that_raises_such_an_error_has_ended_all_the_same(path: Path, raised: Exception) -> None:
    platform = Platform()

    async def broken(turn: Turn) -> None:
        raise raised

    async def main() -> None:
        async with platform.open(path) as ry:
            with pytest.raises(type(raised)):
                await ry.handle(event(), broken)
            assert ry.view.open() == []

    run(main())
    assert platform.errors == []


def test_host_code_may_be_plain_functions(path: Path) -> None:
    calls: list[str] = []

    def perform(effect: Performing) -> OutcomeResult:
        calls.append("perform")
        if len(calls) == 1:
            raise RuntimeError("lost")
        return {"type": "done", "object": "github:comment/1"}

    def find(effect: Performing) -> OutcomeResult | None:
        calls.append("find")
        return None

    def quiet(turn: Turn) -> str:
        return turn.subject

    async def main() -> None:
        async with Platform().open(path, perform=perform, find=find, timing={"redeliver_ms": 1}) as ry:
            assert cast(Any, await ry.handle(event(1), answer))["value"]["type"] == "done"
            assert cast(Any, await ry.handle(event(2), quiet))["value"] == "github:acme/api#2"

    run(main())
    assert calls == ["perform", "find", "perform"]


@pytest.mark.parametrize("nonsense", [None, {"type": "dnoe"}])
def test_without_find_a_perform_that_forgets_to_say_what_became_of_it_is_not_called_again(path: Path, nonsense: Any) -> None:
    platform, calls = Platform(), []

    def perform(effect: Performing) -> Any:
        calls.append(effect["id"])
        return nonsense

    async def main() -> Any:
        async with platform.open(path, perform=perform, find=None, timing={"redeliver_ms": 1}) as ry:
            handled: Any = await ry.handle(event(), answer)
            await asyncio.sleep(0.05)
            await ry.idle()
            assert ry.view.open() == []
            return handled["value"]

    why = "`perform` returned no outcome; whether it happened is not known"
    assert run(main()) == {"type": "failed", "effect": "3.0", "why": why}
    assert calls == ["3.0"]
    assert [error.code for error in platform.errors] == ["RY2208"]
    assert "it counts as failed and is not sent again, because there is no `find` to look; return" in platform.errors[0].message


ID = "github:comment/17"


@pytest.mark.parametrize(
    ("wrong", "right", "says"),
    [
        ({"type": "done", "object": 17}, {"type": "done"}, "`result.object` must be a text such as `github:comment/17`, it is 17"),
        ({"type": "done", "object": ""}, {"type": "done"}, "`result.object` is empty"),
        ({"type": "done", "object": ID, "id": 17}, {"type": "done", "object": ID}, "unknown field `id`"),
        ({"type": "done", "object": b"17", "objects": [ID]}, {"type": "done", "objects": [ID]}, "`result.object` must be"),
        ({"type": "done", "object": ID, "objects": [17]}, {"type": "done", "object": ID}, "`result.objects` must be a list of texts"),
        ({"type": "failed", "reason": 404}, {"type": "failed", "why": "the platform refused it"}, "counts as `failed` without"),
    ],
)
@pytest.mark.parametrize("finds", [True, False])
def test_what_has_happened_has_happened_whatever_is_wrong_beside_its_type(wrong: Any, right: Any, says: str, finds: bool) -> None:
    platform, calls = Platform(), list[str]()

    def perform(effect: Performing) -> Any:
        calls.append(effect["id"])
        return wrong

    async def main() -> None:
        async with platform.open(":memory:", perform=perform, **({} if finds else {"find": None})) as ry:
            assert cast(Any, await ry.handle(event(), answer))["value"] == {"effect": "3.0", **right}
            await ry.idle()
            assert ry.view.open() == []

    run(main())
    assert calls == ["3.0"]
    assert [error.code for error in platform.errors] == ["RY2208"]
    assert platform.errors[0].message.startswith("RY2208: what `perform` returned for effect 3.0 counts as `")
    assert says in platform.errors[0].message


class Unshown:
    """Detached from what it needs to be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("detached")


def test_an_outcome_that_can_not_be_shown_is_told_and_holds_nobody_up() -> None:
    platform, calls = Platform(), list[str]()

    def perform(effect: Performing) -> Any:
        calls.append(effect["id"])
        return {"type": "done", "object": Unshown()}

    async def main() -> None:
        async with platform.open(":memory:", perform=perform) as ry:
            handled = await asyncio.gather(*(ry.handle(event(n), answer) for n in range(5)))
            assert [cast(Any, one)["value"]["type"] for one in handled] == ["done"] * 5
            assert ry.view.open() == []

    run(main())
    assert len(calls) == 5
    assert "it is an object of the type Unshown" in platform.errors[0].message


@pytest.mark.parametrize("after", [1000.5, -1])
def test_what_is_to_be_done_again_is_whatever_is_wrong_with_its_pause(after: Any) -> None:
    platform, calls = Platform(), list[str]()

    def perform(effect: Performing) -> Any:
        calls.append(effect["id"])
        return {"type": "retry", "after_ms": after} if len(calls) == 1 else {"type": "done"}

    async def main() -> None:
        async with platform.open(":memory:", perform=perform) as ry:
            assert cast(Any, await ry.handle(event(), answer))["value"]["type"] == "done"

    run(main())
    assert len(calls) == 2
    assert "counts as `retry` without what can not be used" in platform.errors[0].message


def test_a_find_that_returns_no_outcome_is_named(path: Path) -> None:
    platform = Platform()
    answers: list[Any] = [False, None]

    async def perform(effect: Performing) -> OutcomeResult:
        if effect["redelivered"]:
            return {"type": "done"}
        raise RuntimeError("lost")

    async def find(effect: Performing) -> Any:
        return answers.pop(0)

    async def main() -> None:
        async with platform.open(path, perform=perform, find=find, timing={"redeliver_ms": 1}) as ry:
            assert cast(Any, await ry.handle(event(), answer))["value"]["type"] == "done"

    run(main())
    assert [error.code for error in platform.errors] == ["RY2212", "RY2208"]
    assert "what `find` returned for effect 3.0" in str(platform.errors[1])
    assert "or None: RY1001" in str(platform.errors[1])


def test_a_burst_that_does_not_fit_beside_what_is_being_stored_waits(path: Path) -> None:
    large = "x" * 250_000

    async def main() -> list[int]:
        async with Platform().open(path, snapshot_every=1_000_000) as ry:
            inputs = [cast(Input, {**event(number, text=large), "type": "event"}) for number in range(400)]
            return [decision["seq"] for decision in await asyncio.gather(*(ry.submit(one) for one in inputs))]

    sequence = run(main())
    assert sequence == sorted(sequence)  # Nobody has overtaken anybody.
    assert len(set(sequence)) == 400


@pytest.mark.parametrize("wrong", [None, "abc", ["x"], 5, [], 0, "", False])
def test_attributes_that_can_not_be_are_named_and_leave_nothing_behind(path: Path, wrong: Any) -> None:
    platform = Platform()

    async def never(turn: Turn) -> None:
        raise AssertionError("the handler of a call that was refused")

    async def main() -> None:
        async with platform.open(path) as ry:
            with pytest.raises(Rejected, match="RY1001: .*`attributes`"):
                await ry.handle(event(attributes=wrong), never)
            if wrong is not None:  # That is as if it had none.
                with pytest.raises(Rejected, match="RY1001: .*`attributes`"):
                    await ry.submit(cast(Input, {**event(attributes=wrong), "type": "event"}))
            assert cast(Any, await ry.handle(event(attributes={"a": "b"}), answer))["value"]["type"] == "done"

    run(main())
    assert platform.errors == []


def test_an_event_refused_after_its_caller_has_gone_leaves_nothing_behind(path: Path) -> None:
    platform = Platform()

    async def never(turn: Turn) -> None:
        raise AssertionError("the handler of a call that was refused")

    async def main() -> None:
        async with platform.open(path) as ry:
            gone = asyncio.create_task(ry.handle(event(kind=""), never))
            await asyncio.sleep(0)
            gone.cancel()
            await ry.idle()
            assert cast(Any, await ry.handle(event(), answer))["value"]["type"] == "done"

    run(main())


def test_what_has_expired_before_it_was_sent_says_so(path: Path) -> None:
    async def late(turn: Turn) -> Any:
        return await turn.send(kind="comment", text="Hi.", expires_at=1_735_689_600)  # Seconds.

    async def main() -> None:
        async with Platform().open(path) as ry:
            sent = cast(Any, await ry.handle(event(), late))["value"]
            assert (sent["type"], sent["why"]) == ("failed", "its expires_at passed before it left; times are milliseconds since 1970")

    run(main())


def test_what_is_sent_must_be_named(path: Path) -> None:
    async def wrong(turn: Turn) -> None:
        await turn.send(cast(Any, "x"))

    async def main() -> None:
        async with Platform().open(path) as ry:
            with pytest.raises(HostError, match="RY2206: .*`turn.send`.*it is str"):
                await ry.handle(event(), wrong)

    run(main())


class Stuck:
    """A broker with something due that it does not do."""

    def __init__(self, broker: Any) -> None:
        self._broker, self.asked = broker, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    def advance(self, at: int) -> None:
        self.asked += 1

    def wakeup(self) -> Any:
        return {"at": 1, "reason": "outcome_due"}


def test_what_is_due_and_can_not_be_done_is_not_asked_for_without_end(path: Path) -> None:
    async def main() -> int:
        async with Platform().open(path) as ry:
            await ry.idle()
            mailbox = cast(Any, ry)._mailbox
            broker = mailbox._broker = Stuck(mailbox._broker)
            mailbox.wake()
            await asyncio.sleep(0.2)
            return broker.asked

    assert run(main()) == 1


def test_a_send_that_is_open_at_the_close_has_not_failed_and_comes_again_with_the_same_id(path: Path) -> None:
    platform = Platform()
    seen: list[Any] = []

    async def broken(effect: Performing) -> OutcomeResult:
        raise RuntimeError("socket hang up")

    async def first() -> None:
        ry = await platform.open(path, perform=broken, close_ms=10)
        others: list[Any] = []

        async def bot(turn: Turn) -> None:
            others.append(asyncio.ensure_future(turn.send(key="other", kind="comment", text="in a task of its own")))
            await turn.send(key="own", kind="comment", text="and one that is waited for")
            seen.append("nothing is tried another way")

        handling = asyncio.create_task(ry.handle(event(), bot))
        while len(platform.errors) < 2:
            await asyncio.sleep(0.001)
        await ry.close()
        with pytest.raises(HostError, match="^RY2202"):
            await handling
        with pytest.raises(HostError, match="^RY2202: .*it comes again after the next open, with the same id$"):
            await others[0]

    async def second() -> None:
        async def perform(effect: Performing) -> OutcomeResult:
            seen.append((effect["id"], effect["redelivered"]))
            return {"type": "done"}

        async def nothing(turn: Turn) -> None: ...

        async with platform.open(path, perform=perform, find=None, resume=nothing):
            while len(seen) < 2:
                await asyncio.sleep(0.01)

    run(first())
    assert seen == []
    run(second())
    assert sorted(seen) == [("3.0", True), ("4.0", True)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [([{}], "it is a list; submit each"), ("hello", "it is a text"), (None, "it is null"), (5, "it is 5"), (b"{}", "it is of the type bytes")],
)
def test_what_is_no_object_is_no_input(wrong: Any, said: str) -> None:
    async def main() -> None:
        async with Platform().open(":memory:") as ry:
            with pytest.raises(Rejected, match=f"^RY1001: not a valid input: an input must be an object, {said};"):
                await ry.submit(wrong)

    run(main())


def test_an_event_whose_id_is_no_text_is_told_so() -> None:
    async def main() -> None:
        async with Platform().open(":memory:") as ry:
            with pytest.raises(Rejected, match="^RY1001: not a valid input: the `id` of an event must be a text, it is 7; compare with"):
                await ry.handle(cast(Any, {**event(), "id": 7}), answer)
            with pytest.raises(Rejected, match="^RY1001: not a valid input: `event` must be an event with an `id`;"):
                await ry.handle(cast(Any, {"source": "github"}), answer)

    run(main())
