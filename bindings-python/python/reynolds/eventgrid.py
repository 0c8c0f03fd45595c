"""Azure Event Grid in its own schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import _native
from ._request import Body, raw
from .types import EventInput

__all__ = ["events"]


def events(body: Body | Sequence[Mapping[str, Any]]) -> list[EventInput]:
    """Reads a request, raw or parsed. The question whether you want events has the kind
    `Microsoft.EventGrid.SubscriptionValidationEvent`; answer with `validationResponse`, the attribute `validation_code`.

    Raises: `ReadError` RY1101 to RY1109.
    """
    return _native.eventgrid(raw(body))
