"""What the README shows is a file, and it runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from reynolds import Broker

HERE = Path(__file__).resolve().parents[1]
QUICKSTART = HERE / "examples" / "quickstart.py"


def test_the_quickstart_is_the_file() -> None:
    readme = HERE / "README.md"
    found = re.compile(r"(<!-- examples/quickstart\.py -->\n```python\n)(.*?)(```\n)", re.DOTALL)
    text = readme.read_text(encoding="utf-8")
    now = found.sub(lambda match: match[1] + QUICKSTART.read_text(encoding="utf-8") + match[3], text)
    if os.environ.get("REYNOLDS_REWRITE"):
        readme.write_text(now, encoding="utf-8")
    assert text == now, "run the tests with REYNOLDS_REWRITE=1"


def test_the_quickstart_runs_and_runs_again(tmp_path: Path) -> None:
    for expected in ("answered\n", "answered\n"):
        done = subprocess.run([sys.executable, "-W", "error", QUICKSTART], cwd=tmp_path, capture_output=True, text=True)
        # The fake GitHub begins anew: its first delivery is known to the second run, and log mode changes nothing.
        assert (done.returncode, done.stderr, done.stdout) == (0, "", expected)
    assert Broker.open(tmp_path / "bot.ryj", {"name": "triage"}).opened["last"] > 8
