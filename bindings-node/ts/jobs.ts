import type { Office } from "./agent.js";
import { notWhilePerforming } from "./context.js";
import { closed, ReynoldsError } from "./errors.js";
import { describe, record } from "./json.js";
import type { Sent } from "./options.js";
import { Own } from "./own.js";
import { split } from "./plans.js";
import type { Decision, DispatchEffect, Patch, Proposal, Report, TaskStatus } from "./types.js";

/** What an agent changes of the plan that its task is in. The `key` is made where none is given: see `job.patch`. */
export type JobPatch = Omit<Patch, "plan" | "tenant" | "cause">;

/** What was decided about a patch. */
export interface Patched extends Decision {
  /** The key it has: the one that was given, or the one that was made for it. */
  key: string;
  /** Its key was known, and nothing has changed. */
  duplicate: boolean;
}

/** Who wants something, and for which task. */
interface Caller {
  readonly agent: string;
  /** Which life of it. */
  readonly life: number;
  readonly dispatch: string;
  readonly epoch: number;
}

/** A task that an agent has. */
interface Job {
  readonly effect: DispatchEffect;
  readonly life: number;
  /** What it has sent. */
  readonly own: Own;
  /** Resolves when it is known whether the task is its own. Nothing, while it has not accepted what another offers it. */
  accepted: Promise<void> | undefined;
  /** Patches without a key so far. */
  patches: number;
  /** The numbers of those that were refused. */
  readonly free: number[];
}

/** The fields of a patch that are an agent's to say. */
const FIELDS = new Set(["add", "needs", "remove", "key"]);
/** Whoever says these has the task still. */
const HAS = new Set<unknown>(["accept", "started", "progress", "heartbeat", "handoff"]);

/** What agents do by means of their host for the tasks that they have. Who has a task no more must not act for it. */
export class Jobs {
  readonly #office: Office;
  readonly #jobs = new Map<string, Job>();
  #closed = false;

  constructor(office: Office) {
    this.#office = office;
  }

  /** A task is given to a life of its agent. */
  given(effect: DispatchEffect, life: number): void {
    const accepted = effect.handoff ? undefined : Promise.resolve();
    this.#jobs.set(effect.id, { effect, life, own: new Own("job"), accepted, patches: 0, free: [] });
  }

  /** Something was said of a task. `stored` resolves when that is decided. */
  reported({ agent, life, dispatch }: Omit<Caller, "epoch">, report: Report, stored: Promise<void>): void {
    const job = this.#jobs.get(dispatch);
    if (job?.effect.agent !== agent || job.life !== life) return;
    if (!HAS.has(report?.type)) this.over(dispatch);
    else if (report.type === "accept") job.accepted = stored;
  }

  /** A task is not with its agent any more. */
  over(dispatch: string): void {
    this.#jobs.delete(dispatch);
  }

  /** A life of an agent is over, with the host or before it. */
  forget(agent: string, closes = false): void {
    this.#closed ||= closes;
    for (const [dispatch, { effect }] of this.#jobs) if (effect.agent === agent) this.#jobs.delete(dispatch);
  }

  async send(caller: Caller, proposal: Proposal): Promise<Sent> {
    const { effect, own } = await this.#current(caller, "send");
    const sender = { call: "job.send", cause: effect.id, tenant: effect.tenant, more: false, own } as const;
    return own.send(proposal, () => this.#office.send(proposal, sender));
  }

  async patch(caller: Caller, patch: JobPatch): Promise<Patched> {
    notWhilePerforming("job.patch");
    const job = this.#known(caller, "patch");
    checkPatch(patch);
    const { effect } = job;
    const [plan, task] = split(effect.task);
    // Counted when it is called, whatever is waited for.
    const number = (patch.key ?? undefined) === undefined ? (job.free.shift() ?? (job.patches += 1)) : undefined;
    // What undoes a task repeats none of its patches, and who takes it over goes on behind those of the owner before.
    const by = effect.handoff ? ` by ${effect.agent}` : "";
    const key = patch.key ?? `${effect.undo ? "undo " : ""}${task}${by}/${number}`;
    try {
      await this.#current(caller, "patch");
      const tenant = effect.tenant !== undefined && { tenant: effect.tenant };
      const decision = await this.#office.submit({ ...patch, type: "patch", plan, key, cause: effect.id, ...tenant });
      return { ...decision, key, duplicate: decision.verdicts.some(({ type }) => type === "duplicate") };
    } catch (error) {
      // What was refused has used no key.
      if (number !== undefined) job.free.push(number);
      job.free.sort((one, other) => one - other);
      throw error;
    }
  }

  /** The task, if it is the caller's as far as is known here. */
  #known({ agent, life, dispatch, epoch }: Caller, what: "send" | "patch"): Job {
    const job = this.#jobs.get(dispatch);
    if (job?.effect.agent !== agent || job.life !== life) throw this.#closed ? closed() : stale(agent, what, dispatch);
    if (epoch !== job.effect.epoch) throw refused(agent, misnamed(what, dispatch, epoch, job.effect.epoch));
    if (!job.accepted) throw refused(agent, `wants to ${what} for dispatch ${dispatch}, which it has not accepted`);
    return job;
  }

  /** The task, if it is the caller's. */
  async #current(caller: Caller, what: "send" | "patch"): Promise<Job> {
    await this.#known(caller, what).accepted;
    const job = this.#known(caller, what);
    // The broker knows first: a recall may be on its way.
    if (!this.#has(job.effect)) throw stale(caller.agent, what, caller.dispatch);
    return job;
  }

  #has({ id, task, tenant }: DispatchEffect): boolean {
    let status: TaskStatus | null;
    try {
      status = this.#office.broker.task(...split(task), tenant);
    } catch {
      // A broker that answers nothing takes nothing either.
      return true;
    }
    return status?.dispatch === id && status.state !== "cancelling";
  }
}

/** An epoch under which a task was not given, in words that follow the agent's name. */
export function misnamed(what: string, dispatch: string, epoch: unknown, given: number): string {
  return `wants to ${what} under epoch ${JSON.stringify(epoch)} for dispatch ${dispatch}, which it was given under ${given}`;
}

export function refused(agent: string, what: string): ReynoldsError {
  return new ReynoldsError(`RY2213: the agent \`${agent}\` ${what}`);
}

function stale(agent: string, what: string, dispatch: string): ReynoldsError {
  return refused(agent, `wants to ${what} for dispatch ${dispatch}, which it no longer has`);
}

/** What else the core would take is not the agent's to say, such as another plan. */
function checkPatch(patch: unknown): asserts patch is JobPatch {
  const takes = "`job.patch` takes `add`, `needs`, `remove` and `key`";
  if (!record(patch)) throw new ReynoldsError(`RY2206: ${takes}, it is given ${describe(patch)}`);
  const other = Object.keys(patch).find((name) => !FIELDS.has(name));
  if (other !== undefined) throw new ReynoldsError(`RY2206: ${takes}, it is given \`${other.slice(0, 40)}\``);
}
