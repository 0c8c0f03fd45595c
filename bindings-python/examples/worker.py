"""A worker for `plan.py`: a line of JSON for each task on stdin, a line for each thing to say on stdout."""

import json
import os
import sys
import time
from typing import Any


def say(dispatch: str, **report: Any) -> None:
    print(json.dumps({"dispatch": dispatch, "report": report}), flush=True)


for line in sys.stdin:
    told = json.loads(line)
    if told["type"] != "dispatch":
        continue
    task, first = told["task"].split("/")[1], told["attempt"] == 1
    if task == "build" and first:
        os._exit(3)  # A crash, in the middle of its work.
    if task == "test" and first:
        say(told["id"], type="progress", done=20, of=40, state={"passed": 20})
        time.sleep(3600)  # It hangs.
    resumed = (told.get("resume_from") or {}).get("passed", 0)
    say(told["id"], type="done", result={"resumed_at": resumed})
