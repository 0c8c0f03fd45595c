// Runs when this package is installed from a clone or packed. `npm install ./bindings-node` leaves devDependencies out
// before it runs this, so they are fetched here.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function npm(...args) {
  const { status } = spawnSync("npm", args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(`${root}/node_modules/typescript`)) npm("install", "--ignore-scripts", "--no-audit", "--no-fund");
npm("run", "--silent", "build");
