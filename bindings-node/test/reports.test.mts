import assert from "node:assert/strict";
import { test } from "node:test";
import { open, Subprocess, type Agent } from "reynolds";
import { bot } from "./support.mjs";

const quick = { retry: { base_ms: 10, max_attempts: 10 } };
const script = (id: string, code: string) => new Subprocess(id, [process.execPath, "--input-type=module", "-e", code], { graceMs: 200 });
const posix = { skip: process.platform === "win32" && "it needs signals" };

test("a report that can not be used fails its task with the reason, and nothing is dropped without a word", async () => {
  for (const [epoch, report, reason] of [
    ["undefined", "'done'", "`report`"], ["undefined", "null", "`report`"], ["undefined", "{ type: 'don' }", "`report.type`"],
    ["undefined", "{ type: 'failed', reason: 5 }", "`report.reason`"], ["true", "{ type: 'done' }", "`epoch`"],
    ["-1", "{ type: 'failed' }", "`epoch`"], ["2 ** 60", "{ type: 'done' }", "`epoch`"], ["1.5", "{ type: 'done' }", "`epoch`"],
  ] as const) {
    const { options, errors } = bot();
    await using ry = await open(":memory:", options);
    const code = `process.stdin.once("data", (data) => {
      const { id: dispatch } = JSON.parse(data);
      console.log(JSON.stringify({ dispatch: 7 }));
      console.log(JSON.stringify({ dispatch, epoch: ${epoch}, report: ${report} }));
    });`;
    await ry.agents.add(script("ada", code));
    const result = await ry.run({ id: "p", tasks: [{ id: "a" }] });
    assert.equal(result["a"]?.state, "failed");
    assert.ok(result["a"]?.reason?.startsWith(`RY1001: not a valid input: ${reason}`), result["a"]?.reason);
    const [dropped = "", refused = ""] = errors.map(({ message }) => message);
    assert.equal(dropped, 'RY2213: the agent `ada` has written what is no report, it is dropped: {"dispatch":7}');
    assert.match(refused, /^RY2213: a report about dispatch \d+\.\d+ was not taken: RY1001/);
    assert.equal(errors.length, 2);
  }
});

test("a last report under an epoch that was never given does not leave its task waiting", async () => {
  for (const epoch of [0, 9]) {
    const { options, errors } = bot();
    await using ry = await open(":memory:", options);
    const code = `process.stdin.once("data", (data) => {
      const { id: dispatch } = JSON.parse(data);
      console.log(JSON.stringify({ dispatch, epoch: ${epoch}, report: { type: "progress", done: 1 } }));
      console.log(JSON.stringify({ dispatch, epoch: ${epoch}, report: { type: "done" } }));
    });`;
    await ry.agents.add(script("ada", code));
    const { a } = await ry.run({ id: "p", tasks: [{ id: "a" }] });
    const what = `has reported under epoch ${epoch} on dispatch 3.0, which it was given under 1`;
    assert.deepEqual([a?.state, a?.attempt, a?.reason], ["failed", 1, `it ${what}`]);
    assert.deepEqual(errors.map(({ message }) => message), [
      `RY2213: the agent \`ada\` ${what}; the report is dropped`, `RY2213: the agent \`ada\` ${what}; the task has failed`,
    ]);
  }
});

