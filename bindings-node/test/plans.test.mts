import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { test } from "node:test";
import { Callable, open, type Agent, type AskEffect, type PlanState, type Desk, type Job } from "reynolds";
import { VirtualClock } from "reynolds/testing";
import { bot, comment, folder, until } from "./support.mjs";

const quick = { retry: { base_ms: 10, max_attempts: 3 } };

test("a plan ends with each task's state and result", async () => {
  await using ry = await open(":memory:", bot().options);
  await ry.agents.add(new Callable("ada", (job) => ({ log: `${job.task} is well`, got: job.input }), { provides: ["rust"], slots: 2 }));
  const result = await ry.run({
    id: "rel-42",
    tasks: [{ id: "build", requires: ["rust"] }, { id: "test", needs: ["build"], input: { log: { from: "build", field: "/log" } } }],
  });
  assert.deepEqual(Object.keys(result), ["build", "test"]);
  assert.equal(result["test"]?.state, "succeeded");
  assert.deepEqual(result["test"]?.result, { log: "rel-42/test is well", got: { log: "rel-42/build is well" } });
  assert.equal(ry.explain({ plan: "rel-42" }), "rel-42: succeeded\nrel-42/build: it is done\nrel-42/test: it is done");
  assert.equal(ry.explain({ plan: "rel-42", task: "test" }), "rel-42/test: it is done");
  assert.equal(ry.explain({ plan: "rel-42", task: "nothing" }), "rel-42/nothing: no such task");
});

test("a plan's own state is beside its tasks, and is none of them", async () => {
  await using ry = await open(":memory:", bot().options);
  await ry.agents.add(new Callable("ada", () => 1));
  const result = await ry.run({ id: "p", tasks: [{ id: "a" }] });
  const state: PlanState = result.state;
  assert.deepEqual([state, result.status.plan, Object.keys(result), JSON.parse(JSON.stringify(result))], ["succeeded", "p", ["a"], { a: result["a"] }]);
  assert.deepStrictEqual(result, { a: { task: "a", state: "succeeded", attempt: 1, result: 1 } });
  const named = await ry.run({ id: "q", tasks: [{ id: "state" }] });
  assert.deepEqual([named["state"], named.status.state], [named.status.tasks[0], "succeeded"]);
});

test("a plan that a handler begins comes of its event, unless it says what it comes of", async () => {
  const plans: unknown[] = [];
  const { options } = bot();
  await using ry = await open(":memory:", options);
  await ry.agents.add(new Callable("ada", (job) => void plans.push([job.task, job.cause])));
  const tasks = [{ id: "a" }];
  const event = (id: string) => ({ type: "event" as const, id, source: "s", kind: "k", subject: "x:1" });
  await ry.submit(event("e0"));
  let later = Promise.resolve();
  const { decision } = await ry.handle(event("e1"), async () => {
    await ry.run({ id: "p1", tasks });
    await ry.run({ id: "p2", tasks, cause: "e0" });
    await ry.run({ id: "p3", tasks, tenant: "other" });
    later = new Promise((ended) => setTimeout(() => void ry.run({ id: "p4", tasks }).then(() => ended()), 20));
  });
  await later;
  await ry.run({ id: "p5", tasks });
  const [call] = decision?.verdicts.map((verdict) => verdict.type === "admitted" && verdict.effect) ?? [];
  assert.deepEqual(plans, [
    ["p1/a", [call]],
    ["p2/a", ["e0"]],
    ["p3/a", ["p3"]],
    ["p4/a", ["p4"]],
    ["p5/a", ["p5"]],
  ]);
});

test("a plan that a handler begins comes of its event, also where that is forgotten meanwhile", async () => {
  const { options } = bot({ limits: { events: 1 } });
  await using ry = await open(":memory:", options);
  await ry.agents.add(new Callable("ada", () => 1));
  const handled = await ry.handle(comment(), async () => {
    await ry.submit({ type: "event", ...comment() });
    return (await ry.run({ id: "p", tasks: [{ id: "a" }] })).state;
  });
  assert.equal(handled.type === "handled" && handled.value, "succeeded");
});

