"""A test kit for bots: a clock that can be moved, and a platform in memory on which several bots and people write.

```python
def test_this_bot_and_dependabot_do_not_loop():
    with World(answer, self="github:triage[bot]") as world:  # `answer` is your handler
        world.other("github:dependabot[bot]", lambda post: post.reply("Rebased."))
        world.say("github:octocat", "github:acme/api#7", "Please update.")
        run = world.run()
    assert run.quiet  # It ends,
    assert not run.denied and not run.held  # and not because reynolds had to stop it.
```

reynolds sees another bot's answer as one when it carries our token, names our post in `reply_to`, or repeats our text. From a bot that
does none of these it infers so by habit, and the loop ends some rounds later. `quiet` says whether it did.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import re
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, TypeAlias, cast

from . import _native, github
from ._inline import is_cancelled
from ._options import wrong_call
from .errors import HostError
from .host import Reynolds
from .host_types import Handler, Performing
from .opening import open
from .types import Decision, Denial, Event, EventInput, HeldVerdict, Input, OutcomeResult

__all__ = ["Post", "Reaction", "Run", "VirtualClock", "World"]

_START = 1_735_689_600_000  # 2025-01-01
_DAY_MS = 86_400_000
_STRIDE_MS = 7_919
"""From one pause of a person to the next: they differ, and no two of a dozen are alike."""
_CLOSE_S = 1
"""So long a handler that really waits may go on when a world is closed."""


def _is_bot(account: str) -> bool:
    return account.endswith("[bot]")


def _need_platform(what: str, value: object, example: str) -> None:
    """Nothing in the configuration would ever mean what has no platform in front."""
    if not isinstance(value, str) or not re.match(r"[^:]+:.", value, re.DOTALL):
        raise wrong_call(f"{what} has its platform in front, such as `{example}`, it is {value!r:.100}")


def _need_function(what: str, value: object) -> None:
    if not callable(value):
        raise wrong_call(f"{what} must be a function, it is {value!r:.100}")


def _need_number(what: str, value: object) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < math.inf:
        raise wrong_call(f"`{what}` must be a number, 0 or more, it is {value!r:.100}")


@dataclass(eq=False)
class _Timer:
    at: int
    call: Callable[[], object]


class VirtualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: int = _START) -> None:
        """Starts at `now`, in milliseconds since 1970."""
        self._now = now
        self._timers: list[_Timer] = []

    def now(self) -> int:
        """The time it shows."""
        return self._now

    def after(self, ms: float, call: Callable[[], object]) -> Callable[[], object]:
        """Calls back when it was moved far enough, unless what it returned was called before."""
        timer = _Timer(self._now + max(round(ms), 0), call)
        self._timers.append(timer)
        return lambda: self._timers.remove(timer) if timer in self._timers else None

    @property
    def next(self) -> int | None:
        """When the next timer is due."""
        return min((timer.at for timer in self._timers), default=None)

    def move_to(self, time: int) -> None:
        """Moves to a time, and calls what is due until then, in order."""
        time = math.floor(time)  # Half a day may be reckoned as a float; the broker knows whole milliseconds alone.
        while (due := self.next) is not None and due <= time:
            self._now = max(self._now, due)
            timer = next(timer for timer in self._timers if timer.at == due)
            self._timers.remove(timer)
            timer.call()
        self._now = max(self._now, time)


@dataclass(frozen=True)
class Post:
    """Something written on the virtual platform."""

    id: str
    """`github:comment/1`, and so on."""
    by: str
    """Who wrote it."""
    subject: str
    """Where."""
    text: str
    """The text, with the marker a bot of reynolds hides in it."""
    reply_to: str | None = None
    """The post it answers, where the platform has threads."""
    at: int = 0
    """When, in milliseconds since 1970."""

    tenant: str | None = None
    """Whose it is, where the bot serves many."""

    def reply(self, text: str) -> Post:
        """An answer to it, for `World.other` to return."""
        return Post("", "", self.subject, text, self.id, tenant=self.tenant)


Reaction: TypeAlias = Callable[[Post], Post | str | Awaitable[Post | str | None] | None]
"""What another account does about a post of somebody else. What it writes is of the post's tenant."""


