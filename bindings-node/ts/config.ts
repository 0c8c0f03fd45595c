import { ReynoldsError } from "./errors.js";
import { describe, encode, malformed, record, type Json } from "./json.js";
import type { Options } from "./options.js";
import type { Config, Event, Input, Predicate, Rule } from "./types.js";

/** The handler of events that were given to `handle`. */
export const INLINE = "reynolds:handle";

/** The keys of a configuration; all other options are the host layer's. */
const KEYS: Record<keyof Config, true> = {
  enforce: true, self: true, actors: true, chain: true, breaker: true, timing: true, limits: true, work: true, agents: true, rules: true,
};

/** The configuration in the options, with the rule by which `handle` gets its events back. */
export function configOf(options: Options): Config {
  const config: Record<string, unknown> = {};
  for (const key of Object.keys(KEYS) as Array<keyof Config>) if (options[key] !== undefined) config[key] = options[key];
  return inlined(config as Config);
}

/**
 * An input of the host's own. `configure` keeps that rule: without it every `handle` would wait for nothing. What it may repeat,
 * and what then, the configuration can say. An event does not trigger it, whatever attributes its sender has made up: only `handle` does.
 */
export function configured(input: Json<Input>): Json<Input> {
  let given: unknown = input;
  try {
    if (typeof input === "string" || input instanceof Uint8Array) given = JSON.parse(typeof input === "string" ? input : new TextDecoder().decode(input));
  } catch (error) {
    throw malformed(`an input must be an object or its JSON: ${(error as Error).message}`, error);
  }
  if (!record(given)) throw malformed(`an input must be an object, it is ${Array.isArray(given) ? "a list; submit each" : describe(given)}`);
  if (given["type"] === "event" && isMarked(given)) return unmarked(given as unknown as Event) as Input;
  if (given["type"] !== "configure" || !record(given["config"])) return input;
  const rules = given["config"]["rules"];
  if (rules !== undefined && !Array.isArray(rules)) return input;
  return { ...given, config: inlined(given["config"] as Config) } as Input;
}

function inlined(config: Config): Config {
  const rules = config.rules ?? [];
  const isOurs = (rule: unknown) => record(rule) && rule["id"] === INLINE;
  const given = rules.filter(isOurs).map(told);
  // Two of them are the core's to refuse.
  const own = (given.length > 0 ? given : [{}]).map((more) => ({ id: INLINE, when: whenOf(config.enforce === "log"), handle: INLINE, ...more }));
  return { ...config, rules: [...rules.filter((rule) => !isOurs(rule)), ...own] };
}

function whenOf(logs: boolean): Predicate {
  const marked = { [`attributes.${MARK}`]: INLINE };
  // In log mode nothing may change for a living bot: it gets its own echoes too, as it did before.
  return logs ? { all: [marked, { any: [{ echo: true }, { echo: false }] }] } : marked;
}

/** What somebody says of the rule for `handle`. */
function told(rule: Rule): Pick<Rule, "loops" | "enforce"> {
  const { id: _, loops, enforce, ...rest } = rule;
  const more = Object.entries(rest).filter(([name, value]) => value !== undefined && !isBuiltIn(name, value));
  if (more.length > 0) {
    const names = more.map(([name]) => `\`${name}\``).join(", ");
    const field = `rule \`${INLINE}\``;
    const may = "it is the rule of `handle`, and may have `loops` and `enforce` beside its `id`";
    throw new ReynoldsError(`RY1014: configuration, ${field}: ${may}, but not ${names}: give that to a rule of another id`, { field });
  }
  return { ...(loops !== undefined && { loops }), ...(enforce !== undefined && { enforce }) };
}

/** A configuration that was read from a broker has the rule as it was made, with each text as a list. */
function isBuiltIn(name: string, value: unknown): boolean {
  if (name !== "when" || !record(value)) return name === "handle" && value === INLINE;
  const plain = encode(value, "when").replaceAll(`["${INLINE}"]`, `"${INLINE}"`);
  return [true, false].some((logs) => JSON.stringify(whenOf(logs)) === plain);
}

/** The attribute that marks an event given to `handle`. */
export const MARK = "reynolds";

/** The event as an input, marked as one that host code waits for. */
export function marked(event: Event): Input {
  const { id, attributes } = event;
  if (id !== undefined && typeof id !== "string") throw malformed(`the \`id\` of an event must be a text, it is ${describe(id)}`);
  if (id === undefined) throw malformed("`event` must be an event with an `id`; a reader makes one: `github.event(...)`");
  if (attributes !== undefined && !record(attributes)) {
    throw malformed(`\`attributes\`: must be an object, it is ${describe(attributes)}`);
  }
  return { ...event, type: "event", attributes: { ...attributes, [MARK]: INLINE } };
}

/** The event as the host gave it. */
export function unmarked(event: Event): Event {
  if (!isMarked(event)) return event;
  const { [MARK]: _, ...attributes } = event.attributes!;
  const { attributes: __, ...rest } = event;
  return Object.keys(attributes).length > 0 ? { ...rest, attributes } : rest;
}

function isMarked({ attributes }: { attributes?: unknown }): boolean {
  return record(attributes) && MARK in attributes;
}
