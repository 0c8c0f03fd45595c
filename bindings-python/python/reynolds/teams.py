"""Microsoft Teams and other Bot Framework channels: reading activities, and what a bot needs to answer there. Who sent an activity is
for your SDK to check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from . import _native
from ._request import Body, raw
from .errors import HostError
from .types import EventInput

__all__ = ["Ref", "event", "object", "ref"]


class Ref(NamedTuple):
    """Where a conversation is."""

    conversation: str
    """Its id, as Bot Framework takes it."""
    thread: str | None
    """The id of the message that began the thread, where it is one."""


def event(activity: Body | Mapping[str, Any]) -> EventInput:
    """Reads an activity, raw or parsed.

    Raises: `ReadError` RY1101 to RY1109.
    """
    return _native.teams(raw(activity))


def ref(subject: str) -> Ref:
    """Where a subject like `teams:19:ab@thread.tacv2;messageid=17` is.

    Raises: `HostError` RY2207 if it is no conversation.
    """
    found = re.fullmatch(r"teams:(?!msg/)([^;]+(?:;messageid=(.+))?)", subject)
    if not found:
        raise HostError("RY2207", f"RY2207: `{subject}` is no conversation; expected `teams:CONVERSATION`")
    return Ref(found[1], found[2])


def object(conversation: str, id: str) -> str:
    """The object of a message, as `perform` returns it and events name it: `teams:msg/CONVERSATION/ID`, the same from every thread.

    Raises: `HostError` RY2206 without a conversation or an id: it would be the object of other messages too.
    """
    for name, value in (("conversation", conversation), ("id", id)):
        if not isinstance(value, str) or not value:
            raise HostError("RY2206", f"RY2206: the call can not be made: `{name}` must be a text, not empty, it is {value!r:.100}")
    return f"teams:msg/{conversation.split(';messageid=')[0]}/{id}"
