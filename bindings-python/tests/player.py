"""Plays golden traces through one of the two doors. `core/tests/traces/README.md` says what the marks mean."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from reynolds import Broker, ReynoldsError

TRACES = Path(__file__).resolve().parents[2] / "core" / "tests" / "traces"


def compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key occurs twice")
    return made


class Door(Protocol):
    """The same calls by dictionary or by JSON; all answers as compact JSON."""

    def new(self, genesis: str, keys: Any) -> Broker: ...
    def submit(self, broker: Broker, at: int, text: str) -> str: ...
    def advance(self, broker: Broker, at: int) -> str: ...
    def released(self, broker: Broker, after: int) -> list[str]: ...
    def wakeup(self, broker: Broker) -> str: ...
    def digest(self, broker: Broker) -> str: ...


class DictDoor:
    def new(self, genesis: str, keys: Any) -> Broker:
        return Broker(json.loads(genesis), keys)

    def submit(self, broker: Broker, at: int, text: str) -> str:
        try:
            value = json.loads(text, object_pairs_hook=no_key_twice)
        except ValueError:  # What is no JSON, or has a key twice, can only come through the other door.
            return compact(json.loads(broker.submit_json(at, text.encode())))
        return compact(broker.submit(at, value))

    def advance(self, broker: Broker, at: int) -> str:
        return compact(broker.advance(at))

    def released(self, broker: Broker, after: int) -> list[str]:
        return [compact(effect) for effect in broker.released(after)]

    def wakeup(self, broker: Broker) -> str:
        return compact(broker.wakeup())

    def digest(self, broker: Broker) -> str:
        digest = broker.ask({"type": "digest"})
        assert isinstance(digest, str)
        return digest


class JsonDoor:
    def new(self, genesis: str, keys: Any) -> Broker:
        return Broker.new_json(genesis.encode(), keys)

    def submit(self, broker: Broker, at: int, text: str) -> str:
        return broker.submit_json(at, text.encode()).decode()

    def advance(self, broker: Broker, at: int) -> str:
        return broker.advance_json(at).decode()

    def released(self, broker: Broker, after: int) -> list[str]:
        whole = broker.released_json(after).decode()
        effects = json.loads(whole)
        texts = [compact(effect) for effect in effects]
        assert "[" + ",".join(texts) + "]" == whole  # So that these are the bytes of the core.
        return texts

    def wakeup(self, broker: Broker) -> str:
        return broker.wakeup_json().decode()

    def digest(self, broker: Broker) -> str:
        digest = json.loads(broker.ask_json(b'{"type":"digest"}'))
        assert isinstance(digest, str)
        return digest


@dataclass
class Host:
    """One broker, and the disk under it."""

    broker: Broker
    journal: bytes
    safe: int = 0
    appended: int = 0
    losing: bool = False
    before: int = 0
    cursor: int = 0
    snapshot: bytes | None = None

    def __post_init__(self) -> None:
        self.safe = len(self.journal)


@dataclass
class Player:
    door: Door
    hosts: dict[str, Host] = field(default_factory=dict)
    name: str = ""
    keys: list[tuple[int, bytes]] = field(default_factory=list)
    at: int = 0
    digest: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    out: list[str] = field(default_factory=list)

    def play(self, trace: str) -> str:
        entries: list[str] = []
        for line in trace.split("\n")[:-1]:
            if line.startswith(" ") and entries:
                entries[-1] += "\n" + line
            else:
                entries.append(line)
        for entry in entries:
            mark, rest = entry[:1], entry[1:].strip()
            if mark not in ("?", "<", "~", "="):
                self.out.append(entry)
            if mark == "@":
                self.at = (self.at if rest.startswith("+") else 0) + int(rest)
            elif mark == ">":
                self.submit(rest)
            elif mark == "!":
                self.act(rest)
            elif mark == "~":
                self.out.append(f"~ {self.door.wakeup(self.host.broker)}")
            elif mark == "=":
                self.check(rest)
            else:
                assert mark in ("", "#", "?", "<"), f"no such mark: {entry}"
        return "\n".join(self.out) + "\n"

    @property
    def host(self) -> Host:
        return self.hosts[self.name]

    def submit(self, text: str) -> None:
        for key, token in self.tokens.items():
            text = text.replace(f"<token:{key}>", token)
        try:
            self.out.append(f"? {self.door.submit(self.host.broker, self.at, text)}")
        except ReynoldsError as error:
            self.problem(error)
        self.settle()

    def check(self, expected: str) -> None:
        digest = self.door.digest(self.host.broker)
        same = expected == "same" and digest == self.digest
        self.out.append("= same" if same else f"= {digest}")
        self.digest = digest

    def act(self, action: str) -> None:
        verb, _, argument = action.replace("\n", " ", 1).partition(" ")
        try:
            getattr(self, f"act_{verb}")(argument)
        except ReynoldsError as error:
            self.problem(error)

    def act_keys(self, argument: str) -> None:
        self.keys = [(number, secret.encode()) for number, secret in json.loads(argument)]

    def act_use(self, name: str) -> None:
        self.name = name

    def act_new(self, genesis: str) -> None:
        broker = self.door.new(genesis, self.keys)
        self.name = json.loads(genesis)["name"]
        self.hosts[self.name] = Host(broker, broker.segment_header(1))
        self.settle()

    def act_advance(self, _: str) -> None:
        decision = self.door.advance(self.host.broker, self.at)
        if decision != "null":
            self.out.append(f"? {decision}")
        self.settle()

    def act_lose(self, _: str) -> None:
        self.host.losing = True

    def act_durable(self, _: str) -> None:
        self.host.losing = False
        self.settle()

    def act_crash(self, _: str) -> None:
        self.crash(self.host.safe, None)

    def act_tear(self, torn: str) -> None:
        self.crash(len(self.host.journal) - int(torn), None)

    def act_restore(self, _: str) -> None:
        self.crash(self.host.safe, self.host.snapshot)

    def act_snapshot(self, _: str) -> None:
        self.host.snapshot = None
        seq, self.host.snapshot = self.host.broker.snapshot()
        self.out.append("? " + compact({"seq": seq}))

    def act_flip(self, from_end: str) -> None:
        journal = bytearray(self.host.journal)
        journal[-int(from_end)] ^= 1
        self.report(Broker.restore(bytes(journal), None, self.keys))

    def act_repeat(self, _: str) -> None:
        self.take(self.host.before)

    def act_mark(self, through: str) -> None:
        self.host.broker.mark_durable(int(through))

    def act_poison(self, _: str) -> None:
        self.host.broker.poison()

    def crash(self, left: int, snapshot: bytes | None) -> None:
        self.host.journal = self.host.journal[:left]
        broker = Broker.restore(self.host.journal, snapshot, self.keys)
        _, torn = broker.opened.get("torn", (0, 0))
        journal = self.host.journal[: left - torn]
        self.hosts[self.name] = Host(broker, journal, appended=broker.opened["last"], snapshot=self.host.snapshot)
        self.report(broker)
        self.settle()

    def settle(self) -> None:
        host = self.host
        staged = host.broker.staged(host.appended)
        if staged is not None:
            _, host.appended, part = staged
            host.journal += part
        if not host.losing and host.safe < len(host.journal):
            host.safe = len(host.journal)
            try:
                host.broker.mark_durable(host.appended)
            except ReynoldsError as error:
                self.problem(error)
        self.take(host.cursor)

    def take(self, after: int) -> None:
        effects = self.door.released(self.host.broker, after)
        self.host.before = self.host.cursor = after
        for text in effects:
            effect = json.loads(text)
            self.host.cursor = effect["release"]
            self.out.append(f"< {text}")
            if "token" in effect:
                self.tokens.setdefault(f"{self.name}/{effect['id']}", effect["token"])

    def report(self, broker: Broker) -> None:
        opened = broker.opened
        found: dict[str, object] = {"last": opened["last"], "records": opened["replayed"]}
        if "torn" in opened:
            found["torn"] = opened["torn"]
        self.out.append("? " + compact(found))

    def problem(self, error: ReynoldsError) -> None:
        found = {"code": error.code, "message": error.message}
        self.out.append("? " + compact(found if error.field is None else found | {"field": error.field}))
