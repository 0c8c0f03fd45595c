import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { Dag } from "reynolds";

const diamond = () => new Dag(4, Uint32Array.of(0, 1, 0, 2, 1, 3, 2, 3));

test("tasks are ready when what they need is finished", () => {
  const dag = diamond();
  assert.deepEqual([...dag.take(10)], [0]);
  assert.deepEqual([...dag.take(10)], []);
  dag.finish(Uint32Array.of(0));
  assert.deepEqual([...dag.take(1)], [1]);
  assert.deepEqual([...dag.take(10)], [2]);
  dag.finish(Uint32Array.of(2, 1));
  assert.equal(dag.done, false);
  dag.finish(dag.take(10));
  assert.equal(dag.done, true);
  assert.deepEqual([...dag.order()], [0, 1, 2, 3]);
  dag.restart();
  assert.deepEqual([...dag.take(10)], [0]);
});

test("a task is finished once, and only after it was taken; otherwise nothing is", () => {
  const dag = diamond();
  assert.throws(() => dag.finish(Uint32Array.of(1)), { code: "RY2206", message: /not handed out/ });
  const first = dag.take(1);
  assert.throws(() => dag.finish(Uint32Array.of(0, 0)), { code: "RY2206", message: /finished already/ });
  assert.throws(() => dag.finish(Uint32Array.of(0, 9)), { code: "RY2206", message: /no task 9/ });
  dag.finish(first);
  assert.deepEqual([...dag.take(10)], [1, 2]);
});

test("what is no graph is refused, a cycle with its path", () => {
  assert.throws(() => new Dag(3, Uint32Array.of(0, 1, 1, 2, 2, 0)), { code: "RY1017", message: /0 -> 1 -> 2 -> 0/ });
  assert.throws(() => new Dag(3, Uint32Array.of(1, 1)), { code: "RY2206", message: /task 1 needs itself/ });
  assert.throws(() => new Dag(3, Uint32Array.of(0, 3)), { code: "RY2206", message: /names task 3, there are 3/ });
  assert.throws(() => new Dag(3, Uint32Array.of(0)), { code: "RY2206" });
  assert.throws(() => new Dag(1_000_001, new Uint32Array()), { code: "RY2206", message: /1000001 tasks/ });
  assert.throws(() => new Dag(-1, new Uint32Array()), { code: "RY2206" });
  assert.throws(() => new Dag(2, [0, 1] as unknown as Uint32Array), { code: "RY2206" });
});

test("memory that another thread could change is not read where it is", () => {
  const { addon } = createRequire(import.meta.url)("../dist/native.js") as { addon: { NativeDag: { create(tasks: number, edges: Uint32Array): unknown } } };
  const lent: Uint32Array[] = [];
  const { NativeDag } = addon;
  addon.NativeDag = {
    create(tasks, edges) {
      lent.push(edges);
      return NativeDag.create(tasks, edges);
    },
  };
  try {
    const shared = new Uint32Array(new SharedArrayBuffer(32));
    shared.set([0, 1, 0, 2, 1, 3, 2, 3]);
    const dag = new Dag(4, shared);
    assert.deepEqual([...dag.order()], [0, 1, 2, 3]);
    assert.ok(lent[0]!.buffer instanceof ArrayBuffer);
    const taken = new Uint32Array(new SharedArrayBuffer(4));
    taken.set(dag.take(1));
    dag.finish(taken);
    assert.deepEqual([...dag.take(10)], [1, 2]);
  } finally {
    addon.NativeDag = NativeDag;
  }
});

test("a fan of a million is handed out whole, and does not change what was handed out before", () => {
  const count = 999_999;
  const edges = Uint32Array.from({ length: 2 * count }, (_, at) => (at % 2 === 0 ? 0 : (at + 1) / 2));
  const dag = new Dag(count + 1, edges);
  const root = dag.take(5);
  dag.finish(root);
  const fan = dag.take(count + 1);
  assert.equal(fan.length, count);
  assert.deepEqual([fan[0], fan[count - 1], [...root]], [1, count, [0]]);
  dag.finish(fan);
  assert.ok(dag.done);
});
