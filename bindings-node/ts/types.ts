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
  /** Declared attempt `[n, m]`: try n of at most m, from 1 on. */
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

/**
 * Where a task stands.
 *
 * * `"waiting"`: It waits for tasks it needs.
 * * `"ready"`: It waits for an agent, or for a key that others hold.
 * * `"backoff"`: It waits to be tried again.
 * * `"asking"`: It waits for a person's answer.
 * * `"leased"`: An agent has it and has not said anything.
 * * `"running"`: An agent is at it; or, for a task of tasks, they are under way.
 * * `"cancelling"`: Its agent was told to stop.
 * * `"undoing"`: It waits for an agent that undoes it.
 * * `"succeeded"`: It is done.
 * * `"failed"`: It failed for good.
 * * `"skipped"`: It was not needed, or what it needed did not end as its trigger asks.
 * * `"cancelled"`: It was cancelled before it was done.
 * * `"compensated"`: It had started and was undone.
 */
export type TaskState =
  | "waiting"
  | "ready"
  | "backoff"
  | "asking"
  | "leased"
  | "running"
  | "cancelling"
  | "undoing"
  | "succeeded"
  | "failed"
  | "skipped"
  | "cancelled"
  | "compensated";

/**
 * Where a plan stands.
 *
 * * `"running"`: Under way.
 * * `"paused"`: Nothing new starts until it is resumed.
 * * `"stopping"`: A task has failed; what runs may end.
 * * `"cancelling"`: What runs was told to stop.
 * * `"compensating"`: What has started is being undone, the last first.
 * * `"succeeded"`: Every task has ended, and none failed that counts.
 * * `"failed"`: Every task has ended, and one failed.
 * * `"cancelled"`: It was cancelled.
 * * `"compensated"`: What had started is undone.
 */
export type PlanState =
  | "running"
  | "paused"
  | "stopping"
  | "cancelling"
  | "compensating"
  | "succeeded"
  | "failed"
  | "cancelled"
  | "compensated";

/**
 * Why a task ended, or waits, the way it does.
 *
 * * `"needs"`: What it needed did not end as its trigger asks.
 * * `"condition"`: A condition does not hold.
 * * `"stopped"`: An earlier failure stopped the plan.
 * * `"cancelled"`: A person, or a rule, cancelled it.
 * * `"skipped"`: A person said to leave it out.
 * * `"autonomy"`: Its autonomy does not reach so far, and nobody said yes.
 * * `"schedule_to_start"`: No agent took it in time.
 * * `"start_to_close"`: The attempt took too long.
 * * `"schedule_to_close"`: All attempts together took too long.
 * * `"heartbeat"`: Its agent fell silent.
 * * `"agent_gone"`: Its agent is gone.
 * * `"reported"`: Its agent reported a failure.
 * * `"undelivered"`: The dispatch did not reach its agent.
 * * `"unanswered"`: Nobody answered in time.
 * * `"refused"`: A person said no.
 * * `"no_list"`: What it was to run for is not a list, or too long a one.
 * * `"inner"`: A task within it failed.
 * * `"did_not_stop"`: Its agent was told to stop and did not say that it has.
 * * `"handed_over"`: It was handed over.
 * * `"plan_timeout"`: The plan ran out of time.
 * * `"declined"`: Its agent declined it.
 * * `"budget"`: So much of the plan came to nothing that it was not tried again.
 * * `"handoffs"`: It was handed over too often: its owner keeps it.
 * * `"questions"`: Its agents asked too often.
 * * `"too_large"`: What its agent was to be given is too large.
 * * `"nobody"`: It waits, and nobody is there who can do it.
 * * `"full"`: There is no room for the tasks of its list.
 * * `"removed"`: A patch removed it. A rerun leaves it out.
 * * `"absent"`: Its input refers to a part of a result that is not there.
 * * `"agent_stopped"`: Its agent was stopped in order.
 */
export type TaskWhy =
  | "needs"
  | "condition"
  | "stopped"
  | "cancelled"
  | "skipped"
  | "autonomy"
  | "schedule_to_start"
  | "start_to_close"
  | "schedule_to_close"
  | "heartbeat"
  | "agent_gone"
  | "reported"
  | "undelivered"
  | "unanswered"
  | "refused"
  | "no_list"
  | "inner"
  | "did_not_stop"
  | "handed_over"
  | "plan_timeout"
  | "declined"
  | "budget"
  | "handoffs"
  | "questions"
  | "too_large"
  | "nobody"
  | "full"
  | "removed"
  | "absent"
  | "agent_stopped";

/**
 * How the needed tasks must have ended, optional ones left out.
 *
 * | | runs when | is skipped when | |---|---|---|
 * | `all` | all have succeeded | one failed, was cancelled or skipped |
 * | `any` | the first has succeeded; it waits for no other | none has succeeded |
 * | `none_failed` | all have ended, each succeeded or skipped | one failed or was cancelled |
 * | `always` | all have ended, also in a plan that stops after a failure | never, but cancelled with its plan |
 *
 * * `"all"`: All have succeeded.
 * * `"any"`: One has succeeded.
 * * `"none_failed"`: All have ended and none has failed.
 * * `"always"`: All have ended.
 */
export type Trigger = "all" | "any" | "none_failed" | "always";

/** What a result must say. */
export interface Condition {
  /** The task whose result is looked at. It is thereby needed. */
  from: string;
  /** Which part of it, as a JSON pointer (RFC 6901) such as `/risk`. The whole when absent. */
  field?: string | undefined;
  /** What it must equal. When absent, it must be there and be neither `false` nor `null`. */
  is?: unknown | undefined;
  /** Turns the condition round. */
  not?: boolean | undefined;
}

/** A list to run a task for. */
export interface Each {
  /** The task whose result is or holds the list. It is thereby needed. What is no list makes the task fail. */
  from: string;
  /** Which part of the result, as a JSON pointer. The whole when absent. */
  field?: string | undefined;
  /** A longer list makes the task fail. 1000 when absent. */
  max?: number | undefined;
}

/** When to give up waiting, in milliseconds. None of them is set when absent. */
export interface Timeouts {
  /** From ready to started. The task fails: no agent could be found in time. */
  schedule_to_start_ms?: number | undefined;
  /** From started to ended, for each attempt. It may be tried again. */
  start_to_close_ms?: number | undefined;
  /** From ready to the end, over all attempts. The task fails. */
  schedule_to_close_ms?: number | undefined;
  /** Longest silence of the agent. It may be tried again, from the last progress. */
  heartbeat_ms?: number | undefined;
}

/** When to try again. */
export interface Retry {
  /** Attempts, the first one included: 1 to 100. 3 when absent. */
  max_attempts?: number | undefined;
  /** Pause before the second attempt, in milliseconds; it doubles each time, and a hash takes up to half of it off. */
  base_ms?: number | undefined;
  /**
   * Longest such pause, in milliseconds. 300,000 when absent; a `base_ms` above it is refused, unless that is the
   * usual one.
   */
  max_ms?: number | undefined;
}

/**
 * What a task that failed for good means for the rest of its plan.
 *
 * * `"stop"`: Nothing else starts but what is triggered `always`; what runs may end.
 * * `"continue"`: As if it had succeeded, without a result.
 * * `"skip_dependents"`: Its dependents do as their trigger says, everything else goes on.
 * * `"compensate"`: What runs is cancelled, then everything that has started is undone, the last first.
 */
export type OnFailure = "stop" | "continue" | "skip_dependents" | "compensate";

