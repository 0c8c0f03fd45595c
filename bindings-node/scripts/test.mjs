// Compiles the tests against the built package and runs them: node scripts/test.mjs [file...]
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

function run(command, ...args) {
  const { status } = spawnSync(command, args, { stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) process.exit(status ?? 1);
}

// The Rust programs that tests compare with: not within a test, where time is short.
const programs = [
  "build", "--quiet", "--locked", "--message-format", "json-render-diagnostics",
  "-p", "reynolds-examples", "--bin", "answers", "-p", "reynolds", "--features", "reynolds/cli", "--bin", "reynolds",
];
const built = spawnSync("cargo", programs, { cwd: dirname(root), encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28 });
if (built.status !== 0) throw new Error("cargo could not build the programs to compare with");
for (const { target, executable } of built.stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line))) {
  if (executable) process.env[`REYNOLDS_PROGRAM_${target.name}`] = executable;
}

rmSync("dist-test", { recursive: true, force: true });
run("npx", "--no-install", "tsc", "-p", "test");
const named = process.argv.slice(2);
const files = named.length ? named : readdirSync("dist-test").filter((name) => name.endsWith(".test.mjs"));
run(process.execPath, "--test", "--test-timeout=20000", "--test-reporter=spec", ...files.map((name) => join("dist-test", name)));
