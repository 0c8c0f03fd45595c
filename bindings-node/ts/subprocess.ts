import { spawn, type ChildProcessByStdio } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import type { Readable, Writable } from "node:stream";
import type { Agent, Desk } from "./agents.js";
import type { DispatchEffect, HandedEffect, Profile, RecallEffect, Report } from "./types.js";

/** How a process is run, beside what it says of itself. */
export interface SubprocessOptions extends Profile {
  /** Its working directory. */
  cwd?: string;
  /** Its environment. That of this process when absent. */
  env?: NodeJS.ProcessEnv;
  /** How long it may take to report on a task it was told to stop, and to end when it is stopped. 5 seconds. */
  graceMs?: number;
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** A longer line is no report: the process is killed, or it would fill the memory. */
const LINE_BYTES = 1 << 20;
/** Reports after which it has nothing more to do with a task. */
const LAST = new Set<Report["type"]>(["done", "failed", "cancelled", "needs_input", "decline"]);

/**
 * A program as an agent: one process, to which tasks go as lines of JSON and from which reports come as lines of JSON.
 *
 * | | a line |
 * |---|---|
 * | to it | `{"type":"dispatch","id":"3.0","epoch":1,"task":"p/a","input":..}`: the effect, whole |
 * | | `{"type":"recall","dispatch":"3.0","epoch":1,"why":..}`: stop, and report `cancelled` |
 * | | `{"type":"handed","dispatch":"3.0","epoch":1,"accepted":true}`: what became of a handoff it offered |
 * | from it | `{"dispatch":"3.0","epoch":1,"report":{"type":"done","result":..}}`: any report; without `epoch`, the last one's |
 *
 * A process that ends is started anew, and what it had is given out again. One that does not report on a task it was told to
 * stop, within `graceMs`, is killed, with everything else it has. Its standard error is this process's.
 */
export class Subprocess implements Agent {
  readonly id: string;
  readonly profile: Profile;
  readonly #command: readonly string[];
  readonly #options: { cwd?: string; env?: NodeJS.ProcessEnv };
  readonly #graceMs: number;
  #child: Child | undefined;
  /** Its tasks, with their epochs. */
  readonly #has = new Map<string, number>();
  /** Tasks it was told to stop, and when it is killed for not listening. */
  readonly #recalled = new Map<string, NodeJS.Timeout>();

  /** `command` is the program and its arguments; no shell is used. */
  constructor(id: string, command: readonly string[], options: SubprocessOptions = {}) {
    const { cwd, env, graceMs, ...profile } = options;
    this.id = id;
    this.profile = profile;
    this.#command = command;
    this.#options = { ...(cwd !== undefined && { cwd }), ...(env && { env }) };
    this.#graceMs = graceMs ?? 5000;
  }

  /** The process's number, while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(desk: Desk): Promise<void> {
    const [program = "", ...args] = this.#command;
    const child = spawn(program, args, { ...this.#options, stdio: ["pipe", "pipe", "inherit"] });
    // A write to a process that has just ended; that it has is told by `close`.
    child.stdin.on("error", () => {});
    await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    this.#child = child;
    child.on("error", () => {});
    // One that hangs does not see that its input has ended.
    const orphan = () => child.kill("SIGKILL");
    process.once("exit", orphan);
    lines(child.stdout, (line) => this.#heard(child, desk, line), () => child.kill("SIGKILL"));
    // Not `exit`: what it has written before must be heard first.
    child.once("close", (code, signal) => {
      process.off("exit", orphan);
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#forget();
      desk.gone(signal ? `it was ended by ${signal}` : `it ended with ${code}`);
    });
  }

  async dispatch(effect: DispatchEffect): Promise<void> {
    this.#has.set(effect.id, effect.epoch);
    await this.#write(effect);
  }

  recall(effect: RecallEffect): void {
    const child = this.#child;
    // It may just have said that it is done.
    if (!child || !this.#has.has(effect.dispatch) || this.#recalled.has(effect.dispatch)) return;
    this.#write(effect).catch(() => {});
    this.#recalled.set(effect.dispatch, setTimeout(() => child.kill("SIGKILL"), this.#graceMs));
  }

  handed(effect: HandedEffect): void {
    this.#write(effect).catch(() => {});
  }

  /** Its input ends, and with it most programs; one that goes on is killed. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    child.stdin.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), this.#graceMs);
    await closed;
    clearTimeout(timer);
    this.#forget();
  }

  #write(message: object): Promise<void> {
    return new Promise((resolve, reject) => {
      const stdin = this.#child?.stdin;
      if (!stdin?.writable) return reject(new Error("its process is gone"));
      stdin.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }

  #heard(child: Child, desk: Desk, line: string): void {
    if (line.trim() === "") return;
    let said: { dispatch?: unknown; epoch?: unknown; report?: Report };
    try {
      said = JSON.parse(line) as typeof said;
    } catch {
      // What a library prints must not end the agent, nor be lost.
      process.stderr.write(`${this.id}: ${line}\n`);
      return;
    }
    desk.alive();
    const { dispatch, report } = said ?? {};
    if (typeof dispatch !== "string") return;
    const epoch = said.epoch ?? this.#has.get(dispatch);
    if (typeof epoch !== "number" || report === null || typeof report !== "object") return;
    if (LAST.has(report.type) && this.#child === child) {
      clearTimeout(this.#recalled.get(dispatch));
      this.#recalled.delete(dispatch);
      this.#has.delete(dispatch);
    }
    void desk.report(dispatch, epoch, report);
  }

  #forget(): void {
    for (const timer of this.#recalled.values()) clearTimeout(timer);
    this.#recalled.clear();
    this.#has.clear();
  }
}

/** Calls `heard` with each whole line. */
function lines(stream: Readable, heard: (line: string) => void, tooLong: () => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const parts = (rest + decoder.write(chunk)).split("\n");
    rest = parts.pop() ?? "";
    parts.forEach(heard);
    if (rest.length > LINE_BYTES) {
      rest = "";
      tooLong();
    }
  });
}
