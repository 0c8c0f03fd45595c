#!/usr/bin/env python3
"""Prints `ts/types.ts` from the wire types of the core: names, fields, tags, documentation and limits.

`python3 scripts/types.py` writes the file; with `--check` it fails while the file is stale. What Rust says is read by the
reader of the Python package's types, so that both packages say the same.
"""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bindings-python" / "tools"))
sys.dont_write_bytecode = True

from types_from_rust import WANTED, Item, Member, items  # noqa: E402

TARGET = ROOT / "bindings-node" / "ts" / "types.ts"
# What is the same in Rust, by another name.
PLAIN = {
    "String": "string", "Text": "string", "&'static str": "string", "&'a str": "string", "alloc::string::String": "string", "bool": "boolean",
    "u8": "number", "u16": "number", "u32": "number", "u64": "number", "usize": "number", "Timestamp": "number", "Seq": "number",
    "ReleaseNo": "number", "ChainId": "string", "EffectId": "string", "Original": "string", "Behaviour": "number",
    "Template": "string", "Json": "unknown", "Predicate": "Predicate", "[u32; 2]": "[number, number]", "Pattern": "string",
}  # fmt: skip
HEADER = """\
// Made from the Rust types by scripts/types.py; change those.
//
// Times are milliseconds since 1970. Ids of effects and chains are texts of digits, as "42.0" and "42". Whole numbers are below
// 2^53.

/** A text in which `*` stands for any run of characters, or a list of them of which one must match. */
export type Patterns = string | string[];

/**
 * A question about an event: all of its keys must hold. `{ kind: "issues.*", class: ["human", "bot"] }`. An absent field
 * matches no pattern.
 */
export interface Predicate {
  /** `kind`, and every derived kind in `also`. */
  kind?: Patterns | undefined;
  source?: Patterns | undefined;
  subject?: Patterns | undefined;
  /** What the event concerns, through all that is known of its subject. */
  about?: Patterns | undefined;
  /** The actor's id. */
  actor?: Patterns | undefined;
  /** What the actor is, after `actors` in the configuration. */
  class?: Patterns | undefined;
  object?: Patterns | undefined;
  text?: Patterns | undefined;
  tenant?: Patterns | undefined;
  /** The subject's property of that name. */
  [state: `state.${string}`]: Patterns | undefined;
  /** The event's attribute of that name. */
  [attribute: `attributes.${string}`]: Patterns | undefined;
  /** The event is our own effect coming back. Without this key, such events match no rule. */
  echo?: boolean | undefined;
  /** A newer state of the event's object is known. */
  late?: boolean | undefined;
  /** All of them hold. */
  all?: Predicate[] | undefined;
  /** At least one holds. */
  any?: Predicate[] | undefined;
  /** It does not hold. Nested at most 16 deep. */
  not?: Predicate | undefined;
}
"""


def limits() -> dict[tuple[str, str], str]:
    """What docs/wire.md says of limits, by type and field."""
    wire = (ROOT / "docs" / "wire.md").read_text(encoding="utf-8")
    found = {}
    for name, heading in [("Event", "event"), ("Propose", "propose")]:
        section = wire.split(f"### {heading}\n")[1].split("\n### ")[0]
        for field, limit in re.findall(r"^\| `(\w+)`\*? \|.*\| ([\d, of]+) \|$", section, re.MULTILINE):
            found[name, field] = limit
    sentence = re.search(r"^Each effect: ([^#]*?)\.\n", wire, re.MULTILINE)[1]
    for field, limit in re.findall(r"`(\w+)`\*? \((?:any JSON, )?(\d+)", sentence):
        found["Proposal", field] = limit
    return found


def limit_text(field: str, limit: str) -> str:
    if " of " in limit:
        return "At most {} of {} bytes each.".format(*re.match(r"(\d+) of (.+)", limit).groups()) if field != "attributes" else (
            "At most 64; names of at most 256 bytes, values of 4096."
        )
    if field in ("cause", "effects"):
        return f"At most {limit}."
    if ", " in limit:
        return "Name and value have at most {} and {} bytes.".format(*limit.split(", "))
    return f"At most {limit} bytes."


