import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { mock, test } from "node:test";
import { open, ReynoldsError, type Handled, type Performed, type Sent, type Turn } from "reynolds";
import { VirtualClock } from "reynolds/testing";
import { bot, comment, folder, until } from "./support.mjs";

const answer = (turn: Turn) => turn.send({ key: "answer", kind: "comment", subject: turn.subject, text: "42" });

function value(handled: Handled): Sent {
  assert.equal(handled.type, "handled");
  return (handled as { value: Sent }).value;
}

test("an event is handled, what it sends is performed, and the outcome comes back", async () => {
  using journal = folder();
  const { options, posts, errors } = bot();
  await using ry = await open(journal.path, options);
  const sent = value(await ry.handle(comment("d1"), answer));
  assert.deepEqual(sent, { type: "done", effect: "3.0", object: "github:comment/11" });
  assert.equal(posts[0]?.idempotency_key, "triage/3.0");
  assert.deepEqual([posts[0]?.kind, posts[0]?.text, posts[0]?.redelivered], ["comment", "42", false]);
  await ry.idle();
  assert.deepEqual(ry.broker.open(), []);
  assert.deepEqual(errors, []);
});

test("an event delivered again is not handled again", async () => {
  using journal = folder();
  const { options, posts } = bot();
  await using ry = await open(journal.path, options);
  const both = await Promise.all([ry.handle(comment("d1"), answer), ry.handle(comment("d1"), answer)]);
  assert.deepEqual(both.map((handled) => handled.type), ["handled", "duplicate"]);
  const third = await ry.handle(comment("d1"), answer);
  assert.equal(third.type === "duplicate" && third.why, "delivered before, in record 2");
  assert.equal(posts.length, 1);
});

test("the bot's own comment coming back is not handled", async () => {
  using journal = folder();
  const { options, posts } = bot();
  await using ry = await open(journal.path, options);
  await ry.handle(comment("d1"), answer);
  const own = { ...comment("d2"), object: "github:comment/11", text: "42", actor: { id: "github:triage[bot]", class: "bot" as const } };
  assert.equal((await ry.handle(own, answer)).type, "echo");
  assert.equal(posts.length, 1);
});

test("in log mode nothing changes for a living bot: what comes again and its own echoes are handled, everything leaves", async () => {
  using journal = folder();
  const { options, posts, errors } = bot({ enforce: "log" });
  await using ry = await open(journal.path, options);
  const would: Array<string | undefined> = [];
  const handler = (turn: Turn) => {
    would.push(turn.would);
    return answer(turn);
  };
  assert.equal(value(await ry.handle(comment("d1"), handler)).type, "done");
  assert.equal(value(await ry.handle(comment("d1"), handler)).type, "done");
  const own = { ...comment("d2"), object: "github:comment/11", text: "42", actor: { id: "github:triage[bot]", class: "bot" as const } };
  assert.equal(value(await ry.handle(own, handler)).type, "done");
  assert.deepEqual(would, [undefined, "duplicate", "echo"]);
  assert.equal(posts.length, 3);
  const wrong = { ...comment("d3"), text: "x".repeat(300_000) };
  assert.equal(value(await ry.handle(wrong, handler)).type, "done");
  assert.deepEqual(errors.map((error) => error.code), ["RY1003"]);
  assert.equal(posts.length, 4);
});

test("a denied effect says why, and leaves nothing behind", async () => {
  const { options, posts } = bot({ chain: { answers: 1 } });
  await using ry = await open(":memory:", options);
  const handled = await ry.handle(comment(), async (turn) => [await answer(turn), await turn.send({ kind: "comment", subject: turn.subject })]);
  const [first, second] = (handled as unknown as { value: Sent[] }).value;
  assert.equal(first?.type, "done");
  assert.ok(second?.type === "denied" && second.denial.reason === "budget" && second.why.startsWith("budget: "), JSON.stringify(second));
  assert.equal(posts.length, 1);
});

