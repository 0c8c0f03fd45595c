import assert from "node:assert/strict";
import { test } from "node:test";
import { open, Subprocess, type DispatchEffect, type Options } from "reynolds";
import { bot, DESK, until } from "./support.mjs";

// A process acts, and changes its plan, by lines, and is answered by lines.

/**
 * Says what its function `lines` gives for its task, waits for so many answers, and is done with them as its result. `line` is for what
 * is no JSON.
 */
const worker = (lines: string) => `
  import { createInterface } from "node:readline";
  const tasks = new Map();
  const tell = (line) => process.stdout.write((typeof line === "string" ? line : JSON.stringify(line)) + "\\n");
  const over = ({ id, heard, waits }) => heard.length >= waits && tell({ dispatch: id, report: { type: "done", result: heard } });
  for await (const text of createInterface({ input: process.stdin })) {
    const line = JSON.parse(text);
    if (line.type === "dispatch") {
      const said = (${lines})(line);
      const task = { id: line.id, heard: [], waits: said.length };
      tasks.set(line.id, task);
      tell({ dispatch: line.id, report: { type: "started" } });
      said.forEach(tell);
      over(task);
    } else {
      const task = tasks.get(line.dispatch) ?? [...tasks.values()].at(-1);
      task.heard.push(line);
      over(task);
    }
  }`;

async function answers(lines: string, more: Partial<Options> = {}) {
  const { options, posts, errors } = bot(more);
  await using ry = await open(":memory:", options);
  await ry.agents.add(new Subprocess("ada", [process.execPath, "--input-type=module", "-e", worker(lines)], { graceMs: 200 }));
  const result = await ry.run({ id: "p", tasks: [{ id: "plan", retry: { base_ms: 10, max_attempts: 3 } }] });
  const { plan: task } = result;
  assert.deepEqual([result.state, task?.attempt], ["succeeded", 1], task?.reason);
  return { heard: task?.result as object[], tasks: result, posts, told: errors.map(({ message }) => message) };
}

test("a process sends and patches, and is answered to each", async () => {
  const { heard, tasks, posts, told } = await answers(`({ id: dispatch, epoch, task }) => task !== "p/plan" ? [] : [
    { dispatch, send: { key: "report", kind: "comment", subject: "github:acme/api#7", text: "für" } },
    { dispatch, epoch, patch: { add: [{ id: "x" }] } },
    { dispatch, patch: { add: [{ id: "y", needs: ["x"] }], key: "mine" } },
    { dispatch, epoch, patch: { key: "mine" } },
  ]`);
  const by = (type: string) => heard.filter((answer) => (answer as { type: string }).type === type);
  assert.deepEqual(by("sent"), [
    { type: "sent", dispatch: "3.0", key: "report", sent: { type: "done", effect: posts[0]!.id, object: "github:comment/11" } },
  ]);
  assert.deepEqual(by("patched"), [
    { type: "patched", dispatch: "3.0", key: "plan/1" }, { type: "patched", dispatch: "3.0", key: "mine" },
    { type: "patched", dispatch: "3.0", key: "mine", duplicate: true },
  ]);
  assert.deepEqual([tasks["x"]?.state, tasks["y"]?.state], ["succeeded", "succeeded"]);
  assert.deepEqual([posts.map(({ text, cause }) => [text, cause]), told], [[["für", ["3.0"]]], []]);
});

test("what the broker refuses of a process is answered, and its task goes on", async () => {
  const { heard, told } = await answers(`({ id: dispatch }) => [
    { dispatch, send: { key: "long", kind: "comment", subject: "x:1", text: "x".repeat(300000) } },
    { dispatch, patch: { add: [{ id: "x", needs: ["nothing"] }] } },
    { dispatch, patch: { remove: ["nothing"], key: "mine" } },
    { dispatch, send: { key: "odd", knd: "comment", subject: "x:1" } },
    { dispatch, patch: { plan: "q" } },
  ]`);
  const codes = (heard as Array<{ type: string; key?: string; error: { code: string; message: string } }>).map((one) => {
    assert.deepEqual([one.type, one.error.message.startsWith(one.error.code)], ["refused", true]);
    return [one.key, one.error.code];
  });
  const sorted = [[undefined, "RY1017"], ["long", "RY1003"], ["mine", "RY1019"], ["odd", "RY1001"], [undefined, "RY2206"]];
  assert.deepEqual(codes.map(String).sort(), sorted.map(String).sort());
  // Only what its author must mend is told.
  assert.equal(told.length, 2);
  const [patch = "", send = ""] = told.sort();
  assert.match(patch, /^RY2213: the agent `ada` has written a `patch` that is refused: RY2206: `job.patch` takes .*, it is given `plan`$/);
  assert.match(send, /^RY2213: the agent `ada` has written a `send` that is refused: RY1001: .*knd/);
});

