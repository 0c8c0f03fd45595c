import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Callable, open, Subprocess, type Desk, type DispatchEffect } from "reynolds";
import { bot, DESK, folder, until } from "./support.mjs";

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
  // The plan may be over before the process that hangs is killed.
  assert.match(run.stdout, /^test succeeded in attempt [2-9]/m);
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

test("a process whose grace is longer than a timer takes has it, and is not killed at once", async () => {
  for (const graceMs of [2 ** 31, Infinity]) {
    using home = folder();
    await using ry = await open(":memory:", bot().options);
    const code = `
      import { writeFileSync } from "node:fs";
      process.stdin.resume().on("end", () => setTimeout(() => writeFileSync(${JSON.stringify(home.path)}, "flushed"), 200));
      console.log("{}");`;
    let awake = false;
    const ada = script("ada", code, { graceMs });
    const start = ada.start.bind(ada);
    ada.start = (desk) => start({ ...desk, alive: () => void (awake = true) });
    await ry.agents.add(ada);
    await until(() => awake);
    await ry.close();
    assert.equal(readFileSync(home.path, "utf8"), "flushed");
  }
});

/** Whether a process runs. One that has ended, and that nobody has asked for yet, does not. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** The first part of a worker: it begins a child that holds its output open, and says which it is. */
const PARENT = `
  import { spawn } from "node:child_process";
  const child = spawn("sleep", ["60"], { stdio: ["ignore", "inherit", "inherit"] });
  const each = (told) => process.stdin.on("data", (data) => String(data).split("\\n").filter(Boolean).map((line) => told(JSON.parse(line))));
  const say = (dispatch, report) => console.log(JSON.stringify({ dispatch, report }));`;
const linux = { skip: process.platform !== "linux" && "it looks into /proc" };

test("a process that crashes while a child of it holds its output is seen at once, and the child ends too", linux, async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  const code = `${PARENT}
    each(({ id, attempt, resume_from }) => {
      if (attempt > 1) return say(id, { type: "done", result: resume_from });
      say(id, { type: "progress", done: 1, of: 2, state: child.pid });
      setTimeout(() => process.exit(3), 100);
    });`;
  await ry.agents.add(script("ada", code));
  const before = Date.now();
  const result = await ry.run({ id: "p", tasks: [{ id: "a", ...quick }] });
  assert.ok(Date.now() - before < 5000);
  assert.equal(typeof result["a"]?.result, "number");
  assert.ok(!runs(result["a"]?.result as number));
  assert.match(errors[0]?.message ?? "", /`ada` is gone: it ended with 3;/);
});

test("nothing that an agent has started outlives `close`, also where nobody waits for it", linux, async () => {
  for (const more of [{}, { closeMs: 50 }]) {
    const { options } = bot(more);
    const ry = await open(":memory:", options);
    const code = `${PARENT}
      process.on("SIGTERM", () => {});
      setInterval(() => {}, 1000);
      each(({ id }) => say(id, { type: "done", result: [process.pid, child.pid] }));`;
    await ry.agents.add(script("ada", code, { graceMs: "closeMs" in more ? 60_000 : 200 }));
    const pids = (await ry.run({ id: "p", tasks: [{ id: "a" }] }))["a"]?.result as number[];
    assert.deepEqual(pids.map(runs), [true, true]);
    await ry.close();
    await until(() => !pids.some(runs));
  }
});

