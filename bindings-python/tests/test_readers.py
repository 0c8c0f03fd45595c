"""Webhooks, raw and parsed, as web frameworks hand them over."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from reynolds import HostError, ReadError, cloudevents, eventgrid, github, teams

HEADERS = {"X-GitHub-Event": "issue_comment", "X-GitHub-Delivery": "72d3162e", "Content-Type": "application/json"}
BODY = json.dumps(
    {
        "action": "created",
        "issue": {"number": 7},
        "comment": {"id": 17, "node_id": "IC_1", "body": "Which release?", "updated_at": "2024-01-01T00:00:00Z"},
        "repository": {"full_name": "acme/api"},
        "sender": {"login": "octocat", "type": "User"},
    }
).encode()


def test_a_github_delivery_is_read_from_bytes() -> None:
    event = github.event(HEADERS, BODY)
    assert list(event)[0] == "type"
    assert (event["type"], event["id"], event["source"], event["kind"]) == ("event", "72d3162e", "github", "issue_comment.created")
    assert (event["subject"], event.get("object"), event.get("text")) == ("github:acme/api#7", "github:comment/17", "Which release?")
    assert event.get("actor") == {"id": "github:octocat", "class": "human"}


def test_headers_come_in_any_form() -> None:
    expected = github.event(HEADERS, BODY)
    asgi = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
    for headers in (list(HEADERS.items()), {name.upper(): value for name, value in HEADERS.items()}, asgi, iter(HEADERS.items())):
        assert github.event(headers, BODY) == expected
    for body in (bytearray(BODY), memoryview(BODY), BODY.decode()):
        assert github.event(HEADERS, body) == expected


def test_a_parsed_payload_is_read_too() -> None:
    raw = github.event(HEADERS, BODY)
    for parsed in (
        github.event(HEADERS, json.loads(BODY)),
        github.event(id="72d3162e", name="issue_comment", payload=json.loads(BODY)),
    ):
        # The content key is a digest of the bytes, and these are others.
        assert {**parsed, "content_key": ""} == {**raw, "content_key": ""}


def test_githubs_own_signature_vector() -> None:
    secret, body = "It's a Secret to Everybody", b"Hello, World!"
    headers = {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}
    github.verify(secret, headers, body)
    github.verify(["new", secret.encode()], headers, body)
    for secrets, given, content in ((secret, headers, b"Hello, World?"), ("other", headers, body), (secret, {}, body), ([], headers, body)):
        with pytest.raises(ReadError) as raised:
            github.verify(secrets, given, content)
        assert raised.value.code == "RY1107"
    with pytest.raises(ReadError, match=r"the header X-Hub-Signature-256 is missing \(set a secret at GitHub, or pass the header on\)"):
        github.verify(secret, [("X-GitHub-Event", "issues")], body)
    with pytest.raises(HostError, match="RY2206.*raw body"):
        github.verify(secret, headers, {"parsed": True})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        (HEADERS, b"{", "RY1101"),
        (HEADERS, b"\xff\xfe", "RY1104"),
        (HEADERS, b"[" * 500, "RY1103"),
        (HEADERS, b"5", "RY1108"),
        ({}, BODY, "RY1106"),
        (HEADERS, {"a": {1, 2}}, "RY1108"),
        (HEADERS, {"a": "\ud800"}, "RY1108"),
        (5, BODY, "RY2206"),
        ([("a",)], BODY, "RY2206"),
    ],
)
def test_what_can_not_be_read_has_a_number(headers: Any, body: Any, code: str) -> None:
    with pytest.raises((ReadError, HostError)) as raised:
        github.event(headers, body)
    assert raised.value.code == code


def test_a_parsed_payload_within_itself_has_a_number() -> None:
    within: dict[str, Any] = {}
    within["a"] = within
    with pytest.raises(ReadError, match="RY1108"):
        github.event(HEADERS, within)


def test_a_teams_activity_is_read_from_bytes_and_parsed() -> None:
    activity = {
        "type": "message", "id": "1", "channelId": "msteams", "text": "Hi",
        "conversation": {"id": "19:x"}, "from": {"id": "29:a", "name": "Ada", "role": "user"},
    }  # fmt: skip
    event = teams.event(activity)
    assert event == teams.event(json.dumps(activity).encode())
    assert (event["source"], event.get("text")) == ("teams", "Hi")


def test_event_grid_and_cloudevents_are_lists() -> None:
    grid = [{"id": "1", "subject": "s", "eventType": "T", "topic": "t", "eventTime": "2024-01-01T00:00:00Z", "data": {}}]
    assert [event["id"] for event in eventgrid.events(grid)] == ["1"]
    cloud = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "subject": "x"}
    assert cloudevents.events({}, cloud) == cloudevents.events({}, [cloud]) == cloudevents.events({}, json.dumps(cloud))
    binary = {f"ce-{name}": value for name, value in cloud.items()}
    assert [event["id"] for event in cloudevents.events(binary, b"")] == ["1"]


def test_where_a_subject_is() -> None:
    assert github.ref("github:acme/api#7") == ("acme", "api", 7)
    for wrong in ("teams:x", "github:acme/api", "github:acme#7", "github:acme/api#x"):
        with pytest.raises(HostError, match="RY2207"):
            github.ref(wrong)


def test_a_teams_conversation_is_named_for_bot_framework_and_a_message_as_its_event_names_it() -> None:
    base = "19:ab@thread.tacv2"
    assert teams.ref(f"teams:{base}") == (base, None)
    assert teams.ref(f"teams:{base};messageid=17") == (f"{base};messageid=17", "17")
    for wrong in ("github:acme/api#7", "teams:", "teams:msg/x/1", "teams:;messageid=1"):
        with pytest.raises(HostError, match="RY2207"):
            teams.ref(wrong)
    for conversation in (base, f"{base};messageid=17"):
        activity = {"type": "message", "id": "18", "channelId": "msteams", "conversation": {"id": conversation}, "text": "hi"}
        event = teams.event(activity)
        assert teams.object(teams.ref(event["subject"]).conversation, "18") == event.get("object")
        assert event.get("object") == "teams:msg/19:ab@thread.tacv2/18"


def test_a_marker_is_found_again() -> None:
    effect: Any = {"type": "act", "id": "2.0", "kind": "comment", "subject": "s", "text": "Hi", "idempotency_key": "t/2.0"}
    assert github.mark(effect) == "Hi\n\n<!-- reynolds:t/2.0 -->"
    assert github.marked("Hi\n\n<!-- reynolds:t/2.0 -->", effect)
    assert not github.marked("Hi\n\n<!-- reynolds:t/2.01 -->", effect)
    assert not github.marked(None, effect)
    signed: Any = {**effect, "token": "ry1.x"}
    assert github.mark(signed) == "Hi\n\n<!-- ry1.x -->"


def test_a_header_without_a_value_is_not_there() -> None:
    for headers in ({**HEADERS, "X-GitHub-Delivery": None}, [*((k, v) for k, v in HEADERS.items() if k[-1] != "y"), ("X-GitHub-Delivery", None)]):
        with pytest.raises(ReadError, match="X-GitHub-Delivery"):
            github.event(headers, BODY)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [None, 5, [None], ["a", 5], "", b"", ["a", ""]])
def test_secrets_that_can_not_be_are_named(wrong: Any) -> None:
    with pytest.raises(HostError, match="RY2206.*`secrets`"):
        github.verify(wrong, {}, b"x")


@pytest.mark.parametrize("name", ["X-GitHub-Event", "X-GitHub-Delivery", "X-Hub-Signature-256", "X-Other"])
def test_a_header_that_is_no_utf_8_is_the_senders_fault(name: str) -> None:
    # As servers hand over the byte ff.
    headers = {"X-GitHub-Event": "issues", "X-GitHub-Delivery": "d1", name: "\udcff"}
    with pytest.raises(ReadError, match="^RY1107"):
        github.verify("secret", headers, b"{}")
    assert github.event(headers, BODY)["source"] == "github"


def test_what_names_no_message_is_refused_and_gets_no_name_that_others_have_too() -> None:
    for conversation, id in (("19:c", None), ("19:c", ""), (None, "7"), ("", "7")):
        with pytest.raises(HostError, match="^RY2206"):
            teams.object(cast(Any, conversation), cast(Any, id))
    for none in ({"text": "hi"}, {"type": "act", "text": "hi"}, {"id": "2.0"}, None, "2.0"):
        with pytest.raises(HostError, match="^RY2206: .*give it as `perform` or `find` got it$"):
            github.mark(cast(Any, none))
        with pytest.raises(HostError, match="^RY2206"):
            github.marked("<!-- reynolds:None -->", cast(Any, none))
