import { AsyncLocalStorage } from "node:async_hooks";
import type { EffectTurn } from "./answers.js";
import type { Clock } from "./clock.js";
import { closed, ReynoldsError } from "./errors.js";
import type { Attempt, Options, Performed, Performing } from "./options.js";
import { outcomeOf, says } from "./outcomes.js";
import { Places, type Tenants } from "./places.js";

/** The effect whose `perform` or `find` is running here. What it started and did not wait for has its context too, for ever. */
const current = new AsyncLocalStorage<{ effect: Performing; running: boolean }>();

/** Refuses what would wait for itself. */
export function notWhilePerforming(call: string): void {
  const here = current.getStore();
  if (here?.running) {
    throw new ReynoldsError(
      `RY2210: \`${call}\` was called while effect ${here.effect.id} is being performed, and could wait for it for ever; return the ` +
        "outcome first, and let a handler do the rest",
    );
  }
}

/** What became of an effect, and what says so. */
export interface Answered {
  by: "find" | "perform";
  result: Performed;
}

/** Runs `find` and `perform` of the host, in time and one at a time for each subject. */
export class Performer {
  readonly #places: Places;
  #subjects = new Map<string, Promise<void>>();
  #patience = new Set<Patience>();
  #stopped = false;

  constructor(
    readonly options: Options,
    readonly clock: Clock,
    readonly trouble: (error: ReynoldsError) => void,
    tenants: Tenants,
    /** What to do now with an effect that had to wait here. */
    readonly turn: (effect: Performing) => EffectTurn,
  ) {
    this.#places = new Places(options.concurrency ?? 16, tenants);
  }

  /**
   * The outcome, and whose it is. A later one may still come: `late` is called with it. Nothing, if it was stopped before it
   * began: then the effect comes again after the next open; or if it has ended, or is held, since it was released.
   */
  async perform(effect: Performing, late: (result: Performed) => void): Promise<Answered | undefined> {
    const tenant = effect.tenant ?? "";
    // A list: any sign between the two could be part of them.
    const subject = JSON.stringify([tenant, effect.subject].map(String));
    const before = this.#subjects.get(subject);
    let done = () => {};
    const own = new Promise<void>((resolve) => (done = resolve));
    this.#subjects.set(subject, own);
    await before;
    const waited = (await this.#place(tenant)) || before !== undefined;
    try {
      if (this.#stopped) return undefined;
      // What goes around the broker (release 0) it knows nothing of.
      const turn = waited && effect.release > 0 ? this.turn(effect) : "perform";
      if (turn === "over") return undefined;
      if (turn === "put_off") return { by: "perform", result: { type: "retry", after_ms: 0 } };
      return await this.#attempt(effect, late);
    } finally {
      if (this.#subjects.get(subject) === own) this.#subjects.delete(subject);
      done();
      this.#places.leave(tenant);
    }
  }

  /** Begins nothing more, also of what waits here already: what is no longer recorded would happen again. */
  stop(): void {
    this.#stopped = true;
  }

  /** Begins nothing more, and tells everything that runs that nobody waits any longer. */
  abort(): void {
    this.stop();
    for (const attempt of [...this.#patience]) attempt.end(closed());
  }

  /** Resolves when there is a place: did it have to wait for one? */
  #place(tenant: string): Promise<boolean> {
    return new Promise((resolve) => {
      let waited = false;
      this.#places.enter(tenant, () => resolve(waited));
      waited = true;
    });
  }

  async #attempt(effect: Performing, late: (result: Performed) => void): Promise<Answered | undefined> {
    const { find, perform } = this.options;
    if (effect.redelivered && find) {
      const found = await this.#limited(effect, "find", (attempt) => find.call(this.options, effect, attempt), () => {});
      // Nobody knows still: nothing is sent before somebody has looked.
      if (found.failed) return { by: "find", result: { type: "ambiguous" } };
      if (found.value !== null && found.value !== undefined) return { by: "find", result: found.value as Performed };
      if (this.#stopped) return undefined;
    }
    const performed = await this.#limited(effect, "perform", (attempt) => perform.call(this.options, effect, attempt), late);
    return { by: "perform", result: performed.failed ?? (performed.value as Performed) };
  }

  /** Runs host code, and answers when it does, or when its time is over. */
  #limited(
    effect: Performing,
    what: "find" | "perform",
    run: (attempt: Attempt) => unknown,
    late: (result: Performed) => void,
  ): Promise<{ value?: unknown; failed?: Performed }> {
    const here = { effect, running: true };
    const attempt = new Patience();
    return new Promise((resolve) => {
      const end = (answer: { value?: unknown; failed?: Performed }) => {
        here.running = false;
        stop();
        this.#patience.delete(attempt);
        resolve(answer);
      };
      const thrown = (error: unknown) => {
        if (!here.running) return;
        // Nobody knows still, whatever a search has said.
        const failed: Performed = what === "find" ? { type: "ambiguous" } : outcomeOf(error, this.clock.now());
        // What goes around the broker (release 0) nobody tries again.
        const again = failed.type !== "failed" && effect.release > 0;
        const fate = again ? `${failed.type}, it is tried again, and its \`send\` waits for it` : failed.type;
        const message = `RY2212: \`${what}\` of effect ${effect.id} has thrown, its outcome is ${fate}: ${says(error)}`;
        this.trouble(new ReynoldsError(message, { cause: error }));
        end({ failed });
      };
      attempt.over = () => end({ failed: { type: "ambiguous" } });
      const stop = this.clock.after(this.options.timeoutMs ?? 30_000, () => this.#timeOut(effect, what, attempt));
      this.#patience.add(attempt);
      const returned = (value: unknown) => (here.running ? end({ value }) : late(value as Performed));
      current.run(here, async () => run(attempt)).then(returned, thrown);
    });
  }

  #timeOut(effect: Performing, what: "find" | "perform", attempt: Patience): void {
    const ms = this.options.timeoutMs ?? 30_000;
    this.trouble(
      new ReynoldsError(
        `RY2209: \`${what}\` of effect ${effect.id} has not answered within ${ms} ms; its outcome counts as ambiguous, and it ` +
          "comes again; use the signal to stop it, or raise timeoutMs",
      ),
    );
    attempt.end(new ReynoldsError(`RY2209: \`${what}\` took longer than ${ms} ms`));
  }
}

/** What host code gets beside the effect. Most never ask for the signal, so it is made when they do. */
class Patience implements Attempt {
  /** Called when nobody waits any longer. */
  over = () => {};
  #abort: AbortController | undefined;
  #why: ReynoldsError | undefined;

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#why) this.#abort.abort(this.#why);
    return this.#abort.signal;
  }

  end(why: ReynoldsError): void {
    this.#why = why;
    this.over();
    this.#abort?.abort(why);
  }
}
