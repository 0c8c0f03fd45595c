"""Threads, and an interpreter that ends while one of them writes."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from reynolds import Broker


def event(number: int) -> Any:
    return {"type": "event", "id": f"d{number}", "source": "s", "kind": "k", "subject": f"x{number % 7}"}


def test_threads_that_submit_store_and_ask_do_not_wait_for_each_other_for_ever(tmp_path: Path) -> None:
    broker = Broker.open(tmp_path / "bot.ryj", {"name": "t"})
    done = threading.Event()

    def submit(first: int) -> None:
        for number in range(first, first + 500):
            broker.submit(1000, event(number))

    def store() -> None:
        while not done.is_set():
            broker.commit()

    def ask() -> None:
        while not done.is_set():
            broker.ask({"type": "digest"})
            broker.released(0)

    helpers = [threading.Thread(target=work, daemon=True) for work in (store, store, ask)]
    writers = [threading.Thread(target=submit, args=(number * 500,), daemon=True) for number in range(4)]
    for thread in [*helpers, *writers]:
        thread.start()
    for thread in writers:
        thread.join(30)
        assert not thread.is_alive()
    done.set()
    for thread in helpers:
        thread.join(30)
        assert not thread.is_alive()
    assert broker.commit() == 2001
    broker.close()
    assert Broker.open(tmp_path / "bot.ryj", {"name": "t"}).opened["last"] == 2001


@pytest.mark.parametrize("end", ["raise SystemExit(3)", "import os; os._exit(3)"])
def test_an_interpreter_that_ends_in_the_middle_of_an_append_leaves_a_journal(tmp_path: Path, end: str) -> None:
    code = f"""
import sys, threading, time
from reynolds import Broker
broker = Broker.open(sys.argv[1], {{"name": "t"}})
stored = 0
def work():
    global stored
    number = 0
    while True:
        for _ in range(200):
            number += 1
            broker.submit(1000, {{"type": "event", "id": f"d{{number}}", "source": "s", "kind": "k", "subject": "x" * 900}})
        stored = broker.commit()
threading.Thread(target=work, daemon=True).start()
while stored < 1000:
    time.sleep(0.001)
print(stored, flush=True)
{end}
"""
    path = tmp_path / "bot.ryj"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (3, "")
    assert Broker.open(path, {"name": "t"}).opened["last"] >= int(done.stdout)
