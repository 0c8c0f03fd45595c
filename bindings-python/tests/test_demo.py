"""The demo tells the story that the Rust demo tells, to the same end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).resolve().parents[1] / "examples" / "demo.py"


def test_the_demo_keeps_its_promises_with_the_bundled_webhooks() -> None:
    environment = {**os.environ, "REYNOLDS_WEBHOOKS": ""}
    done = subprocess.run([sys.executable, DEMO], capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("✓") == 5
    # "state at the end" of `REYNOLDS_WEBHOOKS= cargo run -p reynolds-examples --bin demo`.
    digest = (Path(__file__).resolve().parents[2] / "examples/data/webhooks-small.digest").read_text().strip()
    assert f"digest of the state  {digest}" in done.stdout
