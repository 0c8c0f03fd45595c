// Made from the Rust types by scripts/types.py; change those.
//
// Times are milliseconds since 1970. Ids of effects and chains are texts of digits, as "42.0" and "42". Whole numbers are below
// 2^53.

/** A text in which `*` stands for any run of characters, or a list of them of which one must match. */
export type Patterns = string | string[];

/**
 * A question about an event: all of its keys must hold. `{ kind: "issues.*", class: ["human", "bot"] }`. An absent field
 * matches no pattern.
 */
export interface Predicate {
  /** `kind`, and every derived kind in `also`. */
  kind?: Patterns | undefined;
  source?: Patterns | undefined;
  subject?: Patterns | undefined;
  /** What the event concerns, through all that is known of its subject. */
  about?: Patterns | undefined;
  /** The actor's id. */
  actor?: Patterns | undefined;
  /** What the actor is, after `actors` in the configuration. */
  class?: Patterns | undefined;
  object?: Patterns | undefined;
  text?: Patterns | undefined;
  tenant?: Patterns | undefined;
  /** The subject's property of that name. */
  [state: `state.${string}`]: Patterns | undefined;
  /** The event's attribute of that name. */
  [attribute: `attributes.${string}`]: Patterns | undefined;
  /** The event is our own effect coming back. Without this key, such events match no rule. */
  echo?: boolean | undefined;
  /** A newer state of the event's object is known. */
  late?: boolean | undefined;
  /** All of them hold. */
  all?: Predicate[] | undefined;
  /** At least one holds. */
  any?: Predicate[] | undefined;
  /** It does not hold. Nested at most 16 deep. */
  not?: Predicate | undefined;
}

/**
 * What an actor is. A platform's word is a hint: the host's registry (`actors` in the configuration) overrides it.
 *
 * * `"unknown"`: Nobody knows. Counts as automated.
 * * `"human"`: A person. What a person does is a new root, also when it answers an effect.
 * * `"bot"`: An automated account.
 * * `"app"`: An application or integration.
 * * `"system"`: The platform itself: CI, alerts, resource changes.
 * * `"timer"`: A clock.
 */
export type ActorClass = "unknown" | "human" | "bot" | "app" | "system" | "timer";

/** Who did it. */
export interface Actor {
  /** Stable id with its platform in front, for example `github:octocat`. */
  id: string;
  /** What the platform says the actor is. */
  class?: ActorClass | undefined;
}

/** A property of a subject and the value it took, for example `labels` = `bug,p1` or `tree` = a git tree id. */
export interface Property {
  /** Which property. */
  property: string;
  /** Its value, in a form in which equal states are equal texts (sort labels before joining them). */
  value: string;
}

/**
 * Something that happened on a platform, in one form for all of them.
 *
 * Only `id`, `source`, `kind` and `subject` are required. `(tenant, source, id)` is the identity: a second event with
 * the same one is a duplicate. Byte limits are in `limits`.
 */
export interface Event {
  /** The delivery's own id: repeated by the source when it delivers again. At most 512 bytes. */
  id: string;
  /** Who delivered: `github`, `teams`, or the `source` of a CloudEvent. At most 1024 bytes. */
  source: string;
  /** What happened, as `noun.verb`: `issue_comment.created`. At most 256 bytes. */
  kind: string;
  /** What it happened to: `github:acme/api#7`. At most 1024 bytes. */
  subject: string;
  /**
   * What the subject belongs to, when that is known: a CI run concerns a pull request. The broker remembers this as an
   * alias, so that both resolve to one subject. At most 1024 bytes.
   */
  about?: string | undefined;
  /**
   * Further kinds derived from the outcome: `ci.failed`, `pr.merged`. Rules match these like `kind`. At most 16 of 256
   * bytes each.
   */
  also?: string[] | undefined;
  /** Who did it. Its id has at most 1024 bytes. */
  actor?: Actor | undefined;
  /**
   * The one platform object concerned, for example `github:comment/17`. Compared with the ids that outcomes report. At
   * most 1024 bytes.
   */
  object?: string | undefined;
  /** The text a person would read: a comment's body, a message. At most 262144 bytes. */
  text?: string | undefined;
  /** The object this one answers. At most 1024 bytes. */
  reply_to?: string | undefined;
  /** The state the subject has now. Name and value have at most 256 and 4096 bytes. */
  state?: Property | undefined;
  /** Orders the events of one object: one with a lower version than a known one arrived late. */
  version?: number | undefined;
  /** A lineage token found in the payload. Verified before the event is recorded, and never recorded itself. */
  token?: string | undefined;
  /** Declared attempt `[n, m]`: try n of at most m. */
  attempt?: [number, number] | undefined;
  /** Declared progress, growing with each step. */
  progress?: number | undefined;
  /** The tenant it belongs to. Nothing of one tenant reaches another. At most 256 bytes. */
  tenant?: string | undefined;
  /** When it happened by the platform's clock. Information only: the core's time is the `at` it is given. */
  occurred_at?: number | undefined;
  /** W3C trace context; its trace id travels with every effect of the chain. At most 256 bytes. */
  traceparent?: string | undefined;
  /**
   * A second identity, from the content: two events of one source and subject with the same `content_key` within
   * `content_window_ms` are one event delivered under two ids. One that starts with `~` is only likely: it counts from
   * 10 s after the first, when a platform sends a turn again, and while nothing of ours was done on the subject since.
   * At most 256 bytes.
   */
  content_key?: string | undefined;
  /** Whatever else a rule may want to match. At most 64; names of at most 256 bytes, values of 4096. */
  attributes?: Record<string, string> | undefined;
}

