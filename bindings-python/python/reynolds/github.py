"""GitHub: reading and checking its webhooks, and what a bot needs to answer there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from . import _native
from ._request import Body, Headers, is_raw, pairs, raw
from .errors import HostError
from .types import Effect, EventInput

__all__ = ["Ref", "event", "mark", "marked", "ref", "verify"]


class Ref(NamedTuple):
    """Where an issue or pull request is, in the words of GitHub's API."""

    owner: str
    repo: str
    number: int


def event(
    headers: Headers = (),
    body: Body | Mapping[str, Any] = b"",
    *,
    id: str | None = None,
    name: str | None = None,
    payload: Mapping[str, Any] | None = None,
) -> EventInput:
    """Reads a delivery: its headers and its body, raw or parsed; or `id`, `name` and `payload` as some frameworks have them.

    Raises: `ReadError` RY1101 to RY1108.
    """
    if payload is not None:
        headers, body = [("X-GitHub-Event", name or ""), ("X-GitHub-Delivery", id or "")], payload
    return _native.github(pairs(headers), raw(body))


def verify(secrets: str | bytes | Iterable[str | bytes], headers: Headers, body: Body) -> None:
    """Checks the header `X-Hub-Signature-256`, in constant time. Several secrets can be given, to replace one without
    losing deliveries. `body` must be raw.

    Raises: `ReadError` RY1107: answer 401. `HostError` RY2206 without a secret, or with an empty one.
    """
    if not is_raw(body):
        raise HostError("RY2206", "RY2206: the call can not be made: a signature is over the raw body, not over a parsed one")
    several = [secrets] if isinstance(secrets, str | bytes) else secrets
    if not isinstance(several, Iterable):
        raise _no_secrets(several)
    several = list(several)
    for secret in several:
        # Everybody can sign with an empty one.
        if not isinstance(secret, str | bytes) or not secret:
            raise _no_secrets(secret)
    signature = next((value for name, value in pairs(headers) if name.lower() == "x-hub-signature-256"), "")
    _native.verify_github([secret.encode() if isinstance(secret, str) else secret for secret in several], signature, raw(body))


def _no_secrets(found: object) -> HostError:
    kind = "empty" if isinstance(found, str | bytes) else type(found).__name__
    what = f"`secrets` must be a text or bytes, not empty, or several of these, it is {kind}"
    return HostError("RY2206", f"RY2206: the call can not be made: {what}")


def ref(subject: str) -> Ref:
    """Where a subject like `github:acme/api#7` is.

    Raises: `HostError` RY2207 if it is no issue or pull request.
    """
    found = re.fullmatch(r"github:([^/#]+)/([^/#]+)#(\d+)", subject)
    if not found:
        raise HostError("RY2207", f"RY2207: `{subject}` is no issue or pull request; expected `github:owner/repo#7`")
    return Ref(found[1], found[2], int(found[3]))


def mark(effect: Effect) -> str:
    """The effect's text with its marker hidden behind it, for comments, issues and reviews. `marked` finds it again.

    Raises: `HostError` RY2206 for what is no effect: its marker would be that of all others.
    """
    _need_effect(effect)
    return _native.mark(effect.get("text", "") if effect["type"] == "act" else "", _marker(effect))


def marked(text: str | None, effect: Effect) -> bool:
    """Does a text carry the effect's marker? Ask it of each recent comment in `find`.

    Raises: `HostError` RY2206 for what is no effect.
    """
    _need_effect(effect)
    return isinstance(text, str) and f"<!-- {_marker(effect)} -->" in text


def _need_effect(effect: object) -> None:
    given: Mapping[str, Any] = effect if isinstance(effect, Mapping) else {}
    if all(isinstance(given.get(name), str) and given[name] for name in ("type", "id")):
        return
    found = "has no `type` or no `id`" if isinstance(effect, Mapping) else f"is {type(effect).__name__}"
    raise HostError("RY2206", f"RY2206: the call can not be made: the effect {found}; give it as `perform` or `find` got it")


def _marker(effect: Effect) -> str:
    """What tells an effect's message from all others: its token, or without keys its idempotency key."""
    given: Mapping[str, Any] = effect
    return str(given.get("token") or f"reynolds:{given.get('idempotency_key') or effect['id']}")
