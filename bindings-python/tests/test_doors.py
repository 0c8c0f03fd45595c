"""Dictionaries, JSON or Rust alone: the same answers, whatever goes in."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from player import compact
from reynolds import Broker, ReynoldsError
from rust import programs

RULES = [
    {"id": "handle", "when": {"kind": "issue*"}, "handle": "h"},
    {"id": "tell", "when": {"class": ["human", "unknown"]}, "effects": [{"kind": "message", "subject": "teams:{actor}", "text": "{text}"}]},
]
GENESIS = {"name": "t", "durability": "volatile", "config": {"enforce": "hold", "chain": {"hop_limit": 3, "budget": 9}, "rules": RULES}}
KEYS = [(1, b"a secret of the host")]

names = st.sampled_from(["", "a", "b", "d1", "d2", "github", "x" * 300, "ümlaut", "\u2028", "\U0001f600", "\u0000"])
numbers = st.integers(0, 2**53 - 1) | st.integers(0, 9)
free = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
anything = free | names | numbers
effect_ids = st.sampled_from(["2.0", "2.1", "3.0", "4.0", "5.0", "02.0", "2", "9.0"])


def shape(required: dict[str, Any], optional: dict[str, Any]) -> Any:
    return st.fixed_dictionaries(required, optional=optional)


actor = shape({"id": names}, {"class": st.sampled_from(["human", "bot", "app", "robot"])})
event = shape(
    {"type": st.just("event"), "id": names, "source": st.just("github"), "kind": st.sampled_from(["issues.opened", "push"]), "subject": names},
    {
        "actor": actor, "text": names, "object": names, "reply_to": names, "version": numbers, "attempt": st.lists(numbers, max_size=3),
        "progress": numbers, "tenant": names, "also": st.lists(names, max_size=2), "attributes": st.dictionaries(names, names, max_size=2),
        "state": shape({"property": names, "value": names}, {}), "about": names, "nonsense": anything,
    },
)  # fmt: skip
proposal = shape(
    {"kind": names, "subject": names},
    {"key": names, "text": names, "payload": free, "attempt": st.lists(numbers, min_size=2, max_size=2), "read_only": st.booleans(),
     "plan": shape({"id": names, "size": numbers}, {}), "expires_at": numbers},
)  # fmt: skip
propose = shape(
    {"type": st.just("propose"), "cause": effect_ids | names | st.lists(effect_ids, max_size=2), "effects": st.lists(proposal, max_size=3)},
    {"more": st.booleans(), "tenant": names},
)
result = st.one_of(
    shape({"type": st.just("done")}, {"object": names, "objects": st.lists(names, max_size=2)}),
    shape({"type": st.just("retry"), "after_ms": numbers}, {}),
    shape({"type": st.sampled_from(["ambiguous", "failed", "cancelled", "maybe"])}, {"reason": names}),
)
outcome = shape({"type": st.just("outcome"), "effect": effect_ids, "result": result}, {"chain": st.sampled_from(["2", "3", "0"])})
order = st.one_of(
    shape({"type": st.sampled_from(["stop_all", "resume_all"])}, {"subject": names}),
    shape({"type": st.sampled_from(["approve", "cancel"]), "effect": effect_ids}, {}),
    shape({"type": st.just("stop_subject"), "subject": names}, {}),
)
command = shape({"type": st.just("command"), "do": order}, {"by": actor, "reason": names, "tenant": names})
wild = st.dictionaries(st.sampled_from(["type", "id", "effects", "do"]), anything, max_size=4)
inputs = st.one_of(event, event, propose, outcome, command, wild)


def said(call: Any) -> tuple[str, Any]:
    try:
        return "ok", call()
    except ReynoldsError as error:
        # Of what is not of the form, each door says in its own words where.
        return error.code, "" if error.code == "RY1001" else error.message


def no_place(text: str) -> str:
    return re.sub(r'"RY1001: [^"\\]*(\\.[^"\\]*)*"', '"RY1001"', text)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(st.tuples(st.integers(0, 100_000), inputs), max_size=12))
def test_both_doors_give_the_same_answers_to_the_same_life(life: list[tuple[int, Any]]) -> None:
    by_dict, by_json = Broker(GENESIS, KEYS), Broker.new_json(compact(GENESIS).encode(), KEYS)  # type: ignore[arg-type]
    at = cursor = 0
    for step, value in life:
        at += step
        text = json.dumps(value).encode()
        assert said(lambda: compact(by_dict.submit(at, value))) == said(lambda: by_json.submit_json(at, text).decode())
        several = compact(by_dict.submit_all(at, [value, value])), by_json.submit_all_json(at, b"[%b,%b]" % (text, text)).decode()
        assert no_place(several[0]) == no_place(several[1])
        assert compact(by_dict.advance(at)) == by_json.advance_json(at).decode()
        effects = by_dict.released(cursor)
        assert json.loads(by_json.released_json(cursor)) == effects
        cursor = effects[-1]["release"] if effects else cursor
        assert compact(by_dict.wakeup()) == by_json.wakeup_json().decode()
    assert by_dict.ask({"type": "digest"}) == json.loads(by_json.ask_json(b'{"type":"digest"}'))


def by_rust(life: list[tuple[int, str]]) -> list[str]:
    """What the Rust library says to the same life, by a program of its own."""
    first = compact({"genesis": GENESIS, "keys": [(number, secret.decode()) for number, secret in KEYS]})
    lines = [first, *(f"{at} {text}" for at, text in life)]
    said = subprocess.run([programs()["answers"]], input="\n".join(lines).encode(), capture_output=True, check=True)
    return said.stdout.decode().split("\n")[:-1]


def problem(error: ReynoldsError) -> str:
    found = {"code": error.code, "message": error.message}
    return compact(found if error.field is None else found | {"field": error.field})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(st.tuples(st.integers(0, 100_000), inputs), max_size=12))
def test_python_and_rust_give_the_same_bytes_to_the_same_life(steps: list[tuple[int, Any]]) -> None:
    life, at = [], 0
    for step, value in steps:
        at += step
        life.append((at, json.dumps(value)))
    broker, cursor = Broker.new_json(compact(GENESIS).encode(), KEYS), 0
    found = []
    for at, text in life:
        try:
            answer = broker.submit_json(at, text.encode()).decode()
        except ReynoldsError as error:
            answer = problem(error)
        advanced, effects = broker.advance_json(at).decode(), broker.released_json(cursor).decode()
        found.append(f"[{answer},{advanced},{effects},{broker.wakeup_json().decode()}]")
        cursor = max([cursor, *(effect["release"] for effect in json.loads(effects))])
    assert [*found, broker.ask_json(b'{"type":"digest"}').decode()] == by_rust(life)


def test_two_bots_that_answer_each_other_are_held_alike_in_rust_and_through_both_doors() -> None:
    """What generated lives seldom reach: long chains, holds, approvals, stops, redelivery."""
    by_dict, by_json = Broker(GENESIS, KEYS), Broker.new_json(compact(GENESIS).encode(), KEYS)  # type: ignore[arg-type]
    life: list[tuple[int, str]] = []
    kinds: set[str] = set()

    def submit(at: int, value: Any) -> Any:
        life.append((at, json.dumps(value)))
        answer = said(lambda: compact(by_dict.submit(at, value)))
        assert answer == said(lambda: by_json.submit_json(at, json.dumps(value).encode()).decode())
        assert compact(by_dict.advance(at)) == by_json.advance_json(at).decode()
        verdicts = json.loads(answer[1])["verdicts"] if answer[0] == "ok" else []
        kinds.update(verdict["type"] for verdict in verdicts)
        return verdicts

    for number in range(8):
        at, subject = 100_000 * number, f"s{number % 3}"
        last = {"reply_to": f"o{number - 1}"} if number else {}
        event = {"type": "event", "id": f"d{number}", "source": "github", "kind": "issues.opened", "subject": subject}
        submit(at, {**event, **last, "actor": {"id": "ümlaut", "class": "bot"}, "text": "\U0001f600"})
        wanted = {"key": "k", "kind": "comment", "subject": subject, "text": "Again", "payload": {"a": [0.1, None, True]}}
        [verdict] = submit(at, {"type": "propose", "cause": f"d{number}", "effects": [wanted]})
        if verdict["type"] == "held":
            submit(at, {"type": "command", "do": {"type": "approve", "effect": verdict["effect"]}})
        submit(at + 1, {"type": "outcome", "effect": verdict["effect"], "result": {"type": "ambiguous"}})
        submit(at + 2, {"type": "outcome", "effect": verdict["effect"], "result": {"type": "done", "object": f"o{number}"}})
    submit(1_000_000, {"type": "command", "do": {"type": "stop_chain", "chain": "2"}, "reason": "enough"})
    assert kinds == {"admitted", "held", "denied", "tripped", "ambiguous"}
    answers = by_rust(life)
    assert json.loads(answers[-1]) == by_dict.ask({"type": "digest"}) == json.loads(by_json.ask_json(b'{"type":"digest"}'))


def test_floats_come_back_as_they_went() -> None:
    broker = Broker(GENESIS, KEYS)  # type: ignore[arg-type]
    broker.submit(1, {"type": "event", "id": "d1", "source": "s", "kind": "issues.opened", "subject": "x"})
    payload = {"a": 0.1, "b": 1e-310, "c": -0.0, "d": 1.7976931348623157e308, "e": 9007199254740991, "f": 3.0}
    broker.submit(1, {"type": "propose", "cause": "d1", "effects": [{"kind": "k", "subject": "y", "payload": payload}]})
    found = [effect for effect in broker.released(0) if effect["type"] == "act" and effect["kind"] == "k"]
    assert repr(found[0].get("payload")) == repr(payload)