class Printer:
    def __init__(self) -> None:
        self.known: dict[str, Item] = {}
        self.names: dict[str, str] = {}
        self.out: list[str] = [HEADER]
        self.limits = limits()

    def ts(self, rust: str) -> str:
        rust = rust.strip()
        if rust in PLAIN:
            return PLAIN[rust]
        if wrapped := re.fullmatch(r"(?:Option|Box)<(.+)>", rust):
            return self.ts(wrapped[1])
        if listed := re.fullmatch(r"(?:Vec|BTreeSet)<(.+)>", rust):
            inner = self.ts(listed[1])
            return f"Array<{inner}>" if " " in inner else f"{inner}[]"
        if mapped := re.fullmatch(r"BTreeMap<(?:String|Text), (.+)>", rust):
            return f"Record<string, {self.ts(mapped[1])}>"
        name = rust.removeprefix("&'a ").split("<")[0]
        if name not in self.names:
            raise SystemExit(f"types.py does not know the Rust type `{rust}`")
        return self.names[name]

    def doc(self, text: str, indent: str = "") -> str:
        text = text.replace("\\\\", "\\").replace("*/", "* /")
        lines = re.sub(r"(?<!\n)\n(?!\n|\* |\| )", " ", text).split("\n")
        wrapped = [part for line in lines for part in (textwrap.wrap(line, 116 - len(indent), break_on_hyphens=False) or [""])]
        if len(wrapped) == 1:
            return f"{indent}/** {wrapped[0]} */\n" if wrapped[0] else ""
        body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in wrapped)
        return f"{indent}/**\n{body}{indent} */\n"

    def interface(self, name: str, doc: str, members: list[Member], tag: str = "", owner: str = "") -> None:
        body = f'  type: "{tag}";\n' if tag else ""
        for member in self.spread(members):
            text = member.doc
            if limit := self.limits.get((owner or name, member.name)):
                text = f"{text} {limit_text(member.name, limit)}"
            mark, more = ("?", " | undefined") if member.optional else ("", "")
            body += self.doc(text, "  ") + f"  {member.name}{mark}: {self.ts(member.type)}{more};\n"
        self.out.append(f"{self.doc(doc)}export interface {name} {{\n{body}}}\n")

    def spread(self, members: list[Member]) -> list[Member]:
        out: list[Member] = []
        for member in members:
            inner = self.known.get(member.type)
            out += self.spread(inner.members) if member.flatten and inner else [member]
        return out

    def alias(self, name: str, options: list[str], doc: str) -> None:
        line = f"export type {name} = {' | '.join(options)};\n"
        if len(line) > 120:
            line = f"export type {name} =\n" + "\n".join(f"  | {option}" for option in options) + ";\n"
        self.out.append(self.doc(doc) + line)

    def item(self, item: Item, name: str, suffix: str) -> None:
        if item.kind == "struct":
            optional = "default" in item.serde.split(", ")
            for member in item.members:
                # Without a name, a genesis is refused.
                member.optional = (member.optional or optional) and (name, member.name) != ("Genesis", "name")
            self.interface(name, item.doc, item.members)
        elif "untagged" in item.serde:
            self.alias(name, [self.ts(member.type) for member in item.members], item.doc)
        elif "tag" in item.serde:
            names = []
            for member in item.members:
                one = "".join(part.title() for part in member.name.split("_")) + suffix
                inner = self.known[member.type].members if member.type else member.fields
                beside = [other for other in self.known["Effect"].members if not other.flatten] if item.name == "Action" else []
                self.interface(one, member.doc, inner + beside, member.name, member.type)
                names.append(one)
            self.alias(self.names[item.name], names, item.doc)
        else:
            docs = "\n".join(f'* `"{member.name}"`: {" ".join(member.doc.split())}' for member in item.members)
            self.alias(name, [f'"{member.name}"' for member in item.members], f"{item.doc}\n\n{docs}")

    def run(self) -> str:
        wanted = []
        for line in WANTED.strip().splitlines():
            path, *names = line.split()
            found = items((ROOT / "core" / "src" / path).read_text(encoding="utf-8"))
            for entry in names:
                rust, _, suffix = entry.partition(":")
                rust, _, renamed = rust.partition("=")
                self.known[rust] = found[rust]
                self.names[rust] = renamed or ("Effect" if rust == "Action" else rust)
                if rust not in ("Effect", "Act", "Handle"):
                    wanted.append((found[rust], self.names[rust], suffix))
        for item, name, suffix in wanted:
            self.item(item, name, suffix)
        return "\n".join(self.out)


def main() -> int:
    text = Printer().run()
    if "--check" not in sys.argv:
        TARGET.write_text(text, encoding="utf-8")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
        print("bindings-node/ts/types.ts is stale: run python3 bindings-node/scripts/types.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
