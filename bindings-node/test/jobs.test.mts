import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  Callable, open, type Agent, type Desk, type DispatchEffect, type Job, type Performed, type Reynolds, type ReynoldsError, type Sent,
} from "reynolds";
import { bot, comment, folder, until } from "./support.mjs";

// An agent acts, and changes its plan, by means of its host.

const API = "github:acme/api#7";
const said = (key: string, more = {}) => ({ key, kind: "comment", subject: API, text: `It is ${key}.`, ...more });
const quick = { retry: { base_ms: 1, max_attempts: 3 } };
const code = (error: ReynoldsError) => error.code;

/** Runs one task with a function, and gives what that came to. */
async function worked(work: (job: Job) => unknown, more = {}, task = {}) {
  const { options, posts, errors } = bot(more);
  await using ry = await open(":memory:", options);
  await ry.agents.add(new Callable("ada", work));
  const { a } = await ry.run({ id: "p", tasks: [{ id: "a", ...task }] });
  return { a, posts, errors };
}

test("what a function sends is done because of its task, and it hears so", async () => {
  const { options, posts, errors } = bot();
  await using ry = await open(":memory:", options);
  await ry.agents.add(new Callable("ada", (job) => job.send(said("report")), { tenants: ["acme"] }));
  const { a } = await ry.run({ id: "p", tenant: "acme", tasks: [{ id: "a" }] });
  assert.deepEqual(a?.result, { type: "done", effect: posts[0]!.id, object: "github:comment/11" });
  const [{ tenant, cause, chain, key, text }] = posts as [typeof posts[0] & object];
  assert.deepEqual([tenant, cause, key, text], ["acme", ["3.0"], "report", "It is report."]);
  assert.equal(chain, ry.broker.plan("p", "acme")?.chain);
  assert.deepEqual(errors, []);
});

test("a function hears that what it sends is held, denied, a duplicate or has failed", async () => {
  // The first is a direct answer, which no budget counts.
  const all = async (job: Job) => [await job.send(said("one")), await job.send(said("two")), await job.send(said("three"))];
  const types = ({ a }: Awaited<ReturnType<typeof worked>>) => (a?.result as Sent[]).map(({ type }) => type);
  const held = await worked(all, { enforce: "hold", chain: { budget: 1 } });
  assert.deepEqual([types(held), held.posts.length], [["done", "done", "held"], 2]);
  const denied = await worked(all, { enforce: "deny", chain: { budget: 1 } });
  assert.deepEqual([types(denied), denied.posts.length], [["done", "done", "denied"], 2]);
  const twice = await worked(async (job) => [await job.send(said("one")), await job.send(said("one"))]);
  assert.deepEqual([types(twice), twice.posts.length], [["done", "duplicate"], 1]);
  const failed = await worked(async (job) => [await job.send(said("one"))], { perform: () => ({ type: "failed", reason: "gone" }) });
  assert.deepEqual(types(failed), ["failed"]);
});

test("a key with two meanings within one job is refused, and so is a proposal that can not be used", async () => {
  const { a, posts, errors } = await worked(async (job) => {
    await job.send(said("one"));
    const other = await job.send(said("one", { subject: "github:acme/api#8" })).catch(({ message }) => message);
    const none = await job.send({ kind: "comment", text: "Where?" } as never).catch(code);
    const long = await job.send(said("two", { text: "x".repeat(300_000) })).catch(code);
    return [other, none, long];
  });
  assert.deepEqual(a?.result, [
    "RY2206: `send`: the key `one` was used in this job for `comment` on `github:acme/api#7`; a key stands for one effect, so give this one another",
    "RY1001", "RY1003",
  ]);
  assert.deepEqual([posts.length, errors], [1, []]);
});

/** An agent that hands out what it is told. */
function desk(id = "ada") {
  const told = { desk: undefined as Desk | undefined, dispatches: [] as DispatchEffect[], recalls: 0 };
  const agent: Agent = {
    id, profile: {}, stop() {}, recall: () => void told.recalls++,
    start: (desk) => void (told.desk = desk), dispatch: (effect) => void told.dispatches.push(effect),
  };
  return { agent, told };
}

