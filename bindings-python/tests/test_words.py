"""What the sender of an effect is told in words: the same list for every language."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, get_args

import pytest
import reynolds
from reynolds import Performing, Turn
from reynolds._crew import _because
from reynolds._turn import at_once
from reynolds.types import DenyReason, HoldReason, OutcomeResult

WORDS: list[dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parents[2] / "core/tests/hosts/words.json").read_text(encoding="utf-8")
)


def reason(verdict: dict[str, Any]) -> str:
    return str(verdict["why"] if verdict["type"] == "held" else verdict["reason"])


@pytest.mark.parametrize("word", WORDS, ids=[f"{word['verdict']['type']}-{reason(word['verdict'])}-{at}" for at, word in enumerate(WORDS)])
def test_a_verdict_is_told_in_the_words_of_every_language(word: dict[str, Any]) -> None:
    sent: Any = at_once(word["verdict"], (lambda: word["tripped"]) if "tripped" in word else None)
    assert sent["why"] == word["why"]


def test_each_reason_to_hold_or_to_deny_has_its_words() -> None:
    for kind, reasons in (("held", HoldReason), ("denied", DenyReason)):
        assert {reason(word["verdict"]) for word in WORDS if word["verdict"]["type"] == kind} == set(get_args(reasons))


def test_what_is_held_because_it_repeats_itself_does_not_claim_that_a_person_is_asked() -> None:
    posts: list[str] = []

    def perform(effect: Performing) -> OutcomeResult:
        posts.append(effect["id"])
        return {"type": "done", "object": f"github:comment/1{len(posts)}"}

    async def go(turn: Turn) -> Any:
        return await turn.send(kind="comment", text="Go.")

    async def main() -> str:
        async with reynolds.open(":memory:", name="t", self=["github:t[bot]"], perform=perform) as ry:
            for number in range(1, 9):
                event: Any = {
                    "id": f"r{number}", "source": "github", "kind": "issue_comment.created", "subject": "github:acme/api#7",
                    "object": f"github:comment/r{number}", "actor": {"id": "github:echo[bot]", "class": "bot"}, "text": "Again!",
                }  # fmt: skip
                if number == 1:
                    event["actor"] = {"id": "github:octocat", "class": "human"}
                else:
                    event["reply_to"] = f"github:comment/1{number - 1}"
                handled = await ry.handle(event, go)
                if handled["type"] == "handled" and handled["value"]["type"] == "held":
                    return str(handled["value"]["why"])
        return "nothing was held"

    why = asyncio.run(main())
    assert why.startswith("held: it repeats itself")
    assert "; it leaves by itself at 20" in why


def test_an_agent_is_left_out_until_a_time_that_people_can_read() -> None:
    assert _because({"type": "breaker", "until": 1795420589293}) == "breaker (until 2026-11-23 07:56:29.293 UTC)"
    assert _because({"type": "lacks", "capability": "rust"}) == "lacks (capability rust)"
