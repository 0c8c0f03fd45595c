import type { AdmittedVerdict, Decision, Denial, Event, HoldReason, LimitName, Proposal, Tripped, Verdict } from "./types.js";
import { record } from "./json.js";
import type { Sending, Sent, Turn } from "./options.js";

/** The verdict about the one effect a proposal asks for. */
export function verdictOf(decision: Decision): Verdict | undefined {
  // Dispatches that leave because of it come behind it.
  return decision.verdicts.find((verdict) => verdict.type === "duplicate") ?? own(decision)[0];
}

/** The verdict about the handler of an event that was not handled. Its rule is the last one; what comes behind it are dispatches. */
export function verdictOfHandle(decision: Decision): Verdict | undefined {
  return own(decision).findLast((verdict) => verdict.type !== "admitted");
}

/**
 * What became of each effect that a record brought, in their order. What a breaker sends to tell of a denial is none of them, and
 * stands behind that denial, or in front of all where what was denied is of an earlier record.
 */
function own({ seq, verdicts }: Decision): Verdict[] {
  const notices = new Set(verdicts.map((verdict) => (verdict.type === "tripped" ? verdict.notice : undefined)));
  const found = new Map<string, Verdict>();
  for (const verdict of verdicts) {
    if (!("effect" in verdict) || !verdict.effect.startsWith(`${seq}.`) || notices.has(verdict.effect)) continue;
    found.set(verdict.effect, verdict);
  }
  return [...found.values()];
}

/** What each limit counts. */
const COUNTED: Partial<Record<LimitName, string>> = {
  "chain.budget": "automated effects of one chain",
  "chain.answers": "direct answers to one root",
  "chain.read_budget": "reads of one chain",
  "chain.repeat_budget": "events of one chain that led to a repetition",
};

function met({ limit, limit_name }: Denial): string {
  return `${limit_name ?? "a budget"} (${limit}): ${(limit_name && COUNTED[limit_name]) ?? "effects of one chain"}`;
}

/**
 * A denial in words: its reason and the sentence of the core, and of an open breaker also what ends it. `tripped` tells what the
 * emergency breaker has stopped now.
 */
export function denialText(denial: Denial, tripped?: () => Tripped | undefined): string {
  const { reason, chain, hop, limit } = denial;
  switch (reason) {
    case "hop_limit":
      return `hop_limit: chain ${chain} would make automated hop ${hop} in a row; the limit is ${limit}`;
    case "budget":
      return `budget: chain ${chain} has reached ${met(denial)}; this is one more, at hop ${hop}`;
    case "loop":
      return `loop: ${repeats(denial)}${rarely(denial)}`;
    case "proved":
      return `proved: declared deterministic, chain ${chain} repeats itself exactly ${often(denial)}, now at hop ${hop}`;
    case "rounds":
      return `rounds: somebody answers us and we them in chain ${chain}, for more than ${limit} rounds, and as far as can be told only because we answer`;
    case "stopped":
      return `stopped: a person stopped ${stopWords(denial)}`;
    case "tripped":
      return (
        `tripped: the emergency breaker is open: chain ${chain}, or what goes to and fro with it, was denied before, or all of the ` +
        "tenant is stopped; a person resumes it with `resume_chain`, or one effect may leave to try again, " +
        again(chain, tripped?.())
      );
    case "incomplete":
      return "incomplete: the rule's `kind` or `subject` is empty for this event; let its predicate ask for the field";
  }
}

function again(chain: string, tripped: Tripped | undefined): string {
  const until = tripped?.chains.find((one) => one.chain === chain)?.until ?? tripped?.stopped_until;
  return until === undefined ? "when `tripped()` says" : `after ${clock(Math.max(until, tripped?.stopped_until ?? 0))}`;
}

/** A time as people write it. */
export function clock(at: number): string {
  return new Date(at).toISOString().replace("T", " ").replace("Z", " UTC");
}

