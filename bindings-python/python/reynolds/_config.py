"""The configuration that a host layer adds its own rule to."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

from .errors import Rejected
from .types import Config, Event, Input

INLINE = "reynolds:handle"
"""The handler of events that were given to `handle`. The same in every language: a journal may be opened by another one."""

MARK = "reynolds"
"""The attribute that marks such an event."""


Identity: TypeAlias = tuple[str, str, str]
"""What makes two deliveries one event."""

_COMPARE = "compare with the wire format in the documentation"


def config_of(given: dict[str, Any]) -> Config:
    """The configuration in the options, with the rule by which `handle` gets its events back."""
    return _inlined({key: value for key, value in given.items() if value is not None})


def configured(input: Input) -> Input:
    """An input of the host's own. `configure` keeps that rule: without it every `handle` would wait for nothing. What it may repeat, and
    what then, the configuration can say. An event does not trigger it, whatever attributes its sender has made up: only `handle` does."""
    given: Any = input
    if not isinstance(given, dict):
        what, each = _kind(given), "; submit each" if isinstance(given, list | tuple) else ""
        message = f"RY1001: not a valid input: an input must be an object, it is {what}{each}; {_COMPARE}"
        raise Rejected("RY1001", message)
    if given.get("type") == "event":
        return cast(Input, _unmarked(given))
    if given.get("type") != "configure" or not isinstance(given.get("config"), dict):
        return input
    if not isinstance(given["config"].get("rules", []), list):
        return input  # The core says what is wrong with it.
    return cast(Input, {**given, "config": _inlined(given["config"])})


def _kind(value: object) -> str:
    if value is None or isinstance(value, int | float):
        return "null" if value is None else str(value)
    if isinstance(value, list | tuple):
        return "a list"
    return "a text" if isinstance(value, str) else f"of the type {type(value).__name__}"


def _inlined(config: dict[str, Any]) -> Config:
    rules = config.get("rules", [])
    own = [_told(rule) for rule in rules if _is_ours(rule)] or [{}]
    # Two of them are the core's to refuse.
    made = [{"id": INLINE, "when": _when(config.get("enforce") == "log"), "handle": INLINE, **more} for more in own]
    return cast(Config, {**config, "rules": [*(rule for rule in rules if not _is_ours(rule)), *made]})


def _is_ours(rule: object) -> bool:
    return isinstance(rule, dict) and rule.get("id") == INLINE


def _when(logs: bool) -> dict[str, Any]:
    marked: dict[str, Any] = {f"attributes.{MARK}": INLINE}
    # In log mode nothing may change for a living bot: it gets its own echoes too, as it did before.
    return {"all": [marked, {"any": [{"echo": True}, {"echo": False}]}]} if logs else marked


def _told(rule: dict[str, Any]) -> dict[str, Any]:
    """What somebody says of the rule for `handle`.

    Raises: `Rejected` RY1014 if that is more than what it may repeat, and what then.
    """
    told = {name: value for name, value in rule.items() if name != "id" and value is not None and not _is_built_in(name, value)}
    if others := [f"`{name}`" for name in told if name not in ("loops", "enforce")]:
        why = "it is the rule of `handle`, and may have `loops` and `enforce` beside its `id`, but not"
        place = f"rule `{INLINE}`"
        message = f"RY1014: configuration, {place}: {why} {', '.join(others)}: give that to a rule of another id"
        raise Rejected("RY1014", message, place)
    return told


def _is_built_in(name: str, value: object) -> bool:
    """A configuration that was read from a broker has the rule as it was made, with each text as a list."""
    if name == "when":
        return any(value in (_when(logs), _listed(_when(logs))) for logs in (True, False))
    return name == "handle" and value == INLINE


def _listed(when: Any) -> Any:
    if isinstance(when, dict):
        return {name: _listed(value) for name, value in when.items()}
    return [_listed(one) for one in when] if isinstance(when, list) else [when] if isinstance(when, str) else when


def marked(event: Event) -> dict[str, Any]:
    """An event as the input that asks for its handler.

    Raises: `Rejected` RY1001 if it has no id, as a payload that no reader has read, or can not have attributes.
    """
    id: Any = event.get("id")
    if not isinstance(id, str | None):
        raise Rejected("RY1001", f"RY1001: not a valid input: the `id` of an event must be a text, it is {_kind(id)}; {_COMPARE}")
    if id is None:
        message = "RY1001: not a valid input: `event` must be an event with an `id`; a reader makes one: `github.event(...)`"
        raise Rejected("RY1001", message)
    attributes: Any = event.get("attributes", {})
    if not isinstance(attributes, dict):
        kind = type(attributes).__name__
        message = f"RY1001: not a valid input: `attributes`: must be an object, it is of the type {kind}; {_COMPARE}"
        raise Rejected("RY1001", message)
    return {**event, "type": "event", "attributes": {**attributes, MARK: INLINE}}


def unmarked(event: Event) -> Event:
    """The event as the host gave it."""
    return cast(Event, _unmarked(cast("dict[str, Any]", event)))


def _unmarked(event: dict[str, Any]) -> dict[str, Any]:
    plain, attributes = {**event}, event.get("attributes")
    # Of another type, they are for the core to refuse.
    if isinstance(attributes, dict) and MARK in attributes:
        others = plain["attributes"] = {**attributes}
        del others[MARK]
        if not others:
            del plain["attributes"]
    return plain


def identity(event: Event) -> Identity:
    """What makes two deliveries one event: its tenant, source and id, as texts, whatever they are. Not joined: each may have any
    character in it."""
    return f"{event.get('tenant') or ''}", f"{event.get('source')}", f"{event.get('id')}"
