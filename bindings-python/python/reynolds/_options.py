"""The options of a host, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any, cast

from ._config import INLINE
from .clock import Clock
from .errors import HostError, ReynoldsError
from .host_types import Find, Handler, Keys, Perform
from .types import AskEffect, Decision, Genesis, Input

_FUNCTIONS = ("find", "resume", "ask", "on_decision", "on_error")
_WHOLE = {"timeout_ms": 1, "concurrency": 1, "max_handlers": 1, "snapshot_every": 1, "close_ms": 0}


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
    max_handlers: int
    snapshot_every: int
    close_ms: int
    on_decision: Callable[[Decision, Input | None], object] | None
    on_error: Callable[[ReynoldsError], object] | None
    clock: Clock
    genesis: Genesis
    ask: Callable[[AskEffect], object] | None = None

    def __post_init__(self) -> None:
        """Refuses what can not be, before anything depends on it.

        Raises: `HostError` RY2206 naming the option.
        """
        if not isinstance(self.name, str):
            raise wrong_call(f"`name` must be a text, it is {_kind(self.name)}")
        for option in ("perform", *(option for option in _FUNCTIONS if getattr(self, option) is not None)):
            _function(option, getattr(self, option))
        if not isinstance(self.handlers, Mapping):
            raise wrong_call(f"`handlers` must be a mapping of names to functions, it is {_kind(self.handlers)}")
        for name, handler in self.handlers.items():
            _function(f"handlers[{name!r}]", handler)
        self._check_rules()
        for option, least in _WHOLE.items():
            whole(option, getattr(self, option), least)
        now = getattr(self.clock, "now", None)
        if not callable(now) or not callable(getattr(self.clock, "after", None)):
            raise wrong_call(f"`clock` must have the methods `now` and `after`, it is {_kind(self.clock)}")
        whole("clock.now()", now(), 0)

    def _check_rules(self) -> None:
        """Events for a handler that is missing would wait for ever. The core looks at the rules more closely."""
        for rule in cast("list[Any]", self.genesis.get("config", {}).get("rules", [])):
            name, handler = (rule.get("id"), rule.get("handle")) if isinstance(rule, dict) else (None, None)
            if isinstance(name, str) and isinstance(handler, str) and handler != INLINE and handler not in self.handlers:
                raise wrong_call(f"the rule `{name}` names the handler `{handler}`, which is none of `handlers`")

    @property
    def logs_only(self) -> bool:
        """Nothing may change for a living bot."""
        return self.genesis.get("config", {}).get("enforce") == "log"


def whole(what: str, value: object, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise wrong_call(f"`{what}` must be a whole number, {least} or more, it is {_short(value)}")


def _function(what: str, value: object) -> None:
    if not callable(value):
        raise wrong_call(f"`{what}` must be a function, it is {_kind(value)}")


def folder(path: object) -> None:
    """Refuses what is no place for a journal."""
    if not isinstance(path, str | PathLike) or not str(path):
        raise wrong_call(f'`path` must be a folder, or ":memory:", it is {_short(path)}')


def _kind(value: object) -> str:
    return type(value).__name__


def _short(value: object) -> str:
    return repr(value)[:100]


def ring(keys: Keys | None) -> list[tuple[int, bytes]]:
    ring = []
    if keys is not None and not isinstance(keys, Mapping):
        raise wrong_call(f"`keys` must be a mapping of numbers to secrets, it is {_kind(keys)}")
    for number, secret in (keys or {}).items():
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= 255:
            raise wrong_call(f"a key of `keys` must be a number from 0 to 255, it is {number!r}")
        if not isinstance(secret, str | bytes):
            raise wrong_call(f"keys[{number}] must be a text or bytes")
        ring.append((number, secret.encode() if isinstance(secret, str) else secret))
    return ring


def wrong_call(what: str) -> HostError:
    return HostError("RY2206", f"RY2206: the call can not be made: {what}")


def other_loop() -> HostError:
    what = "it was opened in another event loop; call it there, from other threads with asyncio.run_coroutine_threadsafe"
    return HostError("RY2201", f"RY2201: {what}")


def closed() -> HostError:
    return HostError("RY2202", "RY2202: it is closed; open the journal again")
