"""`python -m reynolds` answers as the Rust program does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from reynolds import Broker
from rust import programs

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "examples" / "data" / "webhooks-small.jsonl"
QUESTIONS = (Path(__file__).parent / "questions.txt").read_text(encoding="utf-8").splitlines()[2:]


def said(*args: object) -> tuple[int, str, str]:
    done = subprocess.run([sys.executable, "-m", "reynolds", *map(str, args)], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def journal(tmp_path: Path) -> Path:
    rule = {"id": "r", "effects": [{"kind": "message", "subject": "teams:triage", "text": "{kind}"}]}
    path = tmp_path / "bot.ryj"
    broker = Broker.open(path, {"name": "t", "config": {"rules": [rule]}})  # type: ignore[list-item]
    broker.submit(1000, {"type": "event", "id": "d1", "source": "s", "kind": "k", "subject": "x"})
    broker.commit()
    broker.close()
    return path


def test_the_verbs_answer(tmp_path: Path) -> None:
    path = journal(tmp_path)
    code, out, notes = said("replay", path, "--json")
    assert (code, notes) == (0, "")
    assert json.loads(out)["records"] == {"event": 1, "genesis": 1}
    assert said("verify", path)[0] == 0
    assert "message" in said("explain", path, 2)[1]
    assert said("graph", path, 2)[1].startswith("---\ntitle: \"chain 2\"\n---\nflowchart")


def test_an_incident_is_replayed_from_its_webhooks() -> None:
    code, out, _ = said("replay", "--webhooks", SAMPLES)
    assert (code, "events" in out or "event" in out) == (0, True)


@pytest.mark.parametrize("question", QUESTIONS)
def test_python_says_what_the_rust_program_says(question: str, tmp_path: Path) -> None:
    good = ROOT / "core" / "tests" / "journals" / "python"
    names = {"journal": good, "bad": tmp_path / "bad.ryj", "samples": SAMPLES, "out": tmp_path / "page.html"}
    damaged = bytearray((good / "00000000000000000001.ryj").read_bytes())
    damaged[-1] ^= 1
    names["bad"].write_bytes(damaged)
    args = [part.format_map(names) for part in question.split()]
    rust = subprocess.run([programs()["reynolds"], *args], capture_output=True, text=True)
    page = names["out"].read_bytes() if names["out"].exists() else None
    assert said(*args) == (rust.returncode, rust.stdout, rust.stderr)
    assert (names["out"].read_bytes() if page else None) == page


def test_a_wrong_question_is_answered_with_2() -> None:
    code, out, notes = said("replay")
    assert (code, out) == (2, "")
    assert "name a journal" in notes
    assert said("--version") == (0, "reynolds 0.1.0\n", "")


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    shell = f"'{sys.executable}' -m reynolds replay '{journal(tmp_path)}' --json | head -c 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
