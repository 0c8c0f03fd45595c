"""Two bots that answer each other: the loop is held, for longer each time, and then stopped."""

from reynolds import Turn
from reynolds.testing import World


async def answer(turn: Turn) -> None:  # a bot that answers everybody, also other bots
    sent = await turn.send(kind="comment", text="Could not rebase, please try again.")
    print("answered" if sent["type"] == "done" else sent["why"])


with World(answer, self="github:rebase[bot]") as world:  # GitHub in memory, and a clock that need not be waited for
    world.other("github:merge[bot]", lambda post: post.reply("Conflict. @rebase, again!") if post.by == "github:rebase[bot]" else None)
    world.say("github:octocat", "github:acme/api#7", "Please rebase.")
    run = world.run()
print(f"quiet again after {len(run.posts)} comments, {len(run.denied)} denied")