test("who has a task no longer must not act for it: recalled, ended, given to another, or at the end of its life", async () => {
  const { options, posts, errors } = bot();
  await using ry = await open(":memory:", options);
  const { agent, told } = desk();
  await ry.agents.add(agent);
  const running = ["p", "q", "r"].map((id) => ry.run({ id, tasks: [{ id: "a", ...quick }] }).catch(() => {}));
  // One slot, so one after the other.
  await until(() => told.dispatches.length === 1);
  const first = told.desk!;
  const refused = async (desk: Desk, dispatch: string, epoch = 1) => [
    await desk.send(dispatch, epoch, said("x")).then(({ type }) => type, ({ message }) => message),
    await desk.patch(dispatch, epoch, { add: [{ id: "b" }] }).then(({ seq }) => seq, ({ message }) => message),
  ];
  const both = (rest: (what: string) => string) => ["send", "patch"].map((what) => `RY2213: the agent \`ada\` wants to ${rest(what)}`);
  const stale = (dispatch: string) => both((what) => `${what} for dispatch ${dispatch}, which it no longer has`);
  const [{ id: one }] = told.dispatches as [DispatchEffect];
  assert.deepEqual(await refused(first, one, 9), both((what) => `${what} under epoch 9 for dispatch ${one}, which it was given under 1`));
  await ry.order("p", { type: "cancel" });
  await until(() => told.recalls === 1);
  assert.deepEqual(await refused(first, one), stale(one));
  void first.report(one, 1, { type: "cancelled" });
  await until(() => told.dispatches.length === 2);
  const { id: two } = told.dispatches[1]!;
  void first.report(two, 1, { type: "done" });
  assert.deepEqual(await refused(first, two), stale(two));
  await until(() => told.dispatches.length === 3);
  const { id: three } = told.dispatches[2]!;
  first.gone("it crashed");
  assert.deepEqual(await refused(first, three), stale(three));
  await until(() => told.dispatches.length === 4);
  const { id: four } = told.dispatches[3]!;
  assert.deepEqual(await refused(first, four, 2), stale(four));
  assert.deepEqual(await refused(told.desk!, "77.0"), stale("77.0"));
  assert.deepEqual(posts, []);
  assert.equal((await told.desk!.send(four, 2, said("x"))).type, "done");
  // Only that its life was over is told.
  assert.deepEqual(errors.map(({ message }) => /is gone/.test(message)), [true]);
  void told.desk!.report(four, 2, { type: "done" });
  await Promise.all(running);
});

/** Has the disk be busy: what is submitted now is decided later. */
async function busy(ry: Reynolds): Promise<void> {
  const { seq } = ry.broker.status();
  void ry.submit({ type: "event", ...comment() });
  for (let tries = 0; tries < 100 && ry.broker.status().seq === seq; tries++) await undefined;
  assert.equal(ry.broker.status().durable, seq);
}

test("who has said its last word is refused, also before that is stored", async () => {
  using journal = folder();
  const { options, posts } = bot();
  await using ry = await open(journal.path, options);
  const { agent, told } = desk();
  await ry.agents.add(agent);
  const running = ry.run({ id: "p", tasks: [{ id: "a" }] });
  await until(() => told.dispatches.length === 1);
  await ry.idle();
  await busy(ry);
  const { id } = told.dispatches[0]!;
  const done = told.desk!.report(id, 1, { type: "done" });
  assert.equal(await told.desk!.send(id, 1, said("x")).catch(code), "RY2213");
  assert.equal(ry.broker.task("p", "a")?.state, "leased");
  await done;
  await running;
  assert.deepEqual(posts, []);
});

