/**
 * A test kit for bots: a clock that can be moved, and a platform in memory on which several bots and people write.
 *
 * ```ts
 * test("this bot and Dependabot do not loop", async () => {
 *   const world = await World.open({ self: ["github:triage[bot]"] });
 *   world.bot(answer); // your handler
 *   world.other("github:dependabot[bot]", (post) => ({ subject: post.subject, text: `> ${post.text}\n\nRebased.` }));
 *   world.say("github:octocat", "github:acme/api#7", "Please update.");
 *   const run = await world.run();
 *   assert.ok(run.quiet); // it ends,
 *   assert.deepEqual([...run.denied, ...run.held], []); // and not because reynolds had to stop it
 *   await world.close();
 * });
 * ```
 *
 * reynolds sees another bot's answer as one when it carries our token, names our post in `reply_to`, or repeats our text. From
 * a bot that does none of these it infers so by habit, and the loop ends some rounds later. `quiet` says whether it did.
 */
import { nearest } from "./check.js";
import type { Clock } from "./clock.js";
import { ReynoldsError } from "./errors.js";
import { Reynolds } from "./host.js";
import { describe, record } from "./json.js";
import { addon } from "./native.js";
import { open } from "./opening.js";
import type { Handler, Options, Performed, Performing } from "./options.js";
import { github } from "./readers.js";
import type { Decision, Denial, Event, HeldVerdict } from "./types.js";

/** From one pause of a person to the next: they differ, and no two of a dozen are alike. */
const STRIDE_MS = 7919;

function wrong(what: string): ReynoldsError {
  return new ReynoldsError(`RY2206: ${what}`);
}

/** Nothing in the configuration would ever mean what has no platform in front. */
function needsPlatform(what: string, value: unknown, example: string): void {
  if (typeof value === "string" && /^[^:]+:./s.test(value)) return;
  throw wrong(`${what} has its platform in front, such as \`${example}\`, it is ${describe(value)}`);
}

function needsFunction(what: string, value: unknown): void {
  if (typeof value !== "function") throw wrong(`${what} must be a function, it is ${describe(value)}`);
}

function isBot(account: string): boolean {
  return account.endsWith("[bot]");
}

/** A clock that stands still until it is moved. */
export class VirtualClock implements Clock {
  #now: number;
  #timers: Array<{ at: number; call: () => void }> = [];

  /** Starts at `now`, in milliseconds since 1970. */
  constructor(now = Date.UTC(2025, 0, 1)) {
    this.#now = now;
  }

  /** The time it shows. */
  now(): number {
    return this.#now;
  }

