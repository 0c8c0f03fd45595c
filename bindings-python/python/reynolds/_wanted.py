"""What a process wants done, beside its reports: a line that it writes, and the line that answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import HostError, ReynoldsError

if TYPE_CHECKING:
    from .agents import Link

WANTS = ("send", "patch")


async def wanted(link: Link, said: Mapping[str, Any]) -> dict[str, Any]:
    """Does what the line asks for, and returns the answer. A line that can not be used ends nothing: it is refused."""
    dispatch, epoch = said["dispatch"], said.get("epoch")
    answer: dict[str, Any] = {"type": "refused", "dispatch": dispatch}
    try:
        call, what = _asked(said)
        if isinstance(what.get("key"), str):
            answer["key"] = what["key"]
        if call == "send":
            return {**answer, "type": "sent", "sent": await link.send(dispatch, what, epoch)}
        patched = await link.patch(dispatch, what, epoch)
        return {**answer, "type": "patched", "key": patched["key"], **({"duplicate": True} if patched["duplicate"] else {})}
    except ReynoldsError as error:
        if error.code == "RY2206":  # Who wrote the process reads its host's log rather than its own.
            link.trouble(f"it has written what can not be done: {error.message.removeprefix('RY2206: ')}", error)
        return {**answer, "error": {"code": error.code, "message": error.message}}


def _asked(said: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    calls = [name for name in (*WANTS, "report") if name in said]
    if len(calls) > 1:
        raise _unusable(f"a line says one thing, and this one has {' and '.join(f'`{name}`' for name in calls)}")
    call, what = calls[0], said[calls[0]]
    if not isinstance(what, Mapping):
        raise _unusable(f"`{call}` of a line must be a mapping, it is {what!r:.100}")
    if call == "send" and not isinstance(what.get("key"), str):
        raise _unusable("`send` of a process needs a `key`, which is a text: the answer names it, and what is said again after a crash is sent once")
    return call, what


def _unusable(what: str) -> HostError:
    return HostError("RY2206", f"RY2206: {what}")
