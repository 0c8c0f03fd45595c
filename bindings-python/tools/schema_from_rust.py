"""Prints `docs/schema.json`, the wire as JSON Schema, from the same Rust types as the types of Python and TypeScript.

`python tools/schema_from_rust.py` writes the file; `tests/test_schema.py` fails while it is stale.
"""

from __future__ import annotations

import json
import re
from typing import Any

from rust_wire import ROOT, Item, Member, Wire

TARGET = ROOT / "docs" / "schema.json"
MOST = 2**53 - 1
DECIMAL = "[1-9][0-9]*"


def whole(most: int = MOST) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "maximum": most}


def named(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


TEXT = {"type": "string"}
PLAIN: dict[str, dict[str, Any]] = {
    **dict.fromkeys(["String", "Text", "&'static str", "&'a str", "alloc::string::String", "Template"], TEXT),
    "bool": {"type": "boolean"}, "u8": whole(2**8 - 1), "u16": whole(2**16 - 1), "u32": whole(2**32 - 1), "u64": whole(),
    "usize": whole(), "Timestamp": whole(), "Seq": whole(), "ReleaseNo": whole(), "Behaviour": whole(2**32 - 1),
    "ChainId": {"type": "string", "pattern": f"^{DECIMAL}$"}, "EffectId": {"type": "string", "pattern": rf"^{DECIMAL}\.(0|{DECIMAL})$"},
    "Original": {"type": "string", "pattern": rf"^{DECIMAL}(\.(0|{DECIMAL}))?$"}, "Json": {}, "Predicate": {"$ref": "#/$defs/Predicate"},
    "[u32; 2]": {"type": "array", "items": whole(2**32 - 1), "minItems": 2, "maxItems": 2},
    "[u64; 4]": {"type": "array", "items": whole(), "minItems": 4, "maxItems": 4},
    "Need": {"oneOf": [TEXT, named({"task": TEXT, "optional": {"type": "boolean"}}, "task")]},
    "Key": {"oneOf": [TEXT, named({"key": TEXT, "limit": whole(2**32 - 1)}, "key", "limit")]},
    "Beat": {"type": "array", "minItems": 2, "maxItems": 3},
    "LoopPolicy": {"type": "string", "pattern": r"^(evidence|ignore_automation|reentry\([1-9][0-9]{0,3}\))$"},
}  # fmt: skip

HEAD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "The wire of reynolds",
    "description": (
        "Made from the Rust types by bindings-python/tools/schema_from_rust.py; change those. The schema itself is that of an "
        "input; the rest is in $defs: Decision, Effect, Wakeup, Problem, Genesis, Config, Question. Limits of texts are bytes of "
        "UTF-8, and maxLength, which counts characters, only a part of them. Inputs have no unknown keys. Answers may get new ones."
    ),
    "$ref": "#/$defs/Input",
}
# Part of answers only, which may grow, though Rust reads it back strictly.
ANSWERED = ["Link"]
FIELDS = ["kind", "source", "subject", "about", "actor", "class", "object", "text", "tenant"]
PREDICATE = {
    "Patterns": {
        "description": "A text in which `*` stands for any run of characters, or a list of them of which one must match.",
        "oneOf": [TEXT, {"type": "array", "items": TEXT}],
    },
    "Predicate": {
        "description": "A question about an event: all of its keys must hold. An absent field matches no pattern.",
        "type": "object",
        "properties": {
            **{name: {"$ref": "#/$defs/Patterns"} for name in FIELDS},
            "echo": {"type": "boolean", "description": "The event is our own effect coming back."},
            "late": {"type": "boolean", "description": "A newer state of the event's object is known."},
            "all": {"type": "array", "items": {"$ref": "#/$defs/Predicate"}, "description": "All of them hold."},
            "any": {"type": "array", "items": {"$ref": "#/$defs/Predicate"}, "description": "At least one holds."},
            "not": {"$ref": "#/$defs/Predicate", "description": "It does not hold. Nested at most 16 deep."},
        },
        "patternProperties": {r"^(state|attributes)\.": {"$ref": "#/$defs/Patterns"}},
        "additionalProperties": False,
    },
}


