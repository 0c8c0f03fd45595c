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

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bindings-python" / "tools"))
sys.dont_write_bytecode = True

from rust_wire import ROOT, Item, Member, Wire  # noqa: E402

TARGET = ROOT / "bindings-node" / "ts" / "types.ts"
# What is the same in Rust, by another name.
PLAIN = {
    "String": "string", "Text": "string", "&'static str": "string", "&'a str": "string", "alloc::string::String": "string", "bool": "boolean",
    "u8": "number", "u16": "number", "u32": "number", "u64": "number", "usize": "number", "Timestamp": "number", "Seq": "number",
    "ReleaseNo": "number", "ChainId": "string", "EffectId": "string", "Original": "string", "Behaviour": "number",
    "Template": "string", "Json": "unknown", "Predicate": "Predicate", "[u32; 2]": "[number, number]", "[u64; 4]": "[number, number, number, number]", "LoopPolicy": '"evidence" | "ignore_automation" | `reentry(${number})`',
    "Need": "string | { task: string; optional?: boolean }", "Key": "string | { key: string; limit: number }",
    "Beat": "[string, number] | [string, number, number]", "Pattern": "string",
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


class Printer:
    def __init__(self) -> None:
        self.wire = Wire()
        self.out: list[str] = [HEADER]

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
        return self.wire.name(rust)

    def doc(self, text: str, indent: str = "") -> str:
        text = text.replace("*/", "* /")
        lines = re.sub(r"(?<!\n)\n(?!\n|\* |\| )", " ", text).split("\n")
        wrapped = [part for line in lines for part in (textwrap.wrap(line, 116 - len(indent), break_on_hyphens=False) or [""])]
        if len(wrapped) == 1:
            return f"{indent}/** {wrapped[0]} */\n" if wrapped[0] else ""
        body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in wrapped)
        return f"{indent}/**\n{body}{indent} */\n"

    def interface(self, name: str, owner: str, doc: str, members: list[Member], tag: str = "") -> None:
        body = f'  type: "{tag}";\n' if tag else ""
        for member in members:
            mark, more = ("?", " | undefined") if member.optional else ("", "")
            body += self.doc(self.wire.described(owner, member), "  ") + f"  {member.name}{mark}: {self.ts(member.type)}{more};\n"
        self.out.append(f"{self.doc(doc)}export interface {name} {{\n{body}}}\n")

    def alias(self, name: str, options: list[str], doc: str) -> None:
        line = f"export type {name} = {' | '.join(options)};\n"
        if len(line) > 120:
            line = f"export type {name} =\n" + "\n".join(f"  | {option}" for option in options) + ";\n"
        self.out.append(self.doc(doc) + line)

    def item(self, item: Item, name: str, suffix: str) -> None:
        if item.kind == "struct":
            self.interface(name, item.name, item.doc, self.wire.spread(item.members))
        elif "untagged" in item.serde:
            self.alias(name, [self.ts(member.type) for member in item.members], item.doc)
        elif "tag" in item.serde:
            members = self.wire.union(item, suffix)
            for one, variant, inner in members:
                self.interface(one, variant.type, variant.doc, inner, variant.name)
            self.alias(name, [one for one, _, _ in members], item.doc)
        else:
            docs = "\n".join(f'* `"{member.name}"`: {" ".join(member.doc.split())}' for member in item.members)
            self.alias(name, [f'"{member.name}"' for member in item.members], f"{item.doc}\n\n{docs}")

    def run(self) -> str:
        for item, name, suffix in self.wire.wanted:
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
