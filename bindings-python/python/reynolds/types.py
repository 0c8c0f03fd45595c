"""The wire: inputs, decisions, effects, rules and questions as dictionaries.

Made from the Rust types by `tools/types_from_rust.py`; change those. Times are milliseconds since the Unix epoch. Ids of
effects and chains are texts of digits, as `"42.0"` and `"42"`. Whole numbers are below 2^53.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

__all__ = [
    "AcceptReport",
    "AcceptTimeOrder",
    "ActEffect",
    "Actor",
    "ActorClass",
    "AdmittedVerdict",
    "Adopt",
    "AdoptInput",
    "AgentBreaker",
    "AgentInput",
    "AgentReport",
    "AgentState",
    "AgentVerdict",
    "AgentsQuestion",
    "AgentsScaleStep",
    "AmbiguousResult",
    "AmbiguousVerdict",
    "AncestryQuestion",
    "AnswerPlanControl",
    "ApproveHeldOrder",
    "ApproveOrder",
    "AskEffect",
    "Autonomy",
    "Beats",
    "BeatsInput",
    "BreakerStage",
    "CancelOrder",
    "CancelPlanControl",
    "CancelledReport",
    "CancelledResult",
    "CancelledVerdict",
    "Causes",
    "ChainLimits",
    "ChoiceQuestion",
    "Command",
    "CommandInput",
    "Compensation",
    "Condition",
    "Config",
    "ConfigQuestion",
    "Configure",
    "ConfigureInput",
    "Count",
    "CountsQuestion",
    "CrashedAgent",
    "Decision",
    "DeclineReport",
    "Denial",
    "DeniedVerdict",
    "DenyReason",
    "DigestQuestion",
    "DispatchEffect",
    "DoneReport",
    "DoneResult",
    "DrainAgent",
    "DuplicateVerdict",
    "Durability",
    "Each",
    "EchoVerdict",
    "Effect",
    "EffectTemplate",
    "Enforce",
    "Event",
    "EventInput",
    "ExpiredVerdict",
    "FailedReport",
    "FailedResult",
    "Forecast",
    "Genesis",
    "Grounds",
    "HandedEffect",
    "HandleEffect",
    "Handoff",
    "HandoffReport",
    "HeartbeatAgent",
    "HeartbeatReport",
    "HeldVerdict",
    "HoldReason",
    "Input",
    "Known",
    "KnownStateQuestion",
    "KnownVerdict",
    "Late",
    "LateVerdict",
    "LimitName",
    "Limits",
    "Link",
    "LinkKind",
    "LoopBreaker",
    "Moment",
    "NeedStatus",
    "NeedsInputReport",
    "NewNeeds",
    "OnFailure",
    "Open",
    "OpenEffectQuestion",
    "OpenQuestion",
    "Opened",
    "Order",
    "Outcome",
    "OutcomeInput",
    "OutcomeResult",
    "Patch",
    "PatchInput",
    "PauseAgent",
    "PausePlanControl",
    "PercentScaleStep",
    "PersonQuestion",
    "PinPlanControl",
    "Plan",
    "PlanControl",
    "PlanInput",
    "PlanOrder",
    "PlanQuestion",
    "PlanRef",
    "PlanState",
    "PlanStatus",
    "PlanVerdict",
    "PlansQuestion",
    "Pool",
    "PoolState",
    "PoolVerdict",
    "Predicate",
    "Problem",
    "Profile",
    "ProgressReport",
    "Property",
    "PropertyTemplate",
    "Proposal",
    "Propose",
    "ProposeInput",
    "Question",
    "Readiness",
    "RecallEffect",
    "RegisterAgent",
    "RemoveAgent",
    "Repetition",
    "RepetitionQuestion",
    "Report",
    "RerunPlanControl",
    "ResolveQuestion",
    "ResumeAgent",
    "ResumeAllOrder",
    "ResumeChainOrder",
    "ResumePlanControl",
    "ResumeSubjectOrder",
    "ResumeTenantsOrder",
    "Retry",
    "RetryResult",
    "Rule",
    "ScaleDirection",
    "ScalePolicy",
    "ScaleReason",
    "ScaleSelect",
    "ScaleStep",
    "ScaleVerdict",
    "Sending",
    "SkipPlanControl",
    "Spent",
    "SpentQuestion",
    "Staff",
    "StartedReport",
    "Status",
    "StatusQuestion",
    "StopAllOrder",
    "StopChainOrder",
    "StopKind",
    "StopRef",
    "StopStanding",
    "StopSubjectOrder",
    "StopTenantsOrder",
    "StoppedAgent",
    "StopsQuestion",
    "Task",
    "TaskBefore",
    "TaskBrief",
    "TaskInput",
    "TaskQuestion",
    "TaskReport",
    "TaskState",
    "TaskStatus",
    "TaskVerdict",
    "TaskWhy",
    "Timeouts",
    "Timing",
    "Trigger",
    "Tripped",
    "TrippedChain",
    "TrippedQuestion",
    "TrippedVerdict",
    "TurnQuestion",
    "Turns",
    "Verdict",
    "WakeReason",
    "Wakeup",
    "Whereabouts",
]

Predicate: TypeAlias = dict[str, Any]
"""A question about an event, all keys of which must hold: `{"kind": "issues.*", "class": ["human", "bot"]}`.

Keys: `kind`, `source`, `subject`, `about`, `actor`, `class`, `object`, `text`, `tenant`, `state.NAME`, `attributes.NAME`, each with
a pattern or a list of patterns in which `*` stands for any text; `echo` and `late` with a truth; `all`, `any` and `not`.
"""


class Opened(TypedDict):
    """What was found when a broker was opened or restored."""

    fresh: bool
    """There was no whole record: the genesis began a new journal."""
    last: int
    """The last record."""
    snapshot: NotRequired[int]
    """The snapshot the restore started from, by its last record."""
    replayed: int
    """How many records were replayed after it."""
    torn: NotRequired[list[int]]
    """The record that was being written when the power went, and how many of its bytes there were. It was never durable."""
    unreadable: NotRequired[list[list[Any]]]
    """Newer snapshots that could not be read, each with its `Problem`."""
    config_differs: bool
    """The journal had another configuration than the options say. They have taken its place, so an operator's `configure` counts until the
    next start: the options are what stays. The logger `reynolds` says so too."""


ActorClass: TypeAlias = Literal["unknown", "human", "bot", "app", "system", "timer"]
"""What an actor is. A platform's word is a hint: the host's registry (`actors` in the configuration) overrides it.

* `"unknown"`: Nobody knows. Counts as automated.
* `"human"`: A person. What a person does is a new root, also when it answers an effect.
* `"bot"`: An automated account.
* `"app"`: An application or integration.
* `"system"`: The platform itself: CI, alerts, resource changes.
* `"timer"`: A clock.
"""


_Actor = TypedDict("_Actor", {"class": NotRequired[ActorClass]})


class Actor(_Actor):
    """Who did it.

    * `class`: What the platform says the actor is.
    """

    id: str
    """Stable id with its platform in front, for example `github:octocat`."""


class Property(TypedDict):
    """A property of a subject and the value it took, for example `labels` = `bug,p1` or `tree` = a git tree id."""

    property: str
    """Which property."""
    value: str
    """Its value, in a form in which equal states are equal texts (sort labels before joining them)."""


class Event(TypedDict):
    """Something that happened on a platform, in one form for all of them.

    Only `id`, `source`, `kind` and `subject` are required. `(tenant, source, id)` is the identity: a second event
    with the same one is a duplicate. Byte limits are in `limits`.
    """

    id: str
    """The delivery's own id: repeated by the source when it delivers again. At most 512 bytes."""
    source: str
    """Who delivered: `github`, `teams`, or the `source` of a CloudEvent. At most 1024 bytes."""
    kind: str
    """What happened, as `noun.verb`: `issue_comment.created`. At most 256 bytes."""
    subject: str
    """What it happened to: `github:acme/api#7`. At most 1024 bytes."""
    about: NotRequired[str]
    """What the subject belongs to, when that is known: a CI run concerns a pull request. The broker remembers this as an
    alias, so that both resolve to one subject. At most 1024 bytes.
    """
    also: NotRequired[list[str]]
    """Further kinds derived from the outcome: `ci.failed`, `pr.merged`. Rules match these like `kind`. At most 16 of 256
    bytes each.
    """
    actor: NotRequired[Actor]
    """Who did it. Its id has at most 1024 bytes."""
    object: NotRequired[str]
    """The one platform object concerned, for example `github:comment/17`. Compared with the ids that outcomes report. At
    most 1024 bytes.
    """
    text: NotRequired[str]
    """The text a person would read: a comment's body, a message. At most 262144 bytes."""
    reply_to: NotRequired[str]
    """The object this one answers. At most 1024 bytes."""
    state: NotRequired[Property]
    """The state the subject has now. Name and value have at most 256 and 4096 bytes."""
    version: NotRequired[int]
    """Orders the events of one object: one with a lower version than a known one arrived late."""
    token: NotRequired[str]
    """A lineage token found in the payload. Verified before the event is recorded, and never recorded itself."""
    attempt: NotRequired[list[int]]
    """Declared attempt `[n, m]`: try n of at most m, from 1 on."""
    progress: NotRequired[int]
    """Declared progress, growing with each step."""
    tenant: NotRequired[str]
    """The tenant it belongs to. Nothing of one tenant reaches another. At most 256 bytes."""
    occurred_at: NotRequired[int]
    """When it happened by the platform's clock. Information only: the core's time is the `at` it is given."""
    traceparent: NotRequired[str]
    """W3C trace context; its trace id travels with every effect of the chain. At most 256 bytes."""
    content_key: NotRequired[str]
    """A second identity, from the content: two events of one source and subject with the same `content_key` within
    `content_window_ms` are one event delivered under two ids. One that starts with `~` is only likely: it counts from
    10 s after the first, when a platform sends a turn again, and while nothing of ours was done on the subject since.
    At most 256 bytes.
    """
    attributes: NotRequired[dict[str, str]]
    """Whatever else a rule may want to match. At most 64; names of at most 256 bytes, values of 4096."""


TaskState: TypeAlias = Literal["waiting", "ready", "backoff", "asking", "leased", "running", "cancelling", "undoing", "succeeded", "failed", "skipped", "cancelled", "compensated"]
"""Where a task stands.

* `"waiting"`: It waits for tasks it needs.
* `"ready"`: It waits for an agent, or for a key that others hold.
* `"backoff"`: It waits to be tried again.
* `"asking"`: It waits for a person's answer.
* `"leased"`: An agent has it and has not said anything.
* `"running"`: An agent is at it; or, for a task of tasks, they are under way.
* `"cancelling"`: Its agent was told to stop.
* `"undoing"`: It waits for an agent that undoes it.
* `"succeeded"`: It is done.
* `"failed"`: It failed for good.
* `"skipped"`: It was not needed, or what it needed did not end as its trigger asks.
* `"cancelled"`: It was cancelled before it was done.
* `"compensated"`: It had started and was undone.
"""


PlanState: TypeAlias = Literal["running", "paused", "stopping", "cancelling", "compensating", "succeeded", "failed", "cancelled", "compensated"]
"""Where a plan stands.

* `"running"`: Under way.
* `"paused"`: Nothing new starts until it is resumed.
* `"stopping"`: A task has failed; what runs may end.
* `"cancelling"`: What runs was told to stop.
* `"compensating"`: What has started is being undone, the last first.
* `"succeeded"`: Every task has ended, and none failed that counts.
* `"failed"`: Every task has ended, and one failed.
* `"cancelled"`: It was cancelled.
* `"compensated"`: What had started is undone.
"""


