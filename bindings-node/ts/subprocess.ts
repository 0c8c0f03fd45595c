import { spawn } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import type { Readable } from "node:stream";
import type { Agent, Desk } from "./agent.js";
import { systemClock } from "./clock.js";
import { ReynoldsError } from "./errors.js";
import { Group } from "./group.js";
import { describe, record } from "./json.js";
import { cut } from "./outcomes.js";
import type { DispatchEffect, HandedEffect, Profile, RecallEffect, Report } from "./types.js";
import { answer, mistaken, wants, wantsUnread, type Said } from "./wants.js";

/** How a process is run, beside what it says of itself. */
export interface SubprocessOptions extends Profile {
  /** Its working directory. */
  cwd?: string;
  /** Its environment. That of this process when absent. */
  env?: NodeJS.ProcessEnv;
  /** How long it may take to report on a task it was told to stop, and to end when it is stopped. 5 seconds. */
  graceMs?: number;
}

/** A longer line is no report: the process is killed, or it would fill the memory. */
const LINE_BYTES = 1 << 20;
/** Reports after which it has nothing more to do with a task. */
const LAST = new Set<Report["type"]>(["done", "failed", "cancelled", "needs_input", "decline"]);
/** Whoever says these works on, and says more. */
const GOES_ON = new Set<string | undefined>(["accept", "started", "progress", "heartbeat"]);
/** What kind of report a line has that can not be read: not what its result may quote. */
const KIND = /"report"\s*:\s*(?:\{\s*"type"\s*:\s*"([^"]*)")?/;
/** So many tasks that it has ended are remembered: what it says of them late is evidence too. */
const REMEMBERED = 1000;
/** So much is told of the keys of such a line as names no dispatch. */
const KEYS = 200;

/**
 * A program as an agent: one process, to which tasks go as lines of JSON and from which reports come as lines of JSON.
 *
 * | | a line |
 * |---|---|
 * | to it | `{"type":"dispatch","id":"3.0","epoch":1,"task":"p/a","input":..}`: the effect, whole |
 * | | `{"type":"recall","dispatch":"3.0","epoch":1,"why":..}`: stop, and report `cancelled` |
 * | | `{"type":"handed","dispatch":"3.0","epoch":1,"accepted":true}`: what became of a handoff it offered |
 * | from it | `{"dispatch":"3.0","epoch":1,"report":{"type":"done","result":..}}`: any report; without `epoch`, the last one's |
 * | | `{"dispatch":"3.0","send":{"key":"report","kind":"comment",..}}`: wants an effect, as `job.send`. It has a `key` |
 * | | `{"dispatch":"3.0","patch":{"add":[..]}}`: changes the plan, as `job.patch`, with or without a `key` |
 * | to it | `{"type":"sent","dispatch":"3.0","key":"report","sent":{"type":"done",..}}`: what became of a `send` |
 * | | `{"type":"patched","dispatch":"3.0","key":"a/1"}`: a `patch` was made; with `"duplicate":true` its key was known |
 * | | `{"type":"refused","dispatch":"3.0","key":"report","error":{"code":..,"message":..}}`: a `send` or `patch` was not, and its task goes on |
 * | from it | `{}`: it is alive, and no more; so is any other line without `dispatch`, but RY2213 tells of that |
 *
 * A process that ends is started anew, and what it had is given out again. One that does not report on a task it was told to
 * stop, within `graceMs`, is killed and started anew; that is no crash, and what else it had is given back, at the same attempt. Its
 * standard error is this process's.
 *
 * It has a process group of its own, which ends with it: what it has started does not outlive it. A report counts for tasks that
 * were given to it; others are dropped.
 */
export class Subprocess implements Agent {
  readonly id: string;
  readonly profile: Profile;
  readonly #command: readonly string[];
  readonly #options: { cwd?: string; env?: NodeJS.ProcessEnv };
  readonly graceMs: number;
  #group: Group | undefined;
  /** Its tasks, with their epochs. */
  readonly #has = new Map<string, number>();
  /** Tasks it had, with their epochs, the oldest first. */
  readonly #had = new Map<string, number>();
  /** Tasks it was told to stop, and when it is killed for not listening. */
  readonly #recalled = new Map<string, () => void>();
  /** Who was killed for that. */
  readonly #unheeding = new WeakSet<Group>();

