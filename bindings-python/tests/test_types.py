"""The types say what is: printed from Rust, checked by three programs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import types_from_rust

HERE = Path(__file__).resolve().parents[1]


def test_types_are_printed_from_rust() -> None:
    printed = types_from_rust.text()
    found = (HERE / "python" / "reynolds" / "types.py").read_text(encoding="utf-8")
    assert printed == found, "run `python bindings-python/tools/types_from_rust.py`"


def test_a_type_says_what_rust_says() -> None:
    text = types_from_rust.text()
    assert 'class RetryResult(TypedDict):\n    """The platform refused it for now, and certainly did not do it."""\n' in text
    assert "    after_ms: int\n" in text
    hops = '    hop_limit: NotRequired[int]\n    """Automated hops in a row, 1 to 1000. Default: 32."""\n'
    assert hops in text  # Every limit has a default.
    assert '    id: str\n    """The delivery\'s own id: repeated by the source when it delivers again. At most 512 bytes."""\n' in text
    assert "    EventInput\n    | ProposeInput\n    | OutcomeInput\n    | CommandInput\n" in text
    assert '"hop_limit", "budget", "loop", "stopped"' in text


@pytest.mark.parametrize(
    "command",
    [["mypy"], ["pyright", "--pythonpath", sys.executable], ["mypy.stubtest", "reynolds._native", "--concise", "--ignore-missing-stub"]],
    ids=["mypy", "pyright", "stubtest"],
)
def test_the_types_hold(command: list[str]) -> None:
    said = subprocess.run([sys.executable, "-m", *command], cwd=HERE, capture_output=True, text=True)
    if "getaddrinfo" in said.stdout + said.stderr or "nodeenv" in said.stderr:
        pytest.skip("pyright could not fetch its Node (no network?)")
    assert said.returncode == 0, said.stdout[-5000:] + said.stderr[-2000:]
