import { passing, type Errands } from "./errands.js";
import { ReynoldsError } from "./errors.js";
import { describe, record } from "./json.js";
import type { Performed, Sent } from "./options.js";
import { sentOf } from "./outcomes.js";
import type { Answered } from "./performing.js";
import type { Effect, Outcome } from "./types.js";

/** An outcome that can not be wrong. */
const AMBIGUOUS: Performed = { type: "ambiguous" };
/** `perform` has ended without a word, and nobody can look: sent again, it could happen again and again. */
const UNKNOWN: Performed = { type: "failed", reason: "`perform` returned no outcome; whether it happened is not known" };

/** Outcomes whose type alone says what has happened. */
const TELLING = new Set<unknown>(["done", "ambiguous", "failed", "cancelled"]);

/** Refusals of an outcome whose effect has ended, is held, or was never there. */
const OVER = new Set(["RY1009", "RY1010", "RY1011", "RY1013", "RY1016"]);

/** The effects that are with the host, who waits for their ends, and their outcomes on the way to the broker. */
export class Results {
  /** Effects with the host. A second release of one changes nothing. */
  readonly open = new Set<string>();
  readonly #waiting = new Map<string, { resolve: (sent: Sent) => void; reject: (why: ReynoldsError) => void }>();
  /** Those of which Node has not been told yet that their ends need no listener. */
  readonly #watched = new Set<Promise<unknown>>();
  /** Who waits for host code, which may never end. */
  readonly #calls = new Set<(why: ReynoldsError) => void>();
  #ending = false;

  /** In log mode (`logs`) nobody waits for the broker longer than it takes. `finds`: the host can look for what may have happened. */
  constructor(
    readonly errands: Errands,
    public logs: boolean,
    readonly finds: boolean,
    readonly trouble: (error: ReynoldsError) => void,
  ) {}

  /** Waits for what becomes of an effect that is about to leave. */
  wait(effect: string, resolve: (sent: Sent) => void, reject: (why: ReynoldsError) => void): void {
    this.#waiting.set(effect, { resolve, reject });
  }

