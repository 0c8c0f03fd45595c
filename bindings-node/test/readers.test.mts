import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { Broker, cloudevents, eventgrid, github, ReynoldsError, teams, type Performing } from "reynolds";

const PAYLOAD = {
  action: "created",
  issue: { number: 7, title: "It breaks" },
  comment: { id: 17, body: "Which release has the fix?", updated_at: "2025-01-01T00:00:00Z", user: { login: "octocat", type: "User" } },
  repository: { full_name: "acme/api" },
  sender: { login: "octocat", type: "User" },
};
const BODY = JSON.stringify(PAYLOAD);
const HEADERS = { "x-github-event": "issue_comment", "x-github-delivery": "d1" };

function code(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof ReynoldsError, `${error}`);
    return error.code;
  }
  return "nothing";
}

test("a GitHub delivery reads the same raw and parsed", () => {
  const event = github.event({ headers: HEADERS, body: Buffer.from(BODY) });
  assert.deepEqual(
    [event.id, event.source, event.kind, event.subject, event.object, event.text, event.actor],
    ["d1", "github", "issue_comment.created", "github:acme/api#7", "github:comment/17", "Which release has the fix?",
      { id: "github:octocat", class: "human" }],
  );
  assert.deepEqual(github.event({ id: "d1", name: "issue_comment", payload: PAYLOAD }), event);
  assert.deepEqual(github.event({ headers: HEADERS, body: BODY }), event);
});

test("headers are taken as Node, fetch or a list of pairs gives them", () => {
  const pairs: Array<[string, string]> = [["X-GitHub-Event", "issue_comment"], ["X-GitHub-Delivery", "d1"]];
  for (const headers of [HEADERS, pairs, new Map(pairs), new Headers(pairs), { ...HEADERS, "set-cookie": ["a", "b"], none: undefined }]) {
    assert.equal(github.event({ headers, body: BODY }).id, "d1");
  }
});

test("a payload that can not be read is refused with its number", () => {
  const read = (body: string | Uint8Array, headers = HEADERS) => code(() => github.event({ headers, body }));
  assert.equal(read("{"), "RY1101");
  assert.equal(read(""), "RY1101");
  assert.equal(read(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), "RY1104");
  assert.equal(read("[".repeat(200)), "RY1103");
  assert.equal(read("[]"), "RY1108");
  assert.equal(code(() => github.event({ body: BODY })), "RY1106");
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  assert.equal(code(() => github.event({ id: "d1", name: "issues", payload: circle })), "RY1108");
  for (const wrong of [undefined, null, 5, "x", {}, { body: 5 }, { id: "d1", name: "issues", payload: "{}" }]) {
    assert.equal(code(() => github.event(wrong as never)), "RY1108", `${JSON.stringify(wrong)}`);
  }
  assert.equal(code(() => teams.event({ type: "message" })), "RY1109");
  assert.equal(code(() => cloudevents.events({ body: "{}" })), "RY1109");
});

test("GitHub's own signature vector verifies, under old and new secrets", () => {
  const body = "Hello, World!";
  const signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  const secret = "It's a Secret to Everybody";
  const verify = (secrets: string | string[], value: string, text = body) =>
    code(() => github.verify(secrets, { headers: { "x-hub-signature-256": value }, body: text }));
  assert.equal(verify(secret, signature), "nothing");
  assert.equal(verify(["new", secret], signature), "nothing");
  assert.equal(verify("new", signature), "RY1107");
  assert.equal(verify(secret, signature, "Hello, World?"), "RY1107");
  assert.equal(verify(secret, ""), "RY1107");
  assert.equal(code(() => github.verify(secret, { body })), "RY1107");
  const missing = { message: /^RY1107: .*: the header X-Hub-Signature-256 is missing \(set a secret at GitHub, or pass the header on\)/ };
  for (const headers of [{}, { "x-github-event": "issues" }]) assert.throws(() => github.verify(secret, { headers, body }), missing);
  const made = createHmac("sha256", "s").update(BODY).digest("hex");
  assert.equal(verify("s", `sha256=${made}`, BODY), "nothing");
});

