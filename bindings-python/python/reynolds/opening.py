"""From a journal to a host."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Generator, Mapping
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from ._config import config_of
from ._crew import Ask
from ._listeners import log
from ._native import Broker
from ._options import Options, folder, ring, wrong_call
from .clock import Clock, SystemClock
from .errors import ReynoldsError
from .host import Reynolds
from .host_types import Find, Handler, Keys, Perform
from .types import ActorClass, ChainLimits, Decision, Enforce, Input, Limits, LoopBreaker, Rule, Staff, Timing, Turns

__all__ = ["Opening", "open"]


def open(
    path: str | PathLike[str],
    *,
    name: str,
    perform: Perform,
    find: Find | None = None,
    handlers: Mapping[str, Handler] | None = None,
    resume: Handler | None = None,
    ask: Ask | None = None,
    keys: Keys | None = None,
    timeout_ms: int = 30_000,
    concurrency: int = 16,
    max_handlers: int = 100,
    snapshot_every: int = 10_000,
    close_ms: int = 10_000,
    on_decision: Callable[[Decision, Input | None], object] | None = None,
    on_error: Callable[[ReynoldsError], object] | None = None,
    seed: int | None = None,
    clock: Clock | None = None,
    enforce: Enforce | None = None,
    self: list[str] | None = None,
    actors: dict[str, ActorClass] | None = None,
    chain: ChainLimits | None = None,
    breaker: LoopBreaker | None = None,
    timing: Timing | None = None,
    limits: Limits | None = None,
    work: Turns | None = None,
    agents: Staff | None = None,
    rules: list[Rule] | None = None,
) -> Opening:
    """Opens the journal folder `path`, or begins a new one, and the loop around it. What was under way when the journal was
    last used is looked for and taken up again. One process owns a journal, until it is closed.

    Use it as `async with reynolds.open(...) as ry`, or `ry = await reynolds.open(...)` and later `await ry.close()`.

    Args:
        path: A folder on a local disk. `":memory:"` is a journal that nothing survives, for tests.
        name: The broker's name, 1 to 64 bytes. It is part of every idempotency key and of the journal: it can not change later.
        perform: The only place that talks to the outside world. Switch off the retries of your client: retrying is the
            broker's. What it raises counts as `failed` for an HTTP status of 400 to 499 but 408, as `retry` where the platform
            says when, and as `ambiguous` otherwise, because nobody knows whether it happened. Like all host code here it may be an
            async function or a plain one; a plain one holds up everything else while it runs.
        find: Looks on the platform for an effect that may have happened, before it is performed again. Without it, an effect can
            happen twice when an answer was lost.
        handlers: Host code for rules with `handle`, by its name there: each that a rule names.
        resume: Host code for events of `handle` whose handler was cut off by a crash: the function given to `handle` is gone
            then. Without it, such an event waits until its platform delivers it again.
        ask: Asks a person what a task of a plan wants to know, and returns the answer; `None` if the question is shown and the answer
            comes as an order, `ry.order(plan, {"type": "answer", ...})`: it is not asked again then, also not after a restart. Where
            the host ends before it has returned, it is asked again after the next open, with `redelivered`. Without it, all answers
            come as orders.
        keys: Keys for lineage tokens, each of at least 14 bytes. Without keys, messages carry a marker to find them by, but no lineage.
        timeout_ms: Longest time for `perform`, and for `find`. After it they are cancelled and the outcome is `ambiguous`.
        concurrency: How many effects are performed at once. Those on one subject are performed one after the other. Tenants take turns,
            and as soon as there is a second one, each has at most all places but one: what hangs for one does not stop all others.
        max_handlers: How many handlers run at once, but in log mode, where nothing changes for a living bot. One that waits for `turn.send`,
            `ry.handle` or `ry.run` counts no more, and goes on at once afterwards. Further events wait in their order. Tenants take turns,
            and as soon as there is a second one, each has at most all places but one. Where all are taken for a minute, `on_error` is told
            (RY2214).
        snapshot_every: A snapshot is stored after so many records.
        close_ms: How long `close` waits for handlers and effects under way.
        on_decision: Told of every decision, once it is durable: for logs and metrics. In log mode, `would` says what would have
            been denied.
        on_error: Told of what went wrong without a caller to raise at. Without it, the logger `reynolds` is.
        seed: A number nobody can guess: it keys the tables, and every choice that looks random. Drawn at random for a new journal,
            which keeps it, if it is not given.
        clock: The time: `now` in whole milliseconds, and timers.
        enforce: What to do with an effect that meets a limit: `deny` it, `hold` it for a person, or `log` only.
        self: The accounts this bot writes as, as events name them: `github:mybot[bot]`.
        actors: What actors really are, whatever the platform says.
        chain: Limits on chains.
        breaker: The emergency breaker of chains, and whom it tells.
        timing: Times.
        limits: How much is kept.
        work: How often agents may go round within plans.
        agents: Shares of tenants, pools of agents and their sizes.
        rules: What to do with which events, as data. One of the id `reynolds:handle` says of the rule behind `handle` what it may repeat
            (`loops`), and what to do with what meets a limit (`enforce`), and nothing else.

    Raises:
        StorageError: RY2101 if the journal is open already, RY2102 to RY2107.
        RestoreError: RY3xxx if it can not be read.
        Rejected: RY1001 or RY1014 for a configuration that can not be used.
        HostError: RY2206 naming an option that can not be.
        Misuse: RY2004 for a name, RY2005 for a key that can not be used.
    """
    folder(path)
    if rules is not None and not isinstance(rules, list):
        raise wrong_call(f"`rules` must be a list, it is {type(rules).__name__}")
    # Below 2^53, so that every language can read it.
    seed = secrets.randbits(53) if seed is None else seed
    config = config_of(
        {
            "enforce": enforce, "self": self, "actors": actors, "chain": chain, "breaker": breaker, "timing": timing,
            "limits": limits, "work": work, "agents": agents, "rules": rules,
        }
    )  # fmt: skip
    return Opening(
        path,
        Options(
            name, perform, find, {} if handlers is None else handlers, resume, ring(keys), timeout_ms, concurrency, max_handlers,
            snapshot_every, close_ms, on_decision, on_error, SystemClock() if clock is None else clock,
            {"name": name, "seed": seed, "config": config}, ask,
        ),
    )  # fmt: skip


class Opening:
    """What `open` returns: an async context manager, or something to await."""

    def __init__(self, path: str | PathLike[str], options: Options) -> None:
        self._path, self._options = path, options
        self._ry: Reynolds | None = None

    if not TYPE_CHECKING:  # A checker says it by itself.

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            raise AttributeError(
                f"`{name}`: the journal is not open yet: await it, `ry = await reynolds.open(...)`, or use async with, "
                "`async with reynolds.open(...) as ry`"
            )

        # Both: `with` asks for the second before it calls the first.
        def __enter__(self) -> NoReturn:
            raise wrong_call("a host is opened with `async with reynolds.open(...) as ry`, and not with `with`")

        def __exit__(self, *_: object) -> None: ...

    def __await__(self) -> Generator[Any, None, Reynolds]:
        return self._open().__await__()

    async def __aenter__(self) -> Reynolds:
        self._ry = await self._open()
        return self._ry

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ry:
            await self._ry.close()

    async def _open(self) -> Reynolds:
        options, memory = self._options, self._path == ":memory:"
        loop = asyncio.get_running_loop()

        def begin() -> Broker:
            broker = Broker.open(None if memory else self._path, options.genesis, options.keys)
            try:
                if broker.opened["config_differs"]:
                    config = options.genesis.get("config", {})
                    broker.submit(options.clock.now(), {"type": "configure", "config": config})
                    broker.commit()
                    log.warning("the options differ from the configuration of the journal, and take its place (`opened`: `config_differs`)")
            except ReynoldsError:
                broker.close()
                raise
            return broker

        broker = begin() if memory else await loop.run_in_executor(None, begin)
        return Reynolds(broker, options, durable=not memory)
