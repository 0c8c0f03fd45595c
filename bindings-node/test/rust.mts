// The programs of the Rust workspace that tests compare with, built when they are first asked for.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** Both at once, so that what they share is compiled once. */
const BUILD = [
  "build", "--quiet", "--locked", "--message-format", "json-render-diagnostics",
  "-p", "reynolds-examples", "--bin", "answers", "-p", "reynolds", "--features", "reynolds/cli", "--bin", "reynolds",
];
let built: Record<string, string> | undefined;

/** The path of the program `name`. */
export function program(name: "answers" | "reynolds"): string {
  built ??= build();
  return built[name]!;
}

function build(): Record<string, string> {
  const cwd = join(import.meta.dirname, "../..");
  const { status, stdout } = spawnSync("cargo", BUILD, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error("cargo could not build the programs to compare with");
  const found = stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line) as { target?: { name: string }; executable?: string });
  return Object.fromEntries(found.filter((one) => one.executable).map((one) => [one.target!.name, one.executable!]));
}