test("nonsense is refused and told, and its task goes on", async () => {
  const nokey = "has written a `send` without a text as `key`, it is refused; the answer names it by that";
  const nameless = "has written a `send` without a text as `dispatch`, it is refused; it names its task by that (the dispatch's `id`)";
  const both = (other: string) => `has written a line with \`send\` and \`${other}\`, it is refused; a line has one of them`;
  const large = '"send":{"key":"a","payload":{"key":"b","report":9007199254740993}}}';
  const lines: Array<[line: string, what: string, answer?: object]> = [
    ["{ dispatch, send: 5 }", "has written a `send` that is no object, it is refused"],
    ["{ dispatch, send: null }", "has written a `send` that is no object, it is refused"],
    ["{ dispatch, patch: [] }", "has written a `patch` that is no object, it is refused"],
    ["{ dispatch, send: { kind: 'comment', subject: 'x:1' } }", nokey],
    ["{ dispatch, send: { key: 5, kind: 'comment', subject: 'x:1' } }", nokey],
    ["{ dispatch, send: { key: 'a' }, report: { type: 'done' } }", both("report"), { key: "a" }],
    ["{ dispatch, send: { key: 'a' }, patch: {} }", both("patch"), { key: "a" }],
    ["{ dispatch, epoch: 9, send: { key: 'a' } }", "wants to send under epoch 9 for dispatch 3.0, which it was given under 1", { key: "a" }],
    ["{ dispatch, epoch: true, patch: {} }", "wants to patch under epoch true for dispatch 3.0, which it was given under 1"],
    ["{ dispatch: '77.0', patch: {} }", "wants to patch for dispatch 77.0, which was not given to it", { dispatch: "77.0" }],
    ["{ send: { key: 'a' } }", nameless, { dispatch: undefined, key: "a" }],
    [
      `'{"dispatch":"' + dispatch + '",${large}'`,
      `has written a \`send\` that can not be read, a whole number must be below 2^53: {"dispatch":"3.0",${large}`, { key: "a" },
    ],
  ];
  for (const [line, what, more] of lines) {
    const { heard, told } = await answers(`({ id: dispatch }) => [${line}]`);
    const message = `RY2213: the agent \`ada\` ${what}`;
    const answer = { type: "refused", dispatch: "3.0", error: { code: "RY2213", message }, ...more };
    assert.deepEqual([heard, told], [[JSON.parse(JSON.stringify(answer))], [message]]);
  }
});

test("a line that is no JSON is refused where its own keys say that it wants something, whatever it quotes", async () => {
  const { heard, told } = await answers(`({ id }) => [
    '{"patch":{"add":[{"id":"x","input":{"report":NaN,"send":"\\\\"}"}}]},"dispatch":"' + id + '"}',
    '{"dispatch":"' + id + '","send":{"text":"{\\\\"patch\\\\":","key":"a/\\\\u0062","payload":NaN}}',
    '{"dispatch":"' + id + '","send":{"key":"c"},"report":NaN}',
    '{"dispatch":"' + id + '", "send": {',
  ]`);
  assert.deepEqual(heard.map((answer) => [(answer as { type: string }).type, (answer as { key?: string }).key]), [
    ["refused", undefined], ["refused", "a/b"], ["refused", "c"], ["refused", undefined],
  ]);
  const starts = ["patch", "send", "send", "send"].map((what) => `RY2213: the agent \`ada\` has written a \`${what}\` that can not be read, `);
  assert.deepEqual(told.map((message, at) => message.slice(0, starts[at]!.length)), starts);
});

test("a report that quotes such a line is a report", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  const code = `process.stdin.on("data", (data) => {
    console.log('{"dispatch":"' + JSON.parse(data).id + '","report":{"type":"done","result":{"send":{"key":"a"},"score":NaN}}}');
  });`;
  await ry.agents.add(new Subprocess("ada", [process.execPath, "--input-type=module", "-e", code], { graceMs: 200 }));
  assert.equal((await ry.run({ id: "p", tasks: [{ id: "a" }] }))["a"]?.state, "failed");
  assert.match(errors[0]?.message ?? "", /has written a report that can not be read/);
});

