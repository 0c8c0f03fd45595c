"""What is wrong is refused by its number and by the name of the field, and changes nothing."""

from __future__ import annotations

import collections
import json
import os
import subprocess
import sys
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from reynolds import Broker, HostError, Misuse, Rejected, RestoreError, StorageError

EVENT: dict[str, Any] = {"type": "event", "id": "d1", "source": "github", "kind": "push", "subject": "s"}
EFFECT: dict[str, Any] = {"kind": "comment", "subject": "s", "payload": {}}


def broker() -> Any:
    return Broker({"name": "t"})


def refused(value: Any) -> Rejected:
    target = broker()
    before = target.ask({"type": "digest"})
    with pytest.raises(Rejected) as raised:
        target.submit(1000, value)
    assert target.ask({"type": "digest"}) == before
    assert target.staged(1) is None
    return raised.value


WRONG_EVENTS: list[tuple[str, Any]] = [
    (field, wrong)
    for field in ("id", "source", "kind", "subject", "about", "text", "object", "reply_to", "tenant", "traceparent")
    for wrong in (5, 1.5, True, b"bytes", ["x"], {"x": 1}, object(), {1, 2})
] + [
    (field, wrong)
    for field in ("version", "progress", "occurred_at")
    for wrong in ("5", 1.5, True, -1, 2**64, 2**200, b"5", [5], float("nan"))
] + [
    ("actor", "octocat"),
    ("actor", {"id": 7}),
    ("actor", {"id": "x", "class": "robot"}),
    ("also", "ci.failed"),
    ("also", ["a", 5]),
    ("attempt", [1]),
    ("attempt", [1, 2, 3]),
    ("attempt", [1, "3"]),
    ("attributes", {"a": 1}),
    ("attributes", {1: "a"}),
    ("attributes", [("a", "b")]),
    ("state", {"property": "labels"}),
]


@pytest.mark.parametrize(("field", "wrong"), WRONG_EVENTS, ids=[f"{f}={w!r:.20}" for f, w in WRONG_EVENTS])
def test_a_wrong_type_names_its_field(field: str, wrong: Any) -> None:
    error = refused({**EVENT, field: wrong})
    assert error.code == "RY1001"
    assert f"`{field}" in error.message or error.message.startswith("RY1001: not a valid input: `"), error.message
    assert field in error.message


@pytest.mark.parametrize("field", ["id", "source", "kind", "subject"])
def test_a_missing_field_is_named(field: str) -> None:
    error = refused({key: value for key, value in EVENT.items() if key != field})
    assert (error.code, f"`{field}`" in error.message) == ("RY1001", True)


def test_an_unknown_key_is_named() -> None:
    assert "`knd`" in refused({**EVENT, "knd": "x"}).message


@pytest.mark.parametrize("value", [None, 5, "event", [], b"{}", MappingProxyType(EVENT), {}, {"type": 5}, {"type": "party"}])
def test_what_is_no_input_says_what_it_is(value: Any) -> None:
    assert refused(value).code == "RY1001"


def proposed(payload: Any) -> Any:
    return {"type": "propose", "cause": "d1", "effects": [{**EFFECT, "payload": payload}]}


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({"a": [1, float("nan")]}, "`effects[0].payload.a[1]`: NaN"),
        ({"a": float("inf")}, "`effects[0].payload.a`: inf"),
        ({"a": 2**53}, "`effects[0].payload.a`: a whole number must be below 2^53"),
        ({"a": -(2**70)}, "`effects[0].payload.a`: a whole number must be below 2^53"),
        ({"a": "\ud800"}, "`effects[0].payload.a`: a text with half of a surrogate pair"),
        ({"a": b"x"}, "`effects[0].payload.a`: must be any valid JSON value, it is of the type bytes"),
        ({"a": {2: 3}}, "`effects[0].payload.a`: a key is of type int"),
        ({"a": {"\udfff": 3}}, "`effects[0].payload.a`: a key has half of a surrogate pair"),
        ({"a": {1, 2}}, "`effects[0].payload.a`: must be any valid JSON value, it is of the type set"),
    ],
)
def test_what_json_can_not_say_is_named_with_its_path(payload: Any, path: str) -> None:
    error = refused(proposed(payload))
    assert error.code == "RY1001"
    assert path in error.message


def test_a_structure_within_itself_is_refused() -> None:
    within: dict[str, Any] = {}
    within["one"] = within["two"] = within
    assert "nested deeper than 128 levels, or within itself" in refused(proposed(within)).message


def test_a_structure_that_grows_when_written_down_is_refused() -> None:
    grown: list[Any] = ["x"]
    for _ in range(60):
        grown = [grown, grown]
    assert "more than 1000000 values" in refused(proposed(grown)).message


def test_subclasses_of_plain_types_are_read_as_what_they_are() -> None:
    class Kind(str, Enum):
        PUSH = "push"

    event = collections.OrderedDict(EVENT, kind=Kind.PUSH, also=("a", "b"))
    answer = broker().submit(1000, event)
    assert answer["seq"] == 2


@pytest.mark.parametrize("at", [-1, 1.5, "1000", None, True, 2**53, 2**200])
def test_a_time_is_a_whole_number(at: Any) -> None:
    target = broker()
    calls: list[Callable[[], object]] = [
        lambda: target.submit(at, EVENT),
        lambda: target.submit_all(at, [EVENT]),
        lambda: target.advance(at),
        lambda: target.submit_json(at, b"{}"),
    ]
    for call in calls:
        with pytest.raises(Rejected, match="RY1005: `at` is "):
            call()
    with pytest.raises(Rejected, match="RY1005: `after` is "):
        target.released(at)


