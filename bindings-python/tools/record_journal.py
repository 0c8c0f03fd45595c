"""Records core/tests/journals/python: a bot in the middle of its work. Once for a format: what is recorded stays."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import reynolds
from reynolds.testing import VirtualClock

FOLDER = Path(__file__).resolve().parents[2] / "core" / "tests" / "journals" / "python"
RULE: Any = {"id": "tell", "when": {"kind": "issues.*"}, "effects": [{"kind": "message", "subject": "teams:triage", "text": "New: {subject}"}]}


def event(id: str, **more: Any) -> Any:
    return {
        "id": id, "source": "github", "kind": "issue_comment.created", "subject": "github:acme/api#7",
        "actor": {"id": "github:octocat", "class": "human"}, "text": f"Question {id}, with an ümlaut and a 🐍", **more,
    }  # fmt: skip


async def record() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    results: list[Any] = [{"type": "done", "object": "github:comment/11"}, {"type": "failed", "reason": "404"}]
    clock = VirtualClock(1_700_000_000_000)

    async def perform(effect: Any) -> Any:
        if results:
            return results.pop(0)
        await asyncio.Event().wait()  # The third never answers: it is under way when the journal ends.

    async def answer(turn: reynolds.Turn) -> Any:
        return await turn.send(key="answer", kind="comment", text="42", payload={"a": [1, {"b": None}]})

    ry = await reynolds.open(
        FOLDER, name="triage", self=["github:triage[bot]"], seed=7, clock=clock, keys={1: "a key for tests"}, rules=[RULE],
        perform=perform, close_ms=0,
    )  # fmt: skip
    await ry.handle(event("d1"), answer)
    clock.move_to(clock.now() + 250)
    second: Any = {**event("d2", kind="issues.opened", subject="github:acme/api#8"), "type": "event"}
    await ry.submit(second)
    await ry.handle(event("d3", object="github:comment/11", actor={"id": "github:triage[bot]", "class": "bot"}, text="42"), answer)
    await ry.submit({"type": "command", "do": {"type": "stop_subject", "subject": "github:acme/api#9"}})
    under_way = asyncio.create_task(ry.handle(event("d4"), answer))
    await asyncio.sleep(0.1)
    opened = [entry["effect"]["id"] for entry in ry.view.open()]
    expected = {"name": "triage", "last": ry.view.status()["seq"], "digest": ry.view.digest(), "open": opened}
    closing = asyncio.create_task(ry.close())
    await asyncio.sleep(0.1)
    clock.move_to(clock.now() + 1)
    await closing
    await asyncio.wait({under_way})
    (FOLDER / "lock").unlink()
    (FOLDER / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n", encoding="utf-8")
    print(expected)


if __name__ == "__main__":
    asyncio.run(record())