test("a plan that is known with other tasks is waited for, and that is told; what is no plan is refused", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  await ry.agents.add(new Callable("ada", () => [1, 2]));
  const tasks = [{ id: "a" }, { id: "m", each: { from: "a" } }];
  const result = await ry.run({ id: "p", tasks });
  assert.deepEqual(await ry.run({ id: "p", tasks }), result);
  assert.equal(errors.length, 0);
  assert.deepEqual(await ry.run({ id: "p", tasks: [{ id: "zzz" }, { id: "a" }, { id: "y" }] }), result);
  assert.deepEqual(errors.map(({ message }) => message), [
    "RY2206: the plan `p` is known, and has no task `zzz`, `y`; `run` waits for the one that is known; give a new plan a new id",
  ]);
  // What is meant where nothing is said is no difference.
  assert.deepEqual(await ry.run({ id: "p", tasks: [{ id: "a", priority: 3 }, { id: "m", each: { from: "a", max: 1000 } }] }), result);
  assert.equal(errors.length, 1);
  assert.deepEqual(await ry.run({ id: "p", tasks: [{ id: "a", input: 2 }, { id: "m", each: { from: "a", max: 5 } }] }), result);
  assert.equal(
    errors.at(1)?.message,
    "RY2206: the plan `p` is known, and has another definition of `a`, `m`; `run` waits for the one that is known; give a new plan a new id",
  );
  for (const wrong of ["junk", [{ id: "a", bogus: 1 }]]) await assert.rejects(ry.run({ id: "p", tasks: wrong as never }), { code: "RY1001" });
  // What made it may be forgotten by now.
  assert.equal((await ry.run({ id: "p", tasks, cause: "gone" })).state, "succeeded");
  await assert.rejects(ry.run({ id: "q", tasks, cause: "gone" }), { code: "RY1008" });
});

test("what a function throws makes the attempt fail, and another one resumes from the last progress", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  const seen: unknown[] = [];
  await ry.agents.add(new Callable("ada", async (job) => {
    seen.push([job.attempt, job.resume_from]);
    await job.progress(3, 10, { file: "x.rs" });
    if (job.attempt === 1) throw new Error("the disk is full");
    return "good";
  }));
  const result = await ry.run({ id: "p", tasks: [{ id: "a", ...quick }] });
  assert.deepEqual(seen, [[1, undefined], [2, { file: "x.rs" }]]);
  assert.equal(result["a"]?.result, "good");
  assert.equal(result["a"]?.attempt, 2);
  const told = "RY2213: the agent `ada` has thrown in attempt 1 of the task p/a: the disk is full";
  assert.deepEqual(errors.map(({ message, cause }) => [message, (cause as Error).message]), [[told, "the disk is full"]]);
});

test("a function that is told to stop has not gone wrong", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  let begun = false;
  await ry.agents.add(new Callable("ada", ({ signal }) => new Promise((_, reject) => {
    begun = true;
    signal.addEventListener("abort", () => reject(signal.reason));
  })));
  const end = ry.run({ id: "p", tasks: [{ id: "a" }] });
  await until(() => begun);
  await ry.order("p", { type: "cancel" });
  assert.equal((await end).state, "cancelled");
  assert.deepEqual(errors, []);
});

test("a task that fails for good stops its plan, with the reason", async () => {
  await using ry = await open(":memory:", bot().options);
  await ry.agents.add(new Callable("ada", (job) => job.report({ type: "failed", reason: "no such branch", permanent: true })));
  const result = await ry.run({ id: "p", tasks: [{ id: "a" }, { id: "b", needs: ["a"] }] });
  assert.deepEqual([result["a"]?.state, result["a"]?.reason, result["a"]?.attempt], ["failed", "no such branch", 1]);
  assert.equal(result["b"]?.state, "skipped");
  assert.equal(ry.broker.plan("p")?.state, "failed");
});

test("a result that is too large fails its task instead of leaving it open", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  await ry.agents.add(new Callable("ada", () => "x".repeat(20_000)));
  const result = await ry.run({ id: "p", tasks: [{ id: "a" }] });
  assert.equal(result["a"]?.state, "failed");
  assert.match(errors[0]?.message ?? "", /^RY2213: a report about dispatch \d+\.\d+ was not taken: RY1/);
});

test("a plan that can not be is refused by name, and nothing is left of it", async () => {
  await using ry = await open(":memory:", bot().options);
  const circle = { id: "p", tasks: [{ id: "a", needs: ["b"] }, { id: "b", needs: ["a"] }] };
  await assert.rejects(ry.run(circle), { code: "RY1017", message: /a/ });
  assert.equal(ry.broker.plan("p"), null);
});

