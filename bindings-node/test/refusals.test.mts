import assert from "node:assert/strict";
import { test } from "node:test";
import { cloudevents, github, open, type Clock, type Input, type Options, type Performed, type Performing, type Reynolds, type Sent, type Turn } from "reynolds";
import { VirtualClock } from "reynolds/testing";
import { bot, comment, until } from "./support.mjs";

const answer = (turn: Turn) => turn.send({ key: "answer", kind: "comment", subject: turn.subject, text: "42" });
const pause = (ms = 20) => new Promise((resolve) => setTimeout(resolve, ms));

/** A cycle, a bigint, a message that is no text, getters that throw: whatever a client may throw. */
function oddities(): unknown[] {
  const cycle: Record<string, unknown> = { status: 502 };
  cycle["request"] = { response: cycle };
  const thorny = Object.defineProperty({}, "status", { get: () => assert.fail("do not ask") });
  return [
    cycle, { x: 1n }, Object.assign(new Error("x"), { message: 5 }), null, undefined, Symbol("s"), () => {}, Object.create(null), thorny,
    new Proxy({}, { get: () => assert.fail("nor here"), getPrototypeOf: () => assert.fail("nor here") }), 5n, "", new Error(""),
  ];
}

test("whatever `perform` throws is an outcome, and the process goes on", async () => {
  for (const odd of oddities()) {
    const clock = new VirtualClock();
    let performed = 0;
    const { options, errors } = bot({
      clock,
      perform() {
        if (performed++ === 0) throw odd;
        return { type: "done" };
      },
    });
    await using ry = await open(":memory:", options);
    const handled = ry.handle(comment(), answer);
    await until(() => errors.length === 1);
    assert.match(errors[0]!.message, /^RY2212: `perform` of effect 3.0 has thrown, its outcome is ambiguous, .*: ./);
    await pause();
    clock.moveTo(clock.now() + 1000);
    assert.deepEqual((await handled as unknown as { value: Sent }).value, { type: "done", effect: "3.0" });
  }
});

test("whatever a handler throws is the caller's, and its event has ended", async () => {
  for (const odd of oddities()) {
    const { options, errors } = bot();
    await using ry = await open(":memory:", options);
    let thrown: unknown = "nothing";
    await ry.handle(comment(), () => {
      throw odd;
    }).catch((error: unknown) => {
      thrown = error;
    });
    assert.ok(thrown === odd);
    assert.deepEqual(ry.broker.open(), []);
    assert.deepEqual(errors, []);
  }
});

test("a reason is cut between letters, so that it can be stored", async () => {
  const message = `${"x".repeat(499)}😀 and more`;
  const { options, errors } = bot({ perform: () => Promise.reject(Object.assign(new Error(message), { status: 404 })) });
  await using ry = await open(":memory:", options);
  const handled = (await ry.handle(comment(), answer)) as unknown as { value: Sent };
  assert.deepEqual(handled.value, { type: "failed", effect: "3.0", why: `${"x".repeat(499)}\ufffd` });
  assert.deepEqual(errors.map(({ code }) => code), ["RY2212"]);
  await assert.rejects(ry.handle(comment(), () => Promise.reject(new Error(message))), { message });
  assert.deepEqual(ry.broker.open(), []);
  assert.equal(errors.length, 1);
});

const DAYS = 86_400_000;

test("after a jump of the clock an effect is not performed again and again", async () => {
  let [shift, performed] = [0, 0];
  const clock: Clock = {
    now: () => Date.now() + shift,
    after(ms, call) {
      const timer = setTimeout(call, Math.min(Math.max(ms, 0), 2 ** 31 - 1));
      return () => clearTimeout(timer);
    },
  };
  const { options, errors } = bot({
    clock,
    closeMs: 20,
    perform() {
      performed += 1;
      shift = 500 * DAYS;
      return { type: "done", object: "github:comment/1" };
    },
  });
  await using ry = await open(":memory:", options);
  void ry.handle(comment(), answer);
  await until(() => performed === 1);
  await pause(300);
  assert.equal(performed, 1);
  assert.ok(errors.length <= 1 && errors.every(({ code }) => code === "RY1006"), `${errors}`);
});

/** Has the broker refuse outcomes for a time that can not be, as long as `shut`. */
function gate(ry: Reynolds) {
  const gate = { shut: true, refused: 0 };
  const submit = ry.broker.submitAll.bind(ry.broker);
  ry.broker.submitAll = (at, inputs) =>
    (JSON.parse(inputs as string) as Input[]).flatMap((input) => {
      if (!gate.shut || input.type !== "outcome") return submit(at, [input]);
      gate.refused += 1;
      return submit(at + 500 * DAYS, [{ type: "event", ...comment() }]);
    });
  return gate;
}