@dataclass(frozen=True)
class Run:
    """How a run ended."""

    quiet: bool
    """Nothing more was going to happen, unless a person releases what is held for one. `False`: it was still going on after `posts` posts,
    or at the end of the time."""
    posts: list[Post]
    """All that was written, in order."""
    denied: list[Denial]
    """What reynolds denied, or in log mode would have."""
    held: list[HeldVerdict]
    """What reynolds kept back, for a person or because it repeats itself: what was said last of each effect, also where it has left since.
    With `enforce="hold"` a loop waits so for a person, and is denied only when its time is over."""


class World:
    """A virtual world: your bot, other bots, and people, on one platform, in virtual time.

    `run` is for ordinary tests. In an async test, `await world.go()` instead, and `async with` around it.
    """

    def __init__(self, handler: Handler | None = None, /, **options: Any) -> None:
        """A world around a host with these options of `reynolds.open`; `perform` and `find` are the world's. `self` is the account
        your bot writes as; of several, it writes as the first. Without a handler, the rules in the options do all."""
        if own := [name for name in ("perform", "find") if name in options]:
            raise wrong_call(f"`{own[0]}` is the world's own: it writes and finds posts")
        if handler is not None:
            _need_function("the handler of a world", handler)
        given = options.pop("self", None)
        accounts = given if isinstance(given, list) else [given]
        if not accounts or not isinstance(accounts[0], str):
            raise HostError("RY2206", "RY2206: a world needs `self`: the account your bot writes as")
        self._account, self._accounts = accounts[0], accounts
        self.clock: VirtualClock = options.pop("clock", None) or VirtualClock()
        self.posts: list[Post] = []
        self.decisions: list[Decision] = []
        self.delay_ms = 1000
        """How long the platform takes to tell of a post, in milliseconds."""
        self.pace_ms = (20_000, 60_000)
        """How long a person takes to react, at least and at most, after the platform has told of a post: in milliseconds. It differs from
        post to post, and is the same in each run."""
        self.patience_ms = 30_000
        """How long a handler or a reaction may really take, while virtual time stands still: then `run` raises RY2209."""
        self._handler, self._options = handler, options
        self._others: dict[str, Reaction] = {}
        self._due: list[_Timer] = []
        self._failed: BaseException | None = None
        self._work: set[asyncio.Task[Any]] = set()
        self._ry: Reynolds | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def ry(self) -> Reynolds:
        """The host under test, over a journal in memory. It is there from the first `run` on."""
        if self._ry is None:
            raise HostError("RY2206", "RY2206: the world has not begun: call `run` first")
        return self._ry

    def other(self, account: str, reaction: Reaction) -> None:
        """Another account, and what it does about posts of others: a text or `post.reply(text)`, or nothing. A plain function, or an
        async one. One whose name ends in `[bot]` reacts at once, all others are people, with a person's pace (`pace_ms`)."""
        _need_platform("an account", account, "github:dependabot[bot]")
        _need_function(f"the reaction of `{account}`", reaction)
        self._others[account] = reaction

    def say(self, by: str, subject: str, text: str, reply_to: str | None = None, tenant: str | None = None) -> Post:
        """An account writes something. The world hears of it when it runs. Without a `tenant`, it is the default one's."""
        _need_platform("an account", by, "github:octocat")
        _need_platform("a subject", subject, "github:acme/api#7")
        if not isinstance(text, str):
            raise wrong_call(f"what is said must be a text, it is {text!r:.100}")
        if tenant is not None and (not isinstance(tenant, str) or not tenant):
            raise wrong_call(f"a tenant must be a text that is not empty, it is {tenant!r:.100}")
        platform = subject.split(":")[0]
        post = Post(f"{platform}:comment/{len(self.posts) + 1}", by, subject, text, reply_to, self.clock.now(), tenant)
        self.posts.append(post)
        self._later(lambda: self._deliver(post))
        for account in self._others:
            if account != by:
                self._later(partial(self._react, account, post), self._pause(account))
        return post

    def run(self, *, ms: int = _DAY_MS, posts: int = 200) -> Run:
        """Lets time pass until nothing more happens, at most `ms`, and no further than until `posts` posts were written: what is under way at
        that moment is written too. Raises what your handler raised; `HostError` RY2209 if it, or a reaction, does not end."""
        self._alone("run", "go")
        return self._run_until(self.go(ms=ms, posts=posts))

    async def go(self, *, ms: int = _DAY_MS, posts: int = 200) -> Run:
        """`run`, for async tests."""
        _need_number("ms", ms)
        _need_number("posts", posts)
        await self._begin()
        end, most, quiet = self.clock.now() + ms, len(self.posts) + posts, False
        while True:
            await self._settle(self.patience_ms / 1000, True)
            if failed := self._failed:
                self._failed = None  # It is said once: the world goes on.
                raise failed
            if len(self.posts) >= most:
                break
            due = [timer.at for timer in self._due] + ([self.clock.next] if self.clock.next is not None else [])
            quiet = not due
            if quiet or min(due) > end:
                # What is held for a person is decided by nobody here: only its time, which may be a week, would end that.
                quiet = quiet or (not self._due and self._waits_for_person(end))
                break
            self.clock.move_to(min(due))
            now = [timer for timer in self._due if timer.at <= self.clock.now()]
            self._due = [timer for timer in self._due if timer.at > self.clock.now()]
            for timer in now:
                # What happens at one moment begins at once, but for what has to be waited for.
                if inspect.isawaitable(pending := timer.call()):
                    await self._patiently(pending)
        return Run(quiet, list(self.posts), self._denied(), self._held())

    def wait(self, ms: int) -> Run:
        """Lets so much time pass, whatever happens in it or not: days between two posts, for example."""
        self._alone("wait", "sleep")
        return self._run_until(self.sleep(ms))

    async def sleep(self, ms: int) -> Run:
        """`wait`, for async tests."""
        _need_number("ms", ms)
        end = self.clock.now() + ms
        run = await self.go(ms=ms)
        if self.clock.now() < end:
            self.clock.move_to(end)
            run = await self.go(ms=0)
        return run

    def close(self) -> None:
        """Closes the host."""
        if self._loop is not None:
            self._loop.run_until_complete(self.aclose())
            self._loop.close()
            self._loop = None

    async def aclose(self) -> None:
        """`close`, for async tests."""
        if self._ry is not None:
            closing = asyncio.ensure_future(self._ry.close())
            await self._settle(_CLOSE_S)
            # Its patience is measured by a clock that nobody else moves now, and may begin late.
            while not closing.done():
                self.clock.move_to(self.clock.now() + 60_000)
                await asyncio.wait({closing}, timeout=0.01)
            await closing

    def __enter__(self) -> World:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> World:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _begin(self) -> None:
        if self._ry is None:
            own: dict[str, Any] = {
                "name": "world", "seed": 0, "keys": {1: "the virtual world's"}, "self": self._accounts, **self._options,
                "clock": self.clock, "perform": self._perform, "find": self._find, "on_decision": self._decided,
            }  # fmt: skip
            self._ry = await open(":memory:", **own)

    def _decided(self, decision: Decision, input: Input | None) -> None:
        self.decisions.append(decision)
        if told := self._options.get("on_decision"):
            told(decision, input)

    def _run_until(self, work: Coroutine[Any, Any, Run]) -> Run:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        return self._loop.run_until_complete(work)

    def _alone(self, call: str, instead: str) -> None:
        """A loop that runs can not be waited for in itself."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        raise wrong_call(f"`world.{call}` is for ordinary tests; in an async one, use `await world.{instead}(...)`")

    def _waits_for_person(self, end: int) -> bool:
        """Is something held until a person releases it, and does all else rest until `end`?"""
        held: dict[str, HeldVerdict] = {}
        for decision in self.decisions:
            for verdict in decision["verdicts"]:
                if verdict["type"] == "held":
                    held[verdict["effect"]] = verdict
                elif effect := cast("dict[str, Any]", verdict).get("effect"):
                    held.pop(effect, None)
        return bool(held) and all(one["until"] > end and one["why"] in ("limit", "behind") for one in held.values())

    def _denied(self) -> list[Denial]:
        verdicts: list[Any] = [verdict for decision in self.decisions for verdict in decision["verdicts"]]
        found = [verdict if verdict["type"] == "denied" else verdict.get("would") for verdict in verdicts]
        return cast(list[Denial], [denial for denial in found if denial])

    def _held(self) -> list[HeldVerdict]:
        found: dict[str, HeldVerdict] = {}
        for decision in self.decisions:
            for verdict in decision["verdicts"]:
                if verdict["type"] == "held":
                    found[verdict["effect"]] = verdict
        return list(found.values())

    def _later(self, call: Callable[[], object], ms: int = 0) -> None:
        self._due.append(_Timer(self.clock.now() + round(self.delay_ms) + ms, call))

    def _pause(self, account: str) -> int:
        """A bot answers at once. A person who did would be taken for one: nobody types so fast, nor always equally fast."""
        least, most = self.pace_ms
        return 0 if _is_bot(account) else least + len(self.posts) * _STRIDE_MS % max(most - least, 1)

    async def _patiently(self, reaction: Awaitable[None]) -> None:
        try:
            await asyncio.wait_for(reaction, self.patience_ms / 1000)
        except TimeoutError:
            raise self._too_late("a reaction of `other`") from None

    def _react(self, account: str, post: Post) -> Awaitable[None] | None:
        reply = self._others[account](post)
        if not inspect.isawaitable(reply):
            self._answers(account, post, reply)
            return None

        async def later() -> None:
            self._answers(account, post, await reply)

        return later()

    def _answers(self, account: str, post: Post, reply: object) -> None:
        if isinstance(reply, str):
            self.say(account, post.subject, reply, tenant=post.tenant)
        elif isinstance(reply, Post):
            self.say(account, reply.subject, reply.text, reply.reply_to, post.tenant)
        elif reply is not None:
            what = f"what the reaction of `{account}` returns must be a text, `post.reply(text)` or nothing"
            raise wrong_call(f"{what}, it is {type(reply).__name__}")

    def _deliver(self, post: Post) -> None:
        kind = "bot" if _is_bot(post.by) else "human"
        event: dict[str, Any] = {
            "type": "event", "id": f"delivery-{post.id}", "source": "github", "kind": "issue_comment.created",
            "subject": post.subject, "actor": {"id": post.by, "class": kind}, "object": post.id, "text": post.text,
        }  # fmt: skip
        if post.reply_to is not None:
            event["reply_to"] = post.reply_to
        if post.tenant is not None:
            event["tenant"] = post.tenant
        if token := _native.find_token(post.text):
            event["token"] = token
        task = asyncio.ensure_future(self._hear(cast(EventInput, event)))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _hear(self, event: EventInput) -> None:
        try:
            if self._handler:
                await self.ry.handle(cast(Event, event), self._handler)
            else:
                await self.ry.submit(event)
        except (Exception, asyncio.CancelledError) as error:
            # Also what a handler has waited for and somebody has cancelled.
            self._failed = self._failed or error
            if is_cancelled():
                raise

    async def _perform(self, effect: Performing) -> OutcomeResult:
        post = self.say(self._account, effect["subject"], github.mark(effect), effect.get("reply_to"), effect.get("tenant"))
        return {"type": "done", "object": post.id}

    async def _find(self, effect: Performing) -> OutcomeResult | None:
        own = (post for post in self.posts if post.tenant == effect.get("tenant"))
        found = next((post for post in own if github.marked(post.text, effect)), None)
        return {"type": "done", "object": found.id} if found else None

    def _too_late(self, what: str) -> HostError:
        why = f"{what} has not ended within {self.patience_ms} ms, while virtual time stood still; make it faster, or raise `patience_ms`"
        return HostError("RY2209", f"RY2209: {why}")

    async def _settle(self, limit_s: float, all: bool = False) -> None:
        """Until nothing happens any more at this moment of virtual time. What a handler really waits for, it gets, for so long: then
        it is left, or with `all` an error."""
        still, end = 0, time.monotonic() + limit_s
        while still < 50:
            still += 1
            await asyncio.sleep(0)
            while self.ry.active and time.monotonic() < end:
                still = 0
                await asyncio.sleep(0.0005)
            if all and still == 0 and self.ry.active:
                raise self._too_late("a handler")