/** One cause or several. One alone equals a list of one. */
export type Causes = string | string[];

/** A declared plan and its size. */
export interface PlanRef {
  /** The plan's id. */
  id: string;
  /** How many effects it has. More than that count as undeclared. */
  size: number;
}

/** One effect the host's code wants. */
export interface Proposal {
  /**
   * The host's name for it, repeated in every verdict. Without one, the content names it: the same effect proposed
   * twice for one cause is a duplicate. At most 256 bytes.
   */
  key?: string | undefined;
  /** What to do: `comment`, `message`, `issue`, or any word the host's `perform` knows. At most 256 bytes. */
  kind: string;
  /** Where it lands. At most 1024 bytes. */
  subject: string;
  /** What it concerns, when that is another thing than where it lands. At most 1024 bytes. */
  about?: string | undefined;
  /** The object it answers. At most 1024 bytes. */
  reply_to?: string | undefined;
  /** The text a person would read. At most 262144 bytes. */
  text?: string | undefined;
  /** The property it sets, and to what. */
  writes?: Property | undefined;
  /** Declared attempt `[n, m]`, n growing and m fixed: a bounded retry, not a loop. */
  attempt?: [number, number] | undefined;
  /** Declared progress, growing with each step. */
  progress?: number | undefined;
  /** The declared plan it is a part of: charged to the plan's size instead of the chain's budget. */
  plan?: PlanRef | undefined;
  /** It changes nothing on the platform: it counts as a read, not as a hop. */
  read_only?: boolean | undefined;
  /** Drop it if it could not leave by then. */
  expires_at?: number | undefined;
  /** Free JSON for the host's `perform`. At most 262144 bytes. */
  payload?: unknown | undefined;
  /** The same input always leads to this effect: one exact repetition along a line is proof of a loop. */
  deterministic?: boolean | undefined;
}

/**
 * The host's own code wants effects, and names what made it want them.
 *
 * `(tenant, cause, key)` makes a proposal idempotent: proposed again, the same effect is a duplicate.
 */
export interface Propose {
  /**
   * What made the host want this: the `handle` effect being answered, an event as that effect's `cause` names it, or
   * several. An event goes by its id; where two sources use one id, the later event goes by `source/id`. At most 16.
   */
  cause: Causes;
  /** What it wants, possibly nothing. At most 256. */
  effects: Proposal[];
  /** The handler has not finished: the `handle` effect named as cause stays open until a later answer. */
  more?: boolean | undefined;
  /** The tenant, where there are several. At most 256 bytes. */
  tenant?: string | undefined;
}

/** It happened. */
export interface DoneResult {
  type: "done";
  /** The id the platform gave to what was made. */
  object?: string | undefined;
  /** Further ids, where one effect makes several objects. */
  objects?: string[] | undefined;
}

/** The platform refused it for now, and certainly did not do it. */
export interface RetryResult {
  type: "retry";
  /** When to try again, in milliseconds from now, at most one day. */
  after_ms: number;
}

/** Nobody knows whether it happened: a timeout, a reset connection, a 5xx. */
export interface AmbiguousResult {
  type: "ambiguous";
}

/** It did not happen and will not. */
export interface FailedResult {
  type: "failed";
  /** Why, for people. */
  reason?: string | undefined;
}

/** The host decided not to do it. */
export interface CancelledResult {
  type: "cancelled";
}

/** The five things that can become of an effect. */
export type OutcomeResult = DoneResult | RetryResult | AmbiguousResult | FailedResult | CancelledResult;

/** What became of an effect. Accepted whatever else is full: its room was reserved with the effect. */
export interface Outcome {
  /** The effect. */
  effect: string;
  /** Its result. */
  result: OutcomeResult;
  /** The effect's chain, as a cross-check: another one is rejected. */
  chain?: string | undefined;
  /** The effect's tenant, where there are several. */
  tenant?: string | undefined;
}

/** Stop a chain: its held effects are cancelled, further ones denied, in every enforcement mode. */
export interface StopChainOrder {
  type: "stop_chain";
  /** The chain. */
  chain: string;
}

/** Stop everything that lands on, or concerns, a subject. */
export interface StopSubjectOrder {
  type: "stop_subject";
  /** The subject. */
  subject: string;
}

/** Stop every effect of the tenant. */
export interface StopAllOrder {
  type: "stop_all";
}

/** Let a stopped chain go on. */
export interface ResumeChainOrder {
  type: "resume_chain";
  /** The chain. */
  chain: string;
}

/** Let a stopped subject go on. */
export interface ResumeSubjectOrder {
  type: "resume_subject";
  /** The subject. */
  subject: string;
}

/** Lift the stop of the tenant. Stopped chains and subjects stay stopped. */
export interface ResumeAllOrder {
  type: "resume_all";
}

/** Let a held effect leave. */
export interface ApproveOrder {
  type: "approve";
  /** The effect. */
  effect: string;
}

