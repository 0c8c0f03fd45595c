import assert from "node:assert/strict";
import { test } from "node:test";
import { open, type Turn } from "reynolds";
import { bot, comment, folder, until } from "./support.mjs";

const answer = (turn: Turn) => turn.send({ key: "answer", kind: "comment", subject: turn.subject, text: "42" });

test("rules call handlers by name, and an event for a name that does not exist waits for one that does", async () => {
  using journal = folder();
  const rule = (id: string) => ({ id, when: { text: `*${id}*` }, handle: id });
  const { options, posts, errors } = bot({ rules: [rule("answer")], handlers: { answer }, timing: { handle_due_ms: 20 } });
  const rules = [rule("answer"), rule("nobody")];
  await assert.rejects(open(journal.path, { ...options, rules }), { code: "RY2206", message: /the rule `nobody` names the handler `nobody`/ });
  // What every object has is no handler.
  await assert.rejects(open(journal.path, { ...options, rules: [rule("constructor")] }), { code: "RY2206" });
  const first = await open(journal.path, options);
  await first.submit({ type: "configure", config: { ...first.broker.config(), rules } });
  await first.submit({ type: "event", ...comment(), text: "answer me" });
  await first.submit({ type: "event", ...comment("d9"), text: "is nobody there?" });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await first.close();
  assert.equal(posts.length, 1);
  assert.deepEqual(errors.map(({ message }) => message.slice(0, 44)), ["RY2211: there is no handler `nobody` for eff"]);
  const heard: string[] = [];
  await using second = await open(journal.path, { ...options, rules, handlers: { answer, nobody: ({ event }) => void heard.push(event.id) } });
  await until(() => heard.length > 0);
  await second.idle();
  assert.deepEqual([heard, second.broker.open()], [["d9"], []]);
});

test("an event for a handler that no rule names any more has failed", async () => {
  using journal = folder();
  const rules = [{ id: "r", when: { kind: "*" }, handle: "hang" }];
  const { options, errors } = bot({ closeMs: 1 });
  const first = await open(journal.path, { ...options, rules, handlers: { hang: () => new Promise(() => {}) } });
  await first.submit({ type: "event", ...comment() });
  await first.close();
  await using second = await open(journal.path, options);
  await second.idle();
  assert.match(errors[0]!.message, /^RY2211: there is no handler `hang` for effect \d+\.0; give it in `handlers`$/);
  assert.deepEqual(second.broker.open(), []);
});
