import assert from "node:assert/strict";
import { test } from "node:test";
import { open, ReynoldsError, type Handled, type Performed, type Sent, type Turn } from "reynolds";
import { bot, comment, folder, until } from "./support.mjs";

const say = (turn: Turn, text: string) => turn.send({ kind: "comment", subject: turn.subject, text });
const texts = (handled: Handled) => (handled as unknown as { value: Sent[] }).value.map(({ type }) => type);

test("in log mode what says the same twice is sent twice", async () => {
  const { options, posts, errors } = bot({ enforce: "log" });
  await using ry = await open(":memory:", options);
  const handled = await ry.handle(comment(), async (turn) => [
    await say(turn, "Still working..."), await say(turn, "Still working..."), ...(await Promise.all([say(turn, "Still working..."), say(turn, "Done.")])),
  ]);
  assert.deepEqual(texts(handled), ["done", "done", "done", "done"]);
  assert.deepEqual(posts.map(({ text }) => text).sort(), ["Done.", "Still working...", "Still working...", "Still working..."]);
  assert.equal(new Set(posts.map((post) => post.idempotency_key)).size, 4);
  assert.deepEqual(errors, []);
});

for (const modes of [["log", "deny", "log", "hold"], ["deny", "log", "deny"]] as const) {
  test(`a configuration switches log mode on and off in a living host: ${modes.join(", ")}`, async () => {
    const { options, posts } = bot({ enforce: modes[0] });
    await using ry = await open(":memory:", options);
    const handler = async (turn: Turn) => [await say(turn, "Hi."), await say(turn, "Hi."), await say(turn, "x".repeat(300_000))];
    for (const [at, enforce] of modes.entries()) {
      const configure = { type: "configure" as const, config: { self: options.self!, enforce } };
      if (at > 0) await ry.submit(at === 1 ? configure : JSON.stringify(configure));
      posts.length = 0;
      if (enforce === "log") {
        for (let time = 0; time < 2; time++) assert.deepEqual(texts(await ry.handle(comment(`m${at}`), handler)), ["done", "done", "done"]);
        assert.equal(posts.length, 6);
      } else {
        await assert.rejects(ry.handle(comment(`m${at}`), handler), { code: "RY1003" });
        assert.equal((await ry.handle(comment(`m${at}`), handler)).type, "duplicate");
        assert.deepEqual(posts.map(({ text }) => text), ["Hi."]);
      }
    }
  });
}

test("in log mode an event that comes again sends all it sent before, also without keys", async () => {
  const { options, posts } = bot({ enforce: "log" });
  await using ry = await open(":memory:", options);
  const handler = async (turn: Turn) => [await say(turn, "one"), await say(turn, "two"), await say(turn, "two")];
  assert.deepEqual(texts(await ry.handle(comment("d1"), handler)), ["done", "done", "done"]);
  assert.deepEqual(texts(await ry.handle(comment("d1"), handler)), ["done", "done", "done"]);
  assert.deepEqual(posts.map(({ text }) => text), ["one", "two", "two", "one", "two", "two"]);
});

test("in log mode what a handler had sent before the process ended is not sent again, and what it says twice then is", async () => {
  using journal = folder();
  const { options, posts } = bot({ enforce: "log", closeMs: 20 });
  const first = await open(journal.path, options);
  void first.handle(comment("d1"), async (turn) => {
    await say(turn, "Still working...");
    await new Promise(() => {});
  });
  await until(() => posts.length === 1);
  await first.close();
  const sent: string[] = [];
  const resume = async (turn: Turn) => {
    for (const text of ["Still working...", "Still working...", "Done."]) sent.push((await say(turn, text)).type);
  };
  const second = await open(journal.path, { ...options, resume });
  await until(() => sent.length === 3);
  await second.close();
  assert.deepEqual(sent, ["duplicate", "done", "done"]);
  assert.deepEqual(posts.map(({ text }) => text), ["Still working...", "Still working...", "Done."]);
});

test("in log mode what the broker refuses is performed all the same, and told", async () => {
  const { options, posts, errors } = bot({ enforce: "log", limits: { open_effects: 2 } });
  await using ry = await open(":memory:", options);
  const handled = await ry.handle(comment(), (turn) => Promise.all([
    say(turn, "x".repeat(300_000)),
    turn.send({ kind: "comment", subject: turn.subject, payload: { snowflake: 2n ** 60n } as never }),
    turn.send({ kind: "comment", subject: 2n as never }),
    ...["1", "2", "3", "4"].map((text) => say(turn, text)),
  ]));
  assert.deepEqual(texts(handled), Array(7).fill("done"));
  assert.equal(posts.length, 7);
  assert.equal(new Set(posts.map((post) => post.idempotency_key)).size, 7);
  assert.deepEqual([...new Set(errors.map(({ code }) => code))].sort(), ["RY1001", "RY1003", "RY1007"]);
  assert.equal(errors.length, 6);
});