test("a last report that can not be read fails its task, and a sign of life does not", async () => {
  for (const [report, state, reason] of [
    ['{"type":"done","result":NaN}', "failed", /^its last report can not be read, .*JSON/],
    ['{"type":"done","result":"a', "failed", /^its last report can not be read, .*JSON/],
    [`{"type":"done","result":{"x":${"1".repeat(22)}}}`, "failed", /^its last report can not be read, a whole number must be below 2\^53$/],
    ['{"type":"done","result":{"x":9007199254740993}}', "failed", /^its last report can not be read, a whole number must be below 2\^53$/],
    ['{"type":"done","result":{"x":9007199254740991}}', "succeeded", /^$/],
    [`{"type":"done","result":"${"1".repeat(40)}"}`, "succeeded", /^$/],
    ['{"type":"done","result":1.5e300}', "succeeded", /^$/],
    ['{"type":"done","result":{"log":[{"type":"started"}],"score":NaN}}', "failed", /^its last report can not be read, .*JSON/],
    ['{"result":{"report":{"type":"started"},"score":NaN},"type":"done"}', "failed", /^its last report can not be read, .*JSON/],
    ['{"type":"progress","done":NaN}', "succeeded", /^$/],
  ] as const) {
    const { options, errors } = bot();
    await using ry = await open(":memory:", options);
    const code = `process.stdin.on("data", (data) => {
      const { id } = JSON.parse(data);
      console.log('{"dispatch":"' + id + '","report":' + ${JSON.stringify(report)} + "}");
      setTimeout(() => console.log(JSON.stringify({ dispatch: id, report: { type: "done" } })), 50);
    });`;
    await ry.agents.add(script("ada", code));
    const { a } = await ry.run({ id: "p", tasks: [{ id: "a" }] });
    assert.deepEqual([a?.state, a?.attempt], [state, 1], report);
    assert.match(a?.reason ?? "", reason);
    const told = errors[0]?.message ?? "";
    if (/NaN|"a$|111}|993/.test(report)) assert.match(told, /^RY2213: the agent `ada` has written a report that can not be read, /);
  }
});

test("the last line of a process counts, also without an end", async () => {
  await using ry = await open(":memory:", bot().options);
  const code = `process.stdin.once("data", (data) => {
    const { id, attempt } = JSON.parse(data);
    process.stdout.write(JSON.stringify({ dispatch: id, report: { type: "done", result: "für " + attempt } }), () => process.exit(0));
  });`;
  await ry.agents.add(script("ada", code));
  assert.equal((await ry.run({ id: "p", tasks: [{ id: "a", ...quick }] }))["a"]?.result, "für 1");
});

test("half a line of a process that dies fails nothing: its task is tried again", posix, async () => {
  for (const half of ['{"dispatch":"ID","report":{"type":"done","result":"xx', '{"dispatch":"ID","rep', '{"dispatch":"ID","report":{"type":"failed","pe']) {
    const { options, errors } = bot();
    await using ry = await open(":memory:", options);
    const code = `process.stdin.on("data", (data) => {
      const { id, attempt } = JSON.parse(data);
      if (attempt > 1) return console.log(JSON.stringify({ dispatch: id, report: { type: "done", result: attempt } }));
      process.stdout.write(${JSON.stringify(half)}.replace("ID", id), () => process.kill(process.pid, "SIGKILL"));
    });`;
    await ry.agents.add(script("ada", code));
    const { a } = await ry.run({ id: "p", tasks: [{ id: "a", ...quick }] });
    assert.deepEqual([a?.state, a?.result], ["succeeded", 2]);
    assert.match(errors[0]?.message ?? "", /^RY2213: the agent `ada` has written a report that can not be read, .*JSON/);
    assert.match(errors[1]?.message ?? "", /^RY2213: the agent `ada` is gone: it was ended by SIGKILL/);
    assert.equal(errors.length, 2);
  }
});

test("a last line without an end that is whole and says too large a number fails its task", async () => {
  await using ry = await open(":memory:", bot().options);
  const code = `process.stdin.once("data", (data) => {
    process.stdout.write('{"dispatch":"' + JSON.parse(data).id + '","report":{"type":"done","result":9007199254740993}}', () => process.exit(0));
  });`;
  await ry.agents.add(script("ada", code));
  const { a } = await ry.run({ id: "p", tasks: [{ id: "a", ...quick }] });
  assert.deepEqual([a?.state, a?.attempt], ["failed", 1]);
});

test("an agent that finishes while its host closes is heard until then", async () => {
  const { options, errors } = bot();
  const ry = await open(":memory:", { ...options, closeMs: 8000 });
  const code = `process.stdin.once("data", (data) => {
    const { id: dispatch } = JSON.parse(data);
    const beats = setInterval(() => console.log(JSON.stringify({ dispatch, report: { type: "heartbeat" } })), 50);
    console.log(JSON.stringify({ dispatch, report: { type: "started" } }));
    setTimeout(() => (clearInterval(beats), console.log(JSON.stringify({ dispatch, report: { type: "done", result: "it is done" } }))), 1500);
  });`;
  const agent = new Subprocess("ada", [process.execPath, "--input-type=module", "-e", code], { graceMs: 6000, heartbeat_ms: 400 });
  await ry.agents.add(agent);
  const running = ry.run({ id: "p", tasks: [{ id: "a", timeouts: { heartbeat_ms: 400 } }] });
  while (ry.broker.task("p", "a")?.state !== "running") await new Promise((resolve) => setTimeout(resolve, 5));
  await ry.close();
  const { a } = await running;
  assert.deepEqual([a?.result, a?.attempt, errors], ["it is done", 1, []]);
});

test("what an agent says first counts also before its registration is stored", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  const agent: Agent = {
    id: "ada", profile: { start_ms: 400, provides: ["x"] }, graceMs: 10,
    start: (desk) => desk.alive(), dispatch() {}, recall() {}, handed() {}, stop() {},
  };
  await ry.agents.add(agent);
  while (!ry.broker.agents()[0]?.started) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(errors, []);
});

