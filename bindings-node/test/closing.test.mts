import assert from "node:assert/strict";
import { rmSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Broker, Callable, open, Subprocess, type AskEffect, type Agent, type DispatchEffect, type Performed, type Turn } from "reynolds";
import { bot, comment, DESK, folder, until } from "./support.mjs";

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const sends = (turn: Turn, subjects: string[]) =>
  Promise.all(subjects.map((subject, at) => turn.send({ key: `${at}`, kind: "comment", subject, text: `${at}` })));

for (const [what, subjects, concurrency] of [
  ["on one subject", ["a", "a", "a"], 16],
  ["for one of the places", ["a", "b", "c"], 1],
] as const) {
  test(`what waits ${what} is not begun after close, and comes again`, async () => {
    using journal = folder();
    const begun: Array<string | undefined> = [];
    const { options } = bot({
      closeMs: 20,
      concurrency,
      perform(effect, { signal }) {
        begun.push(effect.text);
        return new Promise<Performed>((resolve) => signal.addEventListener("abort", () => resolve({ type: "ambiguous" })));
      },
    });
    const first = await open(journal.path, options);
    const handled = first.handle(comment("d1"), (turn) => sends(turn, [...subjects]));
    await until(() => first.broker.open().length === 4);
    await Promise.all([first.close(), assert.rejects(handled, { code: "RY2202" })]);
    await later(30);
    assert.deepEqual(begun, ["0"]);
    const { options: better, posts } = bot({ resume() {} });
    await using second = await open(journal.path, better);
    await second.idle();
    assert.deepEqual(posts.map(({ text }) => text).sort(), ["0", "1", "2"]);
  });
}

test("outside of log mode nothing is begun after the journal could not be written", async () => {
  using journal = folder();
  const begun: Array<string | undefined> = [];
  let finish = () => {};
  const { options, errors } = bot({
    closeMs: 50,
    perform(effect) {
      begun.push(effect.text);
      return new Promise<Performed>((resolve) => (finish = () => resolve({ type: "done" })));
    },
  });
  await using ry = await open(journal.path, options);
  const handled = ry.handle(comment("d1"), (turn) => sends(turn, ["a", "a", "a"]));
  const lost = assert.rejects(handled, { code: "RY2202" });
  await until(() => begun.length === 1 && ry.broker.status().durable === 5);
  for (const name of readdirSync(journal.path)) if (name.endsWith(".ryj")) rmSync(join(journal.path, name));
  await assert.rejects(ry.submit({ type: "event", ...comment("d2") }));
  await lost;
  finish();
  await later(30);
  assert.deepEqual(begun, ["0"]);
  assert.ok(errors.length > 0);
});

test("what nobody listens to and the end of the host cuts off ends no process", async () => {
  using journal = folder();
  const { options } = bot({ closeMs: 10 });
  const ry = await open(journal.path, options);
  await ry.agents.add(new Callable("ada", ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve))));
  const unheard: unknown[] = [];
  const hear = (error: unknown) => unheard.push(error);
  process.on("unhandledRejection", hear);
  void ry.run({ id: "p", tasks: [{ id: "a" }] });
  await until(() => ry.broker.task("p", "a")?.state === "running");
  void ry.agents.remove("ada");
  const closed = ry.close();
  for (const call of [
    () => ry.order("p", { type: "pause" }), () => ry.submit({ type: "event", ...comment() }), () => ry.run({ id: "q", tasks: [{ id: "a" }] }),
    () => ry.snapshot(), () => ry.agents.add(slow(0)), () => ry.agents.remove("ada"),
  ]) void call();
  await closed;
  await later(20);
  process.off("unhandledRejection", hear);
  assert.deepEqual(unheard, []);
});

test("no handler begins when patience is over, and one that nothing is stored of any more is not told as handled", async () => {
  using journal = folder();
  const { options } = bot({ closeMs: 50 });
  const begun: string[] = [];
  const work = (ms: number) => async ({ event }: Turn) => {
    begun.push(event.id);
    await later(ms);
  };
  const first = await open(journal.path, options);
  await first.agents.add({ ...slow(0), stop: () => new Promise(() => {}), kill: () => later(300) as Promise<void> });
  const long = assert.rejects(first.handle(comment("d1"), work(1500)), { code: "RY2202" });
  await until(() => begun.length === 1);
  // Submitted before the host closes, and decided after its patience: the disk is slow.
  const commit = Broker.prototype.commit;
  Broker.prototype.commit = async function () {
    await later(150);
    return commit.call(this);
  };
  const late = assert.rejects(first.handle(comment("d2"), work(0)), { code: "RY2202" });
  try {
    await Promise.all([first.close(), late, long]);
  } finally {
    Broker.prototype.commit = commit;
  }
  assert.deepEqual(begun, ["d1"]);
  await using second = await open(journal.path, { ...options, resume: work(0) });
  await second.idle();
  assert.deepEqual(begun, ["d1", "d1", "d2"]);
});

