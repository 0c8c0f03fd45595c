import type { Desk } from "./agent.js";
import type { ReynoldsError } from "./errors.js";
import { misnamed, refused, type JobPatch } from "./jobs.js";
import { record } from "./json.js";
import type { Sent } from "./options.js";
import { says } from "./outcomes.js";
import type { Proposal } from "./types.js";

/** By these a line wants something, and is answered. */
const WANTS = ["send", "patch"] as const;
type Wants = (typeof WANTS)[number];

/** What a line of a process says, as far as it is known. */
export interface Said {
  dispatch?: unknown;
  epoch?: unknown;
  report?: unknown;
  send?: unknown;
  patch?: unknown;
}

/** The answer to a line: one for each. */
type Answer =
  | { type: "sent"; dispatch: string; key: string; sent: Sent }
  | { type: "patched"; dispatch: string; key: string; duplicate?: true }
  | { type: "refused"; dispatch?: string; key?: string; error: { code: string; message: string } };

/** Refusals that only its author can mend: they are told to `onError` too. */
const MISTAKES = new Set(["RY1001", "RY2206"]);

/** What a line wants, if it wants anything. */
export function wants(said: unknown): Wants | undefined {
  return record(said) ? WANTS.find((name) => name in said) : undefined;
}

/** Does what a line of the agent `id` wants. `given` is the epoch of its dispatch, if that was ever given to it. Never rejects. */
export async function answer(id: string, desk: Desk, said: Said, given: number | undefined): Promise<Answer> {
  const what = wants(said)!;
  const named = keyOf(said[what]);
  const wrong = mistake(said, what, given);
  if (wrong !== undefined) return mistaken(id, desk, wrong, said.dispatch, named);
  const [dispatch, epoch] = [said.dispatch as string, given as number];
  try {
    if (what === "send") return { type: "sent", dispatch, key: named!, sent: await desk.send(dispatch, epoch, said.send as Proposal) };
    const { key, duplicate } = await desk.patch(dispatch, epoch, said.patch as JobPatch);
    return { type: "patched", dispatch, key, ...(duplicate && { duplicate }) };
  } catch (error) {
    const { code = "RY2206" } = error as ReynoldsError;
    const message = says(error);
    if (MISTAKES.has(code)) desk.trouble(`has written a \`${what}\` that is refused: ${message}`, error);
    return { type: "refused", dispatch, ...(named !== undefined && { key: named }), error: { code, message } };
  }
}

/** Refuses a line, and tells who can mend it. `what` follows the agent's name. */
export function mistaken(id: string, desk: Desk, what: string, dispatch: unknown, key: string | undefined): Answer {
  desk.trouble(what);
  const { code, message } = refused(id, what);
  return { type: "refused", ...(typeof dispatch === "string" && { dispatch }), ...(key !== undefined && { key }), error: { code, message } };
}

/** What is wrong with a line itself. */
function mistake(said: Said, what: Wants, given: number | undefined): string | undefined {
  const { dispatch, epoch } = said;
  const other = (["report", "patch"] as const).find((name) => name !== what && name in said);
  if (other) return `has written a line with \`${what}\` and \`${other}\`, it is refused; a line has one of them`;
  if (typeof dispatch !== "string") {
    return `has written a \`${what}\` without a text as \`dispatch\`, it is refused; it names its task by that (the dispatch's \`id\`)`;
  }
  if (given === undefined) return `wants to ${what} for dispatch ${dispatch.slice(0, 40)}, which was not given to it`;
  if (!record(said[what])) return `has written a \`${what}\` that is no object, it is refused`;
  if (what === "send" && keyOf(said.send) === undefined) return "has written a `send` without a text as `key`, it is refused; the answer names it by that";
  if (epoch !== undefined && epoch !== given) return misnamed(what, dispatch, epoch, given);
  return undefined;
}

function keyOf(wanted: unknown): string | undefined {
  const key = record(wanted) ? wanted["key"] : undefined;
  return typeof key === "string" ? key : undefined;
}

/** What a line wants that is no JSON, or has numbers that would become others: its own keys say so, not what it may quote. */
export function wantsUnread(line: string): { what: Wants; key: string | undefined } | undefined {
  const found = new Map<string, string | undefined>();
  const path: string[] = [];
  let name = "";
  const tokens = line.match(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/g) ?? [];
  for (const token of tokens) {
    if (token === "{" || token === "[") path.push(name);
    else if (token === "}" || token === "]") path.pop();
    else if (token.endsWith(":")) {
      name = text(token.slice(0, -1));
      if (path.length === 1) found.set(name, undefined);
    } else if (path.length === 2 && name === "key" && found.has(path[1]!)) found.set(path[1]!, text(token));
  }
  const what = WANTS.find((name) => found.has(name));
  return what && { what, key: found.get(what) };
}

function text(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token.trim().slice(1, -1);
  }
}