test("an outcome that is refused for no fault of its own is told once, and tried again after a pause", async () => {
  const clock = new VirtualClock();
  const { options, posts, errors } = bot({ clock });
  await using ry = await open(":memory:", options);
  const broker = gate(ry);
  const handled = ry.handle(comment(), answer);
  await until(() => errors.length === 1);
  for (let round = 1; round <= 3; round++) {
    clock.moveTo(clock.now() + 60_000);
    await pause();
    assert.equal(broker.refused, 1 + round);
  }
  broker.shut = false;
  clock.moveTo(clock.now() + 60_000);
  assert.deepEqual((await handled as unknown as { value: Sent }).value, { type: "done", effect: "3.0", object: "github:comment/11" });
  assert.deepEqual([posts.length, errors.map(({ code }) => code)], [1, ["RY1006"]]);
});

test("what waits to be told is told once more when the host is closed, and does not keep it open", async () => {
  const clock = new VirtualClock();
  const { options, errors } = bot({ clock });
  const ry = await open(":memory:", options);
  const broker = gate(ry);
  const handled = ry.handle(comment(), answer);
  await until(() => errors.length === 1);
  const closed = ry.close();
  clock.moveTo(clock.now() + 60_000);
  await closed;
  assert.equal(broker.refused, 2);
  await assert.rejects(handled, { code: "RY2202" });
});

test("a handler whose end is refused for now keeps nobody waiting, and is not run again", async () => {
  const clock = new VirtualClock();
  let handled = 0;
  const { options, errors } = bot({ clock, resume: () => (handled += 1) });
  await using ry = await open(":memory:", options);
  const broker = gate(ry);
  await assert.rejects(ry.handle(comment(), () => Promise.reject(new Error(`a bug, the ${++handled}st time`))), { message: /1st/ });
  clock.moveTo(clock.now() + 600_000);
  await pause();
  broker.shut = false;
  clock.moveTo(clock.now() + 600_000);
  await pause();
  assert.deepEqual([handled, ry.broker.open(), errors.map(({ code }) => code)], [1, [], ["RY1006"]]);
});

test("what `find` returns is no outcome by its own name", async () => {
  const clock = new VirtualClock();
  const found = [false, null];
  let performed = 0;
  const { options, errors } = bot({
    clock,
    perform() {
      if (performed++ === 0) throw new Error("lost");
      return { type: "done" };
    },
    find: () => found.shift() as null,
  });
  await using ry = await open(":memory:", options);
  const handled = ry.handle(comment(), answer);
  await until(() => errors.length === 1);
  for (let round = 0; round < 2; round++) {
    await pause();
    clock.moveTo(clock.now() + 10_000);
  }
  assert.equal((await handled as unknown as { value: Sent }).value.type, "done");
  assert.match(errors[1]!.message, /^RY2208: what `find` returned for effect 3.0 is no outcome/);
});

test("attributes of another type are refused by name, and the event can be given again", async () => {
  const { options } = bot();
  await using ry = await open(":memory:", options);
  for (const wrong of ["abc", ["x"], 5, null, [["a", "b"]]]) {
    await assert.rejects(ry.handle({ ...comment("d1"), attributes: wrong as never }, answer), { code: "RY1001", message: /`attributes`/ });
  }
  const thorny = Object.defineProperty(comment("d1"), "text", { enumerable: true, get: () => assert.fail("do not ask") });
  await assert.rejects(ry.handle(thorny, answer), assert.AssertionError);
  const handled = await ry.handle({ ...comment("d1"), attributes: { a: "b" } }, (turn) => turn.event.attributes);
  assert.deepEqual((handled as unknown as { value: unknown }).value, { a: "b" });
});

test("an effect whose time has passed says so, and in what times are counted", async () => {
  const { options, posts } = bot();
  await using ry = await open(":memory:", options);
  const seconds = Math.floor(Date.now() / 1000) + 600;
  const handled = await ry.handle(comment(), (turn) => turn.send({ kind: "c", subject: turn.subject, expires_at: seconds }));
  const why = "its expires_at passed before it left; times are milliseconds since 1970";
  assert.deepEqual((handled as unknown as { value: Sent }).value, { type: "failed", effect: "3.0", why });
  assert.deepEqual(posts, []);
});

