import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import * as reynolds from "reynolds";
import { Broker, ReynoldsError, type Input } from "reynolds";

const GENESIS = {
  name: "triage",
  durability: "volatile" as const,
  config: { rules: [{ id: "r", effects: [{ kind: "message", subject: "teams:triage", text: "{kind}" }] }] },
};
const EVENT = { type: "event" as const, id: "d1", source: "github", kind: "issues.opened", subject: "github:acme/api#7" };

function thrown(call: () => unknown): ReynoldsError {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof ReynoldsError, `${error}`);
    assert.ok(error.message.startsWith(error.code), error.message);
    return error;
  }
  assert.fail("nothing was thrown");
}

test("a round over objects", () => {
  const broker = new Broker(GENESIS);
  const decision = broker.submit(1000, EVENT);
  assert.deepEqual(decision, { seq: 2, chain: "2", verdicts: [{ type: "admitted", effect: "2.0" }] });
  const [effect] = broker.released(0);
  assert.equal(effect?.type === "act" && effect.text, "issues.opened");
  assert.deepEqual(broker.wakeup(), { at: 61_000, reason: "outcome_due" });
  const outcome: Input = { type: "outcome", effect: "2.0", result: { type: "done", object: "teams:msg/1" } };
  assert.deepEqual(broker.submitAll(2000, [outcome, outcome]), [
    { seq: 3, verdicts: [] },
    { code: "RY1010", message: "RY1010: effect 2.0 has ended already; nothing is left to report or order", field: "effect" },
  ]);
  assert.equal(broker.advance(99_000), null);
});

test("objects, text and bytes are one door", () => {
  const digests = [EVENT, JSON.stringify(EVENT), Buffer.from(JSON.stringify(EVENT))].map((input) => {
    const broker = new Broker(GENESIS);
    broker.submit(1000, input);
    return broker.digest();
  });
  assert.match(digests[0]!, /^[0-9a-f]{16}$/);
  assert.deepEqual(new Set(digests).size, 1);
});

test("a wrong value in any field is refused by the name of the field", () => {
  const broker = new Broker(GENESIS);
  const digest = broker.digest();
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  const fields = [
    "id", "source", "kind", "subject", "about", "also", "actor", "object", "text", "reply_to", "state", "version", "token",
    "attempt", "progress", "tenant", "occurred_at", "traceparent", "content_key", "attributes",
  ];
  const numbers = ["version", "progress", "occurred_at"];
  const wrong = [5n, Number.NaN, Number.POSITIVE_INFINITY, () => 1, Symbol("x"), -1, 1.5, 2 ** 60 * 32, true, circle, new Map(), [[]], "x", 7];
  for (const field of fields) {
    for (const value of wrong) {
      const fits = (value === 7 && numbers.includes(field)) ||
        (value === "x" && !["also", "actor", "state", "attempt", "attributes", ...numbers].includes(field));
      if (fits) continue;
      const error = thrown(() => broker.submit(1000, { ...EVENT, [field]: value } as unknown as Input));
      assert.equal(error.code, "RY1001", `${field}: ${error.message}`);
      assert.ok(error.message.includes(field), `${field}: ${error.message}`);
    }
  }
  assert.equal(broker.digest(), digest);
});

test("what is no input at all is refused with a number", () => {
  const broker = new Broker(GENESIS);
  for (const [input, says] of [
    [undefined, "undefined"], [null, "null"], [5, "5"], [5n, "5n"], ["", "it ends within a value"], ["{", "it ends within an object"], [[], "it is a list"], [{}, "type"],
    [Buffer.from([0xff, 0xfe]), "expected value"], [Buffer.from('{"type":"event","id":"\xff"}', "latin1"), "unicode"],
    [{ ...EVENT, knd: 1 }, "`knd`"], [{ ...EVENT, id: "\ud800" }, "`id`"],
  ] as const) {
    const error = thrown(() => broker.submit(1000, input as unknown as Input));
    assert.equal(error.code, "RY1001");
    assert.ok(error.message.includes(says), `${says}: ${error.message}`);
  }
});

