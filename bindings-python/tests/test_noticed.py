"""What the logger says of decisions without anybody's listener."""

from __future__ import annotations

import logging
from typing import Any, cast

import pytest
from reynolds import Turn
from reynolds._noticed import Noticed
from reynolds.testing import VirtualClock, World
from reynolds.types import Decision


async def again(turn: Turn) -> None:
    await turn.send(kind="comment", text="Again.")


@pytest.mark.parametrize("enforce", ["deny", "hold"])
def test_a_loop_that_is_stopped_or_held_is_a_line_in_the_log(enforce: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "reynolds")
    with World(again, self="github:triage[bot]", enforce=enforce, on_error=lambda _: None) as world:
        world.other("github:echo[bot]", lambda post: post.reply("And again."))
        world.say("github:octocat", "github:acme/api#7", "Go.")
        run = world.run(ms=600_000)
    lines = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "reynolds"]
    assert all("\n" not in text for _, text in lines)
    if enforce == "deny":
        assert run.denied
        warned = [text for level, text in lines if level == "WARNING"]
        assert len(warned) == sum(one["type"] == "tripped" for decision in world.decisions for one in decision["verdicts"])
        assert warned[0].startswith("the emergency breaker has stopped chain 2 on `github:acme/api#7` until 2025-01-01 0")
    else:
        waits = [one["effect"] for one in run.held if one["why"] == "limit"]
        said = [text for text in (text for _, text in lines) if text.split()[1] in waits]
        assert len(said) == len(waits)
        assert said[0].startswith(f"effect {waits[0]} is held for a person: loop: ")
    # No effect twice.
    effects = [text.split()[1] for level, text in lines if level == "INFO"]
    assert len(set(effects)) == len(effects)


def test_what_is_held_is_said_when_that_takes_long_and_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "reynolds")
    clock = VirtualClock()
    noticed = Noticed(clock)

    def held(after_ms: int, effect: str = "3.0") -> None:
        verdict: Any = {"type": "held", "effect": effect, "until": clock.now() + after_ms, "why": "behind"}
        noticed.decided(cast(Decision, {"seq": 1, "verdicts": [verdict]}), None)

    held(60_000)
    held(1000)
    assert caplog.messages == []
    clock.move_to(clock.now() + 50_000)
    for _ in range(3):
        held(20_000)
    assert len(caplog.messages) == 1
    noticed.decided(cast(Decision, {"seq": 2, "verdicts": [{"type": "admitted", "effect": "3.0"}]}), None)
    assert noticed._held == {}
    held(60_001, "4.0")
    assert [message[:30] for message in caplog.messages] == ["effect 3.0 is held: it waits b", "effect 4.0 is held: it waits b"]