test("a question that is being asked when the host closes has its time, and its answer counts", async () => {
  using journal = folder();
  const did: string[] = [];
  const ask = async () => {
    did.push("asks");
    await later(200);
    did.push("hears");
    return true;
  };
  const { options } = bot({ ask });
  const plan = { id: "p", tasks: [{ id: "a", ask: { text: "Really?" } }] };
  const first = await open(journal.path, options);
  const running = first.run(plan).catch(({ code }) => code);
  await until(() => did.length === 1);
  // It may take days.
  await first.idle();
  await first.close();
  await running;
  assert.deepEqual(did, ["asks", "hears"]);
  await using second = await open(journal.path, options);
  assert.equal((await second.run(plan))["a"]?.state, "succeeded");
  assert.deepEqual(did, ["asks", "hears"]);
});

for (const call of ["submit", "run", "handle"] as const) {
  test(`a handler that is refused \`${call}\` because the host closes has not failed: its event comes again`, async () => {
    using journal = folder();
    const { options, errors } = bot();
    const first = await open(journal.path, options);
    let [begun, closing] = [false, false];
    const handled = first.handle(comment("d1"), async () => {
      begun = true;
      await until(() => closing);
      if (call === "submit") await first.submit({ type: "event", ...comment("d2") });
      if (call === "run") await first.run({ id: "p", tasks: [{ id: "a" }] });
      if (call === "handle") await first.handle(comment("d2"), () => {});
    });
    const refused = assert.rejects(handled, { code: "RY2202" });
    await until(() => begun);
    const closed = first.close();
    closing = true;
    await Promise.all([closed, refused]);
    const resumed: Array<string | boolean> = [];
    await using second = await open(journal.path, { ...options, resume: (turn) => void resumed.push(turn.event.id, turn.redelivered) });
    await second.idle();
    assert.deepEqual(resumed, ["d1", true]);
    assert.deepEqual(errors, []);
  });
}

test("a handler that goes wrong while the host closes has failed, and its event has ended", async () => {
  using journal = folder();
  const { options } = bot();
  const first = await open(journal.path, options);
  let [begun, closing] = [false, false];
  const handled = first.handle(comment("d1"), async () => {
    begun = true;
    await until(() => closing);
    throw new RangeError("a bug");
  });
  const refused = assert.rejects(handled, new RangeError("a bug"));
  await until(() => begun);
  const closed = first.close();
  closing = true;
  await Promise.all([closed, refused]);
  await using second = await open(journal.path, options);
  assert.deepEqual(second.broker.open(), []);
});

test("snapshots are stored also where each process ends before `snapshotEvery` records", async () => {
  using journal = folder();
  const { options } = bot({ snapshotEvery: 10 });
  const snapshots: Array<number | undefined> = [];
  for (let life = 0; life < 5; life++) {
    await using ry = await open(journal.path, options);
    snapshots.push(ry.opened.snapshot);
    for (let event = 0; event < 6; event++) await ry.submit({ type: "event", ...comment() });
  }
  assert.deepEqual(snapshots, [undefined, undefined, 10, 10, 20]);
});

/** Does what it has, also after it was told to stop. */
const LATE = `
  let [has, ended] = [0, false];
  const end = () => ended && has === 0 && process.exit();
  process.stdin.on("end", () => end(ended = true)).on("data", (data) => {
    for (const line of String(data).split("\\n").filter(Boolean)) {
      has += 1;
      setTimeout(() => {
        console.log(JSON.stringify({ dispatch: JSON.parse(line).id, report: { type: "done" } }));
        has -= 1;
        end();
      }, 300);
    }
  });`;
const late = (id: string) => new Subprocess(id, [process.execPath, "-e", LATE], { provides: [id] });

