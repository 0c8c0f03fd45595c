import type { Options } from "./options.js";
import type { Config, Rule } from "./types.js";

/** The handler of events that were given to `handle`. */
export const INLINE = "reynolds:handle";

/** The keys of a configuration; all other options are the host layer's. */
const KEYS: Record<keyof Config, true> = {
  enforce: true, self: true, actors: true, chain: true, breaker: true, timing: true, limits: true, agents: true, rules: true,
};

/** The configuration in the options, with the rule by which `handle` gets its events back. */
export function configOf(options: Options): Config {
  const config: Record<string, unknown> = {};
  for (const key of Object.keys(KEYS) as Array<keyof Config>) if (options[key] !== undefined) config[key] = options[key];
  const marked = { [`attributes.${MARK}`]: INLINE };
  // In log mode nothing may change for a living bot: it gets its own echoes too, as it did before.
  const when = options.enforce === "log" ? { all: [marked, { any: [{ echo: true }, { echo: false }] }] } : marked;
  const rule: Rule = { id: INLINE, when, handle: INLINE };
  return { ...(config as Config), rules: [...(options.rules ?? []), rule] };
}

/** The attribute that marks an event given to `handle`. */
export const MARK = "reynolds";
