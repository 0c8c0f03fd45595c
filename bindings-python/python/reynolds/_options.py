"""The options of a host, checked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .clock import Clock
from .errors import HostError, ReynoldsError
from .host_types import Find, Handler, Keys, Perform
from .types import AskEffect, Decision, Genesis, Input


@dataclass
class Options:
    name: str
    perform: Perform
    find: Find | None
    handlers: Mapping[str, Handler]
    resume: Handler | None
    keys: list[tuple[int, bytes]]
    timeout_ms: int
    concurrency: int
    snapshot_every: int
    close_ms: int
    on_decision: Callable[[Decision, Input | None], object] | None
    on_error: Callable[[ReynoldsError], object] | None
    clock: Clock
    genesis: Genesis
    ask: Callable[[AskEffect], Awaitable[Any]] | None = None

    @property
    def logs_only(self) -> bool:
        """Nothing may change for a living bot."""
        return self.genesis.get("config", {}).get("enforce") == "log"


def ring(keys: Keys | None) -> list[tuple[int, bytes]]:
    ring = []
    for number, secret in (keys or {}).items():
        if not isinstance(number, int) or not 0 <= number <= 255:
            raise wrong_call(f"a key of `keys` must be a number from 0 to 255, it is {number!r}")
        if not isinstance(secret, str | bytes) or not secret:
            raise wrong_call(f"keys[{number}] must be a text or bytes, and not empty")
        ring.append((number, secret.encode() if isinstance(secret, str) else secret))
    return ring


def wrong_call(what: str) -> HostError:
    return HostError("RY2206", f"RY2206: the call can not be made: {what}")


def closed() -> HostError:
    return HostError("RY2202", "RY2202: it is closed; open the journal again")
