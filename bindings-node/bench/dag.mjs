// Prints what large graphs of tasks cost over typed arrays, beside what one would write or install instead. Part of `make bench-node`.
import { Dag } from "reynolds";
import toposort from "toposort";

const TASKS = Number(process.env.TASKS ?? 200_000);
/** Finished together, as many agents would. */
const BATCH = 4096;
let sink = 0;

/** Layers of a thousand; each task needs three of the layer before. The numbers come from a small generator, always the same. */
function layered(tasks) {
  const width = 1000;
  const edges = new Uint32Array((tasks - width) * 6);
  let state = 1;
  for (let task = width, at = 0; task < tasks; task++) {
    const before = Math.floor(task / width) * width - width;
    for (let need = 0; need < 3; need++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      edges[at++] = before + (state % width);
      edges[at++] = task;
    }
  }
  return edges;
}

/** One task before all others, one after. */
function fan(tasks) {
  const edges = new Uint32Array((tasks - 2) * 4);
  for (let task = 1, at = 0; task < tasks - 1; task++) edges.set([0, task, task, tasks - 1], (at++) * 4);
  return edges;
}

function ours(tasks, edges) {
  const dag = new Dag(tasks, edges);
  let taken = 0;
  for (let ready = dag.take(BATCH); ready.length > 0; ready = dag.take(BATCH)) {
    taken += ready.length;
    dag.finish(ready);
  }
  return taken;
}

/** Kahn's algorithm as it is usually written: maps and lists. It finds out that there is a cycle, but not where. */
function kahn(tasks, edges) {
  const dependents = new Map();
  const waiting = new Map();
  for (let task = 0; task < tasks; task++) {
    dependents.set(task, []);
    waiting.set(task, 0);
  }
  for (let at = 0; at < edges.length; at += 2) {
    dependents.get(edges[at]).push(edges[at + 1]);
    waiting.set(edges[at + 1], waiting.get(edges[at + 1]) + 1);
  }
  let ready = [...waiting].filter(([, count]) => count === 0).map(([task]) => task);
  let taken = 0;
  while (ready.length > 0) {
    const next = [];
    for (const task of ready) {
      taken++;
      for (const dependent of dependents.get(task)) {
        const left = waiting.get(dependent) - 1;
        waiting.set(dependent, left);
        if (left === 0) next.push(dependent);
      }
    }
    ready = next;
  }
  return taken;
}

/** toposort wants pairs, and a list of all tasks for those without needs. Both are made before the clock starts. */
function sorted(tasks, pairs, names) {
  return toposort.array(names, pairs).length;
}

/** Milliseconds, the best of several: what disturbs a run makes it slower, never faster. */
function best(rounds, tasks, run) {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    if (run() !== tasks) throw new Error("not all tasks were taken");
    least = Math.min(least, performance.now() - started);
    sink += 1;
  }
  return least;
}

console.log(`\nNode ${process.version}, graphs of ${TASKS} tasks: built, checked, taken and finished ${BATCH} at a time\n`);
for (const [name, edges] of [["layered", layered(TASKS)], ["fan", fan(TASKS)]]) {
  const pairs = Array.from({ length: edges.length / 2 }, (_, at) => [edges[2 * at], edges[2 * at + 1]]);
  const names = Array.from({ length: TASKS }, (_, task) => task);
  const dag = best(7, TASKS, () => ours(TASKS, edges));
  const map = best(5, TASKS, () => kahn(TASKS, edges));
  const npm = best(2, TASKS, () => sorted(TASKS, pairs, names));
  const times = (ms) => `${ms.toFixed(1)} ms, ${(ms / dag).toFixed(1)}x ours`;
  const verdict = (goal, ms) => `goal >= ${goal}x  ${ms >= goal * dag ? "met" : "missed"}`;
  console.log(`${name}, ${edges.length / 2} edges: Dag`.padEnd(40), `${dag.toFixed(1)} ms, ${((dag * 1e6) / (TASKS + edges.length / 2)).toFixed(0)} ns per task and edge`);
  console.log("  Kahn over Map".padEnd(40), times(map).padEnd(28), verdict(5, map));
  console.log("  npm toposort".padEnd(40), times(npm).padEnd(28), verdict(10, npm));
}
if (sink === 0) throw new Error("nothing was run");