TaskWhy: TypeAlias = Literal["needs", "condition", "stopped", "cancelled", "skipped", "autonomy", "schedule_to_start", "start_to_close", "schedule_to_close", "heartbeat", "agent_gone", "reported", "undelivered", "unanswered", "refused", "no_list", "inner", "did_not_stop", "handed_over", "plan_timeout", "declined", "budget", "handoffs", "questions", "too_large", "nobody", "full", "removed", "absent", "agent_stopped"]
"""Why a task ended, or waits, the way it does.

* `"needs"`: What it needed did not end as its trigger asks.
* `"condition"`: A condition does not hold.
* `"stopped"`: An earlier failure stopped the plan.
* `"cancelled"`: A person, or a rule, cancelled it.
* `"skipped"`: A person said to leave it out.
* `"autonomy"`: Its autonomy does not reach so far, and nobody said yes.
* `"schedule_to_start"`: No agent took it in time.
* `"start_to_close"`: The attempt took too long.
* `"schedule_to_close"`: All attempts together took too long.
* `"heartbeat"`: Its agent fell silent.
* `"agent_gone"`: Its agent is gone.
* `"reported"`: Its agent reported a failure.
* `"undelivered"`: The dispatch did not reach its agent.
* `"unanswered"`: Nobody answered in time.
* `"refused"`: A person said no.
* `"no_list"`: What it was to run for is not a list, or too long a one.
* `"inner"`: A task within it failed.
* `"did_not_stop"`: Its agent was told to stop and did not say that it has.
* `"handed_over"`: It was handed over.
* `"plan_timeout"`: The plan ran out of time.
* `"declined"`: Its agent declined it.
* `"budget"`: So much of the plan came to nothing that it was not tried again.
* `"handoffs"`: It was handed over too often: its owner keeps it.
* `"questions"`: Its agents asked too often.
* `"too_large"`: What its agent was to be given is too large.
* `"nobody"`: It waits, and nobody is there who can do it.
* `"full"`: There is no room for the tasks of its list.
* `"removed"`: A patch removed it. A rerun leaves it out.
* `"absent"`: Its input refers to a part of a result that is not there.
* `"agent_stopped"`: Its agent was stopped in order.
"""


Trigger: TypeAlias = Literal["all", "any", "none_failed", "always"]
"""How the needed tasks must have ended, optional ones left out.

| | runs when | is skipped when | |---|---|---| | `all` | all have succeeded | one failed, was cancelled or skipped |
| `any` | the first has succeeded; it waits for no other | none has succeeded | | `none_failed` | all have ended, each
succeeded or skipped | one failed or was cancelled | | `always` | all have ended, also in a plan that stops after a
failure | never, but cancelled with its plan |

* `"all"`: All have succeeded.
* `"any"`: One has succeeded.
* `"none_failed"`: All have ended and none has failed.
* `"always"`: All have ended.
"""


_Condition = TypedDict("_Condition", {"from": str, "is": NotRequired[Any], "not": NotRequired[bool]})


class Condition(_Condition):
    """What a result must say.

    * `from`: The task whose result is looked at. It is thereby needed.
    * `is`: What it must equal. When absent, it must be there and be neither `false` nor `null`.
    * `not`: Turns the condition round.
    """

    field: NotRequired[str]
    """Which part of it, as a JSON pointer (RFC 6901) such as `/risk`. The whole when absent."""


_Each = TypedDict("_Each", {"from": str})


class Each(_Each):
    """A list to run a task for.

    * `from`: The task whose result is or holds the list. It is thereby needed. What is no list makes the task fail.
    """

    field: NotRequired[str]
    """Which part of the result, as a JSON pointer. The whole when absent."""
    max: NotRequired[int]
    """A longer list makes the task fail. 1000 when absent."""


class Timeouts(TypedDict):
    """When to give up waiting, in milliseconds. None of them is set when absent."""

    schedule_to_start_ms: NotRequired[int]
    """From ready to started. The task fails: no agent could be found in time."""
    start_to_close_ms: NotRequired[int]
    """From started to ended, for each attempt. It may be tried again."""
    schedule_to_close_ms: NotRequired[int]
    """From ready to the end, over all attempts. The task fails."""
    heartbeat_ms: NotRequired[int]
    """Longest silence of the agent. It may be tried again, from the last progress."""


class Retry(TypedDict):
    """When to try again."""

    max_attempts: NotRequired[int]
    """Attempts, the first one included: 1 to 100. 3 when absent."""
    base_ms: NotRequired[int]
    """Pause before the second attempt, in milliseconds; it doubles each time, and a hash takes up to half of it off."""
    max_ms: NotRequired[int]
    """Longest such pause, in milliseconds. 300,000 when absent; a `base_ms` above it is refused, unless that is the
    usual one.
    """


OnFailure: TypeAlias = Literal["stop", "continue", "skip_dependents", "compensate"]
"""What a task that failed for good means for the rest of its plan.

* `"stop"`: Nothing else starts but what is triggered `always`; what runs may end.
* `"continue"`: As if it had succeeded, without a result.
* `"skip_dependents"`: Its dependents do as their trigger says, everything else goes on.
* `"compensate"`: What runs is cancelled, then everything that has started is undone, the last first.
"""


class Compensation(TypedDict):
    """How to undo a task. It runs as a task of its own, also in a cancelled plan, and is tried again if it fails."""

    requires: NotRequired[list[str]]
    """Capabilities an agent must have. The task's own when absent."""
    input: NotRequired[Any]
    """What the agent is given, with references as in a task's input, also to the task's own result."""
    retry: NotRequired[Retry]
    """When to try again."""
    timeouts: NotRequired[Timeouts]
    """When to give up waiting. `start_to_close_ms` is the task's own when absent; nothing else is, and without any an
    undo may take for ever.
    """


Autonomy: TypeAlias = Literal["watch", "suggest", "ask", "act"]
"""How much may be done without asking a person. Each includes what stands before it.

* `"watch"`: Nothing: the task is skipped, with that reason.
* `"suggest"`: A person is told and may say yes. Unanswered, the task is skipped.
* `"ask"`: A person is asked. Without a yes the task fails.
* `"act"`: Everything.
"""


class PersonQuestion(TypedDict):
    """A question to a person."""

    text: str
    """What to ask."""
    schema: NotRequired[Any]
    """What the answer should look like, for whoever shows the question: a JSON Schema, or a list of choices. No answer
    is checked against it.
    """
    timeout_ms: NotRequired[int]
    """How long to wait for the answer, in milliseconds. For ever when absent."""
    default: NotRequired[Any]
    """The answer if none comes in time. Without one the task fails then."""
    to: NotRequired[str]
    """Whom to ask, for the host: a person, a channel."""


_Task = TypedDict("_Task", {"class": NotRequired[str]})


class Task(_Task):
    """A step of a plan.

    * `class`: Its kind, for learning how long such tasks take and who is good at them. Its name when absent.
    """

    id: str
    """Its name, unique in the list it stands in. No `/`, `[` or `]`: those name the tasks within tasks."""
    needs: NotRequired[list[str | dict[str, Any]]]
    """The tasks that must come to an end before it."""
    trigger: NotRequired[Trigger]
    """How those must have ended for it to run. Otherwise it is skipped."""
    when: NotRequired[list[Condition]]
    """What results must say for it to run, all of it. Otherwise it is skipped."""
    requires: NotRequired[list[str]]
    """Capabilities an agent must have."""
    prefers: NotRequired[list[str]]
    """Capabilities an agent had better have."""
    priority: NotRequired[int]
    """1 (most urgent) to 5."""
    estimate_ms: NotRequired[int]
    """How long it is thought to take, in milliseconds. Better estimates give better orders; none is needed."""
    timeouts: NotRequired[Timeouts]
    """When to give up waiting."""
    retry: NotRequired[Retry]
    """When to try again."""
    on_failure: NotRequired[OnFailure]
    """What its failure means for the rest of the plan."""
    input: NotRequired[Any]
    """What the agent is given. `{"from":"build"}` stands for the result of the task `build`, which is thereby needed;
    `{"from":"build","field":"/log"}` for a part of it.
    """
    each: NotRequired[Each]
    """Run it once for each element of a list."""
    tasks: NotRequired[list[Task]]
    """A plan within the plan: no agent works on this task itself, it ends when all of these have ended."""
    keys: NotRequired[list[str | dict[str, Any]]]
    """Names of which only so many tasks may be at work at a time, over all plans of the tenant."""
    compensate: NotRequired[Compensation]
    """How to undo it. It is registered before the task starts: a task that timed out may have happened."""
    autonomy: NotRequired[Autonomy]
    """How much it may do without asking."""
    ask: NotRequired[PersonQuestion]
    """A question to a person instead of work for an agent. The answer is the result."""
    context: NotRequired[str]
    """What an agent that worked on it before already has in memory: a repository, a customer. Such agents are preferred."""
    risky: NotRequired[bool]
    """It can not be undone or is delicate: proven agents are preferred over new ones."""
    pool: NotRequired[str]
    """The pool whose agents, or those of pools within it, may do it. Any when absent."""


class Plan(TypedDict):
    """A plan: a directed graph of tasks for agents and people. The input `{"type":"plan", ...}`."""

    id: str
    """The plan's name, unique in its tenant. Submitted again, it is a duplicate."""
    tasks: list[Task]
    """Its tasks, in the order in which equals are started."""
    cause: NotRequired[str]
    """The event or effect that led to it. Without one, the plan is the root of a chain of its own."""
    tenant: NotRequired[str]
    """The tenant, where there are several. Tenants share agents fairly, whatever each of them submits."""
    priority: NotRequired[int]
    """1 (most urgent) to 5, for tasks that name none. 3 when absent."""
    on_failure: NotRequired[OnFailure]
    """What a task that failed for good means for the rest, for tasks that name nothing else."""
    timeout_ms: NotRequired[int]
    """The whole plan is cancelled after so many milliseconds."""
    autonomy: NotRequired[Autonomy]
    """How much its tasks may do without asking, for tasks that name nothing else."""
    retries: NotRequired[int]
    """How many retries all its tasks together may cost, 0 to 1,000,000. One that succeeds costs nothing, and one for
    which the agent asked for time a third. When absent: 35, or as many as it has tasks, if they are more.
    """


class NewNeeds(TypedDict):
    """What a task needs from now on."""

    task: str
    """The task."""
    needs: list[str | dict[str, Any]]
    """All of its needs."""


class Patch(TypedDict):
    """A change of a plan that is under way: all of it or nothing. The input `{"type":"patch", ...}`."""

    plan: str
    """The plan."""
    add: NotRequired[list[Task]]
    """Tasks to add."""
    remove: NotRequired[list[str]]
    """Tasks to drop, with what is within them. They must not have started, and nothing that stays may need them."""
    needs: NotRequired[list[NewNeeds]]
    """New needs of tasks that have not started, by name, whole."""
    tenant: NotRequired[str]
    """The plan's tenant, where there are several."""
    key: NotRequired[str]
    """The host's name for it, 1 to 256 bytes. The same key for the same plan again is a duplicate and changes nothing,
    whatever else it says: so an agent that is tried again can say again what it said before.
    """
    cause: NotRequired[str]
    """The event or effect that led to it. What its tasks do is judged by that instead of what led to the plan."""


class Handoff(TypedDict):
    """What one agent hands over to the next."""

    to: NotRequired[str]
    """The agent it is meant for, which must be able and allowed to do it. Any such one when absent."""
    requires: NotRequired[list[str]]
    """Capabilities the next one must have. The task's own when absent."""
    done: NotRequired[list[str]]
    """What is done."""
    remaining: NotRequired[list[str]]
    """What remains to be done."""
    decisions: NotRequired[list[str]]
    """What was decided, and why."""
    pitfalls: NotRequired[list[str]]
    """What did not work."""
    timeout_ms: NotRequired[int]
    """How long the offer stands, in milliseconds. 60,000 when absent."""


class StartedReport(TypedDict):
    """It has begun."""

    type: Literal["started"]


class ProgressReport(TypedDict):
    """So far it has come. A replacement resumes from the last `state`: a report without one leaves it as it is."""

    type: Literal["progress"]
    done: int
    """Steps done."""
    of: NotRequired[int]
    """Steps there are."""
    state: NotRequired[Any]
    """What a replacement needs to resume, at most 16 KiB."""


class HeartbeatReport(TypedDict):
    """It is alive."""

    type: Literal["heartbeat"]


class DoneReport(TypedDict):
    """It is done."""

    type: Literal["done"]
    result: NotRequired[Any]
    """The result, at most 16 KiB."""
    result_ref: NotRequired[str]
    """Where a larger result is kept."""


class FailedReport(TypedDict):
    """It did not work."""

    type: Literal["failed"]
    reason: NotRequired[str]
    """Why, for people."""
    permanent: NotRequired[bool]
    """Trying again is pointless."""
    retry_after_ms: NotRequired[int]
    """Do not try again before so many milliseconds have passed."""


class CancelledReport(TypedDict):
    """It has stopped, as it was told."""

    type: Literal["cancelled"]


class NeedsInputReport(TypedDict):
    """It can not go on without an answer from a person. Its slot is given back; with the answer the task is dispatched
    again.
    """

    type: Literal["needs_input"]
    question: PersonQuestion
    """The question."""