  /** Calls back when it was moved far enough. */
  after(ms: number, call: () => void): () => void {
    // In whole milliseconds: the broker knows no others.
    const timer = { at: this.#now + Math.max(Math.round(ms), 0), call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** When the next timer is due; `undefined` if there is none. */
  get next(): number | undefined {
    return this.#timers.reduce<number | undefined>((first, { at }) => Math.min(first ?? at, at), undefined);
  }

  /** Moves to a time, and calls what is due until then, in order. */
  moveTo(time: number): void {
    // The broker knows whole milliseconds alone.
    const end = Math.floor(time);
    for (let due = this.next; due !== undefined && due <= end; due = this.next) {
      this.#now = Math.max(this.#now, due);
      const timer = this.#timers.find(({ at }) => at === due)!;
      this.#timers = this.#timers.filter((other) => other !== timer);
      timer.call();
    }
    this.#now = Math.max(this.#now, end);
  }
}

/** Something written on the virtual platform. */
export interface Post {
  /** `github:comment/1`, and so on. */
  id: string;
  /** Who wrote it. */
  by: string;
  /** Where. */
  subject: string;
  /** The text, with the marker a bot of reynolds hides in it. */
  text: string;
  /** The post it answers, where the platform has threads. */
  reply_to?: string;
  /** Whose it is, where the bot serves many. */
  tenant?: string;
  /** When, in milliseconds since 1970. */
  at: number;
}

/**
 * What another account does about a post by somebody else: what it writes, or its text alone, on the same subject. Nothing: it keeps quiet.
 * What it writes is of the post's tenant.
 */
export type Reaction = (post: Post) => Reply | Promise<Reply>;

/** What a reaction returns. */
export type Reply = string | { subject: string; text: string; reply_to?: string } | undefined | null | void;

/** How a run ended. */
export interface Run {
  /**
   * Nothing more was going to happen, unless a person releases what is held for one. `false`: it was still going on after `posts` posts,
   * or at the end of the time.
   */
  quiet: boolean;
  /** All that was written, in order. */
  posts: Post[];
  /** What reynolds denied, or in log mode would have. */
  denied: Denial[];
  /**
   * What reynolds kept back, for a person or because it repeats itself: what was said last of each effect, also where it has left since.
   * With `enforce: "hold"` a loop waits so for a person, and is denied only when its time is over.
   */
  held: HeldVerdict[];
}

/** A virtual world: your bot, other bots, and people, on one platform, in virtual time. */
export class World {
  /** The time. */
  readonly clock: VirtualClock;
  /** The host under test, over a journal in memory. */
  readonly ry: Reynolds;
  /** All that was written, in order. */
  readonly posts: Post[] = [];
  /** All that was decided, in order. */
  readonly decisions: Decision[] = [];
  /** How long the platform takes to tell of a post, in milliseconds. */
  delayMs = 1000;
  /**
   * How long a person takes to react, at least and at most, after the platform has told of a post: in milliseconds. It differs from post
   * to post, and is the same in each run.
   */
  paceMs: [least: number, most: number] = [20_000, 60_000];
  /** How long a handler or a reaction may really take, in milliseconds, while virtual time stands still: then `run` throws RY2209. */
  patienceMs = 30_000;
  #handler: Handler | undefined;
  #others = new Map<string, Reaction>();
  #due: Array<{ at: number; call: () => void | Promise<void> }> = [];
  #failed: unknown;
  readonly #self: string;

  private constructor(ry: Reynolds, clock: VirtualClock, self: string) {
    [this.ry, this.clock, this.#self] = [ry, clock, self];
  }

  /** A world around a host with these options. `perform` and `find` are the world's; its `name` is `world`, if nothing else is said. */
  static async open(options: Omit<Options, "name" | "perform" | "find" | "clock"> & { name?: string; clock?: VirtualClock }): Promise<World> {
    if (!record(options) || options.self === undefined) throw new ReynoldsError("RY2206: a world needs `self`: the account your bot writes as");
    for (const name of ["perform", "find"]) {
      if (name in options) throw new ReynoldsError(`RY2206: \`${name}\` is the world's own: it writes and finds posts`);
    }
    const clock = options.clock ?? new VirtualClock();
    const self = options.self[0];
    if (self === undefined) throw new ReynoldsError("RY2206: a world needs `self`: the account your bot writes as");
    const ry = await open(":memory:", {
      name: "world",
      keys: [[1, "the virtual world's"]],
      // The same world each time.
      seed: 0,
      ...options,
      clock,
      perform: (effect) => world.#perform(effect),
      find: (effect) => world.#find(effect),
      onDecision(decision, input) {
        world.decisions.push(decision);
        options.onDecision?.(decision, input);
      },
    });
    const world: World = new World(ry, clock, self);
    return world;
  }

  /** Your bot's handler: it gets every post, as `ry.handle` would. Without it, the rules in the options do all. */
  bot(handler: Handler): void {
    needsFunction("the handler of a world's `bot`", handler);
    this.#handler = handler;
  }

  /**
   * Another account, and what it does about posts of others. One whose name ends in `[bot]` reacts at once, all others are people, with a
   * person's pace (`paceMs`).
   */
  other(account: string, reaction: Reaction): void {
    needsPlatform("an account", account, "github:dependabot[bot]");
    needsFunction(`the reaction of \`${account}\``, reaction);
    this.#others.set(account, reaction);
  }

  /** An account writes something. The world hears of it when it runs. Without a `tenant`, it is the default one's. */
  say(by: string, subject: string, text: string, reply_to?: string, tenant?: string): Post {
    needsPlatform("an account", by, "github:octocat");
    needsPlatform("a subject", subject, "github:acme/api#7");
    if (typeof text !== "string") throw wrong(`what is said must be a text, it is ${describe(text)}`);
    if (tenant !== undefined && (typeof tenant !== "string" || tenant === "")) {
      throw wrong(`a tenant must be a text that is not empty, it is ${describe(tenant)}`);
    }
    const id = `${subject.split(":")[0]}:comment/${this.posts.length + 1}`;
    const whose = { ...(reply_to !== undefined && { reply_to }), ...(tenant !== undefined && { tenant }) };
    const post: Post = { id, by, subject, text, at: this.clock.now(), ...whose };
    this.posts.push(post);
    this.#later(() => this.#deliver(post));
    for (const [account, reaction] of this.#others) {
      if (account === by) continue;
      this.#later(() => {
        const reply = reaction(post);
        if (typeof (reply as Promise<Reply> | undefined)?.then !== "function") return this.#answers(account, post, reply as Reply);
        return this.#patiently((reply as Promise<Reply>).then((late) => this.#answers(account, post, late)));
      }, this.#pause(account));
    }
    return post;
  }

  /**
   * Lets time pass until nothing more happens, at most `ms` (one day), and no further than until `posts` posts (200) were written: what
   * is under way at that moment is written too.
   *
   * @throws what your handler threw; RY2209 if it, or a reaction, does not end. RY2206 for limits that are none.
   */
  async run(limits: { ms?: number; posts?: number } = {}): Promise<Run> {
    if (!record(limits)) throw wrong(`the limits must be \`{ ms, posts }\`, they are ${describe(limits)}`);
    for (const [name, value] of Object.entries(limits)) {
      if (name !== "ms" && name !== "posts") {
        const meant = nearest(name, ["ms", "posts"]);
        throw wrong(`\`run\` has no limit \`${name}\`, only \`ms\` and \`posts\`${meant === undefined ? "" : `; \`${meant}\` is meant, perhaps`}`);
      }
      if (value === undefined || (typeof value === "number" && value >= 0)) continue;
      throw wrong(`\`${name}\` must be a number, 0 or more, it is ${describe(value)}`);
    }
    const end = this.clock.now() + (limits.ms ?? 86_400_000);
    const most = this.posts.length + (limits.posts ?? 200);
    let quiet = false;
    for (;;) {
      await this.#settle();
      if (this.#failed !== undefined) {
        // It is said once: the world goes on.
        const failed = this.#failed;
        this.#failed = undefined;
        throw failed;
      }
      if (this.posts.length >= most) break;
      const next = Math.min(this.clock.next ?? Infinity, ...this.#due.map(({ at }) => at));
      quiet = next === Infinity;
      if (quiet || next > end) {
        // What is held for a person is decided by nobody here: only its time, which may be a week, would end that.
        quiet ||= this.#due.length === 0 && this.#waitsForPerson(end);
        break;
      }
      this.clock.moveTo(next);
      const now = this.#due.filter(({ at }) => at <= next);
      this.#due = this.#due.filter(({ at }) => at > next);
      for (const { call } of now) {
        // What happens at one moment begins at once, but for what has to be waited for.
        const pending = call();
        if (pending) await pending;
      }
    }
    return { quiet, posts: [...this.posts], denied: this.#denied(), held: this.#held() };
  }

  /** Lets so much time pass, whatever happens in it or not: days between two posts, for example. */
  async wait(ms: number): Promise<Run> {
    if (typeof ms !== "number" || !(ms >= 0)) throw wrong(`\`ms\` must be a number, 0 or more, it is ${describe(ms)}`);
    const end = this.clock.now() + ms;
    const run = await this.run({ ms });
    if (this.clock.now() >= end) return run;
    this.clock.moveTo(end);
    return this.run({ ms: 0 });
  }

  /** Closes the host. */
  async close(): Promise<void> {
    let over = false;
    const closed = this.ry.close().finally(() => (over = true));
    closed.catch(() => {});
    // Its patience is measured by a clock that nobody moves now.
    while (!over) {
      this.clock.moveTo(this.clock.now() + 60_000);
      await new Promise<void>((resolve) => setTimeout(resolve, 1));
    }
    await closed;
  }

  /**
   * `await using world = await World.open(...)` closes at the end of the block: with TypeScript, and from Node 24 on. Elsewhere
   * `try { ... } finally { await world.close(); }`.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Is something held until a person releases it, and does all else rest until `end`? */
  #waitsForPerson(end: number): boolean {
    const held = new Map<string, HeldVerdict>();
    for (const { verdicts } of this.decisions) {
      for (const verdict of verdicts) {
        if (verdict.type === "held") held.set(verdict.effect, verdict);
        else if ("effect" in verdict && typeof verdict.effect === "string") held.delete(verdict.effect);
      }
    }
    const all = [...held.values()];
    return all.length > 0 && all.every(({ until, why }) => until > end && (why === "limit" || why === "behind"));
  }

  #denied(): Denial[] {
    return this.decisions.flatMap(({ verdicts }) => verdicts.flatMap((verdict) => {
      if (verdict.type === "denied") return [verdict];
      return verdict.type === "admitted" && verdict.would ? [verdict.would] : [];
    }));
  }

  #held(): HeldVerdict[] {
    const found = new Map<string, HeldVerdict>();
    for (const { verdicts } of this.decisions) for (const verdict of verdicts) if (verdict.type === "held") found.set(verdict.effect, verdict);
    return [...found.values()];
  }

  #answers(account: string, post: Post, reply: Reply): void {
    if (typeof reply === "string") return void this.say(account, post.subject, reply, undefined, post.tenant);
    if (reply === undefined || reply === null) return;
    if (!record(reply) || typeof reply["subject"] !== "string" || typeof reply["text"] !== "string") {
      const what = `what the reaction of \`${account}\` returns must be a text, { subject, text } or nothing`;
      throw new ReynoldsError(`RY2206: ${what}, it is ${describe(reply)}`);
    }
    this.say(account, reply.subject, reply.text, reply.reply_to, post.tenant);
  }

