import type { Clock } from "./clock.js";
import type { ReynoldsError } from "./errors.js";
import type { Decision, Input } from "./types.js";

/** How long it is waited before an input is tried again: at first, and at most. */
const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

/** Was an input refused for what will be otherwise one day: the time, or a full table? */
export function passing(error: unknown): boolean {
  const { code, field } = error as ReynoldsError;
  return code === "RY1006" || code === "RY1007" || (code === "RY1005" && field === "at");
}

/**
 * Inputs that must arrive: what has happened outside is not to be forgotten because the broker does not take it now. They
 * are tried again, with longer and longer pauses. `trouble` is told the first time.
 */
export class Errands {
  readonly #waiting = new Set<() => void>();
  #closing = false;

  constructor(
    readonly submit: (input: Input, heard?: (decision: Decision) => void) => Promise<Decision>,
    readonly clock: Clock,
    readonly trouble: (error: ReynoldsError) => void,
  ) {}

  /**
   * Submits an input until it is taken. `heard` is told then, before any effect leaves; `refused`, when it is tried again.
   * Throws when it will never be taken.
   */
  async run(input: Input, heard?: (decision: Decision) => void, refused?: () => void): Promise<Decision> {
    for (let pause = FIRST_MS, first = true; ; pause = Math.min(pause * 2, LONGEST_MS), first = false) {
      try {
        return await this.submit(input, heard);
      } catch (error) {
        if (!passing(error)) throw error;
        if (first) this.trouble(error as ReynoldsError);
        if (this.#closing) throw error;
        if (first) refused?.();
      }
      await this.#pause(pause);
    }
  }

  /** Whatever waits is tried once more, and nothing waits from now on. */
  close(): void {
    this.#closing = true;
    for (const go of this.#waiting) go();
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const go = () => {
        stop();
        this.#waiting.delete(go);
        resolve();
      };
      const stop = this.clock.after(ms, go);
      this.#waiting.add(go);
    });
  }
}
