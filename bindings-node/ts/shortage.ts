import type { Clock } from "./clock.js";
import { ReynoldsError } from "./errors.js";
import type { Decision } from "./types.js";

/** Agents may be on their way: so long nothing is said. */
const PATIENCE_MS = 5000;

/** Tasks that nobody can do. They wait, and from outside that looks as if nothing had been asked for: so it is told, once for each wait. */
export class Shortage {
  /** Those not told yet, by tenant and task, the longest first, with when that is due. */
  readonly #tasks = new Map<string, { task: string; why: string; due: number }>();
  #timer: (() => void) | undefined;
  #closed = false;

  constructor(
    readonly clock: Clock,
    readonly trouble: (error: ReynoldsError) => void,
  ) {}

  decided(decision: Decision): void {
    // The agents of a host that closes are stopped, one after the other.
    if (this.#closed) return;
    for (const verdict of decision.verdicts) {
      if (verdict.type !== "task") continue;
      const key = JSON.stringify([verdict.tenant, verdict.task]);
      const of = verdict.tenant === undefined ? "" : ` of tenant \`${verdict.tenant}\``;
      this.#tasks.delete(key);
      if (verdict.why !== "nobody") continue;
      this.#tasks.set(key, { task: `\`${verdict.task}\`${of}`, why: verdict.reason ?? "", due: this.clock.now() + PATIENCE_MS });
    }
    if (this.#tasks.size === 0) this.#rest();
    else this.#timer ??= this.clock.after(PATIENCE_MS, () => this.#tell());
  }

  close(): void {
    this.#closed = true;
    this.#rest();
  }

  #rest(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  #tell(): void {
    this.#timer = undefined;
    const now = this.clock.now();
    const due = [...this.#tasks].filter(([, task]) => task.due <= now);
    for (const [key] of due) this.#tasks.delete(key);
    const [next] = this.#tasks.values();
    if (next) this.#timer = this.clock.after(Math.min(next.due - now, PATIENCE_MS), () => this.#tell());
    const [[, { task, why }] = ["", { task: "", why: "" }]] = due;
    if (due.length === 0) return;
    const more = due.length > 1 ? `, and ${due.length - 1} more` : "";
    const remedy = "`explain` says what it waits for, and why not this or that agent; add one that can do it, or cancel its plan";
    this.trouble(new ReynoldsError(`RY2215: nobody could do the task ${task}${more} (${why}), and nobody has come in 5 seconds; ${remedy}`));
  }
}
