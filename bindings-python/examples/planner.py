"""An agent that plans: it adds tasks to its own plan, and says on the platform what came of them."""

import asyncio
import sys

import reynolds
from reynolds import Performing
from reynolds.agents import Callable, Job
from reynolds.types import OutcomeResult, PlanInput, Task

PLAN: PlanInput = {"type": "plan", "id": "audit-7", "tasks": [{"id": "plan", "requires": ["plans"]}]}


async def plans(job: Job) -> None:
    files = ["core.rs", "cli.rs"]  # What a model answers.
    checks: list[Task] = [{"id": f"check-{n}", "requires": ["rust"], "input": file} for n, file in enumerate(files)]
    tell: Task = {"id": "tell", "requires": ["rust"], "needs": ["check-0", "check-1"], "input": [{"from": "check-0"}, {"from": "check-1"}]}
    await job.patch(add=[*checks, tell])


async def works(job: Job) -> str:
    if job.task != "audit-7/tell":
        return f"{job.input} is fine"
    sent = await job.send(kind="comment", subject="github:acme/api#7", text=", ".join(job.input), key="report")
    return sent["type"]


async def perform(effect: Performing) -> OutcomeResult:
    print(effect["kind"], effect["subject"], effect.get("text"))
    return {"type": "done", "object": "github:comment/1"}


async def main(journal: str) -> None:
    async with reynolds.open(journal, name="audit", perform=perform) as ry:
        await ry.agents.add(Callable("ada", plans, provides=["plans"]))
        await ry.agents.add(Callable("bob", works, provides=["rust"]))
        result = await ry.run(PLAN)
        print(result.state, sorted(result))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "audit.ryj"))
