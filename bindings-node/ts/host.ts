import { AsyncResource } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { Agents } from "./agents.js";
import type { EffectTurn, Opened, PlanResult } from "./answers.js";
import type { Broker } from "./broker.js";
import { Bypass } from "./bypass.js";
import { handlerOf } from "./check.js";
import { systemClock, type Clock } from "./clock.js";
import { configured, INLINE, marked, unmarked } from "./config.js";
import { notWhilePerforming, uncalled } from "./context.js";
import { Errands, passing } from "./errands.js";
import { closed, ReynoldsError } from "./errors.js";
import { describe, malformed, record, type Json } from "./json.js";
import { Mailbox } from "./mailbox.js";
import type { Handled, Handler, Options, Performed, Performing, Sent, Turn } from "./options.js";
import { says } from "./outcomes.js";
import { identity, Orphans } from "./orphans.js";
import { Own } from "./own.js";
import { Performer, type Answered } from "./performing.js";
import { Tenants } from "./places.js";
import { Plans, type About } from "./plans.js";
import { Results } from "./results.js";
import { away, Seats, type Seat } from "./seats.js";
import { Sending, type Sender } from "./sending.js";
import type { Storage } from "./storage.js";
import { atOnce, ENDS, turnOf, verdictOfHandle, type Facts } from "./turn.js";
import type { ActEffect, Decision, Effect, Event, HandleEffect, Input, Plan, PlanControl, Proposal } from "./types.js";

/** An event given to `handle`, until its handler has ended. */
interface Inline {
  handler: Handler;
  /** What whoever called `handle` has as its own, such as the request it serves: the handler begins on another's time, maybe. */
  caller: AsyncResource;
  /** What was decided about the event. */
  decision?: Decision;
  /** Set once the broker has handed the event over. */
  running?: Promise<unknown>;
}

/** A broker, its journal, and the loop around them. `open` makes one. */
export class Reynolds {
  /** The engine, for questions: `ry.broker.digest()`. Submit through this host instead, or nothing is stored. */
  readonly broker: Broker;
  /** What was found when the journal was opened. */
  readonly opened: Opened;
  /** Who does the tasks of plans in this process. */
  readonly agents: Agents;
  readonly #plans: Plans;
  readonly #options: Options;
  readonly #clock: Clock;
  readonly #mailbox: Mailbox;
  readonly #performer: Performer;
  readonly #errands: Errands;
  /** Knows of log mode, in which nothing may change for a living bot. A configuration can switch it on and off. */
  readonly #results: Results;
  readonly #bypass: Bypass;
  readonly #sending: Sending;
  readonly #inline = new Map<string, Inline>();
  readonly #orphans: Orphans;
  readonly #work = new Set<Promise<unknown>>();
  /** Questions that people are asked: to wait for them would be to wait for people. */
  readonly #asking = new Set<Promise<unknown>>();
  readonly #seats: Seats;
  #closing: Promise<void> | undefined;
  /** The patience of a host that closes is over: no handler begins any more. */
  #over = false;

