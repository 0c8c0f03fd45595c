"""Which events get their handler: those given to `handle`, all of them, and no others."""

from __future__ import annotations

from typing import cast

import pytest
from reynolds import cloudevents
from reynolds.types import Input
from test_host import Platform, answer, event, run


def test_a_sender_does_not_trigger_the_rule_of_handle() -> None:
    platform = Platform()
    sent = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "reynolds": "reynolds:handle", "colour": "red"}

    async def main() -> None:
        async with platform.open(":memory:") as ry:
            (made,) = cloudevents.events({}, [{**sent, "data": {}}])
            assert made.get("attributes") == {"reynolds": "reynolds:handle", "colour": "red"}
            decided = await ry.submit(cast(Input, made))
            assert decided["verdicts"] == []
            assert ry.view.open() == []

    run(main())
    assert platform.errors == []


@pytest.mark.parametrize("tenant", [None, "acme"])
def test_an_event_is_handled_whatever_its_tenant(tenant: str | None) -> None:
    platform = Platform()

    async def main() -> None:
        async with platform.open(":memory:") as ry:
            assert (await ry.handle(event(tenant=tenant), answer))["type"] == "handled"

    run(main())
    assert platform.errors == []
