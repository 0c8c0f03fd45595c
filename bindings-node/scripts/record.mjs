// Records core/tests/journals/node: a bot in the middle of its work. Once for a format: what is recorded stays.
//   node scripts/record.mjs
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { open } from "reynolds";
import { VirtualClock } from "reynolds/testing";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../../core/tests/journals/node");
const clock = new VirtualClock(1_700_000_000_000);
const event = (id, more) => ({
  id, source: "github", kind: "issue_comment.created", subject: "github:acme/api#7", actor: { id: "github:octocat", class: "human" },
  text: `Question ${id}, with an ümlaut and a 🦀`, ...more,
});
const results = [{ type: "done", object: "github:comment/11" }, { type: "failed", reason: "404" }];

rmSync(folder, { recursive: true, force: true });
const ry = await open(folder, {
  name: "triage",
  self: ["github:triage[bot]"],
  seed: 7,
  clock,
  keys: [[1, "a key for tests"]],
  rules: [{ id: "tell", when: { kind: "issues.*" }, effects: [{ kind: "message", subject: "teams:triage", text: "New: {subject} by {actor}" }] }],
  // The third never answers: it is under way when the journal ends.
  perform: () => results.shift() ?? new Promise(() => {}),
  closeMs: 0,
});
const answer = (turn) => turn.send({ key: "answer", kind: "comment", subject: turn.subject, text: "42", payload: { a: [1, { b: null }] } });
await ry.handle(event("d1"), answer);
clock.moveTo(clock.now() + 250);
await ry.submit({ type: "event", ...event("d2", { kind: "issues.opened", subject: "github:acme/api#8" }) });
await ry.handle(event("d3", { object: "github:comment/11", actor: { id: "github:triage[bot]", class: "bot" }, text: "42" }), answer);
await ry.submit({ type: "command", do: { type: "stop_subject", subject: "github:acme/api#9" }, by: { id: "github:hubot", class: "human" } });
void ry.handle(event("d4"), answer);
await new Promise((resolve) => setTimeout(resolve, 100));

const { seq } = ry.broker.status();
const expected = { name: "triage", last: seq, digest: ry.broker.digest(), open: ry.broker.open().map(({ effect }) => effect.id) };
const closed = ry.close();
clock.moveTo(clock.now() + 1);
await closed;
rmSync(join(folder, "lock"), { force: true });
writeFileSync(join(folder, "expected.json"), `${JSON.stringify(expected)}\n`);
console.log(expected);
