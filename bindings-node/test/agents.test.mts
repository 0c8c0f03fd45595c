import assert from "node:assert/strict";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { Callable, open, Subprocess, type Agent, type Desk, type Profile } from "reynolds";
import { bot, folder, until } from "./support.mjs";

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const script = (id: string, code: string, options = {}) =>
  new Subprocess(id, [process.execPath, "--input-type=module", "-e", code], { graceMs: 200, ...options });
const posix = { skip: process.platform === "win32" && "it needs a shell" };

function runs(pid: number | undefined): boolean {
  try {
    return process.kill(pid!, 0);
  } catch {
    return false;
  }
}

/** Does what it has, also after it was told to stop, which it says when it begins. */
const DEAF = `
  process.stdin.on("data", (data) => {
    const dispatch = JSON.parse(data).id;
    console.log(JSON.stringify({ dispatch, report: { type: "progress", done: 1, of: 2 } }));
    setTimeout(() => console.log(JSON.stringify({ dispatch, report: { type: "done" } })), 400);
  });
  setInterval(() => {}, 1000);`;

test("an agent is stopped before what it has is given to others: what it still finishes counts", async () => {
  await using ry = await open(":memory:", bot().options);
  await ry.agents.add(script("ada", DEAF, { graceMs: 1500 }));
  const running = ry.run({ id: "p", tasks: [{ id: "a", retry: { base_ms: 1 } }] });
  await until(() => ry.broker.task("p", "a")?.done === 1);
  let others = 0;
  await ry.agents.add(new Callable("bob", () => void others++));
  await ry.agents.remove("ada", 0);
  const { a } = await running;
  assert.deepEqual([a?.state, a?.attempt, others], ["succeeded", 1, 0]);
  assert.deepEqual(ry.broker.agents().map(({ registration }) => registration.id), ["bob"]);
});

test("what an agent has not finished when it has stopped is given to others", async () => {
  await using ry = await open(":memory:", bot().options);
  await ry.agents.add(script("ada", DEAF, { graceMs: 50 }));
  const running = ry.run({ id: "p", tasks: [{ id: "a", retry: { base_ms: 1 } }] });
  await until(() => ry.broker.task("p", "a")?.done === 1);
  await ry.agents.add(new Callable("bob", () => "bob"));
  await ry.agents.remove("ada", 0);
  assert.equal((await running)["a"]?.result, "bob");
});

test("an agent whose removal waits for its stop ends with the host, and in its own grace without", posix, async () => {
  for (const closes of [true, false]) {
    const ry = await open(":memory:", bot({ closeMs: 50 }).options);
    const ada = new Subprocess("ada", ["sleep", "1000"], { graceMs: closes ? 60_000 : 5300 });
    await ry.agents.add(ada);
    const { pid } = ada;
    const [before, removed] = [Date.now(), ry.agents.remove("ada")];
    if (closes) await later(100);
    else await removed;
    assert.ok(runs(pid) === closes);
    // Not cut short, and not given up.
    if (!closes) assert.ok(Date.now() - before >= 5300);
    await ry.close();
    await removed;
    assert.ok(!runs(pid));
  }
});

test("an agent that can not be started again can be removed, and its name is free", posix, async () => {
  using home = folder();
  const program = `${home.path}.sh`;
  writeFileSync(program, "#!/bin/sh\nexec cat >/dev/null\n");
  chmodSync(program, 0o755);
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  const ada = new Subprocess("ada", [program], { graceMs: 200 });
  await ry.agents.add(ada);
  rmSync(program);
  process.kill(ada.pid!, "SIGKILL");
  await until(() => errors.some(({ message }) => /does not start/.test(message)));
  await ry.agents.remove("ada", 0);
  await assert.rejects(ry.agents.remove("ada"), { code: "RY2206" });
  await ry.agents.add(new Callable("ada", () => "anew"));
  assert.equal((await ry.run({ id: "p", tasks: [{ id: "a" }] }))["a"]?.result, "anew");
});

/** An agent that does nothing, and counts its lives. */
function idle(more: Partial<Agent> = {}) {
  const told = { lives: 0, desk: undefined as Desk | undefined };
  const agent: Agent = {
    id: "ada", profile: {}, dispatch() {}, recall() {},
    start(desk) {
      told.lives += 1;
      told.desk = desk;
    },
    stop: () => void (told.lives = 0),
    ...more,
  };
  return { agent, told };
}