test("who is about to be told to stop is refused already", async () => {
  using journal = folder();
  const { options, posts } = bot();
  await using ry = await open(journal.path, options);
  const { agent, told } = desk();
  await ry.agents.add(agent);
  const running = ry.run({ id: "p", tasks: [{ id: "a" }] });
  await until(() => told.dispatches.length === 1);
  await ry.idle();
  const { id } = told.dispatches[0]!;
  const cancelled = ry.order("p", { type: "cancel" });
  // Decided, and not on the disk yet.
  for (let tries = 0; tries < 100 && ry.broker.task("p", "a")?.state !== "cancelling"; tries++) await undefined;
  assert.deepEqual([ry.broker.task("p", "a")?.state, told.recalls], ["cancelling", 0]);
  assert.equal(await told.desk!.send(id, 1, said("x")).catch(code), "RY2213");
  await cancelled;
  void told.desk!.report(id, 1, { type: "cancelled" });
  await running;
  assert.deepEqual(posts, []);
});

test("a function that was recalled and goes on is refused, and need not wait to hear so", async () => {
  const { options, posts, errors } = bot();
  await using ry = await open(":memory:", options);
  const heard: string[] = [];
  const unheard: unknown[] = [];
  const listener = (error: unknown) => unheard.push(error);
  process.on("unhandledRejection", listener);
  await ry.agents.add(new Callable("ada", async (job) => {
    await new Promise((resolve) => job.signal.addEventListener("abort", resolve));
    void job.send(said("x"));
    void job.patch({ add: [{ id: "b" }] });
    heard.push(await job.send(said("x")).catch(code) as string);
  }));
  const running = ry.run({ id: "p", tasks: [{ id: "a" }] });
  await until(() => ry.broker.task("p", "a")?.state === "running");
  await ry.order("p", { type: "cancel" });
  assert.equal((await running).state, "cancelled");
  await ry.idle();
  process.removeListener("unhandledRejection", listener);
  assert.deepEqual([heard, posts, errors, unheard], [["RY2213"], [], [], []]);
});

test("who is offered a task must accept it before it acts", async () => {
  using journal = folder();
  const { options, posts } = bot();
  await using ry = await open(journal.path, options);
  const [ada, bob] = [desk(), desk("bob")];
  await ry.agents.add(ada.agent);
  const running = ry.run({ id: "p", tasks: [{ id: "a" }] });
  await until(() => ada.told.dispatches.length === 1);
  await ry.agents.add(bob.agent);
  const [own] = ada.told.dispatches as [DispatchEffect];
  await ada.told.desk!.report(own.id, own.epoch, { type: "handoff", to: "bob" });
  await until(() => bob.told.dispatches.length === 1);
  const [offered] = bob.told.dispatches as [DispatchEffect];
  await assert.rejects(bob.told.desk!.send(offered.id, offered.epoch, said("bob")), {
    message: `RY2213: the agent \`bob\` wants to send for dispatch ${offered.id}, which it has not accepted`,
  });
  // Until then it is the other's.
  assert.equal((await ada.told.desk!.send(own.id, own.epoch, said("ada"))).type, "done");
  await ry.idle();
  await busy(ry);
  // It need not wait until that is stored.
  void bob.told.desk!.report(offered.id, offered.epoch, { type: "accept" });
  assert.equal((await bob.told.desk!.send(offered.id, offered.epoch, said("bob"))).type, "done");
  await assert.rejects(ada.told.desk!.send(own.id, own.epoch, said("late")), { code: "RY2213" });
  void bob.told.desk!.report(offered.id, offered.epoch, { type: "done" });
  assert.equal((await running).state, "succeeded");
  assert.deepEqual(posts.map(({ key }) => key), ["ada", "bob"]);
});

