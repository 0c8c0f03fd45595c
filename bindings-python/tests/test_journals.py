"""Journals recorded by each language, in the middle of a bot's work. `core/tests/journals.rs` restores the same."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import reynolds
from reynolds import Broker, Turn, View
from reynolds.testing import VirtualClock

ROOT = Path(__file__).resolve().parents[2] / "core" / "tests" / "journals"
LANGUAGES = sorted(folder.name for folder in ROOT.iterdir())


def test_there_are_journals_of_three_languages() -> None:
    assert {"node", "python", "rust"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_journal_of_any_language_restores_to_the_same_state(language: str) -> None:
    journal = b"".join(path.read_bytes() for path in sorted((ROOT / language).glob("*.ryj")))
    view = View(Broker.restore(journal))
    found = {
        "name": view.status()["name"],
        "last": view.status()["seq"],
        "digest": view.digest(),
        "open": [entry["effect"]["id"] for entry in view.open()],
    }
    assert found == json.loads((ROOT / language / "expected.json").read_bytes())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bot_of_python_goes_on_where_another_was_stopped(language: str, tmp_path: Path) -> None:
    path = tmp_path / "bot.ryj"
    shutil.copytree(ROOT / language, path)
    posts: list[Any] = []
    errors: list[Any] = []

    async def perform(effect: Any) -> Any:
        posts.append(effect)
        return {"type": "done", "object": f"github:comment/{len(posts) + 100}"}

    async def nothing(_: Any) -> None:
        return None

    async def answer(turn: Turn) -> Any:
        return await turn.send(kind="comment", text="Here again.")

    async def main() -> None:
        expected = json.loads((ROOT / language / "expected.json").read_bytes())
        clock = VirtualClock(1_700_000_100_000)
        own: Any = {"name": "triage", "keys": {1: "a key for tests"}, "clock": clock, "resume": nothing}
        async with asyncio.timeout(20), reynolds.open(path, **own, perform=perform, find=nothing, on_error=errors.append) as ry:
            assert ry.opened["last"] == expected["last"]
            await ry.idle()
            assert all(post["redelivered"] for post in posts)
            assert ry.view.open() == []
            event: Any = {"id": "another", "source": "github", "kind": "issue_comment.created", "subject": "github:acme/api#7"}
            handled = await ry.handle(event, answer)
            assert handled["type"] == "handled"
            assert posts[-1]["text"] == "Here again."

    asyncio.run(main())
    assert errors == []