  /** @internal */
  constructor(broker: Broker, storage: Storage, options: Options, opened: Opened) {
    this.broker = broker;
    this.opened = opened;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const trouble = (error: ReynoldsError) => this.#trouble(error);
    const tenants = new Tenants(broker.status().tenants);
    this.#performer = new Performer(options, this.#clock, trouble, tenants, (effect) => this.#turnOf(effect));
    this.#bypass = new Bypass(options.name, this.#performer);
    this.#mailbox = new Mailbox(broker, storage, this.#clock, {
      decided: (decision, input) => this.#decided(decision, input),
      released: (effect) => this.#released(effect),
      fatal: (error) => this.#fatal(error),
      trouble,
    }, options.snapshotEvery ?? 10_000, opened.snapshot);
    const submit = (input: Input, heard?: (decision: Decision) => void) => this.#mailbox.submit(input, heard);
    this.#errands = new Errands((letter) => this.#mailbox.post(letter), this.#clock, trouble);
    this.#results = new Results(this.#errands, options.enforce === "log", options.find !== undefined, trouble);
    const insist = (input: Input) => this.#errands.insist(input);
    this.#orphans = new Orphans(trouble);
    // In log mode a living bot handles as much at once as it ever did.
    this.#seats = new Seats({ most: options.maxHandlers ?? 100, unlimited: () => this.#results.logs, tenants, clock: this.#clock, trouble });
    const track = <T>(work: Promise<T>) => this.#track(work);
    const closing = () => this.#closing !== undefined;
    this.#sending = new Sending({ broker, mailbox: this.#mailbox, results: this.#results, bypass: this.#bypass, closing, trouble, track });
    const watched = <T>(work: Promise<T>) => this.#results.watched(work);
    const send = (proposal: Proposal, sender: Sender) => this.#sending.send(proposal, sender);
    this.agents = new Agents({ broker, clock: this.#clock, submit, insist, send, trouble, watched });
    this.#plans = new Plans({ broker, clock: this.#clock, submit: (input) => this.submit(input), insist, asks: options.ask, trouble });
    // Not before the caller has what `open` returns: `perform` may need it.
    setImmediate(() => this.#mailbox.start());
  }

  /**
   * Gives an event to host code, once: an event delivered again, or this bot's own doing come back, is not handled (in log
   * mode it is). Resolves when the handler has ended, and rejects with what it throws.
   *
   * @throws RY1xxx if the event can not be used. RY2202 if the host closes first: it comes again after the next open.
   */
  handle(event: Event, handler: Handler): Promise<Handled> {
    return this.#results.untilEnd(this.#handle(event, handler));
  }

  async #handle(event: Event, handler: Handler): Promise<Handled> {
    notWhilePerforming("handle");
    if (typeof handler !== "function") throw new ReynoldsError("RY2206: the second argument of `handle` must be a function");
    if (!record(event)) throw malformed(`\`event\` must be an event, it is ${describe(event)}; a reader makes one: \`github.event(...)\``);
    const key = identity(event);
    const inline: Inline = { handler, caller: new AsyncResource("reynolds.handle") };
    let first = false;
    let decision: Decision | undefined;
    try {
      if (this.#closing) throw closed();
      const input = marked(event);
      first = !this.#inline.has(key);
      if (first) this.#inline.set(key, inline);
      decision = await this.#mailbox.submit(input, (decided) => (inline.decision = decided));
    } catch (error) {
      if (this.#results.logs && !this.#closing) return this.#untracked(event, handler, error);
      throw error;
    } finally {
      if (first && !decision) this.#inline.delete(key);
    }
    const orphan = this.#orphans.of(key);
    if (orphan && !inline.running) {
      if (this.#over) throw closed();
      this.#orphans.take(key);
      inline.running = this.#track(this.#seats.run(orphan, (seat) => this.#run(orphan, handler, seat)));
    }
    if (inline.running) return { type: "handled", decision, value: await away(() => inline.running) };
    return this.#notHandled(event, handler, decision, first ? key : undefined);
  }

  /**
   * Submits any input. Resolves with what was decided, once that is durable.
   *
   * @throws RY1xxx: nothing changed and nothing was recorded.
   */
  submit(input: Json<Input>): Promise<Decision> {
    return this.#results.watched(this.#submit(input));
  }

  async #submit(input: Json<Input>): Promise<Decision> {
    if (this.#closing) throw closed();
    return this.#mailbox.submit(configured(input));
  }

  /**
   * Submits a plan, and resolves when it has ended, however: with each task by its name, and its `state`. A plan that was submitted
   * before, also by an earlier process, is not begun again; its end is waited for. Where its tasks are not the same, RY2206 is told to
   * `onError`. Called while a handler runs, its `cause` is the `handle` effect of that event, unless it has one or is of another tenant.
   *
   * @throws RY1001 and RY1017 for what is wrong with it, by name; RY2202 when the host closes before it has ended: it goes on then when
   *   the journal is opened again.
   */
  run(plan: Plan): Promise<PlanResult> {
    const run = async () => {
      notWhilePerforming("run");
      const caused = this.#seats.caused(plan);
      return away(() => this.#plans.run(caused));
    };
    return this.#results.watched(run());
  }

  /**
   * Where a plan stands, or with `task` one of its tasks, in words: also why it has not started, and why not this or that
   * agent. The same as data: `ry.broker.plan`, `task` and `choice`.
   */
  explain(about: About): string {
    return this.#plans.explain(about);
  }

  /**
   * Orders something about a plan: pause, resume, cancel, rerun, skip, pin, answer.
   *
   * @throws RY1018, RY1019, RY1021 if it is not possible now.
   */
  order(plan: string, order: PlanControl, tenant?: string): Promise<Decision> {
    return this.#plans.order(plan, order, tenant);
  }

  /**
   * Resolves when no handler runs, no effect is being performed, and everything decided is stored.
   *
   * @throws RY2210 in a handler, or while an effect is being performed: it would wait for itself.
   */
  async idle(): Promise<void> {
    notWhilePerforming("idle");
    this.#seats.notInside("idle");
    do {
      await this.#mailbox.settled();
      await Promise.allSettled(this.#work);
    } while (this.#work.size > 0 || !this.#mailbox.quiet);
  }

  /**
   * Stores a snapshot now: the last record in it. It is done by itself after every `snapshotEvery` records.
   *
   * @throws RY2104.
   */
  snapshot(): Promise<number> {
    return this.#results.watched(this.#closing ? Promise.reject(closed()) : this.#mailbox.snapshot());
  }

  /**
   * Takes nothing more, waits for handlers, effects and questions under way for at most `closeMs`, stores their outcomes, and
   * lets go of the journal. What had not ended comes again when the journal is opened.
   */
  async close(): Promise<void> {
    notWhilePerforming("close");
    await (this.#closing ??= this.#close());
  }

  /**
   * `await using ry = await open(...)` closes at the end of the block: with TypeScript, and from Node 24 on. Elsewhere
   * `try { ... } finally { await ry.close(); }`.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#errands.close();
    this.#results.isEnding();
    this.#plans.close();
    let stop = () => {};
    const patience = new Promise<void>((resolve) => (stop = this.#clock.after(this.#options.closeMs ?? 10_000, resolve)));
    let stopped = false;
    const agents = this.agents.close().finally(() => (stopped = true));
    const ended = (async () => {
      // What begins while agents take their time to stop, or while the last events are stored, has its time too.
      while (!stopped || this.#work.size + this.#asking.size > 0 || !this.#mailbox.quiet) {
        if (this.#work.size + this.#asking.size > 0) await Promise.allSettled([...this.#work, ...this.#asking]);
        else await (stopped ? this.#mailbox.settled() : agents);
      }
    })();
    await Promise.race([ended, patience]);
    stop();
    // What began now would be cut off, and happen again after the next open.
    this.#over = true;
    this.#seats.drop(closed());
    this.#performer.stop();
    await this.agents.kill();
    this.#performer.abort();
    await this.#mailbox.close(closed());
    this.#plans.giveUp(closed());
    await this.#results.end(closed());
  }

  #released(effect: Effect): void {
    if (this.#results.open.has(effect.id)) {
      // Its handler takes longer than `handle_due_ms`: say that it is still at it.
      if (effect.type === "handle" && !this.#orphans.has(effect, identity(effect.event))) this.#stillAtIt(effect);
      return;
    }
    this.#results.open.add(effect.id);
    if (effect.type === "handle") this.#handOver(effect);
    else if (effect.type === "act") void this.#track(this.#perform(effect));
    else if (effect.type === "ask") void this.#track(this.#pass(effect), this.#asking);
    else void this.#pass(effect);
  }

  /** What concerns plans. What an agent makes of it comes as its reports. */
  async #pass(effect: Exclude<Effect, ActEffect | HandleEffect>): Promise<void> {
    if (effect.type === "dispatch") {
      const delivered = await uncalled(() => this.agents.deliver(effect));
      return delivered && this.#report(effect, delivered);
    }
    // Who is asked while the host closes has no time to answer, and is asked again after the next open.
    if (effect.type === "ask" && this.#closing) return;
    if (effect.type === "ask") return this.#report(effect, await uncalled(() => this.#plans.ask(effect)));
    this.agents.tell(effect);
    await this.#report(effect, { type: "done" });
  }

  #report(effect: Effect, result: Performed): Promise<void> {
    return new Promise((ended) => this.#results.report(effect, result, "perform", ended));
  }

  #handOver(effect: HandleEffect): void {
    const known = this.#inline.get(identity(effect.event));
    const inline = effect.handler === INLINE ? known : undefined;
    if (this.#over) {
      if (inline) (inline.running = Promise.reject(closed())).catch(() => {});
      return;
    }
    const handler = effect.handler === INLINE ? (inline?.handler ?? this.#options.resume) : handlerOf(this.#options.handlers, effect.handler);
    if (!handler) return this.#orphans.add(effect, identity(effect.event));
    const running = this.#track(this.#seats.run(effect, (seat) => this.#run(effect, handler, seat, inline?.caller)));
    if (inline) inline.running = running;
    // What the end of the host cuts off has not gone wrong: it comes again.
    else running.catch((error) => this.#isCutOff(error) || this.#trouble(thrown(effect, error)));
  }

  #isCutOff(error: unknown): boolean {
    if (error !== undefined && error === this.#seats.why) return true;
    return this.#closing !== undefined && (error as ReynoldsError | undefined)?.code === "RY2202";
  }

  /**
   * Something is happening now: no time has to pass for it.
   * @internal
   */
  get active(): boolean {
    return this.#seats.running > 0 || !this.#mailbox.quiet;
  }

  /** Runs host code for an event, and answers the effect that asked for it. */
  async #run(effect: HandleEffect, handler: Handler, seat: Seat, caller?: AsyncResource): Promise<unknown> {
    const { event, chain, redelivered } = effect;
    const echo = this.#inline.get(identity(event))?.decision?.verdicts.some((verdict) => verdict.type === "echo");
    const facts = { chain, redelivered, ...(echo && { would: "echo" as const }) };
    const own = new Own("handler");
    const sender: Sender = { call: "turn.send", cause: effect.id, tenant: effect.tenant, more: true, own };
    const send = (proposal: Proposal) => seat.sends(() => this.#sending.send(proposal, sender));
    const turn = this.#turn(unmarked(event), facts, own, send);
    try {
      const run = () => seat.within(() => handler(turn));
      const value = await (caller ? caller.runInAsyncScope(run) : run());
      // It has ended: others need not wait until that is stored.
      seat.leave();
      await this.#handled(effect);
      return value;
    } catch (error) {
      // Who is cut off by the end of the host has not failed: the event comes again.
      if (!this.#isCutOff(error)) await this.#report(effect, { type: "failed", reason: says(error) });
      throw error;
    } finally {
      seat.end();
      this.#inline.delete(identity(event));
    }
  }

  #turn(event: Event, facts: Facts, own: Own, send: (proposal: Proposal) => Promise<Sent>): Turn {
    return turnOf(event, facts, (proposal) => this.#results.watched(own.send(proposal, () => send(proposal))));
  }

  #perform(effect: ActEffect): Promise<void> {
    const performing: Performing = { ...effect, idempotency_key: `${this.#options.name}/${effect.id}` };
    return new Promise((over) => {
      const ended = (answered: Answered | undefined) => {
        if (answered) return this.#results.report(effect, answered.result, answered.by, over);
        // Should it leave again, it is begun again.
        this.#results.open.delete(effect.id);
        over();
      };
      this.#performer.perform(performing, ended, (result) => this.#results.report(effect, result, "perform", () => {}));
    });
  }

  /** A person may have stopped it while it waited here, or its time is over. */
  #turnOf({ id, tenant }: Performing): EffectTurn {
    try {
      return this.broker.turn(id, this.#clock.now(), tenant);
    } catch {
      // Who can not be asked, as where the time is none, keeps nothing back that was released.
      return "perform";
    }
  }

  /** Says that a handler takes longer. */
  #stillAtIt(effect: HandleEffect): void {
    this.#mailbox.post({ input: answer(effect, true), resolve: () => {}, reject: (error) => this.#notTaken(error) });
  }

  /** Says that a handler has ended. Whoever has called `handle` need not wait until that is taken: where it never will be, the event comes again. */
  #handled(effect: HandleEffect): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => void this.#results.open.delete(effect.id);
      const lost = (error: unknown) => {
        end();
        this.#notTaken(error);
        if ((error as ReynoldsError).code === "RY2202" || (this.#closing && passing(error))) reject(closed());
        else resolve();
      };
      this.#errands.run({ input: answer(effect, false), heard: end, putOff: resolve, resolve: () => resolve(), reject: lost });
    });
  }

  #notTaken(error: unknown): void {
    const { code } = error as ReynoldsError;
    if (code !== "RY1010" && code !== "RY2202" && !passing(error)) this.#trouble(error as ReynoldsError);
  }

  #decided(decision: Decision, input: Json<Input> | undefined): void {
    if (record(input) && input["type"] === "configure") {
      this.#results.logs = this.broker.config().enforce === "log";
      this.#seats.fill();
    }
    this.#plans.decided(decision);
    this.agents.decided(decision);
    for (const verdict of decision.verdicts) {
      const why = ENDS[verdict.type];
      if (why && "effect" in verdict) this.#results.tell(verdict.effect, { type: "failed", effect: verdict.effect, why });
    }
    this.#safely(() => this.#options.onDecision?.(decision, input));
  }

  #notHandled(event: Event, handler: Handler, decision: Decision, key: string | undefined): Handled | Promise<Handled> {
    const verdict = verdictOfHandle(decision);
    const duplicate = decision.verdicts.find((verdict) => verdict.type === "duplicate");
    if (duplicate && this.#results.logs && this.#over) throw closed();
    if (duplicate && this.#results.logs) return this.#again(event, handler, decision);
    if (verdict?.type !== "held" && key) this.#inline.delete(key);
    if (duplicate) return { type: "duplicate", decision, why: `delivered before, in record ${duplicate.of}` };
    const echo = decision.verdicts.find((verdict) => verdict.type === "echo");
    if (echo) return { type: "echo", decision, why: `this bot's own doing, in chain ${echo.chain}` };
    const answer = atOnce(verdict, () => this.#sending.tripped(event.tenant));
    if (answer?.type === "held") return { type: "held", decision, why: answer.why };
    return { type: "denied", decision, why: answer && "why" in answer ? answer.why : "nothing was decided about it" };
  }

  /** Log mode: a living bot would handle what is delivered again, so it does. */
  async #again(event: Event, handler: Handler, decision: Decision): Promise<Handled> {
    this.#inline.delete(identity(event));
    const suffix = `~${decision.seq}.${this.#clock.now()}`;
    const own = new Own("handler");
    const sender: Sender = { call: "turn.send", cause: event.id, tenant: event.tenant, more: false, own };
    const send = (proposal: Proposal) => {
      if (!record(proposal)) return this.#sending.send(proposal, sender);
      const key = proposal.key === undefined ? `~${randomUUID()}` : `${proposal.key}${suffix}`;
      return this.#sending.send({ ...proposal, key }, sender);
    };
    const turn = this.#turn(event, { chain: decision.chain ?? "", redelivered: false, would: "duplicate" }, own, send);
    return { type: "handled", decision, value: await this.#track(Promise.resolve(handler(turn))) };
  }

  /** Log mode: where the broker itself is the trouble, the bot goes on without it. */
  async #untracked(event: Event, handler: Handler, error: unknown): Promise<Handled> {
    this.#trouble(error as ReynoldsError);
    const send = (proposal: Proposal) => this.#bypass.send(event.id ?? "", proposal, event.tenant);
    const turn = this.#turn(event, { chain: "0", redelivered: false }, new Own("handler"), send);
    const decision: Decision = { seq: 0, verdicts: [] };
    return { type: "handled", decision, value: await this.#track(Promise.resolve(handler(turn))) };
  }

  #fatal(error: ReynoldsError): void {
    this.#trouble(error);
    // In log mode everything leaves still, and says how it went.
    if (!this.#results.logs) {
      this.#performer.stop();
      // Another object than who has begun hears of: that has failed.
      this.#seats.drop(new ReynoldsError(error.message, { cause: error }));
    }
    this.#results.giveUp(error, this.#results.logs ? this.#results.open : undefined);
    this.#plans.giveUp(error);
  }

  #track<T>(work: Promise<T>, among = this.#work): Promise<T> {
    among.add(work);
    const forget = () => void among.delete(work);
    work.then(forget, forget);
    return work;
  }

  #trouble(error: ReynoldsError): void {
    this.#safely(() => (this.#options.onError ? this.#options.onError(error) : console.error(error.message)));
  }

  /** What the host's own listeners throw, at once or later, must not stop the loop, nor end the process. */
  #safely(call: () => unknown): void {
    try {
      const said = call() as PromiseLike<unknown> | undefined;
      if (typeof said?.then === "function") said.then(undefined, (error: unknown) => console.error(error));
    } catch (error) {
      console.error(error);
    }
  }
}

/** Answers a handler call: with nothing more to come, or to say that it is still being worked on. */
function answer({ id, tenant }: HandleEffect, more: boolean): Input {
  return { type: "propose", cause: id, effects: [], ...(more && { more }), ...(tenant !== undefined && { tenant }) };
}

function thrown(effect: HandleEffect, error: unknown): ReynoldsError {
  return new ReynoldsError(`RY2212: the handler \`${effect.handler}\` of effect ${effect.id} has thrown: ${says(error)}`, { cause: error });
}
