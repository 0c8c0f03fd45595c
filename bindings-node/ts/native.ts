import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ReynoldsError } from "./errors.js";

/** The addon's own broker. Everything is JSON, bytes, texts and numbers. */
export interface NativeBroker {
  readonly opened: string;
  submit(at: number, input: string): string;
  submitBytes(at: number, input: Uint8Array): string;
  submitAll(at: number, inputs: string): string;
  submitAllBytes(at: number, inputs: Uint8Array): string;
  submitWebhook(at: number, platform: Platform, headers: string[], body: Uint8Array): string;
  advance(at: number): string;
  released(after: number): string;
  wakeup(): string;
  staged(after: number): { first: number; last: number; bytes: Buffer } | null;
  markDurable(through: number): void;
  snapshot(): { seq: number; bytes: Buffer };
  poison(): void;
  segmentHeader(first: number): Buffer;
  ask(question: string): string;
  commit(): Promise<number>;
  saveSnapshot(): Promise<number>;
  close(): void;
}

/** The addon's own ready queue. */
export interface NativeDag {
  take(max: number): Uint32Array;
  finish(tasks: Uint32Array): void;
  restart(): void;
  readonly done: boolean;
  order(): Uint32Array;
}

/** Whose webhook it is. */
export type Platform = "github" | "teams" | "eventgrid" | "cloudevents";

/** What the addon exports. */
export interface Addon {
  version(): string;
  cli(args: string[]): { exit: number; out: string; notes: string };
  readWebhook(platform: Platform, headers: string[], body: Uint8Array): string;
  verifyGithub(secrets: Buffer[], signature: string, body: Uint8Array): void;
  mark(text: string, token: string): string;
  unmark(text: string): string;
  findToken(text: string): string | null;
  NativeDag: { create(tasks: number, edges: Uint32Array): NativeDag };
  NativeBroker: {
    create(genesis: string, keyIds: Uint8Array, secrets: Buffer[]): NativeBroker;
    restore(journal: Uint8Array, snapshot: Uint8Array | null, keyIds: Uint8Array, secrets: Buffer[]): NativeBroker;
    open(path: string, genesis: string, keyIds: Uint8Array, secrets: Buffer[]): Promise<NativeBroker>;
  };
}

/** The names under which an addon may be there for this machine, the likelier first. */
function names(): string[] {
  const base = `${process.platform}-${process.arch}`;
  if (process.platform === "linux") return usesMusl() ? [`${base}-musl`] : [`${base}-gnu`];
  if (process.platform === "win32") return [`${base}-msvc`];
  return [base];
}

function usesMusl(): boolean {
  // A machine of glibc may have musl's loader too, and no other has it not.
  if (!existsSync("/lib") || !readdirSync("/lib").some((name) => name.startsWith("ld-musl-"))) return false;
  const { report } = process as { report?: { excludeNetwork?: boolean; getReport(): unknown } };
  if (!report) return true;
  const { excludeNetwork } = report;
  // It would ask for the name of each connection's other end, which takes seconds.
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  if (excludeNetwork !== undefined) report.excludeNetwork = excludeNetwork;
  return header?.glibcVersionRuntime === undefined;
}

function load(): Addon {
  const failures: Error[] = [];
  for (const name of names()) {
    const built = join(__dirname, "..", `reynolds.${name}.node`);
    for (const from of existsSync(built) ? [built] : [`@reynolds-rs/${name}`]) {
      try {
        return require(from) as Addon;
      } catch (error) {
        failures.push(error as Error);
      }
    }
  }
  const said = failures.map((error) => error.message.split("\n")[0]).join("; ");
  throw new ReynoldsError(
    `RY2204: there is no reynolds addon for ${names().join(" or ")}: ${said}; install the package without ` +
      "--omit=optional, or build it from a clone with `npm install ./bindings-node` (needs Rust)",
    { cause: failures[0] },
  );
}

/** The addon, loaded once. */
export const addon: Addon = load();
