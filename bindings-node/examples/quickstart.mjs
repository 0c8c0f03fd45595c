// readme: begin
import { github, open } from "reynolds";
import { aPersonComments, answer, app, octokit } from "./platform.mjs"; // a GitHub in memory; yours are Probot's

const ry = await open("bot.ryj", { name: "triage", enforce: "log", self: ["github:triage[bot]"], perform, find });

app.on("issue_comment.created", (ctx) =>
  ry.handle(github.event(ctx), async (turn) => {
    if (ctx.isBot) return; // as your bot does today
    const sent = await turn.send({ key: "answer", kind: "comment", subject: turn.subject, text: await answer(ctx) });
    if (sent.type !== "done") ctx.log.warn(sent.why); // done | held | denied | duplicate | failed
    else if (sent.would) ctx.log.warn(`would have been stopped: ${sent.would.reason}`); // log mode says it, and lets it leave
  }));

/** @type {import("reynolds").Perform} */
async function perform(effect) { // the only place that talks to GitHub
  const where = github.ref(effect.subject);
  const { data } = await octokit.rest.issues.createComment({ ...where, body: github.mark(effect), request: { retries: 0 } });
  return { type: "done", object: `github:comment/${data.id}` };
}

/** @type {import("reynolds").Find} */
async function find(effect) { // did it happen? asked before anything is sent again
  const where = { ...github.ref(effect.subject), per_page: 100 };
  const comments = await octokit.paginate(octokit.rest.issues.listComments, where); // all pages: the oldest come first
  const comment = comments.find(({ user, body }) => user?.login === "triage[bot]" && github.marked(body, effect)); // others can write a marker too
  return comment ? { type: "done", object: `github:comment/${comment.id}` } : null;
}

console.log(await aPersonComments("It breaks."));
await ry.close();
// readme: end
