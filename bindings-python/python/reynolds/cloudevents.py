"""CloudEvents 1.0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import _native
from ._request import Body, Headers, pairs, raw
from .types import EventInput

__all__ = ["events"]


def events(headers: Headers, body: Body | Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> list[EventInput]:
    """Reads a request in binary, structured or batched form. Without headers, `body` is in one of the last two, raw or parsed.

    Raises: `ReadError` RY1101 to RY1109.
    """
    return _native.cloudevents(pairs(headers), raw(body))
