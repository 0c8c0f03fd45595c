"""`reynolds.graph` beside graphlib, which is the reference."""

from __future__ import annotations

import graphlib
import sys
from array import array
from typing import Any

import pytest
from hypothesis import given, strategies as st
from reynolds import HostError, Rejected
from reynolds.graph import CycleError, Dag, TopologicalSorter

graphs = st.dictionaries(st.integers(0, 12), st.lists(st.integers(0, 12), max_size=4), max_size=12)
calls = st.lists(st.tuples(st.sampled_from(["get_ready", "done", "is_active", "add", "prepare"]), st.integers(0, 13)), max_size=12)


def rounds(sorter: Any) -> list[set[Any]]:
    found = []
    while sorter.is_active():
        ready = sorter.get_ready()
        found.append(set(ready))
        sorter.done(*ready)
    return found


def prepared(sorter: Any) -> tuple[bool, list[Any]]:
    try:
        sorter.prepare()
    except CycleError as error:
        return False, error.args[1]
    return True, []


@given(graphs)
def test_every_round_is_as_graphlibs_with_cycles_too(graph: dict[int, list[int]]) -> None:
    ours, theirs = TopologicalSorter(graph), graphlib.TopologicalSorter(graph)
    (well, cycle), (reference, _) = prepared(ours), prepared(theirs)
    assert well == reference
    # Each of a cycle is needed by the next.
    assert all(need in graph[node] for need, node in zip(cycle, cycle[1:]))
    assert well or (len(cycle) > 1 and cycle[0] == cycle[-1])
    assert rounds(ours) == rounds(theirs)


@given(graphs, calls)
def test_every_call_answers_or_raises_as_graphlibs(graph: dict[int, list[int]], calls: list[tuple[str, int]]) -> None:
    ours, theirs = TopologicalSorter(graph), graphlib.TopologicalSorter(graph)
    prepared = False
    for call, node in calls:
        if call == "prepare" and prepared and sys.version_info >= (3, 14):
            continue  # Its graphlib takes it a second time.
        prepared = prepared or call == "prepare"
        said = []
        for sorter in (ours, theirs):
            arguments = (node,) if call in ("done", "add") else ()
            try:
                answer = getattr(sorter, call)(*arguments)
                said.append(set(answer) if call == "get_ready" else answer)
            except CycleError:
                said.append("a cycle")
            except ValueError as error:
                said.append(str(error))
        assert said[0] == said[1], call


def test_an_order_is_static_and_a_cycle_is_named() -> None:
    graph = {"D": {"B", "C"}, "C": {"A"}, "B": {"A"}}
    order = list(TopologicalSorter(graph).static_order())
    assert (order[0], order[-1], sorted(order)) == ("A", "D", ["A", "B", "C", "D"])
    with pytest.raises(CycleError) as caught:
        TopologicalSorter({"a": ["b"], "b": ["a"]}).prepare()
    assert caught.value.args[1] == ["a", "b", "a"]
    with pytest.raises(CycleError) as caught:
        TopologicalSorter({"a": ["a"]}).prepare()
    assert caught.value.args[1] == ["a", "a"]


@pytest.mark.parametrize(("done", "then"), [([["a", "b"]], "xyz"), ([["b", "a"]], "zxy"), ([["b"], ["a"]], "zxy")])
def test_nodes_come_in_the_order_in_which_they_become_ready(done: list[list[str]], then: str) -> None:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for node, *needs in (["b"], ["a"], ["x", "a"], ["y", "a"], ["z", "b"]):
        sorter.add(node, *needs)
    sorter.prepare()
    assert sorter.get_ready() == ("b", "a")
    for nodes in done:
        sorter.done(*nodes)
    assert sorter.get_ready() == tuple(then)


def test_numbers_go_in_and_out_as_arrays() -> None:
    dag = Dag(4, array("I", [0, 1, 0, 2, 1, 3, 2, 3]))
    assert (len(dag), dag.order()) == (4, array("I", [0, 1, 2, 3]))
    assert dag.take() == array("I", [0])
    assert dag.take() == array("I")
    dag.finish(memoryview(array("I", [0])))
    assert (dag.take(1), dag.take(1)) == (array("I", [1]), array("I", [2]))
    with pytest.raises(HostError, match="task 3 was not handed out"):
        dag.finish([1, 3])
    assert (dag.taken_count, dag.finished_count) == (2, 1)
    dag.finish([1, 2])
    dag.finish(dag.take())
    assert dag.done
    dag.restart()
    assert (dag.done, dag.ready_count) == (False, 1)


@pytest.mark.parametrize(
    "edges, said",
    [([0, 1, 1], "3 numbers"), ([0, 9], "9"), ([0, 0], "itself"), ([-1, 0], "`edges` must be"), (None, "`edges` must be"), (array("f", [1.0, 0.0]), "`edges` must be")],
)
def test_edges_that_can_not_be_are_refused(edges: object, said: str) -> None:
    with pytest.raises(HostError, match=f"RY2206.*{said}"):
        Dag(2, edges)


def test_a_cycle_of_numbers_is_named_with_its_path() -> None:
    with pytest.raises(Rejected, match="RY1017: graph: a cycle: 0 -> 1 -> 0"):
        Dag(2, [0, 1, 1, 0])
    assert Dag.cycle(2, [0, 1, 1, 0]) == [0, 1]
    assert Dag.cycle(2, [0, 1]) is None
