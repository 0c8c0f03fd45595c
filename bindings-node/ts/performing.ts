import type { EffectTurn } from "./answers.js";
import type { Clock } from "./clock.js";
import { inAct, type Acting } from "./context.js";
import { closed, ReynoldsError } from "./errors.js";
import { Lines } from "./lines.js";
import type { Attempt, Options, Performed, Performing } from "./options.js";
import { outcomeOf, says } from "./outcomes.js";
import { Places, type Tenants } from "./places.js";

/** What became of an effect, and what says so. */
export interface Answered {
  by: "find" | "perform";
  result: Performed;
}

/** Runs `find` and `perform` of the host, in time and one at a time for each subject. */
export class Performer {
  readonly #places: Places;
  readonly #subjects = new Lines();
  #patience = new Set<Patience>();
  #stopped = false;
  #aborted = false;

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
   * `ended` is told the outcome, and whose it is. A later one may still come: `late` is called with it. Nothing, if it was stopped
   * before it began: then the effect comes again after the next open; or if it has ended, or is held, since it was released.
   */
  perform(effect: Performing, ended: (answered: Answered | undefined) => void, late: (result: Performed) => void): void {
    const tenant = effect.tenant ?? "";
    // A list: any sign between the two could be part of them.
    const subject = JSON.stringify([tenant, effect.subject].map(String));
    const end = (answered: Answered | undefined) => {
      // What is cut off has no outcome: it comes again.
      ended(this.#aborted ? undefined : answered);
      this.#places.leave(tenant);
      this.#subjects.leave(subject);
    };
    let waited = false;
    this.#subjects.enter(subject, () => this.#places.enter(tenant, () => this.#begin(effect, waited, end, late)));
    waited = true;
  }

  #begin(effect: Performing, waited: boolean, end: (answered: Answered | undefined) => void, late: (result: Performed) => void): void {
    // Later: each lets the next one begin, and there may be thousands.
    if (this.#stopped) return queueMicrotask(() => end(undefined));
    // What goes around the broker (release 0) it knows nothing of.
    const turn = waited && effect.release > 0 ? this.turn(effect) : "perform";
    if (turn === "perform") this.#attempt(effect, end, late);
    else queueMicrotask(() => end(turn === "over" ? undefined : { by: "perform", result: { type: "retry", after_ms: 0 } }));
  }

  /** Begins nothing more, also of what waits here already: what is no longer recorded would happen again. */
  stop(): void {
    this.#stopped = true;
  }

  /** Begins nothing more, and tells everything that runs that nobody waits any longer. */
  abort(): void {
    this.stop();
    this.#aborted = true;
    for (const attempt of [...this.#patience]) attempt.end(closed());
  }

  #attempt(effect: Performing, end: (answered: Answered | undefined) => void, late: (result: Performed) => void): void {
    const { find, perform } = this.options;
    const performs = () => {
      const run = (attempt: Attempt) => perform.call(this.options, effect, attempt);
      this.#limited(effect, "perform", run, ({ value, failed }) => end({ by: "perform", result: failed ?? (value as Performed) }), late);
    };
    if (!effect.redelivered || !find) return performs();
    const found = ({ value, failed }: Ran) => {
      // Nobody knows still: nothing is sent before somebody has looked.
      if (failed) end({ by: "find", result: { type: "ambiguous" } });
      else if (value !== null && value !== undefined) end({ by: "find", result: value as Performed });
      else if (this.#stopped) end(undefined);
      else performs();
    };
    this.#limited(effect, "find", (attempt) => find.call(this.options, effect, attempt), found, () => {});
  }

  /** Runs host code; `ended` is told when it has ended, or when its time is over. */
  #limited(
    effect: Performing,
    what: "find" | "perform",
    run: (attempt: Attempt) => unknown,
    ended: (ran: Ran) => void,
    late: (result: Performed) => void,
  ): void {
    const acting: Acting = { effect: effect.id, running: true };
    const attempt = new Patience();
    const end = (ran: Ran) => {
      acting.running = false;
      stop();
      this.#patience.delete(attempt);
      ended(ran);
    };
    const thrown = (error: unknown) => {
      if (!acting.running) return;
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
    const returned = (value: unknown) => (acting.running ? end({ value }) : late(value as Performed));
    promised(() => inAct(acting, () => run(attempt))).then(returned, thrown);
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

/** What host code returned, or what counts instead of that. */
interface Ran {
  value?: unknown;
  failed?: Performed;
}

/** What host code returns or throws, at once or later. */
function promised(call: () => unknown): Promise<unknown> {
  try {
    return Promise.resolve(call());
  } catch (error) {
    return Promise.reject(error);
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
