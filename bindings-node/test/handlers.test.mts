import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { readdirSync, rmSync } from "node:fs";
import { test } from "node:test";
import { Callable, open, type Event, type Turn } from "reynolds";
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

test("an event waits for its handler while a deploy has renamed it", async () => {
  using journal = folder();
  const { options, errors } = bot({ closeMs: 1 });
  const heard: [string, boolean][] = [];
  const hear = ({ event, redelivered }: Turn) => void heard.push([event.id, redelivered]);
  const named = (name: string, handler: (turn: Turn) => unknown) =>
    ({ ...options, rules: [{ id: "r", when: { kind: "*" }, handle: name }], handlers: { [name]: handler } });
  const first = await open(journal.path, named("v1", () => new Promise(() => {})));
  await first.submit({ type: "event", ...comment("d1") });
  await first.close();
  const second = await open(journal.path, named("v2", hear));
  await until(() => errors.length > 0);
  await second.close();
  assert.deepEqual(heard, []);
  const why = "RY2211: there is no handler `v1` for effect 2.0; give it in `handlers`; until the next open it waits; to drop it, submit its outcome as `cancelled`";
  assert.deepEqual(errors.map(({ message }) => message), [why]);
  await using third = await open(journal.path, named("v1", hear));
  await until(() => heard.length > 0);
  await third.idle();
  assert.deepEqual([heard, third.broker.open()], [[["d1", true]], []]);
});

test("an event without a handler can be dropped", async () => {
  using journal = folder();
  const rules = [{ id: "r", when: { kind: "*" }, handle: "hang" }];
  const { options, errors } = bot({ closeMs: 1 });
  const first = await open(journal.path, { ...options, rules, handlers: { hang: () => new Promise(() => {}) } });
  await first.submit({ type: "event", ...comment() });
  await first.close();
  await using second = await open(journal.path, options);
  await until(() => errors.length > 0);
  assert.deepEqual(second.broker.open().map(({ effect }) => effect.id), ["2.0"]);
  await second.submit({ type: "outcome", effect: "2.0", result: { type: "cancelled" } });
  assert.deepEqual([errors.map(({ code }) => code), second.broker.open()], [["RY2211"], []]);
});

const inOrder = (count: number) => Array.from({ length: count }, (_, at) => ({ type: "event" as const, ...comment(`d${at}`), subject: `github:acme/api#${at}` }));
const byRule = [{ id: "r", when: { kind: "*" }, handle: "h" }];
const pause = (ms = 1) => new Promise((resolve) => setTimeout(resolve, ms));

test("so many handlers run at once, and the others wait in the order of their events", async () => {
  let running = 0;
  let most = 0;
  const begun: string[] = [];
  const h = async ({ event }: Turn) => {
    begun.push(event.id);
    most = Math.max(most, ++running);
    await pause();
    running -= 1;
  };
  for (const enforce of ["deny", "log"] as const) {
    begun.length = most = 0;
    await using ry = await open(":memory:", bot({ rules: byRule, handlers: { h }, maxHandlers: 4, enforce }).options);
    await Promise.all(inOrder(30).map((event, at) => (at % 2 ? ry.submit(event) : ry.handle(event, h))));
    await ry.idle();
    // Those given to `handle` have a handler of the rule beside their own.
    assert.deepEqual([...new Set(begun)], inOrder(30).map(({ id }) => id));
    assert.deepEqual([begun.length, most], [45, enforce === "log" ? 45 : 4]);
    assert.deepEqual(ry.broker.open(), []);
  }
});

test("nobody waits for a place of those who wait for him", async () => {
  let release = () => {};
  const down = new Promise<void>((resolve) => (release = resolve));
  const { options } = bot({ maxHandlers: 1, perform: async () => (await down, { type: "done" }) });
  await using ry = await open(":memory:", options);
  await ry.agents.add(new Callable("ada", async () => (await ry.handle(comment("of the agent"), () => "done"), "good")));
  // The platform is down, and others are handled; also what a handler itself, or its plan, wants handled.
  const sends = ry.handle(comment("d1"), async (turn) => (await answer(turn)).type);
  const waits = ry.handle(comment("d2"), async () => {
    const inner = await ry.handle(comment("inner"), () => "inner");
    const plan = await ry.run({ id: "p", tasks: [{ id: "a" }] });
    release();
    return [inner.type, plan["a"]?.state];
  });
  const values = (await Promise.all([sends, waits])).map((handled) => (handled as { value: unknown }).value);
  assert.deepEqual(values, ["done", ["handled", "succeeded"]]);
});

test("a handler has what its caller has, whoever makes place for it", async () => {
  const request = new AsyncLocalStorage<string>();
  await using ry = await open(":memory:", bot({ maxHandlers: 1 }).options);
  const seen = (id: string) => request.run(id, () => ry.handle(comment(id), async () => (await pause(5), request.getStore())));
  const values = (await Promise.all(["r1", "r2", "r3"].map(seen))).map((handled) => (handled as { value: unknown }).value);
  assert.deepEqual(values, ["r1", "r2", "r3"]);
});