/** A host with an agent, in a process of its own, and the agent and its child: after a signal to the host, how that ended. */
async function signalled(listener: string) {
  const worker = `${PARENT}
    setInterval(() => {}, 1000);
    each(({ id }) => say(id, { type: "done", result: [process.pid, child.pid] }));`;
  const host = `
    import { open, Subprocess } from "reynolds";
    ${listener}
    const ry = await open(":memory:", { name: "t", perform: () => ({ type: "done" }) });
    await ry.agents.add(new Subprocess("ada", [process.execPath, "--input-type=module", "-e", ${JSON.stringify(worker)}], { graceMs: 100 }));
    console.log(JSON.stringify((await ry.run({ id: "p", tasks: [{ id: "a" }] })).a.result));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", host], { stdio: ["ignore", "pipe", "inherit"], cwd: EXAMPLES });
  const ended = once(child, "exit");
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const pids = JSON.parse(`${line}`) as number[];
  assert.deepEqual(pids.map(runs), [true, true]);
  child.kill("SIGINT");
  return { pids, how: await ended };
}

test("a signal that ends this process ends its agents and what they have started", linux, async () => {
  const { pids, how } = await signalled("");
  assert.deepEqual(how, [null, "SIGINT"]);
  await until(() => !pids.some(runs));
});

test("who listens for a signal decides what becomes of the process and its agents", linux, async () => {
  const closing = await signalled('process.on("SIGINT", async () => { await ry.close(); process.exit(7); });');
  assert.deepEqual(closing.how, [7, null]);
  await until(() => !closing.pids.some(runs));
  // A library that ends the process when nobody else wants it to go on.
  const polite = await signalled(`process.on("SIGINT", function polite() {
    if (process.listenerCount("SIGINT") > 1) return;
    process.off("SIGINT", polite);
    process.kill(process.pid, "SIGINT");
  });`);
  assert.deepEqual(polite.how, [null, "SIGINT"]);
  if (runs(polite.pids[0]!)) process.kill(-polite.pids[0]!, "SIGKILL");
});

test("a report counts for tasks that were given to the process, and no others; late ones are heard", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  const thief = `
    process.stdin.on("data", (data) => {
      const { id, epoch } = JSON.parse(data);
      const seq = id.split(".")[0];
      for (const at of [0, 1, 2, 3]) {
        const report = { type: "done", result: "stolen" };
        console.log(JSON.stringify({ dispatch: seq + "." + at, epoch: 1, report }));
      }
      console.log(JSON.stringify({ dispatch: id, epoch, report: { type: "heartbeat" } }));
    });`;
  await ry.agents.add(script("eve", thief, { provides: ["theirs"] }));
  await ry.agents.add(new Callable("ada", async () => {
    await until(() => errors.length >= 2);
    return "mine";
  }, { provides: ["mine"] }));
  const tasks = [{ id: "a", requires: ["mine"] }, { id: "b", requires: ["theirs"] }];
  const result = await ry.run({ id: "p", tasks });
  assert.deepEqual([result["a"]?.result, result["b"]?.result], ["mine", "stolen"]);
  assert.match(errors[0]!.message, /^RY2213: the agent `eve` has reported on dispatch 4\.0, which was not given to it; the report is dropped$/);
  assert.ok(errors.every(({ message }) => /was not given to it/.test(message)), `${errors}`);
});

test("a silent process that promised to be heard is killed, and does not live beside its next life", linux, async () => {
  await using ry = await open(":memory:", bot({ closeMs: 50 }).options);
  const mute = script("mute", "setInterval(() => {}, 1000)", { heartbeat_ms: 50, graceMs: 60_000 });
  await ry.agents.add(mute);
  const before = mute.pid;
  const anew = () => mute.pid !== undefined && mute.pid !== before;
  // The broker is patient with agents that beat often.
  for (let tries = 0; tries < 3 && !anew(); tries++) await until(anew).catch(() => {});
  assert.ok(anew());
  assert.ok(!runs(before!));
});

test("what a new life has is its own when the old one ends", async () => {
  const heard: unknown[] = [];
  const desk: Desk = { ...DESK, report: async (...said) => void heard.push(said), trouble: (what) => void heard.push(what) };
  const code = `process.stdin.on("data", (data) => {
    const { id } = JSON.parse(data);
    setTimeout(() => console.log(JSON.stringify({ dispatch: id, report: { type: "done" } })), 400);
  });
  setInterval(() => {}, 1000);`;
  const ada = script("ada", code, { graceMs: 100 });
  await ada.start(desk);
  const stopped = ada.stop();
  await ada.start(desk);
  try {
    await ada.dispatch({ type: "dispatch", id: "3.0", epoch: 2 } as DispatchEffect);
    await stopped;
    await until(() => heard.length > 0);
    assert.deepEqual(heard, [["3.0", 2, { type: "done" }]]);
  } finally {
    await ada.kill();
  }
});

test("where no file can be opened any more, an agent does not start, and the host lives", linux, () => {
  const host = `
    import { openSync, closeSync } from "node:fs";
    import { open, Subprocess } from "reynolds";
    const ry = await open(":memory:", { name: "t", perform: () => ({ type: "done" }) });
    const agent = () => new Subprocess("ada", ["cat"], { graceMs: 100 });
    const files = [];
    try {
      for (;;) files.push(openSync("/dev/null"));
    } catch {}
    for (let free = 0; free < 8; free++) {
      await ry.agents.add(agent()).then(() => ry.agents.remove("ada", 0), ({ code, message }) => console.log(code, /EMFILE/.test(message)));
      closeSync(files.pop());
    }
    for (const file of files) closeSync(file);
    await ry.agents.add(agent());
    await ry.close();
    console.log("lives", process.listenerCount("SIGINT"));`;
  const { stdout, stderr } = spawnSync("sh", ["-c", 'ulimit -n 64; exec "$0" --input-type=module -e "$1"', process.execPath, host], {
    encoding: "utf8", cwd: EXAMPLES, timeout: 15_000,
  });
  const lines = stdout.trim().split("\n");
  assert.equal(lines.at(-1), "lives 0", stderr);
  assert.ok(lines.length > 1 && lines.slice(0, -1).every((line) => line === "RY2213 true"), stdout);
});

test("a process that closes its output and lives on is ended, and what it had is tried again", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  const code = `
    import { closeSync } from "node:fs";
    process.stdin.on("data", (data) => {
      const { id, attempt } = JSON.parse(data);
      if (attempt > 1) return console.log(JSON.stringify({ dispatch: id, report: { type: "done" } }));
      process.stdout.destroy();
      closeSync(1);
      setInterval(() => {}, 1000);
    });`;
  await ry.agents.add(script("ada", code));
  const { a } = await ry.run({ id: "p", tasks: [{ id: "a", ...quick }] });
  assert.deepEqual([a?.state, a?.attempt], ["succeeded", 2]);
  assert.match(errors[0]?.message ?? "", /`ada` is gone: it was ended by SIGKILL/);
});

test("the package is loaded without a look at the network", () => {
  const code = `
    const asked = [];
    const { getReport } = process.report;
    process.report.getReport = (...given) => {
      asked.push(process.report.excludeNetwork);
      return getReport.apply(process.report, given);
    };
    require("reynolds");
    console.log(asked.every((one) => one === true));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", code], { encoding: "utf8", cwd: EXAMPLES });
  assert.deepEqual([stdout, stderr], ["true\n", ""]);
});
