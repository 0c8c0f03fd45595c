"""How effects end: the outcomes of `perform`, and the last words of handlers."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias, cast

from .clock import Clock
from .errors import HostError, ReynoldsError
from .types import Decision, Input

Told: TypeAlias = Callable[[Decision | None, ReynoldsError | None], object]
Reported: TypeAlias = Callable[[Any, Decision | None, ReynoldsError | None], object]
"""Told first what counted as the outcome."""
Heard: TypeAlias = Callable[[Decision], object] | None
Post: TypeAlias = Callable[[Input, Heard, Told], object]

_MALFORMED = ("RY1001", "RY1002", "RY1003", "RY1004", "RY1005", "RY1017")
"""The outcome itself can not be used."""

LATER = ("RY1006", "RY1007")
"""What was said is right, and can not be taken now: a clock has jumped, or there is no room."""

_PAUSE_MS, _LONGEST_PAUSE_MS = 1000, 60_000

AMBIGUOUS = {"type": "ambiguous"}

UNKNOWN = {"type": "failed", "reason": "`perform` returned no outcome; whether it happened is not known"}
"""`perform` has ended without a word, and nobody can look: sent again, it could happen again and again."""

_TELLING = ("done", "ambiguous", "failed", "cancelled")
"""Outcomes whose type alone says what has happened."""

_NOTHING: dict[str, Any] = {}


class Errands:
    """Inputs that must arrive: what has happened outside is not to be forgotten because the broker does not take it now."""

    def __init__(self, post: Post, clock: Clock) -> None:
        self._post, self._clock = post, clock
        self._waiting: dict[Callable[[], None], Callable[[], object]] = {}
        self._closing = False

    def run(self, input: Input, heard: Heard, told: Told, pause_ms: int = _PAUSE_MS) -> None:
        """Posts an input, and again, after longer and longer pauses, while it can not be taken for no fault of its own. `told` is told
        of the first such refusal, and of the end."""
        self._post(input, heard, partial(self._answered, input, heard, told, pause_ms))

    def _answered(
        self, input: Input, heard: Heard, told: Told, pause_ms: int, decision: Decision | None, error: ReynoldsError | None
    ) -> None:
        if error is None or not waits(error, input):
            told(decision, error)
            return

        # Made only where it is needed: it holds itself, and with all that it knows it is left to the garbage collector.
        def go() -> None:
            if stop := self._waiting.pop(go, None):
                stop()
                self.run(input, heard, told, min(pause_ms * 2, _LONGEST_PAUSE_MS))

        if pause_ms == _PAUSE_MS:
            told(None, error)
        if not self._closing:
            self._waiting[go] = self._clock.after(pause_ms, go)

    def close(self) -> None:
        """What waits is tried once more, and nothing waits from now on."""
        self._closing = True
        for go in list(self._waiting):
            go()


class Ends:
    """Says how effects have ended. What has been done is not done again, while that can not be taken."""

    def __init__(
        self, errands: Errands, trouble: Callable[[ReynoldsError], None], unknown: Callable[[str, str | None], None] | None
    ) -> None:
        """`unknown` ends an effect that `perform` said nothing about, where there is no `find` to look."""
        self._errands, self._trouble, self._unknown = errands, trouble, unknown
        # Effects whose end was said, and not yet taken. The broker may release them again, before it has heard.
        self.saying: set[str] = set()

    def say(self, effect: str, input: Input, told: Told) -> None:
        """Says how an effect has ended. `told` is told of a first refusal that passes, and of the end."""
        self.saying.add(effect)
        # Heard before the effects of the same decision leave: it may be one of them.
        self._errands.run(input, partial(self._heard, effect), partial(self._answered, effect, input, told))

    def _heard(self, effect: str, _: Decision) -> None:
        self.saying.discard(effect)

    def _answered(self, effect: str, input: Input, told: Told, decision: Decision | None, error: ReynoldsError | None) -> None:
        if error and not waits(error, input):
            self.saying.discard(effect)
        told(decision, error)

    def outcome(self, effect: str, tenant: str | None, result: Any, what: str, told: Reported) -> None:
        """Says what has become of an effect. What is no outcome counts as ambiguous; of one that says what has happened, what else is
        wrong is left out."""
        self.say(effect, outcome(effect, tenant, result), partial(self._known, effect, tenant, result, what, told))

    def _known(
        self,
        effect: str,
        tenant: str | None,
        result: Any,
        what: str,
        told: Reported,
        decision: Decision | None,
        error: ReynoldsError | None,
    ) -> None:
        if error is None or error.code not in _MALFORMED or result is AMBIGUOUS or waits(error):
            told(result, decision, error)
            return
        if rest := usable(result):
            message = f"what `{what}` returned for effect {effect} counts as `{rest['type']}` without what can not be used"
            self._trouble(HostError("RY2208", f"RY2208: {message}: {_wrong(result) or error.message}"))
            return self.outcome(effect, tenant, rest, what, told)
        counts = "failed and is not sent again, because there is no `find` to look" if self._unknown else "ambiguous and comes again"
        message = (
            f"RY2208: what `{what}` returned for effect {effect} is no outcome, it counts as {counts}; "
            f'return {{"type": "done", "object": ...}} or another of done, retry, ambiguous, failed, cancelled'
            f"{', or None' if what == 'find' else ''}: {error.message}"
        )
        self._trouble(HostError("RY2208", message))
        if self._unknown:
            return self._unknown(effect, tenant)
        self.say(effect, outcome(effect, tenant, AMBIGUOUS), lambda _, error: told(AMBIGUOUS, None, error) if error else None)


def usable(result: Any) -> dict[str, Any] | None:
    """An outcome with less in it, where its type says what has happened: that is not to be forgotten, or done again, because of an
    `object` that can not be. `None` if nothing can be left out."""
    kind = result.get("type") if isinstance(result, dict) else None
    after = result.get("after_ms") if kind == "retry" else None
    if isinstance(after, (int, float)) and abs(after) < math.inf:
        # Nothing has happened, that is certain: so it is done again, at the latest after a day.
        return {"type": "retry", "after_ms": min(max(math.ceil(after), 1000), 86_400_000)}
    if not isinstance(kind, str) or kind not in _TELLING:
        return None
    rest = {key: value for key, value in result.items() if key == "type" or (kind == "done" and _fits(key, value))}
    if len(rest) < len(result):
        return rest
    return {"type": kind} if len(rest) > 1 else None


def _fits(key: object, value: Any) -> bool:
    if key == "objects":
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return key == "object" and isinstance(value, str)


def _wrong(result: dict[str, Any]) -> str | None:
    """What of an outcome is of another type, by its name."""
    for key, must in (("object", "a text such as `github:comment/17`"), ("objects", "a list of texts such as `github:comment/17`")):
        if result["type"] == "done" and result.get(key) is not None and not _fits(key, result[key]):
            return f"`result.{key}` must be {must}, it is {_shown(result[key])}"
    return None


def _shown(value: Any) -> str:
    """Objects of others may not let themselves be shown."""
    plain = isinstance(value, (str, int, float)) and not (isinstance(value, int) and value.bit_length() > 64)
    return repr(value)[:100] if plain else f"an object of the type {type(value).__name__}"


def waits(error: ReynoldsError, input: Any = _NOTHING) -> bool:
    """Could the same be taken later?"""
    if error.code in LATER or (error.code == "RY1005" and error.field == "at"):
        return True
    return error.code in _MALFORMED and input.get("result") is AMBIGUOUS


def outcome(effect: str, tenant: str | None, result: Any) -> Input:
    """The input that reports an outcome."""
    found: dict[str, Any] = {"type": "outcome", "effect": effect, "result": result}
    if tenant is not None:
        found["tenant"] = tenant
    return cast(Input, found)
