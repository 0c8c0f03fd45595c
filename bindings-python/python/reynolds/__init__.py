"""An event broker to embed in bots and agents: no double sends, no lost work, no loops, every decision replayable.

`open` is what most bots need: the loop around a broker for asyncio. `Broker` is the engine itself, for hosts with a storage or
a loop of their own. `reynolds.github`, `teams`, `eventgrid` and `cloudevents` read webhooks. `reynolds.testing` is a test kit.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from . import cloudevents, eventgrid, github, teams
from ._native import Broker, Dag, version
from .errors import HostError, Misuse, ReadError, Rejected, RestoreError, ReynoldsError, StorageError
from .view import View

if TYPE_CHECKING:
    from ._plan import Ran
    from .agents import Callable, Subprocess
    from .host import Reynolds
    from .host_types import Performing, Sent, Turn
    from .opening import Opening, open

__all__ = [
    "Broker",
    "Callable",
    "Dag",
    "HostError",
    "Misuse",
    "Opening",
    "Performing",
    "Ran",
    "ReadError",
    "Rejected",
    "RestoreError",
    "Reynolds",
    "ReynoldsError",
    "Sent",
    "StorageError",
    "Subprocess",
    "Turn",
    "View",
    "cloudevents",
    "eventgrid",
    "github",
    "open",
    "teams",
]

__version__ = version()

_LATER = {
    "Callable": ".agents",
    "Ran": "._plan",
    "Subprocess": ".agents",
    "Opening": ".opening",
    "Performing": ".host_types",
    "Reynolds": ".host",
    "Sent": ".host_types",
    "Turn": ".host_types",
    "open": ".opening",
}


def __getattr__(name: str) -> object:
    # asyncio takes longer to import than all of this: who only reads or submits does not wait for it.
    module = _LATER.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(module, __name__), name)
    globals()[name] = found
    return found
