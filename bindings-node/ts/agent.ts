import type { Broker } from "./broker.js";
import type { Clock } from "./clock.js";
import { ReynoldsError } from "./errors.js";
import type { JobPatch, Patched } from "./jobs.js";
import { describe, record } from "./json.js";
import type { Sent } from "./options.js";
import type { Sender } from "./sending.js";
import type { Decision, DispatchEffect, HandedEffect, Input, Profile, Proposal, RecallEffect, Report } from "./types.js";

/**
 * Somebody who does tasks: `Callable` and `Subprocess`, or a class of your own, for workers behind a queue or on other
 * machines. What it throws in `dispatch` means that the task did not reach it.
 */
export interface Agent {
  /** Its name. */
  readonly id: string;
  /** What it can do, and how much at a time. */
  readonly profile: Profile;
  /** Begins a life: once when it is added, and again after each `desk.gone`. */
  start(desk: Desk): void | Promise<void>;
  /** A task for it. It need not be done when this resolves: what comes of it is reported. */
  dispatch(effect: DispatchEffect): void | Promise<void>;
  /** A task that is not its own any more: stop, and report `cancelled`. */
  recall(effect: RecallEffect): void;
  /** What became of a handoff it offered. */
  handed?(effect: HandedEffect): void;
  /** Ends its life: nothing more comes. Resolves when nothing of it runs any more. */
  stop(): void | Promise<void>;
  /** How long `stop` may take, in milliseconds. 5 seconds. */
  readonly graceMs?: number;
  /** Nobody waits for `stop` any longer: what still runs of it is ended at once. */
  kill?(): void | Promise<void>;
}

/** Where an agent says what there is to say, for one of its lives, and acts. `send` and `patch` reject, none of the others throw. */
export interface Desk {
  /** Something about a task. Resolves when it is stored; heartbeats at once, because they are stored together. */
  report(dispatch: string, epoch: number, report: Report): Promise<void>;
  /**
   * Wants an effect for a task, and tells what became of it. As `job.send`.
   *
   * @throws RY2213 if the dispatch is not this agent's any more, or was never given to it under this epoch.
   */
  send(dispatch: string, epoch: number, proposal: Proposal): Promise<Sent>;
  /**
   * Changes the plan of a task. As `job.patch`.
   *
   * @throws RY2213 if the dispatch is not this agent's any more, or was never given to it under this epoch.
   */
  patch(dispatch: string, epoch: number, patch: JobPatch): Promise<Patched>;
  /** It is alive. Only needed where its profile promises that, with `heartbeat_ms` or `start_ms`. */
  alive(): void;
  /** It has done something wrong that ends nothing: `onError` is told, in words that follow its name. */
  trouble(what: string, cause?: unknown): void;
  /**
   * Its life is over: what it had is given to others, and it is started anew. Only the first word counts. It has crashed, unless it was
   * `ordered`: ended by you, because it did not stop what it was told to. That is no failure, and costs what else it had no attempt.
   */
  gone(why: string, ordered?: boolean): void;
}

/** What agents need of their host. */
export interface Office {
  readonly broker: Broker;
  readonly clock: Clock;
  /** `heard` is told before any of its effects leaves. */
  submit(input: Input, heard?: (decision: Decision) => void): Promise<Decision>;
  /** Submits what is not to be forgotten: again, while the broker does not take it. */
  insist(input: Input): Promise<Decision>;
  /** Proposes an effect, and waits for what becomes of it. */
  send(proposal: Proposal, sender: Sender): Promise<Sent>;
  trouble(error: ReynoldsError): void;
  /** What somebody may not wait for: that the host closes must not end the process because of it. */
  watched<T>(work: Promise<T>): Promise<T>;
}

/** Refuses what is no agent, before anything of it begins. */
export function checkAgent(agent: Agent): void {
  const calls = ["start", "dispatch", "recall", "stop"] as const;
  if (typeof agent?.id !== "string" || !calls.every((call) => typeof agent[call] === "function")) {
    throw new ReynoldsError("RY2206: `add` takes an agent: a Callable, a Subprocess, or an object with these methods");
  }
  if (!record(agent.profile)) throw new ReynoldsError(`RY2206: the \`profile\` of an agent must be an object, it is ${describe(agent.profile)}`);
  if (agent.graceMs !== undefined && !(agent.graceMs >= 0)) {
    throw new ReynoldsError(`RY2206: \`graceMs\` of an agent must be a number from 0 on, it is ${describe(agent.graceMs)}`);
  }
}