class HandoffReport(TypedDict):
    """It offers the task to another agent, and stays its owner until that one has accepted."""

    type: Literal["handoff"]
    to: NotRequired[str]
    """The agent it is meant for, which must be able and allowed to do it. Any such one when absent."""
    requires: NotRequired[list[str]]
    """Capabilities the next one must have. The task's own when absent."""
    done: NotRequired[list[str]]
    """What is done."""
    remaining: NotRequired[list[str]]
    """What remains to be done."""
    decisions: NotRequired[list[str]]
    """What was decided, and why."""
    pitfalls: NotRequired[list[str]]
    """What did not work."""
    timeout_ms: NotRequired[int]
    """How long the offer stands, in milliseconds. 60,000 when absent."""


class AcceptReport(TypedDict):
    """It accepts a task that is offered to it: from now on it is the owner."""

    type: Literal["accept"]


class DeclineReport(TypedDict):
    """It declines a task that is offered to it, or that it was given: others are asked before it is asked again. That is
    no failure of the agent, but an attempt of the task.
    """

    type: Literal["decline"]


Report: TypeAlias = (
    StartedReport
    | ProgressReport
    | HeartbeatReport
    | DoneReport
    | FailedReport
    | CancelledReport
    | NeedsInputReport
    | HandoffReport
    | AcceptReport
    | DeclineReport
)
"""What an agent says."""


class TaskReport(TypedDict):
    """A report about a dispatch. The input `{"type":"task", ...}`. Accepted whatever else is full.

    A report under an old epoch changes nothing: somebody else owns the task by then. It is kept as evidence.
    """

    dispatch: str
    """The dispatch."""
    epoch: int
    """The dispatch's epoch."""
    report: Report
    """What there is to say."""
    agent: NotRequired[str]
    """The agent that says it. Where it is named, the dispatch must be its own."""


class Beats(TypedDict):
    """Signs of life of many dispatches in one record. The input `{"type":"beats", ...}`. Those that change nothing are
    left out of the record, and without any other there is none.
    """

    beats: NotRequired[list[list[Any]]]
    """Dispatch, epoch and, where it has changed, steps done: `["7.0", 3]` or `["7.0", 3, 12]`."""
    agents: NotRequired[list[str]]
    """Agents that are alive and ready for work."""


class PausePlanControl(TypedDict):
    """Nothing of the plan starts, and nothing is asked, until it is resumed. What runs goes on."""

    type: Literal["pause"]


class ResumePlanControl(TypedDict):
    """A paused plan goes on."""

    type: Literal["resume"]


class CancelPlanControl(TypedDict):
    """The plan ends: what has not started is cancelled, what runs is told to stop and has 30 seconds for it."""

    type: Literal["cancel"]


_RerunPlanControl = TypedDict("_RerunPlanControl", {"from": NotRequired[str]})


class RerunPlanControl(_RerunPlanControl):
    """A plan that has ended goes on: from a task with all that depends on it, or from whatever did not succeed. What has
    succeeded elsewhere keeps its results.

    * `from`: The task to start from.
    """

    type: Literal["rerun"]


class SkipPlanControl(TypedDict):
    """A task ends without being done, and the plan goes on as if it had succeeded without a result."""

    type: Literal["skip"]
    task: str
    """The task."""


class PinPlanControl(TypedDict):
    """Only this agent may do a task. It must be able and allowed to."""

    type: Literal["pin"]
    task: str
    """The task."""
    agent: NotRequired[str]
    """The agent. Any when absent."""


class AnswerPlanControl(TypedDict):
    """The answer to a question, or whether a task may be done: `true` or `false`."""

    type: Literal["answer"]
    task: str
    """The task."""
    value: Any
    """The answer, at most 16 KiB."""


PlanControl: TypeAlias = (
    PausePlanControl
    | ResumePlanControl
    | CancelPlanControl
    | RerunPlanControl
    | SkipPlanControl
    | PinPlanControl
    | AnswerPlanControl
)
"""What a person may order about a plan or a task."""


Readiness: TypeAlias = Literal["starting", "busy", "ready"]
"""What a heartbeat says: the three questions in one word.

* `"starting"`: Alive, but has not started yet.
* `"busy"`: Alive and started, but can take no work now.
* `"ready"`: Alive, started and ready for work.
"""


class Profile(TypedDict):
    """What an agent says of itself."""

    provides: NotRequired[list[str]]
    """What it can do, such as `docker` or `rust@1.88`. At most 64."""
    slots: NotRequired[int]
    """How many tasks it takes at a time: 1 to 4096. 1 when absent. Default: 1."""
    tenants: NotRequired[list[str]]
    """The tenants it works for; all when absent. At most 64."""
    pool: NotRequired[str]
    """The pool it belongs to."""
    role: NotRequired[str]
    """The role its model plays, such as `code_review`."""
    labels: NotRequired[dict[str, str]]
    """Anything else that tasks may ask for, as `zone=eu`. At most 32."""
    heartbeat_ms: NotRequired[int]
    """How often it promises to beat, in milliseconds, at most an hour. Never when absent: then only its tasks' own
    timeouts tell.
    """
    start_ms: NotRequired[int]
    """How long it may take to start, in milliseconds: it gets no work before its first heartbeat. It has started when
    absent.
    """
    generalist: NotRequired[bool]
    """It stands in for specialists of pools below its own that have failed."""


class RegisterAgent(TypedDict):
    """It is there, or says something new of itself."""

    type: Literal["register"]
    provides: NotRequired[list[str]]
    """What it can do, such as `docker` or `rust@1.88`. At most 64."""
    slots: NotRequired[int]
    """How many tasks it takes at a time: 1 to 4096. 1 when absent. Default: 1."""
    tenants: NotRequired[list[str]]
    """The tenants it works for; all when absent. At most 64."""
    pool: NotRequired[str]
    """The pool it belongs to."""
    role: NotRequired[str]
    """The role its model plays, such as `code_review`."""
    labels: NotRequired[dict[str, str]]
    """Anything else that tasks may ask for, as `zone=eu`. At most 32."""
    heartbeat_ms: NotRequired[int]
    """How often it promises to beat, in milliseconds, at most an hour. Never when absent: then only its tasks' own
    timeouts tell.
    """
    start_ms: NotRequired[int]
    """How long it may take to start, in milliseconds: it gets no work before its first heartbeat. It has started when
    absent.
    """
    generalist: NotRequired[bool]
    """It stands in for specialists of pools below its own that have failed."""


class HeartbeatAgent(TypedDict):
    """It is alive."""

    type: Literal["heartbeat"]
    beat: NotRequired[Readiness]
    """Whether it takes work. `ready` when absent."""


class CrashedAgent(TypedDict):
    """Its process is gone, or hangs: what it had is given to others."""

    type: Literal["crashed"]


class PauseAgent(TypedDict):
    """It is given no more work until it is resumed, and keeps what it has."""

    type: Literal["pause"]


class ResumeAgent(TypedDict):
    """A pause or a drain is over."""

    type: Literal["resume"]


class DrainAgent(TypedDict):
    """It is given no more work; the verdict `drained` says when it has nothing left to do."""

    type: Literal["drain"]
    patience_ms: int
    """How long that may take, in milliseconds."""


class RemoveAgent(TypedDict):
    """It is gone for good: what it had is given to others."""

    type: Literal["remove"]


class StoppedAgent(TypedDict):
    """Its process was ended in order, by its host, as for a deploy. What it had is given back: no attempt is counted,
    and no failure of the agent. It gets no work until its next life registers.
    """

    type: Literal["stopped"]


Whereabouts: TypeAlias = (
    RegisterAgent
    | HeartbeatAgent
    | CrashedAgent
    | PauseAgent
    | ResumeAgent
    | DrainAgent
    | RemoveAgent
    | StoppedAgent
)
"""What became of an agent."""


class AgentReport(TypedDict):
    """What there is to say of an agent."""

    id: str
    """The agent's name."""
    incarnation: NotRequired[int]
    """Which life of it this is. A process that starts anew counts up: what the old one had ends at once. What is said of
    a life that is over is rejected.
    """
    report: Whereabouts
    """What there is to say."""


AgentState: TypeAlias = Literal["suspected", "recovered", "drained", "drain_expired", "restart"]
"""What became of an agent, as a verdict tells it.

* `"suspected"`: It is silent beyond what is usual, or did not start in time: what it had is given to others.
* `"recovered"`: It may be given work again.
* `"drained"`: It was drained and has nothing left to do: it can be stopped.
* `"drain_expired"`: It was to be drained and has not finished in time.
* `"restart"`: It should be started anew.
"""


PoolState: TypeAlias = Literal["down", "restored", "alarm"]
"""What became of a pool, as a verdict tells it.

* `"down"`: It failed too often. It is given no work for a while; a pool above it stands in.
* `"restored"`: It may be given work again.
* `"alarm"`: All pools together failed too often: no restarts are asked for until then. A person should look.
"""


class Pool(TypedDict):
    """A pool."""

    id: str
    """Its name; the empty name is the root's."""
    parent: NotRequired[str]
    """The pool above it; empty stands for the root."""
    intensity: NotRequired[int]
    """How many failures in `period_ms` are answered by a restart. 0 to 100, default 3."""
    period_ms: NotRequired[int]
    """For how long a failure counts, in milliseconds. Default 60 000."""
    down_ms: NotRequired[int]
    """How long a pool that failed is out of use the first time, in milliseconds. Default 60 000."""


class AgentsScaleStep(TypedDict):
    """By so many agents."""

    type: Literal["agents"]
    agents: int
    """How many."""
    period_ms: int
    """In how many milliseconds, at most an hour."""


class PercentScaleStep(TypedDict):
    """By a share of those there were at the period's beginning."""

    type: Literal["percent"]
    percent: int
    """How much, in hundredths."""
    period_ms: int
    """In how many milliseconds, at most an hour."""


ScaleStep: TypeAlias = AgentsScaleStep | PercentScaleStep
"""How much a pool may change in a period."""


ScaleSelect: TypeAlias = Literal["max", "min", "disabled"]
"""Which of several steps counts.

* `"max"`: The one that allows most.
* `"min"`: The one that allows least.
* `"disabled"`: None: it does not change in this direction.
"""


class ScaleDirection(TypedDict):
    """How a pool changes in one direction."""

    tolerance_ppm: NotRequired[int]
    """A ratio of load to target this near to 1 changes nothing. Parts per million, default 100 000."""
    window_ms: NotRequired[int]
    """How far back recommendations count, in milliseconds, at most an hour. Default 0 up, 300 000 down."""
    steps: NotRequired[list[ScaleStep]]
    """How much it may change; without any, as much as it likes. At most 8."""
    select: NotRequired[ScaleSelect]
    """Which of the steps counts. Default the largest."""


class ScalePolicy(TypedDict):
    """When a pool grows and shrinks. The defaults are those of the HorizontalPodAutoscaler, and four changes an hour."""

    min: NotRequired[int]
    """Fewest agents. Default: 1."""
    max: NotRequired[int]
    """Most agents. Default: 10."""
    target_permille: NotRequired[int]
    """How much of their slots should be in use, in thousandths; for `advise`. Default: 800."""
    up: NotRequired[ScaleDirection]
    """How it grows."""
    down: NotRequired[ScaleDirection]
    """How it shrinks."""
    changes_per_hour: NotRequired[int]
    """Most changes within an hour; 0 stands for no limit. Default: 4."""
    urgent_permille: NotRequired[int]
    """A rise by more than this share of the agents, in thousandths, needs no budget, and neither do the steps that
    follow it within a minute. Default: 500.
    """


ScaleReason: TypeAlias = Literal["load", "tolerance", "unmeasured", "window", "step", "disabled", "bounds", "budget", "paused"]
"""What held a pool back from what its load asked for.

* `"load"`: The load asked for this.
* `"tolerance"`: The load is near enough to its target.
* `"unmeasured"`: Something could not be measured, and what could would make the pool shrink.
* `"window"`: Not for long enough.
* `"step"`: Not that fast.
* `"disabled"`: It does not change in this direction.
* `"bounds"`: It has its least or its greatest size.
* `"budget"`: It has changed too often within the hour.
* `"paused"`: It is paused, or has no agents at all and nothing waits for any.
"""


Causes: TypeAlias = str | list[str]
"""One cause or several. One alone equals a list of one."""


class PlanRef(TypedDict):
    """A declared plan and its size."""

    id: str
    """The plan's id."""
    size: int
    """How many effects it has. More than that count as undeclared. 0, if that is not known, is as many as
    `chain.hop_limit`.
    """


