import type { Clock } from "./clock.js";
import type { ReynoldsError } from "./errors.js";
import type { Keys } from "./keys.js";
import type { Ask } from "./plans.js";
import type { ActEffect, Config, Decision, Denial, Event, HoldReason, Input, OutcomeResult, Proposal } from "./types.js";

/** An effect to perform, with its idempotency key. */
export type Performing = ActEffect & {
  /** The broker's name and the effect's id, the same on every replay: for platforms that take such a key. */
  idempotency_key: string;
};

/** What `perform` and `find` get beside the effect. */
export interface Attempt {
  /** Aborted when `timeoutMs` has passed, or when the host has waited long enough while closing. */
  signal: AbortSignal;
}

/** What became of an effect. `perform` must say it. */
export type Performed = OutcomeResult;

/** Host code for an event. */
export type Handler = (turn: Turn) => unknown;

/** The only place that talks to the outside world. See `Options`. */
export type Perform = (effect: Performing, attempt: Attempt) => Performed | Promise<Performed>;

/** Looks on the platform for an effect that may have happened. See `Options`. */
export type Find = (effect: Performing, attempt: Attempt) => Performed | null | Promise<Performed | null>;

/** How a host is opened. What is not said here is as in `Config`. */
export interface Options extends Config {
  /** The broker's name, 1 to 64 bytes. It is part of every idempotency key and of the journal: it can not change later. */
  name: string;
  /**
   * The only place that talks to the outside world. Switch off the retries of your client: retrying is the broker's.
   *
   * What it throws counts as `failed` for an HTTP status of 400 to 499 but 408, as `retry` where the platform says when, and as
   * `ambiguous` otherwise, because nobody knows whether it happened.
   */
  perform: Perform;
  /**
   * Looks on the platform for an effect that may have happened: `done` with the object's id, or `null`. Called before an
   * effect is performed again. Without it, an effect can happen twice when an answer was lost.
   */
  find?: Find;
  /** Host code for rules with `handle`, by its name there: each that a rule names. */
  handlers?: Record<string, Handler>;
  /**
   * Host code for events of `handle` whose handler was cut off by a crash: the function given to `handle` is gone then.
   * Without it, such an event waits until its platform delivers it again.
   */
  resume?: Handler;
  /**
   * Shows the question of a task to a person. What it returns is the answer; with `undefined` the question is shown, and the answer comes
   * later, by `ry.order(plan, { type: "answer", task, value })`: it is not called again then, also not after a restart. Where the host ends
   * before it has returned, it is called again after the next open, with `redelivered`.
   */
  ask?: Ask;
  /** Keys for lineage tokens, each of at least 14 bytes. Without keys, messages carry a marker to find them by, but no lineage. */
  keys?: Keys;
  /** Longest time for `perform`, and for `find`, in milliseconds. After it the outcome is `ambiguous`. 30 seconds. */
  timeoutMs?: number;
  /**
   * How many effects are performed at once. Those on one subject are performed one after the other. Tenants take turns, and as soon as
   * there is a second one, each has at most all places but one: what hangs for one does not stop all others. 16.
   */
  concurrency?: number;
  /**
   * How many handlers run at once, but in log mode, where nothing changes for a living bot. One that waits for `turn.send`, `ry.handle` or
   * `ry.run` counts no more, and goes on at once afterwards. Further events wait in their order; tenants take turns, and as soon as there
   * is a second one, each has at most all places but one. Where all are taken for a minute, `onError` is told (RY2214). 100.
   */
  maxHandlers?: number;
  /** A snapshot is stored after so many records. 10,000. */
  snapshotEvery?: number;
  /** How long `close` waits for handlers and effects under way, in milliseconds. 10 seconds. */
  closeMs?: number;
  /** Told of every decision, once it is durable: for logs and metrics. In log mode, `would` says what would have been denied. */
  onDecision?(decision: Decision, input: Input | string | Uint8Array | undefined): void;
  /** Told of what went wrong without a caller to throw at. Without it, `console.error`. */
  onError?(error: ReynoldsError): void;
  /**
   * A number nobody can guess, below 2^53: it keys the tables, and every choice that looks random. Drawn for a new journal when
   * it is not given, and kept in its first record; a journal that is there keeps its own.
   */
  seed?: number;
  /** The time. */
  clock?: Clock;
}

/** A proposal for `turn.send`. Its `subject` is the event's, if nothing else is said. */
export type Sending = Omit<Proposal, "subject"> & Partial<Pick<Proposal, "subject">>;

/** One event in the hands of host code. */
export interface Turn {
  /** The event. */
  readonly event: Event;
  /** What it happened to: where an answer usually goes. */
  readonly subject: string;
  /** The chain it belongs to. */
  readonly chain: string;
  /** It was given to host code before, and nobody knows how far that got. */
  readonly redelivered: boolean;
  /** In log mode: the host would not have been asked, because the event is this bot's own doing, or was delivered before. */
  readonly would?: "echo" | "duplicate";
  /**
   * Wants an effect, and tells what became of it. `key` makes it idempotent: sent again for the same event, also after a
   * crash, it is a duplicate. Without a key its content counts. `subject` is the event's, if nothing else is said.
   *
   * @throws RY1xxx if the proposal can not be used. RY2206 if this handler has used its key for another kind or subject. RY2202 if the
   *   host closes first: it has not failed, and comes again after the next open, with the same id.
   */
  send(proposal: Sending): Promise<Sent>;
}

/** What became of something sent. Held effects are answered at once: a person, or time, decides about them later. */
export type Sent =
  | {
      type: "done";
      effect: string;
      object?: string;
      objects?: string[];
      /** In log mode: it would have been stopped, and why. Else it is on trial after a breaker's cooldown: why it was denied before. */
      would?: Denial;
      /** With `would`: it would have been held, for this, not denied. Most such holds end by themselves. */
      would_hold?: HoldReason;
    }
  | { type: "held"; effect: string; until: number; why: string }
  | { type: "denied"; effect: string; denial: Denial; why: string }
  | { type: "duplicate"; of: string; why: string }
  | { type: "failed"; effect: string; why: string };

/** What `handle` came to. */
export type Handled =
  | { type: "handled"; decision: Decision; value: unknown }
  | { type: "duplicate"; decision: Decision; why: string }
  | { type: "echo"; decision: Decision; why: string }
  | { type: "held"; decision: Decision; why: string }
  | { type: "denied"; decision: Decision; why: string };