test("those that wait for a place begin when a configuration says that all do", async () => {
  const { options } = bot({ maxHandlers: 1 });
  await using ry = await open(":memory:", options);
  let release = () => {};
  const down = new Promise<void>((resolve) => (release = resolve));
  const first = ry.handle(comment("d1"), () => down);
  let begun = false;
  const second = ry.handle(comment("d2"), () => void (begun = true));
  await pause(20);
  assert.equal(begun, false);
  await ry.submit({ type: "configure", config: { ...ry.broker.config(), enforce: "log" } });
  await until(() => begun);
  release();
  await Promise.all([first, second]);
});

test("what waits for a place when the host closes comes again", async () => {
  using journal = folder();
  const { options, errors } = bot({ rules: byRule, maxHandlers: 1, closeMs: 20 });
  const first = await open(journal.path, { ...options, handlers: { h: () => new Promise(() => {}) } });
  const [one, two] = inOrder(2) as unknown as [Event, Event];
  await first.submit({ ...one, type: "event" });
  const waiting = assert.rejects(first.handle(two, () => assert.fail("it has begun")), { code: "RY2202" });
  await pause(10);
  await first.close();
  await waiting;
  const again: string[] = [];
  const hear = ({ event }: Turn) => void again.push(event.id);
  await using second = await open(journal.path, { ...options, handlers: { h: hear }, resume: hear });
  await until(() => again.length === 3);
  await second.idle();
  assert.deepEqual([again, errors, second.broker.open()], [["d0", "d1", "d1"], [], []]);
});

test("what waits for a place when the journal is lost does not begin", async () => {
  using journal = folder();
  const { options, errors } = bot({ rules: byRule, maxHandlers: 1 });
  const begun: string[] = [];
  let end = () => {};
  const h = ({ event }: Turn) => (begun.push(event.id), new Promise<void>((resolve) => (end = resolve)));
  await using ry = await open(journal.path, { ...options, handlers: { h } });
  const [one, two, three] = inOrder(3) as unknown as [Event, Event, Event];
  await ry.submit({ ...one, type: "event" });
  await ry.submit({ ...two, type: "event" });
  for (const file of readdirSync(journal.path)) if (file.endsWith(".ryj")) rmSync(`${journal.path}/${file}`);
  await assert.rejects(ry.submit({ ...three, type: "event" }), { code: "RY2103" });
  end();
  await pause(10);
  assert.deepEqual([begun, errors.map(({ code }) => code)], [["d0"], ["RY2103", "RY2103"]]);
});

test("a handler that waits until no handler runs is refused, and what it leaves behind may wait", async () => {
  const { options } = bot({ maxHandlers: 2 });
  await using ry = await open(":memory:", options);
  await using other = await open(":memory:", options);
  const refused = { code: "RY2210", message: /^RY2210: `idle` was called while its handler runs/ };
  let after: Promise<void> | undefined;
  const waits = async () => {
    await assert.rejects(ry.idle(), refused);
    await other.idle();
    after = new Promise((resolve) => setTimeout(resolve, 20)).then(() => ry.idle());
    return "went on";
  };
  const handled = await Promise.all([1, 2, 3].map(() => ry.handle(comment(), waits)));
  assert.deepEqual(handled.map((one) => one.type === "handled" && one.value), ["went on", "went on", "went on"]);
  await after;
});

for (const enforce of ["deny", "log"] as const) {
  test(`a key that stands for two things in one handler is refused, not lost as a duplicate, enforce ${enforce}`, async () => {
    const { options, posts } = bot({ enforce });
    await using ry = await open(":memory:", options);
    const send = (turn: Turn, kind: string, subject = turn.subject, text?: string) => turn.send({ key: "+stale", kind, subject, ...(text && { text }) });
    const event = comment();
    const refused = (kind: string, subject: string) => ({
      code: "RY2206",
      message: `RY2206: \`send\`: the key \`+stale\` was used in this handler for \`${kind}\` on \`${subject}\`; a key stands for one effect, so give this one another`,
    });
    const handler = async (turn: Turn) => {
      // What was not taken has used no key, but in log mode everything is.
      if (enforce !== "log") await assert.rejects(send(turn, "comment", turn.subject, "x".repeat(300_000)), { code: "RY1003" });
      const first = send(turn, "label");
      await assert.rejects(send(turn, "comment"), refused("label", turn.subject));
      await assert.rejects(send(turn, "label", "github:acme/api#8"), refused("label", turn.subject));
      return [(await first).type, (await send(turn, "label", turn.subject, "Other words")).type, (await turn.send({ key: "-stale", kind: "comment" })).type];
    };
    const types = async () => ((await ry.handle(event, handler)) as unknown as { value: string[] }).value;
    assert.deepEqual(await types(), ["done", "duplicate", "done"]);
    // Another run of a handler has keys of its own.
    await ry.handle(comment(), (turn) => send(turn, "comment"));
    if (enforce === "log") assert.deepEqual(await types(), ["done", "duplicate", "done"]);
    assert.equal(posts.length, enforce === "log" ? 5 : 3);
  });
}

test("no two events are taken for one, whatever is in their names", async () => {
  await using ry = await open(":memory:", bot().options);
  const pairs = [
    [{ source: "a\nb", id: "c" }, { source: "a", id: "b\nc" }],
    [{ tenant: "t\na", source: "b", id: "d" }, { tenant: "t", source: "a\nb", id: "d" }],
  ];
  for (const pair of pairs) {
    const handled = await Promise.all(pair.map((names, at) => ry.handle({ ...comment(), ...names }, () => at)));
    assert.deepEqual(handled.map((one) => one.type === "handled" && one.value), [0, 1]);
  }
});