class Proposal(TypedDict):
    """One effect the host's code wants."""

    key: NotRequired[str]
    """The host's name for it, repeated in every verdict. Without one, the content names it: the same effect proposed
    twice for one cause is a duplicate. At most 256 bytes.
    """
    kind: str
    """What to do: `comment`, `message`, `issue`, or any word the host's `perform` knows. At most 256 bytes."""
    subject: str
    """Where it lands. At most 1024 bytes."""
    about: NotRequired[str]
    """What it concerns, when that is another thing than where it lands. At most 1024 bytes."""
    reply_to: NotRequired[str]
    """The object it answers. At most 1024 bytes."""
    text: NotRequired[str]
    """The text a person would read. At most 262144 bytes."""
    writes: NotRequired[Property]
    """The property it sets, and to what."""
    attempt: NotRequired[list[int]]
    """Declared attempt `[n, m]`, n growing from 1 to m and m fixed: a bounded retry, not a loop."""
    progress: NotRequired[int]
    """Declared progress, growing with each step: no repetition and, after the first, no hop."""
    plan: NotRequired[PlanRef]
    """The declared plan it is a part of: charged to the plan's size instead of the chain's budget."""
    read_only: NotRequired[bool]
    """It changes nothing on the platform: it counts as a read, not as a hop."""
    expires_at: NotRequired[int]
    """Drop it if it could not leave by then."""
    payload: NotRequired[Any]
    """Free JSON for the host's `perform`. At most 262144 bytes."""
    deterministic: NotRequired[bool]
    """The same input always leads to this effect: one exact repetition along a line is proof of a loop."""


class Sending(TypedDict):
    """A proposal for `turn.send`. Its `subject` is the event's, if nothing else is said."""

    key: NotRequired[str]
    """The host's name for it, repeated in every verdict. Without one, the content names it: the same effect proposed
    twice for one cause is a duplicate. At most 256 bytes.
    """
    kind: str
    """What to do: `comment`, `message`, `issue`, or any word the host's `perform` knows. At most 256 bytes."""
    subject: NotRequired[str]
    """Where it lands. At most 1024 bytes."""
    about: NotRequired[str]
    """What it concerns, when that is another thing than where it lands. At most 1024 bytes."""
    reply_to: NotRequired[str]
    """The object it answers. At most 1024 bytes."""
    text: NotRequired[str]
    """The text a person would read. At most 262144 bytes."""
    writes: NotRequired[Property]
    """The property it sets, and to what."""
    attempt: NotRequired[list[int]]
    """Declared attempt `[n, m]`, n growing from 1 to m and m fixed: a bounded retry, not a loop."""
    progress: NotRequired[int]
    """Declared progress, growing with each step: no repetition and, after the first, no hop."""
    plan: NotRequired[PlanRef]
    """The declared plan it is a part of: charged to the plan's size instead of the chain's budget."""
    read_only: NotRequired[bool]
    """It changes nothing on the platform: it counts as a read, not as a hop."""
    expires_at: NotRequired[int]
    """Drop it if it could not leave by then."""
    payload: NotRequired[Any]
    """Free JSON for the host's `perform`. At most 262144 bytes."""
    deterministic: NotRequired[bool]
    """The same input always leads to this effect: one exact repetition along a line is proof of a loop."""


class Propose(TypedDict):
    """The host's own code wants effects, and names what made it want them.

    `(tenant, cause, key)` makes a proposal idempotent: proposed again, the same effect is a duplicate.
    """

    cause: Causes
    """What made the host want this: the `handle` effect being answered, an event as that effect's `cause` names it, or
    several. An event goes by its id; where two sources use one id, the later event goes by `source/id`. At most 16.
    """
    effects: list[Proposal]
    """What it wants, possibly nothing. At most 256."""
    more: NotRequired[bool]
    """The handler has not finished: the `handle` effect named as cause stays open until a later answer."""
    tenant: NotRequired[str]
    """The tenant, where there are several. At most 256 bytes."""


class DoneResult(TypedDict):
    """It happened."""

    type: Literal["done"]
    object: NotRequired[str]
    """The id the platform gave to what was made."""
    objects: NotRequired[list[str]]
    """Further ids, where one effect makes several objects."""


class RetryResult(TypedDict):
    """The platform refused it for now, and certainly did not do it."""

    type: Literal["retry"]
    after_ms: int
    """When to try again, in milliseconds from now, at most one day."""


class AmbiguousResult(TypedDict):
    """Nobody knows whether it happened: a timeout, a reset connection, a 5xx."""

    type: Literal["ambiguous"]


class FailedResult(TypedDict):
    """It did not happen and will not."""

    type: Literal["failed"]
    reason: NotRequired[str]
    """Why, for people."""


class CancelledResult(TypedDict):
    """The host decided not to do it."""

    type: Literal["cancelled"]


OutcomeResult: TypeAlias = DoneResult | RetryResult | AmbiguousResult | FailedResult | CancelledResult
"""The five things that can become of an effect."""


class Outcome(TypedDict):
    """What became of an effect. Accepted whatever else is full: its room was reserved with the effect."""

    effect: str
    """The effect."""
    result: OutcomeResult
    """Its result."""
    chain: NotRequired[str]
    """The effect's chain, as a cross-check: another one is rejected."""
    tenant: NotRequired[str]
    """The effect's tenant, where there are several."""


class StopChainOrder(TypedDict):
    """Stop a chain: its held effects are cancelled, further ones denied, in every enforcement mode."""

    type: Literal["stop_chain"]
    chain: str
    """The chain, remembered or not. Its record is there: else `UnknownChain` (RY1023)."""


class StopSubjectOrder(TypedDict):
    """Stop everything that lands on, or concerns, a subject, which is written letter by letter as events and effects
    have it.
    """

    type: Literal["stop_subject"]
    subject: str
    """The subject."""


class StopAllOrder(TypedDict):
    """Stop every effect of the tenant; of all tenants: `stop_tenants`."""

    type: Literal["stop_all"]


class ResumeChainOrder(TypedDict):
    """Let a stopped chain go on."""

    type: Literal["resume_chain"]
    chain: str
    """The chain."""


class ResumeSubjectOrder(TypedDict):
    """Let a stopped subject go on."""

    type: Literal["resume_subject"]
    subject: str
    """The subject."""


class ResumeAllOrder(TypedDict):
    """Lift the stop of the tenant. Stopped chains and subjects stay stopped."""

    type: Literal["resume_all"]


class ApproveOrder(TypedDict):
    """Let a held effect leave."""

    type: Literal["approve"]
    effect: str
    """The effect."""


class CancelOrder(TypedDict):
    """Drop a held effect, or one that waits to be tried again."""

    type: Literal["cancel"]
    effect: str
    """The effect."""


class AcceptTimeOrder(TypedDict):
    """Accept a clock that jumped ahead by more than `max_jump_ms`, up to `to`."""

    type: Literal["accept_time"]
    to: int
    """The latest time to accept."""


class PlanOrder(TypedDict):
    """Something about a plan or one of its tasks."""

    type: Literal["plan"]
    plan: str
    """The plan."""
    order: PlanControl
    """What to do."""


class ApproveHeldOrder(TypedDict):
    """Let what is held of a rule, or on a subject, leave: the 1,024 that were held first, each as by `approve`. The
    decision names them. If nothing is held there, or neither is given: `NotPossible` (RY1021).
    """

    type: Literal["approve_held"]
    rule: NotRequired[str]
    """The rule, also of what its handler proposed."""
    subject: NotRequired[str]
    """Where they land, or what they concern, written letter by letter as events and effects have it."""


class StopTenantsOrder(TypedDict):
    """Stop every effect of every tenant, as `stop_all` does for each, and of those that are yet to come. The command
    names no tenant.
    """

    type: Literal["stop_tenants"]


class ResumeTenantsOrder(TypedDict):
    """Lift the stop of every tenant, as `resume_all` does for each, also where only that one was stopped. The command
    names no tenant.
    """

    type: Literal["resume_tenants"]


Order: TypeAlias = (
    StopChainOrder
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
    | ResumeTenantsOrder
)
"""What a person may order."""


class Command(TypedDict):
    """A person's word. Accepted whatever else is full."""

    do: Order
    """What to do."""
    by: NotRequired[Actor]
    """Who said so, for the record. Who may say so is the host's to check."""
    reason: NotRequired[str]
    """Why, for the record."""
    tenant: NotRequired[str]
    """The tenant, where there are several."""


class Turns(TypedDict):
    """How often the agents of a plan may go round. Limits can be raised, never switched off."""

    handoffs: NotRequired[int]
    """Handoffs that the agents of one task may offer, 1 to 1000. One more is refused: its owner keeps the task."""
    returns: NotRequired[int]
    """How often a handoff may bring a task back to an agent that had handed it over, 1 to 1000. After that it is offered
    to others only.
    """
    questions: NotRequired[int]
    """Questions that the agents of one task may ask, 1 to 256. One more is a failure for good."""
    patches: NotRequired[int]
    """Patches of one plan, 1 to 1,000,000. One more is rejected."""


Enforce: TypeAlias = Literal["log", "hold", "deny"]
"""What to do with an effect that meets a limit.

* `"log"`: Decide and explain, but stop nothing: to run beside a living bot first. A person's stop is obeyed.
* `"hold"`: Hold it for a person, at most `hold_max_ms`; then deny it.
* `"deny"`: Deny it.
"""


class ChainLimits(TypedDict):
    """Limits on a chain. They can be raised, never switched off."""

    hop_limit: NotRequired[int]
    """Automated hops in a row, 1 to 1000. Default: 32."""
    rounds: NotRequired[int]
    """Rounds of an exchange that is only inferred, 1 to 1000: so often we may answer somebody who answers us, whatever
    is new each time. Denied only once probes have shown that the answers come because of us. Declared progress that
    grows is no round. Default: 12.
    """
    budget: NotRequired[int]
    """Automated effects in a chain, 1 to 1,000,000. Split over children in the tokens that leave. Default: 96."""
    read_budget: NotRequired[int]
    """Reads (`read_only`) in a chain, 1 to 1,000,000. Default: 1,024."""
    recurrence_limit: NotRequired[int]
    """How often a line of automated steps may repeat itself in a row, 1 to 1000, before evidence that it is a loop
    denies the next step. Until then each repetition is held, for twice as long each time, and at least one is.
    Default: 6.
    """
    repeat_budget: NotRequired[int]
    """Events of a chain whose effects repeat what was done along their line, over all lines, 1 to 1,000,000: a loop that
    fans out is wide before it is deep. Default: 16.
    """
    approved_repeats: NotRequired[int]
    """How often the same repetition, of a rule on a subject, may pass after a person has let a held one leave, 1 to
    1000. Default: 8.
    """
    answers: NotRequired[int]
    """Direct answers to one root, 1 to 1,000,000. Default: 1,024."""
    plan_max: NotRequired[int]
    """Size of all declared plans of a chain together, 1 to 1,000,000. Plans beyond it count as undeclared. Default:
    10,000.
    """
    attempt_max: NotRequired[int]
    """Largest `m` of a declared attempt `[n, m]`, 1 to 1000. Declarations beyond it are ignored. Default: 100."""


class LoopBreaker(TypedDict):
    """The emergency breaker: a denial stops the chain, and tells a person once."""

    notify: NotRequired[str]
    """Where a person is told, in one effect of kind `notify`: a conversation, an issue. Without it, or where the loop
    itself runs there, nothing is sent; decisions and views say it all the same.
    """
    cooldown_ms: NotRequired[int]
    """How long the breaker of a tripped chain stays open, in milliseconds. Then one effect may leave on trial; if it
    repeats, the breaker opens for twice as long.
    """
    cooldown_max_ms: NotRequired[int]
    """Longest such time."""
    count: NotRequired[int]
    """So many chains that trip within `window_ms` stop the whole tenant for a cooldown, 1 to 1000. Persons still get
    answers.
    """
    window_ms: NotRequired[int]
    """See `count`, in milliseconds."""


class Timing(TypedDict):
    """Times, in milliseconds."""

    outcome_due_ms: NotRequired[int]
    """Without an outcome for this long after its release, an effect counts as ambiguous and is released again. Default:
    60,000 ms.
    """
    handle_due_ms: NotRequired[int]
    """The same for `handle` effects: how long host code may take to answer. Default: 600,000 ms."""
    hold_max_ms: NotRequired[int]
    """Longest hold. Default: 604,800,000 ms."""
    habit_max_ms: NotRequired[int]
    """Longest hold to find out whether an account, wherever it acts, acts because of us. The default of two days covers
    what goes round once a day. Slower habits are not looked into: the answer is not worth the wait. Default:
    172,800,000 ms.
    """
    redeliver_ms: NotRequired[int]
    """First pause before an ambiguous effect is released again; doubles each time. Default: 1,000 ms."""
    redeliver_max_ms: NotRequired[int]
    """Longest such pause. Default: 3,600,000 ms."""
    max_jump_ms: NotRequired[int]
    """An `at` further ahead than this is not believed: events are rejected, nothing becomes due, and outcomes, reports
    and commands count as of the last time known. The default lets a bot that slept for a year start without a person.
    A clock that is ahead by less is believed, and once it is right again, timers take twice as long for up to twice
    the mistake. Default: 34,560,000,000 ms.
    """
    content_window_ms: NotRequired[int]
    """How long two events with one `content_key` count as one: 0 to a year, 0 for never. Default: 60,000 ms."""


