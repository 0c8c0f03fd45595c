import { record, type Json } from "./json.js";
import type { Options } from "./options.js";
import type { Config, Input, Rule } from "./types.js";

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

/** A host's own `configure` keeps that rule: without it every `handle` would wait for nothing. */
export function configured(input: Json<Input>): Json<Input> {
  let given: unknown = input;
  try {
    if (typeof input === "string" || input instanceof Uint8Array) given = JSON.parse(typeof input === "string" ? input : new TextDecoder().decode(input));
  } catch {
    return input; // The core says what is wrong with it.
  }
  if (!record(given) || given["type"] !== "configure" || !record(given["config"])) return input;
  const rules = given["config"]["rules"];
  if (rules !== undefined && !Array.isArray(rules)) return input;
  return { ...given, config: inlined(given["config"] as Config) } as Input;
}

function inlined(config: Config): Config {
  const marked = { [`attributes.${MARK}`]: INLINE };
  // In log mode nothing may change for a living bot: it gets its own echoes too, as it did before.
  const when = config.enforce === "log" ? { all: [marked, { any: [{ echo: true }, { echo: false }] }] } : marked;
  const rule: Rule = { id: INLINE, when, handle: INLINE };
  const others = (config.rules ?? []).filter((other) => !record(other) || other.id !== INLINE);
  return { ...config, rules: [...others, rule] };
}

/** The attribute that marks an event given to `handle`. */
export const MARK = "reynolds";