test("a question is shown, and the answer goes on with the plan", async () => {
  const asked: AskEffect[] = [];
  await using ry = await open(":memory:", { ...bot().options, ask: (question) => void asked.push(question) });
  const end = ry.run({ id: "p", tasks: [{ id: "a", ask: { text: "Which branch?" } }] });
  await until(() => asked.length === 1);
  assert.equal(asked[0]?.question.text, "Which branch?");
  await ry.order("p", { type: "answer", task: "a", value: "main" });
  assert.equal((await end)["a"]?.result, "main");
  await assert.rejects(ry.order("p", { type: "answer", task: "a", value: "again" }), { code: "RY1021" });
});

test("an answer that `ask` returns counts at once", async () => {
  await using ry = await open(":memory:", { ...bot().options, ask: async ({ question }) => `${question.text} Yes.` });
  const result = await ry.run({ id: "p", tasks: [{ id: "a", ask: { text: "Now?" } }] });
  assert.equal(result["a"]?.result, "Now? Yes.");
});

test("an answer that can not be taken ends its plan, with an error, instead of leaving it open", async () => {
  for (const answer of ["y".repeat(20_000), () => {}, 1n, { when: new Map() }]) {
    const { options, errors } = bot();
    await using ry = await open(":memory:", { ...options, ask: async () => answer });
    const result = await ry.run({ id: "p", tasks: [{ id: "a", ask: { text: "Which log?" } }, { id: "b", needs: ["a"] }] });
    assert.deepEqual([result["a"]?.state, result["b"]?.state], ["cancelled", "cancelled"]);
    assert.equal(errors.length, 1);
    assert.match(errors[0]!.message, /^RY2208: what `ask` returned for the task p\/a is no answer, its plan is cancelled; .*16 KiB: RY1/);
  }
});

test("an answer that comes after another one changes nothing", async () => {
  // The second question is answered by order: what was asked waits for ever, and `close` not for long.
  const { options, errors } = bot({ closeMs: 20 });
  const answers: Array<(value: string) => void> = [];
  await using ry = await open(":memory:", {
    ...options,
    ask: () => new Promise((resolve) => answers.push(resolve)),
  });
  const end = ry.run({ id: "p", tasks: [{ id: "a", ask: { text: "Now?" } }, { id: "b", needs: ["a"], ask: { text: "And now?" } }] });
  await until(() => answers.length === 1);
  await ry.order("p", { type: "answer", task: "a", value: "by order" });
  answers[0]!("too late");
  await until(() => errors.length === 1);
  assert.equal(errors[0]?.code, "RY1021");
  await ry.order("p", { type: "answer", task: "b", value: "yes" });
  const result = await end;
  assert.deepEqual([result["a"]?.result, result["b"]?.result], ["by order", "yes"]);
});

test("a function whose task is cancelled is told by its signal, and its plan ends", async () => {
  await using ry = await open(":memory:", bot().options);
  const jobs: Job[] = [];
  await ry.agents.add(new Callable("ada", (job) => {
    jobs.push(job);
    return new Promise((resolve) => job.signal.addEventListener("abort", resolve));
  }));
  const end = ry.run({ id: "p", tasks: [{ id: "a" }] });
  await until(() => jobs.length === 1);
  await ry.order("p", { type: "cancel" });
  assert.equal((await end)["a"]?.state, "cancelled");
  assert.deepEqual(ry.broker.plan("p")?.did_not_stop, []);
});

test("many signs of life are one record", async () => {
  await using ry = await open(":memory:", bot().options);
  const before: number[] = [];
  await ry.agents.add(new Callable("ada", async (job) => {
    const first = ry.broker.status().seq;
    for (let done = 1; done <= 1000; done++) job.beat(done);
    await until(() => ry.broker.task("p", "a")?.done === 1000);
    before.push(first, ry.broker.status().seq);
  }));
  const result = await ry.run({ id: "p", tasks: [{ id: "a", timeouts: { heartbeat_ms: 400 } }] });
  assert.equal(result["a"]?.state, "succeeded");
  const [first = 0, last = 0] = before;
  assert.ok(last - first >= 1 && last - first <= 3, `${last - first} records`);
});

test("a plan goes on after a restart, with agents that are added again", async () => {
  using home = folder();
  const { options, errors } = bot();
  const plan = { id: "p", tasks: [{ id: "a", ...quick }, { id: "b", needs: ["a"], ...quick }] };
  const first = await open(home.path, { ...options, closeMs: 50 });
  let started = false;
  await first.agents.add(new Callable("ada", () => new Promise(() => (started = true))));
  const never = first.run(plan);
  await until(() => started);
  await Promise.all([first.close(), assert.rejects(never, { code: "RY2202" })]);

  await using second = await open(home.path, options);
  await second.agents.add(new Callable("ada", (job) => job.task));
  const result = await second.run(plan);
  assert.deepEqual([result["a"]?.attempt, result["a"]?.result, result["b"]?.result], [1, "p/a", "p/b"]);
  assert.equal(second.broker.agents()[0]?.registration.incarnation, 1);
  assert.deepEqual(errors, []);
});

