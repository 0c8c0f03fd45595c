import type { Performed, Sent } from "./options.js";

/** So many characters of a reason are kept. */
const REASON = 500;
/** Nothing is put off for longer than a day. */
const DAY_MS = 86_400_000;

/**
 * What an error of a platform's client says about the effect. `now` is the time a rate limit's end is counted from, in
 * milliseconds since 1970.
 */
export function outcomeOf(error: unknown, now = Date.now()): Performed {
  try {
    return read(error, now);
  } catch {
    // Looking at it has thrown: nobody knows what it means.
    return { type: "ambiguous" };
  }
}

function read(error: unknown, now: number): Performed {
  const { status, response, headers } = (error ?? {}) as {
    status?: unknown;
    response?: { headers?: unknown };
    headers?: unknown;
  };
  const given = response?.headers ?? headers;
  const after_ms = retryAfter(given);
  if (typeof status !== "number" || status === 408 || status >= 500 || status < 400) {
    return status === 503 && after_ms !== undefined ? { type: "retry", after_ms } : { type: "ambiguous" };
  }
  if (status === 403 || status === 429) {
    const pause = after_ms ?? untilReset(given, now) ?? (status === 429 ? 60_000 : undefined);
    if (pause !== undefined) return { type: "retry", after_ms: pause };
  }
  return { type: "failed", reason: says(error) };
}

function header(headers: unknown, name: string): unknown {
  const get = (headers as { get?: (name: string) => unknown } | undefined)?.get;
  return typeof get === "function" ? get.call(headers, name) : (headers as Record<string, unknown> | undefined)?.[name];
}

function retryAfter(headers: unknown): number | undefined {
  const seconds = Number(header(headers, "retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(Math.ceil(seconds * 1000), DAY_MS) : undefined;
}

/** GitHub's way to say it, where there is no `retry-after`: nothing is left, and when there will be more. */
function untilReset(headers: unknown, now: number): number | undefined {
  const left = header(headers, "x-ratelimit-remaining");
  if (left === undefined || left === null || Number(left) !== 0) return undefined;
  const reset = Number(header(headers, "x-ratelimit-reset") ?? Number.NaN) * 1000;
  // It counts whole seconds of another clock.
  return Number.isFinite(reset) ? Math.min(Math.max(Math.ceil(reset - now), 1000), DAY_MS) : undefined;
}

/** What a final outcome is for who sent it; nothing if it comes again. */
export function ended(effect: string, result: Performed): Sent | undefined {
  switch (result?.type) {
    case "done": {
      const { object, objects } = result;
      return { type: "done", effect, ...(object !== undefined && { object }), ...(objects && { objects }) };
    }
    case "failed":
      return { type: "failed", effect, why: result.reason ?? "the platform refused it" };
    case "cancelled":
      return { type: "failed", effect, why: "`perform` cancelled it" };
    default:
      return undefined;
  }
}

/** An error in one line of at most 500 characters. It is asked while something goes wrong already, so it never throws. */
export function says(error: unknown): string {
  let text: unknown;
  try {
    text = error instanceof Error ? error.message : typeof error === "object" && error !== null ? JSON.stringify(error) : String(error);
  } catch {
    // A cycle, a bigint, a getter that throws.
  }
  return cut(typeof text === "string" && text !== "" ? text : kind(error));
}

/** The first line of a text, as far as a reason has room for it. */
export function cut(text: string): string {
  // Half a surrogate pair is no text: the reason would be refused, and the outcome with it.
  return (text.split("\n")[0] ?? "").slice(0, REASON).toWellFormed();
}

/** The name of a value's type. */
function kind(value: unknown): string {
  try {
    const { name } = (value as object).constructor;
    if (typeof name === "string" && name !== "") return name;
  } catch {
    // It has no constructor, or one that does not want to be asked.
  }
  return typeof value;
}