test("a patch adds tasks that then run, and an agent that is tried again adds none twice", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  const ran: string[] = [];
  const heard: unknown[] = [];
  await ry.agents.add(new Callable("ada", async (job) => {
    ran.push(job.task);
    if (job.task !== "p/plan") return;
    for (const add of [[{ id: "b" }], [{ id: "c", needs: ["b"] }]]) {
      const { key, duplicate, verdicts } = await job.patch({ add });
      heard.push([key, duplicate, verdicts.some(({ type }) => type === "duplicate")]);
    }
    const { key, duplicate } = await job.patch({ add: [{ id: "d", needs: ["c"] }], key: "mine" });
    heard.push([key, duplicate]);
    if (job.attempt === 1) throw new Error("again");
  }));
  const result = await ry.run({ id: "p", tasks: [{ id: "plan", ...quick }] });
  assert.equal(result.state, "succeeded");
  assert.deepEqual(heard, [
    ["plan/1", false, false], ["plan/2", false, false], ["mine", false], ["plan/1", true, true], ["plan/2", true, true], ["mine", true],
  ]);
  assert.deepEqual(ran.filter((task) => task !== "p/plan"), ["p/b", "p/c", "p/d"]);
  assert.match(errors.map(({ message }) => message).join(), /^RY2213: the agent `ada` has thrown in attempt 1 of the task p\/plan: again$/);
});

test("patches count from 1 in the order of the calls, for each task by its name", async () => {
  const { options } = bot();
  await using ry = await open(":memory:", options);
  const keys: string[] = [];
  await ry.agents.add(new Callable("ada", async (job) => {
    const index = /\[(\d)\]/.exec(job.task)?.[1];
    if (index === undefined) return [1, 2];
    const patches = ["x", "y"].map((name) => job.patch({ add: [{ id: `${name}${index}`, requires: ["nobody"] }] }));
    keys.push(...(await Promise.all(patches)).map(({ key }) => key));
    return undefined;
  }));
  const tasks = [{ id: "list" }, { id: "in", tasks: [{ id: "each", needs: ["list"], each: { from: "list" } }] }];
  void ry.run({ id: "p", tasks }).catch(() => {});
  await until(() => keys.length === 4);
  assert.deepEqual(keys.sort(), ["in/each[0]/1", "in/each[0]/2", "in/each[1]/1", "in/each[1]/2"]);
});

test("a patch that can not be used rejects, leaves its number to the next one, and the job goes on", async () => {
  const { a, errors } = await worked(async (job) => {
    if (job.task !== "p/a") return undefined;
    const told: unknown[] = [];
    for (const wrong of [
      { add: [{ id: "b", needs: ["nothing"] }] }, { add: [{ id: "a" }] }, { remove: ["a"] }, { remove: ["nothing"] }, { adds: [] }, { plan: "q" },
      null, "b", { add: 5 }, { key: 5 },
    ]) {
      told.push(await job.patch(wrong as never).then(() => "done", code));
    }
    const [one, bad, three] = await Promise.allSettled(["b", "a", "c"].map((id) => job.patch({ add: [{ id }] })));
    told.push(...[one, three].map((done) => done?.status === "fulfilled" && done.value.key), bad?.status);
    told.push((await job.patch({ add: [{ id: "d" }] })).key);
    await Promise.allSettled(["a", "a"].map((id) => job.patch({ add: [{ id }] })));
    await job.patch({ add: [{ id: "a" }] }).catch(() => {});
    told.push((await job.patch({ add: [{ id: "e" }] })).key);
    return told;
  });
  assert.deepEqual(a?.result, [
    "RY1017", "RY1017", "RY1021", "RY1019", "RY2206", "RY2206", "RY2206", "RY2206", "RY1001", "RY1001",
    "a/1", "a/3", "rejected", "a/2", "a/4",
  ]);
  assert.deepEqual(errors, []);
});

test("what an agent adds follows from its dispatch, so that a plan that goes on and on ends", async () => {
  const { options } = bot({ chain: { hop_limit: 3 } });
  await using ry = await open(":memory:", options);
  const ran: string[] = [];
  await ry.agents.add(new Callable("ada", async (job) => {
    ran.push(job.task);
    await job.patch({ add: [{ id: `t${ran.length}` }] });
  }));
  void ry.run({ id: "p", tasks: [{ id: "t0" }] }).catch(() => {});
  await until(() => ry.broker.plan("p")?.paused === true);
  assert.deepEqual(ran, ["p/t0", "p/t1", "p/t2", "p/t3"]);
});