  async #patiently(reaction: Promise<void>): Promise<void> {
    let stop: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      stop = setTimeout(() => reject(this.#tooLate("a reaction of `other`")), this.patienceMs);
    });
    await Promise.race([reaction, late]).finally(() => clearTimeout(stop));
  }

  #tooLate(what: string): ReynoldsError {
    const why = `${what} has not ended within ${this.patienceMs} ms, while virtual time stood still; make it faster, or raise \`patienceMs\``;
    return new ReynoldsError(`RY2209: ${why}`);
  }

  #later(call: () => void | Promise<void>, ms = 0): void {
    this.#due.push({ at: this.clock.now() + Math.round(this.delayMs) + ms, call });
  }

  /** A bot answers at once. A person who did would be taken for one: nobody types so fast, nor always equally fast. */
  #pause(account: string): number {
    const [least, most] = this.paceMs;
    return isBot(account) ? 0 : least + ((this.posts.length * STRIDE_MS) % Math.max(most - least, 1));
  }

  #deliver(post: Post): void {
    const token = addon.findToken(post.text);
    const event: Event = {
      id: `delivery-${post.id}`,
      source: "github",
      kind: "issue_comment.created",
      subject: post.subject,
      object: post.id,
      actor: { id: post.by, class: isBot(post.by) ? "bot" : "human" },
      text: post.text,
      ...(post.reply_to !== undefined && { reply_to: post.reply_to }),
      ...(post.tenant !== undefined && { tenant: post.tenant }),
      ...(token !== null && { token }),
    };
    const done = this.#handler ? this.ry.handle(event, this.#handler) : this.ry.submit({ type: "event", ...event });
    done.catch((error: unknown) => (this.#failed ??= error));
  }

  #perform(effect: Performing): Performed {
    const post = this.say(this.#self, effect.subject, github.mark(effect), effect.reply_to, effect.tenant);
    return { type: "done", object: post.id };
  }

  #find(effect: Performing): Performed | null {
    const post = this.posts.find(({ text, tenant }) => tenant === effect.tenant && github.marked(text, effect));
    return post ? { type: "done", object: post.id } : null;
  }

  /** Until nothing happens any more at this moment of virtual time. What a handler really waits for, it gets. */
  async #settle(): Promise<void> {
    const end = performance.now() + this.patienceMs;
    for (let still = 0; still < 2; still++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      while (this.ry.active) {
        still = 0;
        if (performance.now() > end) throw this.#tooLate("a handler");
        await new Promise<void>((resolve) => setTimeout(resolve, 1));
      }
    }
  }
}
