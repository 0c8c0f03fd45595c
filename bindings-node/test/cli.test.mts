import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { open } from "reynolds";
import { program } from "./rust.mjs";
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

const ROOT = join(import.meta.dirname, "../..");
// The first two lines say what they are for.
const QUESTIONS = readFileSync(join(ROOT, "bindings-python/tests/questions.txt"), "utf8").split("\n").slice(2, -1);

for (const question of QUESTIONS) {
  test(`Node says what the Rust program says to \`reynolds ${question}\``, () => {
    const home = mkdtempSync(join(tmpdir(), "reynolds-cli-"));
    try {
      const journal = join(ROOT, "core/tests/journals/node");
      const damaged = readFileSync(join(journal, "00000000000000000001.ryj"));
      damaged[damaged.length - 1]! ^= 1;
      const names: Record<string, string> = {
        journal, bad: join(home, "bad.ryj"), out: join(home, "page.html"), samples: join(ROOT, "examples/data/webhooks-small.jsonl"),
      };
      writeFileSync(names["bad"]!, damaged);
      const args = question.split(" ").filter(Boolean).map((part) => part.replace(/^\{(\w+)\}$/, (_, name: string) => names[name]!));
      const page = () => (existsSync(names["out"]!) ? readFileSync(names["out"]!, "utf8") : undefined);
      const answer = ({ status, stdout, stderr }: ReturnType<typeof reynolds>) => ({ status, stdout, stderr, page: page() });
      const rust = answer(spawnSync(program("reynolds"), args, { encoding: "utf8" }));
      assert.deepEqual(answer(reynolds(...args)), rust);
    } finally {
      rmSync(home, { recursive: true });
    }
  });
}

test("a build leaves what is newer than its sources, and makes the program one that can be run", () => {
  const build = () => assert.equal(spawnSync(process.execPath, [join(import.meta.dirname, "../scripts/ts.mjs")], { encoding: "utf8" }).status, 0);
  build();
  const { ino, mode } = statSync(BIN);
  if (process.platform !== "win32") assert.equal(mode & 0o111, 0o111);
  build();
  assert.equal(statSync(BIN).ino, ino);
});
