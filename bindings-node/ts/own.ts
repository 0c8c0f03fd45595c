import { ReynoldsError } from "./errors.js";
import type { Sent } from "./options.js";
import type { Proposal } from "./types.js";

/** What one run of a handler has sent, or one attempt at a task. */
export class Own {
  /** Its effects. */
  readonly effects = new Set<string>();
  readonly #keys = new Map<string, Pick<Proposal, "kind" | "subject">>();

  constructor(readonly whose: "handler" | "job") {}

  /** Sends it, unless its key stands for something else already: taken for a duplicate of that, it would be lost without a word. */
  async send(proposal: Proposal, send: () => Promise<Sent>): Promise<Sent> {
    const key = (proposal as Proposal | undefined)?.key;
    if (typeof key !== "string") return send();
    const before = this.#keys.get(key);
    if (before && (before.kind !== proposal.kind || before.subject !== proposal.subject)) {
      const used = `the key \`${key}\` was used in this ${this.whose} for \`${before.kind}\` on \`${before.subject}\``;
      throw new ReynoldsError(`RY2206: \`send\`: ${used}; a key stands for one effect, so give this one another`);
    }
    this.#keys.set(key, { kind: proposal.kind, subject: proposal.subject });
    try {
      return await send();
    } catch (error) {
      // What was refused has used no key.
      if (!before) this.#keys.delete(key);
      throw error;
    }
  }
}
