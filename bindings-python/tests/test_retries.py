"""What an error of a platform's client says about an effect: the same list for every language."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from reynolds import Broker, View
from reynolds._performing import outcome_of

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parents[2] / "core/tests/hosts/retries.json").read_text(encoding="utf-8")
)
NOW = 1_700_000_000_000


def title(headers: dict[str, Any]) -> dict[str, Any]:
    return {name.title(): value for name, value in headers.items()}


class Insensitive:
    """Headers as most clients have them."""

    def __init__(self, headers: dict[str, Any]) -> None:
        self._headers = headers

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._headers

    def __getitem__(self, name: str) -> Any:
        return self._headers[name.lower()]


# Where clients keep what was answered: aiohttp, requests and PyGithub, httpx, and in between.
SHAPES: dict[str, Any] = {
    "status": lambda status, headers: {"status": status, "headers": Insensitive(headers)},
    "a plain dict": lambda status, headers: {"status": status, "headers": title(headers)},
    "status_code": lambda status, headers: {"status_code": status, "headers": headers},
    "the response's status_code": lambda status, headers: {"response": SimpleNamespace(status_code=status, headers=Insensitive(headers))},
    "the response's status": lambda status, headers: {"status": None, "response": SimpleNamespace(status=status, headers=title(headers))},
    "headers of both": lambda status, headers: {"status": status, "headers": {}, "response": SimpleNamespace(headers=headers)},
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("case", CASES, ids=[f"{case['status']} {case['headers']}" for case in CASES])
def test_an_error_comes_to_the_same_in_every_language(case: dict[str, Any], shape: str) -> None:
    error = type("E", (Exception,), SHAPES[shape](case["status"], case["headers"]))("it said no")
    expected = {
        "failed": {"type": "failed", "reason": "it said no"},
        "retry": {"type": "retry", "after_ms": case.get("after_ms")},
        "ambiguous": {"type": "ambiguous"},
    }
    assert outcome_of(error, NOW) == expected[case["comes_to"]]


def test_headers_of_another_kind_do_not_hide_the_status() -> None:
    for headers in ([("retry-after", "5")], "retry-after: 5", 5):
        error = type("E", (Exception,), {"status": 404, "headers": headers})("Not Found")
        assert outcome_of(error, NOW) == {"type": "failed", "reason": "Not Found"}


def test_a_status_says_how_far_the_brokers_time_is_ahead_of_a_clock_that_was_set_back() -> None:
    at = 1_735_689_600_000
    broker = Broker({"name": "t", "seed": 1, "durability": "volatile"})
    broker.submit(at + 3_600_000, {"type": "event", "id": "d1", "source": "s", "kind": "k", "subject": "x:1"})
    ahead = [View(broker).status()["ahead_ms"]]
    for now in (at + 1000, at + 7_201_000):
        broker.advance(now)
        ahead.append(View(broker).status()["ahead_ms"])
    # At half its pace it waits for the clock.
    assert ahead == [0, 3_599_000, 0]
