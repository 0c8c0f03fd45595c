import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Desk, type Options, type Performing, type ReynoldsError } from "reynolds";

/** A folder for one test. */
export function folder(): { path: string; [Symbol.dispose](): void } {
  const root = mkdtempSync(join(tmpdir(), "reynolds-"));
  return { path: join(root, "bot.ryj"), [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

let deliveries = 0;

/** A comment by a person. */
export function comment(id = `d${++deliveries}`) {
  return {
    id, source: "github", kind: "issue_comment.created", subject: "github:acme/api#7", object: `github:comment/${id}`,
    actor: { id: "github:octocat", class: "human" as const }, text: `Question ${id}?`,
  };
}

/** Options of a bot that writes on a platform in memory, and what it wrote and was told. */
export function bot(more: Partial<Options> = {}) {
  const posts: Performing[] = [];
  const errors: ReynoldsError[] = [];
  const options: Options = {
    name: "triage",
    self: ["github:triage[bot]"],
    onError: (error) => errors.push(error),
    perform(effect) {
      posts.push(effect);
      return { type: "done", object: `github:comment/1${posts.length}` };
    },
    ...more,
  };
  return { options, posts, errors };
}

const nobody = () => Promise.reject(new Error("no host is here"));

/** Where nobody hears an agent. */
export const DESK: Desk = { async report() {}, send: nobody, patch: nobody, alive() {}, trouble() {}, gone() {} };

/** Waits until something holds, for at most five seconds. */
export async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !what(); tries++) await new Promise((resolve) => setTimeout(resolve, 5));
  if (!what()) throw new Error(`never came true: ${what}`);
}