class AgentBreaker(TypedDict):
    """When an agent that fails again and again gets no work for a while. A change closes the breakers of all agents."""

    window: NotRequired[int]
    """How many of its last tasks are looked at. 1 to 10,000, default 6."""
    minimum_calls: NotRequired[int]
    """How many it must have ended since its breaker closed. 1 to 100,000, default 3."""
    failure_rate_ppm: NotRequired[int]
    """Which share of them must have failed, in parts per million. 1 to 1,000,000, default 500,000."""
    open_ms: NotRequired[int]
    """How long it gets none the first time, in milliseconds; twice as long each time a trial fails. A thirtieth of it
    where nobody else could do what waits. Default 30,000.
    """
    open_max_ms: NotRequired[int]
    """How long at most, in milliseconds. Default 300,000."""


class Staff(TypedDict):
    """What holds for all agents."""

    shares: NotRequired[dict[str, int]]
    """How much of the agents' time a tenant gets beside others that want it too, by its name: 1 to 1000. Who is not
    named has a share of 1; the default tenant's name is empty.
    """
    pools: NotRequired[list[Pool]]
    """The pools that agents may belong to, each after its parent. At most 256. The root is always there; its name is
    empty.
    """
    scale: NotRequired[dict[str, ScalePolicy]]
    """How many agents pools should have, by pool. The verdict `scale` says so; pools that are not named have no size."""
    breaker: NotRequired[AgentBreaker]
    """When an agent that fails again and again gets no work for a while."""


class Limits(TypedDict):
    """How many entries each collection may hold: per tenant, but for `tenants`, `plans`, `tasks` and `agents`, which are
    over all of them.

    Work (`open_effects`, `open_bytes`, `tenants`, `stops`, `plans`, `tasks`, `agents`, and the two of one tenant)
    rejects or fails safe when full; of plans, those that have ended make room first. Memory (all others) forgets its
    oldest entry, in an order that does not depend on time, and counts it.
    """

    tenants: NotRequired[int]
    """Tenants. An event of one more is rejected. Default: 1,024."""
    open_effects: NotRequired[int]
    """Effects that are held or await an outcome. An input that could cause more is rejected; dispatches and questions of
    plans wait. As many tasks may be at work with agents, recalls that await an outcome included: those have room of
    their own. Default: 65,536.
    """
    stops: NotRequired[int]
    """Chains and subjects that people have stopped. When full, the tenant as a whole is stopped. As many chains that
    tripped are remembered; those are forgotten, the first to trip first. Default: 4,096.
    """
    events: NotRequired[int]
    """Events remembered, for recognising duplicates and naming causes. Default: 262,144."""
    chains: NotRequired[int]
    """Chains of other brokers, and trace ids, remembered. What a chain has used is remembered as long as an effect of
    it. Default: 65,536.
    """
    effects: NotRequired[int]
    """Effects remembered after they ended. Default: 262,144."""
    receipts: NotRequired[int]
    """Objects remembered as made by us. Default: 262,144."""
    subjects: NotRequired[int]
    """Subjects remembered, each: their aliases, threads and last states. Default: 65,536."""
    open_bytes: NotRequired[int]
    """Bytes of all open effects together: their texts, payloads, and the events of `handle` effects. An input that could
    cause more is rejected. Default: 268,435,456.
    """
    plans: NotRequired[int]
    """Plans, over all tenants. Of those that have ended, the oldest of the tenant with the most plans is forgotten to
    make room. Default: 4,096.
    """
    tasks: NotRequired[int]
    """Tasks of all plans together. A plan or patch that does not fit is rejected, a list that does not fit fails. Of
    plans that have ended, the oldest of the tenant with the most tasks are forgotten to make room. Default: 262,144.
    """
    agents: NotRequired[int]
    """Agents. One more is rejected. Default: 4,096."""
    tenant_plans: NotRequired[int]
    """Plans of one tenant that have not ended, so that none takes all of `plans`. Without it, one may."""
    tenant_tasks: NotRequired[int]
    """Tasks of one tenant's plans that have not ended, so that none takes all of `tasks`. Without it, one may."""


class PropertyTemplate(TypedDict):
    """A property and the value that it is set to."""

    property: str
    """Which property: 1 to 256 bytes."""
    value: str
    """Its value, which may name the event's fields."""


class EffectTemplate(TypedDict):
    """An effect to make from an event. Texts may name the event's fields: `"New: {subject} by {actor}"`."""

    kind: str
    """What to do: `message`, `comment`, `issue`, or any word the host's `perform` knows."""
    subject: str
    """Where it lands. `{about}` is what the event concerns, through everything known of its subject."""
    about: NotRequired[str]
    """What it concerns. Without it, what the event concerns, if it lands elsewhere."""
    text: NotRequired[str]
    """The text."""
    expires_in_ms: NotRequired[int]
    """Drop it if it could not leave within this many milliseconds."""
    writes: NotRequired[PropertyTemplate]
    """The property it sets, and to what: as `writes` of a proposal. Left out where the value comes out empty."""
    read_only: NotRequired[bool]
    """It changes nothing on the platform: it counts as a read, not as a hop."""


class Rule(TypedDict):
    """What follows from events that match."""

    id: str
    """Its name, unique, shown in every decision and effect it causes."""
    when: NotRequired[Predicate]
    """Which events. Without it, all of them except our own echoes."""
    effects: NotRequired[list[EffectTemplate]]
    """Effects to make."""
    handle: NotRequired[str]
    """The host's handler to run."""
    enforce: NotRequired[Enforce]
    """What to do with effects of this rule, and of its handler, that meet a limit."""
    loops: NotRequired[str]
    """What its effects, and those of its handler, may repeat: `evidence`, `ignore_automation` or `reentry(n)`."""
    deterministic: NotRequired[bool]
    """The same input always leads to the same effects. Then one exact repetition along a line is proof of a loop."""


class Config(TypedDict):
    """Everything that can be set, with defaults a small bot can live with."""

    enforce: NotRequired[Enforce]
    """What to do with an effect that meets a limit, where no rule says otherwise."""
    self: NotRequired[list[str]]
    """The accounts this host acts as, as events name them in `actor.id`: `github:mybot[bot]`. What they do is our own
    doing.
    """
    actors: NotRequired[dict[str, ActorClass]]
    """What actors really are, whatever the platform says, and whatever they do: `{"github:renovate": "bot"}`. Who is
    named here as `human` is never taken for a machine behind a person's name.
    """
    chain: NotRequired[ChainLimits]
    """Limits on chains."""
    breaker: NotRequired[LoopBreaker]
    """What happens when an effect is denied for a loop or a limit."""
    timing: NotRequired[Timing]
    """Times."""
    limits: NotRequired[Limits]
    """How much is kept."""
    work: NotRequired[Turns]
    """How often agents may go round within plans."""
    agents: NotRequired[Staff]
    """Pools of agents and their sizes, and how agents' time is shared among tenants."""
    rules: NotRequired[list[Rule]]
    """What to do with which events. Every rule that matches applies."""


Durability: TypeAlias = Literal["journal", "volatile"]
"""Whether effects wait for the journal.

* `"journal"`: An effect leaves after the record that released it was marked durable.
* `"volatile"`: Effects leave at once and nothing is staged: for small bots and tests. A crash loses everything.
"""


class Genesis(TypedDict):
    """What a broker starts from. It becomes record 1 of the journal; keys are no part of it."""

    name: str
    """The broker's name, 1 to 64 bytes: in front of effect ids it makes idempotency keys, so it must be unique among the
    brokers that talk to the same platforms.
    """
    seed: NotRequired[int]
    """A number, below 2^53 for other languages. It keys the tables and every choice that looks random. Where strangers
    choose ids or subjects, take one they can not guess: who knows it could look for two that count as one.
    """
    durability: NotRequired[Durability]
    """Whether effects wait for the journal."""
    config: NotRequired[Config]
    """The configuration to start with."""
    at: NotRequired[int]
    """The time at the start. At 0 the first input sets the clock, whatever it says."""


class Configure(TypedDict):
    """A new configuration. It replaces the old one whole; what is open stays open."""

    config: Config
    """The configuration."""


class Adopt(TypedDict):
    """Adopts a behaviour of a newer version, from this record on."""

    behaviour: int
    """The behaviour's number."""


class EventInput(TypedDict):
    """Something happened on a platform."""

    type: Literal["event"]
    id: str
    """The delivery's own id: repeated by the source when it delivers again. At most 512 bytes."""
    source: str
    """Who delivered: `github`, `teams`, or the `source` of a CloudEvent. At most 1024 bytes."""
    kind: str
    """What happened, as `noun.verb`: `issue_comment.created`. At most 256 bytes."""
    subject: str
    """What it happened to: `github:acme/api#7`. At most 1024 bytes."""
    about: NotRequired[str]
    """What the subject belongs to, when that is known: a CI run concerns a pull request. The broker remembers this as an
    alias, so that both resolve to one subject. At most 1024 bytes.
    """
    also: NotRequired[list[str]]
    """Further kinds derived from the outcome: `ci.failed`, `pr.merged`. Rules match these like `kind`. At most 16 of 256
    bytes each.
    """
    actor: NotRequired[Actor]
    """Who did it. Its id has at most 1024 bytes."""
    object: NotRequired[str]
    """The one platform object concerned, for example `github:comment/17`. Compared with the ids that outcomes report. At
    most 1024 bytes.
    """
    text: NotRequired[str]
    """The text a person would read: a comment's body, a message. At most 262144 bytes."""
    reply_to: NotRequired[str]
    """The object this one answers. At most 1024 bytes."""
    state: NotRequired[Property]
    """The state the subject has now. Name and value have at most 256 and 4096 bytes."""
    version: NotRequired[int]
    """Orders the events of one object: one with a lower version than a known one arrived late."""
    token: NotRequired[str]
    """A lineage token found in the payload. Verified before the event is recorded, and never recorded itself."""
    attempt: NotRequired[list[int]]
    """Declared attempt `[n, m]`: try n of at most m, from 1 on."""
    progress: NotRequired[int]
    """Declared progress, growing with each step."""
    tenant: NotRequired[str]
    """The tenant it belongs to. Nothing of one tenant reaches another. At most 256 bytes."""
    occurred_at: NotRequired[int]
    """When it happened by the platform's clock. Information only: the core's time is the `at` it is given."""
    traceparent: NotRequired[str]
    """W3C trace context; its trace id travels with every effect of the chain. At most 256 bytes."""
    content_key: NotRequired[str]
    """A second identity, from the content: two events of one source and subject with the same `content_key` within
    `content_window_ms` are one event delivered under two ids. One that starts with `~` is only likely: it counts from
    10 s after the first, when a platform sends a turn again, and while nothing of ours was done on the subject since.
    At most 256 bytes.
    """
    attributes: NotRequired[dict[str, str]]
    """Whatever else a rule may want to match. At most 64; names of at most 256 bytes, values of 4096."""


class ProposeInput(TypedDict):
    """The host's own code wants to do something."""

    type: Literal["propose"]
    cause: Causes
    """What made the host want this: the `handle` effect being answered, an event as that effect's `cause` names it, or
    several. An event goes by its id; where two sources use one id, the later event goes by `source/id`. At most 16.
    """
    effects: list[Proposal]
    """What it wants, possibly nothing. At most 256."""
    more: NotRequired[bool]
    """The handler has not finished: the `handle` effect named as cause stays open until a later answer."""
    tenant: NotRequired[str]
    """The tenant, where there are several. At most 256 bytes."""


class OutcomeInput(TypedDict):
    """What became of an effect."""

    type: Literal["outcome"]
    effect: str
    """The effect."""
    result: OutcomeResult
    """Its result."""
    chain: NotRequired[str]
    """The effect's chain, as a cross-check: another one is rejected."""
    tenant: NotRequired[str]
    """The effect's tenant, where there are several."""