test("in log mode what goes around the broker is its tenant's all the same", async () => {
  const { options, posts } = bot({ enforce: "log" });
  await using ry = await open(":memory:", options);
  await ry.handle({ ...comment(), tenant: "acme" }, (turn) => say(turn, "x".repeat(300_000)));
  await ry.handle({ ...comment(), tenant: "acme", text: "x".repeat(300_000) }, (turn) => say(turn, "short"));
  assert.deepEqual(posts.map(({ tenant, id, text }) => [tenant, id, text?.length]), [["acme", "0.0", 300_000], ["acme", "0.0", 5]]);
});

test("in log mode a journal that can not be written keeps nothing from leaving, and what is under way says how it went", async () => {
  using journal = folder();
  let finish: (performed: Performed) => void = () => {};
  const { options, posts, errors } = bot({ enforce: "log" });
  const perform = options.perform;
  const slow = new Promise<Performed>((resolve) => (finish = resolve));
  await using ry = await open(journal.path, { ...options, perform: (effect, attempt) => (effect.text === "slow" ? slow : perform(effect, attempt)) });
  let begun: Promise<Sent> | undefined;
  const handled = ry.handle(comment(), async (turn) => {
    begun = turn.send({ kind: "comment", subject: "elsewhere", text: "slow" });
    await until(() => ry.broker.open().length === 2);
    await ry.submit({ type: "event", ...comment() });
    ry.broker.commit = () => Promise.reject(new ReynoldsError("RY2103: the append failed: no space left on device"));
    return [await say(turn, "one"), await say(turn, "two"), await (finish({ type: "done", object: "github:comment/9" }), begun)];
  });
  assert.deepEqual(texts(await handled), ["done", "done", "done"]);
  assert.deepEqual(posts.map(({ text }) => text), ["one", "two"]);
  assert.equal((await ry.handle(comment(), (turn) => say(turn, "three"))).type, "handled");
  assert.equal(posts.length, 3);
  assert.ok(errors.every(({ code }) => code === "RY2103"), `${errors}`);
});

test("in log mode what can not be stored comes to no rule, and who submits it is told", async () => {
  using journal = folder();
  const begun: string[] = [];
  const handler = (turn: Turn) => (begun.push(turn.event.id), say(turn, turn.event.id));
  const { options, posts } = bot({ enforce: "log", rules: [{ id: "r", when: { kind: "push" }, handle: "h" }], handlers: { h: handler } });
  await using ry = await open(journal.path, options);
  ry.broker.commit = () => Promise.reject(new ReynoldsError("RY2103: the append failed: no space left on device"));
  for (const number of [1, 2]) {
    await assert.rejects(ry.submit({ type: "event", ...comment(`d${number}`), kind: "push" }), { code: "RY2103" });
    await ry.handle(comment(`d1${number}`), handler);
  }
  assert.deepEqual([begun, posts.map(({ text }) => text)], [["d11", "d12"], ["d11", "d12"]]);
});

test("in log mode a clock that jumps keeps nobody waiting", async () => {
  let shift = 0;
  const clock = {
    now: () => Date.now() + shift,
    after(ms: number, call: () => void) {
      const timer = setTimeout(call, Math.max(ms, 0));
      return () => clearTimeout(timer);
    },
  };
  const { options, posts } = bot({ enforce: "log", clock });
  await using ry = await open(":memory:", options);
  const handled = await ry.handle(comment(), async (turn) => {
    const one = await say(turn, "one");
    shift = 500 * 86_400_000;
    return [one, await say(turn, "two")];
  });
  assert.deepEqual(texts(handled), ["done", "done"]);
  assert.equal(posts.length, 2);
});

test("outside of log mode what the broker refuses is the sender's, and what is said twice is a duplicate", async () => {
  const { options, posts, errors } = bot();
  await using ry = await open(":memory:", options);
  const handled = await ry.handle(comment(), async (turn) => {
    await assert.rejects(say(turn, "x".repeat(300_000)), { code: "RY1003" });
    return [await say(turn, "one"), await say(turn, "one")];
  });
  assert.deepEqual(texts(handled), ["done", "duplicate"]);
  assert.equal(posts.length, 1);
  assert.deepEqual(errors, []);
});

test("in log mode what would only have been held is told from what would have been denied", async () => {
  const { options } = bot({ enforce: "log" });
  await using ry = await open(":memory:", options);
  const seen: Array<string | undefined> = [];
  for (let round = 1; round <= 9; round++) {
    const reply = { ...comment(`r${round}`), actor: { id: "github:echo[bot]", class: "bot" as const }, text: "Again!" };
    const event = round === 1 ? comment("r1") : { ...reply, reply_to: `github:comment/1${round - 1}` };
    const { value } = (await ry.handle(event, (turn) => say(turn, "Go."))) as unknown as { value: Sent };
    assert.equal(value.type, "done");
    if (value.type === "done" && value.would) seen.push(value.would_hold ?? "denied");
  }
  assert.deepEqual([seen[0], seen.at(-1)], ["repeats", "denied"]);
});
