"""Log mode: what a bot does beside reynolds is what it does alone, whatever the broker thinks of it or can take."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from reynolds import HostError, Performing, ReynoldsError, StorageError, Turn
from reynolds.types import Input, OutcomeResult
from test_host import Platform, event, path, run

__all__ = ["path"]  # A fixture.


class Living(Platform):
    """A platform that notes what is posted."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[str] = []

    async def perform(self, effect: Performing) -> OutcomeResult:
        self.keys.append(effect["idempotency_key"])
        self.comments.append(effect.get("text", ""))
        return {"type": "done", "object": f"github:comment/{len(self.comments)}"}


def test_what_is_said_twice_without_a_key_leaves_twice(path: Path) -> None:
    platform = Living()
    texts = ["Still working.", "Still working.", "Still working.", "Done."]

    async def bot(turn: Turn) -> list[str]:
        return [(await turn.send(kind="comment", text=text))["type"] for text in texts]

    async def together(turn: Turn) -> list[str]:
        return [sent["type"] for sent in await asyncio.gather(*(turn.send(kind="comment", text=text) for text in texts))]

    async def main() -> None:
        async with platform.open(path, enforce="log") as ry:
            for one in (event(1), event(1), event(2)):  # The second is delivered again.
                handled = await ry.handle(one, together if one["id"] == "d2" else bot)
                assert cast(Any, handled)["value"] == ["done"] * 4

    run(main())
    assert platform.comments[:8] == texts * 2
    assert sorted(platform.comments[8:]) == sorted(texts)
    assert platform.errors == []


@pytest.mark.parametrize("first", ["log", "deny"])
def test_a_configuration_switches_log_mode_on_and_off_in_a_living_host(path: Path, first: str) -> None:
    platform = Living()
    too_long = "x" * 300_000

    async def bot(turn: Turn) -> list[str]:
        return [(await turn.send(kind="comment", text=text))["type"] for text in ("Hi.", "Hi.", too_long)]

    async def main() -> None:
        async with platform.open(path, enforce=first) as ry:
            for number, enforce in enumerate((first, *(["deny", "log", "hold"] if first == "log" else ["log", "deny"]))):
                if number:
                    config: Any = {"self": ["github:t[bot]"], "enforce": enforce}
                    await ry.submit({"type": "configure", "config": config})
                platform.comments.clear()
                if enforce == "log":
                    for _ in range(2):  # The second is delivered again.
                        assert cast(Any, await ry.handle(event(number), bot))["value"] == ["done"] * 3
                    assert len(platform.comments) == 6
                else:
                    with pytest.raises(ReynoldsError, match="RY1003"):
                        await ry.handle(event(number), bot)
                    assert (await ry.handle(event(number), bot))["type"] == "duplicate"
                    assert platform.comments == ["Hi."]

    run(main())


def test_what_has_a_key_leaves_once_as_its_author_wants(path: Path) -> None:
    platform = Living()

    async def bot(turn: Turn) -> list[str]:
        return [(await turn.send(key="k", kind="comment", text="Hi."))["type"] for _ in range(2)]

    async def main() -> None:
        async with platform.open(path, enforce="log") as ry:
            assert cast(Any, await ry.handle(event(), bot))["value"] == ["done", "duplicate"]

    run(main())
    assert platform.comments == ["Hi."]


def test_what_was_sent_before_a_crash_answers_for_one_sending_each(path: Path) -> None:
    platform = Living()

    async def cut_off(turn: Turn) -> None:
        await turn.send(kind="comment", text="a")
        await asyncio.sleep(60)

    async def bot(turn: Turn) -> list[str]:
        return [(await turn.send(kind="comment", text="a"))["type"] for _ in range(2)]

    async def first() -> None:
        ry = await platform.open(path, enforce="log", close_ms=10)
        handling = asyncio.create_task(ry.handle(event(), cut_off))
        while not platform.comments:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        await ry.close()
        await asyncio.wait({handling})

    async def second() -> None:
        said: list[str] = []

        async def resume(turn: Turn) -> None:
            said.extend(await bot(turn))

        async with platform.open(path, enforce="log", resume=resume) as ry:
            await ry.idle()
        assert said == ["duplicate", "done"]

    run(first())
    run(second())
    assert platform.comments == ["a", "a"]


