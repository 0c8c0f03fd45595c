"""The types say what is: printed from Rust, checked by three programs."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parents[1]


def generator() -> Any:
    spec = importlib.util.spec_from_file_location("types_from_rust", HERE / "tools" / "types_from_rust.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["types_from_rust"] = module
    spec.loader.exec_module(module)
    return module


def test_types_are_printed_from_rust() -> None:
    printed = generator().text()
    found = (HERE / "python" / "reynolds" / "types.py").read_text(encoding="utf-8")
    assert printed == found, "run `python bindings-python/tools/types_from_rust.py`"


def test_a_type_says_what_rust_says() -> None:
    text = generator().text()
    assert 'class RetryResult(TypedDict):\n    """The platform refused it for now, and certainly did not do it."""\n' in text
    assert "    after_ms: int\n" in text
    assert "    hop_limit: NotRequired[int]\n" in text  # Every limit has a default.
    assert "EventInput | ProposeInput | OutcomeInput | CommandInput | ConfigureInput | AdoptInput" in text
    assert '"hop_limit", "budget", "recurrence", "stopped", "incomplete"' in text


@pytest.mark.parametrize(
    "command",
    [["mypy"], ["pyright"], ["mypy.stubtest", "reynolds._native", "--concise", "--ignore-missing-stub"]],
    ids=["mypy", "pyright", "stubtest"],
)
def test_the_types_hold(command: list[str]) -> None:
    said = subprocess.run([sys.executable, "-m", *command], cwd=HERE, capture_output=True, text=True)
    if "getaddrinfo" in said.stdout + said.stderr or "nodeenv" in said.stderr:
        pytest.skip("pyright could not fetch its Node (no network?)")
    assert said.returncode == 0, said.stdout[-5000:] + said.stderr[-2000:]
