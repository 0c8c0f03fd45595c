import { randomUUID } from "node:crypto";
import type { Broker } from "./broker.js";
import type { Bypass } from "./bypass.js";
import { notWhilePerforming } from "./context.js";
import type { ReynoldsError } from "./errors.js";
import { record } from "./json.js";
import type { Mailbox } from "./mailbox.js";
import type { Sent } from "./options.js";
import type { Own } from "./own.js";
import type { Results } from "./results.js";
import { atOnce, judged, verdictOf } from "./turn.js";
import type { Decision, Input, Proposal, Tripped } from "./types.js";

/** What sending needs of its host. */
interface Office {
  readonly broker: Broker;
  readonly mailbox: Mailbox;
  readonly results: Results;
  readonly bypass: Bypass;
  /** The host takes nothing more. */
  closing(): boolean;
  trouble(error: ReynoldsError): void;
  /** Waits for it before the host closes. */
  track<T>(work: Promise<T>): Promise<T>;
}

/** For whom something is sent. */
export interface Sender {
  /** What was called. In log mode nothing may change for a living bot; a job is none. */
  readonly call: "turn.send" | "job.send";
  /** The event, the `handle` effect or the dispatch that it is sent for. */
  readonly cause: string;
  readonly tenant: string | undefined;
  /** The handler goes on, and may send more. */
  readonly more: boolean;
  /** What this run of the handler, or this job, has sent. */
  readonly own: Own;
}

/** Proposes effects, one at a time, and waits for what becomes of them. */
export class Sending {
  constructor(readonly office: Office) {}

  send(proposal: Proposal, sender: Sender): Promise<Sent> {
    const { results, mailbox } = this.office;
    const { call, cause, tenant, more, own } = sender;
    return new Promise((resolve, reject) => {
      notWhilePerforming(call);
      const input: Input = { type: "propose", cause, effects: [proposal], ...(more && { more }), ...(tenant !== undefined && { tenant }) };
      // Before anybody else hears of it: a quick platform must not answer before somebody listens.
      const heard = (decision: Decision) => {
        const verdict = verdictOf(decision);
        if (verdict && "effect" in verdict) own.effects.add(verdict.effect);
        if (verdict?.type === "admitted") results.wait(verdict.effect, (sent) => resolve(judged(sent, verdict)), reject);
      };
      const decided = (decision: Decision) => {
        const sent = this.#atOnce(decision, proposal, sender);
        if (sent) resolve(sent);
      };
      const refused = (error: unknown) => {
        if (!results.logs || call === "job.send" || !this.#goesOn(error as ReynoldsError) || !record(proposal)) return reject(error);
        this.office.trouble(error as ReynoldsError);
        resolve(this.office.track(this.office.bypass.send(cause, proposal, tenant)));
      };
      mailbox.post({ input, heard, resolve: decided, reject: refused });
    });
  }

  /** Log mode: is it the broker that is the trouble, and not the call? */
  #goesOn({ code }: ReynoldsError): boolean {
    return code?.startsWith("RY1") || (!this.office.closing() && code !== "RY2202" && code !== "RY2206");
  }

  /** What the emergency breaker has stopped now. */
  tripped(tenant: string | undefined): Tripped | undefined {
    try {
      return this.office.broker.tripped(tenant);
    } catch {
      // Why something was denied is more than when that ends.
      return undefined;
    }
  }

  /** Nothing, if it leaves and its outcome is still to come. */
  #atOnce(decision: Decision, proposal: Proposal, sender: Sender): Sent | Promise<Sent> | undefined {
    const verdict = verdictOf(decision);
    if (verdict?.type === "admitted") return undefined;
    if (this.office.results.logs && sender.call === "turn.send" && verdict?.type === "duplicate" && proposal.key === undefined) {
      const { effects } = sender.own;
      // It says the same twice, as it always did; what it had said before the process ended, it has said.
      if (effects.has(verdict.of)) return this.send({ ...proposal, key: `~${randomUUID()}` }, sender);
      effects.add(verdict.of);
    }
    return atOnce(verdict, () => this.tripped(sender.tenant)) ?? { type: "failed", effect: "", why: "nothing was decided about it" };
  }
}