/** What repeats itself. Hops are only counted along definite links: where some are inferred, the steps of the line are. */
function repeats(denial: Denial): string {
  const { chain, hop, grounds } = denial;
  if (!grounds?.inferred) return `chain ${chain} repeats itself ${often(denial)}, now at hop ${hop}`;
  const many = grounds.definite ? `${grounds.inferred} of them` : "all";
  return (
    `chain ${chain} goes on with an exchange that repeats itself ${often(denial, "step")}, ${grounds.definite + grounds.inferred} by now, ` +
    `${many} inferred from who comes when`
  );
}

/** Which stop it is, and where that was ordered. */
function stopWords({ chain, stop }: Denial): string {
  if (!stop) return `chain ${chain}, its subject, or everything`;
  const what = { all: "everything", chain: `chain ${chain}`, subject: "its subject, or what it concerns" }[stop.what];
  return stop.record === undefined ? what : `${what}, in record ${stop.record}`;
}

/** How many sound lines would be stopped, where that is known. */
function rarely({ false_stop_ppm: ppm }: Denial): string {
  return ppm === undefined ? "" : `; at most ${ppm} in a million legitimate lines of steps ever look like this`;
}

function often({ period }: Denial, step = "hop"): string {
  if (period === undefined) return "again and again";
  return period === 1 ? `at each ${step}` : `every ${period} ${step}s`;
}

/** Why an effect is held, in words, and what becomes of it when nobody does anything. */
function heldText(why: HoldReason, until: number, denial: Denial | undefined): string {
  const at = clock(until);
  switch (why) {
    case "limit":
      return `held for a person: ${denial ? denialText(denial) : "it meets a limit"}; if nobody decides, it is given up at ${at}`;
    case "behind":
      return `held: it waits behind an earlier effect on the same subject, and is looked at again when that one has left or ended, at ${at} at the latest`;
    case "probe":
      return (
        "held: it repeats itself after each answer; whether the answers come because of us is seen while nothing leaves; it is looked at " +
        `again at ${at}, and then leaves, waits on or is denied; if that is meant, give its rule \`loops: "reentry(n)"\`, or declare it ` +
        "in the proposal as `attempt`, `progress` or `plan`; if a person answers, name that account in `actors`"
      );
    case "repeats":
      return (
        "held: it repeats itself; if that is meant, declare it as `attempt`, `progress` or `plan`, or give its rule " +
        `\`loops: "reentry(n)"\`; it leaves by itself at ${at}`
      );
  }
}

/** Verdicts that end an effect without an outcome. */
export const ENDS: Partial<Record<Verdict["type"], string>> = {
  expired: "its expires_at passed before it left; times are milliseconds since 1970",
  cancelled: "a person or a stop dropped it",
  denied: "it was denied",
};

/** What a verdict answers at once; `undefined` if the effect leaves and its outcome is still to come. */
export function atOnce(verdict: Verdict | undefined, tripped?: () => Tripped | undefined): Sent | undefined {
  switch (verdict?.type) {
    case "held": {
      const { effect, until, why, denial } = verdict;
      return { type: "held", effect, until, why: heldText(why, until, denial) };
    }
    case "denied": {
      const { type, effect, key, ...denial } = verdict;
      return { type, effect, denial, why: denialText(denial, tripped) };
    }
    case "duplicate":
      return { type: "duplicate", of: verdict.of, why: `already sent as ${verdict.of}` };
    case "expired":
      return { type: "failed", effect: verdict.effect, why: ENDS[verdict.type]! };
    default:
      return undefined;
  }
}

/** What was sent, and in log mode what would have become of it. */
export function judged(sent: Sent, { would, would_hold }: AdmittedVerdict): Sent {
  if (sent.type !== "done" || !would) return sent;
  return { ...sent, would, ...(would_hold && { would_hold }) };
}

/** What a handler is told about its event. */
export type Facts = Pick<Turn, "chain" | "redelivered" | "would">;

/** A turn over an event. */
export function turnOf(event: Event, facts: Facts, send: (proposal: Proposal) => Promise<Sent>): Turn {
  const sends = (sending: Sending) => send((record(sending) ? { ...sending, subject: sending.subject ?? event.subject } : sending) as Proposal);
  return { event, subject: event.subject, ...facts, send: sends };
}