/** How to undo a task. It runs as a task of its own, also in a cancelled plan, and is tried again if it fails. */
export interface Compensation {
  /** Capabilities an agent must have. The task's own when absent. */
  requires?: string[] | undefined;
  /** What the agent is given, with references as in a task's input, also to the task's own result. */
  input?: unknown | undefined;
  /** When to try again. */
  retry?: Retry | undefined;
  /**
   * When to give up waiting. `start_to_close_ms` is the task's own when absent; nothing else is, and without any an
   * undo may take for ever.
   */
  timeouts?: Timeouts | undefined;
}

/**
 * How much may be done without asking a person. Each includes what stands before it.
 *
 * * `"watch"`: Nothing: the task is skipped, with that reason.
 * * `"suggest"`: A person is told and may say yes. Unanswered, the task is skipped.
 * * `"ask"`: A person is asked. Without a yes the task fails.
 * * `"act"`: Everything.
 */
export type Autonomy = "watch" | "suggest" | "ask" | "act";

/** A question to a person. */
export interface PersonQuestion {
  /** What to ask. */
  text: string;
  /**
   * What the answer should look like, for whoever shows the question: a JSON Schema, or a list of choices. No answer
   * is checked against it.
   */
  schema?: unknown | undefined;
  /** How long to wait for the answer, in milliseconds. For ever when absent. */
  timeout_ms?: number | undefined;
  /** The answer if none comes in time. Without one the task fails then. */
  default?: unknown | undefined;
  /** Whom to ask, for the host: a person, a channel. */
  to?: string | undefined;
}

/** A step of a plan. */
export interface Task {
  /** Its name, unique in the list it stands in. No `/`, `[` or `]`: those name the tasks within tasks. */
  id: string;
  /** The tasks that must come to an end before it. */
  needs?: Array<string | { task: string; optional?: boolean }> | undefined;
  /** How those must have ended for it to run. Otherwise it is skipped. */
  trigger?: Trigger | undefined;
  /** What results must say for it to run, all of it. Otherwise it is skipped. */
  when?: Condition[] | undefined;
  /** Capabilities an agent must have. */
  requires?: string[] | undefined;
  /** Capabilities an agent had better have. */
  prefers?: string[] | undefined;
  /** 1 (most urgent) to 5. */
  priority?: number | undefined;
  /** Its kind, for learning how long such tasks take and who is good at them. Its name when absent. */
  class?: string | undefined;
  /** How long it is thought to take, in milliseconds. Better estimates give better orders; none is needed. */
  estimate_ms?: number | undefined;
  /** When to give up waiting. */
  timeouts?: Timeouts | undefined;
  /** When to try again. */
  retry?: Retry | undefined;
  /** What its failure means for the rest of the plan. */
  on_failure?: OnFailure | undefined;
  /**
   * What the agent is given. `{"from":"build"}` stands for the result of the task `build`, which is thereby needed;
   * `{"from":"build","field":"/log"}` for a part of it.
   */
  input?: unknown | undefined;
  /** Run it once for each element of a list. */
  each?: Each | undefined;
  /** A plan within the plan: no agent works on this task itself, it ends when all of these have ended. */
  tasks?: Task[] | undefined;
  /** Names of which only so many tasks may be at work at a time, over all plans of the tenant. */
  keys?: Array<string | { key: string; limit: number }> | undefined;
  /** How to undo it. It is registered before the task starts: a task that timed out may have happened. */
  compensate?: Compensation | undefined;
  /** How much it may do without asking. */
  autonomy?: Autonomy | undefined;
  /** A question to a person instead of work for an agent. The answer is the result. */
  ask?: PersonQuestion | undefined;
  /** What an agent that worked on it before already has in memory: a repository, a customer. Such agents are preferred. */
  context?: string | undefined;
  /** It can not be undone or is delicate: proven agents are preferred over new ones. */
  risky?: boolean | undefined;
  /** The pool whose agents, or those of pools within it, may do it. Any when absent. */
  pool?: string | undefined;
}

/** A plan: a directed graph of tasks for agents and people. The input `{"type":"plan", ...}`. */
export interface Plan {
  /** The plan's name, unique in its tenant. Submitted again, it is a duplicate. */
  id: string;
  /** Its tasks, in the order in which equals are started. */
  tasks: Task[];
  /** The event or effect that led to it. Without one, the plan is the root of a chain of its own. */
  cause?: string | undefined;
  /** The tenant, where there are several. Tenants share agents fairly, whatever each of them submits. */
  tenant?: string | undefined;
  /** 1 (most urgent) to 5, for tasks that name none. 3 when absent. */
  priority?: number | undefined;
  /** What a task that failed for good means for the rest, for tasks that name nothing else. */
  on_failure?: OnFailure | undefined;
  /** The whole plan is cancelled after so many milliseconds. */
  timeout_ms?: number | undefined;
  /** How much its tasks may do without asking, for tasks that name nothing else. */
  autonomy?: Autonomy | undefined;
  /**
   * How many retries all its tasks together may cost, 0 to 1,000,000. One that succeeds costs nothing, and one for
   * which the agent asked for time a third. When absent: 35, or as many as it has tasks, if they are more.
   */
  retries?: number | undefined;
}

/** What a task needs from now on. */
export interface NewNeeds {
  /** The task. */
  task: string;
  /** All of its needs. */
  needs: Array<string | { task: string; optional?: boolean }>;
}

/** A change of a plan that is under way: all of it or nothing. The input `{"type":"patch", ...}`. */
export interface Patch {
  /** The plan. */
  plan: string;
  /** Tasks to add. */
  add?: Task[] | undefined;
  /** Tasks to drop, with what is within them. They must not have started, and nothing that stays may need them. */
  remove?: string[] | undefined;
  /** New needs of tasks that have not started, by name, whole. */
  needs?: NewNeeds[] | undefined;
  /** The plan's tenant, where there are several. */
  tenant?: string | undefined;
  /**
   * The host's name for it, 1 to 256 bytes. The same key for the same plan again is a duplicate and changes nothing,
   * whatever else it says: so an agent that is tried again can say again what it said before.
   */
  key?: string | undefined;
  /** The event or effect that led to it. What its tasks do is judged by that instead of what led to the plan. */
  cause?: string | undefined;
}

/** What one agent hands over to the next. */
export interface Handoff {
  /** The agent it is meant for, which must be able and allowed to do it. Any such one when absent. */
  to?: string | undefined;
  /** Capabilities the next one must have. The task's own when absent. */
  requires?: string[] | undefined;
  /** What is done. */
  done?: string[] | undefined;
  /** What remains to be done. */
  remaining?: string[] | undefined;
  /** What was decided, and why. */
  decisions?: string[] | undefined;
  /** What did not work. */
  pitfalls?: string[] | undefined;
  /** How long the offer stands, in milliseconds. 60,000 when absent. */
  timeout_ms?: number | undefined;
}

/** It has begun. */
export interface StartedReport {
  type: "started";
}

/** So far it has come. A replacement resumes from the last `state`: a report without one leaves it as it is. */
export interface ProgressReport {
  type: "progress";
  /** Steps done. */
  done: number;
  /** Steps there are. */
  of?: number | undefined;
  /** What a replacement needs to resume, at most 16 KiB. */
  state?: unknown | undefined;
}

/** It is alive. */
export interface HeartbeatReport {
  type: "heartbeat";
}

/** It is done. */
export interface DoneReport {
  type: "done";
  /** The result, at most 16 KiB. */
  result?: unknown | undefined;
  /** Where a larger result is kept. */
  result_ref?: string | undefined;
}

