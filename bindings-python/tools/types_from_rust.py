"""Prints `python/reynolds/types.py` from the wire types of the core: names, fields, tags and documentation.

`python tools/types_from_rust.py` writes the file; `tests/test_types.py` fails while it is stale.
"""

from __future__ import annotations

import keyword
import re
import textwrap
from dataclasses import replace

from rust_wire import ROOT, Item, Member, Wire

TARGET = ROOT / "bindings-python" / "python" / "reynolds" / "types.py"

PLAIN = {
    "String": "str", "Text": "str", "&'static str": "str", "&'a str": "str", "alloc::string::String": "str", "bool": "bool", "u8": "int",
    "u16": "int", "u32": "int", "u64": "int", "usize": "int", "Timestamp": "int", "Seq": "int", "ReleaseNo": "int",
    "ChainId": "str", "EffectId": "str", "Original": "str", "Behaviour": "int", "Template": "str", "Json": "Any",
    "Predicate": "Predicate", "[u32; 2]": "list[int]", "[u64; 4]": "list[int]", "Need": "str | dict[str, Any]", "Key": "str | dict[str, Any]",
    "Beat": "list[Any]", "LoopPolicy": "str", "Pattern": "str",
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
    """The journal had another configuration than the options say. They have taken its place, so an operator's `configure` counts until the
    next start: the options are what stays. The logger `reynolds` says so too."""
'''


class Printer:
    def __init__(self) -> None:
        self.wire = Wire()
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
        return self.wire.name(rust)

    def doc(self, text: str, indent: str = "    ") -> str:
        # Lines of one paragraph are one; an entry of a list stays one.
        text = text.replace("\\", "\\\\")
        lines = re.sub(r"(?<!\n)\n(?!\n|\* )", " ", text).split("\n")
        wrapped = [part for line in lines for part in (textwrap.wrap(line, 118 - len(indent)) or [""])] if text else []
        if len(wrapped) > 1:
            return f'{indent}"""' + f"\n{indent}".join(wrapped).replace(f"\n{indent}\n", "\n\n") + f'\n{indent}"""\n'
        return f'{indent}"""{wrapped[0]}"""\n' if wrapped else ""

    def typed_dict(self, name: str, owner: str, doc: str, members: list[Member], tag: str = "") -> None:
        self.exported.append(name)
        base = "TypedDict"
        if words := [member for member in members if keyword.iskeyword(member.name)]:
            base = self.by_call(name, words)
            members = [member for member in members if member not in words]
        body = self.doc(doc if base == "TypedDict" else f"{doc}{chr(10)}{chr(10)}{self.listed(words)}")
        lines = ""
        if tag:
            lines += f'    type: Literal["{tag}"]\n'
        for member in members:
            lines += f"    {member.name}: {self.written(member)}\n"
            lines += self.doc(self.wire.described(owner, member))
        self.out.append(f"\nclass {name}({base}):\n{body}{chr(10) if body and lines else ''}{lines}")

    def by_call(self, name: str, words: list[Member]) -> str:
        """A key that is a word of Python's can not be written in a class: the class gets it from another."""
        entries = ", ".join(f'"{member.name}": {self.written(member)}' for member in words)
        self.out.append(f'\n_{name} = TypedDict("_{name}", {{{entries}}})\n')
        return f"_{name}"

    def listed(self, members: list[Member]) -> str:
        return "\n".join(f"* `{member.name}`: {' '.join(member.doc.split())}" for member in members)

    def written(self, member: Member) -> str:
        python = self.python(member.type)
        return f"NotRequired[{python}]" if member.optional else python

    def alias(self, name: str, value: str, doc: str) -> None:
        self.exported.append(name)
        self.out.append(f"\n{name}: TypeAlias = {value}\n{self.doc(doc, '')}")

    def item(self, item: Item, name: str, suffix: str) -> None:
        if item.kind == "struct":
            self.typed_dict(name, item.name, item.doc, self.wire.spread(item.members))
        elif "untagged" in item.serde:
            self.alias(name, " | ".join(self.python(member.type) for member in item.members), item.doc)
        elif "tag" in item.serde:
            members = self.wire.union(item, suffix)
            for one, variant, inner in members:
                self.typed_dict(one, variant.type, variant.doc, inner, variant.name)
            names = [one for one, _, _ in members]
            union = " | ".join(names)
            self.alias(name, union if len(union) < 90 else "(\n    " + "\n    | ".join(names) + "\n)", item.doc)
        else:
            listed = ", ".join(f'"{member.name}"' for member in item.members)
            docs = "\n".join(f'* `"{member.name}"`: {" ".join(member.doc.split())}' for member in item.members)
            self.alias(name, f"Literal[{listed}]", f"{item.doc}\n\n{docs}")

    def sending(self, proposal: Item) -> None:
        """What `turn.send` takes: it knows where the event came from."""
        doc = "A proposal for `turn.send`. Its `subject` is the event's, if nothing else is said."
        members = [replace(member, optional=member.optional or member.name == "subject") for member in proposal.members]
        self.typed_dict("Sending", proposal.name, doc, members)

    def run(self) -> str:
        for item, name, suffix in self.wire.wanted:
            self.item(item, name, suffix)
            if name == "Proposal":
                self.sending(item)
        listed = "".join(f'    "{name}",\n' for name in sorted(self.exported))
        self.out.insert(1, "")
        text = "\n".join(self.out)
        text = re.sub(r"\n{4,}", "\n\n\n", text).rstrip("\n") + "\n"
        return text.replace("\n\nPredicate:", f"\n\n__all__ = [\n{listed}]\n\nPredicate:", 1)


def text() -> str:
    return Printer().run()


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
