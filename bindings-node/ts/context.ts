import { AsyncLocalStorage } from "node:async_hooks";
import { ReynoldsError } from "./errors.js";
import type { Seat } from "./seats.js";

/** Whose code runs here: a handler's, in its place, or that of an attempt to perform an effect. */
interface Here {
  readonly seat?: Seat;
  readonly acting?: Acting;
}

/** An attempt to perform an effect, or to find it. */
export interface Acting {
  readonly effect: string;
  running: boolean;
}

/**
 * What host code has started and not waited for has its context too, for ever. One for all, because Node hands each of them on at
 * every promise.
 */
const current = new AsyncLocalStorage<Here>();
const NOBODY: Here = {};

/** Runs a handler in its place. */
export function inSeat<T>(seat: Seat, call: () => T): T {
  return current.run({ seat }, call);
}

/** Runs what performs an effect. */
export function inAct<T>(acting: Acting, call: () => T): T {
  return current.run({ acting }, call);
}

/** Runs what is called for no event: who drives the host at that moment is chance. */
export function uncalled<T>(call: () => T): T {
  return current.run(NOBODY, call);
}

/** The place of the handler that runs here. */
export function seatHere(): Seat | undefined {
  return current.getStore()?.seat;
}

/** Refuses what would wait for itself. */
export function notWhilePerforming(call: string): void {
  const acting = current.getStore()?.acting;
  if (acting?.running) {
    throw new ReynoldsError(
      `RY2210: \`${call}\` was called while effect ${acting.effect} is being performed, and could wait for it for ever; return the ` +
        "outcome first, and let a handler do the rest",
    );
  }
}
