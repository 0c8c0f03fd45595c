"""What callers are told, where a record holds more than what they asked for."""

from __future__ import annotations

from typing import Any, cast

import pytest
from reynolds import Performing, Turn
from reynolds._turn import is_held, not_handled, verdict_of
from reynolds.types import Decision, OutcomeResult
from test_host import Platform, event, run

DENIAL = {"reason": "budget", "chain": "2", "hop": 2, "limit": 3, "limit_name": "chain.budget"}


def decision(*verdicts: Any) -> Decision:
    return cast(Decision, {"seq": 13, "verdicts": list(verdicts)})


async def perform(effect: Performing) -> OutcomeResult:
    return {"type": "done", "object": f"github:comment/{effect['id']}"}


def answered() -> Any:
    """An event of another bot, which answers our first comment."""
    other = {"id": "github:o[bot]", "class": "bot"}
    return event(1, id="d2", actor=other, reply_to="github:comment/3.0", object="github:comment/99")


async def once(turn: Turn) -> Any:
    return await turn.send(kind="comment", text="First words.")


@pytest.mark.parametrize("named", [False, True], ids=["without a key", "with a key"])
def test_what_is_denied_and_trips_the_breaker_is_denied_and_not_its_notice_that_is_done(named: bool) -> None:
    subjects: list[str] = []

    async def watched(effect: Performing) -> OutcomeResult:
        subjects.append(effect["subject"])
        return await perform(effect)

    async def often(turn: Turn) -> list[Any]:
        wanted = [{"kind": "comment", "text": f"Text {number}, {number * number}"} for number in range(4)]
        keys: list[Any] = [{"key": f"k{number}"} if named else {} for number in range(4)]
        return [await turn.send(cast(Any, one), **key) for one, key in zip(wanted, keys, strict=True)]

    async def main() -> None:
        options: Any = {"perform": watched, "chain": {"budget": 3}, "breaker": {"notify": "teams:oncall"}, "seed": 1}
        async with Platform().open(":memory:", **options) as ry:
            await ry.handle(event(), once)
            sent = cast(Any, await ry.handle(answered(), often))["value"]
            assert [one["type"] for one in sent] == ["done", "done", "done", "denied"]
            assert (sent[3]["effect"], sent[3]["denial"]) == ("13.0", DENIAL)
            await ry.idle()

    run(main())
    assert subjects.count("teams:oncall") == 1


def test_an_event_that_is_denied_and_trips_the_breaker_is_told_why() -> None:
    async def main() -> None:
        options: Any = {"perform": perform, "chain": {"hop_limit": 1}, "breaker": {"notify": "teams:oncall"}}
        async with Platform().open(":memory:", **options) as ry:
            await ry.handle(event(), once)
            found = cast(Any, await ry.handle(answered(), once))
            assert [one["type"] for one in found["decision"]["verdicts"]] == ["denied", "tripped", "admitted"]
            assert found["type"] == "denied"
            assert found["why"] == "hop_limit: chain 2 would make automated hop 2 in a row; the limit is 1"
            await ry.idle()

    run(main())


def test_what_stands_beside_a_proposal_in_its_record_is_not_taken_for_it() -> None:
    own = {"type": "admitted", "effect": "13.1"}
    tripped = {"type": "tripped", "chain": "2", "until": 5, "notice": "13.0"}
    # Something held fell due and was denied, in the same record: its notice has the first number.
    earlier = [{"type": "denied", "effect": "7.0", **DENIAL}, tripped, {"type": "admitted", "effect": "13.0"}]
    assert verdict_of(decision(*earlier, own)) == own
    duplicate = {"type": "duplicate", "of": "6.0"}
    # A dispatch that fell due stands behind.
    assert verdict_of(decision(*earlier, duplicate, {"type": "admitted", "effect": "13.1"})) == duplicate
    assert verdict_of(decision(own, {"type": "admitted", "effect": "13.2"})) == own
    assert verdict_of(decision({"type": "cancelled", "effect": "6.0"})) is None


def test_the_verdict_of_a_handler_is_its_own_and_not_the_last() -> None:
    held = {"type": "held", "effect": "13.1", "until": 5, "why": "limit"}
    ours = {"type": "held", "effect": "13.0", "until": 5, "why": "repeats"}
    assert is_held(decision({"type": "admitted", "effect": "13.0"}, held, {"type": "admitted", "effect": "13.2"}))
    # What a rule wanted was held, until the handler's denial cancelled it.
    denied, tripped = {"type": "denied", "effect": "13.1", **DENIAL}, {"type": "tripped", "chain": "2", "until": 5, "notice": "13.2"}
    found = decision(ours, denied, tripped, {"type": "cancelled", "effect": "13.0"})
    assert not is_held(found)
    told = cast(Any, not_handled(found, lambda: cast(Any, {"chains": []})))
    assert (told["type"], told["why"]) == ("denied", "budget: chain 2 has reached chain.budget (3): automated effects of one chain; this is one more, at hop 2")