/** Drop a held effect, or one that waits to be tried again. */
export interface CancelOrder {
  type: "cancel";
  /** The effect. */
  effect: string;
}

/** Accept a clock that jumped ahead by more than `max_jump_ms`, up to `to`. */
export interface AcceptTimeOrder {
  type: "accept_time";
  /** The latest time to accept. */
  to: number;
}

/** What a person may order. */
export type Order =
  | StopChainOrder
  | StopSubjectOrder
  | StopAllOrder
  | ResumeChainOrder
  | ResumeSubjectOrder
  | ResumeAllOrder
  | ApproveOrder
  | CancelOrder
  | AcceptTimeOrder;

/** A person's word. Accepted whatever else is full. */
export interface Command {
  /** What to do. */
  do: Order;
  /** Who said so, for the record. Who may say so is the host's to check. */
  by?: Actor | undefined;
  /** Why, for the record. */
  reason?: string | undefined;
  /** The tenant, where there are several. */
  tenant?: string | undefined;
}

/**
 * What to do with an effect that meets a limit.
 *
 * * `"log"`: Decide and explain, but stop nothing: to run beside a living bot first. A person's stop is obeyed.
 * * `"hold"`: Hold it for a person, at most `hold_max_ms`; then deny it.
 * * `"deny"`: Deny it.
 */
export type Enforce = "log" | "hold" | "deny";

/** Limits on a chain. They can be raised, never switched off. */
export interface ChainLimits {
  /** Automated hops in a row, 1 to 1000. Default: 32. */
  hop_limit?: number | undefined;
  /**
   * Rounds of an exchange that is only inferred, 1 to 1000: so often we may answer somebody who answers us, whatever
   * is new each time. Denied only once probes have shown that the answers come because of us. Default: 16.
   */
  rounds?: number | undefined;
  /** Automated effects in a chain, 1 to 1,000,000. Split over children in the tokens that leave. Default: 96. */
  budget?: number | undefined;
  /** Reads (`read_only`) in a chain, 1 to 1,000,000. Default: 1,024. */
  read_budget?: number | undefined;
  /**
   * How often a line of automated steps may repeat itself in a row, 1 to 1000, before evidence that it is a loop
   * denies the next step. Until then each repetition is held, for twice as long each time. Default: 8.
   */
  recurrence_limit?: number | undefined;
  /**
   * Events of a chain whose effects repeat what was done along their line, over all lines, 1 to 1,000,000: a loop that
   * fans out is wide before it is deep. Default: 16.
   */
  repeat_budget?: number | undefined;
  /**
   * How often the same repetition, of a rule on a subject, may pass after a person has let a held one leave, 1 to
   * 1000. Default: 8.
   */
  approved_repeats?: number | undefined;
  /** Direct answers to one root, 1 to 1,000,000. Default: 1,024. */
  answers?: number | undefined;
  /**
   * Size of all declared plans of a chain together, 1 to 1,000,000. Plans beyond it count as undeclared. Default:
   * 10,000.
   */
  plan_max?: number | undefined;
  /** Largest `m` of a declared attempt `[n, m]`, 1 to 1000. Declarations beyond it are ignored. Default: 100. */
  attempt_max?: number | undefined;
}

/** The emergency breaker: a denial stops the chain, and tells a person once. */
export interface LoopBreaker {
  /**
   * Where a person is told, in one effect of kind `notify`: a conversation, an issue. Without it, or where the loop
   * itself runs there, nothing is sent; decisions and views say it all the same.
   */
  notify?: string | undefined;
  /**
   * How long a chain that tripped is closed, in milliseconds. Then one effect may leave; if it goes on as before, it
   * is closed for twice as long.
   */
  cooldown_ms?: number | undefined;
  /** Longest such time. */
  cooldown_max_ms?: number | undefined;
  /**
   * So many chains that trip within `window_ms` stop the whole tenant for a cooldown, 1 to 1000. Persons still get
   * answers.
   */
  count?: number | undefined;
  /** See `count`, in milliseconds. */
  window_ms?: number | undefined;
}

/** Times, in milliseconds. */
export interface Timing {
  /**
   * Without an outcome for this long after its release, an effect counts as ambiguous and is released again. Default:
   * 60,000 ms.
   */
  outcome_due_ms?: number | undefined;
  /** The same for `handle` effects: how long host code may take to answer. Default: 600,000 ms. */
  handle_due_ms?: number | undefined;
  /** Longest hold. Default: 604,800,000 ms. */
  hold_max_ms?: number | undefined;
  /**
   * Longest hold to find out whether an account, wherever it acts, acts because of us. Slower habits are not looked
   * into: most are harmless, and the answer is not worth the wait. Default: 21,600,000 ms.
   */
  habit_max_ms?: number | undefined;
  /** First pause before an ambiguous effect is released again; doubles each time. Default: 1,000 ms. */
  redeliver_ms?: number | undefined;
  /** Longest such pause. Default: 3,600,000 ms. */
  redeliver_max_ms?: number | undefined;
  /** An `at` further ahead than this is rejected. Default: 34,560,000,000 ms. */
  max_jump_ms?: number | undefined;
  /** How long two events with one `content_key` count as one. Default: 60,000 ms. */
  content_window_ms?: number | undefined;
}

