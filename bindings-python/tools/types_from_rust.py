"""Prints `python/reynolds/types.py` from the wire types of the core: names, fields, tags and documentation.

`python tools/types_from_rust.py` writes the file; `tests/test_types.py` fails while it is stale. It reads only what the wire
types use of Rust and serde, and stops at anything it does not know.
"""

from __future__ import annotations

import keyword
import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "bindings-python" / "python" / "reynolds" / "types.py"

# In the order in which they are printed. After a colon: another name for Python, or a suffix for a union's members.
WANTED = """
event/mod.rs ActorClass Actor Property Event
input.rs Causes PlanRef Proposal Propose OutcomeResult:Result Outcome Order:Order Command
config.rs Enforce ChainLimits Timing
limits.rs Limits
rules/mod.rs EffectTemplate Rule
config.rs Config
broker.rs Durability Genesis
input.rs Configure Adopt Input:Input
verdict.rs DenyReason Denial HoldReason LinkKind Link Verdict:Verdict Decision WakeReason Wakeup
effect.rs Act Handle Action:Effect Effect
wire.rs Problem
wire/ask.rs Status OpenJson=Open KnownJson=Known Spent CountJson=Count Question:Question
"""

PLAIN = {
    "String": "str", "Text": "str", "&'static str": "str", "&'a str": "str", "alloc::string::String": "str", "bool": "bool", "u8": "int",
    "u16": "int", "u32": "int", "u64": "int", "usize": "int", "Timestamp": "int", "Seq": "int", "ReleaseNo": "int",
    "ChainId": "str", "EffectId": "str", "Original": "str", "Behaviour": "int", "Template": "str", "Json": "Any",
    "Predicate": "Predicate", "[u32; 2]": "list[int]", "Pattern": "str",
}  # fmt: skip

HEADER = '''\
"""The wire: inputs, decisions, effects, rules and questions as dictionaries.

Made from the Rust types by `tools/types_from_rust.py`; change those. Times are milliseconds since the Unix epoch. Ids of
effects and chains are texts of digits, as `"42.0"` and `"42"`. Whole numbers are below 2^53.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

Predicate: TypeAlias = dict[str, Any]
"""A question about an event, all keys of which must hold: `{"kind": "issues.*", "class": ["human", "bot"]}`.

Keys: `kind`, `source`, `subject`, `about`, `actor`, `class`, `object`, `text`, `tenant`, `state.NAME`, `attributes.NAME`, each with
a pattern or a list of patterns in which `*` stands for any text; `echo` and `late` with a truth; `all`, `any` and `not`.
"""


class Opened(TypedDict):
    """What was found when a broker was opened or restored."""

    fresh: bool
    """There was no whole record: the genesis began a new journal."""
    last: int
    """The last record."""
    snapshot: NotRequired[int]
    """The snapshot the restore started from, by its last record."""
    replayed: int
    """How many records were replayed after it."""
    torn: NotRequired[list[int]]
    """The record that was being written when the power went, and how many of its bytes there were. It was never durable."""
    unreadable: NotRequired[list[list[Any]]]
    """Newer snapshots that could not be read, each with its `Problem`."""
    config_differs: bool
    """The configuration in force is not the genesis's: a journal keeps its own."""
'''


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
    for match in head.finditer(source.split("#[cfg(test)]")[0]):
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
    """Documentation for readers of Python: links without their targets."""
    doc = re.sub(r"\[`(?:crate::)?(?:[\w]+::)*(\w+)`\](?:\([^)]*\))?", r"`\1`", doc)
    return doc.replace("\\", "\\\\").strip()


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
        out.append(Member(snake(name), rust, doc_of(block), fields=fields(inner or "")))
    return out


def snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


