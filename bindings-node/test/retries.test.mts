// What an error of a platform's client says about an effect: the same list for every language.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { outcomeOf } from "reynolds";

interface Case {
  status: unknown;
  headers: Record<string, string | number>;
  comes_to: "failed" | "retry" | "ambiguous";
  after_ms?: number;
}

const CASES = JSON.parse(readFileSync(join(import.meta.dirname, "../../core/tests/hosts/retries.json"), "utf8")) as Case[];
const NOW = 1_700_000_000_000;

const written = (headers: Case["headers"]) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replace(/(^|-)./g, (letter) => letter.toUpperCase()), value]));
const asked = (headers: Case["headers"]) => new Headers(Object.entries(headers).map(([name, value]) => [name, `${value}`] as [string, string]));

/** Where clients keep what was answered: Octokit, axios, got, Bot Framework, and in between. */
const SHAPES: Record<string, (status: unknown, headers: Case["headers"]) => object> = {
  "status, and the response's headers": (status, headers) => ({ status, response: { headers } }),
  "the response": (status, headers) => ({ response: { status, headers: asked(headers) } }),
  "the response's statusCode": (statusCode, headers) => ({ code: "ERR_NON_2XX_3XX_RESPONSE", response: { statusCode, headers } }),
  "statusCode": (statusCode, headers) => ({ statusCode, response: { headers: asked(headers) } }),
  "a plain object": (status, headers) => ({ status, headers: written(headers) }),
  "headers of both": (status, headers) => ({ status, headers: {}, response: { headers } }),
};

for (const [shape, make] of Object.entries(SHAPES)) {
  test(`an error comes to the same in every language: ${shape}`, () => {
    for (const { status, headers, comes_to, after_ms } of CASES) {
      const error = Object.assign(new Error("it said no"), make(status, headers));
      const expected = { failed: { type: "failed", reason: "it said no" }, retry: { type: "retry", after_ms }, ambiguous: { type: "ambiguous" } };
      assert.deepEqual(outcomeOf(error, NOW), expected[comes_to], `${status} ${JSON.stringify(headers)}`);
    }
  });
}

test("headers of another kind do not hide the status, and what is no error says nothing", () => {
  for (const headers of [[["retry-after", "5"]], "retry-after: 5", 5, null]) {
    assert.deepEqual(outcomeOf(Object.assign(new Error("Not Found"), { status: 404, headers })), { type: "failed", reason: "Not Found" });
  }
  for (const error of [undefined, null, 404, "404", () => {}]) assert.deepEqual(outcomeOf(error), { type: "ambiguous" });
});
