"""From verdicts to what a handler is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from ._options import wrong_call
from .errors import HostError, ReynoldsError
from .host_types import NotHandled, Sent
from .types import Decision, Denial, Event, HoldReason, OutcomeResult, Proposal, Sending, Tripped, Verdict


@dataclass(frozen=True, slots=True)
class TurnOf:
    """A `Turn` over an event."""

    event: Event
    chain: str
    redelivered: bool
    would: Literal["echo", "duplicate"] | None
    _send: Callable[[Proposal], Awaitable[Sent]]
    # What each key stands for.
    _keys: dict[str, tuple[object, object]] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        return self.event["subject"]

    async def send(self, proposal: Sending | Proposal | None = None, /, **fields: Any) -> Sent:
        whole: dict[str, Any] = {"subject": self.subject, **gathered("turn.send", proposal, fields)}
        new = claims(self._keys, whole, "handler")
        try:
            return await self._send(cast(Proposal, whole))
        except ReynoldsError:
            if new:
                self._keys.pop(whole["key"], None)  # What was refused has used no key.
            raise


def gathered(call: str, proposal: object, fields: dict[str, Any]) -> dict[str, Any]:
    """A proposal in one piece."""
    if proposal is None:
        return fields
    if not isinstance(proposal, Mapping):
        raise wrong_call(f"what `{call}` is given must be a mapping, or named fields, it is {type(proposal).__name__}")
    return {**proposal, **fields}


def claims(keys: dict[str, tuple[object, object]], proposal: Mapping[str, Any], where: str) -> bool:
    """Is its key a new one? Refuses one that stands for another effect: as its duplicate, this one would be lost without a word."""
    key = proposal.get("key")
    if not isinstance(key, str):
        return False
    what = (proposal.get("kind"), proposal.get("subject"))
    if (used := keys.setdefault(key, what)) is what:
        return True
    if used != what:
        before = f"the key `{key}` was used in this {where} for `{used[0]}` on `{used[1]}`"
        raise HostError("RY2206", f"RY2206: `send`: {before}; a key stands for one effect, so give this one another")
    return False


def verdict_of(decision: Decision) -> Verdict | None:
    """The verdict about the one effect a proposal asks for."""
    for one in decision["verdicts"]:
        if one["type"] == "duplicate":
            return one
    # Dispatches that leave because of it come behind it.
    return next(iter(_own(decision)), None)


def _verdict_of_handle(decision: Decision) -> Verdict | None:
    """The verdict about the handler of an event that was not handled. Its rule is the last one; what comes behind it are dispatches."""
    return next((one for one in reversed(_own(decision)) if one["type"] != "admitted"), None)


def _own(decision: Decision) -> list[Verdict]:
    """What became of each effect that a record brought, in their order. What a breaker sends to tell of a denial is none of them, and
    stands behind that denial, or in front of all where what was denied is of an earlier record."""
    prefix, verdicts = f"{decision['seq']}.", decision["verdicts"]
    notices = {one.get("notice") for one in verdicts if one["type"] == "tripped"}
    found: dict[str, Verdict] = {}
    for one in verdicts:
        effect: Any = one.get("effect")
        if effect is not None and effect.startswith(prefix) and effect not in notices:
            found[effect] = one
    return list(found.values())


# What each limit counts.
_COUNTED = {
    "chain.budget": "automated effects of one chain",
    "chain.answers": "direct answers to one root",
    "chain.read_budget": "reads of one chain",
    "chain.repeat_budget": "events of one chain that led to a repetition",
}


def denial_text(denial: Denial, tripped: Callable[[], Tripped] | None = None) -> str:
    """A denial in words: its reason and the sentence of the core, and of an open breaker also what ends it. `tripped` tells what the emergency breaker has stopped now."""
    reason, chain, hop, limit = denial["reason"], denial["chain"], denial["hop"], denial.get("limit")
    if reason == "hop_limit":
        return f"hop_limit: chain {chain} would make automated hop {hop} in a row; the limit is {limit}"
    if reason == "budget":
        name = denial.get("limit_name", "")
        met = f"{name or 'a budget'} ({limit}): {_COUNTED.get(name, 'effects of one chain')}"
        return f"budget: chain {chain} has reached {met}; this is one more, at hop {hop}"
    if reason == "loop":
        return f"loop: {_repeats(denial)}{_rarely(denial)}"
    if reason == "proved":
        return f"proved: declared deterministic, chain {chain} repeats itself exactly {_often(denial)}, now at hop {hop}"
    if reason == "rounds":
        return f"rounds: somebody answers us and we them in chain {chain}, for more than {limit} rounds, and as far as can be told only because we answer"
    if reason == "stopped":
        return f"stopped: a person stopped {_stop(denial)}"
    if reason == "tripped":
        return (
            f"tripped: the emergency breaker is open: chain {chain}, or what goes to and fro with it, was denied before, or all of the "
            "tenant is stopped; a person resumes it with `resume_chain`, or one effect may leave to try again, "
            f"{_again(chain, tripped() if tripped else None)}"
        )
    return "incomplete: the rule's `kind` or `subject` is empty for this event; let its predicate ask for the field"


def _stop(denial: Denial) -> str:
    """Which stop it is, and where that was ordered."""
    stop, chain = denial.get("stop"), f"chain {denial['chain']}"
    if stop is None:
        return f"{chain}, its subject, or everything"
    what = {"all": "everything", "chain": chain, "subject": "its subject, or what it concerns"}[stop["what"]]
    return f"{what}, in record {stop['record']}" if "record" in stop else what


def _again(chain: str, tripped: Tripped | None) -> str:
    all_until = tripped.get("stopped_until", 0) if tripped else 0
    own = next((one["until"] for one in tripped["chains"] if one["chain"] == chain), 0) if tripped else 0
    until = max(own, all_until)
    return f"after {clock(until)}" if until else "when `tripped()` says"


def clock(at: int) -> str:
    """A time as people write it."""
    return f"{_EPOCH + timedelta(milliseconds=at):%Y-%m-%d %H:%M:%S}.{at % 1000:03} UTC"


def _repeats(denial: Denial) -> str:
    """What repeats itself. Hops are only counted along definite links: where some are inferred, the steps of the line are."""
    chain, grounds = denial["chain"], denial.get("grounds")
    if not grounds or not grounds["inferred"]:
        return f"chain {chain} repeats itself {_often(denial)}, now at hop {denial['hop']}"
    steps, many = grounds["definite"] + grounds["inferred"], f"{grounds['inferred']} of them" if grounds["definite"] else "all"
    often = _often(denial, "step")
    return f"chain {chain} goes on with an exchange that repeats itself {often}, {steps} by now, {many} inferred from who comes when"


def _rarely(denial: Denial) -> str:
    """How many sound lines would be stopped, where that is known."""
    ppm = denial.get("false_stop_ppm")
    return "" if ppm is None else f"; at most {ppm} in a million legitimate lines of steps ever look like this"


def _often(denial: Denial, step: str = "hop") -> str:
    period = denial.get("period")
    if period is None:
        return "again and again"
    return f"at each {step}" if period == 1 else f"every {period} {step}s"


def _held_text(why: HoldReason, until: int, denial: Denial | None) -> str:
    """Why an effect is held, in words, and what becomes of it when nobody does anything."""
    at = clock(until)
    if why == "limit":
        limit = denial_text(denial) if denial else "it meets a limit"
        return f"held for a person: {limit}; if nobody decides, it is given up at {at}"
    if why == "behind":
        return (
            "held: it waits behind an earlier effect on the same subject, and is looked at again when that one has left or ended, at "
            f"{at} at the latest"
        )
    if why == "probe":
        return (
            "held: it repeats itself after each answer; whether the answers come because of us is seen while nothing leaves; it is "
            f"looked at again at {at}, and then leaves, waits on or is denied; if that is meant, give its rule `loops: \"reentry(n)\"`, or "
            "declare it in the proposal as `attempt`, `progress` or `plan`; if a person answers, name that account in `actors`"
        )
    return (
        "held: it repeats itself; if that is meant, declare it as `attempt`, `progress` or `plan`, or give its rule "
        f'`loops: "reentry(n)"`; it leaves by itself at {at}'
    )


def at_once(verdict: Verdict | None, tripped: Callable[[], Tripped] | None = None) -> Sent | None:
    """What a verdict answers at once; `None` if the effect leaves and its outcome is still to come."""
    if verdict is None:
        return None
    if verdict["type"] == "expired":
        return verdict_that_ends(verdict)
    if verdict["type"] == "held":
        why = _held_text(verdict["why"], verdict["until"], verdict.get("denial"))
        return {"type": "held", "effect": verdict["effect"], "until": verdict["until"], "why": why}
    if verdict["type"] == "denied":
        rest = {key: value for key, value in verdict.items() if key not in ("type", "effect", "key")}
        denial = cast(Denial, rest)
        return {"type": "denied", "effect": verdict["effect"], "denial": denial, "why": denial_text(denial, tripped)}
    if verdict["type"] == "duplicate":
        return {"type": "duplicate", "of": verdict["of"], "why": f"already sent as {verdict['of']}"}
    return None


def is_held(decision: Decision) -> bool:
    """An event is kept back, and its handler may still be called."""
    verdict = _verdict_of_handle(decision)
    return verdict is not None and verdict["type"] == "held"


def not_handled(decision: Decision, tripped: Callable[[], Tripped]) -> NotHandled:
    """Why the handler of an event was not called."""
    for verdict in decision["verdicts"]:
        if verdict["type"] == "duplicate":
            return {"type": "duplicate", "decision": decision, "why": f"delivered before, in record {verdict['of']}"}
        if verdict["type"] == "echo":
            return {"type": "echo", "decision": decision, "why": f"this bot's own doing, in chain {verdict['chain']}"}
    answer = at_once(_verdict_of_handle(decision), tripped)
    if answer and answer["type"] == "held":
        return {"type": "held", "decision": decision, "why": answer["why"]}
    why = answer["why"] if answer and answer["type"] == "denied" else "nothing was decided about it"
    return {"type": "denied", "decision": decision, "why": why}


def ended(effect: str, result: OutcomeResult) -> Sent | None:
    """What a final outcome is for who sent it; `None` if it comes again."""
    if result["type"] == "done":
        kinds = {"object": str, "objects": list}
        found = {key: value for key, value in result.items() if key in kinds and isinstance(value, kinds[key])}
        return cast(Sent, {"type": "done", "effect": effect, **found})
    if result["type"] == "failed":
        reason: object = result.get("reason")
        return {"type": "failed", "effect": effect, "why": reason if isinstance(reason, str) else "the platform refused it"}
    if result["type"] == "cancelled":
        return {"type": "failed", "effect": effect, "why": "`perform` cancelled it"}
    return None


def verdict_that_ends(verdict: Verdict) -> Sent | None:
    """What a verdict that ends an effect without an outcome is for who sent it."""
    why = _ENDS.get(verdict["type"])
    effect: Any = verdict.get("effect")
    return None if why is None or effect is None else {"type": "failed", "effect": effect, "why": why}


_EPOCH = datetime(1970, 1, 1)

_ENDS = {
    "expired": "its expires_at passed before it left; times are milliseconds since 1970",
    "cancelled": "a person or a stop dropped it",
    "denied": "it was denied",
}
