"""What the door to Python costs, beside pure Rust and beside the ways most bindings take, in one run.

Prints the best of several rounds, taken in turns: what else the machine does can only make a round slower.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import reynolds
from reynolds import Broker, _native, github

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, EVENTS, BATCH, WAVE = 9, 4000, 1000, 250
RULE = {"id": "r", "effects": [{"kind": "comment", "subject": "{subject}", "text": "Seen: {text}", "about": "{about}"}]}
GENESIS: Any = {"name": "bench", "durability": "volatile", "config": {"rules": [RULE]}}
HEADERS = [("X-GitHub-Event", "issue_comment"), ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")]


def events() -> list[Any]:
    return [
        {
            "type": "event", "id": f"delivery-{number}", "source": "github", "kind": "issue_comment.created",
            "subject": f"github:acme/api#{number % 500}", "actor": {"id": f"github:user-{number}", "class": "human"},
            "object": f"github:comment/{number}", "text": "Which release has the fix for this?", "occurred_at": 1700000000000,
            "attributes": {"action": "created"},
        }
        for number in range(EVENTS)
    ]  # fmt: skip




def fields(decision: Any, effects: Any) -> None:
    """Reads all fields as a host does: by name."""
    decision["seq"], decision["chain"]
    for verdict in decision["verdicts"]:
        verdict["type"], verdict["effect"]
    for effect in effects:
        effect["type"], effect["kind"], effect["subject"], effect["text"], effect["id"], effect["release"], effect["chain"]
        effect["cause"], effect["hop"], effect["redelivered"], effect["rule"]


def best(**runs: Callable[[], float]) -> dict[str, float]:
    """The best of several rounds, in turns: what else the machine does then slows all of them."""
    rounds = [{name: run() for name, run in runs.items()} for _ in range(ROUNDS)]
    return {name: min(found[name] for found in rounds) for name in runs}


def each(work: Callable[[], int]) -> float:
    """Nanoseconds for each of what it did."""
    started = time.perf_counter_ns()
    count = work()
    return (time.perf_counter_ns() - started) / count


def by_dict() -> int:
    broker, cursor = Broker(GENESIS), 0
    for at, event in enumerate(EVENTS_MADE, 1):
        decision = broker.submit(1000 + at, event)
        effects = broker.released(cursor)
        fields(decision, effects)
        cursor = effects[-1]["release"]
    return EVENTS


def by_json() -> int:
    broker, cursor = Broker(GENESIS), 0
    for at, event in enumerate(EVENTS_MADE, 1):
        decision = json.loads(broker.submit_json(1000 + at, json.dumps(event).encode()))
        effects = json.loads(broker.released_json(cursor))
        fields(decision, effects)
        cursor = effects[-1]["release"]
    return EVENTS


def in_batches() -> int:
    broker, cursor = Broker(GENESIS), 0
    for start in range(0, EVENTS, BATCH):
        decisions = broker.submit_all(1000 + start, EVENTS_MADE[start : start + BATCH])
        effects = broker.released(cursor)
        fields(decisions[0], effects)
        cursor = effects[-1]["release"] if effects else cursor
    return EVENTS


def webhook() -> bytes:
    """A webhook of the usual size."""
    user = {"login": "octocat", "id": 1, "type": "User", **{f"{name}_url": f"https://api.github.com/users/octocat/{name}" for name in "abcdefghijkl"}}
    repository = {"full_name": "acme/api", "owner": user, **{f"{number}_url": f"https://api.github.com/repos/acme/api/{number}{{/sha}}" for number in range(130)}}
    comment = {"id": 17, "node_id": "IC_1", "body": "Which release has the fix?", "user": user, "updated_at": "2024-01-01T00:00:00Z"}
    issue = {"number": 7, "title": "It breaks", "body": "When I call it, " * 40, "user": user, "labels": [{"name": f"l{n}", "description": "x" * 60} for n in range(20)]}
    return json.dumps({"action": "created", "issue": issue, "comment": comment, "repository": repository, "sender": user}).encode()


def from_bytes() -> int:
    for _ in range(1000):
        github.event(HEADERS, BODY)
    return 1000


def parsed_first() -> int:
    """What a host does that parses: its framework parses, and an event is made of the objects."""
    for _ in range(200):
        github.event(HEADERS, json.loads(BODY))
    return 200


def parsed_only() -> int:
    """Parsing alone, before anybody has looked at a field."""
    for _ in range(200):
        json.loads(BODY)
    return 200


async def request() -> None:
    """A web framework has a task for each request, whatever is done with it."""


async def waves(work: Callable[[list[Any]], Any]) -> float:
    """Microseconds of this process's CPU for each event, events coming in waves, as they do while a disk is busy."""
    started = time.process_time_ns()
    for first in range(0, EVENTS, WAVE):
        await work(EVENTS_MADE[first : first + WAVE])
    return (time.process_time_ns() - started) / EVENTS / 1000


