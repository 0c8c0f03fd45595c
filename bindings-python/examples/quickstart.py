import asyncio

import reynolds
from fake_github import FakeGitHub  # a GitHub in memory; yours is behind httpx, aiohttp or gidgethub
from reynolds import Performing, Turn, github
from reynolds.types import OutcomeResult

api = FakeGitHub(secret="It's a Secret to Everybody")


async def perform(effect: Performing) -> OutcomeResult:  # the only place that talks to GitHub
    owner, repo, number = github.ref(effect["subject"])
    comment = await api.post(f"/repos/{owner}/{repo}/issues/{number}/comments", {"body": github.mark(effect)})
    return {"type": "done", "object": f"github:comment/{comment['id']}"}


async def find(effect: Performing) -> OutcomeResult | None:  # did it happen? asked before anything is sent again
    owner, repo, number = github.ref(effect["subject"])
    page = 1
    while comments := await api.get(f"/repos/{owner}/{repo}/issues/{number}/comments?per_page=100&page={page}"):
        for comment in comments:  # the oldest come first; others can write a marker too
            user = comment["user"] or {}  # none, where the account is gone
            if user.get("login") == "triage[bot]" and github.marked(comment["body"], effect):
                return {"type": "done", "object": f"github:comment/{comment['id']}"}
        page += 1
    return None


async def answer(turn: Turn) -> None:  # your bot
    if turn.event.get("actor", {}).get("class") == "bot":
        return  # as it does today
    sent = await turn.send(key="answer", kind="comment", text="Thanks! Which version is it?")
    print("answered" if sent["type"] == "done" else sent["why"])  # done | held | denied | duplicate | failed
    if sent["type"] == "done" and (would := sent.get("would")):  # log mode says it, and lets it leave
        print("would have been stopped:", would["reason"])


async def main() -> None:
    async with reynolds.open(
        "bot.ryj", name="triage", enforce="log", self=["github:triage[bot]"], perform=perform, find=find
    ) as ry:

        async def webhook(headers: dict[str, str], body: bytes) -> None:  # what your web framework calls
            github.verify("It's a Secret to Everybody", headers, body)
            await ry.handle(github.event(headers, body), answer)

        api.webhook = webhook
        await api.a_person_comments("It breaks.")


asyncio.run(main())
