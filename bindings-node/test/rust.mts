/** The path of a Rust program to compare with. `scripts/test.mjs` builds them. */
export function program(name: "answers" | "reynolds"): string {
  const path = process.env[`REYNOLDS_PROGRAM_${name}`];
  if (!path) throw new Error("run the tests with `node scripts/test.mjs`, which builds the programs they compare with");
  return path;
}
