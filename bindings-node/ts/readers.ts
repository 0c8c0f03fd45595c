import { native, ReynoldsError } from "./errors.js";
import { bytes, describe, record } from "./json.js";
import { addon, type Platform } from "./native.js";
import type { Performing } from "./options.js";
import type { Effect, EventInput } from "./types.js";

/** Headers as Node, `fetch` or a list of pairs gives them. */
export type HeadersLike =
  | Record<string, string | readonly string[] | undefined>
  | Iterable<readonly [string, string]>;

/** A request as it came: its headers and its raw body. */
export interface Webhook {
  /** The request's headers. */
  headers?: HeadersLike;
  /** The raw body. A body that was parsed and written again has another signature. */
  body: Uint8Array | string;
}

/** What Probot, `@octokit/webhooks` and others hand over: already parsed. */
export interface GithubDelivery {
  /** The header `X-GitHub-Delivery`; in GitHub Actions, which have none, what tells the run from others. */
  id: string;
  /** The header `X-GitHub-Event`, for example `issues`. */
  name: string;
  /** The parsed body. */
  payload: object;
}

/** Readers for GitHub's webhooks, and what a bot needs to answer there. */
export const github = {
  /**
   * Reads a delivery: raw (`{ headers, body }`), or parsed (`{ id, name, payload }`).
   *
   * @throws RY1101 to RY1108.
   */
  event(delivery: Webhook | GithubDelivery): EventInput {
    if (isParsed(delivery)) {
      // What is missing is for the reader to say: made up, it would be the same for all events.
      const headers = flat({ "X-GitHub-Event": named(delivery.name), "X-GitHub-Delivery": named(delivery.id) });
      return one("github", headers, encoded(delivery.payload));
    }
    const { headers, body } = request(delivery);
    return one("github", headers, body);
  },

  /**
   * Checks the header `X-Hub-Signature-256`, in constant time. Several secrets can be given, to replace one without losing
   * deliveries.
   *
   * @throws RY1107: answer 401. RY2206 without a secret, or with an empty one.
   */
  verify(secrets: string | Uint8Array | ReadonlyArray<string | Uint8Array>, webhook: Webhook): void {
    const { headers, body } = request(webhook);
    const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === "x-hub-signature-256");
    const all = typeof secrets === "string" || secrets instanceof Uint8Array ? [secrets] : secrets;
    const usable = (secret: unknown) => (typeof secret === "string" || secret instanceof Uint8Array) && secret.length > 0;
    // Everybody can sign with an empty one.
    if (!Array.isArray(all) || !all.every(usable)) {
      throw new ReynoldsError("RY2206: `secrets` must be a text or bytes that are not empty, or a list of these: is it set?");
    }
    const signature = at < 0 ? "" : (headers[at + 1] ?? "");
    native(() => addon.verifyGithub(all.map((secret) => Buffer.from(secret as string)), signature, body));
  },

  /** Where a subject like `github:acme/api#7` is, in Octokit's words. */
  ref(subject: string): { owner: string; repo: string; issue_number: number } {
    const found = /^github:([^/#]+)\/([^/#]+)#(\d+)$/.exec(subject);
    if (!found) {
      throw new ReynoldsError(`RY2207: \`${subject}\` is no issue or pull request; expected \`github:owner/repo#7\``);
    }
    return { owner: found[1]!, repo: found[2]!, issue_number: Number(found[3]) };
  },

  /**
   * The effect's text with its marker hidden behind it, for comments, issues and reviews. `marked` finds it again.
   *
   * @throws RY2206 for what is no effect: its marker would be that of all others.
   */
  mark(effect: Effect | Performing): string {
    needEffect(effect);
    const text = effect.type === "act" ? (effect.text ?? "") : "";
    return addon.mark(text, marker(effect));
  },

  /** A text as it was before `mark`, and before the platform trimmed it. Only a token's marker comes off. */
  unmark(text: string): string {
    return addon.unmark(text);
  },

  /**
   * Does a text carry the effect's marker? Ask it of each recent comment in `find`.
   *
   * @throws RY2206 for what is no effect.
   */
  marked(text: string | null | undefined, effect: Effect | Performing): boolean {
    needEffect(effect);
    return typeof text === "string" && text.includes(`<!-- ${marker(effect)} -->`);
  },
};

/** Readers for Microsoft Teams and other Bot Framework channels, and what a bot needs to answer there. */
export const teams = {
  /**
   * Reads an activity: raw (`{ body }`), or parsed. Who sent it is for your SDK to check.
   *
   * @throws RY1101 to RY1109.
   */
  event(activity: Webhook | object): EventInput {
    return one("teams", [], isWebhook(activity) ? request(activity).body : encoded(activity));
  },

  /**
   * Where a subject like `teams:19:ab@thread.tacv2;messageid=17` is: the conversation's id, as Bot Framework takes it, and the id of
   * the message that began the thread, where it is one.
   *
   * @throws RY2207 if it is no conversation.
   */
  ref(subject: string): { conversation: string; thread?: string } {
    const found = /^teams:(?!msg\/)([^;]+(?:;messageid=(.+))?)$/.exec(subject);
    if (!found) throw new ReynoldsError(`RY2207: \`${subject}\` is no conversation; expected \`teams:CONVERSATION\``);
    return { conversation: found[1]!, ...(found[2] !== undefined && { thread: found[2] }) };
  },

  /**
   * The object of a message, as `perform` returns it and events name it: `teams:msg/CONVERSATION/ID`, the same from every thread.
   *
   * @throws RY2206 without a conversation or an id: it would be the object of other messages too.
   */
  object(conversation: string, id: string): string {
    for (const [name, value] of Object.entries({ conversation, id })) {
      if (typeof value !== "string" || value === "") throw new ReynoldsError(`RY2206: \`${name}\` must be a text, not empty, it is ${describe(value)}`);
    }
    return `teams:msg/${conversation.split(";messageid=")[0]}/${id}`;
  },
};

/** Readers for Azure Event Grid in its own schema. */
export const eventgrid = {
  /**
   * Reads a request: raw (`{ body }`), or parsed: one event or an array. The question whether you want events has the kind
   * `Microsoft.EventGrid.SubscriptionValidationEvent`; answer with `{ validationResponse }`, the attribute `validation_code`.
   *
   * @throws RY1101 to RY1109.
   */
  events(events: Webhook | object): EventInput[] {
    return many("eventgrid", [], isWebhook(events) ? request(events).body : encoded(events));
  },
};

/** Readers for CloudEvents 1.0. */
export const cloudevents = {
  /**
   * Reads a request in binary, structured or batched form (`{ headers, body }`), or parsed events.
   *
   * @throws RY1101 to RY1109.
   */
  events(events: Webhook | object): EventInput[] {
    if (!isWebhook(events)) return many("cloudevents", [], encoded(events));
    const { headers, body } = request(events);
    return many("cloudevents", headers, body);
  },
};

function needEffect(effect: unknown): void {
  if (record(effect) && typeof effect["type"] === "string" && typeof effect["id"] === "string" && effect["id"] !== "") return;
  const found = record(effect) ? "has no `type` or no `id`" : `is ${describe(effect)}`;
  throw new ReynoldsError(`RY2206: the effect ${found}; give it as \`perform\` or \`find\` got it`);
}

/** The text that tells an effect's message from all others: its token, or without keys its idempotency key. */
function marker(effect: Effect | Performing): string {
  return effect.token ?? `reynolds:${"idempotency_key" in effect ? effect.idempotency_key : effect.id}`;
}

function one(platform: Platform, headers: string[], body: Uint8Array): EventInput {
  return many(platform, headers, body)[0]!;
}

function many(platform: Platform, headers: string[], body: Uint8Array): EventInput[] {
  const read = JSON.parse(native(() => addon.readWebhook(platform, headers, body))) as Array<Omit<EventInput, "type">>;
  // As an input, so that it can be given to `submit` as well as to `handle`.
  return read.map((event) => ({ type: "event", ...event }));
}

function isWebhook(value: unknown): value is Webhook {
  const body = (value as { body?: unknown } | null)?.body;
  return typeof body === "string" || body instanceof Uint8Array;
}

function isParsed(delivery: Webhook | GithubDelivery): delivery is GithubDelivery {
  return typeof (delivery as { payload?: unknown } | null)?.payload === "object" && !isWebhook(delivery);
}

function named(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? `${value}` : undefined;
}

function encoded(payload: object): Uint8Array {
  try {
    return Buffer.from(JSON.stringify(payload) ?? "");
  } catch (error) {
    throw new ReynoldsError(`RY1108: the payload is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** A request in the addon's form: header names and values in turn, and bytes. */
export function request(webhook: Webhook): { headers: string[]; body: Uint8Array } {
  if (!isWebhook(webhook)) {
    throw new ReynoldsError("RY1108: expected `{ headers, body }` with the raw body as bytes or text");
  }
  const body = typeof webhook.body === "string" ? Buffer.from(webhook.body) : bytes(webhook.body);
  return { headers: flat(webhook.headers ?? {}), body };
}

function flat(headers: HeadersLike): string[] {
  const pairs = Symbol.iterator in headers ? (headers as Iterable<readonly [string, string]>) : Object.entries(headers);
  const out: string[] = [];
  for (const [name, value] of pairs) {
    for (const each of Array.isArray(value) ? (value as string[]) : [value]) {
      if (typeof each === "string") out.push(String(name), each);
    }
  }
  return out;
}
