"""What can be given to a host, and what can be asked of it."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any, cast

import pytest
import reynolds
from reynolds import Broker, HostError, Performing, Rejected, ReynoldsError, Turn
from reynolds.agents import Callable
from reynolds.clock import SystemClock
from reynolds.types import Actor, Event, OutcomeResult
from test_host import Platform, answer, event, path, run

__all__ = ["path"]  # A fixture.


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"name": 5}, "`name`"),
        ({"perform": 5}, "`perform`"),
        ({"find": "x"}, "`find`"),
        ({"resume": "x"}, "`resume`"),
        ({"ask": 5}, "`ask`"),
        ({"on_error": 5}, "`on_error`"),
        ({"on_decision": "log"}, "`on_decision`"),
        ({"handlers": ["a"]}, "`handlers`"),
        ({"handlers": {"a": 5}}, r"`handlers\['a'\]`"),
        ({"keys": {300: "x"}}, "keys"),
        ({"keys": {"1": "x"}}, "keys"),
        ({"keys": {1: 5}}, "keys"),
        ({"keys": "secret"}, "`keys`"),
        ({"keys": [(1, b"x")]}, "`keys`"),
        ({"timeout_ms": "30000"}, "`timeout_ms`"),
        ({"timeout_ms": None}, "`timeout_ms`"),
        ({"timeout_ms": 0}, "`timeout_ms`"),
        ({"timeout_ms": 1.5}, "`timeout_ms`"),
        ({"concurrency": 0}, "`concurrency`"),
        ({"concurrency": "4"}, "`concurrency`"),
        ({"concurrency": True}, "`concurrency`"),
        ({"max_handlers": 0}, "`max_handlers`"),
        ({"snapshot_every": 0}, "`snapshot_every`"),
        ({"close_ms": "100"}, "`close_ms`"),
        ({"close_ms": -1}, "`close_ms`"),
        ({"clock": 5}, "`clock`"),
        ({"clock": type("Seconds", (SystemClock,), {"now": lambda _: 1.5})()}, r"`clock.now\(\)`"),
        ({"rules": {"id": "x"}}, "`rules`"),
    ],
    ids=lambda value: None if isinstance(value, str) else str(value)[:40],
)
def test_options_that_can_not_be_are_named(path: Path, wrong: Any, named: str) -> None:
    with pytest.raises(HostError, match=f"RY2206.*{named}"):
        Platform().open(path, **wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"self": ["mybot[bot]"]}, "RY1014: configuration, self: `mybot\\[bot\\]` .* `github:mybot\\[bot\\]` for a GitHub App"),
        ({"actors": {"renovate[bot]": "bot"}}, "RY1014: configuration, actors: `renovate\\[bot\\]` "),
        ({"keys": {7: "x"}}, "RY2005: `keys`: the secret of key 7 has 1 of at least 14 bytes; take 32 random ones"),
        ({"keys": {1: ""}}, "RY2005: `keys`: the secret of key 1 has 0 of at least 14 bytes"),
    ],
    ids=str,
)
def test_what_would_never_work_is_refused_at_the_start(path: Path, wrong: Any, said: str) -> None:
    async def main() -> None:
        with pytest.raises(ReynoldsError, match=f"^{said}"):
            await reynolds.open(path, **{"name": "t", "perform": Platform().perform, **wrong})

    run(main())


@pytest.mark.parametrize("place", [None, 5, "", b"x"])
def test_a_path_that_can_not_be_is_named(place: Any) -> None:
    with pytest.raises(HostError, match="RY2206.*`path`"):
        Platform().open(place)


def test_calls_that_can_not_be_are_named(path: Path) -> None:
    platform = Platform()
    with pytest.raises(Rejected, match="RY1001.*rules"):
        run(platform.open(path, rules=[5]).__aenter__())

    async def main() -> None:
        async with platform.open(path) as ry:
            with pytest.raises(HostError, match="RY2206"):
                await ry.handle(cast(Event, None), answer)
            with pytest.raises(HostError, match="RY2206.*`handle`"):
                await ry.handle(event(), cast(Any, None))
            with pytest.raises(Rejected, match="RY1001.*`id`"):
                await ry.handle(event(id=5), answer)
            payload: Any = {"action": "opened", "issue": {"number": 7}}
            with pytest.raises(Rejected, match=r"RY1001.* a reader makes one: `github.event\(...\)`$"):
                await ry.handle(payload, answer)
            for plan in ({}, None, "p", {"id": 5}):
                with pytest.raises(HostError, match="RY2206.*`run`"):
                    await ry.run(cast(Any, plan))
            assert (await ry.handle(event(), answer))["type"] == "handled"

    run(main())


def test_a_new_journal_draws_its_seed_and_keeps_it(tmp_path: Path) -> None:
    def seeds(**options: Any) -> set[int]:
        return {Platform().open(tmp_path, **options)._options.genesis.get("seed", 0) for _ in range(3)}

    assert len(seeds()) == 3
    assert all(0 <= seed < 2**53 for seed in seeds())
    assert seeds(seed=7) == {7}

    async def main() -> None:
        async with Platform().open(tmp_path / "bot.ryj") as ry:
            drawn = ry.view.digest()
        async with Platform().open(tmp_path / "bot.ryj") as ry:
            assert ry.view.digest() == drawn

    run(main())


def test_the_breaker_and_the_agents_are_configured_too(path: Path) -> None:
    async def main() -> None:
        async with Platform().open(path, breaker={"count": 3}, work={"questions": 5}, agents={"pools": [{"id": "code"}]}) as ry:
            config = ry.view.config()
            assert config.get("breaker", {}).get("count") == 3
            assert config.get("work", {}).get("questions") == 5
            assert [pool["id"] for pool in config.get("agents", {}).get("pools", [])] == ["code"]

    run(main())


def test_what_the_core_can_be_configured_with_are_options() -> None:
    wrong: Any = {"name": "x", "config": {"nonsense": 1}}
    # The core names its own keys when it is given another one.
    with pytest.raises(ReynoldsError) as refused:
        Broker(wrong)
    keys = re.findall(r"`(\w+)`", refused.value.message.split("expected", 1)[1])
    assert len(keys) >= 9
    assert set(keys) <= set(inspect.signature(reynolds.open).parameters)


def test_what_is_not_open_yet_says_how_to_wait_for_it() -> None:
    opening: Any = Platform().open(":memory:")
    for name in ("handle", "submit", "close"):
        with pytest.raises(AttributeError, match=f"^`{name}`: the journal is not open yet: await it, .*or use async with, "):
            getattr(opening, name)
    assert not hasattr(opening, "_nothing")


def test_a_configure_of_the_hosts_own_keeps_the_rule_by_which_handle_gets_its_events(path: Path) -> None:
    platform = Platform()

    async def main() -> None:
        async with platform.open(path) as ry:
            never = {"rules": [{"id": "r", "when": {"kind": "never"}, "handle": "x"}]}
            configs: list[Any] = [{"self": ["github:t[bot]"]}, never, ry.view.config(), {"enforce": "hold"}]
            for number, config in enumerate(configs):
                await ry.submit({"type": "configure", "config": config})
                handled: Any = await ry.handle(event(number), answer)
                assert handled["value"]["type"] == "done"
            assert [rule["id"] for rule in ry.view.config().get("rules", [])] == ["reynolds:handle"]
            wrongs: list[Any] = [{"type": "configure", "config": {"rules": 5}}, {"type": "configure"}]
            for wrong in wrongs:
                with pytest.raises(Rejected, match="RY1001"):
                    await ry.submit(wrong)

    run(main())
    assert len(platform.comments) == 4


def test_what_repeats_itself_and_what_is_stopped_can_be_asked(path: Path) -> None:
    async def main() -> None:
        async with Platform().open(path) as ry:
            assert ry.view.tripped() == {"chains": []}
            assert ry.view.stops() == []
            bob: Actor = {"id": "teams:bob", "class": "human"}
            await ry.submit({"type": "command", "do": {"type": "stop_subject", "subject": "teams:b"}, "by": bob, "reason": "incident 17"})
            [stop] = ry.view.stops()
            assert (stop["what"], stop.get("subject"), stop.get("by"), stop.get("reason")) == ("subject", "teams:b", bob, "incident 17")
            assert ry.view.status()["stops"] == 1
            assert ry.view.repetition() == []
            await ry.handle(event(), answer)
            told = event(2, subject=event()["subject"], object="github:comment/9", reply_to="github:comment/1")
            await ry.handle({**told, "actor": {"id": "github:other[bot]", "class": "bot"}}, answer)
            (counted,) = ry.view.repetition()
            assert (counted["rule"], counted["exceeds"]) == ("reynolds:handle", [])
            assert sum(counted["definite"]) + sum(counted["inferred"]) >= 1

    run(main())


def test_a_host_is_not_opened_with_a_plain_with(path: Path) -> None:
    opening: Any = Platform().open(path)
    with pytest.raises(HostError, match="^RY2206: .*`async with reynolds.open"):
        with opening:
            pass


def test_what_an_agent_lacks_is_told_when_it_is_added() -> None:
    for wrong in ("rust", b"rust"):
        with pytest.raises(HostError, match="^RY2206: .*`provides` must be a list of texts, it is b?'rust'$"):
            Callable("ada", print, provides=cast(Any, wrong))

    async def main() -> None:
        async with Platform().open(":memory:") as ry:
            for name, value in (("grace_ms", "5s"), ("grace_ms", None), ("profile", None), ("profile", "x")):
                agent: Any = Callable("ada", print)
                setattr(agent, name, value)
                with pytest.raises(HostError, match=f"^RY2206: .*`{name}`"):
                    await ry.agents.add(agent)
            with pytest.raises(Rejected, match="^RY1001.* the text .5s"):
                await ry.agents.add(Callable("ada", print, profile=cast(Any, {"heartbeat_ms": "5s"})))
            await ry.agents.add(Callable("ada", print))

    run(main())


@pytest.mark.parametrize("at", ["open", "configure", "read back"])
def test_what_handle_may_repeat_can_be_configured(at: str) -> None:
    posts: list[str] = []

    async def perform(effect: Performing) -> OutcomeResult:
        posts.append(effect["id"])
        return {"type": "done", "object": f"github:comment/{len(posts)}"}

    async def again(turn: Turn) -> str:
        return (await turn.send(kind="comment", text="Go."))["type"]

    async def main(loops: str | None) -> list[str]:
        posts.clear()
        rules: Any = [{"id": "reynolds:handle", "loops": loops}] if loops else []
        first = rules if at == "open" else []
        async with reynolds.open(":memory:", name="t", self=["github:t[bot]"], perform=perform, rules=first) as ry:
            if at != "open":
                await ry.submit({"type": "configure", "config": {"self": ["github:t[bot]"], "rules": rules}})
            if at == "read back":
                await ry.submit({"type": "configure", "config": ry.view.config()})
            said = []
            for number in range(1, 9):
                about = {"object": f"github:comment/r{number}", "subject": "github:acme/api#7", "text": "Again!"}
                more: Any = {"actor": {"id": "github:echo[bot]", "class": "bot"}, "reply_to": f"github:comment/{number - 1}"}
                handled: Any = await ry.handle(event(number, **about, **(more if number > 1 else {})), again)
                said.append(handled["value"])
        return said

    assert run(main("reentry(50)")) == ["done"] * 8
    assert "held" in run(main(None))


@pytest.mark.parametrize("more", [{"when": {"kind": "push"}}, {"effects": []}, {"handle": "h"}, {"deterministic": True}])
def test_what_handle_is_can_not_be_configured(more: dict[str, Any]) -> None:
    rule: Any = {"id": "reynolds:handle", "loops": "reentry(2)", **more}
    said = (
        f"RY1014: configuration, rule `reynolds:handle`: it is the rule of `handle`, and may have `loops` and `enforce` beside its `id`, but "
        f"not `{next(iter(more))}`: give that to a rule of another id"
    )

    async def main() -> None:
        with pytest.raises(Rejected) as opened:
            Platform().open(":memory:", rules=[rule])
        async with Platform().open(":memory:") as ry:
            with pytest.raises(Rejected) as submitted:
                await ry.submit({"type": "configure", "config": {"rules": [rule]}})
        for refused in (opened.value, submitted.value):
            assert (str(refused), refused.field) == (said, "rule `reynolds:handle`")

    run(main())


def test_the_rule_of_handle_is_given_once() -> None:
    async def main() -> None:
        with pytest.raises(Rejected, match="^RY1014: configuration, rule `reynolds:handle`"):
            await Platform().open(":memory:", rules=[{"id": "reynolds:handle"}, {"id": "reynolds:handle"}])

    run(main())
