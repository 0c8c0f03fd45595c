import type { Decision, PlanState, PlanStatus, Problem, Profile, TaskBrief } from "./types.js";

/** What `submitAll` says of one input: a decision, or the problem for which it was rejected. */
export type Answer = Decision | Problem;

/** Journal bytes to append, whole and in order. */
export interface Segment {
  /** The first record in it. */
  first: number;
  /** The last record in it. Mark it durable once the bytes are. */
  last: number;
  /** The bytes. */
  bytes: Uint8Array;
}

/** What to do now with an effect that waited for its turn: perform it, report `retry` with `after_ms: 0` instead, or nothing. */
export type EffectTurn = "perform" | "put_off" | "over";

/** A snapshot of a broker. */
export interface Snapshot {
  /** The last record it contains. */
  seq: number;
  /** The bytes. */
  bytes: Uint8Array;
}

/** What a restore from bytes found. */
export interface Report {
  /** The last record. */
  last: number;
  /** How many records were replayed. */
  records: number;
  /**
   * The record that was cut off at the end, if one was, and how many of its bytes there are. It was never durable: cut
   * these bytes off the journal before appending.
   */
  torn?: [seq: number, bytes: number];
}

/** What was found when a journal was opened. */
export interface Opened {
  /** There was no whole record: a new journal was begun. */
  fresh: boolean;
  /** The last record. */
  last: number;
  /** The snapshot the restore started from, by its last record. */
  snapshot?: number;
  /** How many records were replayed after it. */
  replayed: number;
  /** The record that was being written when the power went, and how many of its bytes there were. It was never durable. */
  torn?: [seq: number, bytes: number];
  /** Newer snapshots that could not be read, and why. Replace the disk they are on. */
  unreadable?: Array<[seq: number, problem: Problem]>;
  /**
   * The options have another configuration than the journal had. The options' is in force now, so an operator's `configure` counts until
   * the next start: the options are what stays. `console.warn` says so too.
   */
  config_differs: boolean;
}

/**
 * What a plan came to: each task by its name. `state` is the plan's, `status` all there is to know of it; they are no tasks, and not
 * enumerable. Where a task is called `state` or `status`, it is that task: ask `ry.broker.plan(id)` then.
 */
export type PlanResult = Record<string, TaskBrief> & { readonly state: PlanState; readonly status: PlanStatus };

/** How an agent is. */
export interface AgentStatus {
  /** Its number. */
  agent: number;
  /** What it said of itself, and which life of it this is. */
  registration: Profile & { id: string; incarnation: number };
  /** Tasks it has. */
  leases: number;
  /** Has it started? */
  started: boolean;
  /** Would it be given work, if it had a free slot? */
  ready: boolean;
  /** Is it taken to be alive? */
  alive: boolean;
  /** Why it is not given work. */
  why_not: unknown;
  /** How surprising its silence is: phi, in thousandths. */
  phi_milli: number;
  /** Its usual interval between heartbeats, in milliseconds. */
  interval_ms: number;
  /** Its chance of success in an unknown class, in parts per million. */
  p: number;
  /** How fast it is beside the others, in parts per million. */
  speed: number;
  /** It is being drained. */
  draining: boolean;
}

/** Who would get a task, and why: with scores and exclusions, as `View::explain_choice` in Rust gives it. */
export interface Choice {
  /** Agents that are left out, and why. */
  excluded: Array<{ id: string; reason: Reason }>;
  [part: string]: unknown;
}

/** Why an agent is not given a task: a word, and what it is about. */
export interface Reason {
  type: string;
  [fact: string]: unknown;
}
