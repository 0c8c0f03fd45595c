// Compiles ts/ into dist/. npm runs `prepare` again with every later `npm install` of a project that has this package in a folder: what
// is newer than its sources stays as it is, since a bot may be running from it.
import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
// In a folder that git and npm pass over.
const made = join("node_modules", ".reynolds-dist");

function changed(path) {
  return statSync(path).mtimeMs;
}

/** dist/ is complete, because it is put in its place at once: any file in it tells when it was made. */
function isNewest() {
  try {
    const sources = ["tsconfig.json", "package.json", "scripts/ts.mjs", "ts", ...readdirSync("ts").map((name) => join("ts", name))];
    const since = Math.min(...readdirSync("dist").map((name) => changed(join("dist", name))));
    // Without the bit nobody can run it.
    const runs = process.platform === "win32" || (statSync("dist/bin.js").mode & 0o111) !== 0;
    return runs && sources.every((path) => changed(path) < since);
  } catch {
    return false;
  }
}

if (!isNewest()) {
  rmSync(made, { recursive: true, force: true });
  const { status } = spawnSync("npx", ["--no-install", "tsc", "-p", ".", "--outDir", made], { stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) {
    rmSync(made, { recursive: true, force: true });
    process.exit(status ?? 1);
  }
  // `npx reynolds` runs it through a link that npm made once, and npm sets the bit only then.
  chmodSync(join(made, "bin.js"), 0o755);
  rmSync("dist", { recursive: true, force: true });
  renameSync(made, "dist");
}