/**
 * How many entries each collection may hold, per tenant.
 *
 * Work (`open_effects`, `open_bytes`, `tenants`, `stops`) rejects or fails safe when full. Memory (all others) forgets
 * its oldest entry, in an order that does not depend on time, and counts it.
 */
export interface Limits {
  /** Tenants. An event of one more is rejected. Default: 1,024. */
  tenants?: number | undefined;
  /** Effects that are held or await an outcome. An input that could cause more is rejected. Default: 65,536. */
  open_effects?: number | undefined;
  /**
   * Chains and subjects that people have stopped. When full, the tenant as a whole is stopped. As many chains that
   * tripped are remembered; those are forgotten, the first to trip first. Default: 4,096.
   */
  stops?: number | undefined;
  /** Events remembered, for recognising duplicates and naming causes. Default: 262,144. */
  events?: number | undefined;
  /**
   * Chains of other brokers, and trace ids, remembered. What a chain has used is remembered as long as an effect of
   * it. Default: 65,536.
   */
  chains?: number | undefined;
  /** Effects remembered after they ended. Default: 262,144. */
  effects?: number | undefined;
  /** Objects remembered as made by us. Default: 262,144. */
  receipts?: number | undefined;
  /** Subjects remembered, each: their aliases, threads and last states. Default: 65,536. */
  subjects?: number | undefined;
  /**
   * Bytes of all open effects together: their texts, payloads, and the events of `handle` effects. An input that could
   * cause more is rejected. Default: 268,435,456.
   */
  open_bytes?: number | undefined;
}

/** An effect to make from an event. Texts may name the event's fields: `"New: {subject} by {actor}"`. */
export interface EffectTemplate {
  /** What to do: `message`, `comment`, `issue`, or any word the host's `perform` knows. */
  kind: string;
  /** Where it lands. `{about}` is what the event concerns, through everything known of its subject. */
  subject: string;
  /** What it concerns. Without it, what the event concerns, if it lands elsewhere. */
  about?: string | undefined;
  /** The text. */
  text?: string | undefined;
  /** Drop it if it could not leave within this many milliseconds. */
  expires_in_ms?: number | undefined;
}

/** What follows from events that match. */
export interface Rule {
  /** Its name, unique, shown in every decision and effect it causes. */
  id: string;
  /** Which events. Without it, all of them except our own echoes. */
  when?: Predicate | undefined;
  /** Effects to make. */
  effects?: EffectTemplate[] | undefined;
  /** The host's handler to run. */
  handle?: string | undefined;
  /** What to do with effects of this rule, and of its handler, that meet a limit. */
  enforce?: Enforce | undefined;
  /** What its effects, and those of its handler, may repeat: `evidence`, `ignore_automation` or `reentry(n)`. */
  loops?: string | undefined;
  /** The same input always leads to the same effects. Then one exact repetition along a line is proof of a loop. */
  deterministic?: boolean | undefined;
}

/** Everything that can be set, with defaults a small bot can live with. */
export interface Config {
  /** What to do with an effect that meets a limit, where no rule says otherwise. */
  enforce?: Enforce | undefined;
  /** The accounts this host acts as: what they do is our own doing. */
  self?: string[] | undefined;
  /** What actors really are, whatever the platform says: `{"github:renovate": "bot"}`. */
  actors?: Record<string, ActorClass> | undefined;
  /** Limits on chains. */
  chain?: ChainLimits | undefined;
  /** What happens when an effect is denied for a loop or a limit. */
  breaker?: LoopBreaker | undefined;
  /** Times. */
  timing?: Timing | undefined;
  /** How much is kept. */
  limits?: Limits | undefined;
  /** What to do with which events. Every rule that matches applies. */
  rules?: Rule[] | undefined;
}

/**
 * Whether effects wait for the journal.
 *
 * * `"journal"`: An effect leaves after the record that released it was marked durable.
 * * `"volatile"`: Effects leave at once and nothing is staged: for small bots and tests. A crash loses everything.
 */
export type Durability = "journal" | "volatile";

/** What a broker starts from. It becomes record 1 of the journal; keys are no part of it. */
export interface Genesis {
  /**
   * The broker's name, 1 to 64 bytes: in front of effect ids it makes idempotency keys, so it must be unique among the
   * brokers that talk to the same platforms.
   */
  name: string;
  /**
   * A number, below 2^53 for other languages. It keys the tables and every choice that looks random. Where strangers
   * choose ids or subjects, take one they can not guess: who knows it could look for two that count as one.
   */
  seed?: number | undefined;
  /** Whether effects wait for the journal. */
  durability?: Durability | undefined;
  /** The configuration to start with. */
  config?: Config | undefined;
  /** The time at the start. At 0 the first input sets the clock, whatever it says. */
  at?: number | undefined;
}

/** A new configuration. It replaces the old one whole; what is open stays open. */
export interface Configure {
  /** The configuration. */
  config: Config;
}

/** Adopts a behaviour of a newer version, from this record on. */
export interface Adopt {
  /** The behaviour's number. */
  behaviour: number;
}