/** It did not work. */
export interface FailedReport {
  type: "failed";
  /** Why, for people. */
  reason?: string | undefined;
  /** Trying again is pointless. */
  permanent?: boolean | undefined;
  /** Do not try again before so many milliseconds have passed. */
  retry_after_ms?: number | undefined;
}

/** It has stopped, as it was told. */
export interface CancelledReport {
  type: "cancelled";
}

/**
 * It can not go on without an answer from a person. Its slot is given back; with the answer the task is dispatched
 * again.
 */
export interface NeedsInputReport {
  type: "needs_input";
  /** The question. */
  question: PersonQuestion;
}

/** It offers the task to another agent, and stays its owner until that one has accepted. */
export interface HandoffReport {
  type: "handoff";
  /** The agent it is meant for, which must be able and allowed to do it. Any such one when absent. */
  to?: string | undefined;
  /** Capabilities the next one must have. The task's own when absent. */
  requires?: string[] | undefined;
  /** What is done. */
  done?: string[] | undefined;
  /** What remains to be done. */
  remaining?: string[] | undefined;
  /** What was decided, and why. */
  decisions?: string[] | undefined;
  /** What did not work. */
  pitfalls?: string[] | undefined;
  /** How long the offer stands, in milliseconds. 60,000 when absent. */
  timeout_ms?: number | undefined;
}

/** It accepts a task that is offered to it: from now on it is the owner. */
export interface AcceptReport {
  type: "accept";
}

/**
 * It declines a task that is offered to it, or that it was given: others are asked before it is asked again. That is
 * no failure of the agent, but an attempt of the task.
 */
export interface DeclineReport {
  type: "decline";
}

/** What an agent says. */
export type Report =
  | StartedReport
  | ProgressReport
  | HeartbeatReport
  | DoneReport
  | FailedReport
  | CancelledReport
  | NeedsInputReport
  | HandoffReport
  | AcceptReport
  | DeclineReport;

/**
 * A report about a dispatch. The input `{"type":"task", ...}`. Accepted whatever else is full.
 *
 * A report under an old epoch changes nothing: somebody else owns the task by then. It is kept as evidence.
 */
export interface TaskReport {
  /** The dispatch. */
  dispatch: string;
  /** The dispatch's epoch. */
  epoch: number;
  /** What there is to say. */
  report: Report;
  /** The agent that says it. Where it is named, the dispatch must be its own. */
  agent?: string | undefined;
}

/**
 * Signs of life of many dispatches in one record. The input `{"type":"beats", ...}`. Those that change nothing are
 * left out of the record, and without any other there is none.
 */
export interface Beats {
  /** Dispatch, epoch and, where it has changed, steps done: `["7.0", 3]` or `["7.0", 3, 12]`. */
  beats?: Array<[string, number] | [string, number, number]> | undefined;
  /** Agents that are alive and ready for work. */
  agents?: string[] | undefined;
}

/** Nothing of the plan starts, and nothing is asked, until it is resumed. What runs goes on. */
export interface PausePlanControl {
  type: "pause";
}

/** A paused plan goes on. */
export interface ResumePlanControl {
  type: "resume";
}

/** The plan ends: what has not started is cancelled, what runs is told to stop and has 30 seconds for it. */
export interface CancelPlanControl {
  type: "cancel";
}

/**
 * A plan that has ended goes on: from a task with all that depends on it, or from whatever did not succeed. What has
 * succeeded elsewhere keeps its results.
 */
export interface RerunPlanControl {
  type: "rerun";
  /** The task to start from. */
  from?: string | undefined;
}

/** A task ends without being done, and the plan goes on as if it had succeeded without a result. */
export interface SkipPlanControl {
  type: "skip";
  /** The task. */
  task: string;
}

/** Only this agent may do a task. It must be able and allowed to. */
export interface PinPlanControl {
  type: "pin";
  /** The task. */
  task: string;
  /** The agent. Any when absent. */
  agent?: string | undefined;
}

/** The answer to a question, or whether a task may be done: `true` or `false`. */
export interface AnswerPlanControl {
  type: "answer";
  /** The task. */
  task: string;
  /** The answer, at most 16 KiB. */
  value: unknown;
}

/** What a person may order about a plan or a task. */
export type PlanControl =
  | PausePlanControl
  | ResumePlanControl
  | CancelPlanControl
  | RerunPlanControl
  | SkipPlanControl
  | PinPlanControl
  | AnswerPlanControl;

/**
 * What a heartbeat says: the three questions in one word.
 *
 * * `"starting"`: Alive, but has not started yet.
 * * `"busy"`: Alive and started, but can take no work now.
 * * `"ready"`: Alive, started and ready for work.
 */
export type Readiness = "starting" | "busy" | "ready";

/** What an agent says of itself. */
export interface Profile {
  /** What it can do, such as `docker` or `rust@1.88`. At most 64. */
  provides?: string[] | undefined;
  /** How many tasks it takes at a time: 1 to 4096. 1 when absent. Default: 1. */
  slots?: number | undefined;
  /** The tenants it works for; all when absent. At most 64. */
  tenants?: string[] | undefined;
  /** The pool it belongs to. */
  pool?: string | undefined;
  /** The role its model plays, such as `code_review`. */
  role?: string | undefined;
  /** Anything else that tasks may ask for, as `zone=eu`. At most 32. */
  labels?: Record<string, string> | undefined;
  /**
   * How often it promises to beat, in milliseconds, at most an hour. Never when absent: then only its tasks' own
   * timeouts tell.
   */
  heartbeat_ms?: number | undefined;
  /**
   * How long it may take to start, in milliseconds: it gets no work before its first heartbeat. It has started when
   * absent.
   */
  start_ms?: number | undefined;
  /** It stands in for specialists of pools below its own that have failed. */
  generalist?: boolean | undefined;
}

/** It is there, or says something new of itself. */
export interface RegisterAgent {
  type: "register";
  /** What it can do, such as `docker` or `rust@1.88`. At most 64. */
  provides?: string[] | undefined;
  /** How many tasks it takes at a time: 1 to 4096. 1 when absent. Default: 1. */
  slots?: number | undefined;
  /** The tenants it works for; all when absent. At most 64. */
  tenants?: string[] | undefined;
  /** The pool it belongs to. */
  pool?: string | undefined;
  /** The role its model plays, such as `code_review`. */
  role?: string | undefined;
  /** Anything else that tasks may ask for, as `zone=eu`. At most 32. */
  labels?: Record<string, string> | undefined;
  /**
   * How often it promises to beat, in milliseconds, at most an hour. Never when absent: then only its tasks' own
   * timeouts tell.
   */
  heartbeat_ms?: number | undefined;
  /**
   * How long it may take to start, in milliseconds: it gets no work before its first heartbeat. It has started when
   * absent.
   */
  start_ms?: number | undefined;
  /** It stands in for specialists of pools below its own that have failed. */
  generalist?: boolean | undefined;
}

/** It is alive. */
export interface HeartbeatAgent {
  type: "heartbeat";
  /** Whether it takes work. `ready` when absent. */
  beat?: Readiness | undefined;
}

/** Its process is gone, or hangs: what it had is given to others. */
export interface CrashedAgent {
  type: "crashed";
}

/** It is given no more work until it is resumed, and keeps what it has. */
export interface PauseAgent {
  type: "pause";
}

/** A pause or a drain is over. */
export interface ResumeAgent {
  type: "resume";
}