def test_one_wrong_input_of_several_spoils_no_other() -> None:
    answers = broker().submit_all(1000, [EVENT, {"type": "event", "id": 5}, EVENT])
    assert [answer.get("code", answer.get("seq")) for answer in answers] == [2, "RY1001", 2]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"actor": 5}, "`actor`: must be an object, it is 5"),
        ({"actor": []}, "`actor`: must be an object, it is a list"),
        ({"actor": {"id": "x:a", "class": 5}}, "`actor.class`: must be a text"),
        ({"actor": {"id": "x:a", "class": "robot"}}, "`actor.class`: unknown value `robot`, expected one of `unknown`, "),
        ({"text": {}}, "`text`: must be a text, it is an object"),
        ({"also": "x"}, '`also`: must be a list, it is the text "x"'),
        ({"also": [None]}, "`also[0]`: must be a text, it is null"),
        ({"version": -1}, "`version`: must be a whole number from 0 to 2^53 - 1, it is -1"),
        ({"version": 1.5}, "`version`: must be a whole number from 0 to 2^53 - 1, it is 1.5"),
        ({"version": True}, "`version`: must be a whole number from 0 to 2^53 - 1, it is true"),
        ({"attempt": [1]}, "`attempt`: must be a list of 2, it has 1"),
        ({"attempt": [1, 2, 3]}, "`attempt[2]`: is one too many"),
        ({"attempt": [1, 2**32]}, "`attempt[1]`: must be a whole number from 0 to 4,294,967,295, it is 4294967296"),
        ({"attributes": {"a": 1}}, "`attributes.a`: must be a text, it is 1"),
        ({"attributes": "a=1"}, '`attributes`: must be an object, it is the text "a=1"'),
        ({"knd": "x"}, "unknown field `knd`, expected one of "),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_without_a_word_of_rust_and_the_same_at_both_doors(wrong: dict[str, Any], said: str) -> None:
    given: Any = {**EVENT, **wrong}
    error = refused(given)
    assert error.message.startswith(f"RY1001: not a valid input: {said}")
    with pytest.raises(Rejected) as by_json:
        broker().submit_json(1000, json.dumps(given).encode())
    assert by_json.value.message == error.message


def test_keys_of_the_wrong_form_are_named() -> None:
    for keys in ([(256, b"x")], [(1, "text")], 5, [1]):
        with pytest.raises(HostError, match="RY2206: .*`keys`"):
            Broker({"name": "t"}, keys)  # type: ignore[arg-type]
    with pytest.raises(Misuse, match="RY2005: .* 13 of at least 14 bytes"):
        Broker({"name": "t"}, [(1, b"thirteen byte")])


def test_a_panic_poisons_the_broker_and_raises() -> None:
    target = broker()
    with pytest.raises(Misuse, match="asked to") as raised:
        target.panic()
    assert raised.value.code == "RY2001"
    with pytest.raises(Misuse, match="RY2001"):
        target.submit(1000, EVENT)


def test_bytes_that_are_no_journal_are_refused() -> None:
    for journal, code in ((b"", "RY3001"), (b"x" * 100, "RY3002")):
        with pytest.raises(RestoreError) as raised:
            Broker.restore(journal)
        assert raised.value.code == code


def test_a_journal_has_one_owner(tmp_path: Path) -> None:
    path = tmp_path / "bot.ryj"
    first = Broker.open(path, {"name": "t"})
    for name in ("t", "other"):
        with pytest.raises(StorageError, match="RY2101"):
            Broker.open(path, {"name": name})
    first.close()
    with pytest.raises(HostError, match="RY2202"):
        first.commit()
    with pytest.raises(StorageError, match="RY2105"):
        Broker.open(path, {"name": "other"})
    assert Broker.open(path, {"name": "t"}).opened["last"] == 1


def test_another_process_can_not_open_it(tmp_path: Path) -> None:
    path = tmp_path / "bot.ryj"
    owner = Broker.open(path, {"name": "t"})
    code = "import reynolds, sys\ntry: reynolds.Broker.open(sys.argv[1], {'name': 't'})\nexcept reynolds.StorageError as e: print(e.code)"
    said = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert said.stdout == "RY2101\n"
    owner.close()


FORKS = """
import os, sys
from reynolds import Broker, StorageError

def event(n):
    return {"type": "event", "id": f"d{n}", "source": "s", "kind": "push", "subject": "s"}

owner = Broker.open(sys.argv[1], {"name": "t"})
owner.submit(1000, event(1))
owner.commit()
child = os.fork()
if child == 0:
    owner.submit(2000, event(2))
    try:
        owner.commit()
    except StorageError as error:
        os._exit(21 if error.code == "RY2103" and "process" in str(error) else 1)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
owner.submit(2000, event(3))
owner.commit()
owner.close()
print(Broker.open(sys.argv[1], {"name": "t"}).opened["last"])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_fork_of_its_owner_writes_nothing_into_it(tmp_path: Path) -> None:
    path = str(tmp_path / "bot.ryj")
    said = subprocess.run([sys.executable, "-c", FORKS, path], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["21", "3"]


def test_an_error_can_be_copied_to_another_process() -> None:
    import pickle

    error = refused({"type": "party"})
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.code, str(again)) == (Rejected, "RY1001", str(error))