/** Something happened on a platform. */
export interface EventInput {
  type: "event";
  /** The delivery's own id: repeated by the source when it delivers again. At most 512 bytes. */
  id: string;
  /** Who delivered: `github`, `teams`, or the `source` of a CloudEvent. At most 1024 bytes. */
  source: string;
  /** What happened, as `noun.verb`: `issue_comment.created`. At most 256 bytes. */
  kind: string;
  /** What it happened to: `github:acme/api#7`. At most 1024 bytes. */
  subject: string;
  /**
   * What the subject belongs to, when that is known: a CI run concerns a pull request. The broker remembers this as an
   * alias, so that both resolve to one subject. At most 1024 bytes.
   */
  about?: string | undefined;
  /**
   * Further kinds derived from the outcome: `ci.failed`, `pr.merged`. Rules match these like `kind`. At most 16 of 256
   * bytes each.
   */
  also?: string[] | undefined;
  /** Who did it. Its id has at most 1024 bytes. */
  actor?: Actor | undefined;
  /**
   * The one platform object concerned, for example `github:comment/17`. Compared with the ids that outcomes report. At
   * most 1024 bytes.
   */
  object?: string | undefined;
  /** The text a person would read: a comment's body, a message. At most 262144 bytes. */
  text?: string | undefined;
  /** The object this one answers. At most 1024 bytes. */
  reply_to?: string | undefined;
  /** The state the subject has now. Name and value have at most 256 and 4096 bytes. */
  state?: Property | undefined;
  /** Orders the events of one object: one with a lower version than a known one arrived late. */
  version?: number | undefined;
  /** A lineage token found in the payload. Verified before the event is recorded, and never recorded itself. */
  token?: string | undefined;
  /** Declared attempt `[n, m]`: try n of at most m. */
  attempt?: [number, number] | undefined;
  /** Declared progress, growing with each step. */
  progress?: number | undefined;
  /** The tenant it belongs to. Nothing of one tenant reaches another. At most 256 bytes. */
  tenant?: string | undefined;
  /** When it happened by the platform's clock. Information only: the core's time is the `at` it is given. */
  occurred_at?: number | undefined;
  /** W3C trace context; its trace id travels with every effect of the chain. At most 256 bytes. */
  traceparent?: string | undefined;
  /**
   * A second identity, from the content: two events of one source and subject with the same `content_key` within
   * `content_window_ms` are one event delivered under two ids. One that starts with `~` is only likely: it counts from
   * 10 s after the first, when a platform sends a turn again, and while nothing of ours was done on the subject since.
   * At most 256 bytes.
   */
  content_key?: string | undefined;
  /** Whatever else a rule may want to match. At most 64; names of at most 256 bytes, values of 4096. */
  attributes?: Record<string, string> | undefined;
}

/** The host's own code wants to do something. */
export interface ProposeInput {
  type: "propose";
  /**
   * What made the host want this: the `handle` effect being answered, an event as that effect's `cause` names it, or
   * several. An event goes by its id; where two sources use one id, the later event goes by `source/id`. At most 16.
   */
  cause: Causes;
  /** What it wants, possibly nothing. At most 256. */
  effects: Proposal[];
  /** The handler has not finished: the `handle` effect named as cause stays open until a later answer. */
  more?: boolean | undefined;
  /** The tenant, where there are several. At most 256 bytes. */
  tenant?: string | undefined;
}

/** What became of an effect. */
export interface OutcomeInput {
  type: "outcome";
  /** The effect. */
  effect: string;
  /** Its result. */
  result: OutcomeResult;
  /** The effect's chain, as a cross-check: another one is rejected. */
  chain?: string | undefined;
  /** The effect's tenant, where there are several. */
  tenant?: string | undefined;
}

/** A person's word. */
export interface CommandInput {
  type: "command";
  /** What to do. */
  do: Order;
  /** Who said so, for the record. Who may say so is the host's to check. */
  by?: Actor | undefined;
  /** Why, for the record. */
  reason?: string | undefined;
  /** The tenant, where there are several. */
  tenant?: string | undefined;
}

/** A new configuration, whole. */
export interface ConfigureInput {
  type: "configure";
  /** The configuration. */
  config: Config;
}

/** Adopts a numbered behaviour of a newer version. */
export interface AdoptInput {
  type: "adopt";
  /** The behaviour's number. */
  behaviour: number;
}

/** An input: the only way to change a `Broker`. */
export type Input = EventInput | ProposeInput | OutcomeInput | CommandInput | ConfigureInput | AdoptInput;

/**
 * Reasons to refuse. All but `loop` are limits, orders and what follows from them, and carry no probability.
 *
 * * `"hop_limit"`: More automated hops in a row than `hop_limit`.
 * * `"budget"`: More automated effects in the chain than its `budget`.
 * * `"loop"`: It repeats itself along one line of ancestry, and that is hardly chance.
 * * `"stopped"`: A person stopped the chain, the subject or the tenant.
 * * `"rounds"`: More rounds of an inferred exchange than `rounds`.
 * * `"incomplete"`: The rule's template names a field the event does not have, and nothing is left of `kind` or
 * `subject`.
 * * `"proved"`: Declared deterministic, over definite links alone, it repeats an effect of its line exactly: so it
 * will for ever.
 * * `"tripped"`: The emergency breaker is open: an effect of this chain was denied for a loop or a limit, or so many
 * chains were that the tenant is stopped. It closes by itself after its cooldown; a person may resume it before.
 */
export type DenyReason = "hop_limit" | "budget" | "loop" | "stopped" | "rounds" | "incomplete" | "proved" | "tripped";

