// A plan whose agents are processes of this machine: one crashes, one hangs, and the plan succeeds all the same.
// node examples/agents.mjs [journal folder]
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Callable, open, Subprocess } from "reynolds";

const journal = process.argv[2] ?? join(mkdtempSync(join(tmpdir(), "reynolds-")), "release.ryj");
const ry = await open(journal, {
  name: "release",
  perform: () => ({ type: "done" }), // this plan posts nothing
  ask: ({ question }) => question.text === "May it be released?", // yours asks a person
  onError: ({ message }) => console.log(message),
});

const program = [process.execPath, join(import.meta.dirname, "agent.mjs")];
await ry.agents.add(new Subprocess("ada", program, { provides: ["rust"], slots: 2, graceMs: 200 }));
await ry.agents.add(new Subprocess("bob", program, { provides: ["rust"], graceMs: 200 }));
await ry.agents.add(new Callable("counter", (job) => job.input.length, { provides: ["count"] }));

const quick = { retry: { max_attempts: 10, base_ms: 50 }, timeouts: { heartbeat_ms: 2000 } };
const result = await ry.run({
  id: "rel-42",
  tasks: [
    { id: "build", requires: ["rust"], input: { steps: 5, crash: true }, ...quick },
    { id: "test", requires: ["rust"], input: { hang: true }, ...quick },
    { id: "count", needs: ["test"], requires: ["count"], input: [{ from: "build" }, { from: "test" }] },
    { id: "release", needs: ["count"], ask: { text: "May it be released?" } },
  ],
});

for (const { task, state, attempt, result: came_to } of Object.values(result)) console.log(task, state, "in attempt", attempt, came_to);
console.log(ry.explain({ plan: "rel-42" }));
await ry.close();
