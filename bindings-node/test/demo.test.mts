import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folder } from "./support.mjs";

const ROOT = join(import.meta.dirname, "..");

test("the demo keeps its promises, and ends in the state in which the demo in Rust ends", () => {
  using home = folder();
  const env = { ...process.env, REYNOLDS_WEBHOOKS: "", DEMO_HOME: home.path };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "examples/demo.mjs")], { encoding: "utf8", env });
  assert.equal(status, 0, `${stdout}${stderr}`);
  const digest = readFileSync(join(ROOT, "../examples/data/webhooks-small.digest"), "utf8").trim();
  assert.equal(/digest of the state {2}(\w+)/.exec(stdout)?.[1], digest, stdout);
});
