import assert from "node:assert/strict";
import { test } from "node:test";
import type { Turn } from "reynolds";
import { VirtualClock, World, type Reaction } from "reynolds/testing";

const ME = "github:triage[bot]";
const ISSUE = "github:acme/api#7";
const answer = (turn: Turn) => turn.send({ kind: "comment", subject: turn.subject, text: "@dependabot rebase" });

test("this bot and Dependabot do not loop", async () => {
  await using world = await World.open({ name: "triage", self: [ME] });
  world.bot((turn) => (turn.event.actor?.class === "bot" ? undefined : answer(turn)));
  world.other("github:dependabot[bot]", (post) => ({ subject: post.subject, text: "Rebased.", reply_to: post.id }));
  world.say("github:octocat", ISSUE, "Please update.");
  const run = await world.run();
  assert.ok(run.quiet);
  assert.deepEqual([...run.denied, ...run.held], []);
  assert.deepEqual(run.posts.map(({ by }) => by).filter((by) => by === ME), [ME]);
});

test("a world needs no name and an answer no subject, and what answers a post is seen to answer it", async () => {
  await using world = await World.open({ self: [ME] });
  world.bot((turn) => turn.send({ kind: "comment", text: "Hm.", ...(turn.event.object !== undefined && { reply_to: turn.event.object }) }));
  world.other("github:echo[bot]", (post) => (post.by === "github:octocat" ? "Seen." : null));
  const asked = world.say("github:octocat", ISSUE, "Go.");
  const run = await world.run({ posts: 3 });
  const ours = run.posts.find(({ by }) => by === ME)!;
  assert.deepEqual([ours.subject, ours.reply_to], [ISSUE, asked.id]);
  assert.equal(run.posts.find(({ by }) => by === "github:echo[bot]")?.text, "Seen.");
});

test("a loop is stopped with the reason, and the world tells where", async () => {
  await using world = await World.open({ name: "triage", self: [ME] });
  world.bot(answer);
  world.other("github:echo[bot]", (post) => (post.by === ME ? { subject: post.subject, text: "Again!", reply_to: post.id } : null));
  world.say("github:octocat", ISSUE, "Go.");
  const run = await world.run();
  assert.equal(run.quiet, true);
  assert.equal(run.denied[0]?.reason, "loop");
  assert.deepEqual(run.posts.slice(0, 3).map((post) => post.by), ["github:octocat", ME, "github:echo[bot]"]);
  assert.ok(run.posts.length < 20, `${run.posts.length} posts`);
});

test("a loop that waits for a person is told, although nothing is denied", async () => {
  await using world = await World.open({ self: [ME], enforce: "hold" });
  world.bot(answer);
  world.other("github:echo[bot]", (post) => (post.by === ME ? { subject: post.subject, text: "Again!", reply_to: post.id } : null));
  world.say("github:octocat", ISSUE, "Go.");
  const run = await world.run();
  assert.deepEqual(run.denied, []);
  const why = new Set(run.held.map((held) => held.why));
  assert.ok(why.has("repeats") && why.has("limit"), [...why].join());
  assert.equal(new Set(run.held.map(({ effect }) => effect)).size, run.held.length);
});

