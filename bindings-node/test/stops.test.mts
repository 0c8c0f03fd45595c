import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { test } from "node:test";
import { Callable, open, Subprocess, type Agent, type Job, type Reynolds } from "reynolds";
import { bot, folder, until } from "./support.mjs";

// A host that closes in order, as for a deploy, costs nobody an attempt. One that crashes does.

const posix = { skip: process.platform === "win32" && "it needs signals" };
const plan = { id: "p", tasks: [{ id: "a", retry: { max_attempts: 2, base_ms: 1 } }] };

/** A process that makes one step in each life, and says what it is told to when its input ends. */
const STEPS = `
  const [last, more] = process.argv.slice(1);
  let say;
  process.stdin.on("data", (data) => {
    const { id: dispatch, attempt, resume_from: before = 0 } = JSON.parse(data);
    say = (report) => console.log(JSON.stringify({ dispatch, report }));
    const step = before + 1;
    say({ type: "progress", done: step, state: step });
    if (step > 5) say({ type: "done", result: [step, attempt] });
  });
  process.stdin.on("end", () => {
    if (last) say?.({ type: last });
    if (more) setTimeout(() => {}, 60_000);
  });`;
const steps = (...args: string[]) => [process.execPath, "-e", STEPS, ...args];

const agents: Record<string, (name?: string) => Agent> = {
  "a function": (name = "ada") =>
    new Callable(name, async (job) => {
      const step = ((job.resume_from as number | undefined) ?? 0) + 1;
      await job.progress(step, undefined, step);
      if (step <= 5) await new Promise((resolve) => job.signal.addEventListener("abort", resolve));
      return [step, job.attempt];
    }),
  "a function that does not return": () =>
    new Callable("ada", async (job) => {
      const step = ((job.resume_from as number | undefined) ?? 0) + 1;
      await job.progress(step, undefined, step);
      if (step <= 5) await new Promise(() => {});
      return [step, job.attempt];
    }),
  "a process": () => new Subprocess("ada", steps()),
  "a process that says that it has stopped": () => new Subprocess("ada", steps("cancelled")),
  "a process that has to be killed": () => new Subprocess("ada", steps("", "more"), { graceMs: 50 }),
};

async function at(ry: Reynolds, done: number) {
  await until(() => ry.broker.task("p", "a")?.done === done);
  await ry.idle();
}

/** Runs the plan, and closes in the middle. */
async function closedAt(ry: Reynolds, done: number) {
  const running = assert.rejects(ry.run(plan), { code: "RY2202" });
  await at(ry, done);
  await Promise.all([ry.close(), running]);
}

for (const [kind, agent] of Object.entries(agents)) {
  test(`a plan survives five ordered restarts in the middle of its task, which ${kind} has`, async () => {
    using journal = folder();
    const { options, errors } = bot({ closeMs: 200 });
    for (let step = 1; step <= 5; step++) {
      const ry = await open(journal.path, options);
      await ry.agents.add(agent());
      await closedAt(ry, step);
    }
    await using ry = await open(journal.path, options);
    const a = ry.broker.task("p", "a");
    assert.deepEqual([a?.state, a?.attempt, a?.epoch], ["ready", 1, 5]);
    const [ada] = ry.broker.agents();
    assert.deepEqual([ada?.leases, ada?.alive, ada?.p], [0, false, 900_000]);
    await ry.agents.add(agent());
    assert.deepEqual((await ry.run(plan))["a"]?.result, [6, 1]);
    assert.deepEqual(errors, []);
  });
}

test("what is given back waits, though others are free that end as well", async () => {
  using journal = folder();
  const { options } = bot({ closeMs: 200 });
  const first = await open(journal.path, options);
  for (const name of ["ada", "bob", "eve"]) await first.agents.add(agents["a function"]!(name));
  await closedAt(first, 1);
  await using second = await open(journal.path, options);
  const a = second.broker.task("p", "a");
  assert.deepEqual([a?.state, a?.attempt, a?.epoch], ["ready", 1, 1]);
  // Nobody waits for an agent that was stopped: whoever is there goes on.
  await second.agents.add(agents["a function"]!("gus"));
  await at(second, 2);
  const again = second.broker.task("p", "a");
  assert.deepEqual([again?.agent, again?.attempt], ["gus", 1]);
});