/** What evidence is made of, along the line of effects that the refused one would continue. */
export interface Grounds {
  /** The evidence: how many times over it speaks against legitimate automation, rounded down. */
  evidence: number;
  /** Steps whose link is definite: a token, a receipt, a reply, an own account, or a write that was undone. */
  definite: number;
  /** Steps whose link is inferred from who comes when. */
  inferred: number;
  /**
   * How much each of the latest steps repeats of those before, the refused one last: 0 nothing, 1 the structure, 2 the
   * content too, 3 and the state.
   */
  categories: number[];
  /** The effects before it along the line, the latest last. */
  hops: string[];
}

/** Why an effect is refused. */
export interface Denial {
  /** The reason. */
  reason: DenyReason;
  /** The chain. */
  chain: string;
  /** The hop the effect would have been. */
  hop: number;
  /** The limit that was met. Absent for `stopped`. */
  limit?: number | undefined;
  /** For `loop` and `proved`: the number of hops after which the same effect comes again. */
  period?: number | undefined;
  /**
   * For `loop`: of a million legitimate lines of automated steps, at most so many would ever look like this. It is not
   * the probability that this is a loop. See `docs/loops.md` for the assumption.
   */
  false_stop_ppm?: number | undefined;
  /** For `loop` and `proved`: what the evidence is made of. */
  grounds?: Grounds | undefined;
}

/**
 * Why an effect is held.
 *
 * * `"limit"`: A limit is met and the rule says `enforce: hold`: a person may release it, time denies it.
 * * `"behind"`: An earlier effect of the same chain on the same subject is held.
 * * `"probe"`: It repeats itself after each answer that comes. Whether the answers come because of us is seen from
 * what comes while nothing leaves: it leaves at `until`, or a person may release or cancel it.
 * * `"repeats"`: It repeats itself along one line of ancestry. It leaves at `until`, each time after twice as long; a
 * person may release or cancel it before. If the repetition is meant, declare it: `attempt`, `progress` or `plan`.
 */
export type HoldReason = "limit" | "behind" | "probe" | "repeats";

/**
 * What establishes a link. All of these are definite.
 *
 * * `"token"`: An authenticated token came back.
 * * `"receipt"`: The event is about an object that an outcome reported.
 * * `"reply"`: The event answers such an object.
 * * `"content"`: The event has the text of an effect whose outcome is still awaited: the webhook won the race.
 * * `"account"`: One of the host's own accounts acted where we acted last.
 */
export type LinkKind = "token" | "receipt" | "reply" | "content" | "account";

/** How an event is linked to one of our effects. */
export interface Link {
  /** By what. */
  type: LinkKind;
  /** The effect. Absent when it is another broker's. */
  of?: string | undefined;
  /** Automated steps up to and including this event's cause. */
  hop: number;
}

/** It leaves once the record is durable. */
export interface AdmittedVerdict {
  type: "admitted";
  /** The effect. */
  effect: string;
  /** The host's name for it. */
  key?: string | undefined;
  /**
   * In log mode: why it would have been denied. Else it is on trial after a breaker's cooldown: why it was denied
   * before.
   */
  would?: Denial | undefined;
}

/** It is kept back. A later decision admits, denies, expires or cancels it. */
export interface HeldVerdict {
  type: "held";
  /** The effect. */
  effect: string;
  /** The host's name for it. */
  key?: string | undefined;
  /** When this ends at the latest. */
  until: number;
  /** Why it is held. */
  why: HoldReason;
  /** What it would be denied for. Absent for `behind`. */
  denial?: Denial | undefined;
}

/** It is refused for good. */
export interface DeniedVerdict {
  type: "denied";
  /** The effect. */
  effect: string;
  /** The host's name for it. */
  key?: string | undefined;
  /** The reason. */
  reason: DenyReason;
  /** The chain. */
  chain: string;
  /** The hop the effect would have been. */
  hop: number;
  /** The limit that was met. Absent for `stopped`. */
  limit?: number | undefined;
  /** For `loop` and `proved`: the number of hops after which the same effect comes again. */
  period?: number | undefined;
  /**
   * For `loop`: of a million legitimate lines of automated steps, at most so many would ever look like this. It is not
   * the probability that this is a loop. See `docs/loops.md` for the assumption.
   */
  false_stop_ppm?: number | undefined;
  /** For `loop` and `proved`: what the evidence is made of. */
  grounds?: Grounds | undefined;
}

/** It was decided before. Nothing changed. */
export interface DuplicateVerdict {
  type: "duplicate";
  /** The original. */
  of: string;
  /** The host's name for it. */
  key?: string | undefined;
}

/** The event is our own effect coming back. */
export interface EchoVerdict {
  type: "echo";
  /** The effect's chain. */
  chain: string;
  /** The effect. Absent when it is another broker's. */
  of?: string | undefined;
}

/** Its `expires_at` passed before it left. */
export interface ExpiredVerdict {
  type: "expired";
  /** The effect. */
  effect: string;
  /** The host's name for it. */
  key?: string | undefined;
}

/** A person or a stop dropped it. */
export interface CancelledVerdict {
  type: "cancelled";
  /** The effect. */
  effect: string;
  /** The host's name for it. */
  key?: string | undefined;
}

