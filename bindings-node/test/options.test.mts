import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { Broker, Callable, open, Subprocess, type Config, type Handled, type Input, type Options, type Reynolds, type Rule, type Sent } from "reynolds";
import { bot, comment, folder } from "./support.mjs";

test("an option that can not be is refused at once, by name, and nothing is begun", async () => {
  using journal = folder();
  const clock = { now: () => performance.timeOrigin + 0.5, after: () => () => {} };
  for (const [wrong, says] of [
    [{ enforse: "log" }, "there is no option `enforse`; `enforce` is meant, perhaps"],
    [{ timeout_ms: 5 }, "there is no option `timeout_ms`; `timeoutMs` is meant, perhaps"],
    [{ onerror: () => {} }, "there is no option `onerror`; `onError` is meant, perhaps"],
    [{ rule: [] }, "there is no option `rule`; `rules` is meant, perhaps"],
    [{ retries: 3 }, "there is no option `retries`"],
    [{ timeoutMs: "abc" }, '`timeoutMs` must be a whole number, 1 or more, it is the text "abc"'],
    [{ timeoutMs: 0 }, "`timeoutMs` must be a whole number, 1 or more, it is 0"],
    [{ timeoutMs: Number.NaN }, "`timeoutMs` must be a whole number, 1 or more, it is NaN"],
    [{ concurrency: 0 }, "`concurrency` must be a whole number, 1 or more, it is 0"],
    [{ maxHandlers: 0 }, "`maxHandlers` must be a whole number, 1 or more, it is 0"],
    [{ snapshotEvery: 1.5 }, "`snapshotEvery` must be a whole number, 1 or more, it is 1.5"],
    [{ closeMs: -1 }, "`closeMs` must be a whole number, 0 or more, it is -1"],
    [{ seed: -1 }, "`seed` must be a whole number from 0 to 2^53 - 1, it is -1"],
    [{ seed: 2n }, "`seed` must be a whole number from 0 to 2^53 - 1, it is the bigint 2n"],
    [{ rules: {} }, "`rules` must be a list, it is a Object"],
    [{ self: "github:t[bot]" }, '`self` must be a list, it is the text "github:t[bot]"'],
    [{ chain: 5 }, "`chain` must be an object, it is 5"],
    [{ keys: { 1: "s" } }, '`keys` must be a list of pairs, [[1, "secret"]], it is a Object'],
    [{ keys: "secret" }, '`keys` must be a list of pairs, [[1, "secret"]], it is the text "secret"'],
    [{ handlers: { answer: 5 } }, "`handlers.answer` must be a function, it is 5"],
    [{ handlers: [] }, "`handlers` must be an object with a function for each name, it is a Array"],
    [{ onError: "log" }, '`onError` must be a function, it is the text "log"'],
    [{ name: undefined }, "`name` must be a text, it is undefined"],
    [{ clock: Date }, "`clock` must have the functions `now` and `after`, it is a function"],
    [{ clock }, `\`clock.now()\` must be a whole number, 0 or more, it is ${clock.now()}`],
  ] as const) {
    const options = { ...bot().options, ...wrong } as unknown as Options;
    await assert.rejects(open(journal.path, options), { code: "RY2206", message: `RY2206: ${says}` });
  }
  for (const wrong of [undefined, null, 5, [], "x"]) {
    await assert.rejects(open(journal.path, wrong as never), { code: "RY2206", message: /^RY2206: the options must be an object/ });
  }
  assert.ok(!existsSync(journal.path));
});

test("all there is to configure is an option", async () => {
  await using ry = await open(":memory:", { ...bot().options, breaker: { notify: "teams:oncall" }, agents: { shares: { acme: 3 } } });
  assert.equal(ry.broker.config().breaker?.notify, "teams:oncall");
  assert.deepEqual(ry.broker.config().agents?.shares, { acme: 3 });
});

test("options that differ from the journal's configuration take its place, and that is told", async (t) => {
  using at = folder();
  const warned = t.mock.method(console, "warn", () => {});
  await (await open(at.path, bot().options)).close();
  assert.equal(warned.mock.callCount(), 0);
  const ry = await open(at.path, bot({ enforce: "hold" }).options);
  assert.deepEqual([ry.opened.config_differs, ry.broker.config().enforce], [true, "hold"]);
  await ry.close();
  assert.match(String(warned.mock.calls[0]?.arguments[0]), /^reynolds: the options differ from the configuration of the journal/);
});

test("what the core can be configured with are options", async () => {
  // The core names its own keys when it is given another one.
  let said = "";
  await assert.rejects(async () => new Broker({ name: "x", config: { nonsense: 1 } } as never), (error: Error) => ((said = error.message), true));
  const keys = [...said.slice(said.indexOf("expected")).matchAll(/`(\w+)`/g)].map((match) => match[1]!);
  assert.ok(keys.length >= 9 && keys.includes("breaker"), said);
  for (const key of keys) {
    const opening = open(":memory:", { ...bot().options, [key]: 5 } as never);
    await assert.rejects(opening, (error: Error) => !error.message.includes("no option"), key);
  }
  const given = { enforce: "hold", self: ["github:a"], actors: { "github:b": "bot" }, chain: { hop_limit: 9 }, breaker: { notify: "n" },
    timing: { hold_max_ms: 5000 }, limits: { events: 500 }, work: { questions: 5 }, agents: { shares: { acme: 3 } }, rules: [{ id: "r", when: { kind: "k" }, handle: "h" }] } as const;
  assert.deepEqual(Object.keys(given).sort(), keys.sort());
  await using ry = await open(":memory:", { ...bot({ handlers: { h() {} } }).options, ...given } as never);
  const config = ry.broker.config() as Record<string, unknown>;
  for (const [key, value] of Object.entries(given)) {
    if (key === "rules") assert.equal((config["rules"] as unknown[]).length, 2);
    else if (typeof value === "string" || Array.isArray(value)) assert.deepEqual(config[key], value);
    else for (const [name, own] of Object.entries(value)) assert.deepEqual((config[key] as Record<string, unknown>)[name], own);
  }
});

