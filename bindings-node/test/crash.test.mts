// What a crash, a full disk or a bug leaves behind. Each story runs in a process of its own.
import assert from "node:assert/strict";
import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { open, type Turn } from "reynolds";
import { bot, comment, folder, until } from "./support.mjs";

const ROOT = join(import.meta.dirname, "..");

const BOT = `
import { open } from "reynolds";
const comment = (id) => ({ id, source: "github", kind: "k", subject: "github:acme/api#7", actor: { id: "github:octocat", class: "human" } });
const answer = (turn) => turn.send({ key: "answer", kind: "comment", subject: turn.subject, text: "42" });
const say = (what) => process.stdout.write(JSON.stringify(what) + "\\n");
const path = process.argv[1];
`;

/** Runs a story, to its end. */
function story(path: string, code: string, shell?: string): SpawnSyncReturns<string> {
  const args = ["--input-type=module", "-e", BOT + code, path];
  const options = { cwd: ROOT, encoding: "utf8" as const, timeout: 15_000 };
  return shell ? spawnSync("bash", ["-c", `${shell}; exec "$0" "$@"`, process.execPath, ...args], options) : spawnSync(process.execPath, args, options);
}

const answer = (turn: Turn) => turn.send({ key: "answer", kind: "comment", subject: turn.subject, text: "42" });

test("a bot killed between sending and hearing of it looks before it sends again", async () => {
  using journal = folder();
  const child = spawn(process.execPath, ["--input-type=module", "-e", `${BOT}
    const ry = await open(path, { name: "triage", perform: (effect) => { say(effect.id); return new Promise(() => {}); } });
    ry.handle(comment("d1"), answer);`, journal.path], { cwd: ROOT });
  const [id] = await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(String(id), '"3.0"\n');

  const found: string[] = [];
  const { options, posts, errors } = bot({ self: [], find: (effect) => (found.push(effect.id), { type: "done", object: "github:comment/1" }) });
  await using ry = await open(journal.path, { ...options, resume: answer });
  await ry.idle();
  assert.deepEqual([found, posts], [["3.0"], []]);
  assert.deepEqual(ry.broker.open(), []);
  assert.deepEqual(errors, []);
});

test("what is answered beside an event delivered again is stored first", async () => {
  using journal = folder();
  const run = story(journal.path, `
    const ry = await open(path, { name: "triage", perform: () => ({ type: "done" }) });
    await ry.submit({ type: "event", ...comment("d1") });
    // The duplicate comes last, and has its original's number.
    const [fresh, again] = await Promise.all(["d2", "d1"].map((id) => ry.submit({ type: "event", ...comment(id) })));
    say([fresh.seq, again.seq]);
    process.kill(process.pid, "SIGKILL");`);
  assert.equal(run.stdout, "[3,2]\n", run.stderr);
  await using ry = await open(journal.path, bot({ self: [] }).options);
  assert.equal(ry.broker.opened?.last, 3);
});

test("an event whose handler was cut off waits for its platform to deliver it again", async () => {
  using journal = folder();
  const run = story(journal.path, `
    const ry = await open(path, { name: "triage", perform: () => ({ type: "done" }) });
    ry.handle(comment("d1"), () => process.exit(3));`);
  assert.equal(run.status, 3, run.stderr);
  const { options, posts, errors } = bot({ self: [] });
  await using ry = await open(journal.path, options);
  await ry.idle();
  assert.match(errors[0]!.message, /^RY2211: the process ended while event d1 was being handled/);
  assert.equal((await ry.handle({ ...comment("d1"), source: "github" }, answer)).type, "handled");
  assert.equal(posts.length, 1);
  assert.deepEqual(ry.broker.open(), []);
});

test("a process that exits in the middle of an append leaves a journal that opens", async () => {
  for (const after of [0, 1, 2]) {
    using journal = folder();
    const run = story(journal.path, `
      const ry = await open(path, { name: "triage", perform: () => ({ type: "done" }) });
      for (let i = 0; i < 500; i++) ry.submit({ type: "event", ...comment("d" + i), text: "x".repeat(5000) });
      setTimeout(() => process.exit(3), ${after});`);
    assert.equal(run.status, 3, run.stderr);
    const { options } = bot();
    await using ry = await open(journal.path, options);
    const { seq, durable } = ry.broker.status();
    assert.equal(seq, durable);
    await ry.submit({ type: "event", ...comment() });
  }
});

