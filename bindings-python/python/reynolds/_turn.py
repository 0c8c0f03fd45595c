"""From verdicts to what a handler is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from ._options import wrong_call
from .host_types import Sent
from .types import Decision, Denial, Event, HoldReason, OutcomeResult, Proposal, Sending, Tripped, Verdict


@dataclass(frozen=True, slots=True)
class TurnOf:
    """A `Turn` over an event."""

    event: Event
    chain: str
    redelivered: bool
    would: Literal["echo", "duplicate"] | None
    _send: Callable[[Proposal], Awaitable[Sent]]

    @property
    def subject(self) -> str:
        return self.event["subject"]

    async def send(self, proposal: Sending | Proposal | None = None, /, **fields: Any) -> Sent:
        if proposal is not None and not isinstance(proposal, Mapping):
            raise wrong_call(f"what `turn.send` is given must be a mapping, or named fields, it is {type(proposal).__name__}")
        given: dict[str, Any] = {**proposal} if proposal else {}
        whole = {"subject": self.subject, **given, **fields}
        return await self._send(cast(Proposal, whole))


def verdict_of(decision: Decision, key: str | None) -> Verdict | None:
    """The verdict about the one effect a decision was asked for; others in it are about earlier effects."""
    prefix, verdicts = f"{decision['seq']}.", cast("list[Any]", decision["verdicts"])
    own = [one for one in verdicts if (one["effect"].startswith(prefix) if "effect" in one else one["type"] == "duplicate")]
    named = (one for one in own if key is not None and one.get("key") == key)
    return next(named, own[-1] if own else None)


def denial_text(denial: Denial, tripped: Callable[[], Tripped] | None = None) -> str:
    """A denial in words. `tripped` tells what the emergency breaker has stopped now."""
    reason, chain, hop, limit = denial["reason"], denial["chain"], denial["hop"], denial.get("limit")
    if reason == "hop_limit":
        return f"hop_limit: chain {chain} would make automated hop {hop} in a row; the limit is {limit}"
    if reason == "budget":
        return f"budget: chain {chain} has used its budget of {limit} effects, at hop {hop}"
    if reason == "loop":
        ppm = denial.get("false_stop_ppm", 0)
        return f"loop: {_repeats(denial)}; at most {ppm} in a million legitimate lines of steps ever look like this"
    if reason == "proved":
        return (
            f"proved: chain {chain} is declared deterministic, and repeats itself exactly {_often(denial)}, now at hop {hop}: so it "
            "will for ever"
        )
    if reason == "rounds":
        return f"rounds: somebody answers us and we them in chain {chain}, for more than {limit} rounds, and only because we answer"
    if reason == "stopped":
        return f"stopped: a person stopped chain {chain}, its subject, or everything"
    if reason == "tripped":
        return (
            f"tripped: chain {chain}, or what goes to and fro with it, was denied before and is stopped by the emergency breaker; a "
            f"person resumes it with `resume_chain`, or one effect may leave to try again, {_again(chain, tripped() if tripped else None)}"
        )
    return "incomplete: the rule's template left its `kind` or `subject` empty for this event; let its predicate ask for the field"


def _again(chain: str, tripped: Tripped | None) -> str:
    all_until = tripped.get("stopped_until", 0) if tripped else 0
    own = next((one["until"] for one in tripped["chains"] if one["chain"] == chain), 0) if tripped else 0
    until = max(own, all_until)
    return f"after {_clock(until)}" if until else "when `tripped()` says"


def _clock(at: int) -> str:
    return f"{_EPOCH + timedelta(milliseconds=at):%Y-%m-%d %H:%M:%S}.{at % 1000:03} UTC"


def _repeats(denial: Denial) -> str:
    """What repeats itself. Hops are only counted along definite links: where some are inferred, the steps of the line are."""
    chain, grounds = denial["chain"], denial.get("grounds")
    if not grounds or not grounds["inferred"]:
        return f"chain {chain} repeats itself {_often(denial)}, now at hop {denial['hop']}"
    steps, many = grounds["definite"] + grounds["inferred"], f"{grounds['inferred']} of them" if grounds["definite"] else "all"
    often = _often(denial, "step")
    return f"chain {chain} goes on with an exchange that repeats itself {often}, {steps} by now, {many} inferred from who comes when"


def _often(denial: Denial, step: str = "hop") -> str:
    period = denial.get("period")
    if period is None:
        return "again and again"
    return f"at each {step}" if period == 1 else f"every {period} {step}s"


def _held_text(why: HoldReason, until: int, denial: Denial | None) -> str:
    """Why an effect is held, in words, and what becomes of it when nobody does anything."""
    at = _clock(until)
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
            f"looked at again at {at}, and then leaves, waits on or is denied"
        )
    return f"held: it repeats itself; declare it as `attempt`, `progress` or `plan` if that is meant; it leaves by itself at {at}"


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


def ended(effect: str, result: OutcomeResult) -> Sent | None:
    """What a final outcome is for who sent it; `None` if it comes again."""
    if result["type"] == "done":
        found = {key: value for key, value in result.items() if key in ("object", "objects")}
        return cast(Sent, {"type": "done", "effect": effect, **found})
    if result["type"] == "failed":
        return {"type": "failed", "effect": effect, "why": result.get("reason", "the platform refused it")}
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