test("a new journal has a seed of its own, and keeps it", async () => {
  const event: Input = { type: "event", id: "d1", source: "github", kind: "k", subject: "s" };
  const clock = { now: () => 1_700_000_000_000, after: () => () => {} };
  const digest = async (path: string, more: Partial<Options> = {}) => {
    await using ry = await open(path, { ...bot().options, clock, ...more });
    await ry.submit(event);
    return ry.broker.digest();
  };
  assert.notEqual(await digest(":memory:"), await digest(":memory:"));
  assert.equal(await digest(":memory:", { seed: 7 }), await digest(":memory:", { seed: 7 }));
  using journal = folder();
  const first = await digest(journal.path);
  assert.equal(await digest(journal.path), first);
  assert.equal(await digest(journal.path, { seed: 7 }), first);
});

test("what was given as an object is refused without lines and columns", async () => {
  const broker = new Broker({ name: "triage" });
  for (const call of [
    () => broker.submit(1000, { type: "event", knd: 1 } as never),
    () => new Broker({ name: "x", sed: 1 } as never),
    () => Broker.open("x", { name: "x", sed: 1 } as never),
    () => open("x", { ...bot().options, enforce: "later" as never }),
  ]) {
    await assert.rejects(async () => call(), (error: Error) => /^RY1001/.test(error.message) && !/line|column/.test(error.message));
  }
  assert.throws(() => broker.submit(1000, '{"type":"event","knd":1}'), { message: /knd/ });
});

test("a command that is no list of texts is refused before it is run", () => {
  for (const wrong of ["node agent.mjs", [], [5], undefined]) {
    assert.throws(() => new Subprocess("ada", wrong as never), { code: "RY2206", message: /the command of an agent/ });
  }
  assert.throws(() => new Callable("ada", "work" as never), { code: "RY2206", message: /a function/ });
  assert.throws(() => new Subprocess("ada", ["x"], { graceMs: "soon" as never }), { code: "RY2206", message: /`graceMs`/ });
});

/** An exchange with a machine that always says the same: how each answer to it ended. */
async function exchange(ry: Reynolds): Promise<Set<string>> {
  const types = new Set<string>();
  for (let round = 1; round <= 12; round++) {
    const reply = { ...comment(`r${round}`), actor: { id: "github:echo[bot]", class: "bot" as const }, text: "Again!" };
    const event = round === 1 ? comment("r1") : { ...reply, reply_to: `github:comment/1${round - 1}` };
    const handled = (await ry.handle(event, (turn) => turn.send({ kind: "comment", text: "Go." }))) as Handled & { value?: Sent };
    types.add(handled.value?.type ?? handled.type);
  }
  return types;
}

test("a rule of the id `reynolds:handle` says what `handle` may repeat, and what becomes of what it may not", async () => {
  const told = (more: object) => ({ rules: [{ id: "reynolds:handle", ...more }] });
  for (const [more, types] of [
    [{}, ["done", "held"]],
    [told({}), ["done", "held"]],
    [told({ loops: "reentry(50)" }), ["done"]],
    [told({ enforce: "log" }), ["done"]],
  ] as const) {
    for (const at of ["open", "configure"]) {
      await using ry = await open(":memory:", bot(at === "open" ? (more as object) : {}).options);
      // Also as a broker tells it.
      const config = { ...bot().options, ...more };
      const { name: _, perform: __, onError: ___, ...rest } = config;
      if (at === "configure") await ry.submit({ type: "configure", config: rest as Config });
      await ry.submit({ type: "configure", config: ry.broker.config() });
      assert.deepEqual([...(await exchange(ry))], types, `${at} ${JSON.stringify(more)}`);
      assert.equal(ry.broker.config().rules?.length, 1);
    }
  }
});

test("the rule of `handle` can have nothing else", async () => {
  await using ry = await open(":memory:", bot().options);
  for (const [more, named] of [
    [{ when: { kind: "push" } }, "`when`"],
    [{ handle: "mine", deterministic: true }, "`handle`, `deterministic`"],
    [{ loops: "reentry(5)", effects: [] }, "`effects`"],
    [{ reentry: 5 }, "`reentry`"],
  ] as const) {
    const rules = [{ id: "reynolds:handle", ...more }] as unknown as Rule[];
    const why = `it is the rule of \`handle\`, and may have \`loops\` and \`enforce\` beside its \`id\`, but not ${named}: give that to a rule of another id`;
    const refused = { code: "RY1014", field: "rule `reynolds:handle`", message: `RY1014: configuration, rule \`reynolds:handle\`: ${why}` };
    await assert.rejects(open(":memory:", { ...bot().options, rules, handlers: { mine: () => {} } }), refused);
    await assert.rejects(ry.submit({ type: "configure", config: { rules } }), refused);
  }
  const twice = [{ id: "reynolds:handle" }, { id: "reynolds:handle" }];
  await assert.rejects(open(":memory:", { ...bot().options, rules: twice }), { code: "RY1014", message: /a second rule has this id/ });
});