  /** `command` is the program and its arguments; no shell is used. */
  constructor(id: string, command: readonly string[], options: SubprocessOptions = {}) {
    const { cwd, env, graceMs = 5000, ...profile } = options;
    const texts = Array.isArray(command) && command.length > 0 && command.every((part) => typeof part === "string");
    if (!texts) throw new ReynoldsError(`RY2206: the command of an agent must be a list of texts, it is ${describe(command)}`);
    if (!(graceMs >= 0)) throw new ReynoldsError(`RY2206: \`graceMs\` must be a number from 0 on, it is ${describe(graceMs)}`);
    this.id = id;
    this.profile = profile;
    this.#command = command;
    this.#options = { ...(cwd !== undefined && { cwd }), ...(env && { env }) };
    this.graceMs = graceMs;
  }

  /** The process's number, while there is one. */
  get pid(): number | undefined {
    return this.#group?.child.pid;
  }

  async start(desk: Desk): Promise<void> {
    const [program = "", ...args] = this.#command;
    const child = spawn(program, args, { ...this.#options, stdio: ["pipe", "pipe", "inherit"], detached: Group.own });
    // First of all: an error that nobody listens for ends this process.
    const spawned = new Promise<void>((resolve, reject) => child.once("spawn", resolve).on("error", reject));
    // Where no file can be opened any more, there are not even pipes.
    if ((child.stdin as unknown) === undefined) return spawned;
    const group = new Group(child);
    // An earlier life may still be ending: what it had is not this one's.
    this.#forget();
    this.#group = group;
    // A write to a process that has just ended; that it has is told by `ended`.
    child.stdin.on("error", () => {});
    const flush = lines(child.stdout, (line, whole) => this.#heard(group, desk, line, whole), () => group.kill());
    try {
      await spawned;
    } catch (error) {
      this.#group = undefined;
      group.forget();
      throw error;
    }
    // One that only closes its output is not heard any more, and gets so long to end.
    let heeded = () => {};
    child.stdout.once("end", () => (heeded = this.#inTime(group)));
    void group.ended.then((how) => {
      heeded();
      flush();
      if (this.#group !== group) return;
      this.#group = undefined;
      this.#forget();
      // It may have ended by itself just before.
      desk.gone(how, this.#unheeding.has(group) && child.signalCode === "SIGKILL");
    });
  }

  async dispatch(effect: DispatchEffect): Promise<void> {
    this.#has.set(effect.id, effect.epoch);
    await this.#write(effect);
  }

  recall(effect: RecallEffect): void {
    const group = this.#group;
    // It may just have said that it is done.
    if (!group || !this.#has.has(effect.dispatch) || this.#recalled.has(effect.dispatch)) return;
    this.#write(effect).catch(() => {});
    this.#recalled.set(effect.dispatch, this.#inTime(group, () => this.#unheeding.add(group)));
  }

  handed(effect: HandedEffect): void {
    this.#write(effect).catch(() => {});
  }

  /** Its input ends, and with it most programs; one that goes on is killed. */
  async stop(): Promise<void> {
    const group = this.#group;
    if (!group) return;
    group.child.stdin.end();
    const heeded = this.#inTime(group);
    await group.ended;
    heeded();
  }

  /** Kills it after its grace, unless what this returns was called before. `setTimeout` alone takes a long grace for none. */
  #inTime(group: Group, before = () => {}): () => void {
    return systemClock.after(this.graceMs, () => {
      before();
      group.kill();
    });
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.#group?.kill();
    await this.#group?.ended;
  }

  #write(message: object): Promise<void> {
    return new Promise((resolve, reject) => {
      const stdin = this.#group?.child.stdin;
      if (!stdin?.writable) return reject(new Error("its process is gone"));
      stdin.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Nobody hears an answer any more whose life is over. */
  #answer(group: Group, answered: object): void {
    if (this.#group === group) this.#write(answered).catch(() => {});
  }

  /** The epoch of a dispatch that it has, or had. */
  #given(dispatch: string): number | undefined {
    return this.#has.get(dispatch) ?? this.#had.get(dispatch);
  }

  #heard(group: Group, desk: Desk, line: string, whole: boolean): void {
    if (line.trim() === "") return;
    let said: ReturnType<typeof parsed>;
    try {
      said = parsed(line);
    } catch (error) {
      return this.#unreadable(group, desk, line, error as Error, whole);
    }
    desk.alive();
    const { dispatch, report } = said ?? {};
    if (said && wants(said)) {
      const given = typeof dispatch === "string" ? this.#given(dispatch) : undefined;
      void answer(this.id, desk, said, given).then((answered) => this.#answer(group, answered));
      return;
    }
    if (dispatch === undefined) {
      if (record(said) && Object.keys(said).length > 0) desk.trouble(nameless(said));
      return;
    }
    if (typeof dispatch !== "string") {
      desk.trouble(`has written what is no report, it is dropped: ${line.slice(0, 200)}`);
      return;
    }
    const own = this.#given(dispatch);
    if (own === undefined) {
      desk.trouble(`has reported on dispatch ${dispatch.slice(0, 40)}, which was not given to it; the report is dropped`);
      return;
    }
    if (report && LAST.has(report.type) && this.#group === group) this.#over(dispatch);
    // What can not be used is refused by the core, with its reason, and fails the task.
    void desk.report(dispatch, said?.epoch ?? own, report as Report);
  }

  /** A line that can not be read. */
  #unreadable(group: Group, desk: Desk, line: string, { message: why, name }: Error, whole: boolean): void {
    const dispatch = /"dispatch"\s*:\s*"([^"]*)"/.exec(line)?.[1] ?? "";
    const wanted = this.#given(dispatch) === undefined ? undefined : wantsUnread(line);
    if (wanted) {
      const what = `has written a \`${wanted.what}\` that can not be read, ${why}: ${line.slice(0, 200)}`;
      return this.#answer(group, mistaken(this.id, desk, what, dispatch, wanted.key));
    }
    const epoch = this.#group === group ? this.#has.get(dispatch) : undefined;
    if (epoch === undefined) {
      // What a library prints must not end the agent, nor be lost.
      process.stderr.write(`${this.id}: ${line}\n`);
      return;
    }
    desk.trouble(`has written a report that can not be read, ${why}: ${line.slice(0, 200)}`);
    // What a process was still writing when it died says nothing of the task: its death does.
    if (GOES_ON.has(KIND.exec(line)?.[1]) || (!whole && name === "SyntaxError")) return;
    // It believes that it has said its last word about the task, which must not wait for ever.
    this.#over(dispatch);
    void desk.report(dispatch, epoch, { type: "failed", reason: cut(`its last report can not be read, ${why}`), permanent: true });
  }

  #over(dispatch: string): void {
    this.#recalled.get(dispatch)?.();
    this.#recalled.delete(dispatch);
    const epoch = this.#has.get(dispatch);
    this.#has.delete(dispatch);
    if (epoch !== undefined) this.#had.set(dispatch, epoch);
    if (this.#had.size > REMEMBERED) this.#had.delete(this.#had.keys().next().value!);
  }

  #forget(): void {
    for (const dispatch of [...this.#has.keys()]) this.#over(dispatch);
  }
}

/** What is wrong with a line that names no dispatch. Its keys come from a process, and may be anything. */
function nameless(said: object): string {
  const keys = Object.keys(said).map((key) => `\`${key}\``).join(", ").slice(0, KEYS).toWellFormed();
  return (
    `has written a line without \`dispatch\`, with the keys ${keys}; a report names its task by \`dispatch\` (the dispatch's \`id\`), ` +
    "and this line is no more than a sign of life"
  );
}

/** A line's JSON. JavaScript would make whole numbers from 2^53 on into others, without a word. */
function parsed(line: string): (Said & { epoch?: number; report?: Report }) | null {
  const said = JSON.parse(line) as { report?: Report; send?: unknown; patch?: unknown } | null;
  if (/\d{16}/.test(line) && isUnsafe([said?.report, said?.send, said?.patch])) {
    // A float may be as large.
    const numbers = line.replace(/"(?:[^"\\]|\\.)*"/g, "").match(/[-+.\deE]+/g) ?? [];
    const whole = numbers.some((number) => /^-?\d+$/.test(number) && !Number.isSafeInteger(Number(number)));
    if (whole) throw new Error("a whole number must be below 2^53");
  }
  return said;
}

function isUnsafe(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(isUnsafe);
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** Calls `heard` with each line; what it returns, with the last one, if that has no end and so may not be whole. */
function lines(stream: Readable, heard: (line: string, whole: boolean) => void, tooLong: () => void): () => void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let over = false;
  stream.on("data", (chunk: Buffer) => {
    if (over) return;
    const parts = (rest + decoder.write(chunk)).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) heard(part, true);
    if (rest.length > LINE_BYTES) {
      [rest, over] = ["", true];
      tooLong();
    }
  });
  const flush = () => {
    const line = over ? "" : rest + decoder.end();
    rest = "";
    if (line !== "") heard(line, false);
  };
  stream.on("end", flush);
  return flush;
}
