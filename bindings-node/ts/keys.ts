import { ReynoldsError } from "./errors.js";

/**
 * The keys of lineage tokens: `[[2, "new secret"], [1, "old secret"]]`. The first signs, all verify. Numbers are 0 to 255, secrets
 * have at least 14 bytes; take 32 random ones.
 * They are never stored in the journal.
 */
export type Keys = ReadonlyArray<readonly [id: number, secret: string | Uint8Array]>;

/** As the addon wants them. */
export function split(keys: Keys | undefined): [Uint8Array, Buffer[]] {
  const ids: number[] = [];
  const secrets: Buffer[] = [];
  if (keys !== undefined && !Array.isArray(keys)) {
    throw new ReynoldsError('RY2206: `keys` must be a list of pairs: [[1, "secret"]]');
  }
  for (const [at, key] of (keys ?? []).entries()) {
    const [id, secret] = (Array.isArray(key) ? key : []) as [unknown, unknown];
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id > 255) wrong(at, "begin with a number from 0 to 255");
    if (typeof secret !== "string" && !(secret instanceof Uint8Array)) wrong(at, "have a text or bytes as its secret");
    if (ids.includes(id)) wrong(at, "have a number of its own");
    ids.push(id);
    secrets.push(Buffer.from(secret as string));
  }
  return [Uint8Array.from(ids), secrets];
}

function wrong(at: number, must: string): never {
  throw new ReynoldsError(`RY2206: keys[${at}] must ${must}: [1, "secret"]`);
}
