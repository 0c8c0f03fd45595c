import { Agents } from "./agents.js";
import type { Opened, PlanResult } from "./answers.js";
import { Broker } from "./broker.js";
import { systemClock, type Clock } from "./clock.js";
import { configOf, INLINE, MARK } from "./config.js";
import { ReynoldsError } from "./errors.js";
import { encode, type Json } from "./json.js";
import { Mailbox } from "./mailbox.js";
import type { Handled, Handler, Options, Performed, Performing, Sent, Turn } from "./options.js";
import { notWhilePerforming, outcomeOf, Performer, says } from "./performing.js";
import { Plans, type About } from "./plans.js";
import { fileStorage, memoryStorage, type Storage } from "./storage.js";
import { atOnce, turnOf, verdictOf } from "./turn.js";
import type { ActEffect, Decision, Effect, Event, HandleEffect, Input, Outcome, Plan, PlanControl, Proposal, Verdict } from "./types.js";

/** An event given to `handle`, until its handler has ended. */
interface Inline {
  handler: Handler;
  /** What was decided about the event. */
  decision?: Decision;
  /** Set once the broker has handed the event over. */
  running?: Promise<unknown>;
}

/**
 * Opens the journal folder `path`, or begins a new one, and the loop around it: decide, store, perform, report, wake.
 * What was under way when the journal was last used is looked for and taken up again.
 *
 * One process owns a journal, until `close`. `":memory:"` is a journal that nothing survives, for tests.
 *
 * @throws RY2101 if the journal is open already, RY2102 to RY2107 and RY3xxx if it can not be read, RY2105 for another name,
 *   RY1001 and RY1014 for options that can not be used.
 */
