// What the sender of an effect is told in words: the same list for every language.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { open, type DenyReason, type Handled, type HoldReason, type Sent, type Tripped, type Verdict } from "reynolds";
import { bot, comment } from "./support.mjs";

const ROOT = join(import.meta.dirname, "../..");
const { atOnce } = createRequire(import.meta.url)("../dist/turn.js") as { atOnce(verdict: Verdict, tripped?: () => Tripped): Sent | undefined };
const { because } = createRequire(import.meta.url)("../dist/plans.js") as { because(reason: { type: string; [fact: string]: unknown }): string };
const words = JSON.parse(readFileSync(join(ROOT, "core/tests/hosts/words.json"), "utf8")) as Array<{ verdict: Verdict; why: string; tripped?: Tripped }>;

for (const [at, { verdict, why, tripped }] of words.entries()) {
  const what = verdict.type === "held" ? verdict.why : verdict.type === "denied" ? verdict.reason : verdict.type;
  test(`${verdict.type} for \`${what}\` is told in the words of every language, ${at}`, () => {
    const sent = atOnce(verdict, tripped && (() => tripped));
    assert.equal(sent && "why" in sent ? sent.why : undefined, why);
  });
}

test("each reason to hold or to deny has its words", () => {
  const held: Record<HoldReason, true> = { limit: true, behind: true, probe: true, repeats: true };
  const denied: Record<DenyReason, true> = {
    hop_limit: true, budget: true, loop: true, stopped: true, rounds: true, incomplete: true, proved: true, tripped: true,
  };
  const shown = (type: string) => new Set(words.flatMap(({ verdict }) => (verdict.type !== type ? [] : verdict.type === "held" ? verdict.why : verdict.type === "denied" ? verdict.reason : [])));
  assert.deepEqual([...shown("held")].sort(), Object.keys(held).sort());
  assert.deepEqual([...shown("denied")].sort(), Object.keys(denied).sort());
});

test("what is held because it repeats itself does not claim that a person is asked", async () => {
  const { options } = bot();
  await using ry = await open(":memory:", options);
  const held: Sent[] = [];
  for (let round = 1; round <= 8 && held.length === 0; round++) {
    const reply = { ...comment(`r${round}`), actor: { id: "github:echo[bot]", class: "bot" as const }, text: "Again!" };
    const event = round === 1 ? comment("r1") : { ...reply, reply_to: `github:comment/1${round - 1}` };
    const handled = (await ry.handle(event, (turn) => turn.send({ kind: "comment", subject: turn.subject, text: "Go." }))) as Handled & { value: Sent };
    if (handled.value?.type === "held") held.push(handled.value);
  }
  const [first] = held;
  assert.ok(first?.type === "held", "nothing was held");
  assert.match(first.why, /^held: it repeats itself.*; it leaves by itself at 20\d\d-/);
});

test("an agent is left out until a time that people can read", () => {
  assert.equal(because({ type: "breaker", until: 1795420589293 }), "breaker (until 2026-11-23 07:56:29.293 UTC)");
  assert.equal(because({ type: "lacks", capability: "rust" }), "lacks (capability rust)");
});
