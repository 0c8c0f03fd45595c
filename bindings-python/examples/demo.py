"""The demo in Python: the story of `make demo`, told with the bare protocol, and with the same digest at its end.

Webhooks, each delivered twice and shuffled, as raw signed requests; a process that is killed while it performs effects; another one
that goes on; and two bots that answer each other until they are stopped. `examples/src/bin/demo` is the same in Rust.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reynolds import Broker, View, _native, cloudevents, eventgrid, github, teams

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "var" / "demo-python"
RULES = ROOT / "examples" / "src" / "bin" / "demo" / "rules.json"
SMALL = ROOT / "examples" / "data" / "webhooks-small.jsonl"
SECRET = "the demo's webhook secret"
KEYS = [(1, b"the demo's token key")]
START, STEP_MS = 1_741_078_800_000, 61_000
BOT = "triage[bot]"
MASK = 2**64 - 1


@dataclass(frozen=True)
class Request:
    """A request before anybody looked into it."""

    platform: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def read(self) -> list[Any]:
        """What an endpoint does: check who sent it, then read it."""
        if self.platform == "github":
            github.verify(SECRET, self.headers, self.body)
            return [github.event(self.headers, self.body)]
        if self.platform == "teams":
            return [teams.event(self.body)]
        return eventgrid.events(self.body) if self.platform == "eventgrid" else cloudevents.events(self.headers, self.body)


def signed(headers: list[tuple[str, str]], body: bytes) -> Request:
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return Request("github", (*headers, ("X-Hub-Signature-256", f"sha256={signature}")), body)


def from_github(event: str, delivery: str, body: Any) -> Request:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return signed([("X-GitHub-Event", event), ("X-GitHub-Delivery", delivery)], text.encode())


def recorded() -> list[Request]:
    """GitHub's published examples if `REYNOLDS_WEBHOOKS` names them, else the bundled set."""
    if index := os.environ.get("REYNOLDS_WEBHOOKS"):
        entries = json.loads(Path(index).read_bytes())
        named = [(entry["name"], body) for entry in entries for body in entry.get("examples", [])]
        return [from_github(name, guid(number), body) for number, (name, body) in enumerate(named)]
    requests = []
    for line in map(json.loads, SMALL.read_text(encoding="utf-8").splitlines()):
        headers, body = list(line["headers"].items()), line["body"].encode()
        github_sent = line["platform"] == "github"
        requests.append(signed(headers, body) if github_sent else Request(line["platform"], tuple(headers), body))
    return requests


def twice_and_shuffled(requests: list[Request]) -> list[Request]:
    order: list[tuple[int, Request]] = []
    for number, request in enumerate(requests):
        first = split_mix(number) % 1_000_000
        order += [(first, request), (first + split_mix(first) % 200_000, request)]
    return [request for _, request in sorted(order, key=lambda entry: entry[0])]


