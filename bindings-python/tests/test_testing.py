"""The test kit, used as a bot's developer would."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from reynolds import HostError, Turn
from reynolds.agents import Callable, Job
from reynolds.clock import SystemClock
from reynolds.testing import Post, VirtualClock, World


async def answer(turn: Turn) -> None:
    await turn.send(kind="comment", text=f"You said: {turn.event.get('text', '')[:40]}")


async def answer_people(turn: Turn) -> None:
    if turn.event.get("actor", {}).get("class") != "bot":
        await answer(turn)


def test_this_bot_and_dependabot_do_not_loop() -> None:
    with World(answer_people, self="github:triage[bot]") as world:
        world.other("github:dependabot[bot]", lambda post: post.reply("Rebased."))
        world.say("github:octocat", "github:acme/api#7", "Please update.")
        run = world.run()
    assert run.quiet and not run.denied and not run.held
    assert len([post for post in run.posts if post.by == "github:triage[bot]"]) == 1


def test_a_loop_ends_with_a_denial_that_says_why() -> None:
    with World(answer, self="github:triage[bot]", chain={"hop_limit": 5}) as world:
        world.other("github:dependabot[bot]", lambda post: post.reply("Rebased."))
        world.say("github:octocat", "github:acme/api#7", "Please update.")
        run = world.run()
    # Five answers of ours, in one chain, and no sixth. Dependabot answers octocat's post by itself, too.
    assert run.denied[0]["reason"] in ("hop_limit", "loop")
    assert len([post for post in run.posts if post.by == "github:triage[bot]"]) < 20


def test_a_loop_that_waits_for_a_person_is_told_although_nothing_is_denied() -> None:
    with World(answer, self="github:triage[bot]", enforce="hold") as world:
        world.other("github:dependabot[bot]", lambda post: post.reply("Rebased."))
        world.say("github:octocat", "github:acme/api#7", "Please update.")
        run = world.run()
    assert not run.denied
    assert {one["why"] for one in run.held} >= {"repeats", "limit"}
    effects = [one["effect"] for one in run.held]
    assert len(effects) == len(set(effects))


def test_when_a_chain_trips_its_notice_is_performed_where_the_breaker_says() -> None:
    ours, issue = "github:triage[bot]", "github:acme/api#7"
    with World(answer, self=ours, chain={"hop_limit": 3}, breaker={"notify": "teams:oncall"}) as world:
        world.other("github:echo[bot]", lambda post: post.reply("Again!") if (post.subject, post.by) == (issue, ours) else None)
        world.say("github:octocat", issue, "Go.")
        run = world.run()
    assert run.denied[0]["reason"] == "hop_limit"
    notices = [post for post in run.posts if post.subject == "teams:oncall"]
    assert [post.by for post in notices] == [ours]
    assert notices[0].text.startswith("Stopped at github:acme/api#7: chain 2 would make automated hop 4")
    assert run.quiet


def test_what_is_sent_after_a_chain_has_tripped_is_told_until_when_and_how_to_resume_it() -> None:
    ours, told = "github:triage[bot]", []

    async def twice(turn: Turn) -> None:
        for text in ("one", "two"):
            sent = await turn.send(kind="comment", text=text)
            if sent["type"] == "denied":
                told.append(sent["why"])

    with World(twice, self=ours, chain={"budget": 5}) as world:
        world.other("github:echo[bot]", lambda post: post.reply("Again!") if post.by == ours else None)
        world.say("github:octocat", "github:acme/api#7", "Go.")
        world.run()
    why = next(why for why in told if why.startswith("tripped: "))
    assert why.startswith("tripped: the emergency breaker is open: chain 2, ")
    assert " `resume_chain`, or one effect may leave to try again, after 2025-01-01 0" in why


def test_in_log_mode_the_loop_goes_on_and_is_told() -> None:
    with World(answer, self="github:triage[bot]", enforce="log", chain={"hop_limit": 3}) as world:
        world.other("github:dependabot[bot]", lambda post: post.reply("Rebased."))
        world.say("github:octocat", "github:acme/api#7", "Please update.")
        run = world.run(posts=60)
    assert not run.quiet
    assert run.denied


def test_a_loop_through_a_bot_that_leaves_no_trace_ends_too_some_rounds_later() -> None:
    ours = "github:triage[bot]"
    with World(answer, self=ours) as world:
        world.other("github:echo[bot]", lambda post: Post("", "", post.subject, f"Done at {post.at}.") if post.by == ours else None)
        world.say("github:octocat", "github:acme/api#7", "Go.")
        run = world.run(posts=50)
    assert (run.quiet, run.denied[0]["reason"]) == (True, "loop")


def test_what_a_handler_raises_is_raised_by_the_run() -> None:
    async def broken(turn: Turn) -> None:
        raise ValueError("no such model")

    with World(broken, self="github:triage[bot]") as world:
        world.say("github:octocat", "github:acme/api#7", "Hello")
        with pytest.raises(ValueError, match="no such model"):
            world.run()


def test_rules_alone_need_no_handler() -> None:
    rules = [{"id": "r", "when": {"class": "human"}, "effects": [{"kind": "comment", "subject": "{subject}", "text": "Hi {actor}"}]}]
    with World(self="github:triage[bot]", rules=rules) as world:
        world.say("github:octocat", "github:acme/api#7", "Hello")
        run = world.run()
    assert [(post.by, post.text.split("\n")[0]) for post in run.posts] == [
        ("github:octocat", "Hello"),
        ("github:triage[bot]", "Hi github:octocat"),
    ]


def test_it_runs_inside_async_tests() -> None:
    async def main() -> None:
        async with World(answer, self="github:triage[bot]") as world:
            world.say("github:octocat", "github:acme/api#7", "Hello")
            assert len((await world.go()).posts) == 2

    asyncio.run(main())


def test_a_world_needs_to_know_who_the_bot_is() -> None:
    with pytest.raises(HostError, match="RY2206: a world needs `self`"):
        World(answer)


def test_an_account_may_react_later_but_not_with_what_is_no_reaction() -> None:
    async def slowly(post: Post) -> str | None:
        await asyncio.sleep(0.01)
        return "Seen." if post.by == "github:octocat" else None

    def run(reaction: Any) -> list[str]:
        with World(self="github:triage[bot]") as world:
            world.patience_ms = 50
            world.other("github:echo[bot]", reaction)
            world.say("github:octocat", "github:acme/api#7", "Hello")
            return [post.text for post in world.run().posts]

    assert run(slowly) == ["Hello", "Seen."]
    with pytest.raises(HostError, match=r"^RY2206: .*the reaction of `github:echo\[bot\]` returns must be a text, .*nothing, it is int$"):
        run(lambda post: 42)
    with pytest.raises(HostError, match="^RY2209: a reaction of `other` has not ended within 50 ms"):
        run(lambda post: asyncio.sleep(60))


def test_a_handler_that_never_ends_fails_its_test() -> None:
    async def forever(turn: Turn) -> None:
        await asyncio.Event().wait()

    with World(forever, self="github:triage[bot]") as world:
        world.patience_ms = 50
        world.say("github:octocat", "github:acme/api#7", "Hello")
        with pytest.raises(HostError, match="^RY2209: a handler has not ended within 50 ms, while virtual time stood still"):
            world.run()


@pytest.mark.parametrize("name", ["perform", "find"])
def test_what_is_the_worlds_own_is_not_taken(name: str) -> None:
    with pytest.raises(HostError, match=f"^RY2206: .*`{name}` is the world's own"):
        World(answer, self="github:triage[bot]", **{name: lambda effect: None})


def test_a_virtual_clock_calls_in_order_and_only_what_is_due() -> None:
    clock, called = VirtualClock(1000), list[str]()
    clock.after(200, lambda: called.append("b"))
    clock.after(100, lambda: called.append("a"))
    clock.after(50, lambda: called.append("never"))()
    clock.move_to(1150)
    assert (called, clock.now(), clock.next) == (["a"], 1150, 1200)
    clock.move_to(5000)
    assert (called, clock.now(), clock.next) == (["a", "b"], 5000, None)


def test_a_world_knows_all_the_accounts_of_the_bot_and_writes_as_the_first() -> None:
    ours = ["github:triage[bot]", "github:old-triage[bot]"]
    with World(answer, self=ours) as world:
        world.say("github:octocat", "github:acme/api#7", "Hello")
        run = world.run()
        assert world.ry.view.config().get("self") == sorted(ours)
    assert [post.by for post in run.posts] == ["github:octocat", ours[0]]


def test_a_world_closes_although_a_handler_and_an_agent_do_not_end() -> None:
    async def forever(turn: Turn) -> None:
        await asyncio.Event().wait()

    async def stubborn(job: Job) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0.1)

    async def main() -> None:
        world = World(forever, self="github:triage[bot]")
        world.say("github:octocat", "github:acme/api#7", "Hello")
        going = asyncio.create_task(world.go())
        while not world.decisions:
            await asyncio.sleep(0.01)
        await world.ry.agents.add(Callable("ada", stubborn))
        await world.ry.submit({"type": "plan", "id": "p", "tasks": [{"id": "a"}]})
        await asyncio.sleep(0.05)
        async with asyncio.timeout(5):
            await world.aclose()
        going.cancel()
        await asyncio.wait({going})

    asyncio.run(main())


def test_a_handler_that_waits_for_what_is_cancelled_fails_its_test() -> None:
    async def wait(turn: Turn) -> None:
        gone = asyncio.get_running_loop().create_future()
        gone.cancel()
        await gone

    with World(wait, self="github:triage[bot]", on_error=lambda _: None) as world:
        world.say("github:octocat", "github:acme/api#7", "Please update.")
        with pytest.raises(asyncio.CancelledError):
            world.run()


def test_a_clock_that_is_moved_by_a_fraction_shows_whole_milliseconds() -> None:
    clock, rung = VirtualClock(1000), list[int]()
    clock.after(3, lambda: rung.append(clock.now()))
    clock.move_to(1000 + 5 / 2)  # type: ignore[arg-type]
    assert (clock.now(), type(clock.now()), rung) == (1002, int, [])
    clock.move_to(1003.9)  # type: ignore[arg-type]
    assert (clock.now(), rung) == (1003, [1003])
    with World(answer, self="github:triage[bot]") as world:
        world.delay_ms = 7 / 2  # type: ignore[assignment]
        world.say("github:octocat", "github:acme/api#7", "Hello?")
        assert world.run().quiet
        assert type(world.clock.now()) is int


def test_the_systems_clock_can_wait_for_more_than_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        monkeypatch.setattr("reynolds.clock._DAY_MS", 20)
        clock, rung = SystemClock(), list[str]()
        clock.after(70, lambda: rung.append("70"))
        cancels = [clock.after(50, lambda: rung.append("never")) for _ in range(2)]
        cancels[0]()
        await asyncio.sleep(0.03)
        cancels[1]()  # Its second day has begun.
        assert rung == []
        await asyncio.sleep(0.1)
        assert rung == ["70"]

    asyncio.run(main())


def test_after_a_handler_has_raised_the_world_goes_on() -> None:
    async def broken_once(turn: Turn) -> None:
        if turn.event.get("text") == "first":
            raise ValueError("no such model")
        await answer(turn)

    with World(broken_once, self="github:triage[bot]") as world:
        world.say("github:octocat", "github:acme/api#7", "first")
        with pytest.raises(ValueError, match="no such model"):
            world.run()
        world.say("github:octocat", "github:acme/api#7", "second")
        run = world.run()
    assert [post.by for post in run.posts] == ["github:octocat", "github:octocat", "github:triage[bot]"]


def test_a_loop_that_waits_for_a_person_is_quiet() -> None:
    with World(answer, self="github:triage[bot]", enforce="hold") as world:
        world.other("github:dependabot[bot]", lambda post: post.reply("Rebased.") if post.by == "github:triage[bot]" else None)
        world.say("github:octocat", "github:acme/api#7", "Please update.")
        run = world.run()
        assert run.quiet and run.held[-1]["why"] == "limit"
        assert not world.run(ms=1, posts=0).posts[20:]


def test_people_take_their_time_and_bots_do_not() -> None:
    def reaction(text: str) -> Any:
        return lambda post: post.reply(text) if post.by == "github:triage[bot]" and len(post.text) < 200 else None

    with World(answer_people, self="github:triage[bot]") as world:
        world.other("github:octocat", reaction("yes"))
        world.other("github:ci[bot]", reaction("Built."))
        world.say("github:octocat", "github:acme/api#7", "Go?")
        run = world.run(posts=8)
    ours = {post.id: post.at for post in run.posts if post.by == "github:triage[bot]"}
    pauses = {by: [post.at - ours[post.reply_to] for post in run.posts if post.by == by and post.reply_to] for by in ("github:octocat", "github:ci[bot]")}
    assert set(pauses["github:ci[bot]"]) == {1000}
    assert all(21_000 <= pause <= 61_000 for pause in pauses["github:octocat"])
    assert len(set(pauses["github:octocat"])) == len(pauses["github:octocat"]) > 1


def test_days_pass_where_nothing_happens() -> None:
    with World(answer, self="github:triage[bot]") as world:
        start = world.clock.now()
        world.say("github:octocat", "github:acme/api#7", "Monday")
        assert len(world.wait(2 * 86_400_000).posts) == 2
        assert world.clock.now() == start + 2 * 86_400_000
        world.say("github:octocat", "github:acme/api#7", "Wednesday")
        assert world.run().posts[2].at == start + 2 * 86_400_000


def test_in_an_async_test_a_run_names_what_to_wait_for() -> None:
    async def main() -> None:
        async with World(answer, self="github:triage[bot]") as world:
            with pytest.raises(HostError, match=r"RY2206: .* use `await world\.go\(\.\.\.\)`"):
                world.run()
            with pytest.raises(HostError, match=r"use `await world\.sleep\(\.\.\.\)`"):
                world.wait(1)
            assert (await world.sleep(5)).quiet

    asyncio.run(main())


def test_what_a_world_can_not_use_is_refused_where_it_is_said() -> None:
    with pytest.raises(HostError, match="^RY2206: .*the handler of a world must be a function, it is 'x'"):
        World("x", self="github:triage[bot]")  # type: ignore[arg-type]
    with World(self="github:triage[bot]") as one:
        world: Any = one
        wrong: list[tuple[Any, str]] = [
            (lambda: world.other("github:x", None), "the reaction of `github:x` must be a function, it is None"),
            (lambda: world.other("dependabot[bot]", lambda _: None), "an account has its platform in front, such as `github:dependabot[bot]`"),
            (lambda: world.say("octocat", "github:acme/api#7", "x"), "such as `github:octocat`, it is 'octocat'"),
            (lambda: world.say("github:octocat", "", "x"), "a subject has its platform in front"),
            (lambda: world.say("github:octocat", "github:acme/api#7", 5), "what is said must be a text, it is 5"),
            (lambda: world.run(ms="x"), "`ms` must be a number, 0 or more, it is 'x'"),
            (lambda: world.run(ms=-1), "`ms` must be a number, 0 or more, it is -1"),
            (lambda: world.run(posts=float("nan")), "`posts` must be a number, 0 or more, it is nan"),
            (lambda: world.wait(None), "`ms` must be a number, 0 or more, it is None"),
        ]
        for call, message in wrong:
            with pytest.raises(HostError, match="^RY2206: .*" + re.escape(message)):
                call()
        assert world.posts == []


def test_what_is_said_for_a_tenant_stays_that_tenants() -> None:
    me, issue = "github:triage[bot]", "github:acme/api#7"
    seen: list[tuple[str, str | None]] = []

    async def bot(turn: Turn) -> None:
        actor = turn.event["actor"]
        seen.append((actor["id"], turn.event.get("tenant")))
        if actor["class"] != "bot":
            await turn.send(kind="comment", text="Look.")

    async def noted(post: Post) -> Post | None:
        return Post("", "", post.subject, "Noted.", post.id) if post.by == me else None

    with World(bot, self=me) as world:
        world.other("github:text[bot]", lambda post: "Seen." if post.by == me else None)
        world.other("github:late[bot]", noted)
        for tenant in ("acme", "globex", None):
            seen.clear()
            assert world.say("github:octocat", issue, "Go.", tenant=tenant).tenant == tenant
            run = world.run()
            others = [("github:late[bot]", tenant), ("github:text[bot]", tenant)]
            assert sorted((post.by, post.tenant) for post in run.posts[-3:]) == [*others, (me, tenant)]
            assert sorted(seen[1:]) == others
        with pytest.raises(HostError, match="a tenant must be a text that is not empty, it is ''"):
            world.say("github:octocat", issue, "Go.", tenant="")
