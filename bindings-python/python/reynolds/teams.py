"""Microsoft Teams and other Bot Framework channels: reading activities. Who sent one is for your SDK to check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import _native
from ._request import Body, raw
from .types import EventInput

__all__ = ["event"]


def event(activity: Body | Mapping[str, Any]) -> EventInput:
    """Reads an activity, raw or parsed.

    Raises: `ReadError` RY1101 to RY1109.
    """
    return _native.teams(raw(activity))