test("a process that was recalled, or has ended its task, is refused, and that is not told", async () => {
  const { options, posts, errors } = bot();
  await using ry = await open(":memory:", options);
  const code = `
    import { createInterface } from "node:readline";
    const tell = (line) => console.log(JSON.stringify(line));
    const wants = (dispatch) => {
      tell({ dispatch, send: { key: "late", kind: "comment", subject: "x:1" } });
      tell({ dispatch, patch: { add: [{ id: "b" }] } });
    };
    const heard = [];
    let first;
    for await (const text of createInterface({ input: process.stdin })) {
      const line = JSON.parse(text);
      if (line.type === "dispatch" && !first) {
        first = line.id;
        tell({ dispatch: first, report: { type: "started" } });
      } else if (line.type === "dispatch") tell({ dispatch: line.id, report: { type: "done", result: heard } });
      else if (line.type === "recall") wants(line.dispatch);
      else {
        heard.push([line.type, line.key, line.error.message]);
        if (heard.length === 2) {
          tell({ dispatch: first, report: { type: "cancelled" } });
          wants(first);
        }
      }
    }`;
  await ry.agents.add(new Subprocess("ada", [process.execPath, "--input-type=module", "-e", code], { graceMs: 5000 }));
  const running = ry.run({ id: "p", tasks: [{ id: "a" }] });
  await until(() => ry.broker.task("p", "a")?.state === "running");
  await ry.order("p", { type: "cancel" });
  await running;
  const { a } = await ry.run({ id: "q", tasks: [{ id: "a" }] });
  const late = (what: string) => `RY2213: the agent \`ada\` wants to ${what} for dispatch 3.0, which it no longer has`;
  const both = [["refused", null, late("patch")], ["refused", "late", late("send")]];
  // The second pair may be answered after the next task has come.
  assert.deepEqual((a?.result as string[][]).slice(0, 2).sort(([, , one = ""], [, , other = ""]) => one.localeCompare(other)), both);
  assert.deepEqual([posts, errors], [[], []]);
});

test("an answer that comes when the process's life is over is not the next one's", async () => {
  const waiting: Array<() => void> = [];
  let lives = 0;
  const send = () => new Promise<never>((_, reject) => waiting.push(() => reject(new Error("late"))));
  const desk = { ...DESK, send, gone: () => void lives++ };
  const code = `
    process.stdin.on("data", (data) => {
      for (const text of String(data).split("\\n").filter(Boolean)) {
        const line = JSON.parse(text);
        const send = { key: "a", kind: "comment", subject: "x:1" };
        console.log(JSON.stringify(line.type === "dispatch" ? { dispatch: line.id, send } : { dispatch: line.dispatch, report: line }));
      }
    });`;
  const heard: unknown[] = [];
  const ada = new Subprocess("ada", [process.execPath, "--input-type=module", "-e", code], { graceMs: 100 });
  const task = { type: "dispatch", id: "3.0", epoch: 1 } as DispatchEffect;
  await ada.start(desk);
  await ada.dispatch(task);
  await until(() => waiting.length === 1);
  process.kill(ada.pid!, "SIGKILL");
  await until(() => lives === 1);
  await ada.start({ ...desk, report: async (...said) => void heard.push(said) });
  try {
    waiting[0]!();
    await ada.dispatch({ ...task, id: "4.0" });
    await until(() => waiting.length === 2);
    waiting[1]!();
    await until(() => heard.length > 0);
    assert.deepEqual(heard, [["4.0", 1, { type: "refused", dispatch: "4.0", key: "a", error: { code: "RY2206", message: "late" } }]]);
  } finally {
    await ada.kill();
  }
});

test("lines that want something keep a process alive", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  const code = `process.stdin.once("data", (data) => {
    const { id: dispatch } = JSON.parse(data);
    const every = setInterval(() => console.log(JSON.stringify({ dispatch, patch: { key: "same" } })), 50);
    setTimeout(() => (clearInterval(every), console.log(JSON.stringify({ dispatch, report: { type: "done" } }))), 1500);
  });`;
  await ry.agents.add(new Subprocess("ada", [process.execPath, "--input-type=module", "-e", code], { graceMs: 50, heartbeat_ms: 500 }));
  const { a } = await ry.run({ id: "p", tasks: [{ id: "a" }] });
  assert.deepEqual([a?.state, a?.attempt, errors], ["succeeded", 1, []]);
});
