"""An event broker to embed in bots and agents."""

from __future__ import annotations

from ._native import Broker, version
from .errors import HostError, Misuse, ReadError, Rejected, RestoreError, ReynoldsError, StorageError

__all__ = [
    "Broker",
    "HostError",
    "Misuse",
    "ReadError",
    "Rejected",
    "RestoreError",
    "ReynoldsError",
    "StorageError",
]

__version__ = version()
