import { randomUUID } from "node:crypto";
import { closed } from "./errors.js";
import { describe, malformed, record } from "./json.js";
import { sentOf } from "./outcomes.js";
import type { Performing, Sent } from "./options.js";
import type { Answered, Performer } from "./performing.js";
import type { Proposal } from "./types.js";

/** Log mode: where the broker itself is the trouble, the bot goes on without it. */
export class Bypass {
  constructor(
    readonly name: string,
    readonly performer: Performer,
  ) {}

  /** Performs what was wanted, and nothing is recorded of it: nobody tries it again. */
  async send(cause: string, proposal: Proposal, tenant: string | undefined): Promise<Sent> {
    const id = "0.0";
    if (!record(proposal)) throw malformed(`an effect is ${describe(proposal)}, expected an object`);
    const lineage = { id, release: 0, chain: "0", cause: [cause], hop: 0, redelivered: false, ...(tenant !== undefined && { tenant }) };
    // A platform that takes such keys must not take two of these for one.
    const performing: Performing = { ...proposal, ...lineage, type: "act", idempotency_key: `${this.name}/${id}/${randomUUID()}` };
    const answered = await new Promise<Answered | undefined>((resolve) => this.performer.perform(performing, resolve, () => {}));
    if (!answered) throw closed();
    const { result } = answered;
    return sentOf(id, result) ?? { type: "failed", effect: id, why: `its outcome is ${result?.type ?? typeof result}, and it is not tried again` };
  }
}