class Printer:
    def __init__(self) -> None:
        self.wire = Wire()
        self.defs: dict[str, Any] = dict(PREDICATE)

    def schema(self, rust: str) -> dict[str, Any]:
        rust = rust.strip()
        if rust in PLAIN:
            return dict(PLAIN[rust])
        if wrapped := re.fullmatch(r"(?:Option|Box)<(.+)>", rust):
            return self.schema(wrapped[1])
        if listed := re.fullmatch(r"(?:Vec|BTreeSet)<(.+)>", rust):
            return {"type": "array", "items": self.schema(listed[1])}
        if mapped := re.fullmatch(r"BTreeMap<(?:String|Text), (.+)>", rust):
            return {"type": "object", "additionalProperties": self.schema(mapped[1])}
        return {"$ref": f"#/$defs/{self.wire.name(rust)}"}

    def field(self, owner: str, member: Member) -> dict[str, Any]:
        found = self.schema(member.type)
        limit(found, self.wire.limits.get((owner, member.name), ""))
        if found.get("type") == "integer" and (span := re.search(r"\b(\d[\d,]*) to (\d[\d,]*)\b", member.doc)):
            found["minimum"], found["maximum"] = (int(bound.replace(",", "")) for bound in span.groups())
        if (default := self.wire.defaults.get((owner, member.name))) is not None:
            found["default"] = default
        return {**found, "description": flat(self.wire.described(owner, member))}

    def object(self, name: str, owner: str, doc: str, members: list[Member], closed: bool, tag: str = "") -> None:
        properties: dict[str, Any] = {"type": {"const": tag}} if tag else {}
        properties |= {member.name: self.field(owner, member) for member in members}
        required = (["type"] if tag else []) + [member.name for member in members if not member.optional]
        made: dict[str, Any] = {"description": flat(doc), "type": "object", "properties": properties}
        if required:
            made["required"] = required
        if closed:
            made["additionalProperties"] = False
        self.defs[name] = made

    def item(self, item: Item, name: str, suffix: str) -> None:
        closed = "deny_unknown_fields" in item.serde and name not in ANSWERED
        if item.kind == "struct":
            self.object(name, item.name, item.doc, self.wire.spread(item.members), closed)
        elif "untagged" in item.serde:
            self.defs[name] = {"description": flat(item.doc), "oneOf": [self.schema(member.type) for member in item.members]}
        elif "tag" in item.serde:
            members = self.wire.union(item, suffix)
            for one, variant, inner in members:
                own = self.wire.known.get(variant.type)
                self.object(one, variant.type, variant.doc, inner, closed or bool(own and "deny_unknown_fields" in own.serde), variant.name)
            self.defs[name] = {"description": flat(item.doc), "oneOf": [{"$ref": f"#/$defs/{one}"} for one, _, _ in members]}
        else:
            options = [{"const": member.name, "description": flat(member.doc)} for member in item.members]
            self.defs[name] = {"description": flat(item.doc), "oneOf": options}

    def run(self) -> str:
        for item, name, suffix in self.wire.wanted:
            self.item(item, name, suffix)
        return json.dumps({**HEAD, "$defs": self.defs}, indent=2, ensure_ascii=False) + "\n"


def limit(found: dict[str, Any], text: str) -> None:
    """What docs/wire.md says of a field's limit, as far as a schema can say it."""
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if not numbers:
        return
    if found.get("type") == "string":
        found["maxLength"] = numbers[0]
    elif found.get("type") == "array":
        found["maxItems"] = numbers[0]
        if numbers[1:]:
            found["items"] = {**found["items"], "maxLength": numbers[1]}
    elif found.get("type") == "object":
        found["maxProperties"] = numbers[0]
        found["propertyNames"] = {"maxLength": numbers[1]}
        found["additionalProperties"] = {**found["additionalProperties"], "maxLength": numbers[2]}


def flat(doc: str) -> str:
    """Documentation without the line breaks of its source; paragraphs and entries of lists stay."""
    return re.sub(r"(?<!\n)\n(?!\n|\* )", " ", doc)


def text() -> str:
    return Printer().run()


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
