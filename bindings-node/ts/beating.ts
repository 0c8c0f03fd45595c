import type { Office } from "./agent.js";
import { passing } from "./errands.js";
import { ReynoldsError } from "./errors.js";
import { cut } from "./outcomes.js";
import type { Beats, DispatchEffect, Profile, Report, TaskReport } from "./types.js";

type Beat = NonNullable<Beats["beats"]>[number];

/** Signs of life are stored together: after a quarter of the shortest silence any of their tasks allows, at most this. */
const LONGEST_MS = 1000;
const SHORTEST_MS = 10;

/** Whoever says these works on, and says more. */
const GOES_ON = new Set<Report["type"] | undefined>(["accept", "started", "progress", "heartbeat"]);

/** What agents say: reports at once, signs of life many in one record. */
export class Beating {
  readonly #office: Office;
  readonly #beats = new Map<string, Beat>();
  readonly #alive = new Set<string>();
  /** The tasks that will be heard of: whose they are, under which epoch, and how long they may be silent. */
  readonly #tasks = new Map<string, { agent: string; epoch: number; silence: number | undefined }>();
  /** Agents that promised to be heard, and how often; or only until they have started. */
  readonly #promised = new Map<string, { every: number; starts: boolean }>();
  #timer: (() => void) | undefined;
  #due = Infinity;

  constructor(office: Office) {
    this.#office = office;
  }

  /** A task that will be heard of. */
  expect(effect: DispatchEffect): void {
    this.#tasks.set(effect.id, { agent: effect.agent, epoch: effect.epoch, silence: effect.heartbeat_ms });
  }

  /** An agent's promise to be heard. */
  promise(agent: string, profile: Profile): void {
    const every = profile.heartbeat_ms || profile.start_ms;
    if (every) this.#promised.set(agent, { every, starts: !profile.heartbeat_ms });
  }

  /** An agent is alive. */
  alive(agent: string): void {
    const promise = this.#promised.get(agent);
    if (!promise) return;
    this.#alive.add(agent);
    this.#within(promise.every);
  }

  /** An agent's life is over. */
  forget(agent: string): void {
    this.#promised.delete(agent);
    this.#alive.delete(agent);
    for (const [dispatch, task] of this.#tasks) if (task.agent === agent) this.#tasks.delete(dispatch);
  }

  /** Something about a task. */
  async report(dispatch: string, epoch: number, report: Report): Promise<void> {
    const beat = beatOf(dispatch, epoch, report);
    const task = this.#tasks.get(dispatch);
    if (task && isWhole(epoch, 2 ** 32 - 1) && epoch !== task.epoch) return this.#misnamed(dispatch, epoch, report, task);
    if (beat) {
      const before = this.#beats.get(dispatch);
      // That it is alive takes nothing back of how far it is.
      this.#beats.set(dispatch, beat.length === 2 && before?.[1] === epoch ? before : beat);
      this.#within(task?.silence ?? LONGEST_MS * 4);
      return;
    }
    this.#beats.delete(dispatch);
    if (!GOES_ON.has(report?.type) && report?.type !== "handoff") this.#tasks.delete(dispatch);
    await this.#submit({ dispatch, epoch, report }, task?.epoch ?? epoch);
  }

  /**
   * It names an epoch under which it was never given this: the broker would take that for a report that comes too late, and the task
   * would wait for ever.
   */
  async #misnamed(dispatch: string, epoch: number, report: Report, task: { agent: string; epoch: number }): Promise<void> {
    const what = `has reported under epoch ${epoch} on dispatch ${dispatch}, which it was given under ${task.epoch}`;
    const goesOn = GOES_ON.has(report?.type);
    this.#office.trouble(new ReynoldsError(`RY2213: the agent \`${task.agent}\` ${what}; ${goesOn ? "the report is dropped" : "the task has failed"}`));
    if (goesOn) return;
    this.#beats.delete(dispatch);
    this.#tasks.delete(dispatch);
    await this.#submit({ dispatch, epoch: task.epoch, report: { type: "failed", reason: `it ${what}`, permanent: true } }, task.epoch, true);
  }

  close(): void {
    this.#timer?.();
    // No later sign sets a timer any more.
    this.#due = -Infinity;
    this.#beats.clear();
    this.#alive.clear();
  }

  /** `epoch` is the dispatch's own, whatever the report says. */
  async #submit(report: TaskReport, epoch: number, last = false): Promise<void> {
    try {
      await this.#office.insist({ type: "task", ...report });
    } catch (error) {
      const { code, message } = error as ReynoldsError;
      if (code === "RY2202" || passing(error)) return;
      this.#office.trouble(new ReynoldsError(`RY2213: a report about dispatch ${report.dispatch} was not taken: ${message}`, { cause: error }));
      if (last || code === "RY1020" || GOES_ON.has(report.report?.type)) return;
      // Whoever reported this believes that it has ended, or waits for an answer: the task must not wait for a deadline, or for ever.
      this.#tasks.delete(report.dispatch);
      const failed: Report = { type: "failed", reason: cut(message), permanent: true };
      await this.#submit({ dispatch: report.dispatch, epoch, report: failed }, epoch, true);
    }
  }

  #within(ms: number): void {
    const { clock } = this.#office;
    const due = clock.now() + Math.min(Math.max(ms / 4, SHORTEST_MS), LONGEST_MS);
    if (due >= this.#due) return;
    this.#due = due;
    this.#timer?.();
    this.#timer = clock.after(due - clock.now(), () => void this.#flush());
  }

  /** Who has started has kept its promise, if that was all of it. */
  #started(agents: ReadonlySet<string>): void {
    for (const { registration, started, alive } of this.#office.broker.agents()) {
      const { id } = registration;
      if (started && alive && agents.has(id) && this.#promised.get(id)?.starts) this.#promised.delete(id);
    }
  }

  async #flush(): Promise<void> {
    [this.#due, this.#timer] = [Infinity, undefined];
    const [beats, agents] = [[...this.#beats.values()], [...this.#alive]];
    const starting = agents.filter((agent) => this.#promised.get(agent)?.starts);
    this.#beats.clear();
    this.#alive.clear();
    if (beats.length + agents.length === 0) return;
    try {
      await this.#office.submit({ type: "beats", ...(beats.length > 0 && { beats }), ...(agents.length > 0 && { agents }) });
      if (starting.length > 0) this.#started(new Set(starting));
    } catch (error) {
      if ((error as ReynoldsError).code !== "RY2202") this.#office.trouble(error as ReynoldsError);
    }
  }
}

/** A report that says no more than that it is alive, and how far it is. What the core would refuse takes no others with it. */
function beatOf(dispatch: string, epoch: number, report: Report): Beat | undefined {
  if (!/^\d{1,15}\.\d{1,4}$/.test(dispatch) || !isWhole(epoch, 2 ** 32 - 1)) return undefined;
  if (report?.type === "heartbeat") return [dispatch, epoch];
  const small = report?.type === "progress" && report.of === undefined && report.state === undefined;
  return small && isWhole(report.done, Number.MAX_SAFE_INTEGER) ? [dispatch, epoch, report.done] : undefined;
}

function isWhole(value: unknown, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}