test("an agent that is removed while it is started anew does not come back", async () => {
  await using ry = await open(":memory:", bot().options);
  let starts = 0;
  const { agent, told } = idle();
  const start = agent.start.bind(agent);
  agent.start = async (desk) => {
    if (++starts > 1) await later(200);
    return start(desk);
  };
  await ry.agents.add(agent);
  told.desk!.gone("it crashed");
  await until(() => starts === 2);
  await ry.agents.remove("ada", 0);
  await later(400);
  assert.deepEqual([starts, told.lives, ry.broker.agents()], [2, 0, []]);
});

test("an agent that crashes while it is removed is not started anew", async () => {
  await using ry = await open(":memory:", bot().options);
  const { agent, told } = idle({ profile: { provides: ["x"] } });
  let dispatched = 0;
  agent.dispatch = () => void dispatched++;
  await ry.agents.add(agent);
  const running = ry.run({ id: "p", tasks: [{ id: "a", requires: ["x"], retry: { base_ms: 1 } }] }).catch(() => {});
  await until(() => dispatched === 1);
  const removed = ry.agents.remove("ada");
  await ry.idle();
  told.desk!.gone("it crashed");
  await removed;
  await later(200);
  assert.deepEqual([told.lives, dispatched, ry.broker.agents()], [0, 1, []]);
  await ry.close();
  await running;
});

test("a life whose registration is refused is ended before another one begins", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  const { agent, told } = idle();
  const profile: Profile = {};
  Object.assign(agent, { profile });
  let most = 0;
  const start = agent.start.bind(agent);
  agent.start = (desk) => {
    void start(desk);
    most = Math.max(most, told.lives);
  };
  await ry.agents.add(agent);
  Object.assign(profile, { slots: -1 });
  told.lives = 0;
  told.desk!.gone("it crashed");
  await until(() => errors.length >= 3);
  assert.equal(most, 1);
  await ry.agents.remove("ada", 0);
  assert.deepEqual(ry.broker.agents(), []);
});

test("an agent with `heartbeat_ms` 0 never beats, and one that says when it has started beats until it has", async () => {
  for (const [profile, kept] of [[{ heartbeat_ms: 0 }, 0], [{ heartbeat_ms: 0, start_ms: 100 }, 1], [{ start_ms: 100 }, 1]] as const) {
    const records: unknown[] = [];
    const { options } = bot({ onDecision: (_, input) => records.push((input as { type?: string } | undefined)?.type) });
    await using ry = await open(":memory:", options);
    await ry.agents.add(new Callable("ada", () => {}, profile));
    await later(400);
    assert.equal(records.filter((type) => type === "beats").length, kept);
    assert.deepEqual(ry.broker.agents().map(({ started, ready }) => [started, ready]), [[true, true]]);
  }
});

test("an agent that lacks what agents have is refused, and nothing of it begins", async () => {
  await using ry = await open(":memory:", bot().options);
  const { agent, told } = idle();
  for (const [wrong, says] of [
    [{ profile: undefined }, /^RY2206: the `profile` of an agent must be an object, it is undefined/], [{ profile: "x" }, /`profile`/],
    [{ stop: undefined }, /^RY2206: `add` takes an agent/], [{ recall: 5 }, /takes an agent/], [{ graceMs: "5s" }, /`graceMs` of an agent/],
  ] as const) {
    await assert.rejects(ry.agents.add({ ...agent, ...wrong } as never), { code: "RY2206", message: says });
  }
  assert.equal(told.lives, 0);
  await ry.agents.add(agent);
  for (const patience of [-1, 1.5, NaN, "5s"]) {
    await assert.rejects(ry.agents.remove("ada", patience as never), { code: "RY2206", message: /`patienceMs` must be a whole number/ });
  }
});

test("a report that is none is refused where it is made", async () => {
  await using ry = await open(":memory:", bot().options);
  const said: unknown[] = [];
  await ry.agents.add(new Callable("ada", async (job) => {
    for (const wrong of [undefined, null, "done"]) await job.report(wrong as never).catch(({ message }) => said.push(message));
    return "fine";
  }));
  assert.equal((await ry.run({ id: "p", tasks: [{ id: "a" }] }))["a"]?.result, "fine");
  assert.equal(said.length, 3);
  assert.match(String(said[0]), /^RY2206: `job.report` takes a report, such as .*, it is given undefined$/);
});
