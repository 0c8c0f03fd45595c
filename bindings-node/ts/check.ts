import { INLINE } from "./config.js";
import { ReynoldsError } from "./errors.js";
import { describe, record } from "./json.js";
import type { Handler, Options } from "./options.js";

/** What an option must be, in an error's words, and whether a value is that. */
type Check = [must: string, is: (value: unknown) => boolean];

const CALL: Check = ["be a function", (value) => typeof value === "function"];
const LIST: Check = ["be a list", Array.isArray];
const NAMES: Check = ["be an object", record];
const from = (least: number): Check => [
  `be a whole number, ${least} or more`,
  (value) => (Number.isSafeInteger(value) || value === Infinity) && (value as number) >= least,
];

/** All options there are. The core looks at those of the configuration more closely. */
const OPTIONS: Record<keyof Options, Check> = {
  name: ["be a text", (value) => typeof value === "string"],
  perform: CALL,
  find: CALL,
  handlers: ["be an object with a function for each name", record],
  resume: CALL,
  ask: CALL,
  keys: ["be a list of pairs, [[1, \"secret\"]]", Array.isArray],
  timeoutMs: from(1),
  concurrency: from(1),
  maxHandlers: from(1),
  snapshotEvery: from(1),
  closeMs: from(0),
  onDecision: CALL,
  onError: CALL,
  seed: ["be a whole number from 0 to 2^53 - 1", (value) => Number.isSafeInteger(value) && (value as number) >= 0],
  clock: ["have the functions `now` and `after`", (value) => ["now", "after"].every((name) => isFunctionOf(value, name))],
  enforce: ["be a text", () => true],
  self: LIST,
  actors: NAMES,
  chain: NAMES,
  timing: NAMES,
  limits: NAMES,
  rules: LIST,
  breaker: NAMES,
  agents: NAMES,
  work: NAMES,
};

/** Refuses options that are none, and those that can not be used, by name. */
export function checkOptions(options: unknown): asserts options is Options {
  if (!record(options)) throw wrong(`the options must be an object, they are ${describe(options)}`);
  const names = Object.keys(OPTIONS);
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(OPTIONS, name)) continue;
    const meant = nearest(name, names);
    throw wrong(`there is no option \`${name}\`${meant === undefined ? "" : `; \`${meant}\` is meant, perhaps`}`);
  }
  for (const [name, [must, is]] of Object.entries(OPTIONS)) {
    const value = options[name];
    if ((value !== undefined || name === "perform" || name === "name") && !is(value)) throw wrong(`\`${name}\` must ${must}, it is ${describe(value)}`);
  }
  const now = (options as unknown as Options).clock?.now() ?? 0;
  if (!Number.isSafeInteger(now) || now < 0) throw wrong(`\`clock.now()\` must be a whole number, 0 or more, it is ${describe(now)}`);
  for (const [name, handler] of Object.entries(options["handlers"] ?? {})) {
    if (typeof handler !== "function") throw wrong(`\`handlers.${name}\` must be a function, it is ${describe(handler)}`);
  }
  const { rules, handlers } = options as unknown as Options;
  for (const { id, handle } of (rules ?? []).filter(record) as Array<{ id?: unknown; handle?: unknown }>) {
    // The core looks at the rules more closely.
    if (typeof id !== "string" || typeof handle !== "string" || handle === INLINE || handlerOf(handlers, handle)) continue;
    throw wrong(`the rule \`${id}\` names the handler \`${handle}\`, which is none of \`handlers\`: its events would wait for ever`);
  }
}

/** A handler by its name, which is none of what every object has. */
export function handlerOf(handlers: Options["handlers"], name: string): Handler | undefined {
  const found = handlers?.[name];
  const everybodys = (Object.prototype as unknown as Record<string, unknown>)[name];
  return typeof found === "function" && found !== everybodys ? found : undefined;
}

/** What was meant by a name that is written in another manner, or with one or two typing errors. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const plain = (text: string) => text.replaceAll(/[_-]/g, "").toLowerCase();
  const far = (other: string) => distance(plain(name), plain(other));
  const [best] = names.map((other) => [far(other), other] as const).sort(([a], [b]) => a - b);
  return best && best[0] <= Math.min(2, best[1].length / 3) ? best[1] : undefined;
}

/** How many letters are to be put in, taken out or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

function isFunctionOf(value: unknown, name: string): boolean {
  return typeof (value as Record<string, unknown> | null)?.[name] === "function";
}

function wrong(what: string): ReynoldsError {
  return new ReynoldsError(`RY2206: ${what}`);
}