export async function open(path: string, options: Options): Promise<Reynolds> {
  for (const name of ["perform", "find", "resume", "ask", "onDecision", "onError"] as const) {
    const given = (options as unknown as Record<string, unknown> | undefined)?.[name];
    if (typeof given !== "function" && (given !== undefined || name === "perform")) {
      throw new ReynoldsError(`RY2206: \`${name}\` must be a function, it is ${typeof given}`);
    }
  }
  if (typeof path !== "string" || path === "") throw new ReynoldsError("RY2206: the path must be a folder's, or \":memory:\"");
  const config = configOf(options);
  const genesis = encode({ name: options.name, seed: options.seed ?? 0, config, at: 0 }, "options");
  if (path === ":memory:") {
    const broker = new Broker(genesis, options.keys);
    return new Reynolds(broker, memoryStorage(broker), options, { fresh: true, last: 1, replayed: 0, config_differs: false });
  }
  const broker = await Broker.open(path, genesis, options.keys);
  const opened = broker.opened!;
  const storage = fileStorage(broker);
  try {
    if (opened.config_differs) {
      broker.submit((options.clock ?? systemClock).now(), { type: "configure", config });
      await storage.commit();
    }
  } catch (error) {
    storage.close();
    throw error;
  }
  return new Reynolds(broker, storage, options, opened);
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
  /** Effects with the host. A second release of one changes nothing. */
  readonly #open = new Set<string>();
  /** Who waits for the end of an effect. */
  readonly #waiting = new Map<string, (sent: Sent) => void>();
  readonly #inline = new Map<string, Inline>();
  /** Events whose handler is gone: they wait for their platform to deliver them again. */
  readonly #orphans = new Map<string, HandleEffect>();
  readonly #work = new Set<Promise<unknown>>();
  /** Handlers that run, and do not just wait for what they sent. */
  #running = 0;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(broker: Broker, storage: Storage, options: Options, opened: Opened) {
    this.broker = broker;
    this.opened = opened;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#performer = new Performer(options, this.#clock, (error) => this.#trouble(error));
    this.#mailbox = new Mailbox(broker, storage, this.#clock, {
      decided: (decision, input) => this.#decided(decision, input),
      released: (effect) => this.#released(effect),
      fatal: (error) => this.#fatal(error),
      trouble: (error) => this.#trouble(error),
    }, options.snapshotEvery ?? 10_000);
    const submit = (input: Input) => this.#mailbox.submit(input);
    const trouble = (error: ReynoldsError) => this.#trouble(error);
    this.agents = new Agents({ broker, clock: this.#clock, submit, trouble });
    this.#plans = new Plans(broker, (input) => this.submit(input), options.ask, trouble);
    // Not before the caller has what `open` returns: `perform` may need it.
    setImmediate(() => this.#mailbox.start());
  }

  /**
   * Gives an event to host code, once: an event delivered again, or this bot's own doing come back, is not handled (in log
   * mode it is). Resolves when the handler has ended, and rejects with what it throws.
   *
   * @throws RY1xxx if the event can not be used.
   */
  async handle(event: Event, handler: Handler): Promise<Handled> {
    notWhilePerforming("handle");
    if (typeof handler !== "function") throw new ReynoldsError("RY2206: the second argument of `handle` must be a function");
    if (event === null || typeof event !== "object" || typeof event.id !== "string") {
      throw new ReynoldsError("RY1001: not a valid input: `event` must be an event with an `id`; a reader makes one: `github.event(...)`");
    }
    const attributes = { ...event.attributes, [MARK]: INLINE };
    const key = identity(event);
    const inline: Inline = { handler };
    const first = !this.#inline.has(key);
    if (first) this.#inline.set(key, inline);
    let decision: Decision;
    try {
      if (this.#closing) throw closed();
      const input: Input = { ...event, type: "event", attributes };
      decision = await this.#mailbox.submit(input, (decided) => (inline.decision = decided));
    } catch (error) {
      if (first) this.#inline.delete(key);
      if (this.#options.enforce === "log" && !this.#closing) return this.#untracked(event, handler, error);
      throw error;
    }
    const orphan = this.#orphans.get(key);
    if (orphan && !inline.running) {
      this.#orphans.delete(key);
      inline.running = this.#track(this.#run(orphan, handler));
    }
    if (inline.running) return { type: "handled", decision, value: await inline.running };
    return this.#notHandled(event, handler, decision, first ? key : undefined);
  }

  /**
   * Submits any input. Resolves with what was decided, once that is durable.
   *
   * @throws RY1xxx: nothing changed and nothing was recorded.
   */
  async submit(input: Json<Input>): Promise<Decision> {
    if (this.#closing) throw closed();
    return this.#mailbox.submit(input);
  }

  /**
   * Submits a plan, and resolves when it has ended, however: with each task by its name. A plan that was submitted before,
   * also by an earlier process, is not begun again; its end is waited for.
   *
   * @throws RY1017 for what is wrong with it, by name; RY2202 when the host closes before it has ended: it goes on then when
   *   the journal is opened again.
   */
  run(plan: Plan): Promise<PlanResult> {
    return this.#plans.run(plan);
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

  /** Resolves when no handler runs, no effect is being performed, and everything decided is stored. */
  async idle(): Promise<void> {
    notWhilePerforming("idle");
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
  async snapshot(): Promise<number> {
    if (this.#closing) throw closed();
    return this.#mailbox.snapshot();
  }

  /**
   * Takes nothing more, waits for handlers and effects under way for at most `closeMs`, stores their outcomes, and lets go of
   * the journal. What had not ended comes again when the journal is opened.
   */
  async close(): Promise<void> {
    notWhilePerforming("close");
    await (this.#closing ??= this.#close());
  }

  /** `await using ry = await open(...)` closes at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    let stop = () => {};
    const patience = new Promise<void>((resolve) => (stop = this.#clock.after(this.#options.closeMs ?? 10_000, resolve)));
    const ended = (async () => {
      while (this.#work.size > 0) await Promise.allSettled(this.#work);
    })();
    await Promise.race([Promise.all([ended, this.agents.close()]), patience]);
    stop();
    this.#performer.abort();
    await this.#mailbox.close(closed());
    this.#giveUp(closed());
  }

  #released(effect: Effect): void {
    if (this.#open.has(effect.id)) {
      // Its handler takes longer than `handle_due_ms`: say that it is still at it.
      if (effect.type === "handle" && !this.#orphans.has(identity(effect.event))) void this.#answer(effect, true);
      return;
    }
    this.#open.add(effect.id);
    if (effect.type === "handle") this.#handOver(effect);
    else if (effect.type === "act") void this.#track(this.#perform(effect));
    else void this.#pass(effect);
  }

  /** What concerns plans. What an agent makes of it comes as its reports. */
  async #pass(effect: Exclude<Effect, ActEffect | HandleEffect>): Promise<void> {
    if (effect.type === "dispatch") return this.#report(effect, await this.agents.deliver(effect));
    if (effect.type === "ask") return this.#report(effect, await this.#plans.ask(effect));
    this.agents.tell(effect);
    await this.#report(effect, { type: "done" });
  }

  #handOver(effect: HandleEffect): void {
    const inline = this.#inline.get(identity(effect.event));
    const handler = effect.handler === INLINE ? (inline?.handler ?? this.#options.resume) : this.#options.handlers?.[effect.handler];
    if (!handler) return this.#orphan(effect);
    const running = this.#track(this.#run(effect, handler));
    if (effect.handler === INLINE && inline) inline.running = running;
    else running.catch((error: unknown) => this.#trouble(thrown(effect, error)));
  }

  #orphan(effect: HandleEffect): void {
    if (effect.handler !== INLINE) {
      this.#trouble(new ReynoldsError(`RY2211: there is no handler \`${effect.handler}\` for effect ${effect.id}; give it in \`handlers\``));
      void this.#report(effect, { type: "failed", reason: `no handler ${effect.handler}` });
      return;
    }
    this.#orphans.set(identity(effect.event), effect);
    this.#trouble(
      new ReynoldsError(
        `RY2211: the process ended while event ${effect.event.id} was being handled; give \`resume\` to \`open\`, or have it ` +
          "delivered again; until then it waits",
      ),
    );
  }

  /**
   * Something is happening now: no time has to pass for it.
   * @internal
   */
  get active(): boolean {
    return this.#running > 0 || !this.#mailbox.quiet;
  }

  /** Runs host code for an event, and answers the effect that asked for it. */
  async #run(effect: HandleEffect, handler: Handler): Promise<unknown> {
    const { event, chain, redelivered } = effect;
    const echo = this.#inline.get(identity(event))?.decision?.verdicts.some((verdict) => verdict.type === "echo");
    const facts = { chain, redelivered, ...(echo && { would: "echo" as const }) };
    let sending = 0;
    this.#running += 1;
    const turn = turnOf(unmarked(event), facts, async (proposal) => {
      if (sending++ === 0) this.#running -= 1;
      try {
        return await this.#send(effect.id, proposal, effect.tenant, true);
      } finally {
        if (--sending === 0) this.#running += 1;
      }
    });
    try {
      const value = await handler(turn);
      await this.#answer(effect, false);
      return value;
    } catch (error) {
      await this.#report(effect, { type: "failed", reason: says(error).slice(0, 500) });
      throw error;
    } finally {
      if (sending++ === 0) this.#running -= 1;
      this.#inline.delete(identity(event));
    }
  }

  /** Proposes one effect, and waits for what becomes of it. */
  async #send(cause: string, proposal: Proposal, tenant: string | undefined, more: boolean): Promise<Sent> {
    notWhilePerforming("turn.send");
    let waiting: Promise<Sent> | undefined;
    // Before anybody else hears of it: a quick platform must not answer before somebody listens.
    const listen = (decision: Decision) => {
      const verdict = verdictOf(decision, proposal?.key);
      if (verdict?.type !== "admitted") return;
      waiting = new Promise((resolve) => this.#waiting.set(verdict.effect, (sent) =>
        resolve(sent.type === "done" && verdict.would ? { ...sent, would: verdict.would } : sent)));
    };
    const input: Input = { type: "propose", cause, effects: [proposal], ...(more && { more }), ...(tenant !== undefined && { tenant }) };
    const decision = await this.#mailbox.submit(input, listen);
    const answer = atOnce(verdictOf(decision, proposal.key));
    return answer ?? waiting ?? { type: "failed", effect: "", why: "nothing was decided about it" };
  }

  async #perform(effect: ActEffect): Promise<void> {
    const performing: Performing = { ...effect, idempotency_key: `${this.#options.name}/${effect.id}` };
    await this.#report(effect, await this.#performer.perform(performing, (result) => void this.#report(effect, result)));
  }

  /** Reports an outcome, also while closing: its room was reserved with the effect. */
  async #report(effect: Effect, result: Performed): Promise<void> {
    const outcome: Outcome = { effect: effect.id, result, ...(effect.tenant !== undefined && { tenant: effect.tenant }) };
    // Before the core hears of it: it may release the effect again at once.
    this.#open.delete(effect.id);
    try {
      await this.#mailbox.submit({ type: "outcome", ...outcome });
    } catch (error) {
      const { code, message } = error as ReynoldsError;
      if (code === "RY1010" || code === "RY2202") return;
      if (!code?.startsWith("RY1")) return this.#trouble(error as ReynoldsError);
      this.#trouble(
        new ReynoldsError(
          `RY2208: what \`perform\` returned for effect ${effect.id} is no outcome, it counts as ambiguous and comes again; ` +
            `return { type: "done", object } or another of done, retry, ambiguous, failed, cancelled: ${message}`,
        ),
      );
      await this.#report(effect, { type: "ambiguous" });
      return;
    }
    const sent = ended(effect.id, result);
    if (sent) this.#tell(effect.id, sent);
  }

  /** Answers a handler call: with nothing more to come, or to say that it is still being worked on. */
  async #answer(effect: HandleEffect, more: boolean): Promise<void> {
    if (!more) this.#open.delete(effect.id);
    const tenant = effect.tenant;
    const answer: Input = { type: "propose", cause: effect.id, effects: [], ...(more && { more }), ...(tenant !== undefined && { tenant }) };
    try {
      await this.#mailbox.submit(answer);
    } catch (error) {
      const { code } = error as ReynoldsError;
      if (code !== "RY1010" && code !== "RY2202") this.#trouble(error as ReynoldsError);
    }
  }

  #decided(decision: Decision, input: Json<Input> | undefined): void {
    this.#plans.decided(decision);
    this.agents.decided(decision);
    for (const verdict of decision.verdicts) {
      const why = ENDS[verdict.type];
      if (why && "effect" in verdict) this.#tell(verdict.effect, { type: "failed", effect: verdict.effect, why });
    }
    this.#safely(() => this.#options.onDecision?.(decision, input));
  }

  #notHandled(event: Event, handler: Handler, decision: Decision, key: string | undefined): Handled | Promise<Handled> {
    const verdict = decision.verdicts.at(-1);
    const duplicate = decision.verdicts.find((verdict) => verdict.type === "duplicate");
    if (duplicate && this.#options.enforce === "log") return this.#again(event, handler, decision);
    if (verdict?.type !== "held" && key) this.#inline.delete(key);
    if (duplicate) return { type: "duplicate", decision, why: `delivered before, in record ${duplicate.of}` };
    const echo = decision.verdicts.find((verdict) => verdict.type === "echo");
    if (echo) return { type: "echo", decision, why: `this bot's own doing, in chain ${echo.chain}` };
    const answer = atOnce(verdict);
    if (answer?.type === "held") return { type: "held", decision, why: answer.why };
    return { type: "denied", decision, why: answer && "why" in answer ? answer.why : "nothing was decided about it" };
  }

  /** Log mode: a living bot would handle what is delivered again, so it does. */
  async #again(event: Event, handler: Handler, decision: Decision): Promise<Handled> {
    this.#inline.delete(identity(event));
    const suffix = `~${decision.seq}.${this.#clock.now()}`;
    const send = (proposal: Proposal) =>
      this.#send(event.id, { ...proposal, key: `${proposal.key ?? ""}${suffix}` }, event.tenant, false);
    const turn = turnOf(event, { chain: decision.chain ?? "", redelivered: false, would: "duplicate" }, send);
    return { type: "handled", decision, value: await this.#track(Promise.resolve(handler(turn))) };
  }

  /** Log mode: where the broker itself is the trouble, the bot goes on without it. */
  async #untracked(event: Event, handler: Handler, error: unknown): Promise<Handled> {
    this.#trouble(error as ReynoldsError);
    const send = async (proposal: Proposal): Promise<Sent> => {
      const effect = { ...proposal, type: "act", id: "0.0", release: 0, chain: "0", cause: [event.id], hop: 0, redelivered: false };
      const performing = { ...effect, idempotency_key: `${this.#options.name}/0.0` } as Performing;
      const result = await Promise.resolve(this.#options.perform(performing, { signal: new AbortController().signal })).catch(outcomeOf);
      return ended("0.0", result) ?? { type: "failed", effect: "0.0", why: result.type };
    };
    const turn: Turn = turnOf(event, { chain: "0", redelivered: false }, send);
    const decision: Decision = { seq: 0, verdicts: [] };
    return { type: "handled", decision, value: await this.#track(Promise.resolve(handler(turn))) };
  }

  #tell(id: string, sent: Sent): void {
    const tell = this.#waiting.get(id);
    this.#waiting.delete(id);
    tell?.(sent);
  }

  #giveUp(why: ReynoldsError): void {
    for (const id of [...this.#waiting.keys()]) this.#tell(id, { type: "failed", effect: id, why: why.message });
    this.#plans.giveUp(why);
  }

  #fatal(error: ReynoldsError): void {
    this.#trouble(error);
    this.#giveUp(error);
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#work.add(work);
    const forget = () => void this.#work.delete(work);
    work.then(forget, forget);
    return work;
  }

  #trouble(error: ReynoldsError): void {
    this.#safely(() => (this.#options.onError ? this.#options.onError(error) : console.error(error.message)));
  }

  /** What the host's own listeners throw must not stop the loop. */
  #safely(call: () => unknown): void {
    try {
      call();
    } catch (error) {
      console.error(error);
    }
  }
}

