// Builds the addon with cargo and puts it where ts/native.ts finds it.
//   node scripts/addon.mjs [--probe]     with --probe, the variant for tests and benches, as probe.node
import { spawnSync } from "node:child_process";
import { copyFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { addonFile } from "./platform.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const probe = process.argv.includes("--probe");
const args = ["build", "--locked", "-p", "reynolds-node", "--profile", "dist", "--message-format", "json-render-diagnostics"];
const built = spawnSync("cargo", probe ? [...args, "--features", "probe"] : args, {
  cwd: root,
  stdio: ["ignore", "pipe", "inherit"],
  maxBuffer: 1 << 28,
});
if (built.error?.code === "ENOENT") fail("cargo is not installed: the addon is built from source; see https://rustup.rs");
if (built.status !== 0) fail("cargo could not build the addon");

const artifacts = built.stdout.toString().split("\n").filter(Boolean).map((line) => JSON.parse(line));
const library = artifacts.find((one) => one.reason === "compiler-artifact" && one.target.name === "reynolds_node");
const from = library.filenames.find((name) => /\.(so|dylib|dll)$/.test(name));
const to = join(root, probe ? "probe.node" : addonFile);
// A running process may have the old one open: it is replaced, not written into.
copyFileSync(from, `${to}.new`);
renameSync(`${to}.new`, to);

function fail(why) {
  console.error(why);
  process.exit(1);
}
