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

/** Where clients keep what a platform has answered: Octokit and got, axios, Bot Framework's, and those like them. */
interface Answer {
  status?: unknown;
  statusCode?: unknown;
  headers?: unknown;
}

function read(error: unknown, now: number): Performed {
  const places = [error, (error as { response?: unknown } | null | undefined)?.response].map((place) => (place ?? {}) as Answer);
  const status = places.flatMap((place) => [place.status, place.statusCode]).find(Number.isInteger) as number | undefined;
  const headers = places.map((place) => place.headers).filter((given) => typeof given === "object" && given !== null) as object[];
  let after_ms = retryAfter(headers, now);
  if (status === 403 || status === 429) after_ms ??= untilReset(headers, now) ?? (status === 429 ? 60_000 : undefined);
  if ((status === 403 || status === 429 || status === 503) && after_ms !== undefined) return { type: "retry", after_ms };
  if (status === undefined || status === 408 || status >= 500 || status < 400) return { type: "ambiguous" };
  return { type: "failed", reason: says(error) };
}

/** A header's text, however it is written: of the first of these in which it is. */
function header(headers: object[], name: string): string {
  for (const given of headers) {
    const { get } = given as { get?: unknown };
    // A plain object has it as the platform wrote it.
    const named = () => Object.entries(given).find(([key]) => key.toLowerCase() === name)?.[1] as unknown;
    const value: unknown = typeof get === "function" ? get.call(given, name) : named();
    if (value !== undefined && value !== null) return String(value).trim();
  }
  return "";
}

function seconds(text: string): number | undefined {
  return /^[0-9]+(\.[0-9]*)?$/.test(text) ? Number(text) : undefined;
}

/** A second at least, whatever a platform says: sent again at once, again and again, it would make a storm. */
function pause(ms: number): number {
  return Math.ceil(Math.min(Math.max(ms, 1000), DAY_MS));
}

/** Seconds, or a date. */
function retryAfter(headers: object[], now: number): number | undefined {
  const text = header(headers, "retry-after");
  const given = seconds(text);
  if (given !== undefined) return pause(given * 1000);
  const date = /^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : pause(date - now);
}

/** GitHub's way to say it, where there is no `retry-after`: nothing is left, and when there will be more. */
function untilReset(headers: object[], now: number): number | undefined {
  const reset = seconds(header(headers, "x-ratelimit-reset"));
  // It counts whole seconds of another clock.
  return reset !== undefined && seconds(header(headers, "x-ratelimit-remaining")) === 0 ? pause(reset * 1000 - now) : undefined;
}

/** What a final outcome is for who sent it; nothing if it comes again. */
export function sentOf(effect: string, result: Performed): Sent | undefined {
  switch (result?.type) {
    case "done": {
      const { object, objects } = result;
      return { type: "done", effect, ...(typeof object === "string" && { object }), ...(Array.isArray(objects) && { objects }) };
    }
    case "failed":
      return { type: "failed", effect, why: typeof result.reason === "string" ? result.reason : "the platform refused it" };
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