@pytest.mark.parametrize(
    ("options", "sending", "code"),
    [
        ({"limits": {"open_effects": 2}}, {}, "RY1007"),
        ({}, {"text": "x" * 300_000}, "RY1003"),
        ({}, {"payload": {"snowflake": 2**60}}, "RY1001"),
    ],
    ids=["no room", "too long", "a large number"],
)
def test_what_the_broker_refuses_leaves_all_the_same(path: Path, options: Any, sending: Any, code: str) -> None:
    platform = Living()

    async def bot(turn: Turn) -> list[str]:
        sends = (turn.send(**cast(Any, {"kind": "comment", "text": str(number), **sending})) for number in range(3))
        return [sent["type"] for sent in await asyncio.gather(*sends)]

    async def main() -> None:
        async with platform.open(path, enforce="log", **options) as ry:
            assert cast(Any, await ry.handle(event(), bot))["value"] == ["done"] * 3

    run(main())
    assert len(platform.comments) == 3
    assert len(set(platform.keys)) == 3  # A platform that takes keys would drop what comes under one it knows.
    assert platform.errors
    assert {error.code for error in platform.errors} == {code}


def test_what_perform_makes_of_it_without_the_broker_is_told(path: Path) -> None:
    platform = Living()

    async def perform(effect: Performing) -> Any:
        if effect.get("text") == "x" * 300_000:
            raise type("E", (Exception,), {"status": 422})("no")
        return None if effect["id"] == "0.0" else {"type": "done"}

    async def bot(turn: Turn) -> list[Any]:
        return [(await turn.send(kind="comment", text=text * 300_000)) for text in "xy"]

    async def main() -> None:
        async with platform.open(path, enforce="log", perform=perform) as ry:
            failed, nonsense = cast(Any, await ry.handle(event(), bot))["value"]
            assert (failed["type"], failed["why"]) == ("failed", "no")
            assert (nonsense["type"], nonsense["why"]) == ("failed", "`perform` returned what is no outcome")

    run(main())
    assert [error.code for error in platform.errors] == ["RY1003", "RY2212", "RY1003", "RY2208"]


def test_what_goes_around_the_broker_has_its_tenant_and_its_time(path: Path) -> None:
    platform = Living()
    seen: list[Any] = []

    async def perform(effect: Performing) -> OutcomeResult:
        seen.append((effect["id"], effect["cause"], effect.get("tenant")))
        await asyncio.sleep(60)
        return {"type": "done"}

    async def bot(turn: Turn) -> Any:
        return await turn.send(kind="comment", text="x" * 300_000)

    async def main() -> None:
        async with platform.open(path, enforce="log", perform=perform, timeout_ms=20) as ry:
            sent = cast(Any, await ry.handle(event(tenant="acme"), bot))["value"]
            assert (sent["type"], sent["why"]) == ("failed", "ambiguous")

    run(main())
    assert seen == [("0.0", ["d1"], "acme")]
    assert [error.code for error in platform.errors] == ["RY1003", "RY2209"]


def test_a_full_disk_stops_no_living_bot(tmp_path: Path) -> None:
    code = """
import asyncio, resource, signal, sys
import reynolds
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
posts = []
async def perform(effect):
    posts.append(effect["text"][:2])
    return {"type": "done", "object": f"x{len(posts)}"}
async def bot(turn):
    return [(await turn.send(kind="c", key=letter, text=turn.event["id"] + letter + "x" * 900))["type"] for letter in "ab"]
async def main():
    errors = []
    async with reynolds.open(sys.argv[1], name="t", enforce="log", perform=perform, on_error=errors.append) as ry:
        resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))
        for number in range(6):
            event = {"id": str(number), "source": "s", "kind": "c", "subject": "s", "actor": {"id": "github:o", "class": "human"}}
            assert (await ry.handle(event, bot))["value"] == ["done", "done"], number
    assert {error.code for error in errors} == {"RY2103"}, errors
    print(*posts)
asyncio.run(main())
"""
    said = subprocess.run([sys.executable, "-c", code, str(tmp_path / "bot.ryj")], capture_output=True, text=True, timeout=30)
    assert said.stdout == "0a 0b 1a 1b 2a 2b 3a 3b 4a 4b 5a 5b\n", said.stderr


