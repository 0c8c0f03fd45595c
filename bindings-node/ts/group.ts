import type { ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";

export type Child = ChildProcessByStdio<Writable, Readable, null>;

/** So long a pipe may stay open after its process has ended, because a child of it holds it: then nobody listens any more. */
const DRAIN_MS = 250;
/** Signals that end a process in which nobody listens for them. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The groups that live. */
const groups = new Set<Group>();

/** A process and all it has started: one process group, except on Windows, which has none. */
export class Group {
  /** Has a process a group of its own here? */
  static readonly own = process.platform !== "win32";
  readonly child: Child;
  /** Resolves when it has ended and nothing more is heard of it: with how. */
  readonly ended: Promise<string>;
  #over = false;

  constructor(child: Child) {
    this.child = child;
    watch(this);
    this.ended = new Promise((resolve) => {
      let drained: NodeJS.Timeout | undefined;
      let how = "it ended";
      const over = () => {
        if (this.#over) return;
        clearTimeout(drained);
        // What it has started may be there still.
        this.kill();
        this.#over = true;
        child.stdout.destroy();
        unwatch(this);
        resolve(how);
      };
      child.once("exit", (code, signal) => {
        how = signal ? `it was ended by ${signal}` : `it ended with ${code}`;
        // What it has written before must be heard first.
        drained = setTimeout(() => setImmediate(over), DRAIN_MS);
      });
      child.once("close", over);
    });
  }

  /** It never began. */
  forget(): void {
    this.#over = true;
    unwatch(this);
  }

  /** Ends all of it at once. */
  kill(): void {
    const { pid } = this.child;
    if (this.#over || pid === undefined) return;
    try {
      if (Group.own) process.kill(-pid, "SIGKILL");
      else this.child.kill("SIGKILL");
    } catch {
      // Nothing of it is there any more.
    }
  }
}

function killAll(): void {
  for (const group of groups) group.kill();
}

/** Their own groups are not reached by what ends this process. */
function signalled(signal: NodeJS.Signals): void {
  // As if nobody listened here: others may ask whether they are alone, as this does, and end the process then.
  process.off(signal, signalled);
  if (process.listenerCount(signal) > 0) {
    // Somebody closes the host, or does not want to end.
    setImmediate(() => groups.size > 0 && listen(signal));
    return;
  }
  killAll();
  process.kill(process.pid, signal);
}

function listen(signal: NodeJS.Signals): void {
  if (!process.listeners(signal).includes(signalled)) process.prependListener(signal, signalled);
}

function watch(group: Group): void {
  groups.add(group);
  if (groups.size > 1) return;
  process.on("exit", killAll);
  if (Group.own) SIGNALS.forEach(listen);
}

function unwatch(group: Group): void {
  if (!groups.delete(group) || groups.size > 0) return;
  process.off("exit", killAll);
  for (const signal of SIGNALS) process.off(signal, signalled);
}