/** Opens a journal whose host crashed while its agent `ada` worked: it is as it was then, and not as a close leaves it. `clock` is not moved. */
async function leftBehind(path: string, clock: VirtualClock, profile: object = {}) {
  const first = bot({ closeMs: 50 });
  const ry = await open(`${path}.living`, first.options);
  await ry.agents.add(new Callable("ada", () => new Promise(() => {}), { provides: ["x"], ...profile }));
  ry.run(one).catch(() => {});
  await until(() => ry.broker.task("p", "a")?.state === "running");
  await ry.idle();
  cpSync(`${path}.living`, path, { recursive: true });
  await ry.close();
  clock.moveTo(Date.now());
  const second = bot({ clock });
  return { ry: await open(path, second.options), errors: second.errors };
}

const one = { id: "p", tasks: [{ id: "a", requires: ["x"], retry: { base_ms: 1 } }] };
const GONE = "RY2213: the agent `ada` is not here, and tasks wait for it; add it, or they are given to others";

/** Moves a clock until something has come. */
async function moved<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let over = false;
  work.then(() => (over = true), () => (over = true));
  for (let tries = 0; tries < 1000 && !over; tries++) {
    clock.moveTo(clock.now() + 100);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return work;
}

test("what an agent had that is not added again after a restart is given to others", async () => {
  for (const profile of [{}, { labels: { zone: "eu" } }]) {
    using home = folder();
    const clock = new VirtualClock();
    const { ry, errors } = await leftBehind(home.path, clock, profile);
    await ry.agents.add(new Callable("bob", () => "bob did it", { provides: ["x"] }));
    assert.equal((await moved(clock, ry.run(one)))["a"]?.result, "bob did it");
    assert.deepEqual(errors.map(({ message }) => message), [GONE]);
    await moved(clock, ry.close());
  }
});

test("what an agent had that can not be started again after a restart is given to others", async () => {
  using home = folder();
  const clock = new VirtualClock();
  const { ry, errors } = await leftBehind(home.path, clock);
  await ry.agents.add(new Callable("bob", () => "bob did it", { provides: ["x"] }));
  const unready = {
    id: "ada", profile: { provides: ["x"] }, dispatch() {}, recall() {}, stop() {},
    async start() {
      await until(() => clock.now() > before + 6000);
      throw new Error("the image could not be pulled");
    },
  };
  const before = clock.now();
  const adding = assert.rejects(ry.agents.add(unready), { code: "RY2213" });
  assert.equal((await moved(clock, ry.run(one)))["a"]?.result, "bob did it");
  await adding;
  assert.deepEqual(errors.map(({ message }) => message), [GONE]);
  await moved(clock, ry.close());
});

test("an agent that an input has registered is left alone after a restart", async () => {
  using home = folder();
  const clock = new VirtualClock();
  const { ry } = await leftBehind(home.path, clock);
  // Somebody takes it over who talks to it in another way.
  await ry.submit({ type: "agent", id: "ada", incarnation: 0, report: { type: "register", provides: ["x"] } });
  await moved(clock, ry.close());
  const { options, errors } = bot({ clock });
  const again = await open(home.path, options);
  await moved(clock, new Promise((resolve) => clock.after(10_000, () => resolve(undefined))));
  assert.deepEqual(again.broker.agents().map(({ registration, leases }) => [registration.id, leases]), [["ada", 1]]);
  assert.deepEqual(errors, []);
  await moved(clock, again.close());
});

test("a refused progress does not fail its task, and a refused handoff does", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  await ry.agents.add(new Callable("ada", async (job) => {
    await job.progress(1, 2, "x".repeat(20_000));
    return "done";
  }));
  assert.equal((await ry.run({ id: "p", tasks: [{ id: "a" }] }))["a"]?.result, "done");
  await ry.agents.remove("ada");
  await ry.agents.add(new Callable("eve", async (job) => {
    await job.report({ type: "handoff", done: ["x".repeat(20_000)] });
    await new Promise(() => {});
  }));
  assert.equal((await ry.run({ id: "q", tasks: [{ id: "a" }] }))["a"]?.state, "failed");
  assert.equal(errors.length, 2);
});

