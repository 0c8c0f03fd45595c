import type { Clock } from "./clock.js";
import { inSeat, seatHere } from "./context.js";
import { ReynoldsError } from "./errors.js";
import { record } from "./json.js";
import { Places, type Tenants } from "./places.js";
import type { HandleEffect, Plan } from "./types.js";

/** So long all places may be taken before that is told. */
const FULL_MS = 60_000;

/** What places depend on. */
interface About {
  most: number;
  unlimited: () => boolean;
  tenants: Tenants;
  clock: Clock;
  trouble: (error: ReynoldsError) => void;
}

/** Which handlers run: so many at once, in the order in which their events came. The others wait; their events are durable. */
export class Seats {
  /** Handlers that run, and do not just wait for what they sent. */
  running = 0;
  /** Why those that waited have not begun. */
  why: ReynoldsError | undefined;
  readonly #about: About;
  readonly #places: Places;
  /** Who has a place: the longest one first. */
  readonly #inside = new Set<Seat>();
  /** Since when all places are taken. */
  #full: number | undefined;
  #told = false;
  #timer: (() => void) | undefined;

  constructor(about: About) {
    this.#about = about;
    this.#places = new Places(about.most, about.tenants, about.unlimited);
  }

  /** Runs the handler of an event when there is a place, after all who came before. */
  run<T>(effect: HandleEffect, handler: (seat: Seat) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const begin = () => {
        const seat = new Seat(this, effect);
        this.#inside.add(seat);
        resolve(handler(seat));
      };
      this.#places.enter(effect.tenant ?? "", begin, reject);
      this.#look();
    });
  }

  /** Refuses a handler what would wait for its own end. */
  notInside(call: string): void {
    const here = seatHere();
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
    const seat = seatHere();
    if (seat?.seats !== this || seat.over || !record(plan) || plan.cause !== undefined) return plan;
    return (plan.tenant ?? "") === seat.tenant ? { ...plan, cause: seat.effect.id } : plan;
  }

  /** Those that wait do not begin any more. */
  drop(why: ReynoldsError): void {
    this.why = why;
    this.#places.drop(why);
    this.#look();
  }

  fill(): void {
    this.#places.fill();
    this.#look();
  }

  /** A handler goes on. */
  take(seat: Seat): void {
    this.#inside.add(seat);
    this.#places.take(seat.tenant);
    this.#look();
  }

  /** A handler has ended, or waits. */
  free(seat: Seat): void {
    this.#inside.delete(seat);
    this.#places.leave(seat.tenant);
    this.#look();
  }

  /** All who hang look like a bot that does nothing: it is told, once until a place is free again. */
  #look(): void {
    const { most, unlimited, clock } = this.#about;
    const { taken, waiting } = this.#places;
    // Where somebody waits beside a free place, his tenant has all that it may have.
    if (this.why || unlimited() || (taken < most && waiting === 0)) {
      this.#timer?.();
      this.#full = this.#timer = undefined;
      this.#told = false;
      return;
    }
    this.#full ??= clock.now();
    if (this.#told || this.#timer || waiting === 0) return;
    this.#timer = clock.after(Math.max(this.#full + FULL_MS - clock.now(), 0), () => this.#tell());
  }

  #tell(): void {
    this.#timer = undefined;
    const [longest] = this.#inside;
    const { taken, waiting } = this.#places;
    if (waiting === 0 || !longest) return;
    this.#told = true;
    this.#about.trouble(
      new ReynoldsError(
        `RY2214: all ${Math.min(taken, this.#about.most)} places for handlers have been taken for a minute, the longest by the handler ` +
          `of event ${longest.effect.event.id}; ${waiting} events wait; let handlers end, give what they wait for a timeout, or raise maxHandlers`,
      ),
    );
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

  constructor(
    readonly seats: Seats,
    readonly effect: HandleEffect,
  ) {
    seats.running += 1;
  }

  get tenant(): string {
    return this.effect.tenant ?? "";
  }

  /** Runs a handler in this place. */
  within<T>(call: () => T): T {
    return inSeat(this, call);
  }

  leave(): void {
    if (this.over || this.#away++ > 0) return;
    this.seats.free(this);
  }

  back(): void {
    if (!this.over && --this.#away === 0) this.seats.take(this);
  }

  /** It waits for what it sends. */
  sends<T>(send: () => Promise<T>): Promise<T> {
    const sent = send();
    if (this.over) return sent;
    if (this.#sending++ === 0) this.seats.running -= 1;
    this.leave();
    const back = () => {
      this.back();
      if (!this.over && --this.#sending === 0) this.seats.running += 1;
    };
    sent.then(back, back);
    return sent;
  }

  /** The handler has ended. What it still waits for elsewhere counts no more. */
  end(): void {
    if (this.over) return;
    this.over = true;
    if (this.#sending === 0) this.seats.running -= 1;
    if (this.#away === 0) this.seats.free(this);
  }
}

/** The handler that is running here, if one is, waits for other handlers: they get its place. */
export async function away<T>(wait: () => Promise<T> | T): Promise<T> {
  const seat = seatHere();
  seat?.leave();
  try {
    return await wait();
  } finally {
    seat?.back();
  }
}
