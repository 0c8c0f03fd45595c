import assert from "node:assert/strict";
import { test } from "node:test";
import { Broker } from "reynolds";
import { comment, folder } from "./support.mjs";

const GENESIS = {
  name: "triage",
  config: { rules: [{ id: "r", effects: [{ kind: "message", subject: "teams:triage", text: "{kind}" }] }] },
};

test("a broker over a journal folder can be driven by hand", async () => {
  using journal = folder();
  const broker = await Broker.open(journal.path, GENESIS);
  assert.equal(broker.opened?.fresh, true);
  broker.submit(1000, { type: "event", ...comment("d1") });
  assert.deepEqual(broker.released(0), []);
  assert.equal(await broker.commit(), 2);
  assert.deepEqual(broker.released(0).map(({ id }) => id), ["2.0"]);
  const pending = broker.commit();
  broker.submit(1001, { type: "event", ...comment("d2") });
  await pending;
  assert.equal(await broker.saveSnapshot(), 3);
  const digest = broker.digest();
  broker.close();
  await assert.rejects(broker.commit(), { code: "RY2202" });
  const again = await Broker.open(journal.path, GENESIS);
  assert.deepEqual([again.opened?.snapshot, again.opened?.replayed, again.digest()], [3, 0, digest]);
  again.close();
});

test("a broker without a journal folder has nothing to commit to", async () => {
  const broker = new Broker(GENESIS);
  assert.equal(broker.opened, undefined);
  await assert.rejects(broker.commit(), { code: "RY2202" });
});