/** It is given no more work; the verdict `drained` says when it has nothing left to do. */
export interface DrainAgent {
  type: "drain";
  /** How long that may take, in milliseconds. */
  patience_ms: number;
}

/** It is gone for good: what it had is given to others. */
export interface RemoveAgent {
  type: "remove";
}

/**
 * Its process was ended in order, by its host, as for a deploy. What it had is given back: no attempt is counted, and
 * no failure of the agent. It gets no work until its next life registers.
 */
export interface StoppedAgent {
  type: "stopped";
}

/** What became of an agent. */
export type Whereabouts =
  | RegisterAgent
  | HeartbeatAgent
  | CrashedAgent
  | PauseAgent
  | ResumeAgent
  | DrainAgent
  | RemoveAgent
  | StoppedAgent;

/** What there is to say of an agent. */
export interface AgentReport {
  /** The agent's name. */
  id: string;
  /**
   * Which life of it this is. A process that starts anew counts up: what the old one had ends at once. What is said of
   * a life that is over is rejected.
   */
  incarnation?: number | undefined;
  /** What there is to say. */
  report: Whereabouts;
}

/**
 * What became of an agent, as a verdict tells it.
 *
 * * `"suspected"`: It is silent beyond what is usual, or did not start in time: what it had is given to others.
 * * `"recovered"`: It may be given work again.
 * * `"drained"`: It was drained and has nothing left to do: it can be stopped.
 * * `"drain_expired"`: It was to be drained and has not finished in time.
 * * `"restart"`: It should be started anew.
 */
export type AgentState = "suspected" | "recovered" | "drained" | "drain_expired" | "restart";

/**
 * What became of a pool, as a verdict tells it.
 *
 * * `"down"`: It failed too often. It is given no work for a while; a pool above it stands in.
 * * `"restored"`: It may be given work again.
 * * `"alarm"`: All pools together failed too often: no restarts are asked for until then. A person should look.
 */
export type PoolState = "down" | "restored" | "alarm";

/** A pool. */
export interface Pool {
  /** Its name; the empty name is the root's. */
  id: string;
  /** The pool above it; empty stands for the root. */
  parent?: string | undefined;
  /** How many failures in `period_ms` are answered by a restart. 0 to 100, default 3. */
  intensity?: number | undefined;
  /** For how long a failure counts, in milliseconds. Default 60 000. */
  period_ms?: number | undefined;
  /** How long a pool that failed is out of use the first time, in milliseconds. Default 60 000. */
  down_ms?: number | undefined;
}

/** By so many agents. */
export interface AgentsScaleStep {
  type: "agents";
  /** How many. */
  agents: number;
  /** In how many milliseconds, at most an hour. */
  period_ms: number;
}

/** By a share of those there were at the period's beginning. */
export interface PercentScaleStep {
  type: "percent";
  /** How much, in hundredths. */
  percent: number;
  /** In how many milliseconds, at most an hour. */
  period_ms: number;
}

/** How much a pool may change in a period. */
export type ScaleStep = AgentsScaleStep | PercentScaleStep;

/**
 * Which of several steps counts.
 *
 * * `"max"`: The one that allows most.
 * * `"min"`: The one that allows least.
 * * `"disabled"`: None: it does not change in this direction.
 */
export type ScaleSelect = "max" | "min" | "disabled";

/** How a pool changes in one direction. */
export interface ScaleDirection {
  /** A ratio of load to target this near to 1 changes nothing. Parts per million, default 100 000. */
  tolerance_ppm?: number | undefined;
  /** How far back recommendations count, in milliseconds, at most an hour. Default 0 up, 300 000 down. */
  window_ms?: number | undefined;
  /** How much it may change; without any, as much as it likes. At most 8. */
  steps?: ScaleStep[] | undefined;
  /** Which of the steps counts. Default the largest. */
  select?: ScaleSelect | undefined;
}

/** When a pool grows and shrinks. The defaults are those of the HorizontalPodAutoscaler, and four changes an hour. */
export interface ScalePolicy {
  /** Fewest agents. Default: 1. */
  min?: number | undefined;
  /** Most agents. Default: 10. */
  max?: number | undefined;
  /** How much of their slots should be in use, in thousandths; for `advise`. Default: 800. */
  target_permille?: number | undefined;
  /** How it grows. */
  up?: ScaleDirection | undefined;
  /** How it shrinks. */
  down?: ScaleDirection | undefined;
  /** Most changes within an hour; 0 stands for no limit. Default: 4. */
  changes_per_hour?: number | undefined;
  /**
   * A rise by more than this share of the agents, in thousandths, needs no budget, and neither do the steps that
   * follow it within a minute. Default: 500.
   */
  urgent_permille?: number | undefined;
}

/**
 * What held a pool back from what its load asked for.
 *
 * * `"load"`: The load asked for this.
 * * `"tolerance"`: The load is near enough to its target.
 * * `"unmeasured"`: Something could not be measured, and what could would make the pool shrink.
 * * `"window"`: Not for long enough.
 * * `"step"`: Not that fast.
 * * `"disabled"`: It does not change in this direction.
 * * `"bounds"`: It has its least or its greatest size.
 * * `"budget"`: It has changed too often within the hour.
 * * `"paused"`: It is paused, or has no agents at all and nothing waits for any.
 */
export type ScaleReason =
  | "load"
  | "tolerance"
  | "unmeasured"
  | "window"
  | "step"
  | "disabled"
  | "bounds"
  | "budget"
  | "paused";

/** One cause or several. One alone equals a list of one. */
export type Causes = string | string[];

/** A declared plan and its size. */
export interface PlanRef {
  /** The plan's id. */
  id: string;
  /**
   * How many effects it has. More than that count as undeclared. 0, if that is not known, is as many as
   * `chain.hop_limit`.
   */
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
  /** Declared attempt `[n, m]`, n growing from 1 to m and m fixed: a bounded retry, not a loop. */
  attempt?: [number, number] | undefined;
  /** Declared progress, growing with each step: no repetition and, after the first, no hop. */
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
  /** The chain, remembered or not. Its record is there: else `UnknownChain` (RY1023). */
  chain: string;
}

/**
 * Stop everything that lands on, or concerns, a subject, which is written letter by letter as events and effects have
 * it.
 */
export interface StopSubjectOrder {
  type: "stop_subject";
  /** The subject. */
  subject: string;
}

/** Stop every effect of the tenant; of all tenants: `stop_tenants`. */
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

/** Something about a plan or one of its tasks. */
export interface PlanOrder {
  type: "plan";
  /** The plan. */
  plan: string;
  /** What to do. */
  order: PlanControl;
}

/**
 * Let what is held of a rule, or on a subject, leave: the 1,024 that were held first, each as by `approve`. The
 * decision names them. If nothing is held there, or neither is given: `NotPossible` (RY1021).
 */
export interface ApproveHeldOrder {
  type: "approve_held";
  /** The rule, also of what its handler proposed. */
  rule?: string | undefined;
  /** Where they land, or what they concern, written letter by letter as events and effects have it. */
  subject?: string | undefined;
}

/**
 * Stop every effect of every tenant, as `stop_all` does for each, and of those that are yet to come. The command names
 * no tenant.
 */
export interface StopTenantsOrder {
  type: "stop_tenants";
}

/**
 * Lift the stop of every tenant, as `resume_all` does for each, also where only that one was stopped. The command
 * names no tenant.
 */