test("when a chain trips, its notice is performed where `breaker.notify` says", async () => {
  await using world = await World.open({ self: [ME], chain: { hop_limit: 3 }, breaker: { notify: "teams:oncall" } });
  world.bot(answer);
  world.other("github:echo[bot]", (post) => (post.subject === ISSUE && post.by === ME ? { ...post, text: "Again!", reply_to: post.id } : null));
  world.say("github:octocat", ISSUE, "Go.");
  const run = await world.run();
  assert.equal(run.denied[0]?.reason, "hop_limit");
  const notices = run.posts.filter(({ subject }) => subject === "teams:oncall");
  assert.deepEqual(notices.map(({ by }) => by), [ME]);
  assert.match(notices[0]!.text, /^Stopped at github:acme\/api#7: chain 2 would make automated hop 4/);
  assert.ok(run.quiet);
});

test("what is sent after a chain has tripped is told until when, and how to resume it", async () => {
  await using world = await World.open({ self: [ME], chain: { budget: 5 } });
  const told: string[] = [];
  world.bot(async (turn) => {
    for (const text of ["one", "two"]) {
      const sent = await turn.send({ kind: "comment", text });
      if (sent.type === "denied") told.push(sent.why);
    }
  });
  world.other("github:echo[bot]", (post) => (post.by === ME ? { subject: post.subject, text: "Again!", reply_to: post.id } : null));
  world.say("github:octocat", ISSUE, "Go.");
  await world.run();
  const tripped = told.find((why) => why.startsWith("tripped: "));
  assert.match(tripped ?? "", /^tripped: the emergency breaker is open: chain 2, .* `resume_chain`, or one effect may leave to try again, after 2025-01-01 0\d:\d\d:/);
});

test("in log mode the same loop goes on, and shows what would have been denied", async () => {
  await using world = await World.open({ name: "triage", self: [ME], enforce: "log" });
  world.bot((turn) => (turn.would ? undefined : answer(turn)));
  world.other("github:echo[bot]", (post) => (post.by === ME ? { subject: post.subject, text: "Again!", reply_to: post.id } : null));
  world.say("github:octocat", ISSUE, "Go.");
  const run = await world.run({ posts: 60 });
  assert.equal(run.quiet, false);
  assert.equal(run.denied[0]?.reason, "loop");
});

test("a loop through a bot that leaves no trace ends too, some rounds later", async () => {
  await using world = await World.open({ name: "triage", self: [ME] });
  world.bot(answer);
  world.other("github:echo[bot]", (post) => (post.by === ME ? { subject: post.subject, text: `Done at ${post.at}.` } : null));
  world.say("github:octocat", ISSUE, "Go.");
  const run = await world.run({ posts: 50 });
  assert.equal(run.quiet, true);
  assert.equal(run.denied[0]?.reason, "loop");
});

test("a handler that waits for something real gets it before virtual time goes on", async () => {
  await using world = await World.open({ name: "triage", self: [ME] });
  const before = world.clock.now();
  world.bot(async (turn) => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    await turn.send({ kind: "comment", subject: turn.subject, text: "Looked it up." });
  });
  world.say("github:octocat", ISSUE, "What is it?");
  const run = await world.run();
  assert.equal(run.posts[1]?.at, before + 1000);
});

test("an account may react later, but not with what is no reaction, and not never", async () => {
  const run = async (reaction: unknown) => {
    await using world = await World.open({ self: [ME] });
    world.patienceMs = 50;
    world.other("github:echo[bot]", reaction as Reaction);
    world.say("github:octocat", ISSUE, "Hello");
    return (await world.run()).posts.map(({ text }) => text);
  };
  const slowly: Reaction = async ({ by }) => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    return by === "github:octocat" ? "Seen." : undefined;
  };
  assert.deepEqual(await run(slowly), ["Hello", "Seen."]);
  for (const wrong of [() => 42, async () => ({ text: "to whom?" })]) {
    await assert.rejects(run(wrong), { code: "RY2206", message: /the reaction of `github:echo\[bot\]` returns must be a text/ });
  }
  await assert.rejects(run(() => new Promise(() => {})), { code: "RY2209", message: /a reaction of `other` has not ended within 50 ms/ });
});

test("a handler that never ends fails the test", async () => {
  await using world = await World.open({ self: [ME], closeMs: 1 });
  world.patienceMs = 50;
  world.bot(() => new Promise(() => {}));
  world.say("github:octocat", ISSUE, "Hello");
  await assert.rejects(world.run(), { code: "RY2209", message: /^RY2209: a handler has not ended within 50 ms, while virtual time stood still/ });
});