/** No outcome came in time: it is released again, with `redelivered`. */
export interface AmbiguousVerdict {
  type: "ambiguous";
  /** The effect. */
  effect: string;
  /** The host's name for it. */
  key?: string | undefined;
}

/**
 * The emergency breaker has opened, because of the denial before: what waited in the chain is cancelled, and what asks
 * is denied until its cooldown is over or a person resumes it.
 */
export interface TrippedVerdict {
  type: "tripped";
  /** The chain of the refused effect. */
  chain: string;
  /** When one effect of it may leave, to see how it goes on. */
  until: number;
  /**
   * The effect that tells a person. Absent when it only tripped again after its cooldown, or where `breaker.notify` is
   * not configured or is where the loop itself is.
   */
  notice?: string | undefined;
  /** Too many chains have tripped: until then the whole tenant is stopped, but for answers to persons. */
  all_until?: number | undefined;
}

/** What the core decided about one effect. */
export type Verdict =
  | AdmittedVerdict
  | HeldVerdict
  | DeniedVerdict
  | DuplicateVerdict
  | EchoVerdict
  | ExpiredVerdict
  | CancelledVerdict
  | AmbiguousVerdict
  | TrippedVerdict;

/** The answer to an input: what became of each effect it wanted, and of earlier ones it decided. */
export interface Decision {
  /** The record. For a duplicate event, the original's. */
  seq: number;
  /** The chain an event belongs to. */
  chain?: string | undefined;
  /** How an event is linked to what we did before. */
  link?: Link | undefined;
  /** A newer state of the same object is already known. */
  late?: boolean | undefined;
  /** One verdict per effect, in order. */
  verdicts: Verdict[];
}

/**
 * Why the core wants to be called.
 *
 * * `"outcome_due"`: An effect's outcome is overdue then.
 * * `"retry_due"`: An effect is to be tried again.
 * * `"hold_ends"`: A hold ends.
 * * `"expires"`: An effect's `expires_at` passes.
 * * `"backlog"`: Work is left over: call again at once.
 */
export type WakeReason = "outcome_due" | "retry_due" | "hold_ends" | "expires" | "backlog";

/** When the core wants to be called again, and why. */
export interface Wakeup {
  /** Call `advance` at this time. */
  at: number;
  /** What is due then. */
  reason: WakeReason;
}

/** Do something on a platform. */
export interface ActEffect {
  type: "act";
  /**
   * What to do: `comment`, `message`, `issue`, or any word the host's `perform` knows. Kinds that begin with `tool.`
   * are steps of an agent in its own workspace: they count like reads.
   */
  kind: string;
  /** Where it lands. */
  subject: string;
  /** What it concerns, when that is another thing than where it lands. */
  about?: string | undefined;
  /** The object it answers: the proposal's, or the first message already sent there about the same thing. */
  reply_to?: string | undefined;
  /** The text a person would read. */
  text?: string | undefined;
  /** The property it sets, and to what. */
  writes?: Property | undefined;
  /** It changes nothing on the platform. */
  read_only?: boolean | undefined;
  /** Free JSON from the proposal. */
  payload?: unknown | undefined;
  /** The same on every replay. With the broker's name it is the idempotency key: see `idempotency_key`. */
  id: string;
  /** The cursor to give to the next `released` call. */
  release: number;
  /** The chain it belongs to. */
  chain: string;
  /** What caused it: event ids, or effect ids the host named in its proposal. On the wire always a list. */
  cause: string[];
  /** Automated steps since the chain's root, this one included. */
  hop: number;
  /** It left before and nobody knows what became of it: look for it on the platform before doing it again. */
  redelivered: boolean;
  /** The tenant. Absent for the default one. */
  tenant?: string | undefined;
  /** The rule it comes from. */
  rule?: string | undefined;
  /** The host's name for it, from its proposal. */
  key?: string | undefined;
  /** Authenticated lineage, to embed where it comes back: see `token`. Absent without keys. */
  token?: string | undefined;
  /** W3C trace context, when the chain's root brought one. */
  traceparent?: string | undefined;
  /** It is pointless after this time. */
  expires_at?: number | undefined;
}

/** Run the host's handler for an event, and answer with a proposal or an outcome. It stays open until then. */
export interface HandleEffect {
  type: "handle";
  /** Which handler, as named by the rule. */
  handler: string;
  /** The event, whole: after a crash the host has nothing else. */
  event: Event;
  /** The same on every replay. With the broker's name it is the idempotency key: see `idempotency_key`. */
  id: string;
  /** The cursor to give to the next `released` call. */
  release: number;
  /** The chain it belongs to. */
  chain: string;
  /** What caused it: event ids, or effect ids the host named in its proposal. On the wire always a list. */
  cause: string[];
  /** Automated steps since the chain's root, this one included. */
  hop: number;
  /** It left before and nobody knows what became of it: look for it on the platform before doing it again. */
  redelivered: boolean;
  /** The tenant. Absent for the default one. */
  tenant?: string | undefined;
  /** The rule it comes from. */
  rule?: string | undefined;
  /** The host's name for it, from its proposal. */
  key?: string | undefined;
  /** Authenticated lineage, to embed where it comes back: see `token`. Absent without keys. */
  token?: string | undefined;
  /** W3C trace context, when the chain's root brought one. */
  traceparent?: string | undefined;
  /** It is pointless after this time. */
  expires_at?: number | undefined;
}