class Printer:
    def __init__(self) -> None:
        self.known: dict[str, Item] = {}
        self.names: dict[str, str] = {}
        self.out: list[str] = [HEADER]
        self.exported = ["Opened", "Predicate"]

    def python(self, rust: str) -> str:
        rust = rust.strip()
        if rust in PLAIN:
            return PLAIN[rust]
        if wrapped := re.fullmatch(r"(?:Option|Box)<(.+)>", rust):
            return self.python(wrapped[1])
        if listed := re.fullmatch(r"(?:Vec|BTreeSet)<(.+)>", rust):
            return f"list[{self.python(listed[1])}]"
        if mapped := re.fullmatch(r"BTreeMap<(?:String|Text), (.+)>", rust):
            return f"dict[str, {self.python(mapped[1])}]"
        name = rust.removeprefix("&'a ").split("<")[0]
        if name not in self.names:
            raise SystemExit(f"types_from_rust.py does not know the Rust type `{rust}`")
        return self.names[name]

    def doc(self, text: str, indent: str = "    ") -> str:
        # Lines of one paragraph are one; an entry of a list stays one.
        lines = re.sub(r"(?<!\n)\n(?!\n|\* )", " ", text).split("\n")
        wrapped = [part for line in lines for part in (textwrap.wrap(line, 118 - len(indent)) or [""])] if text else []
        if len(wrapped) > 1:
            return f'{indent}"""' + f"\n{indent}".join(wrapped).replace(f"\n{indent}\n", "\n\n") + f'\n{indent}"""\n'
        return f'{indent}"""{wrapped[0]}"""\n' if wrapped else ""

    def typed_dict(self, name: str, doc: str, members: list[Member], tag: str = "") -> None:
        self.exported.append(name)
        if any(keyword.iskeyword(member.name) for member in members):
            return self.by_call(name, doc, members)
        body = self.doc(doc)
        lines = ""
        if tag:
            lines += f'    type: Literal["{tag}"]\n'
        for member in self.spread(members):
            lines += f"    {member.name}: {self.written(member)}\n"
            lines += self.doc(member.doc)
        self.out.append(f"\nclass {name}(TypedDict):\n{body}{chr(10) if body and lines else ''}{lines}")

    def by_call(self, name: str, doc: str, members: list[Member]) -> None:
        """A key that is a word of Python's can not be written in a class."""
        entries = "".join(f'"{member.name}": {self.written(member)}, ' for member in members).removesuffix(", ")
        docs = "\n".join(f"* `{member.name}`: {' '.join(member.doc.split())}" for member in members)
        self.out.append(f'\n{name} = TypedDict("{name}", {{{entries}}})\n{self.doc(f"{doc}{chr(10)}{chr(10)}{docs}", "")}')

    def written(self, member: Member) -> str:
        python = self.python(member.type)
        return f"NotRequired[{python}]" if member.optional else python

    def spread(self, members: list[Member]) -> list[Member]:
        out: list[Member] = []
        for member in members:
            inner = self.known.get(member.type)
            out += self.spread(inner.members) if member.flatten and inner else [member]
        return out

    def alias(self, name: str, value: str, doc: str) -> None:
        self.exported.append(name)
        self.out.append(f"\n{name}: TypeAlias = {value}\n{self.doc(doc, '')}")

    def item(self, item: Item, name: str, suffix: str) -> None:
        if item.kind == "struct":
            if "default" in item.serde.split(", "):
                for member in item.members:
                    member.optional = True
            required = {"name"} if name == "Genesis" else set()  # Without one it is refused.
            for member in item.members:
                member.optional = member.optional and member.name not in required
            self.typed_dict(name, item.doc, item.members)
        elif "untagged" in item.serde:
            self.alias(name, " | ".join(self.python(member.type) for member in item.members), item.doc)
        elif "tag" in item.serde:
            names = []
            for member in item.members:
                one = "".join(part.title() for part in member.name.split("_")) + suffix
                inner = self.known[member.type].members if member.type else member.fields
                self.typed_dict(one, member.doc, inner + self.beside(item), member.name)
                names.append(one)
            union = " | ".join(names)
            self.alias(self.names[item.name], union if len(union) < 90 else "(\n    " + "\n    | ".join(names) + "\n)", item.doc)
        else:
            listed = ", ".join(f'"{member.name}"' for member in item.members)
            docs = "\n".join(f'* `"{member.name}"`: {" ".join(member.doc.split())}' for member in item.members)
            self.alias(name, f"Literal[{listed}]", f"{item.doc}\n\n{docs}")

    def beside(self, item: Item) -> list[Member]:
        """What a struct has beside the union that is flattened into it."""
        outer = self.known.get("Effect") if item.name == "Action" else None
        return [member for member in outer.members if not member.flatten] if outer else []

    def run(self) -> str:
        wanted = []
        for line in WANTED.strip().splitlines():
            path, *names = line.split()
            found = items((ROOT / "core" / "src" / path).read_text(encoding="utf-8"))
            for entry in names:
                rust, _, suffix = entry.partition(":")
                rust, _, renamed = rust.partition("=")
                if rust not in found:
                    raise SystemExit(f"types_from_rust.py does not find `{rust}` in core/src/{path}")
                self.known[rust] = found[rust]
                self.names[rust] = renamed or ("Effect" if rust == "Action" else rust)
                if rust != "Effect":
                    wanted.append((found[rust], self.names[rust], suffix))
        self.known["Effect"].members = [member for member in self.known["Effect"].members]
        for item, name, suffix in wanted:
            if name not in ("Act", "Handle"):
                self.item(item, name, suffix)
        listed = "".join(f'    "{name}",\n' for name in sorted(self.exported))
        self.out.insert(1, "")
        text = "\n".join(self.out)
        text = re.sub(r"\n{4,}", "\n\n\n", text).rstrip("\n") + "\n"
        return text.replace("\n\nPredicate:", f"\n\n__all__ = [\n{listed}]\n\nPredicate:", 1)


def text() -> str:
    return Printer().run()


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