for (const last of ["done", "failed"]) {
  test(`what a process says while its host closes counts first: ${last}`, async () => {
    using journal = folder();
    const { options } = bot();
    const first = await open(journal.path, options);
    await first.agents.add(new Subprocess("ada", steps(last)));
    first.run(plan).catch(() => {});
    await at(first, 1);
    await first.close();
    await using second = await open(journal.path, options);
    if (last === "failed") {
      await second.agents.add(new Subprocess("ada", steps()));
      await at(second, 2);
    }
    const a = second.broker.task("p", "a");
    assert.deepEqual([a?.state, a?.attempt], last === "done" ? ["succeeded", 1] : ["running", 2]);
  });
}

test("a crash of the host costs an attempt", async () => {
  using journal = folder();
  const { options } = bot({ closeMs: 200 });
  const first = await open(`${journal.path}.living`, options);
  await first.agents.add(agents["a function"]!());
  first.run(plan).catch(() => {});
  await at(first, 1);
  cpSync(`${journal.path}.living`, journal.path, { recursive: true });
  await first.close();
  await using second = await open(journal.path, options);
  await second.agents.add(agents["a function"]!());
  await at(second, 2);
  assert.equal(second.broker.task("p", "a")?.attempt, 2);
});

const SLOW = `process.stdin.resume().on("end", () => setTimeout(() => {}, 2500));`;
/** A function that is at its task until it is told to stop, and ends so much later. */
const endsAfter = (ms: number) => (job: Job) => new Promise((resolve) => job.signal.addEventListener("abort", () => setTimeout(resolve, ms)));

const silent: Record<string, { agents: () => Agent[]; task: object }> = {
  "others end later than its task may be silent": {
    agents: () => [new Callable("ada", endsAfter(0), { provides: ["a"] }), new Subprocess("bob", [process.execPath, "-e", SLOW])],
    task: { requires: ["a"], timeouts: { heartbeat_ms: 2000 } },
  },
  "it ends later than it may be silent": {
    agents: () => [new Callable("ada", endsAfter(5000), { heartbeat_ms: 100 })],
    task: {},
  },
};

for (const [why, { agents, task }] of Object.entries(silent)) {
  test(`no attempt is lost where ${why}`, async () => {
    using journal = folder();
    const { options, errors } = bot();
    const first = await open(journal.path, options);
    for (const agent of agents()) await first.agents.add(agent);
    first.run({ id: "p", tasks: [{ id: "a", retry: { max_attempts: 1 }, ...task }] }).catch(() => {});
    await until(() => first.broker.task("p", "a")?.state === "running");
    await first.idle();
    await first.close();
    await using second = await open(journal.path, options);
    const a = second.broker.task("p", "a");
    assert.deepEqual([a?.state, a?.attempt], ["ready", 1]);
    assert.deepEqual(errors, []);
  });
}

test("what an agent has that is being removed is given back when its host closes", async () => {
  using journal = folder();
  const { options } = bot();
  const first = await open(journal.path, options);
  await first.agents.add(new Callable("ada", endsAfter(200)));
  first.run({ id: "p", tasks: [{ id: "a", retry: { max_attempts: 1 } }] }).catch(() => {});
  await until(() => first.broker.task("p", "a")?.state === "running");
  const removed = first.agents.remove("ada");
  await new Promise((resolve) => setTimeout(resolve, 50));
  await Promise.all([first.close(), removed]);
  await using second = await open(journal.path, options);
  const a = second.broker.task("p", "a");
  assert.deepEqual([a?.state, a?.attempt], ["ready", 1]);
});