for (const next of ["a process", "a function", "a person"] as const) {
  test(`what a task frees for ${next} that ends while the host closes comes after the next open`, async () => {
    using journal = folder();
    const [begun, asked]: [string[], string[]] = [[], []];
    const ask = ({ task }: AskEffect) => asked.push(task) > 0;
    const { options, errors } = bot({ ask });
    let told = 0;
    const bob = () => {
      const agent = next === "a process" && told === 0 ? late("bob") : new Callable("bob", ({ task }) => void begun.push(task), { provides: ["bob"] });
      const dispatch = agent.dispatch.bind(agent);
      return Object.assign(agent, { dispatch: (task: DispatchEffect) => (told++, dispatch(task)) });
    };
    const b = next === "a person" ? { ask: { text: "Really?" } } : { requires: ["bob"] };
    const plan = { id: "p", tasks: [{ id: "a", requires: ["ada"] }, { id: "b", needs: ["a"], ...b, retry: { base_ms: 10, max_attempts: 2 } }] };
    const first = await open(journal.path, options);
    await first.agents.add(late("ada"));
    await first.agents.add(bob());
    const running = assert.rejects(first.run(plan), { code: "RY2202" });
    await until(() => first.broker.task("p", "a")?.state === "leased");
    await first.idle();
    await Promise.all([first.close(), running]);
    assert.deepEqual([told, begun, asked], [0, [], []]);
    await using second = await open(journal.path, options);
    // A host that closes hands nothing out.
    assert.equal(second.broker.task("p", "b")?.state, next === "a person" ? "asking" : "ready");
    told += 1;
    await second.agents.add(bob());
    assert.equal((await second.run(plan))["b"]?.state, "succeeded");
    assert.deepEqual([begun, asked], next === "a person" ? [[], ["p/b"]] : [["p/b"], []]);
    assert.deepEqual(errors, []);
  });
}

test("a task on its way to an agent that is told to stop comes after the next open", async () => {
  using journal = folder();
  const { options } = bot();
  const first = await open(journal.path, options);
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  const gone = () => stopped.then(() => Promise.reject(new Error("it is gone")));
  await first.agents.add({ id: "ada", profile: {}, start() {}, dispatch: gone, recall() {}, stop: () => (stop(), later(50)) as Promise<void> });
  const running = assert.rejects(first.run({ id: "p", tasks: [{ id: "a" }] }), { code: "RY2202" });
  await until(() => first.broker.task("p", "a")?.state === "leased");
  await Promise.all([first.close(), running]);
  await using second = await open(journal.path, options);
  const a = second.broker.task("p", "a");
  assert.deepEqual([a?.state, a?.attempt], ["ready", 1]);
});

test("a function that was told to stop takes nothing more", async () => {
  const ada = new Callable("ada", () => {});
  const task = { type: "dispatch", id: "3.0", epoch: 1 } as DispatchEffect;
  ada.start(DESK);
  ada.dispatch(task);
  await ada.stop();
  assert.throws(() => ada.dispatch(task), /it was stopped/);
});

/** An agent that takes so long to stop. */
const slow = (ms: number): Agent => ({ id: "ada", profile: {}, start() {}, dispatch() {}, recall() {}, stop: async () => void (await later(ms)) });
const rules = [{ id: "r", when: { kind: "issue_comment.created" }, effects: [{ kind: "comment", subject: "{subject}", text: "Hi." }] }];

test("an effect that begins while agents stop has its time too", async () => {
  using journal = folder();
  const did: string[] = [];
  const { options } = bot({
    rules,
    async perform(_, { signal }) {
      if (did.push("begins") === 1) return { type: "retry", after_ms: 200 };
      signal.addEventListener("abort", () => did.push("is cut off"));
      await later(700);
      did.push("done");
      return { type: "done" };
    },
  });
  const first = await open(journal.path, options);
  await first.agents.add(slow(400));
  await first.submit({ type: "event", ...comment() });
  await first.idle();
  await first.close();
  await using second = await open(journal.path, options);
  assert.deepEqual(second.broker.open(), []);
  assert.deepEqual(did, ["begins", "begins", "done"]);
});

test("nothing begins any more when patience is over", async () => {
  let begun = 0;
  const { options } = bot({ rules, closeMs: 100, perform: () => (begun++, { type: "retry", after_ms: 400 }) });
  const ry = await open(":memory:", options);
  await ry.agents.add({ ...slow(0), stop: () => new Promise(() => {}), kill: async () => void (await later(700)) });
  await ry.submit({ type: "event", ...comment() });
  await ry.idle();
  await ry.close();
  assert.equal(begun, 1);
});

test("many sends that are given up take no longer than each alone", async (t) => {
  const { options } = bot({ closeMs: 10, perform: () => new Promise<Performed>(() => {}) });
  const ry = await open(":memory:", options);
  const handled = Array.from({ length: 200 }, (_, at) =>
    ry.handle({ ...comment(), subject: `github:acme/api#${at}` }, (turn) => turn.send({ kind: "comment", text: `${at}` })).catch(({ code }) => code),
  );
  await until(() => ry.broker.open().length === 400);
  const { mock } = t.mock.method(Promise.prototype, "catch");
  await ry.close();
  assert.deepEqual(new Set(await Promise.all(handled)), new Set(["RY2202"]));
  // Each of the others for each effect: 80,000.
  assert.ok(mock.callCount() < 2000, `${mock.callCount()}`);
});

