/** An input: the only way to change a broker. */
export type Input =
  | ({ type: "event" } & Event)
  | ({ type: "propose" } & Propose)
  | ({ type: "outcome" } & Outcome)
  | ({ type: "command" } & Command)
  | { type: "configure"; config: Config }
  | { type: "adopt"; behaviour: number };

export type ActorClass = "unknown" | "human" | "bot" | "app" | "system" | "timer";
export interface Actor { id: string; class?: ActorClass }
export interface Property { property: string; value: string }

export interface Event {
  id: string; source: string; kind: string; subject: string; about?: string; also?: string[]; actor?: Actor;
  object?: string; text?: string; reply_to?: string; state?: Property; version?: number; token?: string;
  attempt?: [number, number]; progress?: number; tenant?: string; occurred_at?: number; traceparent?: string;
  content_key?: string; attributes?: Record<string, string>;
}
export interface Propose { cause: string | string[]; effects: Proposal[]; more?: boolean; tenant?: string }
export interface Proposal {
  key?: string; kind: string; subject: string; about?: string; reply_to?: string; text?: string; writes?: Property;
  attempt?: [number, number]; progress?: number; plan?: { id: string; size: number }; read_only?: boolean;
  expires_at?: number; payload?: unknown;
}
export interface Outcome { effect: string; result: OutcomeResult; chain?: string; tenant?: string }
export type OutcomeResult =
  | { type: "done"; object?: string; objects?: string[] }
  | { type: "retry"; after_ms: number }
  | { type: "ambiguous" }
  | { type: "failed"; reason?: string }
  | { type: "cancelled" };
export interface Command { do: Order; by?: Actor; reason?: string; tenant?: string }
export type Order =
  | { type: "stop_chain"; chain: string } | { type: "stop_subject"; subject: string } | { type: "stop_all" }
  | { type: "resume_chain"; chain: string } | { type: "resume_subject"; subject: string } | { type: "resume_all" }
  | { type: "approve"; effect: string } | { type: "cancel"; effect: string } | { type: "accept_time"; to: number };
export interface Genesis { name: string; seed?: number; durability?: "journal" | "volatile"; config?: Config; at?: number }
export type Enforce = "log" | "hold" | "deny";
export interface Config {
  enforce?: Enforce; self?: string[]; actors?: Record<string, ActorClass>; chain?: Record<string, number>;
  timing?: Record<string, number>; limits?: Record<string, number>; rules?: Rule[];
}
export interface Rule { id: string; when?: object; effects?: object[]; handle?: string; enforce?: Enforce }
export interface Decision { seq: number; chain?: string; link?: { type: string; of?: string; hop: number }; late?: boolean; verdicts: Verdict[] }
export interface Denial { reason: "hop_limit" | "budget" | "recurrence" | "stopped" | "incomplete"; chain: string; hop: number; limit?: number; period?: number }
export type Verdict =
  | { type: "admitted"; effect: string; key?: string; would?: Denial }
  | { type: "held"; effect: string; key?: string; until: number; why: "limit" | "behind"; denial?: Denial }
  | ({ type: "denied"; effect: string; key?: string } & Denial)
  | { type: "duplicate"; of: string; key?: string }
  | { type: "echo"; chain: string; of?: string }
  | { type: "expired" | "cancelled" | "ambiguous"; effect: string; key?: string };
export interface EffectBase {
  id: string; release: number; chain: string; cause: string[]; hop: number; redelivered: boolean; tenant?: string; rule?: string;
  key?: string; token?: string; traceparent?: string; expires_at?: number;
}
export interface Act extends EffectBase {
  type: "act"; kind: string; subject: string; about?: string; reply_to?: string; text?: string; writes?: Property; read_only?: boolean;
  payload?: unknown;
}
export interface Handle extends EffectBase { type: "handle"; handler: string; event: Event }
export type Effect = Act | Handle;
export interface Wakeup { at: number; reason: "outcome_due" | "retry_due" | "hold_ends" | "expires" | "backlog" }
export interface Problem { code: string; message: string }
export type Answer = Decision | Problem;
export interface Segment { first: number; last: number; bytes: Uint8Array }
export interface Snapshot { seq: number; bytes: Uint8Array }
export interface Report { last: number; records: number; torn?: [seq: number, bytes: number] }
export interface Status { name: string; number: number; now: number; seq: number; durable: number; forged_tokens: number; tenants: string[] }
export interface Open { effect: Effect; held?: "limit" | "behind"; due: number }
export interface Known { version: number; state?: Property }
export interface Spent { used: number; budget: number }
export interface Count { table: string; entries: number; forgotten: number }
export interface OpenedReport {
  fresh: boolean; last: number; snapshot?: number; replayed: number; torn?: [seq: number, bytes: number];
  unreadable?: Array<[seq: number, problem: Problem]>; config_differs: boolean;
}
