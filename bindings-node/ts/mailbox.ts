import type { Broker } from "./broker.js";
import type { Clock } from "./clock.js";
import { decideAll, type Answered, type Letter } from "./deciding.js";
import type { ReynoldsError } from "./errors.js";
import type { Json } from "./json.js";
import type { Storage } from "./storage.js";
import type { Decision, Effect, Input } from "./types.js";

/** What a mailbox tells its host. None of these may throw. */
export interface Listener {
  /** Something was decided: because of an input, or because it was due (`undefined`). It is durable now. */
  decided(decision: Decision, input: Json<Input> | undefined): void;
  /** An effect may leave. */
  released(effect: Effect): void;
  /** The journal can not be written: this is the end of the mailbox. */
  fatal(error: ReynoldsError): void;
  /** Something went wrong that ends nothing. */
  trouble(error: ReynoldsError): void;
}

/** So many inputs are decided before anything else can happen in this thread. */
const TOGETHER = 1000;
/** So long it is waited where the broker does not do what is due. */
const STUCK_MS = 1000;

/**
 * One queue in front of one broker. Whatever arrives while the disk is busy is decided together and stored with one sync:
 * an answer comes when its record is durable, and so do effects.
 */
export class Mailbox {
  #queue: Letter[] = [];
  #cursor = 0;
  #stored = 0;
  #snapshotAt: number;
  /** Also before `start`. */
  #working = true;
  #again = false;
  #timer: (() => void) | undefined;
  #end: ReynoldsError | undefined;
  #quiet: Array<() => void> = [];

  constructor(
    readonly broker: Broker,
    readonly storage: Storage,
    readonly clock: Clock,
    readonly listener: Listener,
    readonly snapshotEvery: number,
    newestSnapshot = 0,
  ) {
    this.#stored = broker.status().durable;
    // Also counted are the records of earlier processes: one that is often started anew would store no snapshot otherwise.
    this.#snapshotAt = newestSnapshot;
  }

  /** Submits an input. */
  post(letter: Letter): void {
    if (this.#end) return letter.reject(this.#end);
    this.#queue.push(letter);
    this.wake();
  }

  /** Submits an input: what was decided, once that is durable. */
  submit(input: Json<Input>, heard?: (decision: Decision) => void): Promise<Decision> {
    return new Promise((resolve, reject) => this.post({ input, heard, resolve, reject }));
  }

  /** Begins, with what was under way when the journal was last used. */
  start(): void {
    this.#working = false;
    this.wake();
  }

  /** Looks for something to do. */
  wake(): void {
    if (this.#end) return;
    if (this.#working) {
      this.#again = true;
      return;
    }
    this.#working = true;
    // In a microtask, so that inputs submitted in one go are stored in one go.
    queueMicrotask(() => void this.#work());
  }

  /** Nothing is queued or being stored. */
  get quiet(): boolean {
    return !this.#working && this.#queue.length === 0;
  }

  /** Resolves when it is quiet. */
  async settled(): Promise<void> {
    while (!this.quiet) await new Promise<void>((resolve) => this.#quiet.push(resolve));
  }

  /** Stores a snapshot, after everything that is queued. */
  async snapshot(): Promise<number> {
    while (!this.quiet) await this.settled();
    if (this.#end) throw this.#end;
    this.#working = true;
    try {
      return (this.#snapshotAt = await this.storage.snapshot());
    } finally {
      this.#rest();
    }
  }

  /** Stores what is queued, closes the storage, and refuses everything from then on. */
  async close(why: ReynoldsError): Promise<void> {
    // Asked again: somebody may submit between what resolves and who hears of it.
    while (!this.quiet) await this.settled();
    this.#stop(why);
    this.storage.close();
  }

  async #work(): Promise<void> {
    try {
      do {
        this.#again = false;
        await this.#round(this.#queue.splice(0, TOGETHER));
      } while ((this.#again || this.#queue.length > 0) && !this.#end);
    } finally {
      this.#rest();
    }
  }

  async #round(letters: Letter[]): Promise<void> {
    const now = this.clock.now();
    let answers: Answered[] = [];
    let due: Decision | null = null;
    try {
      answers = this.#decide(now, letters);
      due = this.broker.advance(now);
      const last = answers.reduce((last, { decision }) => Math.max(last, decision?.seq ?? 0), due?.seq ?? 0);
      if (last > this.#stored || this.#stored === 0) {
        await this.storage.commit();
        this.#stored = last;
      }
      for (const { letter, decision } of answers) if (decision) letter.heard?.(decision);
      this.#release();
    } catch (error) {
      const end = error as ReynoldsError;
      this.#stop(end);
      for (const letter of letters) letter.reject(end);
      this.listener.fatal(end);
      return;
    }
    for (const { letter, decision, error } of answers) {
      if (decision) this.listener.decided(decision, letter.input);
      if (decision) letter.resolve(decision);
      else letter.reject(error);
    }
    if (due) this.listener.decided(due, undefined);
    if (this.#stored - this.#snapshotAt >= this.snapshotEvery) await this.#saveSnapshot();
    this.#sleep(now, due === null);
  }

  /** An answer for each letter. Those that do not fit beside what waits for the disk already go back into the queue. */
  #decide(now: number, letters: Letter[]): Answered[] {
    const answers = decideAll(this.broker, now, letters);
    const poisoned = answers.find(({ error }) => isPoisoned(error));
    if (poisoned) throw poisoned.error;
    this.#queue.unshift(...letters.splice(answers.length));
    return answers;
  }

  #release(): void {
    for (const effect of this.broker.released(this.#cursor)) {
      this.#cursor = effect.release;
      this.listener.released(effect);
    }
  }

  async #saveSnapshot(): Promise<void> {
    this.#snapshotAt = this.#stored;
    try {
      await this.storage.snapshot();
    } catch (error) {
      this.listener.trouble(error as ReynoldsError);
    }
  }

  #sleep(now: number, idle: boolean): void {
    this.#timer?.();
    this.#timer = undefined;
    const wakeup = this.broker.wakeup();
    if (!wakeup) return;
    // A backlog is due at once, also where our clock was set back behind the broker's time.
    let ms = wakeup.reason === "backlog" ? 0 : wakeup.at - this.clock.now();
    // What is due and is not done, because the time can not be: asking at once would not end.
    if (idle && wakeup.reason !== "backlog" && wakeup.at <= now) ms = STUCK_MS;
    this.#timer = this.clock.after(ms, () => this.wake());
  }

  #rest(): void {
    this.#working = false;
    if ((this.#again || this.#queue.length > 0) && !this.#end) this.wake();
    else for (const resolve of this.#quiet.splice(0)) resolve();
  }

  #stop(why: ReynoldsError): void {
    this.#end ??= why;
    this.#timer?.();
    for (const letter of this.#queue.splice(0)) letter.reject(this.#end);
  }
}

/** The broker refuses everything from now on. */
function isPoisoned(error: unknown): boolean {
  return (error as ReynoldsError | undefined)?.code === "RY2001";
}