test("a plan that is run while an effect is being performed is refused: it would wait for itself", async () => {
  let code: unknown;
  const { options } = bot({
    async perform(): Promise<Performed> {
      code = await ry.run({ id: "p", tasks: [{ id: "a" }] }).then(() => "no error", (error: { code: string }) => error.code);
      return { type: "done" };
    },
  });
  await using ry = await open(":memory:", options);
  await ry.handle(comment(), answer);
  assert.equal(code, "RY2210");
});

test("a delivery without an id or a name is refused, and so is a signature without a secret", () => {
  const payload = { action: "opened", issue: { number: 1 }, repository: { full_name: "acme/api" }, sender: { login: "o", type: "User" } };
  for (const id of [undefined, null, {}, ""]) {
    assert.throws(() => github.event({ id: id as never, name: "issues", payload }), { message: /^RY11(06|09): .*`X-GitHub-Delivery`/ });
  }
  assert.throws(() => github.event({ id: "d1", payload } as never), { code: "RY1106", message: /`X-GitHub-Event`/ });
  for (const secrets of [undefined, null, "", 5, ["s", ""], ["s", undefined], new Uint8Array()]) {
    assert.throws(() => github.verify(secrets as never, { headers: {}, body: "{}" }), { code: "RY2206" });
  }
});

/** Another bot answers what this one has said first. */
async function answered(more: Partial<Options>, handler: (turn: Turn) => unknown) {
  const { options, posts } = bot({ ...more, seed: 1, perform: (effect) => (posts.push(effect), { type: "done", object: `github:comment/${effect.id}` }) });
  await using ry = await open(":memory:", options);
  await ry.handle(comment("d1"), answer);
  const event = { ...comment("d2"), actor: { id: "github:other[bot]", class: "bot" as const }, reply_to: "github:comment/3.0" };
  const handled = await ry.handle(event, handler);
  await ry.idle();
  return { handled, posts };
}

test("a send whose denial trips the breaker is denied, also where a notice leaves in its place", async () => {
  for (const more of [{}, { breaker: { notify: "teams:oncall" } }]) {
    const sent: Sent[] = [];
    const { posts } = await answered({ ...more, chain: { budget: 3 } }, async (turn) => {
      for (const text of ["one", "two and more", "three of something", "four"]) sent.push(await turn.send({ kind: "comment", text }));
    });
    assert.deepEqual(sent.map(({ type }) => type), ["done", "done", "done", "denied"]);
    const last = sent[3]!;
    assert.ok(last.type === "denied" && last.why.startsWith("budget: "), JSON.stringify(last));
    assert.deepEqual(posts.filter(({ kind }) => kind === "notify").map(({ subject }) => subject), "breaker" in more ? ["teams:oncall"] : []);
  }
});

test("an event whose denial trips the breaker says why it was not handled", async () => {
  for (const more of [{}, { breaker: { notify: "teams:oncall" } }]) {
    const { handled } = await answered({ ...more, chain: { hop_limit: 1 } }, () => assert.fail("it was handled"));
    assert.ok(handled.type === "denied", handled.type);
    assert.match(handled.why, /^hop_limit: chain 2 would make automated hop 2 in a row; the limit is 1$/);
  }
});

test("a sender can not have an event handled that was not given to `handle`", async () => {
  const { options, errors } = bot({ resume: () => assert.fail("it was handled") });
  await using ry = await open(":memory:", options);
  const [event] = cloudevents.events([{ specversion: "1.0", id: "1", source: "/s", type: "t", reynolds: "reynolds:handle", other: "x" }]);
  const input = { ...event!, type: "event" as const };
  assert.equal(input.attributes?.["reynolds"], "reynolds:handle");
  const forms = [input, JSON.stringify({ ...input, id: "2" }), Buffer.from(JSON.stringify({ ...input, id: "3" }))];
  for (const form of forms) assert.deepEqual((await ry.submit(form)).verdicts, []);
  await ry.idle();
  assert.deepEqual(ry.broker.open(), []);
  assert.equal(input.attributes?.["other"], "x");
  assert.deepEqual(errors, []);
});

