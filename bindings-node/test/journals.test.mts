// Journals recorded by each language, in the middle of a bot's work. `core/tests/journals.rs` restores the same.
import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Broker, open } from "reynolds";
import { VirtualClock } from "reynolds/testing";
import { bot, comment, folder } from "./support.mjs";

const ROOT = join(import.meta.dirname, "../../core/tests/journals");
const KEYS = [[1, "a key for tests"]] as const;

interface Expected {
  name: string;
  last: number;
  digest: string;
  open: string[];
}

test("there are journals of Rust and of Node", () => {
  const languages = readdirSync(ROOT);
  assert.ok(languages.includes("rust") && languages.includes("node"), languages.join());
});

for (const language of readdirSync(ROOT)) {
  const expected = JSON.parse(readFileSync(join(ROOT, language, "expected.json"), "utf8")) as Expected;

  test(`a journal recorded by ${language} restores in Node to the same state`, () => {
    const files = readdirSync(join(ROOT, language)).filter((name) => name.endsWith(".ryj")).sort();
    const { broker } = Broker.restore(Buffer.concat(files.map((name) => readFileSync(join(ROOT, language, name)))));
    const { name, seq } = broker.status();
    assert.deepEqual({ name, last: seq, digest: broker.digest(), open: broker.open().map(({ effect }) => effect.id) }, expected);
  });

  test(`a bot of Node goes on where one of ${language} was stopped`, async () => {
    using copy = folder();
    cpSync(join(ROOT, language), copy.path, { recursive: true });
    const { options, posts, errors } = bot({ keys: KEYS, clock: new VirtualClock(1_700_000_100_000), find: () => null, resume: () => {} });
    await using ry = await open(copy.path, options);
    assert.equal(ry.opened.last, expected.last);
    await ry.idle();
    assert.deepEqual(posts.map(({ redelivered }) => redelivered), posts.map(() => true));
    assert.deepEqual(ry.broker.open(), []);
    await ry.handle(comment("another"), (turn) => turn.send({ kind: "comment", subject: turn.subject, text: "Here again." }));
    assert.equal(posts.at(-1)?.text, "Here again.");
    assert.deepEqual(errors, []);
  });
}
