// What the README shows is what runs. REYNOLDS_REWRITE=1 writes the files' code into it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { folder } from "./support.mjs";

const ROOT = join(import.meta.dirname, "..");

function region(name: string): string {
  return /^\/\/ readme: begin\n([^]*?)^\/\/ readme: end$/m.exec(readFileSync(join(ROOT, name), "utf8"))![1]!;
}

/** Runs the quickstart as it is in a folder of its own, with the package as a stranger has it. */
function run(code: string): string[] {
  using scratch = folder();
  const home = dirname(scratch.path);
  mkdirSync(join(home, "node_modules"));
  spawnSync("ln", ["-s", ROOT, join(home, "node_modules", "reynolds")]);
  writeFileSync(join(home, "bot.mjs"), code);
  writeFileSync(join(home, "platform.mjs"), readFileSync(join(ROOT, "examples/platform.mjs")));
  const { status, stdout, stderr } = spawnSync(process.execPath, ["bot.mjs"], { cwd: home, encoding: "utf8", timeout: 20_000 });
  assert.equal(status, 0, stderr);
  return [...stdout.matchAll(/(\w+(?:\[bot\])?): /g)].map((match) => match[1]!).filter((name) => name !== "reynolds");
}

test("the README shows the quickstart as it is", () => {
  const path = join(ROOT, "README.md");
  const readme = readFileSync(path, "utf8");
  const shown = readme.replace(/(<!-- (\S+) -->\n```js\n)[^]*?(```)/g, (_, head, name, tail) => `${head}${region(name)}${tail}`);
  if (process.env["REYNOLDS_REWRITE"]) writeFileSync(path, shown);
  else assert.equal(readme, shown);
});

test("the quickstart answers a person, and not itself", () => {
  assert.deepEqual(run(region("examples/quickstart.mjs")), ["octocat", "triage[bot]"]);
});

test("the loop of the README ends as it is shown", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "examples/loop.mjs")], { encoding: "utf8", timeout: 20_000 });
  assert.deepEqual([status, stderr], [0, ""]);
  const path = join(ROOT, "README.md");
  const readme = readFileSync(path, "utf8");
  const shown = readme.replace(/(<!-- examples\/loop\.mjs -->\n```console\n\$ .*\n)[^]*?(```)/, (_, head, end) => `${head}${stdout}${end}`);
  if (process.env["REYNOLDS_REWRITE"]) writeFileSync(path, shown);
  else assert.equal(readme, shown);
  const said = stdout.trimEnd().split("\n").map((line) => line.split(":")[0]!);
  assert.deepEqual(said.slice(-3), ["held", "loop", "quiet again after 13 comments, 1 denied"]);
});

test("a delivery that comes twice is answered twice in log mode, as before, and once with deny", () => {
  const twice = region("examples/quickstart.mjs").replace('"It breaks."', '"It breaks.", 2');
  assert.deepEqual(run(twice), ["octocat", "triage[bot]", "triage[bot]"]);
  assert.deepEqual(run(twice.replace('"log"', '"deny"')), ["octocat", "triage[bot]"]);
});

test("with deny, a bot without a guard of its own does not answer itself", () => {
  const unguarded = region("examples/quickstart.mjs").replace(/^.*ctx\.isBot.*\n/m, "").replace('"log"', '"deny"');
  assert.deepEqual(run(unguarded), ["octocat", "triage[bot]"]);
});

test("the test the README shows passes, and fails for a bot that answers everything", () => {
  using scratch = folder();
  const home = dirname(scratch.path);
  mkdirSync(join(home, "node_modules"));
  spawnSync("ln", ["-s", ROOT, join(home, "node_modules", "reynolds")]);
  const shown = /```js\n(import \{ World \}[^]*?)```/.exec(readFileSync(join(ROOT, "README.md"), "utf8"))![1]!;
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const status = (code: string) => {
    writeFileSync(join(home, "bot.test.mjs"), 'import assert from "node:assert/strict";\nimport { test } from "node:test";\n' + code);
    return spawnSync(process.execPath, ["bot.test.mjs"], { cwd: home, env, encoding: "utf8", timeout: 20_000 });
  };
  assert.equal(status(shown).status, 0, status(shown).stdout);
  const everything = status(shown.replace(/if \(turn.*"bot"\) /, ""));
  assert.equal(everything.status, 1);
  assert.match(everything.stdout, /reason: 'loop'/);
});

test("what the README shows is well typed, without a setting that would forgive anything", () => {
  using scratch = folder();
  const home = dirname(scratch.path);
  mkdirSync(join(home, "node_modules"));
  spawnSync("ln", ["-s", ROOT, join(home, "node_modules", "reynolds")]);
  const shown = [...readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/```js\n([^]*?)```/g)].map((match) => match[1]!);
  assert.equal(shown.length, 4);
  const imports = 'import assert from "node:assert/strict";\nimport { test } from "node:test";\n';
  const typescript = 'import { open, type Perform } from "reynolds";\nconst perform: Perform = async (effect) => ({ type: "done", object: effect.subject });\nexport const ry = open(":memory:", { name: "x", perform });\n';
  const yours = '/** @type {import("reynolds").Perform} */\nconst perform = () => ({ type: "done" });\nconst ask = () => true;\nconst lint = (/** @type {unknown} */ input) => input;\n';
  const files = { "bot.mjs": shown[0]!, "bot.test.mjs": imports + shown[1]!, "plan.mjs": yours + shown[2]!, "teams.mjs": shown[3]!, "typed.mts": typescript };
  writeFileSync(join(home, "teams-bot.d.mts"), "export function send(conversation: string, text: string): Promise<{ id: string }>;\n" +
    "export function messages(conversation: string): Promise<Array<{ id: string; text: string }>>;\n");
  for (const [name, code] of Object.entries(files)) writeFileSync(join(home, name), code);
  writeFileSync(join(home, "platform.mjs"), readFileSync(join(ROOT, "examples/platform.mjs")));
  const tsc = () => spawnSync(process.execPath, [
    join(ROOT, "node_modules/typescript/bin/tsc"), "--ignoreConfig", "--noEmit", "--allowJs", "--checkJs", "--strict", "--target", "es2022",
    "--module", "nodenext", "--types", "node", "--typeRoots", join(ROOT, "node_modules/@types"), ...Object.keys(files),
  ], { cwd: home, encoding: "utf8" });
  const { status, stdout } = tsc();
  assert.equal(status, 0, stdout);
  writeFileSync(join(home, "bot.mjs"), shown[0]!.replace('type: "done"', 'type: "dome"'));
  assert.match(tsc().stdout, /"dome".*not assignable/);
});
