"""Task graphs alone: `TopologicalSorter` in the place of graphlib's, and `Dag` for many tasks at once, over arrays."""

from __future__ import annotations

import graphlib
from array import array
from collections.abc import Hashable, Iterable, Mapping
from graphlib import CycleError
from typing import Generic, TypeVar

from ._native import Dag
from .errors import HostError, ReynoldsError

__all__ = ["CycleError", "Dag", "TopologicalSorter"]

T = TypeVar("T", bound=Hashable)


class TopologicalSorter(Generic[T]):
    """As `graphlib.TopologicalSorter` of Python 3.11 to 3.13, with the same calls, errors and messages. Of nodes that may come in any
    order, first come those that need nothing; then, for one node after the other as they are done, those that only it still held up.
    Among these, those that were named first in `add` come first. A graph has at most 1,000,000 nodes."""

    def __init__(self, graph: Mapping[T, Iterable[T]] | None = None) -> None:
        self._numbers: dict[T, int] = {}
        self._edges = array("I")
        self._dag: Dag | None = None
        self._nodes: list[T] = []
        # graphlib itself, where a cycle was found: it still gives what can be had.
        self._cyclic: graphlib.TopologicalSorter[T] | None = None
        if graph is not None:
            for node, predecessors in graph.items():
                self.add(node, *predecessors)

    def add(self, node: T, *predecessors: T) -> None:
        """Adds a node and what it needs; a node may be added several times.

        Raises: ValueError after `prepare`.
        """
        if self._dag is not None or self._cyclic is not None:
            raise ValueError("Nodes cannot be added after a call to prepare()")
        numbers = self._numbers
        number = numbers.setdefault(node, len(numbers))
        if predecessors:
            edges = self._edges
            for one in predecessors:
                edges.append(numbers.setdefault(one, len(numbers)))
                edges.append(number)

    def prepare(self) -> None:
        """Marks the graph as finished, and looks for cycles.

        Raises: CycleError with the cycle as second argument, its first node repeated at its end; ValueError the second time, which
        graphlib allows from Python 3.14 on.
        """
        if self._dag is not None or self._cyclic is not None:
            raise ValueError("cannot prepare() more than once")
        self._nodes = list(self._numbers)
        try:
            self._dag = Dag(len(self._nodes), self._edges)
        except ReynoldsError as error:
            self._refuse(error)

    def _refuse(self, error: ReynoldsError) -> None:
        path = Dag.cycle(len(self._nodes), self._edges)
        if path is None:
            raise error
        self._cyclic = graphlib.TopologicalSorter()
        for node in self._nodes:
            self._cyclic.add(node)
        for need, number in zip(self._edges[::2], self._edges[1::2], strict=True):
            self._cyclic.add(self._nodes[number], self._nodes[need])
        try:
            self._cyclic.prepare()
        except CycleError:
            pass
        raise CycleError("nodes are in a cycle", [self._nodes[one] for one in [*path, path[0]]])

    def get_ready(self) -> tuple[T, ...]:
        """All nodes that are ready and were not given before.

        Raises: ValueError before `prepare`.
        """
        if self._dag is not None:
            return self._dag.take_of(self._nodes)
        return self._prepared().get_ready()

    def is_active(self) -> bool:
        """Is there more to come: nodes that are ready, or will be when others are done?

        Raises: ValueError before `prepare`.
        """
        if self._dag is not None:
            return self._dag.taken_count > 0 or self._dag.ready_count > 0
        return self._prepared().is_active()

    __bool__ = is_active

    def done(self, *nodes: T) -> None:
        """These are done: what needed only them becomes ready.

        Raises: ValueError before `prepare`, and for a node that was not added, not given, or is done already.
        """
        if self._dag is None:
            return self._prepared().done(*nodes)
        try:
            self._dag.finish(array("I", [self._numbers[node] for node in nodes]))
        except (KeyError, HostError):
            # One by one, so that those before the wrong one are done, as with graphlib.
            for node in nodes:
                self._one_done(self._dag, node)

    def _one_done(self, dag: Dag, node: T) -> None:
        number = self._numbers.get(node)
        if number is None:
            raise ValueError(f"node {node!r} was not added using add()")
        try:
            dag.finish(array("I", [number]))
        except HostError as error:
            known = "was already marked done" if "already" in error.message else "was not passed out (still not ready)"
            raise ValueError(f"node {node!r} {known}") from None

    def static_order(self) -> Iterable[T]:
        """All nodes, each after what it needs.

        Raises: CycleError.
        """
        self.prepare()
        while self.is_active():
            ready = self.get_ready()
            yield from ready
            self.done(*ready)

    def _prepared(self) -> graphlib.TopologicalSorter[T]:
        if self._cyclic is None:
            raise ValueError("prepare() must be called first")
        return self._cyclic
