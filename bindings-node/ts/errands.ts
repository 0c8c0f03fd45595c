import type { Clock } from "./clock.js";
import type { ReynoldsError } from "./errors.js";
import type { Letter } from "./deciding.js";
import type { Decision, Input } from "./types.js";

/** How long it is waited before an input is tried again: at first, and at most. */
const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

/** Was an input refused for what will be otherwise one day: the time, or a full table? */
export function passing(error: unknown): boolean {
  const { code, field } = error as ReynoldsError;
  return code === "RY1006" || code === "RY1007" || (code === "RY1005" && field === "at");
}

/** An input that must arrive: `reject` is called when it will never be taken. */
interface Errand extends Letter {
  /** It is refused for now, and tried again. */
  putOff?(): void;
}

/**
 * Inputs that must arrive: what has happened outside is not to be forgotten because the broker does not take it now. They
 * are tried again, with longer and longer pauses. `trouble` is told the first time.
 */
export class Errands {
  readonly #waiting = new Set<() => void>();
  #closing = false;

  constructor(
    readonly post: (letter: Letter) => void,
    readonly clock: Clock,
    readonly trouble: (error: ReynoldsError) => void,
  ) {}

  /** Submits an input until it is taken. */
  run(errand: Errand): void {
    this.#try(errand, FIRST_MS);
  }

  /** The same, where somebody waits for what is decided. */
  insist(input: Input): Promise<Decision> {
    return new Promise((resolve, reject) => this.run({ input, resolve, reject }));
  }

  /** Whatever waits is tried once more, and nothing waits from now on. */
  close(): void {
    this.#closing = true;
    for (const go of this.#waiting) go();
  }

  #try(errand: Errand, pause: number): void {
    const reject = (error: unknown) => {
      if (!passing(error)) return errand.reject(error);
      const first = pause === FIRST_MS;
      if (first) this.trouble(error as ReynoldsError);
      if (this.#closing) return errand.reject(error);
      if (first) errand.putOff?.();
      this.#after(pause, () => this.#try(errand, Math.min(pause * 2, LONGEST_MS)));
    };
    this.post({ ...errand, reject });
  }

  #after(ms: number, again: () => void): void {
    const go = () => {
      stop();
      this.#waiting.delete(go);
      again();
    };
    const stop = this.clock.after(ms, go);
    this.#waiting.add(go);
  }
}
