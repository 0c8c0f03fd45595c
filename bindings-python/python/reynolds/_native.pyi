"""The native part: convert, call, convert back. `reynolds.Broker` and the readers are the public names."""

from array import array
from collections.abc import Sequence
from os import PathLike
from typing import Any, final

from .types import Decision, Effect, EventInput, Genesis, Input, Opened, Problem, Wakeup

@final
class Broker:
    """The engine: one partition, one journal, one mailbox. It performs nothing itself.

    Every call is safe from any thread. Times are milliseconds since the Unix epoch. `reynolds.open` is the loop around it.
    """
    def __new__(cls, genesis: Genesis, keys: Sequence[tuple[int, bytes]] | None = None) -> Broker:
        """A new broker whose host keeps the bytes. Its genesis is staged as record 1.

        Raises: `Rejected` RY1001 naming the field, RY1014; `Misuse` RY2004, RY2005.
        """
    @staticmethod
    def new_json(genesis: bytes, keys: Sequence[tuple[int, bytes]] | None = None) -> Broker:
        """The same from JSON."""
    @staticmethod
    def restore(journal: bytes, snapshot: bytes | None = None, keys: Sequence[tuple[int, bytes]] | None = None) -> Broker:
        """A broker from journal bytes, and a snapshot if there is one. Other threads run meanwhile.

        Raises: `RestoreError` RY3xxx, naming the record.
        """
    @staticmethod
    def open(
        path: str | PathLike[str] | None, genesis: Genesis, keys: Sequence[tuple[int, bytes]] | None = None
    ) -> Broker:
        """Opens the journal in the folder `path` and restores the broker in it, or begins a new one; without a path, in
        memory. Of the genesis, an existing journal only has to have the name.

        Raises: `StorageError` RY2101 if it is open already, and others; `RestoreError` RY3xxx.
        """
    @property
    def opened(self) -> Opened:
        """What was found when it was opened or restored."""
    def submit(self, at: int, input: Input) -> Decision:
        """Decides an input. What changes state is staged as one record.

        Raises: `Rejected` RY1xxx: nothing changed and nothing was recorded.
        """
    def submit_all(self, at: int, inputs: Sequence[Input]) -> list[Decision | Problem]:
        """Decides several inputs that arrived together, as if one by one: one answer each, in order."""
    def advance(self, at: int) -> Decision | None:
        """Does what is due at `at`. Before `wakeup` it does nothing."""
    def released(self, after: int) -> list[Effect]:
        """The effects released after `after` whose records are durable. `after` acknowledges what was received before:
        give the `release` of the last effect you have, 0 after a restart. The same call gives the same effects,
        but for those that are over meanwhile."""
    def wakeup(self) -> Wakeup | None:
        """When to call `advance`, and why."""
    def submit_json(self, at: int, input: bytes) -> bytes:
        """`submit` over JSON."""
    def submit_all_json(self, at: int, inputs: bytes) -> bytes:
        """`submit_all` over JSON."""
    def advance_json(self, at: int) -> bytes:
        """`advance` over JSON."""
    def released_json(self, after: int) -> bytes:
        """`released` over JSON."""
    def wakeup_json(self) -> bytes:
        """`wakeup` over JSON."""
    def ask(self, question: dict[str, Any]) -> Any:
        """A read-only question, for example `{"type": "status"}` or `{"type": "digest"}`. `reynolds.View` has them all
        as methods."""
    def ask_json(self, question: bytes) -> bytes:
        """`ask` over JSON."""
    def staged(self, after: int) -> tuple[int, int, bytes] | None:
        """What is to be appended after record `after`: the first and last record, and their bytes."""
    def mark_durable(self, through: int) -> None:
        """The records up to `through` are safe. Monotone and repeatable.

        Raises: `Misuse` RY2002 for a record that does not exist, RY2001.
        """
    def snapshot(self) -> tuple[int, bytes]:
        """A snapshot of the state, and the last record in it.

        Raises: `Misuse` RY2003 while records are not durable, RY2001.
        """
    def segment_header(self, first: int) -> bytes:
        """The header of a journal segment that starts with record `first`, for hosts that keep the bytes."""
    def poison(self) -> None:
        """Makes the broker refuse everything from now on (RY2001): for hosts that lost an append."""
    def commit(self) -> int:
        """Appends what is staged to its journal, syncs, and marks it durable: the last durable record. Other threads run
        meanwhile, and may submit.

        Raises: `StorageError` RY2103: the broker is poisoned; `HostError` RY2202 without a journal.
        """
    def save_snapshot(self) -> int:
        """Commits, then stores a snapshot beside the journal: the last record in it.

        Raises: as `commit`, and `StorageError` RY2104, after which the broker works on.
        """
    def close(self) -> None:
        """Closes its journal and lets go of the lock, after what is being written. The broker can still be asked."""

@final
class Dag:
    """A graph of tasks in bulk, and which of them may start now. Tasks are numbered from 0. Arrays are any buffer of unsigned
    32-bit numbers, as `array("I")` and numpy's `uint32`; lists do too."""
    def __new__(cls, tasks: int, edges: object) -> Dag:
        """Edges are pairs, flat or as rows: in `a, b`, task `b` needs task `a`. At most 1,000,000 tasks and 16,000,000 edges.

        Raises: `Rejected` RY1017 for a cycle, with its path; `HostError` RY2206.
        """
    @staticmethod
    def cycle(tasks: int, edges: object) -> list[int] | None:
        """The tasks of a cycle, if there is one: each is needed by the next, and the last by the first."""
    def take(self, max: int | None = None) -> array[int]:
        """Tasks that are ready, at most `max`. They are taken until they are finished."""
    def finish(self, tasks: object) -> None:
        """Taken tasks are finished: all of them, or none if one can not be.

        Raises: `HostError` RY2206 naming the first that is not taken.
        """
    def take_of(self, nodes: list[Any]) -> tuple[Any, ...]:
        """All tasks that are ready, as the objects at their numbers in a list."""
    def order(self) -> array[int]:
        """All tasks, each after what it needs."""
    def restart(self) -> None:
        """Starts over: nothing is taken, nothing finished."""
    def __len__(self) -> int: ...
    @property
    def ready_count(self) -> int:
        """How many tasks are ready and not taken."""
    @property
    def taken_count(self) -> int:
        """How many tasks are taken and not finished."""
    @property
    def finished_count(self) -> int:
        """How many tasks are finished."""
    @property
    def done(self) -> bool:
        """Every task is finished."""

def version() -> str:
    """The version of the engine."""

def command_line(args: Sequence[str]) -> tuple[int, str, str]:
    """Runs the command line of `reynolds`: the exit code, and what is for stdout and stderr."""

def github(headers: Sequence[tuple[str, str]], body: bytes) -> EventInput:
    """Reads a GitHub webhook."""

def verify_github(secrets: Sequence[bytes], signature: str, body: bytes) -> None:
    """Checks the signature of a GitHub webhook."""

def teams(body: bytes) -> EventInput:
    """Reads a Bot Framework activity."""

def eventgrid(body: bytes) -> list[EventInput]:
    """Reads events in Event Grid's own schema."""

def cloudevents(headers: Sequence[tuple[str, str]], body: bytes) -> list[EventInput]:
    """Reads CloudEvents."""

def mark(text: str, token: str) -> str:
    """The text with a token hidden behind it."""

def unmark(text: str) -> str:
    """The text as it was before `mark`."""

def find_token(text: str) -> str | None:
    """The first token in a text, outside of quotes."""