test("the other platforms read raw and parsed", () => {
  const activity = { type: "message", id: "a1", channelId: "msteams", conversation: { id: "19:x@thread" }, from: { id: "29:me", name: "Me" }, text: "hi" };
  const event = teams.event(activity);
  assert.deepEqual([event.source, event.kind, event.text], ["teams", "message", "hi"]);
  assert.deepEqual(teams.event({ body: JSON.stringify(activity) }), event);

  const grid = { id: "g1", topic: "/t", subject: "/s", eventType: "Made", eventTime: "2025-01-01T00:00:00Z", data: {} };
  assert.deepEqual(eventgrid.events([grid, { ...grid, id: "g2" }]).map(({ id }) => id), ["g1", "g2"]);
  assert.deepEqual(eventgrid.events({ body: JSON.stringify(grid) }).map(({ kind }) => kind), ["Made"]);

  const cloud = { specversion: "1.0", id: "c1", source: "/src", type: "made" };
  assert.deepEqual(cloudevents.events(cloud).map(({ id }) => id), ["c1"]);
  const binary = { "ce-specversion": "1.0", "ce-id": "c2", "ce-source": "/src", "ce-type": "made", "content-type": "application/json" };
  assert.deepEqual(cloudevents.events({ headers: binary, body: "{}" }).map(({ id }) => id), ["c2"]);
});

test("a webhook goes into the broker without a detour", () => {
  const broker = new Broker({ name: "triage" });
  const answers = broker.submitWebhook(1000, "github", { headers: HEADERS, body: Buffer.from(BODY) });
  assert.deepEqual(answers, [{ seq: 2, chain: "2", verdicts: [] }]);
  const other = new Broker({ name: "triage" });
  other.submit(1000, github.event({ headers: HEADERS, body: BODY }));
  assert.equal(broker.digest(), other.digest());
  assert.equal(code(() => broker.submitWebhook(1000, "gitlab" as never, { body: BODY })), "RY2206");
  assert.equal(code(() => broker.submitWebhook(1000, "github", { headers: HEADERS, body: "{" })), "RY1101");
});

test("a subject leads back to Octokit's words", () => {
  assert.deepEqual(github.ref("github:acme/api#7"), { owner: "acme", repo: "api", issue_number: 7 });
  for (const subject of ["github:acme/api", "teams:x", "github:acme/api#x"]) assert.equal(code(() => github.ref(subject)), "RY2207");
});

test("a Teams conversation is named for Bot Framework, and a message as its event names it", () => {
  const base = "19:ab@thread.tacv2";
  assert.deepEqual(teams.ref(`teams:${base}`), { conversation: base });
  assert.deepEqual(teams.ref(`teams:${base};messageid=17`), { conversation: `${base};messageid=17`, thread: "17" });
  for (const subject of ["github:acme/api#7", "teams:", "teams:msg/x/1", "teams:;messageid=1"]) assert.equal(code(() => teams.ref(subject)), "RY2207");
  for (const id of [base, `${base};messageid=17`]) {
    const event = teams.event({ type: "message", id: "18", channelId: "msteams", conversation: { id }, text: "hi" });
    assert.equal(teams.object(teams.ref(event.subject).conversation, "18"), event.object);
    assert.equal(event.object, "teams:msg/19:ab@thread.tacv2/18");
  }
});

test("a marked text is recognised as its effect's, and no other's", () => {
  const effect: Performing = {
    type: "act", id: "2.0", release: 1, chain: "2", cause: ["d1"], hop: 1, redelivered: false, kind: "comment",
    subject: "github:acme/api#7", text: "42", idempotency_key: "triage/2.0",
  };
  assert.equal(github.mark(effect), "42\n\n<!-- reynolds:triage/2.0 -->");
  const token = "ry1.18xdx7qj2j00j00dbdndztwkztqw270kq5yu49xz0vwk8lc1";
  assert.equal(github.mark({ ...effect, token }), `42\n\n<!-- ${token} -->`);
  assert.ok(github.marked(github.mark(effect), effect));
  assert.ok(github.marked(github.mark({ ...effect, token }), { ...effect, token }));
  assert.ok(!github.marked(github.mark({ ...effect, idempotency_key: "triage/2.01" }), effect));
  assert.ok(!github.marked(null, effect));
});

test("memory shared between threads is copied before it is read", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(BODY.length));
  shared.set(Buffer.from(BODY));
  assert.equal(github.event({ headers: HEADERS, body: shared }).id, "d1");
});

test("what names no message is refused, and gets no name that others have too", () => {
  for (const [conversation, id] of [["19:c", undefined], ["19:c", ""], [undefined, "7"], ["", "7"]] as Array<[never, never]>) {
    assert.equal(code(() => teams.object(conversation, id)), "RY2206");
  }
  for (const none of [{ text: "hi" }, { type: "act", text: "hi" }, { id: "2.0" }, undefined, "2.0"] as never[]) {
    assert.equal(code(() => github.mark(none)), "RY2206");
    assert.equal(code(() => github.marked("<!-- reynolds:undefined -->", none)), "RY2206");
  }
});
