#!/usr/bin/env python3
"""Reads a reynolds journal or snapshot: docs/format.md as a program, standard library only.

    python3 docs/format_reader.py FILE...    files of one journal in order, or one snapshot

One JSON object per line. Exit 1, with the error's number, when the bytes must be rejected.
"""

import json
import sys

FORMAT = 1  # The newest format of journals, snapshots and sections that is read here.
SECTIONS = [(1, "meta"), (2, "chain"), (3, "loops"), (4, "outbox"), (5, "work"), (6, "agents")]
RECORD_BYTES = 16 * 1024 * 1024
TABLE = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
    TABLE.append(n)


class Rejected(Exception):
    """The bytes must not be believed."""


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def cbor(data: bytes, at: int = 0):
    """One item at `at`, and where the next one starts."""
    major, low, at = data[at] >> 5, data[at] & 31, at + 1
    if low in (20, 21, 22) and major == 7:
        return {20: False, 21: True, 22: None}[low], at
    if low > 27 or major in (1, 6, 7):
        raise ValueError(f"no such item in this format, byte {at - 1}")
    size = 0 if low < 24 else 1 << low - 24
    count, at = int.from_bytes(data[at : at + size], "big") if size else low, at + size
    if major == 0:
        return count, at
    if major in (2, 3):
        if at + count > len(data):
            raise ValueError("cut off")
        return data[at : at + count].decode(), at + count  # Byte strings hold JSON text.
    items = []
    for _ in range(count if major == 4 else 2 * count):
        item, at = cbor(data, at)
        items.append(item)
    if major == 4:
        return items, at
    keys = (".".join(map(str, key)) if isinstance(key, list) else key for key in items[::2])  # Ids are arrays.
    return dict(zip(keys, items[1::2])), at


def whole(data: bytes, error: str):
    """The one item that `data` is."""
    try:
        item, end = cbor(data)
    except (ValueError, IndexError, RecursionError) as why:
        raise Rejected(f"{error}: {why}") from why
    if end != len(data):
        raise Rejected(f"{error}: bytes after its end")
    return item


def journal(data: bytes):
    """Segments and records, and at the end what is torn."""
    at, last, broker = 0, 0, None
    while at < len(data):
        rest = data[at:]
        if rest.startswith(b"RYNJ"):
            if len(rest) < 24:
                break
            if crc32c(rest[:20]) != number(rest[20:24]):
                raise Rejected(f"RY3004 segment header before record {last + 1}")
            if number(rest[4:6]) > FORMAT:
                raise Rejected(f"RY3003 journal format {number(rest[4:6])}")
            first = number(rest[12:20])
            if broker not in (None, number(rest[8:12])):
                raise Rejected("RY3010 another broker's segment")
            if broker is not None and first != last + 1:
                raise Rejected(f"RY3005 expected record {last + 1}, found {first}")
            broker, last, at = number(rest[8:12]), first - 1, at + 24
            yield {"segment": first, "format": number(rest[4:6]), "broker": f"{broker:08x}"}
            continue
        if broker is None and not b"RYNJ".startswith(rest[:4]):
            raise Rejected(f"RY3002 not a journal at byte {at}")
        if broker is None or len(rest) < 36:
            break
        if not any(rest):
            break  # The file grew before its data came.
        size, seq = number(rest[:4]), number(rest[4:12])
        if crc32c(rest[:28] + rest[32:36]) != number(rest[28:32]) or size > RECORD_BYTES:
            raise Rejected(f"RY3004 record {last + 1}, header")
        if seq != last + 1:
            raise Rejected(f"RY3005 expected record {last + 1}, found {seq}")
        if len(rest) < 36 + size:
            break
        payload = rest[36 : 36 + size]
        if crc32c(payload) != number(rest[32:36]):
            raise Rejected(f"RY3004 record {seq}, payload")
        restarted = payload[:1] == b"\xf6"
        fields = whole(payload[restarted:], f"RY3006 record {seq}")
        yield {"record": seq, "at": number(rest[12:20]), "digest": f"{number(rest[20:28]):016x}", "restarted": restarted,
               "payload": fields}
        last, at = seq, at + 36 + size
    if at < len(data):
        yield {"torn": last + 1, "bytes": len(data) - at}


def snapshot(data: bytes):
    """The header and the sections."""
    if len(data) < 24 or crc32c(data[:20]) != number(data[20:24]):
        raise Rejected("RY3008 header")
    if number(data[4:6]) > FORMAT:
        raise Rejected(f"RY3003 snapshot format {number(data[4:6])}")
    yield {"snapshot": number(data[8:16]), "format": number(data[4:6])}
    at = 24
    for want, name in SECTIONS:
        head = data[at : at + 20]
        if len(head) < 20 or crc32c(head[:16]) != number(head[16:]) or number(head[:2]) != want:
            raise Rejected(f"RY3008 {name}, header")
        if number(head[2:4]) > FORMAT:
            raise Rejected(f"RY3003 {name}, version {number(head[2:4])}")
        body = data[at + 20 : at + 20 + number(head[4:12])]
        if len(body) < number(head[4:12]) or crc32c(body) != number(head[12:16]):
            raise Rejected(f"RY3008 {name}")
        yield {"section": name, "version": number(head[2:4]), "body": whole(body, f"RY3008 {name}")}
        at += 20 + len(body)
    if at != len(data):
        raise Rejected("RY3008 bytes after the last section")


def main() -> int:
    data = b"".join(open(path, "rb").read() for path in sys.argv[1:])
    try:
        for line in (snapshot if data.startswith(b"RYNS") else journal)(data):
            print(json.dumps(line, ensure_ascii=False))
    except Rejected as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
