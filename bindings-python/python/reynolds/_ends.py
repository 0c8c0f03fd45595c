"""How effects end: the outcomes of `perform`, and the last words of handlers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias, cast

from .clock import Clock
from .errors import HostError, ReynoldsError
from .types import Decision, Input

Told: TypeAlias = Callable[[Decision | None, ReynoldsError | None], object]
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

        def answered(decision: Decision | None, error: ReynoldsError | None) -> None:
            if error is None or not waits(error, input):
                told(decision, error)
                return
            if pause_ms == _PAUSE_MS:
                told(None, error)
            if not self._closing:
                self._waiting[go] = self._clock.after(pause_ms, go)

        def go() -> None:
            if stop := self._waiting.pop(go, None):
                stop()
                self.run(input, heard, told, min(pause_ms * 2, _LONGEST_PAUSE_MS))

        self._post(input, heard, answered)

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

        def answered(decision: Decision | None, error: ReynoldsError | None) -> None:
            if error and not waits(error, input):
                self.saying.discard(effect)
            told(decision, error)

        # Heard before the effects of the same decision leave: it may be one of them.
        self._errands.run(input, lambda _: self.saying.discard(effect), answered)

    def outcome(self, effect: str, tenant: str | None, result: Any, what: str, told: Told) -> None:
        """Says what has become of an effect. What is no outcome counts as ambiguous."""
        self.say(effect, outcome(effect, tenant, result), partial(self._known, effect, tenant, result, what, told))

    def _known(
        self,
        effect: str,
        tenant: str | None,
        result: Any,
        what: str,
        told: Told,
        decision: Decision | None,
        error: ReynoldsError | None,
    ) -> None:
        if error is None or error.code not in _MALFORMED or result is AMBIGUOUS or waits(error):
            told(decision, error)
            return
        counts = "failed and is not sent again, because there is no `find` to look" if self._unknown else "ambiguous and comes again"
        message = (
            f"RY2208: what `{what}` returned for effect {effect} is no outcome, it counts as {counts}; "
            f'return {{"type": "done", "object": ...}} or another of done, retry, ambiguous, failed, cancelled'
            f"{', or None' if what == 'find' else ''}: {error.message}"
        )
        self._trouble(HostError("RY2208", message))
        if self._unknown:
            return self._unknown(effect, tenant)
        self.say(effect, outcome(effect, tenant, AMBIGUOUS), lambda _, error: told(None, error) if error else None)


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
