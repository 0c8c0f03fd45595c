// Objects, text, bytes or Rust alone: the same answers, whatever goes in.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";
import fc, { type Arbitrary } from "fast-check";
import { Broker, ReynoldsError, type Effect, type Genesis, type Input } from "reynolds";
import { program } from "./rust.mjs";

const GENESIS: Genesis = {
  name: "t",
  durability: "volatile",
  config: {
    enforce: "hold",
    chain: { hop_limit: 3, budget: 9 },
    rules: [
      { id: "handle", when: { kind: "issue*" }, handle: "h" },
      { id: "tell", when: { class: ["human", "unknown"] }, effects: [{ kind: "message", subject: "teams:{actor}", text: "{text}" }] },
    ],
  },
};

const name = fc.constantFrom("", "a", "b", "d1", "d2", "github", "x".repeat(300), "ümlaut", "\u2028", "\u{1f600}", "\u0000", "\ud800");
const number = fc.oneof(fc.nat(9), fc.maxSafeNat(), fc.constantFrom(-1, 0.5, 2 ** 53, 1e300));
const free = fc.jsonValue({ maxDepth: 3 });
const anything = fc.oneof(free, name, number);
const effectId = fc.constantFrom("2.0", "2.1", "3.0", "4.0", "5.0", "02.0", "2", "9.0");

/** An object with these keys, and some of those. */
function shape(required: Record<string, Arbitrary<unknown>>, optional: Record<string, Arbitrary<unknown>> = {}): Arbitrary<object> {
  return fc.record({ ...required, ...optional }, { requiredKeys: Object.keys(required), noNullPrototype: true }) as Arbitrary<object>;
}

const type = (...names: string[]) => fc.constantFrom(...names);
const event = shape(
  { type: type("event"), id: name, source: type("github"), kind: type("issues.opened", "push"), subject: name },
  {
    actor: shape({ id: name }, { class: type("human", "bot", "app", "robot") }), text: name, object: name, reply_to: name, version: number,
    attempt: fc.array(number, { maxLength: 3 }), progress: number, tenant: name, also: fc.array(name, { maxLength: 2 }),
    attributes: fc.dictionary(name, name, { maxKeys: 2, noNullPrototype: true }), state: shape({ property: name, value: name }), about: name,
    nonsense: anything,
  },
);
const proposal = shape(
  { kind: name, subject: name },
  {
    key: name, text: name, payload: free, attempt: fc.array(number, { minLength: 2, maxLength: 2 }), read_only: fc.boolean(),
    plan: shape({ id: name, size: number }), expires_at: number,
  },
);
const propose = shape(
  { type: type("propose"), cause: fc.oneof(effectId, name, fc.array(effectId, { maxLength: 2 })), effects: fc.array(proposal, { maxLength: 3 }) },
  { more: fc.boolean(), tenant: name },
);
const result = fc.oneof(
  shape({ type: type("done") }, { object: name, objects: fc.array(name, { maxLength: 2 }) }),
  shape({ type: type("retry"), after_ms: number }),
  shape({ type: type("ambiguous", "failed", "cancelled", "maybe") }, { reason: name }),
);
const outcome = shape({ type: type("outcome"), effect: effectId, result }, { chain: type("2", "3", "0") });
const order = fc.oneof(
  shape({ type: type("stop_all", "resume_all") }, { subject: name }),
  shape({ type: type("approve", "cancel"), effect: effectId }),
  shape({ type: type("stop_subject"), subject: name }),
);
const command = shape({ type: type("command"), do: order }, { by: shape({ id: name }), reason: name, tenant: name });
const wild = fc.dictionary(fc.constantFrom("type", "id", "effects", "do"), anything, { maxKeys: 4, noNullPrototype: true });
const life = fc.array(fc.tuple(fc.nat(100_000), fc.oneof(event, event, propose, outcome, command, wild)), { maxLength: 12 });

/** What the Rust library says to a life, by a program of its own: a line for each input, then the digest. */
function byRust(inputs: [number, string][]): string[] {
  const lines = [JSON.stringify({ genesis: GENESIS }), ...inputs.map(([at, text]) => `${at} ${text}`)];
  const { status, stdout, stderr } = spawnSync(program("answers"), { input: lines.join("\n"), encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout.split("\n").slice(0, -1);
}

interface Native {
  submit(at: number, input: string): string;
  advance(at: number): string;
  released(after: number): string;
  wakeup(): string;
  ask(question: string): string;
}

/** The addon without the typed wrapper: its bytes are the core's. */
function native(): Native {
  const { addon } = createRequire(import.meta.url)("../dist/native.js") as { addon: { NativeBroker: { create(...args: unknown[]): Native } } };
  return addon.NativeBroker.create(JSON.stringify(GENESIS), new Uint8Array(), []);
}

function problem(call: () => string): string {
  try {
    return call();
  } catch (error) {
    const [message = "", field] = (error as Error).message.split("\u001f");
    return JSON.stringify({ code: message.slice(0, 6), message, field });
  }
}

function said(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    if (error instanceof ReynoldsError) return { code: error.code, message: error.message, ...(error.field === undefined ? {} : { field: error.field }) };
    throw error;
  }
}

/** An object has no lines and columns. */
function unplaced(answer: unknown): unknown {
  const { code, message, ...rest } = answer as { code?: string; message?: string };
  return code === undefined ? answer : { code, ...rest, message: message?.replace(/ at line \d+ column \d+/, "") };
}

test("Node and Rust give the same bytes to the same life", () => {
  fc.assert(fc.property(life, (steps) => {
    const broker = native();
    const inputs: [number, string][] = [];
    let [at, cursor] = [0, 0];
    const found = steps.map(([step, value]) => {
      const text = JSON.stringify(value);
      inputs.push([(at += step), text]);
      const answer = problem(() => broker.submit(at, text));
      const [advanced, effects] = [broker.advance(at), broker.released(cursor)];
      cursor = (JSON.parse(effects) as Effect[]).at(-1)?.release ?? cursor;
      return `[${answer},${advanced},${effects},${broker.wakeup()}]`;
    });
    assert.deepEqual([...found, broker.ask('{"type":"digest"}')], byRust(inputs));
  }), { numRuns: 150 });
});

test("objects, text and bytes give the same answers to the same life", () => {
  fc.assert(fc.property(life, (steps) => {
    const [objects, texts, bytes] = [new Broker(GENESIS), new Broker(JSON.stringify(GENESIS)), new Broker(Buffer.from(JSON.stringify(GENESIS)))];
    let [at, cursor] = [0, 0];
    for (const [step, value] of steps) {
      const text = JSON.stringify(value);
      at += step;
      const answer = said(() => texts.submit(at, text));
      assert.deepEqual(said(() => bytes.submit(at, Buffer.from(text))), answer);
      assert.deepEqual(said(() => objects.submit(at, value as Input)), unplaced(answer));
      const several = [text, text];
      const answers = objects.submitAll(at, several.map((one) => JSON.parse(one) as Input));
      assert.deepEqual(texts.submitAll(at, `[${several}]`), answers);
      assert.deepEqual(bytes.submitAll(at, Buffer.from(`[${several}]`)), answers);
      const effects = objects.released(cursor);
      assert.deepEqual([texts.released(cursor), bytes.released(cursor)], [effects, effects]);
      cursor = effects.at(-1)?.release ?? cursor;
    }
    assert.deepEqual([texts.digest(), bytes.digest()], [objects.digest(), objects.digest()]);
  }), { numRuns: 150 });
});