class CommandInput(TypedDict):
    """A person's word."""

    type: Literal["command"]
    do: Order
    """What to do."""
    by: NotRequired[Actor]
    """Who said so, for the record. Who may say so is the host's to check."""
    reason: NotRequired[str]
    """Why, for the record."""
    tenant: NotRequired[str]
    """The tenant, where there are several."""


class ConfigureInput(TypedDict):
    """A new configuration, whole."""

    type: Literal["configure"]
    config: Config
    """The configuration."""


class AdoptInput(TypedDict):
    """Adopts a numbered behaviour of a newer version."""

    type: Literal["adopt"]
    behaviour: int
    """The behaviour's number."""


class PlanInput(TypedDict):
    """A plan of tasks for agents."""

    type: Literal["plan"]
    id: str
    """The plan's name, unique in its tenant. Submitted again, it is a duplicate."""
    tasks: list[Task]
    """Its tasks, in the order in which equals are started."""
    cause: NotRequired[str]
    """The event or effect that led to it. Without one, the plan is the root of a chain of its own."""
    tenant: NotRequired[str]
    """The tenant, where there are several. Tenants share agents fairly, whatever each of them submits."""
    priority: NotRequired[int]
    """1 (most urgent) to 5, for tasks that name none. 3 when absent."""
    on_failure: NotRequired[OnFailure]
    """What a task that failed for good means for the rest, for tasks that name nothing else."""
    timeout_ms: NotRequired[int]
    """The whole plan is cancelled after so many milliseconds."""
    autonomy: NotRequired[Autonomy]
    """How much its tasks may do without asking, for tasks that name nothing else."""
    retries: NotRequired[int]
    """How many retries all its tasks together may cost, 0 to 1,000,000. One that succeeds costs nothing, and one for
    which the agent asked for time a third. When absent: 35, or as many as it has tasks, if they are more.
    """


class PatchInput(TypedDict):
    """A change of a plan under way."""

    type: Literal["patch"]
    plan: str
    """The plan."""
    add: NotRequired[list[Task]]
    """Tasks to add."""
    remove: NotRequired[list[str]]
    """Tasks to drop, with what is within them. They must not have started, and nothing that stays may need them."""
    needs: NotRequired[list[NewNeeds]]
    """New needs of tasks that have not started, by name, whole."""
    tenant: NotRequired[str]
    """The plan's tenant, where there are several."""
    key: NotRequired[str]
    """The host's name for it, 1 to 256 bytes. The same key for the same plan again is a duplicate and changes nothing,
    whatever else it says: so an agent that is tried again can say again what it said before.
    """
    cause: NotRequired[str]
    """The event or effect that led to it. What its tasks do is judged by that instead of what led to the plan."""


class TaskInput(TypedDict):
    """What an agent reports of a task it was given."""

    type: Literal["task"]
    dispatch: str
    """The dispatch."""
    epoch: int
    """The dispatch's epoch."""
    report: Report
    """What there is to say."""
    agent: NotRequired[str]
    """The agent that says it. Where it is named, the dispatch must be its own."""


class BeatsInput(TypedDict):
    """Signs of life, many at once."""

    type: Literal["beats"]
    beats: NotRequired[list[list[Any]]]
    """Dispatch, epoch and, where it has changed, steps done: `["7.0", 3]` or `["7.0", 3, 12]`."""
    agents: NotRequired[list[str]]
    """Agents that are alive and ready for work."""


class AgentInput(TypedDict):
    """What became of an agent."""

    type: Literal["agent"]
    id: str
    """The agent's name."""
    incarnation: NotRequired[int]
    """Which life of it this is. A process that starts anew counts up: what the old one had ends at once. What is said of
    a life that is over is rejected.
    """
    report: Whereabouts
    """What there is to say."""


Input: TypeAlias = (
    EventInput
    | ProposeInput
    | OutcomeInput
    | CommandInput
    | ConfigureInput
    | AdoptInput
    | PlanInput
    | PatchInput
    | TaskInput
    | BeatsInput
    | AgentInput
)
"""An input: the only way to change a `Broker`."""


LimitName: TypeAlias = Literal["chain.hop_limit", "chain.budget", "chain.answers", "chain.read_budget", "chain.repeat_budget", "chain.rounds"]
"""A limit of chains, as it is called in the configuration.

* `"chain.hop_limit"`: Automated hops in a row.
* `"chain.budget"`: Automated effects.
* `"chain.answers"`: Direct answers to the root.
* `"chain.read_budget"`: Reads.
* `"chain.repeat_budget"`: Events that led to a repetition.
* `"chain.rounds"`: Rounds of an exchange that is only inferred.
"""


StopKind: TypeAlias = Literal["all", "chain", "subject"]
"""What a person can stop.

* `"all"`: Everything of the tenant.
* `"chain"`: A chain.
* `"subject"`: A subject: what lands on it or concerns it.
"""


class StopRef(TypedDict):
    """A person's stop that keeps an effect from leaving."""

    what: StopKind
    """What is stopped."""
    record: NotRequired[int]
    """The record of the order, which says who and why; not if a version ordered it that did not keep that."""


DenyReason: TypeAlias = Literal["hop_limit", "budget", "loop", "stopped", "rounds", "incomplete", "proved", "tripped"]
"""Reasons to refuse. All but `loop` are limits, orders and what follows from them, and carry no probability.

* `"hop_limit"`: More automated hops in a row than `hop_limit`.
* `"budget"`: More effects of the chain than one of its budgets allows: `limit_name` says which.
* `"loop"`: It repeats itself along one line of ancestry, and that is hardly chance.
* `"stopped"`: A person stopped the chain, the subject or the tenant.
* `"rounds"`: More rounds of an inferred exchange than `rounds`.
* `"incomplete"`: The rule's template names a field the event does not have, and nothing is left of `kind` or
`subject`.
* `"proved"`: Declared deterministic, over definite links alone, it repeats an effect of its line exactly: so it will
for ever.
* `"tripped"`: The emergency breaker is open for the chain, or for the tenant. It closes after its cooldown, or when a
person resumes it.
"""


class Grounds(TypedDict):
    """What evidence is made of, along the line of effects that the refused one would continue."""

    evidence: int
    """The evidence of the links that the verdict rests on: how many times over it speaks against legitimate automation,
    rounded down. A hold as `repeats` rests on the definite links, one as `probe` on all of them.
    """
    definite: int
    """Steps whose link is definite: a token, a receipt, a reply, an own account, or a write that was undone."""
    inferred: int
    """Steps whose link is inferred from who comes when."""
    categories: list[int]
    """How much each of the latest steps repeats of those before, the refused one last: 0 nothing, 1 the structure, 2 the
    content too, 3 and the state.
    """
    hops: list[str]
    """The effects before it along the line, the latest last."""


class Denial(TypedDict):
    """Why an effect is refused."""

    reason: DenyReason
    """The reason."""
    chain: str
    """The chain."""
    hop: int
    """The hop the effect would have been."""
    limit: NotRequired[int]
    """The limit that was met, for `hop_limit`, `budget` and `rounds`: what is allowed here. For `chain.budget` that may
    be less than the setting, as the cause of the chain had left.
    """
    limit_name: NotRequired[LimitName]
    """With `limit`: which it is, as it is called in the configuration."""
    period: NotRequired[int]
    """For `loop` and `proved`: the number of hops after which the same effect comes again."""
    false_stop_ppm: NotRequired[int]
    """For `loop`: of a million legitimate lines of automated steps, at most so many would ever look like this. It is not
    the probability that this is a loop. See `docs/loops.md` for the assumption.
    """
    grounds: NotRequired[Grounds]
    """For `loop` and `proved`: what the evidence is made of."""
    stop: NotRequired[StopRef]
    """For `stopped`: by which of the stops that stand."""


HoldReason: TypeAlias = Literal["limit", "behind", "probe", "repeats"]
"""Why an effect is held.

* `"limit"`: A limit is met and the rule says `enforce: hold`: a person may release it, time denies it.
* `"behind"`: An earlier effect of the same chain on the same subject is held.
* `"probe"`: It repeats itself after each answer that comes. Whether the answers come because of us is seen from what
comes while nothing leaves: it leaves at `until`, or is held on while an answer is under way, for `timing.hold_max_ms`
in all at most, or is denied; a person may release or cancel it before. If it is meant, declare it as below; if a
person answers, name that account in `actors`.
* `"repeats"`: It repeats itself along one line of ancestry. It leaves at `until`, each time after twice as long; a
person may release or cancel it before. If the repetition is meant, declare it: `attempt`, `progress` or `plan`, or
`loops: "reentry(n)"` of the rule.
"""


LinkKind: TypeAlias = Literal["token", "receipt", "reply", "content", "account"]
"""What establishes a link. All of these are definite.

* `"token"`: An authenticated token came back.
* `"receipt"`: The event is about an object that an outcome reported.
* `"reply"`: The event answers such an object.
* `"content"`: The event has the text of an effect whose outcome is still awaited: the webhook won the race.
* `"account"`: One of the host's own accounts acted where we acted last.
"""


class Link(TypedDict):
    """How an event is linked to one of our effects."""

    type: LinkKind
    """By what."""
    of: NotRequired[str]
    """The effect. Absent when it is another broker's."""
    hop: int
    """Automated steps up to and including this event's cause."""


class AdmittedVerdict(TypedDict):
    """It leaves once the record is durable."""

    type: Literal["admitted"]
    effect: str
    """The effect."""
    key: NotRequired[str]
    """The host's name for it."""
    would: NotRequired[Denial]
    """In log mode: why it would have been denied. Else it is on trial after a breaker's cooldown: why it was denied
    before.
    """
    would_hold: NotRequired[HoldReason]
    """With `would`: it would have been held, and for this. Without, it would have been denied."""


class HeldVerdict(TypedDict):
    """It is kept back. A later decision admits, denies, expires or cancels it."""

    type: Literal["held"]
    effect: str
    """The effect."""
    key: NotRequired[str]
    """The host's name for it."""
    until: int
    """When this ends at the latest."""
    why: HoldReason
    """Why it is held."""
    denial: NotRequired[Denial]
    """What it would be denied for. Absent for `behind`."""


class DeniedVerdict(TypedDict):
    """It is refused for good."""

    type: Literal["denied"]
    effect: str
    """The effect."""
    key: NotRequired[str]
    """The host's name for it."""
    reason: DenyReason
    """The reason."""
    chain: str
    """The chain."""
    hop: int
    """The hop the effect would have been."""
    limit: NotRequired[int]
    """The limit that was met, for `hop_limit`, `budget` and `rounds`: what is allowed here. For `chain.budget` that may
    be less than the setting, as the cause of the chain had left.
    """
    limit_name: NotRequired[LimitName]
    """With `limit`: which it is, as it is called in the configuration."""
    period: NotRequired[int]
    """For `loop` and `proved`: the number of hops after which the same effect comes again."""
    false_stop_ppm: NotRequired[int]
    """For `loop`: of a million legitimate lines of automated steps, at most so many would ever look like this. It is not
    the probability that this is a loop. See `docs/loops.md` for the assumption.
    """
    grounds: NotRequired[Grounds]
    """For `loop` and `proved`: what the evidence is made of."""
    stop: NotRequired[StopRef]
    """For `stopped`: by which of the stops that stand."""


class DuplicateVerdict(TypedDict):
    """It was decided before. Nothing changed."""

    type: Literal["duplicate"]
    of: str
    """The original."""
    key: NotRequired[str]
    """The host's name for it. Also a patch's."""


class EchoVerdict(TypedDict):
    """The event is our own effect coming back."""

    type: Literal["echo"]
    chain: str
    """The effect's chain."""
    of: NotRequired[str]
    """The effect. Absent when it is another broker's."""


class ExpiredVerdict(TypedDict):
    """Its `expires_at` passed before it left."""

    type: Literal["expired"]
    effect: str
    """The effect."""
    key: NotRequired[str]
    """The host's name for it."""


class CancelledVerdict(TypedDict):
    """A person, a stop or the breaker dropped it, or its task or question is over."""

    type: Literal["cancelled"]
    effect: str
    """The effect."""
    key: NotRequired[str]
    """The host's name for it."""


class AmbiguousVerdict(TypedDict):
    """No outcome came in time: it is released again, with `redelivered`."""

    type: Literal["ambiguous"]
    effect: str
    """The effect."""
    key: NotRequired[str]
    """The host's name for it."""


