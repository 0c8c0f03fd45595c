import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { open, Subprocess } from "reynolds";
import { bot, folder, until } from "./support.mjs";

const EXAMPLES = join(import.meta.dirname, "../examples");
const quick = { retry: { base_ms: 10, max_attempts: 10 }, timeouts: { heartbeat_ms: 1500 } };
const agent = (id: string, options = {}) =>
  new Subprocess(id, [process.execPath, join(EXAMPLES, "agent.mjs")], { provides: ["rust"], graceMs: 200, ...options });
const script = (id: string, code: string, options = {}) =>
  new Subprocess(id, [process.execPath, "--input-type=module", "-e", code], { graceMs: 200, ...options });

test("the example's processes crash, hang and come back, and its plan succeeds", () => {
  using home = folder();
  const run = spawnSync(process.execPath, [join(EXAMPLES, "agents.mjs"), home.path], { encoding: "utf8", timeout: 15_000 });
  assert.equal(run.status, 0, run.stderr);
  for (const task of ["build", "test", "count", "release"]) assert.match(run.stdout, new RegExp(`^${task} succeeded`, "m"));
  assert.match(run.stdout, /^RY2213: the agent `(ada|bob)` is gone: it ended with 1/m);
  assert.match(run.stdout, /^RY2213: the agent `(ada|bob)` is gone: it was ended by SIGKILL/m);
  assert.match(run.stdout, /resumed_from: 2/);
});

test("a process that crashes begins a new life, and its task resumes from its last progress", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  const ada = agent("ada");
  await ry.agents.add(ada);
  const before = ada.pid;
  const result = await ry.run({ id: "p", tasks: [{ id: "a", requires: ["rust"], input: { steps: 4, crash: true }, ...quick }] });
  assert.equal(result["a"]?.attempt, 2);
  assert.deepEqual(result["a"]?.result, { by: ada.pid, resumed_from: 2 });
  assert.notEqual(ada.pid, before);
  assert.equal(ry.broker.agents()[0]?.registration.incarnation, 1);
  assert.match(errors[0]?.message ?? "", /ended with 1; what it had is given to others/);
});

test("a process that hangs is told to stop, then killed, and comes back", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  const ada = agent("ada");
  await ry.agents.add(ada);
  const before = ada.pid;
  const result = await ry.run({ id: "p", tasks: [{ id: "a", input: { hang: true }, ...quick }] });
  assert.equal(result["a"]?.state, "succeeded");
  assert.notEqual(ada.pid, before);
  assert.match(errors[0]?.message ?? "", /`ada` is gone: it was ended by SIGKILL/);
});

test("a process that stops when it is told to lives on", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  const ada = agent("ada");
  await ry.agents.add(ada);
  const before = ada.pid;
  const end = ry.run({ id: "p", tasks: [{ id: "a", input: { steps: 1000 } }] });
  await until(() => (ry.broker.task("p", "a")?.done ?? 0) > 0);
  await ry.order("p", { type: "cancel" });
  assert.equal((await end)["a"]?.state, "cancelled");
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(ada.pid, before);
  assert.deepEqual(errors, []);
});

test("a program that is not there is an error of `add`, and its name stays free", async () => {
  await using ry = await open(":memory:", bot().options);
  await assert.rejects(ry.agents.add(new Subprocess("ada", ["/no/such/program"])), { code: "RY2213", message: /ENOENT/ });
  await ry.agents.add(agent("ada"));
});

test("what a program prints beside its reports does no harm", async () => {
  await using ry = await open(":memory:", bot().options);
  const chatty = `
    process.stdin.on("data", (data) => {
      const { id: dispatch, epoch } = JSON.parse(data);
      console.log("[1,");
      console.log("null");
      console.log(JSON.stringify({ dispatch: 7 }));
      console.log("");
      const line = JSON.stringify({ dispatch, epoch, report: { type: "done", result: "für" } });
      const bytes = Buffer.from(line + "\\n");
      const half = bytes.indexOf(0xc3) + 1;
      process.stdout.write(bytes.subarray(0, half));
      setTimeout(() => process.stdout.write(bytes.subarray(half)), 50);
    });`;
  await ry.agents.add(script("ada", chatty));
  const result = await ry.run({ id: "p", tasks: [{ id: "a" }] });
  assert.equal(result["a"]?.result, "für");
});

test("closing ends the processes, also those that do not listen", async () => {
  await using ry = await open(":memory:", bot().options);
  const [good, deaf] = [agent("good"), script("deaf", "setInterval(() => {}, 1000)")];
  await ry.agents.add(good);
  await ry.agents.add(deaf);
  const pids = [good.pid, deaf.pid];
  await ry.close();
  for (const pid of pids) assert.throws(() => process.kill(pid!, 0), { code: "ESRCH" });
});

test("a silent process that promised to be heard is killed, and comes back", async () => {
  await using ry = await open(":memory:", bot().options);
  const mute = script("mute", "setInterval(() => {}, 1000)", { heartbeat_ms: 50 });
  await ry.agents.add(mute);
  const before = mute.pid;
  // The broker is patient with agents that beat often.
  for (let tries = 0; tries < 3 && mute.pid === before; tries++) await until(() => mute.pid !== before).catch(() => {});
  await until(() => mute.pid !== undefined && mute.pid !== before);
});
