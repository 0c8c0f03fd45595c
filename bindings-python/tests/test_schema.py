"""`docs/schema.json` says what the wire is: what it allows is read, what is answered is in it, what is malformed is not."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schema_from_rust
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from player import TRACES, no_key_twice
from reynolds import Broker, ReynoldsError
from test_doors import GENESIS, inputs

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "schema.json").read_text(encoding="utf-8"))
FILES = sorted(TRACES.glob("*/*.trace"))


def validator(name: str, closed: bool = False) -> Draft202012Validator:
    schema = copy.deepcopy(SCHEMA)
    if closed:  # Answers may get new keys, but none that the schema of this version does not know.
        for one in schema["$defs"].values():
            if one.get("type") == "object":
                one["additionalProperties"] = False
    return Draft202012Validator({**schema, "$ref": f"#/$defs/{name}"})


INPUT, GENESIS_OF = validator("Input"), validator("Genesis")
ANSWERS = {name: validator(name, closed=True) for name in ("Decision", "Problem", "Effect", "Wakeup")}


def entries(trace: str) -> Iterator[tuple[str, str]]:
    for entry in re.split(r"\n(?! )", trace):
        yield entry[:1], entry[1:].strip()


def test_the_schema_is_printed_from_rust() -> None:
    found = (ROOT / "docs" / "schema.json").read_text(encoding="utf-8")
    assert schema_from_rust.text() == found, "run `python bindings-python/tools/schema_from_rust.py`"


def test_the_schema_is_one_and_every_part_says_what_it_is() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for name, one in SCHEMA["$defs"].items():
        assert one.get("description") or name.endswith(("Question", "Open", "Known", "Spent", "Count", "Status", "Tripped")), name
    event = SCHEMA["$defs"]["EventInput"]
    assert event["required"] == ["type", "id", "source", "kind", "subject"]
    assert event["properties"]["id"]["maxLength"] == 512
    assert event["additionalProperties"] is False
    hops = SCHEMA["$defs"]["ChainLimits"]["properties"]["hop_limit"]
    assert (hops["minimum"], hops["maximum"], hops["default"]) == (1, 1000, 32)


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}/{path.stem}" for path in FILES])
def test_the_inputs_and_answers_of_a_trace_are_as_the_schema_says(path: Path) -> None:
    asked: Any = None
    for mark, text in entries(path.read_text(encoding="utf-8")):
        if mark == ">":
            try:
                asked = INPUT.is_valid(json.loads(text, object_pairs_hook=no_key_twice)), text
            except ValueError:  # What is no JSON is no input either.
                asked = False, text
        elif mark == "?":
            answer = json.loads(text)
            if asked and answer.get("code") == "RY1001":
                assert asked[0] is False, f"malformed, but in the schema: {asked[1]}"
            elif asked and "code" not in answer:
                assert asked[0] is True, f"taken, but not in the schema: {asked[1]}"
            if "last" not in answer and answer.keys() != {"seq"}:  # These are the runner's own.
                ANSWERS["Problem" if "code" in answer else "Decision"].validate(answer)
            asked = None
        elif mark == "<":
            ANSWERS["Effect"].validate(json.loads(text))
        elif mark == "~" and text != "null":
            ANSWERS["Wakeup"].validate(json.loads(text))
        elif mark == "!" and text.startswith("new "):
            genesis = json.loads(text.removeprefix("new "))
            try:
                Broker.new_json(json.dumps(genesis).encode(), [])
                assert GENESIS_OF.is_valid(genesis), text
            except ReynoldsError as error:
                assert error.code != "RY1001" or not GENESIS_OF.is_valid(genesis), text


def test_the_examples_of_the_documentation_are_as_the_schema_says() -> None:
    shown = re.findall(r"<!-- (\w+) -->\n```json\n(.*?)```", (ROOT / "docs" / "wire.md").read_text(encoding="utf-8"), re.DOTALL)
    assert {name for name, _ in shown} == {"input", "decision", "effect", "wakeup", "problem"}
    for name, text in shown:
        (INPUT if name == "input" else ANSWERS[name.title()]).validate(json.loads(text))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(inputs, max_size=4))
def test_the_schema_and_the_core_agree_on_what_is_malformed(life: list[Any]) -> None:
    broker = Broker(GENESIS)  # type: ignore[arg-type]
    for value in life:
        try:
            ANSWERS["Decision"].validate(broker.submit(1, value))
            assert INPUT.is_valid(value), value
        except ReynoldsError as error:
            assert error.code != "RY1001" or not INPUT.is_valid(value), (value, error.message)