export interface ResumeTenantsOrder {
  type: "resume_tenants";
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
  | AcceptTimeOrder
  | PlanOrder
  | ApproveHeldOrder
  | StopTenantsOrder
  | ResumeTenantsOrder;

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

/** How often the agents of a plan may go round. Limits can be raised, never switched off. */
export interface Turns {
  /** Handoffs that the agents of one task may offer, 1 to 1000. One more is refused: its owner keeps the task. */
  handoffs?: number | undefined;
  /**
   * How often a handoff may bring a task back to an agent that had handed it over, 1 to 1000. After that it is offered
   * to others only.
   */
  returns?: number | undefined;
  /** Questions that the agents of one task may ask, 1 to 256. One more is a failure for good. */
  questions?: number | undefined;
  /** Patches of one plan, 1 to 1,000,000. One more is rejected. */
  patches?: number | undefined;
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
   * is new each time. Denied only once probes have shown that the answers come because of us. Declared progress that
   * grows is no round. Default: 12.
   */
  rounds?: number | undefined;
  /** Automated effects in a chain, 1 to 1,000,000. Split over children in the tokens that leave. Default: 96. */
  budget?: number | undefined;
  /** Reads (`read_only`) in a chain, 1 to 1,000,000. Default: 1,024. */
  read_budget?: number | undefined;
  /**
   * How often a line of automated steps may repeat itself in a row, 1 to 1000, before evidence that it is a loop
   * denies the next step. Until then each repetition is held, for twice as long each time, and at least one is.
   * Default: 6.
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
   * How long the breaker of a tripped chain stays open, in milliseconds. Then one effect may leave on trial; if it
   * repeats, the breaker opens for twice as long.
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
   * Longest hold to find out whether an account, wherever it acts, acts because of us. The default of two days covers
   * what goes round once a day. Slower habits are not looked into: the answer is not worth the wait. Default:
   * 172,800,000 ms.
   */
  habit_max_ms?: number | undefined;
  /** First pause before an ambiguous effect is released again; doubles each time. Default: 1,000 ms. */
  redeliver_ms?: number | undefined;
  /** Longest such pause. Default: 3,600,000 ms. */
  redeliver_max_ms?: number | undefined;
  /**
   * An `at` further ahead than this is not believed: events are rejected, nothing becomes due, and outcomes, reports
   * and commands count as of the last time known. The default lets a bot that slept for a year start without a person.
   * A clock that is ahead by less is believed, and once it is right again, timers take twice as long for up to twice
   * the mistake. Default: 34,560,000,000 ms.
   */
  max_jump_ms?: number | undefined;
  /** How long two events with one `content_key` count as one: 0 to a year, 0 for never. Default: 60,000 ms. */
  content_window_ms?: number | undefined;
}

/** When an agent that fails again and again gets no work for a while. A change closes the breakers of all agents. */
export interface AgentBreaker {
  /** How many of its last tasks are looked at. 1 to 10,000, default 6. */
  window?: number | undefined;
  /** How many it must have ended since its breaker closed. 1 to 100,000, default 3. */
  minimum_calls?: number | undefined;
  /** Which share of them must have failed, in parts per million. 1 to 1,000,000, default 500,000. */
  failure_rate_ppm?: number | undefined;
  /**
   * How long it gets none the first time, in milliseconds; twice as long each time a trial fails. A thirtieth of it
   * where nobody else could do what waits. Default 30,000.
   */
  open_ms?: number | undefined;
  /** How long at most, in milliseconds. Default 300,000. */
  open_max_ms?: number | undefined;
}

/** What holds for all agents. */
export interface Staff {
  /**
   * How much of the agents' time a tenant gets beside others that want it too, by its name: 1 to 1000. Who is not
   * named has a share of 1; the default tenant's name is empty.
   */
  shares?: Record<string, number> | undefined;
  /**
   * The pools that agents may belong to, each after its parent. At most 256. The root is always there; its name is
   * empty.
   */
  pools?: Pool[] | undefined;
  /** How many agents pools should have, by pool. The verdict `scale` says so; pools that are not named have no size. */
  scale?: Record<string, ScalePolicy> | undefined;
  /** When an agent that fails again and again gets no work for a while. */
  breaker?: AgentBreaker | undefined;
}

/**
 * How many entries each collection may hold: per tenant, but for `tenants`, `plans`, `tasks` and `agents`, which are
 * over all of them.
 *
 * Work (`open_effects`, `open_bytes`, `tenants`, `stops`, `plans`, `tasks`, `agents`, and the two of one tenant)
 * rejects or fails safe when full; of plans, those that have ended make room first. Memory (all others) forgets its
 * oldest entry, in an order that does not depend on time, and counts it.
 */
export interface Limits {
  /** Tenants. An event of one more is rejected. Default: 1,024. */
  tenants?: number | undefined;
  /**
   * Effects that are held or await an outcome. An input that could cause more is rejected; dispatches and questions of
   * plans wait. As many tasks may be at work with agents, recalls that await an outcome included: those have room of
   * their own. Default: 65,536.
   */
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
  /**
   * Plans, over all tenants. Of those that have ended, the oldest of the tenant with the most plans is forgotten to
   * make room. Default: 4,096.
   */
  plans?: number | undefined;
  /**
   * Tasks of all plans together. A plan or patch that does not fit is rejected, a list that does not fit fails. Of
   * plans that have ended, the oldest of the tenant with the most tasks are forgotten to make room. Default: 262,144.
   */
  tasks?: number | undefined;
  /** Agents. One more is rejected. Default: 4,096. */
  agents?: number | undefined;
  /** Plans of one tenant that have not ended, so that none takes all of `plans`. Without it, one may. */
  tenant_plans?: number | undefined;
  /** Tasks of one tenant's plans that have not ended, so that none takes all of `tasks`. Without it, one may. */
  tenant_tasks?: number | undefined;
}

/** A property and the value that it is set to. */
export interface PropertyTemplate {
  /** Which property: 1 to 256 bytes. */
  property: string;
  /** Its value, which may name the event's fields. */
  value: string;
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
  /** The property it sets, and to what: as `writes` of a proposal. Left out where the value comes out empty. */
  writes?: PropertyTemplate | undefined;
  /** It changes nothing on the platform: it counts as a read, not as a hop. */
  read_only?: boolean | undefined;
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
  loops?: "evidence" | "ignore_automation" | `reentry(${number})` | undefined;
  /** The same input always leads to the same effects. Then one exact repetition along a line is proof of a loop. */
  deterministic?: boolean | undefined;
}

/** Everything that can be set, with defaults a small bot can live with. */
export interface Config {
  /** What to do with an effect that meets a limit, where no rule says otherwise. */
  enforce?: Enforce | undefined;
  /**
   * The accounts this host acts as, as events name them in `actor.id`: `github:mybot[bot]`. What they do is our own
   * doing.
   */
  self?: string[] | undefined;
  /**
   * What actors really are, whatever the platform says, and whatever they do: `{"github:renovate": "bot"}`. Who is
   * named here as `human` is never taken for a machine behind a person's name.
   */
  actors?: Record<string, ActorClass> | undefined;
  /** Limits on chains. */
  chain?: ChainLimits | undefined;
  /** What happens when an effect is denied for a loop or a limit. */
  breaker?: LoopBreaker | undefined;
  /** Times. */
  timing?: Timing | undefined;
  /** How much is kept. */
  limits?: Limits | undefined;
  /** How often agents may go round within plans. */
  work?: Turns | undefined;
  /** Pools of agents and their sizes, and how agents' time is shared among tenants. */
  agents?: Staff | undefined;
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
  /** Declared attempt `[n, m]`: try n of at most m, from 1 on. */
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

/** A plan of tasks for agents. */
export interface PlanInput {
  type: "plan";
  /** The plan's name, unique in its tenant. Submitted again, it is a duplicate. */
  id: string;
  /** Its tasks, in the order in which equals are started. */
  tasks: Task[];
  /** The event or effect that led to it. Without one, the plan is the root of a chain of its own. */
  cause?: string | undefined;
  /** The tenant, where there are several. Tenants share agents fairly, whatever each of them submits. */
  tenant?: string | undefined;
  /** 1 (most urgent) to 5, for tasks that name none. 3 when absent. */
  priority?: number | undefined;
  /** What a task that failed for good means for the rest, for tasks that name nothing else. */
  on_failure?: OnFailure | undefined;
  /** The whole plan is cancelled after so many milliseconds. */
  timeout_ms?: number | undefined;
  /** How much its tasks may do without asking, for tasks that name nothing else. */
  autonomy?: Autonomy | undefined;
  /**
   * How many retries all its tasks together may cost, 0 to 1,000,000. One that succeeds costs nothing, and one for
   * which the agent asked for time a third. When absent: 35, or as many as it has tasks, if they are more.
   */
  retries?: number | undefined;
}

/** A change of a plan under way. */
export interface PatchInput {
  type: "patch";
  /** The plan. */
  plan: string;
  /** Tasks to add. */
  add?: Task[] | undefined;
  /** Tasks to drop, with what is within them. They must not have started, and nothing that stays may need them. */
  remove?: string[] | undefined;
  /** New needs of tasks that have not started, by name, whole. */
  needs?: NewNeeds[] | undefined;
  /** The plan's tenant, where there are several. */
  tenant?: string | undefined;
  /**
   * The host's name for it, 1 to 256 bytes. The same key for the same plan again is a duplicate and changes nothing,
   * whatever else it says: so an agent that is tried again can say again what it said before.
   */
  key?: string | undefined;
  /** The event or effect that led to it. What its tasks do is judged by that instead of what led to the plan. */
  cause?: string | undefined;
}

/** What an agent reports of a task it was given. */
export interface TaskInput {
  type: "task";
  /** The dispatch. */
  dispatch: string;
  /** The dispatch's epoch. */
  epoch: number;
  /** What there is to say. */
  report: Report;
  /** The agent that says it. Where it is named, the dispatch must be its own. */
  agent?: string | undefined;
}

/** Signs of life, many at once. */
export interface BeatsInput {
  type: "beats";
  /** Dispatch, epoch and, where it has changed, steps done: `["7.0", 3]` or `["7.0", 3, 12]`. */
  beats?: Array<[string, number] | [string, number, number]> | undefined;
  /** Agents that are alive and ready for work. */
  agents?: string[] | undefined;
}

/** What became of an agent. */
export interface AgentInput {
  type: "agent";
  /** The agent's name. */
  id: string;
  /**
   * Which life of it this is. A process that starts anew counts up: what the old one had ends at once. What is said of
   * a life that is over is rejected.
   */
  incarnation?: number | undefined;
  /** What there is to say. */
  report: Whereabouts;
}

/** An input: the only way to change a `Broker`. */
export type Input =
  | EventInput
  | ProposeInput
  | OutcomeInput
  | CommandInput
  | ConfigureInput
  | AdoptInput
  | PlanInput
  | PatchInput
  | TaskInput
  | BeatsInput
  | AgentInput;

/**
 * A limit of chains, as it is called in the configuration.
 *
 * * `"chain.hop_limit"`: Automated hops in a row.
 * * `"chain.budget"`: Automated effects.
 * * `"chain.answers"`: Direct answers to the root.
 * * `"chain.read_budget"`: Reads.
 * * `"chain.repeat_budget"`: Events that led to a repetition.
 * * `"chain.rounds"`: Rounds of an exchange that is only inferred.
 */
export type LimitName =
  | "chain.hop_limit"
  | "chain.budget"
  | "chain.answers"
  | "chain.read_budget"
  | "chain.repeat_budget"
  | "chain.rounds";

/**
 * What a person can stop.
 *
 * * `"all"`: Everything of the tenant.
 * * `"chain"`: A chain.
 * * `"subject"`: A subject: what lands on it or concerns it.
 */
export type StopKind = "all" | "chain" | "subject";

/** A person's stop that keeps an effect from leaving. */
export interface StopRef {
  /** What is stopped. */
  what: StopKind;
  /** The record of the order, which says who and why; not if a version ordered it that did not keep that. */
  record?: number | undefined;
}

/**
 * Reasons to refuse. All but `loop` are limits, orders and what follows from them, and carry no probability.
 *
 * * `"hop_limit"`: More automated hops in a row than `hop_limit`.
 * * `"budget"`: More effects of the chain than one of its budgets allows: `limit_name` says which.
 * * `"loop"`: It repeats itself along one line of ancestry, and that is hardly chance.
 * * `"stopped"`: A person stopped the chain, the subject or the tenant.
 * * `"rounds"`: More rounds of an inferred exchange than `rounds`.
 * * `"incomplete"`: The rule's template names a field the event does not have, and nothing is left of `kind` or
 * `subject`.
 * * `"proved"`: Declared deterministic, over definite links alone, it repeats an effect of its line exactly: so it
 * will for ever.
 * * `"tripped"`: The emergency breaker is open for the chain, or for the tenant. It closes after its cooldown, or when
 * a person resumes it.
 */
export type DenyReason = "hop_limit" | "budget" | "loop" | "stopped" | "rounds" | "incomplete" | "proved" | "tripped";

/** What evidence is made of, along the line of effects that the refused one would continue. */
export interface Grounds {
  /**
   * The evidence of the links that the verdict rests on: how many times over it speaks against legitimate automation,
   * rounded down. A hold as `repeats` rests on the definite links, one as `probe` on all of them.
   */
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
  /**
   * The limit that was met, for `hop_limit`, `budget` and `rounds`: what is allowed here. For `chain.budget` that may
   * be less than the setting, as the cause of the chain had left.
   */
  limit?: number | undefined;
  /** With `limit`: which it is, as it is called in the configuration. */
  limit_name?: LimitName | undefined;
  /** For `loop` and `proved`: the number of hops after which the same effect comes again. */
  period?: number | undefined;
  /**
   * For `loop`: of a million legitimate lines of automated steps, at most so many would ever look like this. It is not
   * the probability that this is a loop. See `docs/loops.md` for the assumption.
   */
  false_stop_ppm?: number | undefined;
  /** For `loop` and `proved`: what the evidence is made of. */
  grounds?: Grounds | undefined;
  /** For `stopped`: by which of the stops that stand. */
  stop?: StopRef | undefined;
}

/**
 * Why an effect is held.
 *
 * * `"limit"`: A limit is met and the rule says `enforce: hold`: a person may release it, time denies it.
 * * `"behind"`: An earlier effect of the same chain on the same subject is held.
 * * `"probe"`: It repeats itself after each answer that comes. Whether the answers come because of us is seen from
 * what comes while nothing leaves: it leaves at `until`, or is held on while an answer is under way, for
 * `timing.hold_max_ms` in all at most, or is denied; a person may release or cancel it before. If it is meant, declare
 * it as below; if a person answers, name that account in `actors`.
 * * `"repeats"`: It repeats itself along one line of ancestry. It leaves at `until`, each time after twice as long; a
 * person may release or cancel it before. If the repetition is meant, declare it: `attempt`, `progress` or `plan`, or
 * `loops: "reentry(n)"` of the rule.
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
  /** With `would`: it would have been held, and for this. Without, it would have been denied. */
  would_hold?: HoldReason | undefined;
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
  /**
   * The limit that was met, for `hop_limit`, `budget` and `rounds`: what is allowed here. For `chain.budget` that may
   * be less than the setting, as the cause of the chain had left.
   */
  limit?: number | undefined;
  /** With `limit`: which it is, as it is called in the configuration. */
  limit_name?: LimitName | undefined;
  /** For `loop` and `proved`: the number of hops after which the same effect comes again. */
  period?: number | undefined;
  /**
   * For `loop`: of a million legitimate lines of automated steps, at most so many would ever look like this. It is not
   * the probability that this is a loop. See `docs/loops.md` for the assumption.
   */
  false_stop_ppm?: number | undefined;
  /** For `loop` and `proved`: what the evidence is made of. */
  grounds?: Grounds | undefined;
  /** For `stopped`: by which of the stops that stand. */
  stop?: StopRef | undefined;
}

/** It was decided before. Nothing changed. */
export interface DuplicateVerdict {
  type: "duplicate";
  /** The original. */
  of: string;
  /** The host's name for it. Also a patch's. */
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

/** A person, a stop or the breaker dropped it, or its task or question is over. */
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
   * The effect that tells a person; not if it only tripped again, or `breaker.notify` is not set or is the loop's
   * place.
   */
  notice?: string | undefined;
  /** Too many chains have tripped: until then the whole tenant is stopped, but for answers to persons. */
  all_until?: number | undefined;
}

/** A task of a plan went into another state, or nobody can do it. */
export interface TaskVerdict {
  type: "task";
  /** The task, as `plan/task`. */
  task: string;
  /** The state. */
  state: TaskState;
  /** Why. */
  why?: TaskWhy | undefined;
  /** Its agent. */
  agent?: string | undefined;
  /** With `nobody`: what is wrong with most agents. */
  reason?: string | undefined;
  /** The plan's tenant; not that of the default tenant. */
  tenant?: string | undefined;
}

/** A plan went into another state. */
export interface PlanVerdict {
  type: "plan";
  /** The plan. */
  plan: string;
  /** The state. */
  state: PlanState;
  /** The plan's tenant; not that of the default tenant. */
  tenant?: string | undefined;
}

/** A report came from somebody who does not own the task any more. It changed nothing and is kept as evidence. */
export interface LateVerdict {
  type: "late";
  /** The task, as `plan/task`. */
  task: string;
  /** The dispatch it was about. */
  dispatch: string;
  /** The plan's tenant; not that of the default tenant. */
  tenant?: string | undefined;
}

/** An agent is in another state of health or use. */
export interface AgentVerdict {
  type: "agent";
  /** The agent. */
  agent: string;
  /** What there is to know. */
  state: AgentState;
}

/** A pool of agents is in another state. */
export interface PoolVerdict {
  type: "pool";
  /** The pool; the root's name is empty. */
  pool: string;
  /** What there is to know. */
  state: PoolState;
  /** When it is tried again. */
  until?: number | undefined;
}

/** A pool should have another number of agents: the host starts some, or stops those that are to leave. */
export interface ScaleVerdict {
  type: "scale";
  /** The pool; the root's name is empty. */
  pool: string;
  /** So many it should have. */
  agents: number;
  /** So many would fit its load. */
  wanted: number;
  /** Why the two differ. */
  because: ScaleReason;
  /**
   * Who is to go: agents without work, which are given none any more. The verdict `agent` says of each that it is
   * drained.
   */
  leave?: string[] | undefined;
}

/** The plan is known by its id, so that nothing changed, but tasks of it are defined otherwise than the known ones. */
export interface KnownVerdict {
  type: "known";
  /** The plan. */
  plan: string;
  /** Those tasks, by their whole names, the first 16. */
  differs: string[];
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
  | TrippedVerdict
  | TaskVerdict
  | PlanVerdict
  | LateVerdict
  | AgentVerdict
  | PoolVerdict
  | ScaleVerdict
  | KnownVerdict;

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
 * * `"work"`: A task or an agent is due: a timeout, a retry, a silence.
 * * `"clock"`: The time last given is too far ahead to be believed, so nothing is due: set the clock right, or submit
 * `accept_time`. Look at the clock again then.
 */
export type WakeReason = "outcome_due" | "retry_due" | "hold_ends" | "expires" | "backlog" | "work" | "clock";

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

/**
 * Give a task to an agent. The outcome says whether it reached the agent; what the agent makes of it comes as task
 * reports.
 */
export interface DispatchEffect {
  type: "dispatch";
  /** The task, as `plan/task`. */
  task: string;
  /** The agent. */
  agent: string;
  /** Which attempt this is, from 1. */
  attempt: number;
  /** To be repeated in every report: a report under an older one changes nothing. */
  epoch: number;
  /** When it must be done. Afterwards somebody else gets it. */
  deadline?: number | undefined;
  /** The longest silence the agent may keep, in milliseconds. */
  heartbeat_ms?: number | undefined;
  /** The task's input, with the results it refers to. */
  input?: unknown | undefined;
  /** The element of the list, for a task that runs once for each. */
  item?: unknown | undefined;
  /** The last progress of an earlier attempt. */
  resume_from?: unknown | undefined;
  /** What people answered to the agents' questions, in order. */
  answers?: unknown[] | undefined;
  /** Another agent offers it: report `accept` or `decline` first. */
  handoff?: Handoff | undefined;
  /** The task is to be undone. */
  undo?: boolean | undefined;
  /** The result of the task to undo. */
  result?: unknown | undefined;
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

/** Tell an agent that a dispatch is no longer its own, and to stop. */
export interface RecallEffect {
  type: "recall";
  /** The task, as `plan/task`. */
  task: string;
  /** The agent. */
  agent: string;
  /** What it is to stop. */
  dispatch: string;
  /** That dispatch's epoch. */
  epoch: number;
  /** Why. */
  why: TaskWhy;
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

/** Ask a person. The answer comes as the command that names the task. */
export interface AskEffect {
  type: "ask";
  /** The task, as `plan/task`. */
  task: string;
  /** The question. */
  question: PersonQuestion;
  /** When an answer is no longer of use. */
  until?: number | undefined;
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

/** Tell an agent what became of the handoff it offered. */
export interface HandedEffect {
  type: "handed";
  /** The task, as `plan/task`. */
  task: string;
  /** The agent that offered it. */
  agent: string;
  /** Its dispatch. */
  dispatch: string;
  /** That dispatch's epoch. */
  epoch: number;
  /** Somebody else owns the task now. Otherwise the agent still does. */
  accepted: boolean;
  /** Why nobody has taken it, if the offer was over before its time. */
  reason?: string | undefined;
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
export type Effect = ActEffect | HandleEffect | DispatchEffect | RecallEffect | AskEffect | HandedEffect;

/** Something that happened to a task, for people. */
export interface Moment {
  /** When. */
  at: number;
  /** Into which state it went. */
  state: TaskState;
  /** The agent, where there is one. */
  agent?: string | undefined;
  /** Why. */
  why?: TaskWhy | undefined;
}

/** What a task had come to before it was undone. */
export interface TaskBefore {
  /** How it had ended. */
  state: TaskState;
  /** Why it ended that way. */
  why?: TaskWhy | undefined;
  /** The reason its agent gave. */
  reason?: string | undefined;
  /** Attempts it took. */
  attempt: number;
  /** Who had it last. */
  agent?: string | undefined;
}

/** A report that came too late to change anything. */
export interface Late {
  /** When it came. */
  at: number;
  /** The dispatch it is about. */
  dispatch: string;
  /** Its result, if it had one. */
  result?: unknown | undefined;
}

/** When a plan will have ended, if all goes as estimated and no other plan gets in its way. */
export interface Forecast {
  /** When the last task ends. */
  ends_at: number;
  /** How long that takes from now on, in milliseconds. */
  remaining_ms: number;
  /** How long it would take with any number of agents, in milliseconds. */
  span_ms: number;
  /** The tasks behind each other that take so long: sooner is possible only by making one of these shorter. */
  critical_path: string[];
  /** The slots that were reckoned with. */
  slots: number;
  /** Tasks whose length is a mean of others, or assumed, because they have no estimate. */
  guessed: number;
}

/** Where a task stands, in short. */
export interface TaskBrief {
  /** Its name in the plan. */
  task: string;
  /** Its state. */
  state: TaskState;
  /** Why it ended that way. */
  why?: TaskWhy | undefined;
  /** The reason its agent gave. */
  reason?: string | undefined;
  /** What it had come to before it was undone. Its other fields are then those of the undoing. */
  before?: TaskBefore | undefined;
  /** Attempts so far. */
  attempt: number;
  /** Its agent. */
  agent?: string | undefined;
  /** What it came to. */
  result?: unknown | undefined;
  /** Where a larger result is kept. */
  result_ref?: string | undefined;
}

/** Something a task needs. */
export interface NeedStatus {
  /** The task. */
  task: string;
  /** Its state. */
  state: TaskState;
  /** It does not count for the trigger. */
  optional: boolean;
}

/** Where a plan stands. */
export interface PlanStatus {
  /** The plan. */
  plan: string;
  /** Its state. */
  state: PlanState;
  /** A person paused it. */
  paused: boolean;
  /** The chain it belongs to. */
  chain: string;
  /** When it came. */
  submitted_at: number;
  /** When it ended. */
  ended_at?: number | undefined;
  /** Why it did not succeed: which task ended it, and for what reason. */
  because?: string | undefined;
  /** Its tasks, in order, with those within tasks. */
  tasks: TaskBrief[];
  /** Tasks whose agents were told to stop and did not say that they have. */
  did_not_stop: string[];
  /**
   * When it will have ended, and what that hangs on. Absent when it has, and while nobody is there for a task that is
   * ready.
   */
  forecast?: Forecast | undefined;
}

/** All there is to know of a task. */
export interface TaskStatus {
  /** Its name in the plan. */
  task: string;
  /** Its state. */
  state: TaskState;
  /** Why it ended that way. */
  why?: TaskWhy | undefined;
  /** The reason its agent gave. */
  reason?: string | undefined;
  /** What it had come to before it was undone. Its other fields are then those of the undoing. */
  before?: TaskBefore | undefined;
  /** Attempts so far. */
  attempt: number;
  /** Its agent. */
  agent?: string | undefined;
  /** What it came to. */
  result?: unknown | undefined;
  /** Where a larger result is kept. */
  result_ref?: string | undefined;
  /** The same in words. */
  words: string;
  /** What it needs. */
  needs: NeedStatus[];
  /** What needs it. */
  needed_by: string[];
  /** Its dispatch, while an agent has it. */
  dispatch?: string | undefined;
  /** The epoch of the latest dispatch. */
  epoch: number;
  /** Steps done. */
  done: number;
  /** Steps there are. */
  of?: number | undefined;
  /** When it first waited for an agent. */
  ready_at?: number | undefined;
  /** How many tasks stand before it for an agent, by rank: more hangs on a higher one. */
  rank: number;
  /** Reports that came too late to count. */
  late: Late[];
  /** What happened to it, the latest 32 things. */
  moments: Moment[];
}

/** A rejection as JSON: `{"code":"RY1003","message":"...","field":"text"}`. */
export interface Problem {
  /** The stable number. */
  code: string;
  /** What is wrong and what to do. */
  message: string;
  /** The field, limit, rule or task that is meant, where there is a single one: as `field`. */
  field?: string | undefined;
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

/** A person's stop that stands. */
export interface StopStanding {
  /** What is stopped. */
  what: StopKind;
  /** The chain, if it is one. */
  chain?: string | undefined;
  /** The subject, if it is one. */
  subject?: string | undefined;
  /** Who said so, if that was given. */
  by?: Actor | undefined;
  /** Why, if that was given. */
  reason?: string | undefined;
  /** Since when. This and the record are not known of a stop from a snapshot of a version that did not keep them. */
  since?: number | undefined;
  /** The record of the order. */
  record?: number | undefined;
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
  /** Effects that left and would have been held, where the rule logs only: most such holds end by themselves. */
  would_hold: number;
  /** Effects that left and would have been denied. */
  would_deny: number;
}

export interface Status {
  name: string;
  number: number;
  now: number;
  /**
   * By how much the broker's time is ahead of the host's clock, in milliseconds. Above 0 that clock was ahead once, or
   * is wrong now: log it.
   */
  ahead_ms: number;
  seq: number;
  durable: number;
  forged_tokens: number;
  stops: number;
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

/**
 * Where the broker stands: `{"name","number","now","ahead_ms","seq","durable","forged_tokens","stops","tenants"}`;
 * `stops` is how many stops of people stand, over all tenants.
 */
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

/** `turn`: `"perform"`, `"put_off"` or `"over"`. */
export interface TurnQuestion {
  type: "turn";
  /** The tenant. */
  tenant?: string | undefined;
  /** The effect. */
  effect: string;
  /** The host's clock. */
  at: number;
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

/** `stops`: a list of `{"what","chain","subject","by","reason","since","record"}`. */
export interface StopsQuestion {
  type: "stops";
  /** The tenant. */
  tenant?: string | undefined;
}

/** `repetition`: a list of `{"rule","definite","inferred","exceeds","would_hold","would_deny"}`. */
export interface RepetitionQuestion {
  type: "repetition";
  /** The tenant. */
  tenant?: string | undefined;
}

/** `plans`: a list of `{"plan","state"}`. */
export interface PlansQuestion {
  type: "plans";
  /** The tenant. */
  tenant?: string | undefined;
}

/** `plan`: a `PlanStatus`, or `null`. */
export interface PlanQuestion {
  type: "plan";
  /** The tenant. */
  tenant?: string | undefined;
  /** The plan. */
  plan: string;
}

/** `task`: a `TaskStatus`, or `null`. */
export interface TaskQuestion {
  type: "task";
  /** The tenant. */
  tenant?: string | undefined;
  /** The plan. */
  plan: string;
  /** The task's name in it. */
  task: string;
}

/** `explain_choice`: a `Explain`, or `null`. */
export interface ChoiceQuestion {
  type: "choice";
  /** The tenant. */
  tenant?: string | undefined;
  /** The plan. */
  plan: string;
  /** The task's name in it. */
  task: string;
}

/** `agents`: a list of `Status`. */
export interface AgentsQuestion {
  type: "agents";
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
  | TurnQuestion
  | ResolveQuestion
  | KnownStateQuestion
  | AncestryQuestion
  | SpentQuestion
  | TrippedQuestion
  | StopsQuestion
  | RepetitionQuestion
  | PlansQuestion
  | PlanQuestion
  | TaskQuestion
  | ChoiceQuestion
  | AgentsQuestion
  | CountsQuestion;
