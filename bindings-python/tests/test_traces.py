"""Every golden trace plays as in Rust, byte for byte, through both doors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from player import TRACES, DictDoor, Door, JsonDoor, Player

PLACE = re.compile(r" at line \d+ column \d+(?=; compare)")
PATH = re.compile(r"(?<=not a valid )input: `(\w+)[.\[][^`]*`:")
FILES = sorted(TRACES.glob("*/*.trace"))


@pytest.mark.parametrize("door", [DictDoor(), JsonDoor()], ids=["dict", "json"])
@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}/{path.stem}" for path in FILES])
def test_a_trace_plays_as_written(path: Path, door: Door) -> None:
    trace = path.read_text(encoding="utf-8")
    played = Player(door).play(trace)
    if isinstance(door, DictDoor):
        # Of what is wrong, a dictionary has the whole path, and no line and column.
        played, trace = (PATH.sub(r"input: `\1`:", PLACE.sub("", text)) for text in (played, trace))
    assert played == trace


def test_there_are_as_many_traces_as_rust_plays() -> None:
    assert len(FILES) >= 80


@pytest.mark.parametrize("mark", ["?", "<"])
def test_a_trace_that_says_too_little_or_too_much_differs(mark: str) -> None:
    trace = (TRACES / "rules" / "a-webhook-alone-makes-effects.trace").read_text(encoding="utf-8")
    lines = trace.splitlines(keepends=True)
    fewer = "".join(line for line in lines if not line.startswith(mark))
    assert fewer != trace
    assert Player(DictDoor()).play(fewer) == trace
    more = trace + f"{mark} {{}}\n"
    assert Player(DictDoor()).play(more) != more
