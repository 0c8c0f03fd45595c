// Two bots that answer each other: the loop is held, for longer each time, and then stopped.
import { World } from "reynolds/testing";

const world = await World.open({ self: ["github:rebase[bot]"] }); // GitHub in memory, and a clock that need not be waited for
world.bot(async (turn) => { // a bot that answers everybody, also other bots
  const sent = await turn.send({ kind: "comment", text: "Could not rebase, please try again." });
  console.log(sent.type === "done" ? "answered" : sent.why);
});
world.other("github:merge[bot]", ({ id, by, subject }) => {
  if (by === "github:rebase[bot]") return { subject, text: "Conflict. @rebase, again!", reply_to: id };
});
world.say("github:octocat", "github:acme/api#7", "Please rebase.");
const run = await world.run();
console.log(`quiet again after ${run.posts.length} comments, ${run.denied.length} denied`);
await world.close();
