// Packs what is published: the main package, and the one with this machine's addon. Each platform packs its own.
//   node scripts/pack.mjs FOLDER
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { addonFile, platform } from "./platform.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = resolve(process.argv[2] ?? "packages");
/** The platforms there are addons for, as npm describes them. */
const PLATFORMS = {
  "linux-x64-gnu": { os: ["linux"], cpu: ["x64"], libc: ["glibc"] },
  "linux-x64-musl": { os: ["linux"], cpu: ["x64"], libc: ["musl"] },
  "linux-arm64-gnu": { os: ["linux"], cpu: ["arm64"], libc: ["glibc"] },
  "linux-arm64-musl": { os: ["linux"], cpu: ["arm64"], libc: ["musl"] },
  "darwin-x64": { os: ["darwin"], cpu: ["x64"] },
  "darwin-arm64": { os: ["darwin"], cpu: ["arm64"] },
  "win32-x64-msvc": { os: ["win32"], cpu: ["x64"] },
};
const { scripts, devDependencies, ...main } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { version, license, repository, engines } = main;
if (!PLATFORMS[platform]) throw new Error(`there is no package for ${platform} yet: add it to scripts/pack.mjs`);

function pack(name, manifest, files) {
  const stage = join(folder, name);
  mkdirSync(stage, { recursive: true });
  for (const file of [...files, "LICENSE-MIT", "LICENSE-APACHE"]) cpSync(join(root, file), join(stage, file), { recursive: true });
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const { status, stdout } = spawnSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: stage, encoding: "utf8", shell: process.platform === "win32" });
  if (status !== 0) throw new Error(`npm could not pack ${manifest.name}`);
  const packed = JSON.parse(stdout);
  const { filename, size, unpackedSize, files: listed } = Array.isArray(packed) ? packed[0] : Object.values(packed)[0];
  console.log(`${filename}: ${(size / 1e6).toFixed(2)} MB, unpacked ${(unpackedSize / 1e6).toFixed(2)} MB`);
  for (const { path, size } of listed) console.log(`  ${String(size).padStart(8)}  ${path}`);
}

rmSync(folder, { recursive: true, force: true });
const optionalDependencies = Object.fromEntries(Object.keys(PLATFORMS).map((name) => [`@reynolds-rs/${name}`, version]));
// No scripts: nothing runs when it is installed.
pack("reynolds", { ...main, optionalDependencies }, ["dist", "README.md"]);
pack(platform, {
  name: `@reynolds-rs/${platform}`,
  version,
  description: `The addon of \`reynolds\` for ${platform}.`,
  license,
  repository,
  engines,
  main: addonFile,
  files: [addonFile, "LICENSE-APACHE", "LICENSE-MIT"],
  ...PLATFORMS[platform],
}, [addonFile]);
