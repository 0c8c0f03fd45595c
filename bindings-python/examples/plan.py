"""A plan run by local processes that crash, hang and come back."""

import asyncio
import sys
from pathlib import Path

import reynolds
from reynolds import Performing, Subprocess
from reynolds.types import OutcomeResult, PlanInput

WORKER = [sys.executable, str(Path(__file__).with_name("worker.py"))]

PLAN: PlanInput = {
    "type": "plan", "id": "rel-42", "tasks": [
        {"id": "build", "requires": ["rust"], "retry": {"base_ms": 100}},
        {"id": "test", "needs": ["build"], "timeouts": {"heartbeat_ms": 1000}, "retry": {"base_ms": 100}},
        {"id": "publish", "needs": ["test"], "ask": {"text": "Publish it?"}},
    ],
}  # fmt: skip


async def perform(effect: Performing) -> OutcomeResult:  # what agents want to do on a platform; nothing here
    return {"type": "failed", "reason": "no platform"}


async def ask(question: object) -> bool:  # a person
    return True


async def main(journal: str) -> None:
    async with reynolds.open(journal, name="release", perform=perform, ask=ask) as ry:
        for name in ("ada", "bob"):
            await ry.agents.add(Subprocess(name, WORKER, slots=4, provides=["rust"], restart_ms=100, grace_ms=500))
        result = await ry.run(PLAN)
        print(ry.explain(plan="rel-42"))
        print(result["build"]["attempt"], result["test"]["attempt"], result["test"].get("result"))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "release.ryj"))