class TrippedVerdict(TypedDict):
    """The emergency breaker has opened, because of the denial before: what waited in the chain is cancelled, and what
    asks is denied until its cooldown is over or a person resumes it.
    """

    type: Literal["tripped"]
    chain: str
    """The chain of the refused effect."""
    until: int
    """When one effect of it may leave, to see how it goes on."""
    notice: NotRequired[str]
    """The effect that tells a person; not if it only tripped again, or `breaker.notify` is not set or is the loop's
    place.
    """
    all_until: NotRequired[int]
    """Too many chains have tripped: until then the whole tenant is stopped, but for answers to persons."""


class TaskVerdict(TypedDict):
    """A task of a plan went into another state, or nobody can do it."""

    type: Literal["task"]
    task: str
    """The task, as `plan/task`."""
    state: TaskState
    """The state."""
    why: NotRequired[TaskWhy]
    """Why."""
    agent: NotRequired[str]
    """Its agent."""
    reason: NotRequired[str]
    """With `nobody`: what is wrong with most agents."""
    tenant: NotRequired[str]
    """The plan's tenant; not that of the default tenant."""


class PlanVerdict(TypedDict):
    """A plan went into another state."""

    type: Literal["plan"]
    plan: str
    """The plan."""
    state: PlanState
    """The state."""
    tenant: NotRequired[str]
    """The plan's tenant; not that of the default tenant."""


class LateVerdict(TypedDict):
    """A report came from somebody who does not own the task any more. It changed nothing and is kept as evidence."""

    type: Literal["late"]
    task: str
    """The task, as `plan/task`."""
    dispatch: str
    """The dispatch it was about."""
    tenant: NotRequired[str]
    """The plan's tenant; not that of the default tenant."""


class AgentVerdict(TypedDict):
    """An agent is in another state of health or use."""

    type: Literal["agent"]
    agent: str
    """The agent."""
    state: AgentState
    """What there is to know."""


class PoolVerdict(TypedDict):
    """A pool of agents is in another state."""

    type: Literal["pool"]
    pool: str
    """The pool; the root's name is empty."""
    state: PoolState
    """What there is to know."""
    until: NotRequired[int]
    """When it is tried again."""


class ScaleVerdict(TypedDict):
    """A pool should have another number of agents: the host starts some, or stops those that are to leave."""

    type: Literal["scale"]
    pool: str
    """The pool; the root's name is empty."""
    agents: int
    """So many it should have."""
    wanted: int
    """So many would fit its load."""
    because: ScaleReason
    """Why the two differ."""
    leave: NotRequired[list[str]]
    """Who is to go: agents without work, which are given none any more. The verdict `agent` says of each that it is
    drained.
    """


class KnownVerdict(TypedDict):
    """The plan is known by its id, so that nothing changed, but tasks of it are defined otherwise than the known ones."""

    type: Literal["known"]
    plan: str
    """The plan."""
    differs: list[str]
    """Those tasks, by their whole names, the first 16."""


Verdict: TypeAlias = (
    AdmittedVerdict
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
    | KnownVerdict
)
"""What the core decided about one effect."""


class Decision(TypedDict):
    """The answer to an input: what became of each effect it wanted, and of earlier ones it decided."""

    seq: int
    """The record. For a duplicate event, the original's."""
    chain: NotRequired[str]
    """The chain an event belongs to."""
    link: NotRequired[Link]
    """How an event is linked to what we did before."""
    late: NotRequired[bool]
    """A newer state of the same object is already known."""
    verdicts: list[Verdict]
    """One verdict per effect, in order."""


WakeReason: TypeAlias = Literal["outcome_due", "retry_due", "hold_ends", "expires", "backlog", "work", "clock"]
"""Why the core wants to be called.

* `"outcome_due"`: An effect's outcome is overdue then.
* `"retry_due"`: An effect is to be tried again.
* `"hold_ends"`: A hold ends.
* `"expires"`: An effect's `expires_at` passes.
* `"backlog"`: Work is left over: call again at once.
* `"work"`: A task or an agent is due: a timeout, a retry, a silence.
* `"clock"`: The time last given is too far ahead to be believed, so nothing is due: set the clock right, or submit
`accept_time`. Look at the clock again then.
"""


class Wakeup(TypedDict):
    """When the core wants to be called again, and why."""

    at: int
    """Call `advance` at this time."""
    reason: WakeReason
    """What is due then."""


class ActEffect(TypedDict):
    """Do something on a platform."""

    type: Literal["act"]
    kind: str
    """What to do: `comment`, `message`, `issue`, or any word the host's `perform` knows. Kinds that begin with `tool.`
    are steps of an agent in its own workspace: they count like reads.
    """
    subject: str
    """Where it lands."""
    about: NotRequired[str]
    """What it concerns, when that is another thing than where it lands."""
    reply_to: NotRequired[str]
    """The object it answers: the proposal's, or the first message already sent there about the same thing."""
    text: NotRequired[str]
    """The text a person would read."""
    writes: NotRequired[Property]
    """The property it sets, and to what."""
    read_only: NotRequired[bool]
    """It changes nothing on the platform."""
    payload: NotRequired[Any]
    """Free JSON from the proposal."""
    id: str
    """The same on every replay. With the broker's name it is the idempotency key: see `idempotency_key`."""
    release: int
    """The cursor to give to the next `released` call."""
    chain: str
    """The chain it belongs to."""
    cause: list[str]
    """What caused it: event ids, or effect ids the host named in its proposal. On the wire always a list."""
    hop: int
    """Automated steps since the chain's root, this one included."""
    redelivered: bool
    """It left before and nobody knows what became of it: look for it on the platform before doing it again."""
    tenant: NotRequired[str]
    """The tenant. Absent for the default one."""
    rule: NotRequired[str]
    """The rule it comes from."""
    key: NotRequired[str]
    """The host's name for it, from its proposal."""
    token: NotRequired[str]
    """Authenticated lineage, to embed where it comes back: see `token`. Absent without keys."""
    traceparent: NotRequired[str]
    """W3C trace context, when the chain's root brought one."""
    expires_at: NotRequired[int]
    """It is pointless after this time."""


class HandleEffect(TypedDict):
    """Run the host's handler for an event, and answer with a proposal or an outcome. It stays open until then."""

    type: Literal["handle"]
    handler: str
    """Which handler, as named by the rule."""
    event: Event
    """The event, whole: after a crash the host has nothing else."""
    id: str
    """The same on every replay. With the broker's name it is the idempotency key: see `idempotency_key`."""
    release: int
    """The cursor to give to the next `released` call."""
    chain: str
    """The chain it belongs to."""
    cause: list[str]
    """What caused it: event ids, or effect ids the host named in its proposal. On the wire always a list."""
    hop: int
    """Automated steps since the chain's root, this one included."""
    redelivered: bool
    """It left before and nobody knows what became of it: look for it on the platform before doing it again."""
    tenant: NotRequired[str]
    """The tenant. Absent for the default one."""
    rule: NotRequired[str]
    """The rule it comes from."""
    key: NotRequired[str]
    """The host's name for it, from its proposal."""
    token: NotRequired[str]
    """Authenticated lineage, to embed where it comes back: see `token`. Absent without keys."""
    traceparent: NotRequired[str]
    """W3C trace context, when the chain's root brought one."""
    expires_at: NotRequired[int]
    """It is pointless after this time."""


class DispatchEffect(TypedDict):
    """Give a task to an agent. The outcome says whether it reached the agent; what the agent makes of it comes as task
    reports.
    """

    type: Literal["dispatch"]
    task: str
    """The task, as `plan/task`."""
    agent: str
    """The agent."""
    attempt: int
    """Which attempt this is, from 1."""
    epoch: int
    """To be repeated in every report: a report under an older one changes nothing."""
    deadline: NotRequired[int]
    """When it must be done. Afterwards somebody else gets it."""
    heartbeat_ms: NotRequired[int]
    """The longest silence the agent may keep, in milliseconds."""
    input: NotRequired[Any]
    """The task's input, with the results it refers to."""
    item: NotRequired[Any]
    """The element of the list, for a task that runs once for each."""
    resume_from: NotRequired[Any]
    """The last progress of an earlier attempt."""
    answers: NotRequired[list[Any]]
    """What people answered to the agents' questions, in order."""
    handoff: NotRequired[Handoff]
    """Another agent offers it: report `accept` or `decline` first."""
    undo: NotRequired[bool]
    """The task is to be undone."""
    result: NotRequired[Any]
    """The result of the task to undo."""
    id: str
    """The same on every replay. With the broker's name it is the idempotency key: see `idempotency_key`."""
    release: int
    """The cursor to give to the next `released` call."""
    chain: str
    """The chain it belongs to."""
    cause: list[str]
    """What caused it: event ids, or effect ids the host named in its proposal. On the wire always a list."""
    hop: int
    """Automated steps since the chain's root, this one included."""
    redelivered: bool
    """It left before and nobody knows what became of it: look for it on the platform before doing it again."""
    tenant: NotRequired[str]
    """The tenant. Absent for the default one."""
    rule: NotRequired[str]
    """The rule it comes from."""
    key: NotRequired[str]
    """The host's name for it, from its proposal."""
    token: NotRequired[str]
    """Authenticated lineage, to embed where it comes back: see `token`. Absent without keys."""
    traceparent: NotRequired[str]
    """W3C trace context, when the chain's root brought one."""
    expires_at: NotRequired[int]
    """It is pointless after this time."""


class RecallEffect(TypedDict):
    """Tell an agent that a dispatch is no longer its own, and to stop."""

    type: Literal["recall"]
    task: str
    """The task, as `plan/task`."""
    agent: str
    """The agent."""
    dispatch: str
    """What it is to stop."""
    epoch: int
    """That dispatch's epoch."""
    why: TaskWhy
    """Why."""
    id: str
    """The same on every replay. With the broker's name it is the idempotency key: see `idempotency_key`."""
    release: int
    """The cursor to give to the next `released` call."""
    chain: str
    """The chain it belongs to."""
    cause: list[str]
    """What caused it: event ids, or effect ids the host named in its proposal. On the wire always a list."""
    hop: int
    """Automated steps since the chain's root, this one included."""
    redelivered: bool
    """It left before and nobody knows what became of it: look for it on the platform before doing it again."""
    tenant: NotRequired[str]
    """The tenant. Absent for the default one."""
    rule: NotRequired[str]
    """The rule it comes from."""
    key: NotRequired[str]
    """The host's name for it, from its proposal."""
    token: NotRequired[str]
    """Authenticated lineage, to embed where it comes back: see `token`. Absent without keys."""
    traceparent: NotRequired[str]
    """W3C trace context, when the chain's root brought one."""
    expires_at: NotRequired[int]
    """It is pointless after this time."""


class AskEffect(TypedDict):
    """Ask a person. The answer comes as the command that names the task."""

    type: Literal["ask"]
    task: str
    """The task, as `plan/task`."""
    question: PersonQuestion
    """The question."""
    until: NotRequired[int]
    """When an answer is no longer of use."""
    id: str
    """The same on every replay. With the broker's name it is the idempotency key: see `idempotency_key`."""
    release: int
    """The cursor to give to the next `released` call."""
    chain: str
    """The chain it belongs to."""
    cause: list[str]
    """What caused it: event ids, or effect ids the host named in its proposal. On the wire always a list."""
    hop: int
    """Automated steps since the chain's root, this one included."""
    redelivered: bool
    """It left before and nobody knows what became of it: look for it on the platform before doing it again."""
    tenant: NotRequired[str]
    """The tenant. Absent for the default one."""
    rule: NotRequired[str]
    """The rule it comes from."""
    key: NotRequired[str]
    """The host's name for it, from its proposal."""
    token: NotRequired[str]
    """Authenticated lineage, to embed where it comes back: see `token`. Absent without keys."""
    traceparent: NotRequired[str]
    """W3C trace context, when the chain's root brought one."""
    expires_at: NotRequired[int]
    """It is pointless after this time."""


class HandedEffect(TypedDict):
    """Tell an agent what became of the handoff it offered."""

    type: Literal["handed"]
    task: str
    """The task, as `plan/task`."""
    agent: str
    """The agent that offered it."""
    dispatch: str
    """Its dispatch."""
    epoch: int
    """That dispatch's epoch."""
    accepted: bool
    """Somebody else owns the task now. Otherwise the agent still does."""
    reason: NotRequired[str]
    """Why nobody has taken it, if the offer was over before its time."""
    id: str
    """The same on every replay. With the broker's name it is the idempotency key: see `idempotency_key`."""
    release: int
    """The cursor to give to the next `released` call."""
    chain: str
    """The chain it belongs to."""
    cause: list[str]
    """What caused it: event ids, or effect ids the host named in its proposal. On the wire always a list."""
    hop: int
    """Automated steps since the chain's root, this one included."""
    redelivered: bool
    """It left before and nobody knows what became of it: look for it on the platform before doing it again."""
    tenant: NotRequired[str]
    """The tenant. Absent for the default one."""
    rule: NotRequired[str]
    """The rule it comes from."""
    key: NotRequired[str]
    """The host's name for it, from its proposal."""
    token: NotRequired[str]
    """Authenticated lineage, to embed where it comes back: see `token`. Absent without keys."""
    traceparent: NotRequired[str]
    """W3C trace context, when the chain's root brought one."""
    expires_at: NotRequired[int]
    """It is pointless after this time."""


