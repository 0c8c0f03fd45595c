import type { Agent, Desk } from "./agent.js";
import { ReynoldsError } from "./errors.js";
import type { JobPatch, Patched } from "./jobs.js";
import { describe, record } from "./json.js";
import type { Sent } from "./options.js";
import { says } from "./outcomes.js";
import type { DispatchEffect, HandedEffect, Profile, Proposal, RecallEffect, Report } from "./types.js";

/** A task in the hands of a function: the whole dispatch, with `task`, `input`, `attempt`, `resume_from` and more. */
export interface Job extends DispatchEffect {
  /** Aborted when the task is not its own any more, and when the host closes. */
  readonly signal: AbortSignal;
  /** It is alive, and perhaps further on than before. Stored together with others. */
  beat(done?: number): void;
  /** So far it has come; `state` is what another attempt gets as `resume_from`. */
  progress(done: number, of?: number, state?: unknown): Promise<void>;
  /**
   * Reports something else. After `needs_input` and `failed` what the function returns does not count; after an accepted
   * `handoff` neither.
   */
  report(report: Report): Promise<void>;
  /**
   * Wants an effect, and tells what became of it, as `turn.send` does. A `key` stands for one effect of the task, whichever attempt
   * sends it; what has failed may be sent again. Without a key its content counts, within the attempt. A task has no subject of its own:
   * say it.
   *
   * @throws RY1xxx if the proposal can not be used. RY2206 if this job has used its key for another kind or subject. RY2213 if the task
   *   is not its own any more. RY2210 in `perform`. RY2202 if the host closes first: it has not failed, and comes again after the next
   *   open, with the same id.
   */
  send(proposal: Proposal): Promise<Sent>;
  /**
   * Changes the plan that the task is in: all of it or nothing. What it adds follows from this dispatch. A patch whose `key` is known
   * is a `duplicate` and changes nothing. Without a key it has `<task>/<n>`, where `n` counts the patches of this job that had none, from
   * 1: so a function that is tried again, and patches again in the same order, adds nothing twice. A patch that was refused leaves its
   * number to the next one.
   *
   * @throws RY1017, RY1019, RY1021 and other RY1xxx if it can not be used; with RY1006 and RY1007 not now: call it again, with the same
   *   `key`. RY2206 if it says anything else. RY2213 if the task is not its own any more. RY2210 in `perform`. RY2202 if the host closes
   *   first.
   */
  patch(patch: JobPatch): Promise<Patched>;
}

/** What a task comes to: the result, as far as it is JSON and at most 16 KiB. */
export type Work = (job: Job) => unknown;

/**
 * A function as an agent. What it returns is the result; what it throws makes the attempt fail, and is RY2213 in `onError`. It runs in
 * this process: one that does not return can not be stopped, so give work that can hang to a `Subprocess`.
 */
export class Callable implements Agent {
  readonly id: string;
  readonly profile: Profile;
  readonly #work: Work;
  readonly #jobs = new Map<string, { abort: AbortController; running: Promise<void> }>();
  #desk: Desk | undefined;
  #beat: NodeJS.Timeout | undefined;

  constructor(id: string, work: Work, profile: Profile = {}) {
    if (typeof work !== "function") throw new ReynoldsError(`RY2206: what the agent does must be a function, it is ${describe(work)}`);
    this.id = id;
    this.profile = profile;
    this.#work = work;
  }

  start(desk: Desk): void {
    this.#desk = desk;
    clearInterval(this.#beat);
    // Its process is this one: as long as it runs timers, the agent is alive.
    const every = this.profile.heartbeat_ms || this.profile.start_ms;
    if (!every) return;
    this.#beat = setInterval(() => desk.alive(), Math.max(10, every / 2)).unref();
    desk.alive();
  }

  dispatch(effect: DispatchEffect): void {
    // What came of it would be heard by nobody.
    if (!this.#desk) throw new Error("it was stopped");
    const abort = new AbortController();
    // Not within this call: the host has not heard yet that the task has arrived.
    const running = Promise.resolve().then(() => this.#run(effect, abort));
    this.#jobs.set(effect.id, { abort, running });
  }

  recall(effect: RecallEffect): void {
    this.#jobs.get(effect.dispatch)?.abort.abort(new Error(`recalled: ${effect.why}`));
  }

  handed(effect: HandedEffect): void {
    if (effect.accepted) this.#jobs.get(effect.dispatch)?.abort.abort(new Error("handed over"));
  }

  async stop(): Promise<void> {
    const [beat, jobs] = [this.#beat, [...this.#jobs.values()]];
    for (const { abort } of jobs) abort.abort(new Error("the agent is stopped"));
    this.#desk = undefined;
    await Promise.allSettled(jobs.map(({ running }) => running));
    // Whoever takes its time to end is not silent.
    clearInterval(beat);
  }

  async #run(effect: DispatchEffect, abort: AbortController): Promise<void> {
    const desk = this.#desk;
    // Stopped before it began: the task comes again.
    if (!desk) return void this.#jobs.delete(effect.id);
    let last = false;
    const say = async (report: Report) => {
      if (!record(report)) throw new ReynoldsError(`RY2206: \`job.report\` takes a report, such as { type: "heartbeat" }, it is given ${describe(report)}`);
      last ||= report.type === "needs_input" || report.type === "failed" || report.type === "done";
      await desk.report(effect.id, effect.epoch, report);
    };
    const job: Job = {
      ...effect,
      signal: abort.signal,
      beat: (done) => void say(done === undefined ? { type: "heartbeat" } : { type: "progress", done }),
      progress: (done, of, state) => say({ type: "progress", done, ...(of !== undefined && { of }), ...(state !== undefined && { state }) }),
      report: say,
      // As they are, so that nobody need wait for them.
      send: (proposal) => desk.send(effect.id, effect.epoch, proposal),
      patch: (patch) => desk.patch(effect.id, effect.epoch, patch),
    };
    const end = async (report: Report) => {
      // A host that closes takes nothing more: the task comes again, as after a crash.
      if (!last && this.#desk === desk) await say(abort.signal.aborted ? { type: "cancelled" } : report);
    };
    try {
      await say({ type: effect.handoff ? "accept" : "started" });
      const result = await this.#work(job);
      await end({ type: "done", ...(result !== undefined && result !== null && { result }) });
    } catch (error) {
      // The plan keeps one line of it, and may try again: where it comes from is for who wrote the function.
      if (!last && !abort.signal.aborted && this.#desk === desk) {
        desk.trouble(`has thrown in attempt ${effect.attempt} of the task ${effect.task}: ${says(error)}`, error);
      }
      await end({ type: "failed", reason: says(error) });
    } finally {
      this.#jobs.delete(effect.id);
    }
  }
}