test("neither call can be made while an effect is performed", async () => {
  let job: Job | undefined;
  const told: string[] = [];
  const { options } = bot({
    async perform() {
      for (const call of [() => job!.send(said("inner")), () => job!.patch({ add: [{ id: "b" }] })]) await call().catch(({ message }) => told.push(message));
      return { type: "done" };
    },
  });
  await using ry = await open(":memory:", options);
  await ry.agents.add(new Callable("ada", async (given) => (await (job = given).send(said("outer"))).type));
  assert.equal((await ry.run({ id: "p", tasks: [{ id: "a" }] }))["a"]?.result, "done");
  assert.match(told.join("\n"), /^RY2210: `job.send` was called while effect \S+ is being performed, .*\nRY2210: `job.patch` was called/);
});

test("a job that waits when the host closes hears so, and what it sent leaves after the next open", async () => {
  using journal = folder();
  const told: string[] = [];
  const hangs = (_: unknown, { signal }: { signal: AbortSignal }) =>
    new Promise<Performed>((resolve) => signal.addEventListener("abort", () => resolve({ type: "ambiguous" })));
  const { options, errors } = bot({ closeMs: 50, perform: hangs });
  const first = await open(journal.path, options);
  let late: Job | undefined;
  await first.agents.add(new Callable("ada", async (job) => {
    late = job;
    // Nobody need wait for it.
    void job.send(said("unheard", { subject: "github:acme/api#8" }));
    await job.send(said("report")).catch(({ message }) => told.push(message));
  }));
  void first.run({ id: "p", tasks: [{ id: "a" }] }).catch(() => {});
  await until(() => first.broker.open().filter(({ effect }) => effect.type === "act").length === 2);
  await first.close();
  assert.match(told.join(), /^RY2202: the host has ended, and effect \d+\.0 has not; it comes again after the next open, with the same id$/);
  assert.deepEqual([await late!.send(said("late")).catch(code), await late!.patch({}).catch(code), errors], ["RY2202", "RY2202", []]);
  const { options: better, posts } = bot();
  await using second = await open(journal.path, better);
  await until(() => posts.length === 2);
  await second.idle();
  assert.deepEqual(posts.map(({ key }) => key).sort(), ["report", "unheard"]);
});

test("in log mode a job hears what would have become of it, and that the journal can not be written", async () => {
  using journal = folder();
  const { options, posts } = bot({ enforce: "log", chain: { budget: 1 } });
  await using ry = await open(journal.path, options);
  let go = () => {};
  const gone = new Promise<void>((resolve) => (go = resolve));
  const told: unknown[] = [];
  await ry.agents.add(new Callable("ada", async (job) => {
    const same = { kind: "comment", subject: API, text: "Again." };
    for (const proposal of [said("one"), said("two"), same, same]) {
      const sent = await job.send(proposal);
      told.push([sent.type, sent.type === "done" && sent.would?.reason]);
    }
    await gone;
    told.push(await job.send(said("three")).catch(code), await job.patch({ add: [{ id: "b" }] }).catch(code));
  }));
  void ry.run({ id: "p", tasks: [{ id: "a" }] }).catch(() => {});
  await until(() => told.length === 4);
  for (const name of readdirSync(journal.path)) if (name.endsWith(".ryj")) rmSync(join(journal.path, name));
  go();
  await until(() => told.length === 6);
  assert.deepEqual(told.slice(0, 4), [["done", undefined], ["done", undefined], ["done", "budget"], ["duplicate", false]]);
  assert.match(String(told.slice(4)), /^RY21\d\d,RY21\d\d$/);
  assert.equal(posts.length, 3);
});