Effect: TypeAlias = ActEffect | HandleEffect | DispatchEffect | RecallEffect | AskEffect | HandedEffect
"""What an effect asks for, tagged by `type`."""


class Moment(TypedDict):
    """Something that happened to a task, for people."""

    at: int
    """When."""
    state: TaskState
    """Into which state it went."""
    agent: NotRequired[str]
    """The agent, where there is one."""
    why: NotRequired[TaskWhy]
    """Why."""


class TaskBefore(TypedDict):
    """What a task had come to before it was undone."""

    state: TaskState
    """How it had ended."""
    why: NotRequired[TaskWhy]
    """Why it ended that way."""
    reason: NotRequired[str]
    """The reason its agent gave."""
    attempt: int
    """Attempts it took."""
    agent: NotRequired[str]
    """Who had it last."""


class Late(TypedDict):
    """A report that came too late to change anything."""

    at: int
    """When it came."""
    dispatch: str
    """The dispatch it is about."""
    result: NotRequired[Any]
    """Its result, if it had one."""


class Forecast(TypedDict):
    """When a plan will have ended, if all goes as estimated and no other plan gets in its way."""

    ends_at: int
    """When the last task ends."""
    remaining_ms: int
    """How long that takes from now on, in milliseconds."""
    span_ms: int
    """How long it would take with any number of agents, in milliseconds."""
    critical_path: list[str]
    """The tasks behind each other that take so long: sooner is possible only by making one of these shorter."""
    slots: int
    """The slots that were reckoned with."""
    guessed: int
    """Tasks whose length is a mean of others, or assumed, because they have no estimate."""


class TaskBrief(TypedDict):
    """Where a task stands, in short."""

    task: str
    """Its name in the plan."""
    state: TaskState
    """Its state."""
    why: NotRequired[TaskWhy]
    """Why it ended that way."""
    reason: NotRequired[str]
    """The reason its agent gave."""
    before: NotRequired[TaskBefore]
    """What it had come to before it was undone. Its other fields are then those of the undoing."""
    attempt: int
    """Attempts so far."""
    agent: NotRequired[str]
    """Its agent."""
    result: NotRequired[Any]
    """What it came to."""
    result_ref: NotRequired[str]
    """Where a larger result is kept."""


class NeedStatus(TypedDict):
    """Something a task needs."""

    task: str
    """The task."""
    state: TaskState
    """Its state."""
    optional: bool
    """It does not count for the trigger."""


class PlanStatus(TypedDict):
    """Where a plan stands."""

    plan: str
    """The plan."""
    state: PlanState
    """Its state."""
    paused: bool
    """A person paused it."""
    chain: str
    """The chain it belongs to."""
    submitted_at: int
    """When it came."""
    ended_at: NotRequired[int]
    """When it ended."""
    because: NotRequired[str]
    """Why it did not succeed: which task ended it, and for what reason."""
    tasks: list[TaskBrief]
    """Its tasks, in order, with those within tasks."""
    did_not_stop: list[str]
    """Tasks whose agents were told to stop and did not say that they have."""
    forecast: NotRequired[Forecast]
    """When it will have ended, and what that hangs on. Absent when it has, and while nobody is there for a task that is
    ready.
    """


class TaskStatus(TypedDict):
    """All there is to know of a task."""

    task: str
    """Its name in the plan."""
    state: TaskState
    """Its state."""
    why: NotRequired[TaskWhy]
    """Why it ended that way."""
    reason: NotRequired[str]
    """The reason its agent gave."""
    before: NotRequired[TaskBefore]
    """What it had come to before it was undone. Its other fields are then those of the undoing."""
    attempt: int
    """Attempts so far."""
    agent: NotRequired[str]
    """Its agent."""
    result: NotRequired[Any]
    """What it came to."""
    result_ref: NotRequired[str]
    """Where a larger result is kept."""
    words: str
    """The same in words."""
    needs: list[NeedStatus]
    """What it needs."""
    needed_by: list[str]
    """What needs it."""
    dispatch: NotRequired[str]
    """Its dispatch, while an agent has it."""
    epoch: int
    """The epoch of the latest dispatch."""
    done: int
    """Steps done."""
    of: NotRequired[int]
    """Steps there are."""
    ready_at: NotRequired[int]
    """When it first waited for an agent."""
    rank: int
    """How many tasks stand before it for an agent, by rank: more hangs on a higher one."""
    late: list[Late]
    """Reports that came too late to count."""
    moments: list[Moment]
    """What happened to it, the latest 32 things."""


class Problem(TypedDict):
    """A rejection as JSON: `{"code":"RY1003","message":"...","field":"text"}`."""

    code: str
    """The stable number."""
    message: str
    """What is wrong and what to do."""
    field: NotRequired[str]
    """The field, limit, rule or task that is meant, where there is a single one: as `field`."""


BreakerStage: TypeAlias = Literal["open", "half_open", "trial"]
"""Where a breaker that is not closed stands.

* `"open"`: What asks is denied.
* `"half_open"`: Its cooldown is over, or a person resumed it: the next effect leaves on trial.
* `"trial"`: One effect left. If the next repeats, it opens again; if not, it closes.
"""


class TrippedChain(TypedDict):
    """A chain whose breaker is not closed."""

    chain: str
    """The chain that tripped first. Where links are inferred, what goes to and fro with it is stopped too."""
    subject: str
    """Where the refused effect would have landed."""
    effect: str
    """The refused effect."""
    reason: DenyReason
    """For what it was refused."""
    since: int
    """When it tripped, the last time."""
    until: int
    """When one effect may leave on trial."""
    times: int
    """How often it tripped."""
    stage: BreakerStage
    """Where it stands."""
    notice: NotRequired[str]
    """The effect that told a person."""


class StopStanding(TypedDict):
    """A person's stop that stands."""

    what: StopKind
    """What is stopped."""
    chain: NotRequired[str]
    """The chain, if it is one."""
    subject: NotRequired[str]
    """The subject, if it is one."""
    by: NotRequired[Actor]
    """Who said so, if that was given."""
    reason: NotRequired[str]
    """Why, if that was given."""
    since: NotRequired[int]
    """Since when. This and the record are not known of a stop from a snapshot of a version that did not keep them."""
    record: NotRequired[int]
    """The record of the order."""


class Repetition(TypedDict):
    """How often the effects of a rule repeat something of the line they continue."""

    rule: str
    """The rule; `""` for what comes of none."""
    definite: list[int]
    """Automated steps over definite links: so many repeat nothing, the structure, the content too, the state too."""
    inferred: list[int]
    """The same over inferred links."""
    exceeds: list[int]
    """Alarm: the categories, 1 to 3, of which there are more, by three standard deviations, than the evidence assumes of
    legitimate automation. Either the rule takes part in loops, or the stated error does not hold for it: declare what
    is meant.
    """
    would_hold: int
    """Effects that left and would have been held, where the rule logs only: most such holds end by themselves."""
    would_deny: int
    """Effects that left and would have been denied."""


class Status(TypedDict):
    name: str
    number: int
    now: int
    ahead_ms: int
    """By how much the broker's time is ahead of the host's clock, in milliseconds. Above 0 that clock was ahead once, or
    is wrong now: log it.
    """
    seq: int
    durable: int
    forged_tokens: int
    stops: int
    tenants: list[str]


class Open(TypedDict):
    effect: Effect
    held: NotRequired[HoldReason]
    due: int


class Known(TypedDict):
    version: int
    state: NotRequired[Property]


class Spent(TypedDict):
    used: int
    budget: int


class Count(TypedDict):
    table: str
    entries: int
    forgotten: int


class Tripped(TypedDict):
    stopped_until: NotRequired[int]
    chains: list[TrippedChain]


class StatusQuestion(TypedDict):
    """Where the broker stands: `{"name","number","now","ahead_ms","seq","durable","forged_tokens","stops","tenants"}`;
    `stops` is how many stops of people stand, over all tenants.
    """

    type: Literal["status"]


class ConfigQuestion(TypedDict):
    """The configuration in force."""

    type: Literal["config"]


class DigestQuestion(TypedDict):
    """`digest`, or `tenant_digest` where a tenant is named: 16 hexadecimal digits, `null` for a tenant that is not
    known.
    """

    type: Literal["digest"]
    tenant: NotRequired[str]
    """The tenant."""


class OpenQuestion(TypedDict):
    """`open`: a list of `{"effect","held","due"}`."""

    type: Literal["open"]
    tenant: NotRequired[str]
    """The tenant."""


class OpenEffectQuestion(TypedDict):
    """`open_effect`: one of them, or `null`."""

    type: Literal["open_effect"]
    tenant: NotRequired[str]
    """The tenant."""
    effect: str
    """The effect."""


class TurnQuestion(TypedDict):
    """`turn`: `"perform"`, `"put_off"` or `"over"`."""

    type: Literal["turn"]
    tenant: NotRequired[str]
    """The tenant."""
    effect: str
    """The effect."""
    at: int
    """The host's clock."""


class ResolveQuestion(TypedDict):
    """`resolve`: a text."""

    type: Literal["resolve"]
    tenant: NotRequired[str]
    """The tenant."""
    subject: str
    """The subject or object."""


class KnownStateQuestion(TypedDict):
    """`known_state`: `{"version","state"}`, or `null`."""

    type: Literal["known_state"]
    tenant: NotRequired[str]
    """The tenant."""
    object: str
    """The object."""


class AncestryQuestion(TypedDict):
    """`ancestry`: a list of effect ids."""

    type: Literal["ancestry"]
    tenant: NotRequired[str]
    """The tenant."""
    effect: str
    """The effect."""


class SpentQuestion(TypedDict):
    """`spent`: `{"used","budget"}`, or `null`."""

    type: Literal["spent"]
    tenant: NotRequired[str]
    """The tenant."""
    chain: str
    """The chain."""


class TrippedQuestion(TypedDict):
    """`tripped` and `stopped_until`: `{"stopped_until","chains":[{"chain","subject","effect","reason","since",
    "until","times","stage","notice"}]}`.
    """

    type: Literal["tripped"]
    tenant: NotRequired[str]
    """The tenant."""


class StopsQuestion(TypedDict):
    """`stops`: a list of `{"what","chain","subject","by","reason","since","record"}`."""

    type: Literal["stops"]
    tenant: NotRequired[str]
    """The tenant."""


class RepetitionQuestion(TypedDict):
    """`repetition`: a list of `{"rule","definite","inferred","exceeds","would_hold","would_deny"}`."""

    type: Literal["repetition"]
    tenant: NotRequired[str]
    """The tenant."""


class PlansQuestion(TypedDict):
    """`plans`: a list of `{"plan","state"}`."""

    type: Literal["plans"]
    tenant: NotRequired[str]
    """The tenant."""


class PlanQuestion(TypedDict):
    """`plan`: a `PlanStatus`, or `null`."""

    type: Literal["plan"]
    tenant: NotRequired[str]
    """The tenant."""
    plan: str
    """The plan."""


class TaskQuestion(TypedDict):
    """`task`: a `TaskStatus`, or `null`."""

    type: Literal["task"]
    tenant: NotRequired[str]
    """The tenant."""
    plan: str
    """The plan."""
    task: str
    """The task's name in it."""


class ChoiceQuestion(TypedDict):
    """`explain_choice`: a `Explain`, or `null`."""

    type: Literal["choice"]
    tenant: NotRequired[str]
    """The tenant."""
    plan: str
    """The plan."""
    task: str
    """The task's name in it."""


class AgentsQuestion(TypedDict):
    """`agents`: a list of `Status`."""

    type: Literal["agents"]


class CountsQuestion(TypedDict):
    """`counts`: a list of `{"table","entries","forgotten"}`."""

    type: Literal["counts"]
    tenant: NotRequired[str]
    """The tenant."""


Question: TypeAlias = (
    StatusQuestion
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
    | CountsQuestion
)
"""A question to a broker. Tenants are named as in inputs; without one, the default tenant is meant."""