  /** What somebody may not wait for: where nobody hears of the host's end, Node must not end the process because of it. */
  watched<T>(work: Promise<T>): Promise<T> {
    const watched = follow(work, () => this.#watched.delete(watched));
    return this.#watch(watched);
  }

  /** The same for what waits for host code: it is told of the host's end, also where that code hangs. */
  untilEnd<T>(work: Promise<T>): Promise<T> {
    const call = follow(work, (reject) => this.#calls.delete(reject) && this.#watched.delete(call), (reject) => this.#calls.add(reject));
    return this.#watch(call);
  }

  #watch<T>(work: Promise<T>): Promise<T> {
    if (this.#ending) work.catch(() => {});
    else this.#watched.add(work);
    return work;
  }

  /** The host has closed. What host code still does is nobody's any more. */
  async end(why: ReynoldsError): Promise<void> {
    this.giveUp(why);
    // A handler that hears of it ends with its own words.
    await new Promise((resolve) => setImmediate(resolve));
    for (const reject of this.#calls) reject(why);
    this.#calls.clear();
  }

  /** The host begins to close: from now on nobody need listen. */
  isEnding(): void {
    this.#ending = true;
    this.#endsHere();
  }

  /** Tells who waits for an effect how it ended. */
  tell(effect: string, sent: Sent): void {
    const waiting = this.#waiting.get(effect);
    this.#waiting.delete(effect);
    waiting?.resolve(sent);
  }

  /**
   * Nothing more is heard of effects, but for these. They have not failed, they come again after the next open: who tried
   * another way would send twice.
   */
  giveUp(why: ReynoldsError, but?: ReadonlySet<string>): void {
    this.#endsHere();
    for (const effect of [...this.#waiting.keys()]) if (!but?.has(effect)) this.#lose(effect, why);
  }

  /** Once for each: there may be many, and an effect of each to give up. */
  #endsHere(): void {
    for (const work of this.#watched) work.catch(() => {});
    this.#watched.clear();
  }

  #lose(effect: string, cause: ReynoldsError): void {
    this.#endsHere();
    const waiting = this.#waiting.get(effect);
    this.#waiting.delete(effect);
    const message = `RY2202: the host has ended, and effect ${effect} has not; it comes again after the next open, with the same id`;
    waiting?.reject(new ReynoldsError(message, { cause }));
  }

  /**
   * Reports an outcome, also while closing: its room was reserved with the effect. `ended` is told when it is stored, or refused
   * for now: then it is tried again, and told once more. `by` is what said it.
   */
  report(effect: Effect, result: Performed, by: Answered["by"], ended: () => void): void {
    const outcome: Outcome = { effect: effect.id, result, ...(effect.tenant !== undefined && { tenant: effect.tenant }) };
    const tell = () => {
      const sent = sentOf(effect.id, result);
      if (sent) this.tell(effect.id, sent);
      ended();
    };
    this.errands.run({
      input: { type: "outcome", ...outcome },
      // Not before it is taken, or it would be performed again meanwhile; nor later, because the core may release it at once.
      heard: () => this.open.delete(effect.id),
      putOff: () => (this.logs ? tell() : ended()),
      resolve: tell,
      reject: (error) => {
        const rest = this.#refused(effect, result, by, error as ReynoldsError);
        if (rest) this.report(effect, rest, by, ended);
        else ended();
      },
    });
  }

  /** An outcome that was not taken: what to report instead, if anything. */
  #refused(effect: Effect, result: Performed, by: Answered["by"], error: ReynoldsError): Performed | undefined {
    const { code, message } = error;
    if (code === "RY2202" || passing(error)) return;
    if (OVER.has(code) || result === AMBIGUOUS || result === UNKNOWN) {
      this.open.delete(effect.id);
      if (code !== "RY1010") this.trouble(error);
      return;
    }
    if (!code?.startsWith("RY1") && code !== "RY2206") {
      // The journal can not be written any more. In log mode somebody still waits for how it went.
      const sent = sentOf(effect.id, result);
      if (sent) this.tell(effect.id, sent);
      else this.#lose(effect.id, error);
      this.trouble(error);
      return;
    }
    const rest = usable(result);
    if (rest) {
      const what = `what \`${by}\` returned for effect ${effect.id} counts as \`${rest.type}\` without what can not be used`;
      this.trouble(new ReynoldsError(`RY2208: ${what}: ${wrong(result) ?? message}`));
      return rest;
    }
    const counts = this.finds ? "ambiguous and comes again" : "failed and is not sent again, because there is no `find` to look";
    this.trouble(
      new ReynoldsError(
        `RY2208: what \`${by}\` returned for effect ${effect.id} is no outcome, it counts as ${counts}; ` +
          `return { type: "done", object } or another of done, retry, ambiguous, failed, cancelled: ${message}`,
      ),
    );
    return this.finds ? AMBIGUOUS : UNKNOWN;
  }
}

/** The same promise for somebody else. `begun` is told how to end it before its time, and `over` when `work` has ended. */
function follow<T>(work: Promise<T>, over: (reject: (why: ReynoldsError) => void) => void, begun?: (reject: (why: ReynoldsError) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    begun?.(reject);
    const taken = (value: T) => {
      over(reject);
      resolve(value);
    };
    const thrown = (error: unknown) => {
      over(reject);
      reject(error);
    };
    work.then(taken, thrown);
  });
}

/**
 * An outcome with less in it, where its type says what has happened: that is not to be forgotten, or done again, because of an `object`
 * that can not be. Nothing, if nothing can be left out.
 */
function usable(result: unknown): Performed | undefined {
  if (!record(result)) return undefined;
  const after = result["type"] === "retry" ? result["after_ms"] : undefined;
  // Nothing has happened, that is certain: so it is done again, at the latest after a day.
  if (typeof after === "number" && Number.isFinite(after)) {
    return { type: "retry", after_ms: Math.min(Math.max(Math.ceil(after), 1000), 86_400_000) };
  }
  if (!TELLING.has(result["type"])) return undefined;
  const all = Object.entries(result);
  const rest = all.filter(([key, value]) => key === "type" || (result["type"] === "done" && fits(key, value)));
  if (rest.length < all.length) return Object.fromEntries(rest) as unknown as Performed;
  return rest.length > 1 ? ({ type: result["type"] } as Performed) : undefined;
}

function fits(key: string, value: unknown): boolean {
  if (key === "objects") return Array.isArray(value) && value.every((one) => typeof one === "string");
  return key === "object" && typeof value === "string";
}

/** What of an outcome is of another type, by its name. */
function wrong(result: Performed): string | undefined {
  if (result.type !== "done") return undefined;
  const musts = { object: "a text such as `github:comment/17`", objects: "a list of texts such as `github:comment/17`" };
  for (const [key, must] of Object.entries(musts)) {
    const value = (result as unknown as Record<string, unknown>)[key] ?? undefined;
    if (value !== undefined && !fits(key, value)) return `\`result.${key}\` must be ${must}, it is ${describe(value)}`;
  }
  return undefined;
}
