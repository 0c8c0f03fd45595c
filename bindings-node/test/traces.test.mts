// Plays the golden traces, as `core/tests/traces/README.md` says; Rust plays the same files in `core/tests/traces.rs`.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Broker, ReynoldsError, type Keys, type Report } from "reynolds";

const ROOT = join(import.meta.dirname, "../../core/tests/traces");

interface Host {
  broker: Broker;
  journal: Uint8Array;
  appended: number;
  safe: number;
  losing: boolean;
  before: number;
  cursor: number;
  snapshot: Uint8Array;
}

class Player {
  out = "";
  #hosts = new Map<string, Host>();
  #name = "";
  #keys: Keys = [];
  #at = 0;
  #digest = "";
  #tokens = new Map<string, string>();

  play(trace: string): string {
    const entries = trace.replace(/\n$/, "").replace(/\n (?=[^\n]*)/g, "\u0000 ").split("\n");
    for (const entry of entries.map((entry) => entry.replaceAll("\u0000", "\n"))) {
      const [mark, rest] = [entry.slice(0, 1), entry.slice(1).trim()];
      if (!"?<~=".includes(mark) || mark === "") this.#print(entry);
      if (mark === "@") this.#at = rest.startsWith("+") ? this.#at + Number(rest.slice(1)) : Number(rest);
      else if (mark === ">") this.#submit(rest);
      else if (mark === "!") this.#act(rest);
      else if (mark === "~") this.#emit("~", this.#host.broker.wakeup());
      else if (mark === "=") this.#compare(rest);
      else assert.ok(["", "#", "?", "<"].includes(mark), `no such mark: ${entry}`);
    }
    return this.out;
  }

  get #host(): Host {
    const host = this.#hosts.get(this.#name);
    assert.ok(host, "`! new` comes first");
    return host;
  }

  #submit(json: string): void {
    for (const [key, token] of this.#tokens) json = json.replaceAll(`<token:${key}>`, token);
    this.#answer(() => this.#host.broker.submit(this.#at, json));
    this.#settle();
  }

  #compare(expected: string): void {
    const digest = this.#host.broker.digest();
    this.#print(`= ${expected === "same" && digest === this.#digest ? "same" : digest}`);
    this.#digest = digest;
  }

  #act(action: string): void {
    const [, verb, argument = ""] = /^(\S+)\s*([^]*)$/.exec(action)!;
    const host = verb === "new" || verb === "keys" || verb === "use" ? undefined : this.#host;
    switch (verb) {
      case "keys": this.#keys = JSON.parse(argument) as Keys; return;
      case "use": this.#name = argument; return;
      case "new": return this.#begin(argument);
      case "advance": {
        const decision = host!.broker.advance(this.#at);
        if (decision) this.#emit("?", decision);
        return this.#settle();
      }
      case "lose": host!.losing = true; return;
      case "durable": host!.losing = false; return this.#settle();
      case "crash": return this.#crash(undefined, 0);
      case "tear": return this.#crash(undefined, Number(argument));
      case "restore": return this.#crash(host!.snapshot, 0);
      case "flip": return this.#flip(Number(argument));
      case "snapshot": return this.#answer(() => {
        const { seq, bytes } = host!.broker.snapshot();
        host!.snapshot = bytes;
        return { seq };
      });
      case "repeat": return this.#take(host!.before);
      case "mark": return this.#answer(() => host!.broker.markDurable(Number(argument)));
      case "poison": return host!.broker.poison();
      default: assert.fail(`no such action: ${action}`);
    }
  }

  #begin(genesis: string): void {
    this.#answer(() => {
      const broker = new Broker(genesis, this.#keys);
      this.#name = broker.status().name;
      this.#hosts.set(this.#name, host(broker, broker.segmentHeader(1)));
      this.#settle();
    });
  }

  #crash(snapshot: Uint8Array | undefined, torn: number): void {
    const old = this.#host;
    const left = old.journal.subarray(0, torn > 0 ? old.journal.length - torn : old.safe);
    let report: Report | undefined;
    this.#answer(() => {
      const restored = Broker.restore(left, { keys: this.#keys, ...(snapshot && { snapshot }) });
      report = restored.report;
      const whole = left.subarray(0, left.length - (report.torn?.[1] ?? 0));
      this.#hosts.set(this.#name, { ...host(restored.broker, whole), appended: report.last, snapshot: old.snapshot });
      return report;
    });
    if (report) this.#settle();
  }

  #flip(fromEnd: number): void {
    const journal = Uint8Array.from(this.#host.journal);
    journal[journal.length - fromEnd]! ^= 1;
    this.#answer(() => Broker.restore(journal, { keys: this.#keys }).report);
  }

  #settle(): void {
    const host = this.#host;
    const segment = host.broker.staged(host.appended);
    if (segment) {
      host.journal = Buffer.concat([host.journal, segment.bytes]);
      host.appended = segment.last;
    }
    if (!host.losing && host.safe < host.journal.length) {
      host.safe = host.journal.length;
      this.#answer(() => host.broker.markDurable(host.appended));
    }
    this.#take(host.cursor);
  }

  #take(after: number): void {
    const host = this.#host;
    const effects = host.broker.released(after);
    [host.before, host.cursor] = [after, effects.at(-1)?.release ?? after];
    for (const effect of effects) {
      this.#emit("<", effect);
      const key = `${this.#name}/${effect.id}`;
      if (effect.token && !this.#tokens.has(key)) this.#tokens.set(key, effect.token);
    }
  }

  #answer(ask: () => unknown): void {
    try {
      const answer = ask();
      if (answer !== undefined) this.#emit("?", answer);
    } catch (error) {
      if (!(error instanceof ReynoldsError)) throw error;
      this.#emit("?", { code: error.code, message: error.message, field: error.field });
    }
  }

  #emit(mark: string, value: unknown): void {
    this.#print(`${mark} ${JSON.stringify(value)}`);
  }

  #print(line: string): void {
    this.out += `${line}\n`;
  }
}

function host(broker: Broker, journal: Uint8Array): Host {
  return {
    broker, journal, appended: 0, safe: journal.length, losing: false, before: 0, cursor: 0, snapshot: new Uint8Array(),
  };
}

function traces(): string[] {
  return readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".trace")).sort();
}

for (const name of traces()) {
  test(`the trace ${name} plays in Node as it does in Rust`, () => {
    const trace = readFileSync(join(ROOT, name), "utf8");
    assert.equal(new Player().play(trace), trace);
  });
}

test("there are traces of every machine", () => {
  assert.ok(traces().length >= 80, `only ${traces().length}`);
});

test("a trace that says too little or too much fails", () => {
  const trace = `# A message per issue.
! new {"name":"t","config":{"rules":[{"id":"r","effects":[{"kind":"message","subject":"s"}]}]}}
@ 1000
> {"type":"event","id":"d1","source":"github","kind":"k","subject":"x"}
~
=
`;
  const whole = new Player().play(trace);
  assert.equal(whole.replace(/^(.).*$/gm, "$1").replaceAll("\n", ""), "#!@>?<~=");
  assert.equal(new Player().play(whole), whole);
  for (const silent of ["?", "<"]) {
    const fewer = whole.split("\n").filter((line) => !line.startsWith(silent)).join("\n");
    assert.notEqual(new Player().play(fewer), fewer);
    const more = `${whole}${silent} {}\n`;
    assert.notEqual(new Player().play(more), more);
  }
});