test("numbers that are no time or record are refused by name", () => {
  const broker = new Broker(GENESIS);
  for (const wrong of [Number.NaN, -1, 1.5, 2 ** 53, Number.POSITIVE_INFINITY, "1", 5n, undefined, null, {}]) {
    const at = wrong as number;
    assert.match(thrown(() => broker.submit(at, EVENT)).message, /^RY1005: `at` is /);
    assert.match(thrown(() => broker.advance(at)).message, /^RY1005: `at` is /);
    assert.match(thrown(() => broker.released(at)).message, /^RY1005: `after` is /);
    assert.match(thrown(() => broker.staged(at)).message, /^RY1005: `after` is /);
    assert.match(thrown(() => broker.markDurable(at)).message, /^RY1005: `through` is /);
  }
  assert.match(thrown(() => broker.submit(253_402_300_800_000, EVENT)).message, /^RY1005: `at` is 253402300800000, /);
});

test("a genesis or key that can not be used is refused with a number", () => {
  assert.equal(thrown(() => new Broker({ name: "" })).code, "RY2004");
  assert.match(thrown(() => new Broker({ name: "x", sed: 1 } as never)).message, /^RY1001.*`sed`/);
  assert.equal(thrown(() => new Broker({ name: "x", config: { rules: [{ id: "r" }] } })).code, "RY1014");
  for (const keys of [[[256, "s"]], [["1", "s"]], [[1]], ["ab"]]) {
    assert.match(thrown(() => new Broker({ name: "x" }, keys as never)).message, /^RY2206: keys\[0\] must/);
  }
  for (const keys of [[[1, "a new secret of some bytes"], [1, "an old one of some bytes"]]]) {
    assert.match(thrown(() => new Broker({ name: "x" }, keys as never)).message, /^RY2206: keys\[1\] must have a number of its own/);
  }
  for (const secret of ["", "thirteen byte"]) assert.equal(thrown(() => new Broker({ name: "x" }, [[1, secret]])).code, "RY2005");
});

test("a status says how far the broker's time is ahead of a clock that was set back", () => {
  const broker = new Broker(GENESIS);
  const ahead = (at: number) => (broker.advance(at), broker.status().ahead_ms);
  const at = 1_735_689_600_000;
  broker.submit(at + 3_600_000, EVENT);
  assert.equal(broker.status().ahead_ms, 0);
  assert.equal(ahead(at + 1000), 3_599_000);
  // At half its pace it waits for the clock.
  assert.equal(ahead(at + 7_201_000), 0);
});

test("questions have answers", () => {
  const broker = new Broker(GENESIS, [[1, "a secret of the host"]]);
  broker.submit(1000, EVENT);
  assert.deepEqual(broker.status(), {
    name: "triage", number: 2240796277, now: 1000, ahead_ms: 0, seq: 2, durable: 2, forged_tokens: 0, stops: 0, tenants: [""],
  });
  assert.deepEqual(broker.config().rules?.map((rule) => rule.id), ["r"]);
  assert.deepEqual(broker.open().map((open) => [open.effect.id, open.due]), [["2.0", 61_000]]);
  assert.equal(broker.openEffect("2.0")?.effect.chain, "2");
  assert.equal(broker.openEffect("3.0"), null);
  assert.match(thrown(() => broker.openEffect("3")).message, /^RY1001.*effect id/);
  assert.equal(broker.resolve("github:acme/api#7"), "github:acme/api#7");
  assert.equal(broker.knownState("github:acme/api#7"), null);
  assert.deepEqual(broker.ancestry("2.0"), []);
  assert.deepEqual(broker.spent("2"), { used: 0, budget: 96 });
  assert.deepEqual(broker.counts().find((count) => count.table === "open_effects"), {
    table: "open_effects", entries: 1, forgotten: 0,
  });
  assert.deepEqual(broker.tripped(), { chains: [] });
  assert.deepEqual(broker.repetition(), []);
  assert.deepEqual(broker.repetition("nobody"), []);
  assert.match(broker.tenantDigest("") ?? "", /^[0-9a-f]{16}$/);
  assert.equal(broker.tenantDigest("nobody"), null);
});

