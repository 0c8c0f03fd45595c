"""Reads the wire types of the core as they stand in Rust: names, fields, tags, defaults, documentation and limits.

What prints types for a language, and the JSON Schema, starts from `Wire`; so all of them say the same. It reads only what the
wire types use of Rust and serde, and stops at anything it does not know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "core" / "src"

# In the order in which they are printed. After a colon: another name for Python, or a suffix for a union's members.
WANTED = """
event/mod.rs ActorClass Actor Property Event
work/states.rs TaskState PlanState TaskWhy
work/plan.rs Trigger Condition Each Timeouts Retry OnFailure Compensation Autonomy Question=PersonQuestion Task Plan NewNeeds Patch
work/report.rs Handoff Report:Report TaskReport Beats
work/control.rs PlanOrder=PlanControl:PlanControl
agents/agent.rs Readiness
agents/report.rs Profile Whereabouts:Agent AgentReport AgentState PoolState
agents/pools.rs Pool
agents/scale/mod.rs Step=ScaleStep:ScaleStep Select=ScaleSelect Direction=ScaleDirection ScalePolicy Because=ScaleReason
input/causes.rs Causes
input.rs PlanRef Proposal Propose OutcomeResult:Result Outcome Order:Order Command
work/turns.rs Turns
config.rs Enforce ChainLimits LoopBreaker Timing AgentBreaker Staff
limits.rs Limits
rules/mod.rs PropertyTemplate EffectTemplate Rule
config.rs Config
broker.rs Durability Genesis
input.rs Configure Adopt Input:Input
verdict/limit.rs LimitName
verdict/stop.rs StopKind StopRef
verdict.rs DenyReason Grounds Denial
verdict/hold.rs HoldReason
verdict/link.rs LinkKind Link
verdict.rs Verdict:Verdict Decision
wakeup.rs WakeReason Wakeup
effect.rs Act Handle Dispatch Recall Inquiry Handed Action:Effect Effect
work/run.rs Moment Before=TaskBefore Late
work/forecast.rs Forecast
work/explain.rs TaskBrief NeedStatus PlanStatus TaskStatus
wire.rs Problem
view.rs BreakerStage TrippedChain StopStanding Repetition
wire/ask.rs Status OpenJson=Open KnownJson=Known Spent CountJson=Count TrippedJson=Tripped Question:Question
"""

@dataclass
class Member:
    name: str
    type: str = ""
    doc: str = ""
    optional: bool = False
    flatten: bool = False
    fields: list[Member] = field(default_factory=list)


@dataclass
class Item:
    kind: str
    name: str
    doc: str
    serde: str
    members: list[Member]


def items(source: str) -> dict[str, Item]:
    """The structs and enums of a file."""
    found: dict[str, Item] = {}
    head = re.compile(r"^(?:pub )?(struct|enum) (\w+)(?:<'a>)? \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
    for match in head.finditer(re.split(r"^#\[cfg\(test\)\]\nmod \w+ {", source, flags=re.MULTILINE)[0]):
        kind, name, body = match.groups()
        doc, attributes = above(source[: match.start()])
        members = fields(body) if kind == "struct" else variants(body)
        found[name] = Item(kind, name, doc, attributes, members)
    return found


def above(text: str) -> tuple[str, str]:
    """The documentation and the serde attributes right above an item."""
    block = text[text.rfind("\n\n") + 1 :] if "\n\n" in text else text
    return doc_of(block), serde_of(block)


def doc_of(block: str) -> str:
    lines = re.findall(r"^ *///(?: (.*)|)$", block, re.MULTILINE)
    return clean("\n".join(lines))


def serde_of(block: str) -> str:
    return ", ".join(re.findall(r"#\[serde\((.*?)\)\]$", block, re.MULTILINE))


def clean(doc: str) -> str:
    """Documentation for readers of other languages: links without their targets."""
    return re.sub(r"\[`(?:crate::)?(?:[\w]+::)*(\w+)`\](?:\([^)]*\))?", r"`\1`", doc).strip()


def fields(body: str) -> list[Member]:
    out = []
    for match in re.finditer(r"((?:^ *(?:///.*|#\[.*\])\n)*)^ *(?:pub )?(\w+): (.+),$", body, re.MULTILINE):
        block, name, rust = match.groups()
        serde = serde_of(block)
        # Whatever its form here, on the wire it is always a list.
        rust = "Vec<Text>" if "serialize_list" in serde else rust
        rename = re.search(r'\brename = "(\w+)"', serde)
        optional = "default" in serde or "skip_serializing_if" in serde or rust.startswith("Option<")
        out.append(Member(rename[1] if rename else name, rust, doc_of(block), optional, "flatten" in serde))
    return out


def variants(body: str) -> list[Member]:
    out = []
    shape = re.compile(r"((?:^    (?:///.*|#\[.*\])\n)*)^    (\w+)(?:\((.*)\)| \{(\}|\n(?:.*\n)*?    \}))?,$", re.MULTILINE)
    for match in shape.finditer(body):
        block, name, newtype, inner = match.groups()
        rust = re.sub(r"#\[n\(\d+\)\] ?", "", newtype or "").strip()
        rename = re.search(r'\brename = "([\w.]+)"', serde_of(block))
        out.append(Member(rename[1] if rename else snake(name), rust, doc_of(block), fields=fields(inner or "")))
    return out


def snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def defaults(source: str) -> dict[tuple[str, str], int]:
    """What `impl Default` says of numbers, by type and field."""
    found: dict[tuple[str, str], int] = {}
    for name, body in re.findall(r"^impl Default for (\w+) \{\n(.*?)^\}", source, re.MULTILINE | re.DOTALL):
        for member, value in re.findall(r"^ +(\w+): ([\d_ *<]+),$", body, re.MULTILINE):
            found[name, member] = number(value)
    return found


def number(text: str) -> int:
    """A number as Rust writes it: `400 * 86_400_000`, `1 << 18`."""
    base, _, shift = text.partition("<<")
    value = 1
    for factor in base.split("*"):
        value *= int(factor)
    return value << int(shift or 0)


def limits() -> dict[tuple[str, str], str]:
    """What docs/wire.md says of limits, by type and field."""
    wire = (ROOT / "docs" / "wire.md").read_text(encoding="utf-8")
    found = {}
    for name, heading in [("Event", "event"), ("Propose", "propose")]:
        section = wire.split(f"### {heading}\n")[1].split("\n### ")[0]
        for one, limit in re.findall(r"^\| `(\w+)`\*? \|.*\| ([\d, of]+) \|$", section, re.MULTILINE):
            found[name, one] = limit
    sentence = re.search(r"^Each effect: ([^#]*?)\.\n", wire, re.MULTILINE)
    if not sentence:
        raise SystemExit("rust_wire.py does not find the limits of proposals in docs/wire.md")
    for one, limit in re.findall(r"`(\w+)`\*? \((?:any JSON, )?(\d+)", sentence[1]):
        found["Proposal", one] = limit
    return found


class Wire:
    """All of it: `wanted` in the order in which it is printed, each with its name and the suffix of a union's members."""

    def __init__(self) -> None:
        self.known: dict[str, Item] = {}
        self.names: dict[str, str] = {}
        self.wanted: list[tuple[Item, str, str]] = []
        self.limits = limits()
        self.defaults: dict[tuple[str, str], int] = {}
        for line in WANTED.strip().splitlines():
            path, *names = line.split()
            source = (CORE / path).read_text(encoding="utf-8")
            self.defaults |= defaults(source)
            found = items(source)
            for entry in names:
                rust, _, suffix = entry.partition(":")
                rust, _, renamed = rust.partition("=")
                if rust not in found:
                    raise SystemExit(f"rust_wire.py does not find `{rust}` in core/src/{path}")
                self.add(found[rust], renamed or ("Effect" if rust == "Action" else rust), suffix)

    def add(self, item: Item, name: str, suffix: str) -> None:
        # Of two types of one name, fields mean the first; the other stands for itself.
        self.known.setdefault(item.name, item)
        self.names.setdefault(item.name, name)
        for member in item.members:
            if item.kind == "struct" and "default" in item.serde.split(", "):
                member.optional = (name, member.name) != ("Genesis", "name")  # Without one it is refused.
        if item.name not in ("Effect", "Act", "Handle", "Dispatch", "Recall", "Inquiry", "Handed"):  # Members of the union.
            self.wanted.append((item, name, suffix))

    def name(self, rust: str) -> str:
        """The printed name of a wire type."""
        plain = rust.removeprefix("&'a ").split("<")[0]
        if plain not in self.names:
            raise SystemExit(f"the Rust type `{rust}` is unknown: add it to rust_wire.py, or to the printers if it is a plain one")
        return self.names[plain]

    def spread(self, members: list[Member]) -> list[Member]:
        """Members, with those of flattened ones in their place."""
        out: list[Member] = []
        for member in members:
            inner = self.known.get(member.type)
            out += self.spread(inner.members) if member.flatten and inner else [member]
        return out

    def union(self, item: Item, suffix: str) -> list[tuple[str, Member, list[Member]]]:
        """The members of a tagged union: name, variant, and fields beside the tag."""
        out = []
        beside = [one for one in self.known["Effect"].members if not one.flatten] if item.name == "Action" else []
        for variant in item.members:
            name = "".join(part.title() for part in variant.name.split("_")) + suffix
            boxed = re.sub(r"^Box<(.+)>$", r"\1", variant.type)
            inner = self.known[boxed].members if boxed else variant.fields
            out.append((name, variant, self.spread(inner + beside)))
        return out

    def described(self, owner: str, member: Member) -> str:
        """What a field means, its limit and its default."""
        text = member.doc
        if limit := self.limits.get((owner, member.name)):
            text = f"{text} {limit_text(member.name, limit)}"
        if (default := self.defaults.get((owner, member.name))) is not None:
            text = f"{text} Default: {default:,}{' ms' if member.name.endswith('_ms') else ''}."
        return text


def limit_text(name: str, limit: str) -> str:
    if name == "attributes":
        return "At most 64; names of at most 256 bytes, values of 4096."
    if " of " in limit:
        return "At most {} of {} bytes each.".format(*limit.split(" of "))
    if name == "actor":
        return f"Its id has at most {limit} bytes."
    if name in ("cause", "effects"):
        return f"At most {limit}."
    if ", " in limit:
        return "Name and value have at most {} and {} bytes.".format(*limit.split(", "))
    return f"At most {limit} bytes."
