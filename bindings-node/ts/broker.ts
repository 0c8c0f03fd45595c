import type { AgentStatus, Answer, Choice, EffectTurn, Opened, Report, Segment, Snapshot } from "./answers.js";
import { later, native, nativeOf, unplaced } from "./errors.js";
import { bytes, encode, whole, type Json } from "./json.js";
import { split, type Keys } from "./keys.js";
import { addon, type NativeBroker, type Platform } from "./native.js";
import { request, type Webhook } from "./readers.js";
import type { Config, Count, Decision, Effect, Genesis, Input, Known, Open, PlanState, PlanStatus, Repetition, Spent, Status, StopStanding, TaskStatus, Tripped, Wakeup } from "./types.js";

/**
 * The engine: one partition, one journal, one mailbox. It performs nothing itself and knows no clock.
 *
 * This is the protocol, call by call, for hosts with a storage or loop of their own. Most use `open` instead, which does
 * all of it. Every method throws `ReynoldsError`.
 */
export class Broker {
  readonly #native: NativeBroker;

  /**
   * A new broker. Its genesis is staged as record 1.
   *
   * @throws RY1001 naming the field, RY1014, RY2004, RY2005.
   */
  constructor(genesis: Json<Genesis>, keys?: Keys) {
    this.#native = isNative(genesis)
      ? genesis
      : nativeOf(genesis, () => addon.NativeBroker.create(text(genesis, "genesis"), ...split(keys)));
  }

  /**
   * A broker from journal bytes, as `staged` gave them, behind a segment header.
   *
   * @throws RY3xxx, naming the record that can not be read.
   */
  static restore(journal: Uint8Array, from: { snapshot?: Uint8Array; keys?: Keys } = {}): { broker: Broker; report: Report } {
    const snapshot = from.snapshot ? bytes(from.snapshot) : null;
    const restored = native(() => addon.NativeBroker.restore(bytes(journal), snapshot, ...split(from.keys)));
    return { broker: Broker.from(restored), report: JSON.parse(restored.opened) as Report };
  }

  /**
   * Opens a journal folder, which is this process's until `close`: the broker in it, or a new one with this genesis.
   *
   * @throws RY2101 to RY2107, RY3xxx, RY1001, RY1014, RY2004, RY2005.
   */
  static async open(path: string, genesis: Json<Genesis>, keys?: Keys): Promise<Broker> {
    const json = text(genesis, "genesis");
    try {
      return Broker.from(await later(() => addon.NativeBroker.open(path, json, ...split(keys))));
    } catch (error) {
      throw typeof genesis === "object" ? unplaced(error) : error;
    }
  }

  /** @internal */
  static from(native: NativeBroker): Broker {
    return new Broker(native as unknown as Genesis);
  }

  /**
   * Decides an input. `at` is the host's time, in milliseconds since 1970. What changes state is staged as one record.
   *
   * @throws RY1xxx: nothing changed and nothing was recorded.
   */
  submit(at: number, input: Json<Input>): Decision {
    whole(at, "at");
    const decided = nativeOf(input, () => {
      if (typeof input === "string") return this.#native.submit(at, input);
      if (input instanceof Uint8Array) return this.#native.submitBytes(at, bytes(input));
      return this.#native.submit(at, encode(input, "input"));
    });
    return JSON.parse(decided) as Decision;
  }

  /** Decides several inputs that arrived together: a decision or a problem for each, in order. */
  submitAll(at: number, inputs: Json<readonly Input[]>): Answer[] {
    whole(at, "at");
    const decided = nativeOf(inputs, () => {
      if (typeof inputs === "string") return this.#native.submitAll(at, inputs);
      if (inputs instanceof Uint8Array) return this.#native.submitAllBytes(at, bytes(inputs));
      return this.#native.submitAll(at, encode(inputs, "inputs"));
    });
    return JSON.parse(decided) as Answer[];
  }

