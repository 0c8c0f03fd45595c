import { checkAgent, type Agent, type Desk, type Office } from "./agent.js";
import { Beating } from "./beating.js";
import { closed, ReynoldsError } from "./errors.js";
import { Jobs } from "./jobs.js";
import type { Performed } from "./options.js";
import { describe, record } from "./json.js";
import { says } from "./outcomes.js";
import type { Decision, DispatchEffect, HandedEffect, Profile, RecallEffect, Whereabouts } from "./types.js";

/** An agent in this process. */
interface Seat {
  readonly agent: Agent;
  /** Which life of it this is, as the broker was told last. */
  life: number;
  /** The life that was heard of last, whether it has registered or not. */
  heard: number;
  /** Its life has begun, and nobody has said that it is over. */
  lives: boolean;
  /** It has registered and takes work. Not before that is decided. */
  up: boolean;
  /** The record that registered this life: what was given to it before was given to an earlier one. */
  since: number;
  /** Crashes since it last did well. */
  crashes: number;
  upSince: number;
  /** The broker wants it to be started anew. Too many crashes in a row, and it does not. */
  wanted: boolean;
  /** It is being removed: no other life begins. */
  leaves: boolean;
  /** Its end, once that has begun. */
  end: Promise<void> | undefined;
}

interface Parked {
  effect: DispatchEffect;
  answer(result: Performed): void;
}

/** How long a task waits for an agent of an earlier process to be added again, and a new life for the end of the old one. */
const GRACE_MS = 5000;
const RESTART_MS = 100;
const RESTART_MAX_MS = 30_000;
/** No life of it was registered yet. */
const NONE = -1;
/** An agent that was up for so long has recovered: its next restart is quick again. */
const WELL_MS = 60_000;
/** How long it may take until what was killed is gone. */
const KILLED_MS = 1000;

/** A dispatch was for an earlier life: the broker has given it out again. */
const ANEW: Performed = { type: "failed", reason: "its agent began anew" };

/** The label by which a later life of the host knows its agents from those that somebody's own input has registered. */
const LABEL = "reynolds";

function labelled(profile: Profile): Profile {
  // The core says what is wrong with others.
  return profile.labels === undefined || record(profile.labels) ? { ...profile, labels: { ...profile.labels, [LABEL]: "host" } } : profile;
}

/** Was it registered by a host? The same in every language. */
function isOurs({ labels }: Profile): boolean {
  return labels?.[LABEL] === "host";
}

/** Kills an agent, and waits so long for its end. */
async function killed(agent: Agent): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, KILLED_MS).unref()));
  await Promise.race([agent.kill?.(), patience]).finally(() => clearTimeout(timer));
}

/** The agents in this process. */
export class Agents {
  readonly #office: Office;
  readonly #beating: Beating;
  readonly #jobs: Jobs;
  readonly #seats = new Map<string, Seat>();
  /** Tasks for agents that are not here, or not here yet, by agent. */
  readonly #parked = new Map<string, Parked[]>();
  /** Agents of an earlier life of the host, and which lives of theirs those were. */
  readonly #earlier = new Map<string, number>();
  /** Timers that keep nobody waiting when the host closes. */
  readonly #timers = new Set<() => void>();
  /** Called when nobody waits for an agent to stop any longer. */
  readonly #patience = new Set<() => void>();
  #closed = false;

