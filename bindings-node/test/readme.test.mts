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

test("the quickstart finds its comment on a busy issue, and takes nobody else's for it", () => {
  const quickstart = region("examples/quickstart.mjs").replace(/^console\.log[^]*/m, "");
  const effect = '{ type: "act", id: "3.0", idempotency_key: "triage/3.0", subject: "github:acme/api#7", text: "Hi." }';
  const said = run(`${quickstart}
    const body = (text) => ({ owner: "acme", repo: "api", issue_number: 7, body: text });
    for (let number = 0; number < 130; number++) await octokit.rest.issues.createComment(body(String(number)));
    (await octokit.rest.issues.createComment(body("<!-- reynolds:triage/3.0 -->"))).data.user.login = "mallory";
    console.log("none:", await find(${effect}));
    await perform(${effect});
    console.log((await find(${effect})).object.replace("github:comment/", "found") + ": ");
    process.exit(0);`);
  assert.deepEqual(said, ["none", "found132"]);
});

test("what the README shows for a webhook's route answers when the event is stored, and the handler runs", () => {
  using scratch = folder();
  const home = dirname(scratch.path);
  mkdirSync(join(home, "node_modules"));
  spawnSync("ln", ["-s", ROOT, join(home, "node_modules", "reynolds")]);
  const shown = /```js\n([^`]*server\.post\([^]*?)```/.exec(readFileSync(join(ROOT, "README.md"), "utf8"))![1]!;
  writeFileSync(join(home, "my-bot.mjs"), `
    import { createHmac } from "node:crypto";
    export const secret = "It's a Secret to Everybody";
    export const perform = () => ({ type: "done" });
    export const find = () => null;
    export const answer = async (turn) => console.log((await turn.send({ kind: "comment", subject: turn.subject, text: "Hi." })).type);
    export const server = { async post(path, route) {
      const user = { login: "octocat", type: "User" };
      const body = JSON.stringify({ action: "created", issue: { number: 7 }, comment: { id: 1, body: "Hello?", user },
        repository: { full_name: "acme/api" }, sender: user });
      const signature = createHmac("sha256", secret).update(body).digest("hex");
      const headers = { "x-github-event": "issue_comment", "x-github-delivery": "d1", "x-hub-signature-256": "sha256=" + signature };
      await route({ headers, body }, { writeHead(status) { console.log(status); return { end() {} }; } });
      await new Promise((resolve) => setTimeout(resolve, 100));
      process.exit(0);
    } };`);
  writeFileSync(join(home, "webhook.mjs"), shown);
  const { stdout, stderr } = spawnSync(process.execPath, ["webhook.mjs"], { cwd: home, encoding: "utf8", timeout: 20_000 });
  assert.deepEqual([stdout.trim().split("\n").sort(), stderr], [["202", "done"], ""]);
});

test("what the README shows for a full disk takes events again when there is room", () => {
  using scratch = folder();
  const home = dirname(scratch.path);
  mkdirSync(join(home, "node_modules"));
  spawnSync("ln", ["-s", ROOT, join(home, "node_modules", "reynolds")]);
  const shown = /```js\n([^`]*function take\(event[^]*?)```/.exec(readFileSync(join(ROOT, "README.md"), "utf8"))![1]!;
  writeFileSync(join(home, "my-bot.mjs"), `export const options = { name: "t", perform: () => ({ type: "done" }), onError() {} };`);
  writeFileSync(join(home, "full.mjs"), `${shown}
    const { readdirSync, rmSync, writeFileSync } = await import("node:fs");
    const event = (id) => take({ type: "event", id, source: "s", kind: "k", subject: "x:1" }).then(({ seq }) => typeof seq, ({ code }) => code);
    const say = async (id) => console.log(await event(id));
    await say("1");
    for (const file of readdirSync("bot.ryj")) if (file.endsWith(".ryj")) rmSync("bot.ryj/" + file);
    await say("2");
    await say("2");
    // Where it can not be opened either, the next event tries again.
    await (await ry).close();
    rmSync("bot.ryj", { recursive: true });
    writeFileSync("bot.ryj", "no folder");
    ry = open("bot.ryj", options);
    await say("3");
    await say("3");
    rmSync("bot.ryj");
    await say("3");
    await say("3");
    await (await ry).close();`);
  const { stdout, stderr } = spawnSync(process.execPath, ["full.mjs"], { cwd: home, encoding: "utf8", timeout: 20_000 });
  assert.equal(stderr, "");
  const said = stdout.trim().split("\n");
  assert.deepEqual([said.slice(0, 3), said.at(-1)], [["number", "RY2103", "number"], "number"]);
  for (const code of said.slice(3, 5)) assert.match(code, /^RY21/);
});

test("what the README shows for many customers takes the tenant from the event, and stops one", async () => {
  using scratch = folder();
  const home = dirname(scratch.path);
  mkdirSync(join(home, "node_modules"));
  spawnSync("ln", ["-s", ROOT, join(home, "node_modules", "reynolds")]);
  const shown = /```js\n(import \{ github \}[^`]*function take\(ry[^]*?)```/.exec(readFileSync(join(ROOT, "README.md"), "utf8"))![1]!;
  writeFileSync(join(home, "tenants.mjs"), `${shown}
    import { open } from "reynolds";
    const ry = await open(":memory:", { name: "t", perform: () => ({ type: "done" }) });
    const request = (id, more) => ({ headers: { "x-github-event": "issue_comment", "x-github-delivery": "d" }, body: JSON.stringify({ action: "created",
      issue: { number: 7 }, comment: { id: 1, body: "Hello?" }, repository: { full_name: "acme/api" }, sender: { login: "octocat" }, ...more }) });
    await take(ry, request("1", { installation: { id: 5 } }));
    await take(ry, request("2"));
    await stop(ry, "5");
    console.log(JSON.stringify([ry.broker.status().tenants, ry.broker.stops("5").length, ry.broker.stops().length]));
    await ry.close();`);
  const { stdout, stderr } = spawnSync(process.execPath, ["tenants.mjs"], { cwd: home, encoding: "utf8", timeout: 20_000 });
  assert.deepEqual([stdout, stderr], ['[["","5"],1,0]\n', ""]);
});

test("with deny, a bot without a guard of its own does not answer itself", () => {
  const unguarded = region("examples/quickstart.mjs").replace(/^.*ctx\.isBot.*\n/m, "").replace('"log"', '"deny"');
  assert.deepEqual(run(unguarded), ["octocat", "triage[bot]"]);
});

test("the open questions that the README lists are those that were shown, before a restart too", () => {
  using scratch = folder();
  const home = dirname(scratch.path);
  mkdirSync(join(home, "node_modules"));
  spawnSync("ln", ["-s", ROOT, join(home, "node_modules", "reynolds")]);
  const shown = /```js\n([^`]*function openQuestions[^]*?)```/.exec(readFileSync(join(ROOT, "README.md"), "utf8"))![1]!;
  writeFileSync(join(home, "bot.mjs"), `${shown}
    const { open } = await import("reynolds");
    const asked = [];
    const tasks = [{ id: "ok", ask: { text: "Release?" } }, { id: "other", needs: ["ok"], ask: { text: "Sure?" } }];
    for (const again of [false, true]) {
      const ask = (question) => void asked.push(question.task);
      const ry = await open("bot.ryj", { name: "t", perform: () => ({ type: "done" }), ask });
      const say = async () => (await ry.idle(), console.log(JSON.stringify(openQuestions(ry.broker).map(({ task }) => task)), asked.join(" ")));
      if (!again) await ry.submit({ type: "plan", id: "p", tasks });
      await say();
      if (again) await ry.order("p", { type: "answer", task: "ok", value: true });
      if (again) await say();
      await ry.close();
    }`);
  const { stdout, stderr } = spawnSync(process.execPath, ["bot.mjs"], { cwd: home, encoding: "utf8", timeout: 20_000 });
  assert.deepEqual([stdout, stderr], ['["ok"] p/ok\n["ok"] p/ok\n["other"] p/ok p/other\n', ""]);
});

test("the planner that the README shows adds its tasks and says so", () => {
  using scratch = folder();
  const home = dirname(scratch.path);
  mkdirSync(join(home, "node_modules"));
  spawnSync("ln", ["-s", ROOT, join(home, "node_modules", "reynolds")]);
  writeFileSync(join(home, "planner.mjs"), /```js\n([^`]*export const planner[^]*?)```/.exec(readFileSync(join(ROOT, "README.md"), "utf8"))![1]!);
  writeFileSync(join(home, "bot.mjs"), `
    import { Callable, open } from "reynolds";
    import { planner } from "./planner.mjs";
    const perform = ({ text }) => (console.log(text), { type: "done" });
    const ry = await open(":memory:", { name: "t", perform });
    await ry.agents.add(planner);
    await ry.agents.add(new Callable("ada", ({ input }) => console.log(input.file), { provides: ["rust"] }));
    const { state, plan } = await ry.run({ id: "p", tasks: [{ id: "plan", requires: ["planning"], input: ["a.rs", "b.rs"] }] });
    console.log(state, plan.result);
    await ry.close();`);
  const { stdout, stderr } = spawnSync(process.execPath, ["bot.mjs"], { cwd: home, encoding: "utf8", timeout: 20_000 });
  assert.deepEqual([stdout.trim().split("\n").sort(), stderr], [["To mend: a.rs, b.rs", "a.rs", "b.rs", "succeeded done"], ""]);
});

test("a click on a button as the README shows it answers its question, once", () => {
  using scratch = folder();
  const home = dirname(scratch.path);
  mkdirSync(join(home, "node_modules"));
  spawnSync("ln", ["-s", ROOT, join(home, "node_modules", "reynolds")]);
  writeFileSync(join(home, "teams-bot.mjs"), "export const cards = [];\nexport const postCard = async (...card) => void cards.push(card);\n");
  writeFileSync(join(home, "buttons.mjs"), /```js\n(import \{ postCard[^]*?)```/.exec(readFileSync(join(ROOT, "README.md"), "utf8"))![1]!);
  writeFileSync(join(home, "bot.mjs"), `
    import { open, teams } from "reynolds";
    import { cards } from "./teams-bot.mjs";
    import { ask, click, clicks } from "./buttons.mjs";
    const perform = () => ({ type: "done" });
    const ry = await open(":memory:", { name: "t", perform, ask, rules: [clicks], handlers: { click: (turn) => click(ry, turn) } });
    const end = ry.run({ id: "p", tasks: [{ id: "ok", ask: { text: "Release?" } }] });
    while (!cards.length) await new Promise((resolve) => setTimeout(resolve, 5));
    const [, text, [yes, no]] = cards[0];
    const sent = (id, value) => teams.event({ id, conversation: { id: "19:c" }, from: { id: "29:u", aadObjectId: "ada" }, ...value });
    await ry.submit(sent("1", { type: "invoke", name: "adaptiveCard/action", value: { action: { type: yes.type, data: yes.data } } }));
    await ry.submit(sent("2", { type: "message", value: no.data }));
    const { ok } = await end;
    await ry.close();
    console.log(text, ok.state, ok.result, ry.broker.open().length);`);
  const { stdout, stderr } = spawnSync(process.execPath, ["bot.mjs"], { cwd: home, encoding: "utf8", timeout: 20_000 });
  assert.deepEqual([stdout, stderr], ["Release? succeeded true 0\n", ""]);
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
  assert.equal(shown.length, 10);
  const imports = 'import assert from "node:assert/strict";\nimport { test } from "node:test";\n';
  const typescript = 'import { open, type Perform } from "reynolds";\nconst perform: Perform = async (effect) => ({ type: "done", object: effect.subject });\nexport const ry = open(":memory:", { name: "x", perform });\n';
  const yours = '/** @type {import("reynolds").Perform} */\nconst perform = () => ({ type: "done" });\nconst ask = () => true;\nconst lint = (/** @type {unknown} */ input) => input;\n';
  const files = {
    "bot.mjs": shown[0]!, "webhook.mjs": shown[1]!, "full.mjs": shown[2]!, "tenants.mjs": shown[3]!, "bot.test.mjs": imports + shown[4]!,
    "plan.mjs": yours + shown[5]!, "planner.mjs": shown[6]!, "questions.mjs": shown[7]!, "teams.mjs": shown[8]!, "buttons.mjs": shown[9]!,
    "typed.mts": typescript,
  };
  writeFileSync(join(home, "my-bot.d.mts"), 'import type { Find, Handler, Options, Perform } from "reynolds";\n' +
    "export const perform: Perform;\nexport const find: Find;\nexport const answer: Handler;\nexport const options: Options;\nexport const secret: string;\n" +
    "interface Request { headers: Record<string, string>; body: Uint8Array }\ninterface Response { writeHead(status: number): { end(): void } }\n" +
    "export const server: { post(path: string, route: (request: Request, response: Response) => Promise<void>): void };\n");
  writeFileSync(join(home, "teams-bot.d.mts"), "export function send(conversation: string, text: string): Promise<{ id: string }>;\n" +
    "export function messages(conversation: string): Promise<Array<{ id: string; text: string }>>;\n" +
    "export function postCard(conversation: string, text: string, buttons: object[]): Promise<void>;\n");
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