/** Verdicts that end an effect without an outcome. */
const ENDS: Partial<Record<Verdict["type"], string>> = {
  expired: "its expires_at passed before it left",
  cancelled: "a person or a stop dropped it",
  denied: "it was denied",
};

/** What a final outcome is for who sent it; nothing if it comes again. */
function ended(effect: string, result: Performed): Sent | undefined {
  switch (result.type) {
    case "done": {
      const { object, objects } = result;
      return { type: "done", effect, ...(object !== undefined && { object }), ...(objects && { objects }) };
    }
    case "failed":
      return { type: "failed", effect, why: result.reason ?? "the platform refused it" };
    case "cancelled":
      return { type: "failed", effect, why: "`perform` cancelled it" };
    default:
      return undefined;
  }
}

function identity(event: Event | undefined): string {
  return `${event?.tenant ?? ""}\n${event?.source}\n${event?.id}`;
}

/** The event as the host gave it. */
function unmarked(event: Event): Event {
  const { [MARK]: _, ...attributes } = event.attributes ?? {};
  const { attributes: __, ...rest } = event;
  return Object.keys(attributes).length > 0 ? { ...rest, attributes } : rest;
}

function thrown(effect: HandleEffect, error: unknown): ReynoldsError {
  return new ReynoldsError(`RY2212: the handler \`${effect.handler}\` of effect ${effect.id} has thrown: ${says(error)}`, { cause: error });
}

function closed(): ReynoldsError {
  return new ReynoldsError("RY2202: it is closed; open the journal again");
}
