// Installs the packed packages into an empty project, and uses them as a stranger would.
//   node scripts/clean-install.mjs FOLDER
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = resolve(process.argv[2]);
const tarballs = readdirSync(folder).filter((name) => name.endsWith(".tgz")).map((name) => join(folder, name));
const home = mkdtempSync(join(tmpdir(), "reynolds-clean-"));
const run = (command, ...args) => execFileSync(command, args, { cwd: home, encoding: "utf8", shell: process.platform === "win32" });

try {
  writeFileSync(join(home, "package.json"), '{"name":"stranger","version":"1.0.0","private":true}');
  // Offline: the packages of other platforms are optional, and these two need nothing else.
  run("npm", "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", ...tarballs);
  const installed = JSON.parse(readFileSync(join(home, "node_modules/reynolds/package.json"), "utf8"));
  assert.equal(installed.scripts, undefined);
  assert.deepEqual(Object.values(installed.exports).map((one) => Object.keys(one.import ?? {})[0] ?? one), ["types", "types", "./package.json"]);

  for (const name of ["quickstart.mjs", "platform.mjs"]) cpSync(join(root, "examples", name), join(home, name));
  assert.match(run(process.execPath, "quickstart.mjs"), /octocat: It breaks\..*triage\[bot\]: Thank you, @octocat\./s);
  const cjs = 'const { Broker } = require("reynolds"); const { World } = require("reynolds/testing"); console.log(typeof Broker, typeof World)';
  assert.equal(run(process.execPath, "-e", cjs), "function function\n");
  assert.match(run("npx", "--no-install", "reynolds", "verify", "bot.ryj"), /^sound +yes$/m);

  // Hover and completion, in both kinds of module, without a setting that would forgive anything.
  const code = 'import { open, type Sent } from "reynolds";\nexport const ry = open("x", { name: "x", perform: (effect) => ({ type: "done", object: effect.subject }) });\nexport type Why = Sent;\n';
  for (const [name, module] of [["a.mts", "nodenext"], ["b.cts", "nodenext"], ["c.ts", "esnext"]]) {
    writeFileSync(join(home, name), code);
    const resolution = module === "esnext" ? ["--moduleResolution", "bundler"] : [];
    const types = ["--typeRoots", join(root, "node_modules/@types"), "--types", "node"];
    run(process.execPath, join(root, "node_modules/typescript/bin/tsc"), "--noEmit", "--strict", "--target", "es2022", "--module", module, ...resolution, ...types, name);
  }
  console.log(`installed, run and typed in ${process.version}`);
} catch (error) {
  console.error(error.stdout, error.stderr);
  throw error;
} finally {
  rmSync(home, { recursive: true });
}
