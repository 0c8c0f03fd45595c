// What waits for its turn in the host: for its subject, for one of the places, for other tenants.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open, type Options, type Performed, type Reynolds, type Turn } from "reynolds";
import { VirtualClock } from "reynolds/testing";
import { bot, comment, until } from "./support.mjs";

const pause = (ms = 20) => new Promise((resolve) => setTimeout(resolve, ms));

/** A bot whose platform hangs on each text `slow`, until `finish`. */
function slow(more: Partial<Options> = {}) {
  const begun: string[] = [];
  let finish = () => {};
  const down = new Promise<Performed>((resolve) => (finish = () => resolve({ type: "done" })));
  const made = bot({
    perform(effect) {
      begun.push(effect.text!);
      return effect.text === "slow" ? down : { type: "done" };
    },
    ...more,
  });
  return { ...made, begun, finish: () => finish() };
}

/** Sends `slow`, and `next`, which waits behind it. */
const both = (subjects: readonly [string, string], more = {}) => (turn: Turn) =>
  Promise.all(["slow", "next"].map((text, at) => turn.send({ kind: "comment", subject: subjects[at]!, text, ...(at > 0 && more) })));

const queues = [
  ["its subject", ["x:1", "x:1"], 16],
  ["a place", ["x:1", "x:2"], 1],
] as const;

for (const [what, subjects, concurrency] of queues) {
  for (const enforce of ["deny", "log"] as const) {
    test(`what a person stops while it waits for ${what} is not performed, enforce ${enforce}`, async () => {
      const { options, begun, finish, errors } = slow({ enforce, concurrency });
      await using ry = await open(":memory:", options);
      const handled = ry.handle({ ...comment(), tenant: "acme" }, both(subjects));
      await until(() => ry.broker.open("acme").length === 3);
      await ry.submit({ type: "command", do: { type: "stop_all" }, tenant: "acme" });
      finish();
      const [, next] = ((await handled) as unknown as { value: unknown[] }).value;
      assert.deepEqual(next, { type: "failed", effect: "4.0", why: "a person or a stop dropped it" });
      await ry.idle();
      assert.deepEqual([begun, errors, ry.broker.open("acme")], [["slow"], [], []]);
    });
  }

  test(`what expires while it waits for ${what} is not performed`, async () => {
    const clock = new VirtualClock();
    const { options, begun, finish, errors } = slow({ concurrency, clock });
    await using ry = await open(":memory:", options);
    const handled = ry.handle(comment(), both(subjects, { expires_at: clock.now() + 5000 }));
    await until(() => ry.broker.open().length === 3);
    clock.moveTo(clock.now() + 6000);
    finish();
    const [, next] = ((await handled) as unknown as { value: unknown[] }).value;
    assert.deepEqual(next, { type: "failed", effect: "4.0", why: "its expires_at passed before it left; times are milliseconds since 1970" });
    await ry.idle();
    assert.deepEqual([begun, errors, ry.broker.open()], [["slow"], [], []]);
  });

  test(`what somebody ends while it waits for ${what} is not performed, nor is anything said of it`, async () => {
    const { options, begun, finish, errors } = slow({ concurrency, closeMs: 1 });
    await using ry = await open(":memory:", options);
    const handled = ry.handle(comment(), both(subjects));
    handled.catch(() => {});
    await until(() => ry.broker.open().length === 3);
    await ry.submit({ type: "outcome", effect: "4.0", result: { type: "done" } });
    finish();
    await until(() => ry.broker.open().length === 1);
    await pause();
    assert.deepEqual([begun, errors], [["slow"], []]);
  });
}

test("no two subjects are taken for one, whatever is in their names", async () => {
  const { options, begun, finish } = slow();
  await using ry = await open(":memory:", options);
  const first = ry.handle({ ...comment(), tenant: "a\nb", subject: "c" }, (turn) => turn.send({ kind: "comment", text: "slow" }));
  await until(() => begun.length === 1);
  await ry.handle({ ...comment(), tenant: "a", subject: "b\nc" }, (turn) => turn.send({ kind: "comment", text: "next" }));
  assert.deepEqual(begun, ["slow", "next"]);
  finish();
  await first;
});

test("what begins at once is not asked for, nor is what the broker does not know", async () => {
  const { options, posts } = bot({ enforce: "log", concurrency: 1 });
  await using ry = await open(":memory:", options);
  const asked: string[] = [];
  const turn = ry.broker.turn.bind(ry.broker);
  ry.broker.turn = (effect, ...more) => (asked.push(effect), turn(effect, ...more));
  const texts = ["one", "x".repeat(300_000), "y".repeat(300_000)];
  await ry.handle(comment(), async (turn) => {
    await turn.send({ kind: "comment", text: "zero" });
    await Promise.all(texts.map((text) => turn.send({ kind: "comment", subject: "x:1", text })));
  });
  assert.equal(posts.length, 4);
  assert.ok(!asked.includes("0.0") && !asked.includes("3.0"), `${asked}`);
});

/** A tenant's event, for a handler of the name `h`. */
const event = (tenant: string, id: string) => ({ type: "event" as const, ...comment(id), subject: `github:acme/api#${id}`, tenant });
const sending = { rules: [{ id: "r", when: { kind: "*" }, handle: "h" }] };

async function send(ry: Reynolds, tenant: string, ids: string[]): Promise<void> {
  await Promise.all(ids.map((id) => ry.submit(event(tenant, id))));
}