test("a disk that is full ends the host with RY2103, and what was stored is there afterwards", async () => {
  using journal = folder();
  const run = story(journal.path, `
    const errors = [];
    const ry = await open(path, { name: "triage", perform: () => ({ type: "done" }), onError: (error) => errors.push(error.code) });
    let stored = 0, code;
    for (let i = 0; i < 100 && !code; i++) {
      await ry.submit({ type: "event", ...comment("d" + i), text: "x".repeat(5000) }).then(({ seq }) => (stored = seq), (error) => (code = error.code));
    }
    const later = await ry.submit({ type: "event", ...comment("later") }).catch((error) => error.code);
    const handled = await ry.handle(comment("more"), answer).catch((error) => error.code);
    await ry.close();
    say({ stored, code, later, handled, errors });`, "ulimit -f 64");
  assert.equal(run.status, 0, run.stderr);
  const said = JSON.parse(run.stdout) as { stored: number };
  assert.deepEqual(said, { stored: said.stored, code: "RY2103", later: "RY2103", handled: "RY2103", errors: ["RY2103"] });
  assert.ok(said.stored > 5);
  const { options } = bot();
  await using ry = await open(journal.path, options);
  assert.ok(ry.opened.last >= said.stored, `${ry.opened.last} of ${said.stored}`);
  assert.ok(ry.opened.torn, "a part of the last record was written");
});

test("a broker that refuses everything ends the host with RY2001, and nobody waits for ever", async () => {
  let left = false;
  const { options, errors } = bot({ closeMs: 50, perform: () => ((left = true), new Promise(() => {})) });
  const ry = await open(":memory:", options);
  const waiting = ry.handle(comment(), (turn) => turn.send({ kind: "comment", subject: "github:acme/api#7", text: "Hello." }));
  await until(() => left);
  ry.broker.poison();
  await assert.rejects(ry.submit({ type: "event", ...comment() }), { code: "RY2001" });
  await assert.rejects(waiting, { code: "RY2202" });
  await assert.rejects(ry.submit({ type: "event", ...comment() }), { code: "RY2001" });
  assert.deepEqual([...new Set(errors.map(({ code }) => code))], ["RY2001"]);
  await ry.close();
});

test("a journal that is open is locked, for other processes and for worker threads", async () => {
  using journal = folder();
  const { options } = bot();
  await using ry = await open(journal.path, options);
  const run = story(journal.path, `await open(path, { name: "triage", perform() {} }).catch((error) => say(error.code));`);
  assert.equal(run.stdout, '"RY2101"\n', run.stderr);
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    require("reynolds").open(workerData, { name: "triage", perform() {} }).catch((error) => parentPort.postMessage(error.code));`;
  const [said] = await once(new Worker(code, { eval: true, workerData: journal.path }), "message");
  assert.equal(said, "RY2101");
  assert.equal(ry.opened.fresh, true);
});

test("a worker thread that is ended lets go of its journal", async () => {
  using journal = folder();
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    require("reynolds").open(workerData, { name: "triage", perform() {} }).then(() => parentPort.postMessage("open"));
    setInterval(() => {}, 1000);`;
  const worker = new Worker(code, { eval: true, workerData: journal.path });
  await once(worker, "message");
  await worker.terminate();
  const { options } = bot();
  await using ry = await open(journal.path, options);
  assert.equal(ry.opened.fresh, false);
});

test("inputs that arrive together are stored together", async () => {
  using journal = folder();
  const { options } = bot();
  await using ry = await open(journal.path, options);
  const file = join(journal.path, readdirSync(journal.path).find((name) => name.endsWith(".ryj"))!);
  const sizes = new Set<number>();
  await Promise.all(Array.from({ length: 100 }, async () => {
    await ry.submit({ type: "event", ...comment() });
    sizes.add(statSync(file).size);
  }));
  assert.equal(sizes.size, 1);
});
