"""Requests as web frameworks hand them over, in the form the engine reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from .errors import HostError, ReadError

Headers: TypeAlias = Mapping[str, str] | Iterable[tuple[str | bytes, str | bytes]]
"""A request's headers: a mapping, or pairs of name and value."""

Body: TypeAlias = bytes | bytearray | memoryview | str
"""A request's raw body. A body that was parsed and written again has another signature."""


def pairs(headers: Headers) -> list[tuple[str, str]]:
    """Headers as pairs of texts."""
    given: Any = headers.items() if isinstance(headers, Mapping) else headers
    try:
        # Without a value it is not there: the text `None` would pass for an id.
        return [(_text(name), _text(value)) for name, value in given if value is not None]
    except (TypeError, ValueError):
        raise HostError(
            "RY2206", "RY2206: the call can not be made: `headers` must be a mapping of texts, or pairs of name and value"
        ) from None


def _text(value: object) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    # Servers hand over bytes that are no UTF-8 as halves of surrogate pairs, which are no text.
    return text.encode("utf-8", "replace").decode()


def is_raw(body: object) -> bool:
    """Is it a body as it came, and not parsed?"""
    return isinstance(body, bytes | bytearray | memoryview | str)


def raw(body: Any) -> bytes:
    """A body's bytes. What was parsed is written again."""
    if isinstance(body, bytes):
        return body
    if isinstance(body, bytearray | memoryview):
        return bytes(body)
    try:
        return (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ReadError("RY1108", f"RY1108: the payload is not JSON: {error}") from error