test("an agent that is removed gets nothing more, and its name is free again", async () => {
  await using ry = await open(":memory:", bot().options);
  const ada = () => new Callable("ada", () => "done");
  await ry.agents.add(ada());
  await assert.rejects(ry.agents.add(ada()), { code: "RY2206" });
  await ry.agents.remove("ada");
  assert.deepEqual(ry.broker.agents(), []);
  const end = ry.run({ id: "p", tasks: [{ id: "a" }] });
  await until(() => ry.broker.task("p", "a")?.state === "ready");
  await ry.agents.add(ada());
  assert.equal((await end)["a"]?.result, "done");
});

test("what nobody can do is told of its tenant, and plans of one name end apart", async () => {
  const clock = new VirtualClock();
  const { options, errors } = bot({ clock });
  await using ry = await open(":memory:", options);
  const theirs = ry.run({ id: "p", tenant: "acme", tasks: [{ id: "b", requires: ["gpu"] }] });
  await until(() => ry.broker.task("p", "b", "acme") !== null);
  await ry.agents.add(new Callable("ada", () => 1));
  assert.equal((await ry.run({ id: "p", tasks: [{ id: "b" }] })).state, "succeeded");
  clock.moveTo(clock.now() + 5100);
  assert.match(errors[0]?.message ?? "", /^RY2215: nobody could do the task `p\/b` of tenant `acme` \(there is no agent\), and/);
  await ry.agents.add(new Callable("bob", () => 2, { provides: ["gpu"] }));
  assert.equal((await theirs)["b"]?.result, 2);
  assert.equal(errors.length, 1);
});

test("each task that nobody can do has five seconds of its own before that is told", async () => {
  const clock = new VirtualClock();
  const { options, errors } = bot({ clock });
  await using ry = await open(":memory:", options);
  for (const [id, ms] of [["p", 4900], ["q", 200]] as const) {
    await ry.submit({ type: "plan", id, tasks: [{ id: "a", requires: [id] }] });
    clock.moveTo(clock.now() + ms);
  }
  assert.deepEqual(errors.map(({ message }) => message.slice(0, 43)), ["RY2215: nobody could do the task `p/a` (the"]);
  clock.moveTo(clock.now() + 4800);
  assert.deepEqual(errors.slice(1).map(({ message }) => message.slice(0, 43)), ["RY2215: nobody could do the task `q/a` (the"]);
});

test("a task that nobody can do is told, once, unless somebody comes in time", async () => {
  const clock = new VirtualClock();
  const { options, errors } = bot({ clock });
  await using ry = await open(":memory:", options);
  void ry.run({ id: "p", tasks: [{ id: "a" }, { id: "b", requires: ["gpu"] }] }).catch(() => {});
  await until(() => ry.broker.task("p", "b")?.words.includes("nobody is there") === true);
  clock.moveTo(clock.now() + 4900);
  await ry.agents.add(new Callable("ada", () => 1));
  await until(() => ry.broker.task("p", "a")?.state === "succeeded");
  assert.deepEqual(errors, []);
  clock.moveTo(clock.now() + 200);
  const said =
    "RY2215: nobody could do the task `p/b` (there is no agent), and nobody has come in 5 seconds; `explain` says what it waits for, and why not " +
    "this or that agent; add one that can do it, or cancel its plan";
  assert.deepEqual(errors.map(({ message }) => message), [said]);
  clock.moveTo(clock.now() + 3_600_000);
  assert.equal(errors.length, 1);
});

test("a task that nobody can do says why not this or that agent", async () => {
  await using ry = await open(":memory:", bot().options);
  await ry.agents.add(new Callable("ada", () => "done", { provides: ["rust"] }));
  const end = ry.run({ id: "p", tasks: [{ id: "a", requires: ["gpu"] }] });
  await until(() => ry.broker.plan("p") !== null);
  assert.match(ry.explain({ plan: "p", task: "a" }), /^p\/a: it waits for an agent that has \[gpu\]; nobody is there: .* lacks `gpu`; not ada: \w+/);
  await ry.agents.add(new Callable("gus", () => "done", { provides: ["gpu"] }));
  assert.equal((await end)["a"]?.state, "succeeded");
});