test("a held effect is answered at once, and leaves when a person approves it", async () => {
  const { options, posts } = bot({ enforce: "hold", chain: { answers: 1 } });
  await using ry = await open(":memory:", options);
  const handled = await ry.handle(comment(), async (turn) => [await answer(turn), await turn.send({ kind: "comment", subject: turn.subject })]);
  const held = (handled as unknown as { value: Sent[] }).value[1];
  assert.ok(held?.type === "held" && held.why.startsWith("held for a person: budget"), JSON.stringify(held));
  await ry.submit({ type: "command", do: { type: "approve", effect: held.effect }, by: { id: "github:octocat", class: "human" } });
  await ry.idle();
  assert.deepEqual(posts.map((post) => post.id), ["3.0", held.effect]);
});

test("the same key for the same event is sent once", async () => {
  const { options, posts } = bot();
  await using ry = await open(":memory:", options);
  const handled = await ry.handle(comment(), async (turn) => [await answer(turn), await answer(turn)]);
  assert.deepEqual((handled as unknown as { value: Sent[] }).value[1], { type: "duplicate", of: "3.0", why: "already sent as 3.0" });
  assert.equal(posts.length, 1);
});

test("a lost answer is looked for before it is sent again", async () => {
  const clock = new VirtualClock();
  const calls: string[] = [];
  const { options, errors } = bot({
    clock,
    perform(effect) {
      calls.push(`perform ${effect.id}`);
      throw new Error("socket hang up");
    },
    find(effect) {
      calls.push(`find ${effect.id}`);
      return { type: "done", object: "github:comment/9" };
    },
  });
  await using ry = await open(":memory:", options);
  const handled = ry.handle(comment(), answer);
  await until(() => errors.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  clock.moveTo(clock.now() + 1000);
  assert.deepEqual(value(await handled), { type: "done", effect: "3.0", object: "github:comment/9" });
  assert.deepEqual(calls, ["perform 3.0", "find 3.0"]);
  assert.match(errors[0]!.message, /^RY2212: `perform` of effect 3.0 has thrown, its outcome is ambiguous, it is tried again, and its `send` waits for it: socket hang up$/);
});

test("when it can not be looked for, it is not sent again", async () => {
  const clock = new VirtualClock();
  let performed = 0;
  const { options, errors } = bot({
    clock,
    perform() {
      performed += 1;
      throw new Error("socket hang up");
    },
    find() {
      throw new Error("the search is down");
    },
  });
  const ry = await open(":memory:", options);
  void ry.handle(comment(), answer);
  for (let round = 1; round <= 4; round++) {
    await until(() => errors.length === round);
    await new Promise((resolve) => setTimeout(resolve, 20));
    clock.moveTo(clock.now() + 10_000);
  }
  assert.equal(performed, 1);
  const closed = ry.close();
  clock.moveTo(clock.now() + 10_000);
  await closed;
});

test("what an HTTP client throws is read as its status says", async () => {
  const clock = new VirtualClock();
  const throws = [
    Object.assign(new Error("Too many"), { status: 429, response: { headers: { "retry-after": "30" } } }),
    Object.assign(new Error("Not Found"), { status: 404 }),
  ];
  const { options, errors } = bot({
    clock,
    perform() {
      throw throws.shift();
    },
  });
  await using ry = await open(":memory:", options);
  const handled = ry.handle(comment(), answer);
  await until(() => errors.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(ry.broker.wakeup(), { at: clock.now() + 30_000, reason: "retry_due" });
  clock.moveTo(clock.now() + 30_000);
  assert.deepEqual(value(await handled), { type: "failed", effect: "3.0", why: "Not Found" });
});

test("a perform that hangs is given up after timeoutMs, and its late answer still counts", async () => {
  let finish: (performed: Performed) => void = () => {};
  let aborted = false;
  const { options, errors } = bot({
    timeoutMs: 20,
    perform: (_, { signal }) => new Promise<Performed>((resolve) => {
      finish = resolve;
      signal.addEventListener("abort", () => (aborted = true));
    }),
  });
  await using ry = await open(":memory:", options);
  const handled = ry.handle(comment(), answer);
  await until(() => errors.length === 1);
  assert.match(errors[0]!.message, /^RY2209: `perform` of effect 3.0 has not answered within 20 ms/);
  assert.ok(aborted);
  finish({ type: "done", object: "github:comment/5" });
  assert.deepEqual(value(await handled), { type: "done", effect: "3.0", object: "github:comment/5" });
});

test("what perform returns is checked, and nothing is lost over it where find can look", async () => {
  for (const nonsense of [undefined, null, "done", 5, {}, { type: "dnoe" }, { type: "retry" }, Promise.resolve([]), 5n]) {
    const clock = new VirtualClock();
    const answers = [nonsense, { type: "done" }];
    const { options, errors } = bot({ clock, perform: () => answers.shift() as Performed, find: () => null });
    await using ry = await open(":memory:", options);
    const handled = ry.handle(comment(), answer);
    await until(() => errors.length === 1);
    assert.match(errors[0]!.message, /^RY2208: what `perform` returned for effect 3.0 is no outcome, .*`?result/);
    await new Promise((resolve) => setTimeout(resolve, 20));
    clock.moveTo(clock.now() + 1000);
    assert.deepEqual(value(await handled), { type: "done", effect: "3.0" });
  }
});

test("without find, a perform that forgets to say what became of it is not called again", async () => {
  for (const nonsense of [undefined, { type: "dnoe" }]) {
    const clock = new VirtualClock();
    let calls = 0;
    const { options, errors } = bot({ clock, perform: () => (calls++, nonsense as never) });
    await using ry = await open(":memory:", options);
    const sent = value(await ry.handle(comment(), answer));
    assert.deepEqual(sent, { type: "failed", effect: "3.0", why: "`perform` returned no outcome; whether it happened is not known" });
    for (let minute = 0; minute < 60; minute++) {
      clock.moveTo(clock.now() + 60_000);
      await ry.idle();
    }
    assert.equal(calls, 1);
    assert.deepEqual(errors.map(({ code }) => code), ["RY2208"]);
    assert.match(errors[0]!.message, /it counts as failed and is not sent again, because there is no `find` to look; return/);
    assert.deepEqual(ry.broker.open(), []);
  }
});

test("a host's own configure keeps the rule by which handle gets its events", async () => {
  const { options, posts } = bot();
  await using ry = await open(":memory:", options);
  const configs = [{ self: ["github:triage[bot]"] }, { rules: [{ id: "r", when: { kind: "never" }, handle: "x" }] }, ry.broker.config()];
  for (const config of configs) {
    await ry.submit({ type: "configure", config });
    assert.equal(value(await ry.handle(comment(), answer)).type, "done");
  }
  await ry.submit(JSON.stringify({ type: "configure", config: { enforce: "hold" } }));
  assert.equal(value(await ry.handle(comment(), answer)).type, "done");
  assert.deepEqual(ry.broker.config().rules?.map(({ id }) => id), ["reynolds:handle"]);
  assert.equal(posts.length, 4);
  for (const wrong of [{ type: "configure", config: { rules: 5 } }, { type: "configure" }, "{"]) {
    await assert.rejects(ry.submit(wrong as never), { code: "RY1001" });
  }
});

test("a perform may submit, and is told when it would wait for itself", async () => {
  const codes: unknown[] = [];
  const { options, errors } = bot({
    async perform() {
      const decision = await ry.submit({ type: "event", ...comment("inner") });
      codes.push(decision.seq > 0);
      for (const call of [() => ry.idle(), () => ry.close(), () => ry.handle(comment(), answer)]) {
        codes.push(await call().then(() => "no error", (error: ReynoldsError) => error.code));
      }
      return { type: "done" };
    },
  });
  await using ry = await open(":memory:", options);
  assert.equal(value(await ry.handle(comment(), answer)).type, "done");
  assert.deepEqual(codes, [true, "RY2210", "RY2210", "RY2210"]);
  assert.deepEqual(errors, []);
});

test("effects on one subject are performed one after the other, those on others at once", async () => {
  const seen: string[] = [];
  const { options } = bot({
    async perform(effect) {
      seen.push(`${effect.subject}${effect.key} begins`);
      await new Promise((resolve) => setTimeout(resolve, 10));
      seen.push(`${effect.subject}${effect.key} ends`);
      return { type: "done" };
    },
  });
  await using ry = await open(":memory:", options);
  await ry.handle(comment(), (turn) => Promise.all(["a", "a", "b"].map((subject, key) => turn.send({ key: `${key}`, kind: "comment", subject }))));
  assert.ok(seen.indexOf("a0 ends") < seen.indexOf("a1 begins") && seen.indexOf("b2 begins") < seen.indexOf("a0 ends"), seen.join());
});

test("what a handler throws is the caller's, and the event has ended", async () => {
  const { options, errors } = bot();
  await using ry = await open(":memory:", options);
  const event = comment();
  await assert.rejects(ry.handle(event, () => Promise.reject(new RangeError("a bug"))), new RangeError("a bug"));
  await ry.idle();
  assert.deepEqual(ry.broker.open(), []);
  assert.equal((await ry.handle(event, answer)).type, "duplicate");
  assert.equal((await ry.handle({ ...event, id: `${event.id}#2` }, answer)).type, "handled");
  assert.deepEqual(errors, []);
});

test("a send that is open when the host closes has not failed: it is refused, and comes again with the same id", async () => {
  using journal = folder();
  const { options, posts, errors } = bot();
  const broken = () => Promise.reject(new Error("socket hang up"));
  const first = await open(journal.path, { ...options, rules: [{ id: "r", when: { kind: "rule" }, handle: "answer" }], handlers: { answer }, closeMs: 50, perform: broken });
  let seen: Sent | ReynoldsError | undefined;
  const handled = first.handle(comment("d1"), async (turn) => {
    void turn.send({ kind: "comment", text: "nobody waits for this one" });
    seen = await answer(turn).catch((error: ReynoldsError) => error);
    throw seen;
  });
  await first.submit({ type: "event", ...comment("d2"), kind: "rule" });
  const refused = assert.rejects(handled, { code: "RY2202", message: /^RY2202: .* effect \d+\.0 has not; it comes again after the next open, with the same id$/ });
  await until(() => errors.length >= 3);
  await first.close();
  await refused;
  assert.equal((seen as ReynoldsError).code, "RY2202");
  // The first attempts, and no word of handlers that the end has cut off.
  assert.ok(errors.every(({ message }) => message.startsWith("RY2212: `perform`")), `${errors}`);
  const left = first.broker.open().flatMap((entry) => (entry.effect.type === "act" ? [entry.effect.id] : []));
  assert.equal(left.length, 3);
  await using again = await open(journal.path, { ...options, resume() {} });
  await until(() => posts.length === 3);
  assert.deepEqual(posts.map(({ id }) => id).sort(), left.sort());
  assert.deepEqual(posts.map(({ redelivered }) => redelivered), [true, true, true]);
  await again.idle();
});

test("two hosts can not share a journal, and the second can have it after close", async () => {
  using journal = folder();
  const { options } = bot();
  const first = await open(journal.path, options);
  await assert.rejects(open(journal.path, options), { code: "RY2101" });
  await first.close();
  await using second = await open(journal.path, options);
  assert.equal(second.opened.fresh, false);
  await assert.rejects(first.submit({ type: "event", ...comment() }), { code: "RY2202" });
  await assert.rejects(first.handle(comment(), answer), { code: "RY2202" });
  await assert.rejects(first.snapshot(), { code: "RY2202" });
  await first.close();
});

test("options that can not be used are refused by name", async () => {
  const { options } = bot();
  for (const [path, wrong, says] of [
    ["x", { perform: undefined }, /^RY2206: `perform` must be a function, it is undefined/],
    ["x", { find: 5 }, /^RY2206: `find`/],
    ["", {}, /^RY2206: the path/],
    ["x", { name: "" }, /^RY2004: .*`name`/],
    ["x", { name: 5 }, /^RY2206: `name` must be a text, it is 5$/],
    ["x", { enforce: "block" }, /^RY1001: not a valid input: `config\.enforce`: unknown value `block`, expected one of `log`, `hold`, `deny`/],
    ["x", { rules: [{ id: "r", wen: {} }] }, /^RY1001: .*: `config\.rules\[0\]`: unknown field `wen`/],
    ["x", { rules: [{ id: "r", when: { kind: 5 } }] }, /^RY1001: .*: `config\.rules\[0\]\.when\.kind`: must be a pattern or a list of patterns, it is 5;/],
    ["x", { chain: { hop_limit: "5" } }, /^RY1001: .*: `config\.chain\.hop_limit`: must be a whole number from 0 to 65,535, it is the text "5";/],
    ["x", { actors: [] }, /^RY2206: `actors` must be an object/],
    ["x", { breaker: { cooldown_ms: 1.5 } }, /^RY1001: .*: `config\.breaker\.cooldown_ms`: must be a whole number from 0 to 2\^53 - 1, it is 1\.5;/],
    ["x", { rules: [{ id: "r", deterministic: "yes" }] }, /^RY1001: .*: `config\.rules\[0\]\.deterministic`: must be true or false, it is the text "yes";/],
    ["x", { chain: { budget: 0 } }, /^RY1014: .*budget/],
    ["x", { keys: [[1, 5]] }, /^RY2206: keys\[0\]/],
    ["x", { keys: [[1, ""]] }, /^RY2005: `keys`: the secret of key 1 has 0 of at least 14 bytes/],
    ["x", { keys: [[7, "x"]] }, /^RY2005: `keys`: the secret of key 7 has 1 of at least 14 bytes; take 32 random ones/],
    ["x", { self: ["mybot[bot]"] }, /^RY1014: configuration, self: `mybot\[bot\]` .* `github:mybot\[bot\]` for a GitHub App/],
    ["x", { actors: { "renovate[bot]": "bot" } }, /^RY1014: configuration, actors: `renovate\[bot\]` /],
  ] as const) {
    using journal = folder();
    const at = path && journal.path;
    await assert.rejects(open(at, { ...options, ...wrong } as never), (error: ReynoldsError) => {
      assert.ok(error instanceof ReynoldsError);
      assert.match(error.message, says);
      return true;
    });
    assert.ok(path === "" || !existsSync(`${at}/00000000000000000001.ryj`));
  }
});

test("another name than the journal's is refused", async () => {
  using journal = folder();
  const { options } = bot();
  await (await open(journal.path, options)).close();
  await assert.rejects(open(journal.path, { ...options, name: "other" }), { code: "RY2105" });
});

test("changed options are in force after the journal is opened again", async () => {
  using journal = folder();
  const { options } = bot();
  await (await open(journal.path, options)).close();
  const again = await open(journal.path, { ...options, enforce: "hold", chain: { hop_limit: 5 } });
  assert.equal(again.opened.config_differs, true);
  assert.deepEqual([again.broker.config().enforce, again.broker.config().chain?.hop_limit], ["hold", 5]);
  await again.close();
  const third = await open(journal.path, { ...options, enforce: "hold", chain: { hop_limit: 5 } });
  assert.equal(third.opened.config_differs, false);
  await third.close();
});

test("snapshots are stored by themselves, and the next start begins with one", async () => {
  using journal = folder();
  const { options } = bot({ snapshotEvery: 5 });
  const ry = await open(journal.path, options);
  for (let event = 0; event < 6; event++) await ry.handle(comment(), answer);
  await ry.idle();
  const digest = ry.broker.digest();
  await ry.close();
  assert.ok(readdirSync(journal.path).some((name) => name.endsWith(".rysnap")));
  await using again = await open(journal.path, options);
  assert.ok((again.opened.snapshot ?? 0) >= 5, JSON.stringify(again.opened));
  assert.equal(again.broker.digest(), digest);
});

test("close waits for what is under way, and stores its outcome", async () => {
  using journal = folder();
  const { options } = bot({
    async perform() {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return { type: "done", object: "github:comment/1" };
    },
  });
  const ry = await open(journal.path, options);
  const handled = ry.handle(comment(), answer);
  await until(() => ry.broker.open().length === 2);
  await ry.close();
  assert.equal(value(await handled).type, "done");
  await using again = await open(journal.path, options);
  assert.deepEqual(again.broker.open(), []);
});

test("close does not wait for ever, and what had not ended comes again", async () => {
  using journal = folder();
  const { options } = bot({ closeMs: 20, perform: () => new Promise<Performed>(() => {}) });
  const ry = await open(journal.path, options);
  const handled = ry.handle(comment(), answer);
  await until(() => ry.broker.open().length === 2);
  await ry.close();
  await assert.rejects(handled, { code: "RY2202" });
  const { options: better, posts } = bot({ resume: answer, find: () => null });
  await using again = await open(journal.path, better);
  await again.idle();
  assert.deepEqual(posts.map((post) => [post.id, post.redelivered]), [["3.0", true]]);
  assert.deepEqual(again.broker.open(), []);
});

test("what a listener throws does not stop the loop", async (context) => {
  const said = context.mock.method(console, "error", () => {});
  const { options } = bot({
    onDecision() {
      throw new Error("the log is full");
    },
  });
  await using ry = await open(":memory:", options);
  assert.equal(value(await ry.handle(comment(), answer)).type, "done");
  assert.ok(said.mock.callCount() > 0);
});

test("more than fits beside what waits for the disk is stored in turns, and nothing is refused", async () => {
  using journal = folder();
  const { options } = bot();
  await using ry = await open(journal.path, options);
  const text = "x".repeat(262_144);
  const decided = await Promise.all(Array.from({ length: 300 }, () => ry.submit({ type: "event", ...comment(), text })));
  assert.deepEqual([decided.length, ry.broker.status().durable], [300, 301]);
});

test("a flood of inputs does not end the loop", async () => {
  const { options } = bot();
  await using ry = await open(":memory:", options);
  const event = comment("again and again");
  const decided = await Promise.all(Array.from({ length: 150_000 }, () => ry.submit({ type: "event", ...event })));
  assert.equal(decided.at(-1)?.verdicts[0]?.type, "duplicate");
});

test("what is no event is refused by name, also in log mode; one without an id is handled there", async () => {
  for (const enforce of ["deny", "log"] as const) {
    const { options, posts, errors } = bot({ enforce });
    await using ry = await open(":memory:", options);
    for (const wrong of [undefined, null, 5, "x", []]) {
      await assert.rejects(ry.handle(wrong as never, answer), { code: "RY1001" }, `${enforce} ${JSON.stringify(wrong)}`);
    }
    await assert.rejects(ry.handle(comment(), undefined as never), { code: "RY2206" });
    const handled = ry.handle({ action: "created", subject: "github:acme/api#7" } as never, answer);
    if (enforce === "deny") await assert.rejects(handled, { code: "RY1001", message: /a reader makes one/ });
    else assert.equal(value(await handled).type, "done");
    assert.deepEqual([posts.length, errors.map(({ code }) => code)], enforce === "deny" ? [0, []] : [1, ["RY1001"]]);
  }
});

test("a listener that is async and rejects does not end the process", async () => {
  const said = mock.method(console, "error", () => {});
  try {
    await using ry = await open(":memory:", bot({
      onError: async () => {
        throw new Error("no such channel");
      },
      perform() {
        throw Object.assign(new Error("Not Found"), { status: 404 });
      },
    }).options);
    assert.equal(value(await ry.handle(comment(), answer)).type, "failed");
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    said.mock.restore();
  }
  assert.equal(said.mock.callCount(), 1);
});
