import { native, ReynoldsError } from "./errors.js";
import { addon, type NativeDag } from "./native.js";

/**
 * A large graph of tasks, numbered from 0, and the queue of those that are ready. It knows no agents and no journal: it is
 * for hosts that only need the order. A million tasks are taken and finished in a few milliseconds, if many are at a time.
 */
export class Dag {
  readonly #native: NativeDag;
  /** How many tasks there are. */
  readonly tasks: number;

  /**
   * `edges` are pairs `a, b`: task `b` needs task `a`. They come in any order; repeated ones count once.
   *
   * @throws RY1017 for a cycle, with its path; RY2206 for a number that is no task, a task that needs itself, more than
   *   1,000,000 tasks or 16,000,000 edges.
   */
  constructor(tasks: number, edges: Uint32Array) {
    whole(tasks, "tasks");
    array(edges, "edges");
    this.tasks = tasks;
    this.#native = native(() => addon.NativeDag.create(tasks, own(edges)));
  }

  /** At most `max` ready tasks, those first that became ready first. They are taken until they are finished. */
  take(max: number): Uint32Array {
    whole(max, "max");
    return native(() => this.#native.take(max));
  }

  /**
   * Taken tasks are finished: what needed only these becomes ready.
   *
   * @throws RY2206 for a task that was not taken, or is finished already. Then none is finished.
   */
  finish(tasks: Uint32Array): void {
    array(tasks, "tasks");
    native(() => this.#native.finish(own(tasks)));
  }

  /** Starts over: nothing is taken, nothing finished. */
  restart(): void {
    native(() => this.#native.restart());
  }

  /** Is every task finished? */
  get done(): boolean {
    return this.#native.done;
  }

  /** All tasks, each after what it needs. */
  order(): Uint32Array {
    return native(() => this.#native.order());
  }
}

function whole(value: number, what: string): void {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32) {
    throw new ReynoldsError(`RY2206: \`${what}\` must be a whole number from 0 to 4294967295, it is ${value}`);
  }
}

/** The numbers as they are, but for memory that another thread could change while it is read. */
function own(value: Uint32Array): Uint32Array {
  return value.buffer instanceof ArrayBuffer ? value : Uint32Array.from(value);
}

function array(value: Uint32Array, what: string): void {
  if (!(value instanceof Uint32Array)) throw new ReynoldsError(`RY2206: \`${what}\` must be a Uint32Array`);
}