def split_mix(seed: int) -> int:
    x = (seed + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def guid(number: int) -> str:
    a, b = split_mix(number), split_mix(number ^ 0xFFFF0000)
    c, d = a & 0xFFF, (b >> 48) & 0x3FFF | 0x8000
    return f"{a >> 32:08x}-{(a >> 16) & 0xFFFF:04x}-4{c:03x}-{d:04x}-{b & 0xFFFFFFFFFFFF:012x}"


def user(login: str, kind: str | None = None) -> dict[str, str]:
    return {"login": login, "type": kind or ("Bot" if login.endswith("[bot]") else "User")}


def comment(subject: str, number: int, by: str, text: str) -> Request:
    """A comment on an issue, as GitHub reports it."""
    name = subject.removeprefix("github:")
    repository, issue = name.rsplit("#", 1) if "#" in name else (name, "")
    return from_github(
        "issue_comment",
        guid(number),
        {
            "action": "created",
            "issue": {"number": int(issue) if issue.isdigit() else 0, "title": "Login fails after the update", "state": "open"},
            "comment": {"id": number, "body": text, "user": user(by)},
            "repository": {"id": 1, "full_name": repository},
            "sender": user(by),
        },
    )


def opened(repository: str, number: int, text: str) -> Request:
    """A new issue of the bot's, as GitHub reports it."""
    title, _, rest = text.partition("\n")
    return from_github(
        "issues",
        guid(number),
        {
            "action": "opened",
            "issue": {"id": number, "number": number, "title": title, "body": rest.lstrip(), "state": "open"},
            "repository": {"id": 1, "full_name": repository.removeprefix("github:")},
            "sender": user(BOT, "Bot"),
        },
    )


class World:
    """The outside world: it keeps what is posted, and does not forget when a bot is killed."""

    def __init__(self, path: Path) -> None:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
        self.posts: list[dict[str, Any]] = [line for line in lines if isinstance(line, dict)]
        self.known = next((line for line in reversed(lines) if isinstance(line, int)), 0)
        self._log = path.open("a", encoding="utf-8")

    def perform(self, effect: Any) -> dict[str, Any]:
        number, subject, kind = 700_000_000 + len(self.posts), effect["subject"], effect["kind"]
        made = f"teams:msg/{subject.removeprefix('teams:')}/{number}" if kind == "message" else f"github:{kind}/{number}"
        text = _native.unmark(effect.get("text", ""))
        text = _native.mark(text, effect["token"]) if "token" in effect else text
        post = {"effect": effect["id"], "kind": kind, "subject": subject, "object": made, "number": number, "text": text}
        self.posts.append(post)
        self._write(post)
        return {"type": "done", "object": made}

    def find(self, effect: Any) -> dict[str, Any] | None:
        """Looks for an effect by its marker, as a host does before it sends something again."""
        found = next((post for post in self.posts if "token" in effect and effect["token"] in post["text"]), None)
        return {"type": "done", "object": found["object"]} if found else None

    def webhooks(self) -> Iterator[Request]:
        """GitHub tells of what was posted there since the last time."""
        for post in self.posts[self.known :]:
            if post["kind"] == "comment":
                yield comment(post["subject"], post["number"], BOT, post["text"])
            elif post["kind"] == "issue":
                yield opened(post["subject"], post["number"], post["text"])

    def told(self, posts: int) -> None:
        self.known = posts
        self._write(posts)

    def _write(self, line: object) -> None:
        self._log.write(json.dumps(line) + "\n")
        self._log.flush()


Watch = Callable[["Bot", int, list[Any]], None]


class Bot:
    """What a host does with the broker, step by step."""

    def __init__(self, home: Path) -> None:
        self.broker = Broker.open(home / "bot.ryj", {"name": "triage", "config": json.loads(RULES.read_bytes())}, KEYS)
        self.view = View(self.broker)
        self.world = World(home / "world.jsonl")
        self.late: list[Any] = []
        self.cursor = self.redelivered = self.found = 0
        self.clock = max(self.view.status()["now"], START)

    def round(self, requests: list[Request], watch: Watch = lambda *_: None) -> list[Any]:
        """Takes in requests that arrived together, and what the platforms tell, and performs what follows."""
        posts, webhooks, decisions = len(self.world.posts), list(self.world.webhooks()), []
        for request in [*requests, *webhooks]:
            self.clock += STEP_MS
            decisions += [self.broker.submit(self.clock, event) for event in request.read()]
        late, self.late = self.late, []
        for outcome in late:
            self.broker.submit(self.clock, outcome)
        self.work_off(posts, watch)
        return decisions

    def wait(self, until: int) -> None:
        """Nothing happens until then."""
        self.clock = max(self.clock, until)
        self.broker.advance(self.clock)
        self.work_off(len(self.world.posts), lambda *_: None)

    def work_off(self, posts: int, watch: Watch) -> None:
        effects = self.commit()
        self.world.told(posts)
        while effects:
            for answer in self.perform(effects, watch):
                self.broker.submit(self.clock, answer)
            effects = self.commit()

    def settle(self) -> None:
        while self.late or self.world.known < len(self.world.posts):
            self.round([])

    def commit(self) -> list[Any]:
        self.broker.commit()
        effects = self.broker.released(self.cursor)
        self.cursor = effects[-1]["release"] if effects else self.cursor
        return list(effects)

    def perform(self, effects: list[Any], watch: Watch) -> list[Any]:
        answers: list[Any] = []
        for at, effect in enumerate(effects):
            watch(self, at, effects)
            self.redelivered += effect["redelivered"]
            if effect["type"] == "handle":
                answers.append({"type": "propose", "cause": effect["id"], "effects": [review(effect["event"])]})
                continue
            found = self.world.find(effect) if effect["redelivered"] else None
            self.found += found is not None
            outcome = {"type": "outcome", "effect": effect["id"], "result": found or self.world.perform(effect), "chain": effect["chain"]}
            # Every other comment is reported late: its webhook wins the race, as it does on the real GitHub.
            late = effect["kind"] == "comment" and len(self.world.posts) % 2 == 0
            (self.late if late else answers).append(outcome)
        return answers


def review(event: Any) -> Any:
    """The host's own code: what the bot answers to a review."""
    words, who = len(event.get("text", "").split()), event.get("actor", {}).get("id", "somebody")
    return {"key": "summary", "kind": "comment", "subject": event["subject"], "text": f"{who} has reviewed this in {words} words."}


def first_process() -> None:
    """Takes the first half. It is killed while it performs effects."""
    bot, requests = Bot(HOME), twice_and_shuffled(recorded())
    size, taken, snapshot = together(requests), 0, False

    def watch(bot: Bot, performed: int, effects: list[Any]) -> None:
        enough = 4 if taken * 4 < len(requests) * 3 else 1
        if taken * 2 >= len(requests) and len(effects) >= enough and performed == len(effects) // 2:
            print(json.dumps({"taken": taken, "digest": bot.view.digest(), "effects": len(effects), "performed": performed}), flush=True)
            time.sleep(20)

    for start in range(0, len(requests), size):
        part = requests[start : start + size]
        taken += len(part)
        bot.round(part, watch)
        if not snapshot and taken * 4 >= len(requests):
            bot.broker.save_snapshot()
            snapshot = True


def together(requests: list[Request]) -> int:
    return min(max(len(requests) // 8, 1), 16)


def ping_pong(bot: Bot, carry: Callable[[str, int], str], issue: str, first: int) -> Any:
    """Lets a person write on an issue and two bots answer each other until something stops them."""
    requests = [comment(issue, first, "anna", "The login page answers 500 since this morning.")]
    for step in range(1, 101):
        before = len(bot.world.posts)
        decision = bot.round(requests)[0]
        for verdict in decision["verdicts"]:
            if verdict["type"] == "denied":
                return verdict
            if verdict["type"] == "held":
                bot.wait(verdict["until"])
        messages = [post for post in bot.world.posts[before:] if post["kind"] == "message"]
        requests = [comment(issue, first + step, "mirror[bot]", carry(post["text"], (first + step) % 1000)) for post in messages]
    return None


def person_is_heard(bot: Bot, issue: str) -> bool:
    """A person answers in the thread in Teams where the loop was. Is that still carried to the issue?"""
    thread = next(post for post in bot.world.posts if "19:bridge" in post["subject"] and "login" in post["text"])
    root, before = thread["object"].rpartition("/")[2], len(bot.world.posts)
    activity = {
        "type": "message", "id": "1741200000001", "channelId": "msteams", "timestamp": "2025-03-05T18:40:00.000Z",
        "conversation": {"id": f"19:bridge@thread.tacv2;messageid={root}", "conversationType": "channel"},
        "from": {"id": "29:ben", "aadObjectId": "ben", "name": "Ben"}, "replyToId": root, "text": "It was the new certificate. Fixed.",
    }  # fmt: skip
    bot.round([Request("teams", (), json.dumps(activity, separators=(",", ":"), sort_keys=True).encode())])
    heard = [post for post in bot.world.posts[before:] if post["kind"] == "comment" and post["subject"] == issue]
    bot.settle()
    return any(post["text"].startswith("Ben answers in Teams: It was the new") for post in heard)


def story() -> bool:
    requests = twice_and_shuffled(recorded())
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    print(f"1  A bot takes webhooks, and is killed: {len(requests) // 2} requests, each delivered twice and shuffled")
    child = subprocess.Popen([sys.executable, __file__, "--until-killed"], stdout=subprocess.PIPE, text=True)
    assert child.stdout
    dying = json.loads(child.stdout.readline())
    child.kill()
    child.wait()
    child.stdout.close()
    print(f"   killed while it performs {dying['effects']} effects; {dying['performed']} of them have reached the platforms")

    bot = Bot(HOME)
    same = bot.view.digest() == dying["digest"]
    print(f"2  A new process goes on from record {bot.broker.opened['last']}, digest {bot.view.digest()}, {'as before' if same else 'ANOTHER ONE'}")
    bot.round([])
    print(f"   {bot.redelivered} effects come again under their old ids; {bot.found} are found on the platforms, the others are sent")
    size = together(requests)
    for start in range(dying["taken"], len(requests), size):
        bot.round(requests[start : start + size])
    bot.settle()

    print("3  Two bots answer each other")
    issues = ["github:acme/api#7", "github:acme/api#8"]
    carriers: list[tuple[str, Callable[[str, int], str]]] = [
        ("word for word", lambda text, _: text),
        ("reworded", lambda text, step: f"Pass {step} of this message:\n{text}"),
    ]
    stops = []
    for at, (name, carry) in enumerate(carriers):
        stop = ping_pong(bot, carry, issues[at], 800_000_000 + at * 1000)
        print(f"   copied {name}: " + (f"refused at hop {stop['hop']} ({stop['reason']})" if stop else "NOT STOPPED"))
        stops.append(stop)
    heard = person_is_heard(bot, issues[0])
    print(f"   then a person answers in the same thread: {'heard' if heard else 'NOT HEARD'}")

    effects = [post["effect"] for post in bot.world.posts]
    promises = {
        "restored to the same digest": same,
        "every loop stopped": all(stops),
        "a person is still heard": heard,
        "nothing was sent twice": len(effects) == len(set(effects)),
        "nothing is still open": not bot.view.open(),
    }
    print("4  What came of it")
    for promise, kept in promises.items():
        print(f"   {'✓' if kept else '✕'} {promise}")
    print(f"   digest of the state  {bot.view.digest()}, the same as in Rust and Node")
    bot.broker.close()
    return all(promises.values())


if __name__ == "__main__":
    if sys.argv[1:] == ["--until-killed"]:
        first_process()
    else:
        sys.exit(0 if story() else 1)
