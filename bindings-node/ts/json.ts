import { ReynoldsError } from "./errors.js";

/** What may be given where JSON is wanted: an object, its text, or the text's bytes. */
export type Json<T> = T | string | Uint8Array;

/** Deeper than any input may be. A cycle gets there too. */
const DEPTH = 130;

/** The JSON text of a value. What JSON would silently leave out or change is an error that names its place. */
export function encode(value: unknown, what: string): string {
  if (value === null || typeof value !== "object") {
    throw malformed(`${what} is ${describe(value)}, expected an object, JSON text or its bytes`);
  }
  check(value, what, 0);
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw malformed(`${what}: ${(error as Error).message}`, error);
  }
  if (text === undefined) throw malformed(`${what} has a \`toJSON\` that returns nothing`);
  return text;
}

/** The bytes as they are, but for memory that another thread could change while it is read. */
export function bytes(value: Uint8Array): Uint8Array {
  return value.buffer instanceof ArrayBuffer ? value : Uint8Array.from(value);
}

/** A time, record or release number: a whole number from 0 to 2^53 - 1. */
export function whole(value: unknown, what: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new ReynoldsError(`RY1005: \`${what}\` is ${describe(value)}, it must be a whole number from 0 to 2^53 - 1`, { field: what });
}

function check(value: object, path: string, depth: number): void {
  if (depth > DEPTH) throw malformed(`${path.slice(0, 60)}... is nested deeper than ${DEPTH} levels, or contains itself`);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) checkOne(value[index], path, index, depth, true);
    return;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    if (typeof (value as { toJSON?: unknown }).toJSON === "function") return;
    if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) {
      throw malformed(`\`${path}\` is a ${value.constructor.name}, which JSON does not have`);
    }
  }
  for (const key in value) checkOne((value as Record<string, unknown>)[key], path, key, depth, false);
}

function checkOne(value: unknown, path: string, key: string | number, depth: number, inArray: boolean): void {
  switch (typeof value) {
    case "string":
    case "boolean":
      return;
    case "number":
      if (Number.isFinite(value)) return;
      break;
    case "object":
      if (value !== null) check(value, place(path, key), depth + 1);
      return;
    case "undefined":
      if (!inArray) return;
      break;
  }
  throw malformed(`\`${place(path, key)}\` is ${describe(value)}, which JSON does not have`);
}

function place(path: string, key: string | number): string {
  return typeof key === "number" ? `${path}[${key}]` : `${path}.${key}`;
}

/** Is it an object with names, as JSON has them? */
export function record(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value in an error's words. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case "bigint":
      return `the bigint ${value}n`;
    case "symbol":
    case "function":
      return `a ${typeof value}`;
    case "string":
      return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value)}`;
    case "object":
      return value === null ? "null" : `a ${value.constructor?.name ?? "object"}`;
    default:
      return String(value);
  }
}

/** An input that is none. */
export function malformed(reason: string, cause?: unknown): ReynoldsError {
  const message = `RY1001: not a valid input: ${reason}; compare with the wire format in the documentation`;
  return new ReynoldsError(message, cause === undefined ? undefined : { cause });
}