/** What an effect asks for, tagged by `type`. */
export type Effect = ActEffect | HandleEffect;

/** A rejection as JSON: `{"code":"RY1003","message":"..."}`. */
export interface Problem {
  /** The stable number. */
  code: string;
  /** What is wrong and what to do. */
  message: string;
}

/**
 * Where a breaker that is not closed stands.
 *
 * * `"open"`: What asks is denied.
 * * `"half_open"`: Its cooldown is over, or a person resumed it: the next effect leaves on trial.
 * * `"trial"`: One effect left. If the next repeats, it opens again; if not, it closes.
 */
export type BreakerStage = "open" | "half_open" | "trial";

/** A chain whose breaker is not closed. */
export interface TrippedChain {
  /** The chain that tripped first. Where links are inferred, what goes to and fro with it is stopped too. */
  chain: string;
  /** Where the refused effect would have landed. */
  subject: string;
  /** The refused effect. */
  effect: string;
  /** For what it was refused. */
  reason: DenyReason;
  /** When it tripped, the last time. */
  since: number;
  /** When one effect may leave on trial. */
  until: number;
  /** How often it tripped. */
  times: number;
  /** Where it stands. */
  stage: BreakerStage;
  /** The effect that told a person. */
  notice?: string | undefined;
}

/** How often the effects of a rule repeat something of the line they continue. */
export interface Repetition {
  /** The rule; `""` for what comes of none. */
  rule: string;
  /** Automated steps over definite links: so many repeat nothing, the structure, the content too, the state too. */
  definite: [number, number, number, number];
  /** The same over inferred links. */
  inferred: [number, number, number, number];
  /**
   * Alarm: the categories, 1 to 3, of which there are more, by three standard deviations, than the evidence assumes of
   * legitimate automation. Either the rule takes part in loops, or the stated error does not hold for it: declare what
   * is meant.
   */
  exceeds: number[];
}

export interface Status {
  name: string;
  number: number;
  now: number;
  seq: number;
  durable: number;
  forged_tokens: number;
  tenants: string[];
}

export interface Open {
  effect: Effect;
  held?: HoldReason | undefined;
  due: number;
}

export interface Known {
  version: number;
  state?: Property | undefined;
}

export interface Spent {
  used: number;
  budget: number;
}

export interface Count {
  table: string;
  entries: number;
  forgotten: number;
}

export interface Tripped {
  stopped_until?: number | undefined;
  chains: TrippedChain[];
}

/** Where the broker stands: `{"name","number","now","seq","durable","forged_tokens","tenants"}`. */
export interface StatusQuestion {
  type: "status";
}

/** The configuration in force. */
export interface ConfigQuestion {
  type: "config";
}

/** `digest`, or `tenant_digest` where a tenant is named: 16 hexadecimal digits, `null` for a tenant that is not known. */
export interface DigestQuestion {
  type: "digest";
  /** The tenant. */
  tenant?: string | undefined;
}

/** `open`: a list of `{"effect","held","due"}`. */
export interface OpenQuestion {
  type: "open";
  /** The tenant. */
  tenant?: string | undefined;
}

/** `open_effect`: one of them, or `null`. */
export interface OpenEffectQuestion {
  type: "open_effect";
  /** The tenant. */
  tenant?: string | undefined;
  /** The effect. */
  effect: string;
}

/** `resolve`: a text. */
export interface ResolveQuestion {
  type: "resolve";
  /** The tenant. */
  tenant?: string | undefined;
  /** The subject or object. */
  subject: string;
}

/** `known_state`: `{"version","state"}`, or `null`. */
export interface KnownStateQuestion {
  type: "known_state";
  /** The tenant. */
  tenant?: string | undefined;
  /** The object. */
  object: string;
}

/** `ancestry`: a list of effect ids. */
export interface AncestryQuestion {
  type: "ancestry";
  /** The tenant. */
  tenant?: string | undefined;
  /** The effect. */
  effect: string;
}

/** `spent`: `{"used","budget"}`, or `null`. */
export interface SpentQuestion {
  type: "spent";
  /** The tenant. */
  tenant?: string | undefined;
  /** The chain. */
  chain: string;
}

/**
 * `tripped` and `stopped_until`: `{"stopped_until","chains":[{"chain","subject","effect","reason","since",
 * "until","times","stage","notice"}]}`.
 */
export interface TrippedQuestion {
  type: "tripped";
  /** The tenant. */
  tenant?: string | undefined;
}

/** `repetition`: a list of `{"rule","definite","inferred","exceeds"}`. */
export interface RepetitionQuestion {
  type: "repetition";
  /** The tenant. */
  tenant?: string | undefined;
}

/** `counts`: a list of `{"table","entries","forgotten"}`. */
export interface CountsQuestion {
  type: "counts";
  /** The tenant. */
  tenant?: string | undefined;
}

/** A question to a broker. Tenants are named as in inputs; without one, the default tenant is meant. */
export type Question =
  | StatusQuestion
  | ConfigQuestion
  | DigestQuestion
  | OpenQuestion
  | OpenEffectQuestion
  | ResolveQuestion
  | KnownStateQuestion
  | AncestryQuestion
  | SpentQuestion
  | TrippedQuestion
  | RepetitionQuestion
  | CountsQuestion;