test("a handler that the end of the host cuts off ends no process where nobody waits for it", async () => {
  const ry = await open(":memory:", bot({ closeMs: 10 }).options);
  void ry.handle(comment(), () => ry.run({ id: "p", tasks: [{ id: "a" }] }));
  await until(() => ry.broker.plan("p") !== null);
  await ry.close();
  await later(20);
});

test("an agent whose removal can not be stored is stopped all the same", async () => {
  using journal = folder();
  const ry = await open(journal.path, bot().options);
  let [told, stopped] = [0, 0];
  await ry.agents.add({ id: "ada", profile: {}, start() {}, dispatch: () => void told++, recall() {}, stop: () => void stopped++ });
  const running = assert.rejects(ry.run({ id: "p", tasks: [{ id: "a" }] }));
  await until(() => told === 1);
  const removing = assert.rejects(ry.agents.remove("ada", 200), { code: "RY2103" });
  await ry.idle();
  for (const name of readdirSync(journal.path)) if (name.endsWith(".ryj")) rmSync(join(journal.path, name));
  await Promise.all([removing, running]);
  assert.equal(stopped, 1);
  await ry.close();
});

test("a handler whose event is being stored when the host closes has its time", async () => {
  using journal = folder();
  const did: string[] = [];
  const ry = await open(journal.path, bot().options);
  const handled = ry.handle(comment("d1"), async () => {
    did.push("begins");
    await later(200);
    did.push("done");
  });
  await ry.close();
  did.push("closed");
  await handled;
  assert.deepEqual(did, ["begins", "done", "closed"]);
});

test("what is asked of a host that closes, and nobody listens to, ends no process", async () => {
  const ry = await open(":memory:", bot().options);
  await ry.agents.add(slow(50));
  const unheard: unknown[] = [];
  const hear = (error: unknown) => unheard.push(error);
  process.on("unhandledRejection", hear);
  const closed = ry.close();
  void ry.handle(comment("d1"), () => {});
  await closed;
  await later(20);
  process.off("unhandledRejection", hear);
  assert.deepEqual(unheard, []);
});

test("an agent may be removed twice at a time", async () => {
  const ry = await open(":memory:", bot().options);
  let finish = () => {};
  await ry.agents.add(new Callable("ada", () => new Promise<void>((resolve) => (finish = resolve))));
  const running = ry.run({ id: "p", tasks: [{ id: "a" }] });
  await until(() => ry.broker.task("p", "a")?.state === "running");
  const removed = [ry.agents.remove("ada"), ry.agents.remove("ada")];
  finish();
  await Promise.all([running, ...removed]);
  await ry.close();
});

test("no timer of agents outlives the host", async () => {
  const timers = new Set<NodeJS.Timeout>();
  const clock = {
    now: Date.now,
    after(ms: number, call: () => void) {
      const timer = setTimeout(() => (timers.delete(timer), call()), ms);
      timers.add(timer);
      return () => (timers.delete(timer), clearTimeout(timer));
    },
  };
  const ry = await open(":memory:", { ...bot({ closeMs: 10 }).options, clock });
  let gone = (_: string) => {};
  await ry.agents.add({ ...slow(0), id: "bob", start: (desk) => void (gone = (why) => desk.gone(why)) });
  await ry.agents.add(new Callable("ada", () => new Promise<void>(() => {}), { provides: ["x"] }));
  const ran = assert.rejects(ry.run({ id: "p", tasks: [{ id: "a", requires: ["x"] }] }), { code: "RY2202" });
  await until(() => ry.broker.task("p", "a")?.state === "running");
  const removed = ry.agents.remove("ada");
  // One that crashes is begun anew at once, and when it crashes again after a pause.
  for (const _ of [1, 2]) {
    gone("it crashed");
    await later(30);
  }
  await Promise.all([ry.close(), ran, removed]);
  await later(60);
  assert.equal(timers.size, 0);
});

test("who waits for a handler that hangs is told that the host has closed, and its event comes again", async () => {
  using journal = folder();
  const { options } = bot({ closeMs: 20 });
  const first = await open(journal.path, options);
  const begun: string[] = [];
  const hangs = ({ event }: Turn) => (begun.push(event.id), new Promise(() => {}));
  const lost = ["d1", "d2"].map((id) => assert.rejects(first.handle(comment(id), hangs), { code: "RY2202" }));
  await until(() => begun.length === 2);
  await first.close();
  await Promise.all(lost);
  await using second = await open(journal.path, { ...options, resume: ({ event }) => void begun.push(event.id) });
  await second.idle();
  assert.deepEqual(begun, ["d1", "d2", "d1", "d2"]);
});
