import { AsyncLocalStorage } from "node:async_hooks";
import { ReynoldsError } from "./errors.js";
import { record } from "./json.js";
import type { HandleEffect, Plan } from "./types.js";

/** The place of the handler that is running here. What it started and did not wait for has its context too, for ever. */
const current = new AsyncLocalStorage<Seat>();

/** What the handler that is running here was called for. Agents have none: who drives the host when they get a task is chance. */
const called = new AsyncLocalStorage<{ seat: Seat; effect: HandleEffect } | undefined>();

interface Waiting {
  begin: () => void;
  drop: (why: ReynoldsError) => void;
}

/** Which handlers run: so many at once, in the order in which their events came. The others wait; their events are durable. */
export class Seats {
  taken = 0;
  /** Handlers that run, and do not just wait for what they sent. */
  running = 0;
  /** Why those that waited have not begun. */
  why: ReynoldsError | undefined;
  readonly #waiting = new Set<Waiting>();
  #filling = false;

  constructor(
    readonly most: number,
    readonly unlimited: () => boolean,
  ) {}

  /** Runs a handler when there is a place, after all who came before. */
  run<T>(handler: (seat: Seat) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add({ begin: () => resolve(handler(new Seat(this))), drop: reject });
      this.fill();
    });
  }

  /** Refuses a handler what would wait for its own end. */
  notInside(call: string): void {
    const here = current.getStore();
    // A handler of another host may wait for this one, and so may what a handler has started, when that has ended.
    if (here?.seats !== this || here.over) return;
    throw new ReynoldsError(
      `RY2210: \`${call}\` was called while its handler runs, and would wait for that handler for ever; let the handler end first, and ` +
        "call it from where nobody waits for the call",
    );
  }

  /**
   * A plan that a handler begins comes of its event, unless it says what it comes of: a loop through plans is seen by that. The call
   * stands for the event, which may be forgotten before it is handled.
   */
  caused(plan: Plan): Plan {
    const { seat, effect } = called.getStore() ?? {};
    if (!effect || seat?.seats !== this || seat.over || !record(plan) || plan.cause !== undefined) return plan;
    return (plan.tenant ?? "") === (effect.tenant ?? "") ? { ...plan, cause: effect.id } : plan;
  }

  /** Those that wait do not begin any more. */
  drop(why: ReynoldsError): void {
    this.why = why;
    for (const { drop } of this.#waiting) drop(why);
    this.#waiting.clear();
  }

  fill(): void {
    // A handler that waits at once comes back here: it goes on where it was.
    if (this.#filling) return;
    this.#filling = true;
    for (const waiting of this.#waiting) {
      if (this.taken >= this.most && !this.unlimited()) break;
      this.#waiting.delete(waiting);
      waiting.begin();
    }
    this.#filling = false;
  }
}

/**
 * The place of one handler. While it waits for what itself needs places, it has none, and needs none to go on: otherwise those who wait
 * could wait for each other.
 */
export class Seat {
  #away = 0;
  #sending = 0;
  /** The handler has ended. */
  over = false;

  constructor(readonly seats: Seats) {
    seats.taken += 1;
    seats.running += 1;
  }

  /** Runs a handler in this place. */
  within<T>(effect: HandleEffect, call: () => T): T {
    return current.run(this, () => called.run({ seat: this, effect }, call));
  }

  leave(): void {
    if (this.over || this.#away++ > 0) return;
    this.seats.taken -= 1;
    this.seats.fill();
  }

  back(): void {
    if (!this.over && --this.#away === 0) this.seats.taken += 1;
  }

  /** It waits for what it sends. */
  async sends<T>(send: () => Promise<T>): Promise<T> {
    if (this.over) return send();
    if (this.#sending++ === 0) this.seats.running -= 1;
    this.leave();
    try {
      return await send();
    } finally {
      this.back();
      if (!this.over && --this.#sending === 0) this.seats.running += 1;
    }
  }

  /** The handler has ended. What it still waits for elsewhere counts no more. */
  end(): void {
    if (this.over) return;
    this.over = true;
    if (this.#sending === 0) this.seats.running -= 1;
    if (this.#away === 0) this.seats.taken -= 1;
    this.seats.fill();
  }
}

/** Runs what is called for no event. */
export function uncalled<T>(call: () => T): T {
  return called.run(undefined, call);
}

/** The handler that is running here, if one is, waits for other handlers: they get its place. */
export async function away<T>(wait: () => Promise<T> | T): Promise<T> {
  const seat = current.getStore();
  seat?.leave();
  try {
    return await wait();
  } finally {
    seat?.back();
  }
}
