import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals } from "@std/assert";
import canonicalizeFields from "./canonicalize_fields.ts";

const ROWS = [
  { b: 1, a: "é", note: null, raw: '{"b": 1.0, "a": "é"}' },
  { b: 2, a: "e\u0301", note: "x", raw: '{"b": 2, "a": "e\u0301"}' },
];

async function texts(config: Record<string, string | boolean | readonly string[]>) {
  const run = await runStep(canonicalizeFields, {
    config: { fields: ["b", "a", "note"], ...config },
    rows: ROWS,
  });
  return run.rows.map(({ canonical_input }) => canonical_input);
}

Deno.test("canonicalize_fields keeps the contract of steps", async () => {
  await testStep(canonicalizeFields, [
    { config: { fields: ["a"] }, rows: ROWS },
    { config: { fields: ["a", "b"], to: "key", policy: "compat", line_column: "raw" }, rows: ROWS },
  ]);
});

Deno.test("canonicalize_fields writes sorted keys in form NFC, without what is null", async () => {
  assertEquals(await texts({}), ['{"a":"é","b":1}', '{"a":"é","b":2,"note":"x"}']);
  assertEquals((await texts({ drop_nulls: false }))[0], '{"a":"é","b":1,"note":null}');
});

Deno.test("canonicalize_fields writes under compat what Python writes, 1.0 as the line has it", async () => {
  assertEquals(await texts({ policy: "compat" }), [
    '{"a":"\\u00e9","b":1}',
    '{"a":"e\\u0301","b":2,"note":"x"}',
  ]);
  assertEquals((await texts({ policy: "compat", line_column: "raw" }))[0], '{"a":"\\u00e9","b":1.0}');
});