  /**
   * Reads a webhook and decides the events in it, without a detour through JavaScript objects.
   *
   * @throws RY11xx if it can not be read.
   */
  submitWebhook(at: number, platform: Platform, webhook: Webhook): Answer[] {
    whole(at, "at");
    const { headers, body } = request(webhook);
    return JSON.parse(native(() => this.#native.submitWebhook(at, platform, headers, body))) as Answer[];
  }

  /** Does what is due at `at`. Before `wakeup()` it does nothing. */
  advance(at: number): Decision | null {
    whole(at, "at");
    return JSON.parse(native(() => this.#native.advance(at))) as Decision | null;
  }

  /** The records after `after`, at most all that are not yet marked durable: append them whole, in order. */
  staged(after: number): Segment | null {
    whole(after, "after");
    return native(() => this.#native.staged(after));
  }

  /**
   * The records up to `through` are safe. Monotone and repeatable.
   *
   * @throws RY2002, RY2001.
   */
  markDurable(through: number): void {
    whole(through, "through");
    native(() => this.#native.markDurable(through));
  }

  /**
   * The effects released after `after` whose records are durable. Give the `release` of the last effect you have, 0 after
   * a restart; it acknowledges what came before. The same call gives the same effects,
   * but for those that are over meanwhile.
   */
  released(after: number): Effect[] {
    whole(after, "after");
    return JSON.parse(native(() => this.#native.released(after))) as Effect[];
  }

  /** When to call `advance`, and why. `null` when nothing is due before the next input. */
  wakeup(): Wakeup | null {
    return JSON.parse(native(() => this.#native.wakeup())) as Wakeup | null;
  }

  /**
   * A snapshot of the state, and the last record it contains.
   *
   * @throws RY2003 while records are not durable, RY2001.
   */
  snapshot(): Snapshot {
    return native(() => this.#native.snapshot());
  }

  /** What was found when the journal was opened; `undefined` for a broker without one. */
  get opened(): Opened | undefined {
    const opened = JSON.parse(this.#native.opened) as Opened | Report | null;
    return opened && "fresh" in opened ? opened : undefined;
  }

  /**
   * Appends what is staged to the journal folder, syncs, and marks it durable: the last durable record. The disk's part runs
   * on Node's thread pool; inputs can be submitted meanwhile.
   *
   * @throws RY2103: drop the broker and open the journal again. RY2202 without a journal.
   */
  commit(): Promise<number> {
    return later(() => this.#native.commit());
  }

  /**
   * Commits, and stores a snapshot in the journal folder: the last record in it.
   *
   * @throws as `commit`, and RY2104, after which the broker works on.
   */
  saveSnapshot(): Promise<number> {
    return later(() => this.#native.saveSnapshot());
  }

  /** Lets go of the journal folder, after what is being written. The broker can still be asked. */
  close(): void {
    this.#native.close();
  }

  /** Makes the broker refuse everything from now on (RY2001): for hosts that lost an append. */
  poison(): void {
    this.#native.poison();
  }

  /** The header to write before the first record of each journal file. */
  segmentHeader(first: number): Uint8Array {
    whole(first, "first");
    return native(() => this.#native.segmentHeader(first));
  }

  /** Where the broker stands. */
  status(): Status {
    return this.#ask({ type: "status" });
  }

  /** The configuration in force. */
  config(): Config {
    return this.#ask({ type: "config" });
  }

  /**
   * Digest of the whole state, 16 hexadecimal digits: equal states have equal digests, in every language. Costs as much
   * as a snapshot.
   */
  digest(): string {
    return this.#ask({ type: "digest" });
  }

  /** Digest of one tenant's part of the state; `null` if the tenant is not known. */
  tenantDigest(tenant: string): string | null {
    return this.#ask({ type: "digest", tenant });
  }

  /** Effects that have not ended, by id. */
  open(tenant = ""): Open[] {
    return this.#ask({ type: "open", tenant });
  }

  /** One effect, if it has not ended. */
  openEffect(effect: string, tenant = ""): Open | null {
    return this.#ask({ type: "open_effect", effect, tenant });
  }

  /**
   * What to do now with an effect that was released, and has not begun because others had their turn first. `put_off`: a person has
   * stopped it, or it has expired; report `retry` with `after_ms: 0`, and it ends. `over`: it has ended, or comes again by itself.
   */
  turn(effect: string, at: number, tenant = ""): EffectTurn {
    return this.#ask({ type: "turn", effect, at: whole(at, "at"), tenant });
  }

  /** What a subject or object belongs to, as far as is known: itself otherwise. */
  resolve(subject: string, tenant = ""): string {
    return this.#ask({ type: "resolve", subject, tenant });
  }

  /** The newest known state of an object, or of a subject whose events name no object. */
  knownState(object: string, tenant = ""): Known | null {
    return this.#ask({ type: "known_state", object, tenant });
  }

  /** The effects of ours that led to an effect, the nearest first. At most 1000. */
  ancestry(effect: string, tenant = ""): string[] {
    return this.#ask({ type: "ancestry", effect, tenant });
  }

  /** Automated effects a chain has used, and how many it may; `null` if it is not remembered. */
  spent(chain: string, tenant = ""): Spent | null {
    return this.#ask({ type: "spent", chain, tenant });
  }

  /** The chains of a tenant whose breaker is not closed, and until when the whole tenant is stopped. */
  tripped(tenant = ""): Tripped {
    return this.#ask({ type: "tripped", tenant });
  }

  /** What people have stopped, and has not been resumed: what, by whom, why, since when, and in which record. */
  stops(tenant = ""): StopStanding[] {
    return this.#ask({ type: "stops", tenant });
  }

  /** How often the automated steps of each rule repeat something: see docs/loops.md. */
  repetition(tenant = ""): Repetition[] {
    return this.#ask({ type: "repetition", tenant });
  }

  /** The plans of a tenant, in the order in which they came. */
  plans(tenant = ""): Array<{ plan: string; state: PlanState }> {
    return this.#ask({ type: "plans", tenant });
  }

  /** Where a plan stands; `null` if it is not known. */
  plan(plan: string, tenant = ""): PlanStatus | null {
    return this.#ask({ type: "plan", plan, tenant });
  }

  /** All there is to know of a task, by its name in the plan; `null` if it is not known. */
  task(plan: string, task: string, tenant = ""): TaskStatus | null {
    return this.#ask({ type: "task", plan, task, tenant });
  }

  /** Which agent would get a task now, and why not the others; `null` if it waits for none. */
  choice(plan: string, task: string, tenant = ""): Choice | null {
    return this.#ask({ type: "choice", plan, task, tenant });
  }

  /** All agents, of all tenants. */
  agents(): AgentStatus[] {
    return this.#ask({ type: "agents" });
  }

  /** How full the tables of a tenant are. */
  counts(tenant = ""): Count[] {
    return this.#ask({ type: "counts", tenant });
  }

  #ask<T>(question: object): T {
    return JSON.parse(native(() => this.#native.ask(JSON.stringify(question)))) as T;
  }
}

function isNative(value: unknown): value is NativeBroker {
  return value instanceof (addon.NativeBroker as unknown as new () => NativeBroker);
}

/** JSON given as an object, text or bytes, as text. */
export function text(value: Json<object>, what: string): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return new TextDecoder("utf-8", { fatal: false }).decode(value);
  return encode(value, what);
}