test("an agent can be an object of your own, and each of its lives has an incarnation", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  let desk: Desk | undefined;
  let lives = 0;
  await ry.agents.add({
    id: "queue",
    profile: { slots: 2 },
    start(given) {
      desk = given;
      lives += 1;
    },
    dispatch({ id, epoch }) {
      if (lives === 1) desk?.gone("the queue was closed");
      else void desk?.report(id, epoch, { type: "done", result: lives });
    },
    recall() {},
    stop() {},
  });
  const result = await ry.run({ id: "p", tasks: [{ id: "a", ...quick }] });
  assert.deepEqual([result["a"]?.result, result["a"]?.attempt], [2, 2]);
  assert.equal(ry.broker.agents()[0]?.registration.incarnation, 1);
  assert.deepEqual(errors.map(({ message }) => message), [
    "RY2213: the agent `queue` is gone: the queue was closed; what it had is given to others",
  ]);
});

test("a sign of life that can not be is its own agent's trouble, and takes no others with it", async () => {
  for (const [epoch, report] of [
    [undefined, { type: "progress", done: -1 }], [undefined, { type: "progress", done: 1.5 }], [undefined, { type: "progress" }],
    [-1, { type: "heartbeat" }], [2 ** 32, { type: "heartbeat" }], [true, { type: "progress", done: 5 }],
  ] as const) {
    const { options, errors } = bot();
    await using ry = await open(":memory:", options);
    let wrong = () => {};
    await ry.agents.add(new Callable("ada", async (job) => {
      job.beat(7);
      wrong();
      await until(() => ry.broker.task("p", "a")?.done === 7);
    }, { provides: ["a"] }));
    await ry.agents.add({
      id: "eve",
      profile: { provides: ["b"] },
      start(desk) {
        this.desk = desk;
      },
      dispatch({ id, epoch: own }) {
        wrong = () => {
          void this.desk!.report(id, (epoch ?? own) as number, report as Parameters<Desk["report"]>[2]);
          void this.desk!.report(id, own, { type: "done" });
        };
      },
      recall() {},
      stop() {},
    } as Agent & { desk?: Desk });
    const result = await ry.run({ id: "p", tasks: [{ id: "b", requires: ["b"], priority: 1 }, { id: "a", requires: ["a"] }] });
    assert.equal(result["b"]?.state, "succeeded", JSON.stringify(report));
    assert.match(errors[0]?.message ?? "", /^RY2213: a report about dispatch \d+\.\d+ was not taken: RY1001/);
    assert.equal(errors.length, 1);
  }
});

test("that it is alive takes nothing back of how far a task is", async () => {
  await using ry = await open(":memory:", bot().options);
  await ry.agents.add(new Callable("ada", async (job) => {
    job.beat(5);
    job.beat();
    await until(() => ry.broker.task("p", "a")?.done === 5);
  }));
  assert.equal((await ry.run({ id: "p", tasks: [{ id: "a" }] }))["a"]?.state, "succeeded");
});

test("after an undoing the failure is still told", async () => {
  await using ry = await open(":memory:", bot().options);
  await ry.agents.add(new Callable("ada", async (job) => {
    if (job.task === "p/b" && !job.undo) await job.report({ type: "failed", reason: "the migration broke", permanent: true });
  }));
  const result = await ry.run({ id: "p", on_failure: "compensate", tasks: [{ id: "a", compensate: {} }, { id: "b", needs: ["a"], compensate: {} }] });
  assert.deepEqual([result.state, result["b"]?.state], ["compensated", "compensated"]);
  assert.deepEqual(result["b"]?.before, { state: "failed", why: "reported", reason: "the migration broke", attempt: 1, agent: "ada" });
  const why = "failed: its agent reported a failure (“the migration broke”)";
  assert.deepEqual(ry.explain({ plan: "p" }).split("\n"), [
    `p: compensated because b ${why}`, "p/a: it is done; it was undone", `p/b: it ${why}; it was undone`,
  ]);
});

test("what fails for its own reason holds up nothing else", { timeout: 10_000 }, async () => {
  await using ry = await open(":memory:", bot().options);
  await ry.agents.add(new Callable("ada", async (job) => {
    if (job.input) await job.report({ type: "failed", reason: "its tests fail", permanent: true });
  }));
  const tasks = Array.from({ length: 12 }, (_, i) => ({ id: `t${i}`, class: "lint", input: i < 6 }));
  const result = await ry.run({ id: "p", on_failure: "continue", tasks });
  const states = tasks.map(({ id }) => result[id]?.state);
  assert.deepEqual(states, [...Array(6).fill("failed"), ...Array(6).fill("succeeded")]);
});