test("what has tripped, and how often rules repeat something, can be asked", () => {
  const rules = [{ id: "pong", when: { kind: "c" }, effects: [{ kind: "comment", subject: "{subject}", text: "pong" }] }];
  const broker = new Broker({ name: "t", config: { breaker: { notify: "teams:oncall" }, chain: { hop_limit: 3 }, rules } });
  let [reply, cursor] = ["", 0];
  for (let at = 1; at <= 4; at++) {
    broker.submit(at * 1000, {
      ...EVENT, type: "event", id: `d${at}`, kind: "c", actor: { id: "github:other[bot]", class: "bot" }, ...(reply && { reply_to: reply }),
    });
    broker.markDurable(broker.status().seq);
    for (const effect of broker.released(cursor)) {
      [reply, cursor] = [`github:comment/${effect.id}`, effect.release];
      broker.submit(at * 1000 + 10, { type: "outcome", effect: effect.id, result: { type: "done", object: reply } });
    }
  }
  const { stopped_until, chains } = broker.tripped();
  assert.equal(stopped_until, undefined);
  assert.deepEqual(chains.map(({ reason, times, stage, since, until }) => [reason, times, stage, since, until]), [
    ["hop_limit", 1, "open", 4000, 3_604_000],
  ]);
  assert.deepEqual(broker.repetition().map(({ rule }) => rule), ["pong"]);
  assert.equal(broker.repetition()[0]?.definite.reduce((sum, steps) => sum + steps), 2);
});

test("what people have stopped says who, why and since when, and many held effects leave by one order", () => {
  const broker = new Broker(GENESIS);
  assert.deepEqual(broker.stops(), []);
  const by = { id: "teams:bob", class: "human" } as const;
  broker.submit(1000, { type: "command", do: { type: "stop_all" }, by, reason: "incident 17" });
  assert.deepEqual(broker.stops(), [{ what: "all", by, reason: "incident 17", since: 1000, record: 2 }]);
  assert.equal(broker.status().stops, 1);
  const [denied] = broker.submit(2000, EVENT).verdicts;
  assert.deepEqual(denied?.type === "denied" && denied.stop, { what: "all", record: 2 });
  const order = { type: "approve_held", rule: "r" } as const;
  assert.match(thrown(() => broker.submit(3000, { type: "command", do: order, by })).message, /^RY1021.*nothing is held of rule `r`/);
});

test("`import` and `require` give the same things", () => {
  const required = createRequire(import.meta.url)("reynolds") as typeof reynolds;
  const interop = ["default", "__esModule"];
  assert.deepEqual(Object.keys(required).sort(), Object.keys(reynolds).filter((name) => !interop.includes(name)).sort());
  assert.equal(required.ReynoldsError, ReynoldsError);
  assert.equal(required.Broker, Broker);
});

test("a panic ends the broker and not the process", (context) => {
  const { NativeBroker } = createRequire(import.meta.url)("../dist/native.js").addon;
  const broken = NativeBroker.create('{"name":"x"}', new Uint8Array(), []);
  assert.throws(() => broken.panic(), /^Error: RY2001: the broker is poisoned/);
  assert.throws(() => broken.submit(1, JSON.stringify(EVENT)), /^Error: RY2001: /);
  assert.throws(() => broken.snapshot(), /^Error: RY2001: /);
  context.diagnostic("what the panic printed above is meant");
});

test("a broker works in a worker thread", async () => {
  const code = `
    const { Broker } = require("reynolds");
    const { parentPort, workerData } = require("node:worker_threads");
    const broker = new Broker(workerData.genesis);
    broker.submit(1000, workerData.event);
    let code;
    try { broker.submit(1000, { type: "event" }) } catch (error) { code = error.code }
    parentPort.postMessage([broker.digest(), code]);`;
  const here = new Broker(GENESIS);
  here.submit(1000, EVENT);
  const answers = await Promise.all([1, 2, 3].map(() => new Promise((resolve, reject) => {
    const worker = new Worker(code, { eval: true, workerData: { genesis: GENESIS, event: EVENT } });
    worker.once("message", resolve).once("error", reject);
  })));
  assert.deepEqual(answers, [1, 2, 3].map(() => [here.digest(), "RY1001"]));
});
