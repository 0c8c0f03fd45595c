"""The programs of the Rust workspace that these tests compare with, built when they are first asked for."""

from __future__ import annotations

import functools
import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Both at once, so that what they share is compiled once.
BUILD = ["cargo", "build", "--quiet", "--locked", "--message-format", "json-render-diagnostics", "-p", "reynolds-examples",
         "--bin", "answers", "-p", "reynolds", "--features", "reynolds/cli", "--bin", "reynolds"]  # fmt: skip


@functools.cache
def programs() -> dict[str, str]:
    built = subprocess.run(BUILD, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    found = [json.loads(line) for line in built.stdout.splitlines()]
    return {one["target"]["name"]: one["executable"] for one in found if one.get("executable")}