test("a tenant whose platform hangs leaves a place to others, and they take turns", async () => {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const h = ({ event, send }: Turn) => send({ kind: "comment", subject: event.subject, text: event.id });
  const { options } = bot({
    ...sending,
    handlers: { h },
    concurrency: 4,
    closeMs: 20,
    perform: ({ text }) => new Promise<Performed>((resolve) => {
      begun.push(text!);
      ends.set(text!, () => resolve({ type: "done" }));
    }),
  });
  await using ry = await open(":memory:", options);
  // Alone, it has all places.
  await send(ry, "a", ["a1", "a2", "a3", "a4", "a5"]);
  await until(() => ry.broker.open("a").length === 10);
  assert.deepEqual(begun, ["a1", "a2", "a3", "a4"]);
  await send(ry, "b", ["b1", "b2", "b3"]);
  await until(() => ry.broker.open("b").length === 6);
  await send(ry, "c", ["c1"]);
  await until(() => ry.broker.open("c").length === 2);
  assert.deepEqual(begun.slice(4), []);
  for (const [ended, next] of [["a1", "b1"], ["b1", "c1"], ["c1", "b2"], ["b2", "b3"], ["a2", "a5"], ["a5", undefined]] as const) {
    ends.get(ended)!();
    await pause();
    assert.equal(begun.at(-1), next ?? "a5", `after ${ended}: ${begun}`);
  }
});

test("a hundred effects that hang for one tenant keep no other from beginning at once", async () => {
  const begun: string[] = [];
  const h = ({ event, send }: Turn) => send({ kind: "comment", subject: event.subject, text: event.id });
  const perform = ({ text, tenant }: { text?: string | undefined; tenant?: string | undefined }) => {
    begun.push(text!);
    return tenant === "a" ? new Promise<Performed>(() => {}) : ({ type: "done" } as const);
  };
  await using ry = await open(":memory:", bot({ ...sending, handlers: { h }, concurrency: 4, closeMs: 1, perform }).options);
  await send(ry, "b", ["b0"]);
  await send(ry, "a", Array.from({ length: 100 }, (_, at) => `a${at}`));
  await until(() => ry.broker.open("a").length === 200);
  assert.deepEqual(begun, ["b0", "a0", "a1", "a2"]);
  for (const id of ["b1", "b2"]) {
    await send(ry, "b", [id]);
    await until(() => begun.includes(id));
  }
});

test("handlers that hang for one tenant leave a place to another's", async () => {
  const begun: string[] = [];
  const h = ({ event }: Turn) => (begun.push(event.id), event.tenant === "a" && new Promise(() => {}));
  await using ry = await open(":memory:", bot({ ...sending, handlers: { h }, maxHandlers: 3, closeMs: 1 }).options);
  await send(ry, "b", ["b0"]);
  await send(ry, "a", ["a0", "a1", "a2", "a3"]);
  await send(ry, "b", ["b1", "b2"]);
  await until(() => begun.length === 5);
  assert.deepEqual(begun, ["b0", "a0", "a1", "b1", "b2"]);
});

test("after a restart the tenants that the journal knows leave places to each other at once", async () => {
  const { Places, Tenants } = (await import(new URL("../dist/places.js", import.meta.url).href)) as {
    Places: new (most: number, tenants: unknown) => { taken: number; enter(tenant: string, begin: () => void): void };
    Tenants: new (known?: string[]) => unknown;
  };
  for (const [known, taken] of [[[""], 4], [["", "a"], 4], [["", "a", "b"], 3]] as const) {
    const places = new Places(4, new Tenants([...known]));
    for (let at = 0; at < 10; at++) places.enter("a", () => {});
    assert.equal(places.taken, taken, `${known}`);
  }
});

test("a host whose handlers all hang says so once, until a place is free again", async () => {
  const clock = new VirtualClock();
  const ends: Array<() => void> = [];
  const h = () => new Promise<void>((resolve) => ends.push(resolve));
  const { options, errors } = bot({ ...sending, handlers: { h }, maxHandlers: 2, clock });
  await using ry = await open(":memory:", options);
  const minute = async () => (clock.moveTo(clock.now() + 60_000), await pause());
  await send(ry, "acme", ["d1", "d2"]);
  await until(() => ends.length === 2);
  await minute();
  assert.deepEqual(errors, []); // Nobody waits.
  await send(ry, "acme", ["d3", "d4", "d5"]);
  await pause();
  for (let time = 0; time < 3; time++) await minute();
  const full = (event: string, waiting: number) =>
    `RY2214: all 2 places for handlers have been taken for a minute, the longest by the handler of event ${event}; ${waiting} events wait; ` +
    "let handlers end, give what they wait for a timeout, or raise maxHandlers";
  assert.deepEqual(errors.map(({ message }) => message), [full("d1", 3)]);
  // A place is free only when nobody waits for it.
  for (let ended = 0; ended < 4; ended++) {
    ends[ended]!();
    await pause();
  }
  assert.equal(ends.length, 5);
  await send(ry, "acme", ["d6", "d7"]);
  await pause();
  await minute();
  assert.deepEqual(errors.map(({ message }) => message), [full("d1", 3), full("d5", 1)]);
  ends.slice(4).forEach((end) => end());
  await until(() => ends.length === 7);
  ends.at(-1)!();
  await ry.idle();
  assert.equal(clock.next, undefined);
});
