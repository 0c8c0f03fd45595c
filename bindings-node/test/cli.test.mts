import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { open } from "reynolds";
import { bot, comment, folder } from "./support.mjs";

const BIN = join(import.meta.dirname, "../dist/bin.js");
const reynolds = (...args: string[]) => spawnSync(process.execPath, [BIN, ...args], { encoding: "utf8" });

test("the command line looks into a journal that a bot is using", async () => {
  using journal = folder();
  const { options } = bot();
  await using ry = await open(journal.path, options);
  await ry.handle(comment("d1"), (turn) => turn.send({ kind: "comment", subject: turn.subject, text: "42" }));
  await ry.idle();
  const verified = reynolds("verify", journal.path, "--json");
  assert.deepEqual([verified.status, JSON.parse(verified.stdout).digest], [0, ry.broker.digest()]);
  assert.match(reynolds("explain", journal.path, "3").stdout, /comment/);
  assert.match(reynolds("graph", journal.path, "2").stdout, /^flowchart LR$/m);
  assert.match(reynolds("replay", journal.path).stdout, /^records/m);
});

test("it answers with the exit codes and words of the Rust program", () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8")) as { version: string };
  assert.deepEqual(reynolds("--version").stdout, `reynolds ${version}\n`);
  assert.equal(reynolds("--help").status, 0);
  const wrong = reynolds("reply");
  assert.deepEqual([wrong.status, wrong.stdout, wrong.stderr], [2, "", "reynolds: no verb `reply`; see `reynolds --help`\n"]);
  assert.equal(reynolds("verify", "no/such/journal").status, 2);
});
