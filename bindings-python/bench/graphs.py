"""Task graphs: reynolds.graph beside graphlib, and beside rustworkx where it is installed, in one run."""

from __future__ import annotations

import gc
import graphlib
import sys
import time
from array import array
from collections.abc import Callable
from typing import Any

from reynolds.graph import Dag, TopologicalSorter

ROUNDS, TASKS, LAYER, NEEDS = 5, 100_000, 500, 3


def edges_of() -> array[int]:
    """Layers of 500 tasks, each of which needs 3 of the layer before: 200 rounds."""
    state, edges = 1, array("I")
    for task in range(LAYER, TASKS):
        before = task - task % LAYER - LAYER
        seen: set[int] = set()
        while len(seen) < NEEDS:
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            seen.add(before + (state >> 33) % LAYER)
        for need in seen:
            edges.extend((need, task))
    return edges


EDGES = edges_of()
PAIRS = list(zip(EDGES[::2], EDGES[1::2]))


def drained(sorter: Any) -> int:
    count = 0
    while sorter.is_active():
        ready = sorter.get_ready()
        count += len(ready)
        sorter.done(*ready)
    return count


def added(sorter: Any) -> Any:
    for root in range(LAYER):
        sorter.add(root)
    for need, task in PAIRS:
        sorter.add(task, need)
    return sorter


def by_dag(dag: Dag) -> int:
    count = 0
    while not dag.done:
        ready = dag.take()
        count += len(ready)
        dag.finish(ready)
    return count


def by_rustworkx(sorter: Any) -> int:
    count = 0
    while sorter.is_active():
        ready = sorter.get_ready()
        count += len(ready)
        sorter.done(ready)
    return count


def prepared(sorter: Any) -> Any:
    sorter.prepare()
    return sorter


def measured(make: Callable[[], Any], drain: Callable[[Any], int]) -> tuple[float, float]:
    """Milliseconds to build and to drain, the best of several rounds."""
    best = (1e9, 1e9)
    for _ in range(ROUNDS):
        gc.collect()
        began = time.perf_counter_ns()
        made = make()
        built = time.perf_counter_ns()
        assert drain(made) == TASKS
        ended = time.perf_counter_ns()
        best = min(best[0], (built - began) / 1e6), min(best[1], (ended - built) / 1e6)
    return best


def main() -> None:
    ways: list[tuple[str, Callable[[], Any], Callable[[Any], int]]] = [
        ("graphlib", lambda: prepared(added(graphlib.TopologicalSorter())), drained),
        ("reynolds.graph.TopologicalSorter, in its place", lambda: prepared(added(TopologicalSorter())), drained),
        ("reynolds.graph.Dag, arrays", lambda: Dag(TASKS, EDGES), by_dag),
    ]
    try:
        import rustworkx  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        print("rustworkx is not installed: left out")
    else:

        def rustworkx_sorter() -> Any:
            graph = rustworkx.PyDiGraph()
            graph.extend_from_edge_list(PAIRS)
            return rustworkx.TopologicalSorter(graph, check_cycle=True)

        ways.append(("rustworkx.TopologicalSorter, lists", rustworkx_sorter, by_rustworkx))
    print(f"Python {sys.version.split()[0]}: {TASKS:,} tasks, {len(PAIRS):,} edges, 200 rounds (best of {ROUNDS})")
    found = {name: measured(make, drain) for name, make, drain in ways}
    for name, (build, drain) in found.items():
        print(f"  {name:<58}{build:>10.1f} ms to build{drain:>10.2f} ms to drain")
    build, drain = found["reynolds.graph.Dag, arrays"]
    for name, most in (("rustworkx.TopologicalSorter, lists", 0.5), ("graphlib", 0.1)):
        if name in found:
            parts = ((build, found[name][0], "build"), (drain, found[name][1], "drain"))
            for ours, theirs, what in parts:
                kept = "kept" if ours <= most * theirs else "MISSED"
                print(f"  arrays beside {name}, {what:<26}{ours / theirs:>8.3f}x  goal <= {most}x: {kept}")


if __name__ == "__main__":
    main()