def test_what_can_not_be_stored_comes_to_no_rule_and_who_submits_it_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = Living()
    begun: list[str] = []

    async def bot(turn: Turn) -> None:
        begun.append(turn.event["id"])
        await turn.send(kind="comment", text=turn.event["id"])

    def full() -> None:
        raise StorageError("RY2103", "RY2103: the append failed: no space left on device")

    async def main() -> None:
        rules: Any = [{"id": "r", "when": {"kind": "push"}, "handle": "bot"}]
        async with platform.open(path, enforce="log", rules=rules, handlers={"bot": bot}) as ry:
            monkeypatch.setattr(ry._mailbox, "_on_disk", lambda _: asyncio.get_running_loop().run_in_executor(None, full))
            for number in (1, 2):
                with pytest.raises(StorageError, match="^RY2103"):
                    await ry.submit(cast(Input, {**event(number), "type": "event", "kind": "push"}))
                await ry.handle({**event(number + 10), "kind": "pull"}, bot)
            monkeypatch.undo()

    run(main())
    assert (begun, platform.comments) == (["d11", "d12"], ["d11", "d12"])


def test_what_is_sent_after_the_host_was_closed_is_refused(path: Path) -> None:
    platform = Living()
    turns: list[Turn] = []

    async def bot(turn: Turn) -> None:
        turns.append(turn)

    async def main() -> None:
        async with platform.open(path, enforce="log") as ry:
            await ry.handle(event(text="x" * 300_000), bot)
            assert (await turns[0].send(kind="comment", text="Hi."))["type"] == "done"
        with pytest.raises(HostError, match="RY2202"):
            await turns[0].send(kind="comment", text="Hi.")

    run(main())
    assert platform.comments == ["Hi."]


def test_outside_of_log_mode_nothing_is_sent_again(path: Path) -> None:
    platform = Living()
    refused: list[str] = []

    async def bot(turn: Turn) -> list[str]:
        said: list[str] = [(await turn.send(kind="comment", text="Hi."))["type"] for _ in range(2)]
        try:
            await turn.send(kind="comment", text="x" * 300_000)
        except ReynoldsError as error:
            refused.append(error.code)
        return said

    async def main() -> None:
        async with platform.open(path) as ry:
            assert cast(Any, await ry.handle(event(), bot))["value"] == ["done", "duplicate"]

    run(main())
    assert (platform.comments, refused) == (["Hi."], ["RY1003"])


@pytest.mark.parametrize("enforce", ["deny", "log"])
def test_a_key_that_stands_for_two_things_in_one_handler_is_refused(path: Path, enforce: str) -> None:
    platform = Living()

    async def bot(turn: Turn) -> list[str]:
        said: list[str] = []
        for fields in ({}, {"kind": "comment"}, {"subject": "github:acme/api#2"}, {"text": "Another."}):
            try:
                said.append((await turn.send(**cast(Any, {"kind": "label", "key": "+stale", "text": "stale", **fields})))["type"])
            except HostError as error:
                said.append(str(error))
        return said

    async def main() -> None:
        async with platform.open(path, enforce=enforce) as ry:
            for _ in range(2 if enforce == "log" else 1):  # The second is delivered again.
                value = cast(Any, await ry.handle(event(), bot))["value"]
                refused = (
                    "RY2206: `send`: the key `+stale` was used in this handler for `label` on `github:acme/api#1`; a key stands for one effect, "
                    "so give this one another"
                )
                assert value == ["done", refused, refused, "duplicate"]

    run(main())
    assert platform.errors == []


def test_a_key_of_what_was_refused_is_free(path: Path) -> None:
    platform = Living()

    async def bot(turn: Turn) -> str:
        with pytest.raises(ReynoldsError, match="^RY1003"):
            await turn.send(kind="comment", key="k", text="x" * 300_000)
        return (await turn.send(kind="label", key="k", text="stale"))["type"]

    async def main() -> None:
        async with platform.open(path) as ry:
            assert cast(Any, await ry.handle(event(), bot))["value"] == "done"

    run(main())


def test_log_mode_says_what_would_only_have_been_held() -> None:
    platform = Living()

    async def bot(turn: Turn) -> Any:
        return await turn.send(kind="comment", text="Again.")

    async def main() -> list[Any]:
        found: list[Any] = []
        async with platform.open(":memory:", enforce="log") as ry:
            for number in range(1, 12):
                again: dict[str, Any] = {"actor": {"id": "github:echo[bot]", "class": "bot"}, "reply_to": f"github:comment/{number - 1}"}
                heard = event(number, subject="github:acme/api#1", object=f"github:comment/r{number}", text="Again!", **(again if number > 1 else {}))
                found.append(cast(Any, await ry.handle(heard, bot))["value"])
        return found

    found = [(("would" in sent), sent.get("would_hold")) for sent in run(main())]
    assert set(found) == {(False, None), (True, "repeats"), (True, None)}
    assert found.index((True, "repeats")) < found.index((True, None))