test("what is the world's own is not taken, and a world needs its bot's account", async () => {
  for (const name of ["perform", "find"]) {
    await assert.rejects(World.open({ self: [ME], [name]: () => null } as never), { code: "RY2206", message: /is the world's own/ });
  }
  for (const none of [undefined, {}, { self: [] }]) await assert.rejects(World.open(none as never), { code: "RY2206", message: /a world needs `self`/ });
});

test("what a handler throws fails the test", async () => {
  await using world = await World.open({ name: "triage", self: [ME] });
  world.bot(() => {
    throw new TypeError("a bug");
  });
  world.say("github:octocat", ISSUE, "Hello");
  await assert.rejects(world.run(), new TypeError("a bug"));
});

test("a virtual clock calls in order and only what was not called off", () => {
  const clock = new VirtualClock(1000);
  const called: string[] = [];
  clock.after(300, () => called.push(`b at ${clock.now()}`));
  clock.after(100, () => {
    called.push(`a at ${clock.now()}`);
    clock.after(50, () => called.push(`c at ${clock.now()}`));
  });
  clock.after(200, () => called.push("never"))();
  assert.equal(clock.next, 1100);
  clock.moveTo(1299);
  assert.deepEqual(called, ["a at 1100", "c at 1150"]);
  clock.moveTo(5000);
  assert.deepEqual(called, ["a at 1100", "c at 1150", "b at 1300"]);
  assert.equal(clock.now(), 5000);
});

test("a virtual clock shows whole milliseconds, whatever it is asked for", () => {
  const clock = new VirtualClock(1000);
  clock.after(250.25, () => {});
  assert.equal(clock.next, 1250);
});

test("a world closes also where its host is patient for longer than a minute", async () => {
  const world = await World.open({ self: [ME], closeMs: 100_000 });
  let begun = false;
  const event = { id: "d1", source: "github", kind: "issue_comment.created", subject: ISSUE };
  const handled = world.ry.handle(event, () => ((begun = true), new Promise(() => {})));
  while (!begun) await new Promise((resolve) => setTimeout(resolve, 1));
  void handled.catch(() => {});
  await world.close();
  assert.equal(world.ry.broker.open().length, 1);
});

test("after a handler has thrown the world goes on", async () => {
  await using world = await World.open({ self: [ME] });
  world.bot((turn) => {
    if (turn.event.text === "first") throw new Error("no such model");
    return answer(turn);
  });
  world.say("github:octocat", ISSUE, "first");
  await assert.rejects(world.run(), /no such model/);
  world.say("github:octocat", ISSUE, "second");
  assert.deepEqual((await world.run()).posts.map(({ by }) => by), ["github:octocat", "github:octocat", ME]);
});

test("a loop that waits for a person is quiet", async () => {
  await using world = await World.open({ self: [ME], enforce: "hold" });
  world.bot(answer);
  world.other("github:echo[bot]", (post) => (post.by === ME ? { subject: post.subject, text: "Again!", reply_to: post.id } : null));
  world.say("github:octocat", ISSUE, "Go.");
  const run = await world.run();
  assert.ok(run.quiet);
  assert.equal(run.held.at(-1)?.why, "limit");
});

test("people take their time, and bots do not", async () => {
  await using world = await World.open({ self: [ME] });
  world.bot((turn) => (turn.event.actor?.class === "bot" ? undefined : answer(turn)));
  for (const by of ["github:octocat", "github:ci[bot]"]) {
    world.other(by, (post) => (post.by === ME ? { subject: post.subject, text: "yes", reply_to: post.id } : null));
  }
  world.say("github:octocat", ISSUE, "Go?");
  const { posts } = await world.run({ posts: 8 });
  const at = new Map(posts.map((post) => [post.id, post.at]));
  const pauses = (who: string) => posts.filter(({ by, reply_to }) => by === who && reply_to).map((post) => post.at - at.get(post.reply_to!)!);
  assert.deepEqual([...new Set(pauses("github:ci[bot]"))], [1000]);
  const person = pauses("github:octocat");
  assert.ok(person.length > 1 && new Set(person).size === person.length && person.every((ms) => ms >= 21_000 && ms <= 61_000), person.join());
});

test("days pass where nothing happens", async () => {
  await using world = await World.open({ self: [ME] });
  world.bot(answer);
  const start = world.clock.now();
  world.say("github:octocat", ISSUE, "Monday");
  assert.equal((await world.wait(2 * 86_400_000)).posts.length, 2);
  assert.equal(world.clock.now(), start + 2 * 86_400_000);
});

test("what a world can not use is refused where it is said", async () => {
  await using world = await World.open({ self: [ME] });
  for (const [call, message] of [
    [() => world.bot("x" as never), /^RY2206: the handler of a world's `bot` must be a function, it is the text "x"/],
    [() => world.other("github:x", undefined as never), /^RY2206: the reaction of `github:x` must be a function, it is undefined/],
    [() => world.other("dependabot[bot]", () => {}), /^RY2206: an account has its platform in front, such as `github:dependabot\[bot\]`/],
    [() => world.say("octocat", ISSUE, "x"), /^RY2206: an account has its platform in front, such as `github:octocat`, it is the text "octocat"/],
    [() => world.say("github:octocat", "", "x"), /^RY2206: a subject has its platform in front/],
    [() => world.say("github:octocat", ISSUE, 5 as never), /^RY2206: what is said must be a text, it is 5/],
  ] as const) assert.throws(call, { code: "RY2206", message });
  assert.deepEqual(world.posts, []);
  await assert.rejects(world.run({ msec: 5 } as never), { code: "RY2206", message: /`run` has no limit `msec`, only `ms` and `posts`/ });
  for (const wrong of ["x", -1, NaN]) await assert.rejects(world.run({ ms: wrong } as never), { code: "RY2206", message: /`ms` must be a number/ });
  await assert.rejects(world.wait(undefined as never), { code: "RY2206" });
});

test("what is said for a tenant stays that tenant's, and the default one has all else", async () => {
  await using world = await World.open({ self: [ME] });
  const seen: Array<[string, string | undefined]> = [];
  world.bot((turn) => {
    seen.push([turn.event.actor!.id, turn.event.tenant]);
    if (turn.event.actor?.class !== "bot") return turn.send({ kind: "comment", text: "Look." });
  });
  world.other("github:text[bot]", (post) => (post.by === ME ? "Seen." : null));
  world.other("github:late[bot]", async (post) => (post.by === ME ? { subject: post.subject, text: "Noted.", reply_to: post.id } : null));
  for (const tenant of ["acme", "globex", undefined]) {
    seen.length = 0;
    const asked = world.say("github:octocat", ISSUE, "Go.", undefined, tenant);
    assert.equal(asked.tenant, tenant);
    const run = await world.run();
    const bots = ["github:late[bot]", "github:text[bot]", ME];
    assert.deepEqual(run.posts.slice(-3).map(({ by, tenant }) => [by, tenant]).sort(), bots.map((by) => [by, tenant]));
    assert.deepEqual(seen.slice(1).sort(), bots.slice(0, 2).map((by) => [by, tenant]));
  }
  // A stop of one is nobody else's.
  await world.ry.submit({ type: "command", do: { type: "stop_all" }, tenant: "acme" });
  for (const [tenant, answers] of [["acme", 0], ["globex", 1]] as const) {
    const before = world.posts.length;
    world.say("github:octocat", ISSUE, "Again.", undefined, tenant);
    assert.equal((await world.run()).posts.slice(before).filter(({ by }) => by === ME).length, answers);
  }
  assert.throws(() => world.say("github:octocat", ISSUE, "Go.", undefined, ""), { message: 'RY2206: a tenant must be a text that is not empty, it is the text ""' });
});
