"""What the logger `reynolds` says of decisions, for whoever has no `on_decision`."""

from __future__ import annotations

from typing import Any

from ._listeners import log
from ._turn import at_once, clock
from .clock import Clock
from .types import Decision, HeldVerdict, Input, TrippedVerdict

_LONG_MS = 60_000
"""What is held for a shorter time is not worth a line."""


class Noticed:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # What is held, by effect: since when; `None` where that was said.
        self._held: dict[str, int | None] = {}

    def decided(self, decision: Decision, input: Input | None) -> None:
        """Says what was stopped, and what is held for long: a line each, and once for the same effect."""
        for verdict in decision["verdicts"]:
            if verdict["type"] == "tripped":
                self._tripped(verdict, input)
            elif verdict["type"] == "held":
                self._is_held(verdict)
            elif self._held:
                effect: Any = verdict.get("effect")
                self._held.pop(effect, None)

    def _is_held(self, verdict: HeldVerdict) -> None:
        since = self._held.setdefault(verdict["effect"], self._clock.now())
        if since is None or verdict["until"] - since <= _LONG_MS:
            return
        self._held[verdict["effect"]] = None
        if said := at_once(verdict):
            log.info("effect %s is %s", verdict["effect"], said.get("why"))

    def _tripped(self, verdict: TrippedVerdict, input: Any) -> None:
        subject = _subject(input)
        tenant = input.get("tenant") if isinstance(input, dict) else None
        log.warning(
            "the emergency breaker has stopped chain %s%s%s until %s; then one effect may leave, to try again; a person resumes it before "
            "with `resume_chain`%s",
            verdict["chain"],
            f" on `{subject}`" if subject else "",
            f" of tenant `{tenant}`" if tenant else "",
            clock(verdict["until"]),
            f"; all of the tenant is stopped until {clock(verdict['all_until'])}" if "all_until" in verdict else "",
        )


def _subject(input: Any) -> str | None:
    """What an input is about, where that is one thing."""
    given = input if isinstance(input, dict) else {}
    found = {one.get("subject") for one in given.get("effects", [given])}
    return found.pop() if len(found) == 1 else None