  /** @internal */
  constructor(office: Office) {
    this.#office = office;
    this.#beating = new Beating(office);
    this.#jobs = new Jobs(office);
    for (const { registration } of office.broker.agents()) {
      if (isOurs(registration)) this.#earlier.set(registration.id, registration.incarnation);
    }
    if (this.#earlier.size > 0) this.#after(GRACE_MS, () => this.#left());
  }

  /**
   * Starts an agent and has it take work. One of this name that an earlier process had is replaced: what it had is given out
   * again.
   *
   * @throws RY2206 if one of this name is here, RY2213 if it does not start, RY1022 if its profile can not be used.
   */
  add(agent: Agent): Promise<void> {
    return this.#office.watched(this.#add(agent));
  }

  async #add(agent: Agent): Promise<void> {
    if (this.#closed) throw closed();
    checkAgent(agent);
    if (this.#seats.has(agent.id)) throw new ReynoldsError(`RY2206: an agent \`${agent.id}\` was added before; names are unique`);
    const seat: Seat = {
      agent, life: NONE, heard: NONE, lives: false, up: false, since: 0, crashes: 0, upSince: 0, wanted: false, leaves: false, end: undefined,
    };
    this.#seats.set(agent.id, seat);
    try {
      await this.#begin(seat);
    } catch (error) {
      seat.leaves = true;
      // Not forgotten before: a host that closes meanwhile ends what is left of it.
      await this.#stop(agent);
      if (this.#seats.get(agent.id) === seat) this.#seats.delete(agent.id);
      // It may be tried again; what an earlier life of it has does not wait for ever.
      this.#after(GRACE_MS, () => void this.#missing(agent.id));
      throw error;
    }
  }

  /**
   * It gets no more work. When it has nothing left to do, or after `patienceMs`, it is stopped and forgotten; what it still had is given
   * to others. Resolves then, or when the host begins to close, which stops it with the others.
   */
  remove(id: string, patienceMs = 60_000): Promise<void> {
    return this.#office.watched(this.#remove(id, patienceMs));
  }

  async #remove(id: string, patienceMs: number): Promise<void> {
    const seat = this.#seats.get(id);
    if (!seat) throw new ReynoldsError(`RY2206: there is no agent \`${id}\` in this process`);
    if (!Number.isSafeInteger(patienceMs) || patienceMs < 0) {
      throw new ReynoldsError(`RY2206: \`patienceMs\` must be a whole number, 0 or more, it is ${describe(patienceMs)}`);
    }
    seat.leaves = true;
    // Between two lives it is given nothing.
    if (seat.lives && !seat.end) await this.#farewell(seat, { type: "drain", patience_ms: patienceMs });
    const until = this.#office.clock.now() + patienceMs;
    const idle = () => this.#office.broker.agents().every((one) => one.registration.id !== id || one.leases === 0);
    while (!this.#closed && !seat.end && !idle() && this.#office.clock.now() < until) {
      await new Promise<void>((resolve) => this.#office.clock.after(20, resolve));
    }
    // A host that closes stops it with the others, and kills what does not stop.
    if (this.#closed && !seat.end) return;
    await (seat.end ??= this.#end(seat));
  }

  /** Stops an agent before its tasks are given to others: what it still finishes counts. Whatever becomes of that, it is forgotten. */
  async #end(seat: Seat): Promise<void> {
    const { id } = seat.agent;
    await this.#stop(seat.agent);
    this.#isOver(seat);
    try {
      if (seat.life !== NONE) await this.#farewell(seat, { type: "remove" });
    } finally {
      if (this.#seats.get(id) === seat) this.#seats.delete(id);
      this.#unpark(id, { type: "failed", reason: "its agent is not here" });
    }
  }

  /** A life of it is over: nothing it still wants is done. */
  #isOver(seat: Seat, closes = false): void {
    seat.lives = seat.up = false;
    this.#beating.forget(seat.agent.id);
    this.#jobs.forget(seat.agent.id, closes);
  }

  /** Says something of an agent that leaves. A broker that does not know this life of it any more need not hear it, nor one that closes. */
  async #farewell({ agent, life }: Seat, report: Whereabouts): Promise<void> {
    try {
      await this.#office.insist({ type: "agent", id: agent.id, incarnation: life, report });
    } catch (error) {
      if ((error as ReynoldsError).code !== "RY1022" && !this.#closed) throw error;
    }
  }

  /**
   * A dispatch for one of them: whether it reached the agent. Nothing, where all were told to stop: that it did not reach one
   * would cost its task an attempt, and unanswered it comes again after the next open.
   * @internal
   */
  async deliver(effect: DispatchEffect): Promise<Performed | undefined> {
    if (this.#closed) return undefined;
    const seat = this.#seats.get(effect.agent);
    if (!seat?.up) return this.#park(effect);
    if (Number(effect.id.split(".")[0]) < seat.since) return ANEW;
    this.#beating.expect(effect);
    this.#jobs.given(effect, seat.life);
    try {
      await seat.agent.dispatch(effect);
      return { type: "done" };
    } catch (error) {
      this.#jobs.over(effect.id);
      return this.#closed ? undefined : { type: "failed", reason: says(error) };
    }
  }

  /** A recall or a handoff's end. An agent that is gone need not hear of it. @internal */
  tell(effect: RecallEffect | HandedEffect): void {
    const { agent } = this.#seats.get(effect.agent) ?? {};
    try {
      if (effect.type === "recall") agent?.recall(effect);
      else agent?.handed?.(effect);
    } catch (error) {
      this.#threw(effect.agent, error);
    }
  }

  #threw(agent: string, error: unknown): void {
    this.#office.trouble(new ReynoldsError(`RY2212: the agent \`${agent}\` has thrown: ${says(error)}`, { cause: error }));
  }

  /** Hears what became of agents. @internal */
  decided(decision: Decision): void {
    for (const verdict of decision.verdicts) {
      const seat = verdict.type === "agent" ? this.#seats.get(verdict.agent) : undefined;
      if (!seat || verdict.type !== "agent") continue;
      if (verdict.state === "restart") seat.wanted = true;
      // The broker takes it to be dead, though nobody here has said so: it hangs.
      if (verdict.state === "suspected" && seat.up) void this.#hangs(seat);
    }
  }

  /** What hangs does not listen: it is not asked to stop, and does not live beside its next life. */
  #hangs(seat: Seat): Promise<void> {
    const gone = this.#gone(seat, seat.life, "it was silent for too long", false);
    const failed = (error: unknown) => this.#threw(seat.agent.id, error);
    void (async () => seat.agent.kill?.())().catch(failed);
    return gone;
  }

  /** Stops all of them. @internal */
  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#timers) stop();
    // What one gives back is not for another that ends as well.
    for (const seat of this.#seats.values()) if (seat.lives && !seat.leaves) void this.#farewell(seat, { type: "pause" });
    // What is still under way is heard of until the end: whoever fell silent now would lose its task.
    const stopped = async (seat: Seat) => {
      await (seat.end ?? seat.agent.stop());
      // Not when all have ended: until then it would be silent, and its tasks lost.
      this.#giveBack(seat);
    };
    await Promise.all([...this.#seats.values()].map((seat) => stopped(seat).catch((error: unknown) => this.#threw(seat.agent.id, error))));
  }

  /** It has ended in order: what it has is given back, and costs nobody an attempt. */
  #giveBack(seat: Seat): void {
    if (!seat.lives) return;
    this.#isOver(seat, true);
    // The journal stores it before it is let go of.
    void this.#farewell(seat, { type: "stopped" });
  }

  /** Ends what has not stopped: it does not outlive the host. @internal */
  async kill(): Promise<void> {
    this.#beating.close();
    for (const over of this.#patience) over();
    const seats = [...this.#seats.values()];
    await Promise.allSettled(seats.map(({ agent }) => killed(agent)));
    for (const seat of seats) this.#giveBack(seat);
  }

  async #begin(seat: Seat): Promise<void> {
    const { id } = seat.agent;
    const known = this.#office.broker.agents().find((one) => one.registration.id === id);
    const before = seat.life;
    const life = known ? known.registration.incarnation + 1 : Math.max(before, 0);
    try {
      await seat.agent.start(this.#desk(seat, life));
    } catch (error) {
      throw new ReynoldsError(`RY2213: the agent \`${id}\` does not start: ${says(error)}`, { cause: error });
    }
    // It has come while all others were stopped, or while it was removed.
    if (this.#closed) throw closed();
    if (seat.leaves) throw new ReynoldsError(`RY2213: the agent \`${id}\` was removed while it started`);
    // Not before it has begun: the broker knows nothing of a life that does not.
    seat.life = life;
    seat.lives = true;
    seat.upSince = this.#office.clock.now();
    try {
      // Before any dispatch to it leaves. One that has ended meanwhile gets no work: that it has is told next.
      const heard = ({ seq }: Decision) => {
        seat.since = seq;
        seat.up = seat.lives && seat.life === life;
      };
      await this.#say(seat, { ...labelled(seat.agent.profile), type: "register" }, heard);
    } catch (error) {
      seat.lives = false;
      seat.life = before;
      throw error;
    }
    if (seat.life === life && seat.lives) {
      this.#beating.promise(id, seat.agent.profile);
      // What it said before its registration was stored.
      if (seat.heard === life) this.#beating.alive(id);
    }
    this.#unpark(id, ANEW);
  }

  #desk(seat: Seat, life: number): Desk {
    const agent = seat.agent.id;
    return {
      report: async (dispatch, epoch, report) => {
        // Because it was told to end: that costs no attempt, and is told of all it has.
        if (this.#closed && !seat.end && report?.type === "cancelled") return this.#jobs.over(dispatch);
        const stored = this.#beating.report(dispatch, epoch, report);
        this.#jobs.reported({ agent, life, dispatch }, report, stored);
        await stored;
      },
      send: (dispatch, epoch, proposal) => this.#acts(this.#jobs.send({ agent, life, dispatch, epoch }, proposal)),
      patch: (dispatch, epoch, patch) => this.#acts(this.#jobs.patch({ agent, life, dispatch, epoch }, patch)),
      alive: () => {
        seat.heard = life;
        if (seat.life === life && seat.lives) this.#beating.alive(agent);
      },
      trouble: (what, cause) => {
        const message = `RY2213: the agent \`${agent}\` ${what}`;
        this.#office.trouble(cause === undefined ? new ReynoldsError(message) : new ReynoldsError(message, { cause }));
      },
      gone: (why, ordered = false) => void this.#gone(seat, life, why, ordered),
    };
  }

  /** Who has its task no more need not have waited for what it called: Node must not end the process because of it. */
  #acts<T>(work: Promise<T>): Promise<T> {
    const watched = this.#office.watched(work);
    work.catch(({ code }: ReynoldsError) => {
      if (code === "RY2213") watched.catch(() => {});
    });
    return watched;
  }

  /** A life is over: the broker hears of it, and another one begins. */
  async #gone(seat: Seat, life: number, why: string, ordered: boolean): Promise<void> {
    const { agent } = seat;
    if (this.#closed || seat.end || seat.life !== life || !seat.lives || this.#seats.get(agent.id) !== seat) return;
    this.#isOver(seat);
    const { clock } = this.#office;
    if (clock.now() - seat.upSince >= WELL_MS) seat.crashes = 0;
    this.#office.trouble(new ReynoldsError(`RY2213: the agent \`${agent.id}\` is gone: ${why}; what it had is given to others`));
    try {
      // One cancel of a plan would otherwise count as many failures, and put the whole pool out of use.
      await Promise.all([this.#say(seat, { type: ordered ? "stopped" : "crashed" }), this.#stop(agent)]);
      if (ordered) this.#again(seat, RESTART_MS);
      else this.#later(seat, seat.wanted ? Math.min(RESTART_MS * 2 ** seat.crashes, RESTART_MAX_MS) : RESTART_MAX_MS);
      seat.wanted = false;
    } catch (error) {
      if (!this.#closed) this.#office.trouble(error as ReynoldsError);
    }
  }

  #later(seat: Seat, ms: number): void {
    seat.crashes += 1;
    this.#again(seat, ms);
  }

  #again(seat: Seat, ms: number): void {
    if (seat.leaves) return;
    this.#after(ms, () => {
      if (this.#closed || seat.leaves) return;
      this.#begin(seat).catch(async (error: unknown) => {
        // It may have begun: another life of it would be its second.
        await this.#stop(seat.agent);
        if (this.#closed || seat.leaves) return;
        this.#office.trouble(error as ReynoldsError);
        this.#later(seat, Math.min(RESTART_MS * 2 ** seat.crashes, RESTART_MAX_MS));
      });
    });
  }

  /** Its agent may yet be added, by a process that has just begun. */
  #park(effect: DispatchEffect): Promise<Performed> {
    const { agent } = effect;
    const parked = this.#parked.get(agent) ?? [];
    this.#parked.set(agent, parked);
    if (parked.length === 0) this.#after(GRACE_MS, () => void this.#missing(agent));
    return new Promise((answer) => parked.push({ effect, answer }));
  }

  #unpark(agent: string, result: Performed): void {
    for (const { answer } of this.#parked.get(agent) ?? []) answer(result);
    this.#parked.delete(agent);
  }

  #left(): void {
    for (const { registration, leases } of this.#office.broker.agents()) {
      if (leases > 0 && this.#earlier.has(registration.id)) void this.#missing(registration.id);
    }
  }

  /** An agent of an earlier life of the host has had its time to be added again. */
  async #missing(agent: string): Promise<void> {
    if (this.#closed || this.#seats.has(agent)) return;
    const parked = this.#parked.get(agent) ?? [];
    const known = this.#office.broker.agents().find((one) => one.registration.id === agent);
    const incarnation = known?.registration.incarnation ?? 0;
    // A dispatch that it took has its outcome, and does not come again: nobody else would say that it is gone.
    const left = known !== undefined && known.leases > 0 && this.#earlier.get(agent) === incarnation;
    if (parked.length === 0 && !left) return;
    this.#parked.delete(agent);
    this.#earlier.delete(agent);
    this.#office.trouble(
      new ReynoldsError(`RY2213: the agent \`${agent}\` is not here, and tasks wait for it; add it, or they are given to others`),
    );
    try {
      if (known) await this.#office.insist({ type: "agent", id: agent, incarnation, report: { type: "crashed" } });
    } catch (error) {
      if (!this.#closed) this.#office.trouble(error as ReynoldsError);
    }
    for (const { answer } of parked) answer({ type: "failed", reason: "its agent is not here" });
  }

  #after(ms: number, call: () => void): void {
    if (this.#closed) return;
    const stop = this.#office.clock.after(ms, () => {
      this.#timers.delete(stop);
      call();
    });
    this.#timers.add(stop);
  }

  /** Ends a life of an agent. A function that does not return must not keep it from a new one; what can be killed is. */
  async #stop(agent: Agent): Promise<void> {
    let enough = () => {};
    // A process kills itself after its grace, and is gone a moment later.
    const ms = agent.graceMs === undefined ? GRACE_MS : agent.graceMs + KILLED_MS;
    let over = () => {};
    const patience = new Promise<true>((resolve) => (over = () => resolve(true)));
    this.#patience.add(over);
    try {
      enough = this.#office.clock.after(ms, over);
      if (await Promise.race([agent.stop(), patience])) await killed(agent);
    } catch (error) {
      this.#threw(agent.id, error);
    } finally {
      enough();
      this.#patience.delete(over);
    }
  }

  #say(seat: Seat, report: Whereabouts, heard?: (decision: Decision) => void): Promise<Decision> {
    return this.#office.submit({ type: "agent", id: seat.agent.id, incarnation: seat.life, report }, heard);
  }
}
