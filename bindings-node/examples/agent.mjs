// A program as an agent: tasks come as lines of JSON on its standard input, reports go as lines of JSON to its standard output.
// This one does what the input of its task says, once: {"crash": true}, {"hang": true}, {"steps": 3}. Run by agents.mjs.
import { createInterface } from "node:readline";

const stopped = new Set();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "dispatch") work(message);
  if (message.type === "recall") stopped.add(message.dispatch);
}

async function work({ id, epoch, attempt, input = {}, resume_from = 0 }) {
  const report = (report) => process.stdout.write(`${JSON.stringify({ dispatch: id, epoch, report })}\n`);
  report({ type: "started" });
  if (attempt === 1 && input.hang) for (;;); // no signs of life any more, and deaf to a recall
  for (let step = resume_from; step < (input.steps ?? 1); step++) {
    if (stopped.has(id)) return report({ type: "cancelled" });
    await pause(20);
    report({ type: "progress", done: step + 1, of: input.steps ?? 1, state: step + 1 }); // another attempt resumes from here
    if (attempt === 1 && input.crash && step === 1) process.exit(1);
  }
  report({ type: "done", result: { by: process.pid, resumed_from: resume_from } });
}