test("what is read can be submitted as it is, and several at once are said to be several", async () => {
  await using ry = await open(":memory:", bot().options);
  const payload = { action: "opened", issue: { number: 7 }, repository: { full_name: "acme/api" }, sender: { login: "octocat", type: "User" } };
  const event = github.event({ id: "d1", name: "issues", payload });
  assert.equal(event.type, "event");
  assert.equal((await ry.submit(event)).seq, 2);
  for (const several of [[event], JSON.stringify([event])]) {
    await assert.rejects(ry.submit(several as never), { code: "RY1001", message: /: an input must be an object, it is a list; submit each;/ });
  }
  for (const [wrong, said] of [["hello", / its JSON: /], ["3", /it is 3;/], [null, /it is null;/], [5, /it is 5;/]] as const) {
    await assert.rejects(ry.submit(wrong as never), { code: "RY1001", message: said });
  }
});

test("what has happened has happened, whatever is wrong beside its type", async () => {
  const id = "github:comment/17";
  const cases: Array<[object, object, RegExp]> = [
    [{ type: "done", object: 17 }, { type: "done" }, /counts as `done` without what can not be used: `result\.object` must be a text such as `github:comment\/17`, it is 17$/],
    [{ type: "done", object: "" }, { type: "done" }, /`result\.object` is empty/],
    [{ type: "done", object: id, id: 17 }, { type: "done", object: id }, /unknown field `id`/],
    [{ type: "done", object: 17n, objects: [id] }, { type: "done", objects: [id] }, /`result\.object` must be .*the bigint 17n$/],
    [{ type: "done", object: id, objects: [17] }, { type: "done", object: id }, /`result\.objects` must be a list of texts/],
    [{ type: "failed", reason: 404 }, { type: "failed", why: "the platform refused it" }, /counts as `failed` without/],
  ];
  for (const [wrong, right, says] of cases) {
    for (const find of [undefined, () => null]) {
      const { options, errors, posts } = bot({ ...(find && { find }) });
      await using ry = await open(":memory:", { ...options, perform: (effect) => (posts.push(effect), wrong as Performed) });
      const handled = await ry.handle(comment(), answer);
      assert.deepEqual((handled as { value: unknown }).value, { effect: "3.0", ...right });
      await ry.idle();
      assert.deepEqual([posts.length, ry.broker.open()], [1, []]);
      assert.equal(errors.length, 1);
      assert.match(errors[0]!.message, /^RY2208: what `perform` returned for effect 3\.0 counts as/);
      assert.match(errors[0]!.message, says);
    }
  }
});

test("what is to be done again is, whatever is wrong with its pause", async () => {
  const { options, errors, posts } = bot();
  const perform = (effect: Performing) => (posts.push(effect), posts.length === 1 ? { type: "retry", after_ms: 1000.5 } : { type: "done" }) as Performed;
  await using ry = await open(":memory:", { ...options, perform });
  const handled = await ry.handle(comment(), answer);
  assert.deepEqual((handled as { value: { type: string } }).value.type, "done");
  assert.deepEqual([posts.length, errors.length], [2, 1]);
  assert.match(errors[0]!.message, /counts as `retry` without what can not be used/);
});

test("an event whose id is no text is told so", async () => {
  await using ry = await open(":memory:", bot().options);
  const told = /^RY1001: not a valid input: the `id` of an event must be a text, it is 7; compare with/;
  await assert.rejects(ry.handle({ ...comment(), id: 7 } as never, answer), ({ message }: Error) => told.test(message));
  await assert.rejects(ry.handle({ source: "github" } as never, answer), /RY1001: not a valid input: `event` must be an event with an `id`;/);
});

test("inputs that come together have an answer each, in their order, whatever is wrong with one of them", async () => {
  const { options } = bot();
  await using ry = await open(":memory:", options);
  const event = (id: string) => ({ ...comment(id), type: "event" as const });
  const self: Record<string, unknown> = { ...event("d4") };
  self["text"] = self;
  const inputs = [
    event("d1"), '{"type":', { ...event("d2"), id: 5 }, { ...event("d3"), text: 7n }, self, "[]", `${JSON.stringify(event("d5"))},{}`,
    event("d6"), JSON.stringify(event("d7")), Buffer.from(JSON.stringify(event("d8"))), { toJSON() {} }, event("d6"),
  ];
  const answers = await Promise.allSettled(inputs.map((input) => ry.submit(input as Input)));
  const said = answers.map((answer) => (answer.status === "fulfilled" ? answer.value.seq : (answer.reason as { code: string }).code));
  const wrong = "RY1001"; // What has come before stands in the record of then.
  assert.deepEqual(said, [2, wrong, wrong, wrong, wrong, wrong, wrong, 3, 4, 5, wrong, 3]);
  const { reason } = answers[2] as PromiseRejectedResult;
  assert.doesNotMatch((reason as Error).message, /line|column/);
});