test("what the stop of an agent throws is told where the host closes", async () => {
  const { options, errors } = bot();
  const ry = await open(":memory:", options);
  await ry.agents.add({ id: "ada", profile: {}, graceMs: 10, start() {}, dispatch() {}, recall() {}, handed() {}, stop: () => Promise.reject(new Error("boom")) });
  await ry.close();
  assert.match(errors.map(({ message }) => message).join(), /^RY2212: .*boom/);
});

test("a line that names no dispatch is told, and is a sign of life", async () => {
  const without = (keys: string) =>
    `has written a line without \`dispatch\`, with the keys ${keys}; a report names its task by \`dispatch\` (the dispatch's \`id\`), ` +
    "and this line is no more than a sign of life";
  for (const [line, told] of [
    ['{"id":"ID","report":{"type":"done"}}', without("`id`, `report`")], ['{"alive":true}', without("`alive`")], ["{}", ""],
    ['{"dispatch":7}', 'has written what is no report, it is dropped: {"dispatch":7}'],
  ] as const) {
    const { options, errors } = bot();
    await using ry = await open(":memory:", options);
    const code = `process.stdin.once("data", (data) => {
      const { id: dispatch } = JSON.parse(data);
      console.log(${JSON.stringify(line)}.replace("ID", dispatch));
      console.log("{}");
      console.log(JSON.stringify({ dispatch, report: { type: "done" } }));
    });`;
    await ry.agents.add(script("ada", code));
    const { a } = await ry.run({ id: "p", tasks: [{ id: "a" }] });
    assert.deepEqual([a?.state, a?.attempt], ["succeeded", 1]);
    assert.deepEqual(errors.map(({ message }) => message), told ? [`RY2213: the agent \`ada\` ${told}`] : []);
  }
});

test("lines that name no dispatch keep a process alive", async () => {
  const { options, errors } = bot({ closeMs: 50 });
  await using ry = await open(":memory:", options);
  const code = `setInterval(() => console.log('{"alive":1}'), 50)`;
  const ada = new Subprocess("ada", [process.execPath, "--input-type=module", "-e", code], { graceMs: 50, heartbeat_ms: 500 });
  await ry.agents.add(ada);
  const { pid } = ada;
  await new Promise((resolve) => setTimeout(resolve, 2000));
  assert.equal(ada.pid, pid);
  assert.deepEqual(ry.broker.agents().map(({ alive }) => alive), [true]);
  assert.ok(errors.length > 0);
  for (const { message } of errors) assert.match(message, /^RY2213: the agent `ada` has written a line without `dispatch`, with the keys `alive`; /);
});