/** Heeds no recall; in a later life of it all is quick. */
const DEAF = `
  let rest = "";
  process.stdin.on("data", (data) => {
    const lines = (rest + data).split("\\n");
    rest = lines.pop();
    for (const line of lines) work(JSON.parse(line));
  });
  function work({ type, id: dispatch, input, epoch, attempt }) {
    if (type !== "dispatch") return;
    const quick = input === "quick" || epoch > 1;
    console.log(JSON.stringify({ dispatch, report: quick ? { type: "done", result: attempt } : { type: "started" } }));
  }`;
const deaf = (id: string, options = {}) =>
  new Subprocess(id, [process.execPath, "--input-type=module", "-e", DEAF], { graceMs: 50, ...options });
const atWork = (ry: Reynolds, plan: string, ...tasks: string[]) =>
  until(() => tasks.every((task) => ry.broker.task(plan, task)?.state === "running"));

test("a cancel that nobody heeds puts no pool out of use", async () => {
  const names = ["t0", "t1", "t2", "t3"];
  const said: string[] = [];
  const pools: unknown[] = [];
  const { options } = bot({
    closeMs: 50,
    onDecision: (decision, input) => {
      const { type, id, report } = (input ?? {}) as { type?: string; id?: string; report?: { type: string } };
      if (type === "agent" && report?.type !== "register") said.push(`${id} ${report?.type}`);
      pools.push(...decision.verdicts.filter(({ type }) => type === "pool"));
    },
  });
  await using ry = await open(":memory:", options);
  for (const name of names) await ry.agents.add(deaf(name));
  for (const number of [0, 1]) {
    const running = ry.run({ id: `long${number}`, tasks: names.map((id) => ({ id, input: "hang" })) });
    await atWork(ry, `long${number}`, ...names);
    await ry.order(`long${number}`, { type: "cancel" });
    assert.equal((await running).state, "cancelled");
    const began = Date.now();
    const quick = await ry.run({ id: `quick${number}`, tasks: [...Array(8).keys()].map((task) => ({ id: `q${task}`, input: "quick" })) });
    assert.equal(quick.state, "succeeded");
    assert.ok(Date.now() - began < 5000);
  }
  // Each comes back, the last one too.
  await until(() => ry.broker.agents().filter(({ alive, registration }) => alive && registration.incarnation === 2).length === 4);
  assert.deepEqual(said.sort(), names.flatMap((name) => [`${name} stopped`, `${name} stopped`]));
  assert.deepEqual(pools, []);
});

test("who works beside a task that is not stopped loses no attempt", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  await ry.agents.add(deaf("ada", { slots: 2 }));
  const beside = ry.run({ id: "beside", tasks: [{ id: "b", retry: { max_attempts: 1 } }] });
  await atWork(ry, "beside", "b");
  const running = ry.run({ id: "p", tasks: [{ id: "a" }] });
  await atWork(ry, "p", "a");
  await ry.order("p", { type: "cancel" });
  assert.equal((await running)["a"]?.state, "cancelled");
  const { b } = await beside;
  assert.deepEqual([b?.state, b?.result], ["succeeded", 1]);
  assert.deepEqual(errors.map(({ code }) => code), ["RY2213"]);
});

test("a process that somebody else kills has crashed, also one that was told to stop", posix, async () => {
  for (const recalled of [false, true]) {
    const said: unknown[] = [];
    const { options } = bot({
      onDecision: (_, input) => {
        const { type, report } = (input ?? {}) as { type?: string; report?: { type: string } };
        if (type === "agent") said.push(report?.type);
      },
    });
    await using ry = await open(":memory:", options);
    const ada = deaf("ada", { graceMs: 5000 });
    await ry.agents.add(ada);
    const running = ry.run({ id: "p", tasks: [{ id: "a", retry: { max_attempts: 2, base_ms: 1 } }] });
    await atWork(ry, "p", "a");
    if (recalled) await ry.order("p", { type: "cancel" });
    process.kill(ada.pid!, "SIGKILL");
    const { a } = await running;
    assert.deepEqual([a?.state, a?.attempt], recalled ? ["cancelled", 1] : ["succeeded", 2]);
    assert.deepEqual(said.slice(0, 2), ["register", "crashed"]);
  }
});