async def done(effect: Any) -> Any:
    return {"type": "done", "object": effect["id"]}


async def handles(path: str) -> float:
    """Through the host layer: handled, answered with one effect, performed, reported. Four records."""

    async def handler(turn: Any) -> None:
        await turn.send(kind="comment", text="Hi")

    async with reynolds.open(path, name="bench", perform=done, concurrency=WAVE) as ry:
        return await waves(lambda wave: asyncio.gather(*(ry.handle(event, handler) for event in wave)))


async def handles_by_hand(path: str) -> float:
    """The same four records through the bare broker."""
    rule: Any = {"id": "r", "when": {"kind": "*"}, "handle": "h"}
    broker, cursor = Broker.open(path, {"name": "bench", "config": {"rules": [rule]}}), 0

    def store(inputs: list[Any]) -> list[Any]:
        nonlocal cursor
        broker.submit_all(time.time_ns() // 1_000_000, inputs)
        broker.commit()
        effects = broker.released(cursor)
        cursor = effects[-1]["release"] if effects else cursor
        return effects

    async def work(wave: list[Any]) -> None:
        await asyncio.gather(*(request() for _ in wave))
        calls = store(wave)
        wanted = [{"kind": "comment", "subject": call["event"]["subject"], "text": "Hi"} for call in calls]
        acts = store([{"type": "propose", "cause": call["id"], "effects": [one], "more": True} for call, one in zip(calls, wanted, strict=True)])
        store([{"type": "outcome", "effect": act["id"], "result": {"type": "done", "object": act["id"]}} for act in acts])
        store([{"type": "propose", "cause": call["id"], "effects": []} for call in calls])

    spent = await waves(work)
    broker.close()
    return spent


async def submits(path: str) -> float:
    """Through the host layer: a rule makes an effect, it is performed and reported. Two records."""
    async with reynolds.open(path, name="bench", perform=done, concurrency=WAVE, rules=GENESIS["config"]["rules"]) as ry:

        async def work(wave: list[Any]) -> None:
            await asyncio.gather(*(ry.submit(event) for event in wave))
            await ry.idle()

        return await waves(work)


async def submits_by_hand(path: str) -> float:
    """The same two records through the bare broker."""
    broker, cursor = Broker.open(path, {"name": "bench", "config": GENESIS["config"]}), 0

    async def work(wave: list[Any]) -> None:
        nonlocal cursor
        await asyncio.gather(*(request() for _ in wave))
        broker.submit_all(time.time_ns() // 1_000_000, wave)
        broker.commit()
        effects = broker.released(cursor)
        cursor = effects[-1]["release"] if effects else cursor
        outcomes: Any = [{"type": "outcome", "effect": one["id"], "result": {"type": "done", "object": one["id"]}} for one in effects]
        broker.submit_all(time.time_ns() // 1_000_000, outcomes)
        broker.commit()

    spent = await waves(work)
    broker.close()
    return spent


def with_folder(work: Callable[[str], Any]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return float(asyncio.run(work(folder + "/bot.ryj")))


def import_ms() -> float:
    code = "import time; t = time.perf_counter_ns(); import reynolds; print(time.perf_counter_ns() - t)"
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout) / 1e6


def row(what: str, value: str, ratio: str = "", goal: str = "") -> None:
    print(f"  {what:<58}{value:>12}  {ratio:<26}{goal}")


def ratio(value: float, base: float, of: str, at_most: float) -> tuple[str, str]:
    return f"{value / base:.2f}x {of}", f"goal <= {at_most}x: {'kept' if value / base <= at_most else 'MISSED'}"


def main() -> None:
    genesis = json.dumps(GENESIS).encode()
    texts = [json.dumps(event).encode() for event in EVENTS_MADE]
    found = best(
        rust=lambda: _native.pure_submit_ns(genesis, texts),  # type: ignore[attr-defined]
        dicts=lambda: each(by_dict),
        batches=lambda: each(in_batches),
        jsons=lambda: each(by_json),
        read_in_rust=lambda: _native.pure_read_ns(HEADERS, BODY, 1000),  # type: ignore[attr-defined]
        raw=lambda: each(from_bytes),
        only=lambda: each(parsed_only),
        parsed=lambda: each(parsed_first),
        imported=import_ms,
        submitted=lambda: with_folder(submits),
        submitted_by_hand=lambda: with_folder(submits_by_hand),
        handled=lambda: with_folder(handles),
        handled_by_hand=lambda: with_folder(handles_by_hand),
    )
    rust, dicts, jsons, batches = found["rust"], found["dicts"], found["jsons"], found["batches"]
    pure, raw, parsed, only = found["read_in_rust"], found["raw"], found["parsed"], found["only"]
    imported = found["imported"]
    print(f"Python {sys.version.split()[0]}: an event of 10 fields that causes one effect, all fields read (best of {ROUNDS}, both built for size)")
    row("pure Rust", f"{rust:,.0f} ns")
    row("dictionary in, dictionaries out", f"{dicts:,.0f} ns", *ratio(dicts, rust, "pure Rust", 8))
    row("the same in batches of 1,000", f"{batches:,.0f} ns", f"{batches / rust:.2f}x pure Rust")
    row("stdlib json on both sides of the JSON door", f"{jsons:,.0f} ns", f"{jsons / rust:.2f}x pure Rust")
    row("dictionaries beside stdlib json", "", *ratio(dicts, jsons, "stdlib json", 0.6))
    print(f"A webhook of {len(BODY):,} bytes becomes an event")
    row("pure Rust", f"{pure / 1000:,.1f} us")
    row("from bytes", f"{raw / 1000:,.1f} us", f"{raw / pure:.2f}x pure Rust")
    row("json.loads alone, no field looked at", f"{only / 1000:,.1f} us", f"{raw / only:.2f}x json.loads (bytes)")
    row("json.loads by a framework, then an event of the objects", f"{parsed / 1000:,.1f} us", *ratio(raw, parsed, "that (bytes)", 0.4))
    print("The package")
    row("import reynolds", f"{imported:.1f} ms", "", f"goal < 50 ms: {'kept' if imported < 50 else 'MISSED'}")
    for wheel in sorted((ROOT / "var" / "wheels" / "dist").glob("*.whl")):
        size = wheel.stat().st_size / 1e6
        row(wheel.name[:56], f"{size:.2f} MB", "", f"goal < 1.5 MB: {'kept' if size < 1.5 else 'MISSED'}")
    print(f"The host layer, CPU of the process for each event, in waves of {WAVE}, one journal on this disk")
    for name, what in (
        ("submitted", "event stored, effect performed, outcome stored"),
        ("handled", "event handled, effect sent, performed, reported: 4 records"),
    ):
        by_host, by_hand = found[name], found[f"{name}_by_hand"]
        more = by_host - by_hand
        row(f"{what}, by hand", f"{by_hand:.1f} us")
        row("  by the host", f"{by_host:.1f} us", f"{more:.1f} us more", f"goal <= 60 us more: {'kept' if more <= 60 else 'MISSED'}")


EVENTS_MADE = events()
BODY = webhook()

if __name__ == "__main__":
    main()
