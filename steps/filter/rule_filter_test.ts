import { FastDistillError } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertRejects } from "@std/assert";
import ruleFilter from "./rule_filter.ts";

const TEXTS = ["SELECT 1", "", " \n\t\u3000", null, "ab", "x".repeat(30), "😀😀😀", "SELECT secret"];
const ROWS = TEXTS.map((text) => ({ text }));

async function reasonsOf(config: Record<string, string | number>, rows = ROWS) {
  const run = await runStep(ruleFilter, { config: { field: "text", ...config }, rows });
  return run.outcomes.map(({ outcome }) => outcome.kind === "reject" ? outcome.reason : outcome.kind);
}

Deno.test("rule_filter keeps the contract of steps", async () => {
  await testStep(ruleFilter, [
    { config: { field: "text" }, rows: ROWS },
    {
      config: { field: "text", min_chars: 3, max_chars: 20, pattern: "^\\p{L}", not_pattern: "secret" },
      rows: ROWS,
    },
  ]);
});

Deno.test("rule_filter rejects what is empty, and nothing else by default", async () => {
  assertEquals(await reasonsOf({}), [
    "pass",
    "empty_output",
    "empty_output",
    "empty_output",
    "pass",
    "pass",
    "pass",
    "pass",
  ]);
});

Deno.test("rule_filter counts code points", async () => {
  const rows = ["ab", "abc", "abcd", "😀😀", "😀😀😀", "😀😀😀😀", "e\u0301a", "\ud83dxy"].map((text) => ({
    text,
  }));
  const bounds = ["too_short", "pass", "too_long"];
  assertEquals(await reasonsOf({ min_chars: 3, max_chars: 3 }, rows), [...bounds, ...bounds, "pass", "pass"]);
  const run = await runStep(ruleFilter, { config: { field: "text", max_chars: 3 }, rows });
  assertEquals(run.rejected.map(({ detail }) => detail), [
    "4 characters, at most 3",
    "4 characters, at most 3",
  ]);
});

Deno.test("rule_filter matches patterns", async () => {
  const rows = ["SELECT 1", "select 1", "SELECT secret", "WITH x"].map((text) => ({ text }));
  assertEquals(await reasonsOf({ pattern: "^SELECT", not_pattern: "secret" }, rows), [
    "pass",
    "pattern_mismatch",
    "pattern_mismatch",
    "pattern_mismatch",
  ]);
  const run = await runStep(ruleFilter, {
    config: { field: "text", pattern: "^S", not_pattern: "secret" },
    rows,
  });
  assertEquals(run.rejected.map(({ detail }) => detail), [
    "does not match ^S",
    "matches secret",
    "does not match ^S",
  ]);
});

Deno.test("rule_filter gives the first rule that is broken", async () => {
  const rows = [{ text: " " }, { text: "a" }, { text: "b" }];
  assertEquals(await reasonsOf({ min_chars: 2, pattern: "^a" }, rows), [
    "empty_output",
    "too_short",
    "too_short",
  ]);
});

Deno.test("rule_filter fails what is not text", async () => {
  const run = await runStep(ruleFilter, { config: { field: "text" }, rows: [{ text: 5 }, { text: ["a"] }] });
  assertEquals(run.failed.map(({ error }) => [error.code, error.message]), [
    ["graph.column_type", 'Read the column "text" as text, found 5'],
    ["graph.column_type", 'Read the column "text" as text, found ["a"]'],
  ]);
});

Deno.test("rule_filter refuses patterns that are no pattern, or too long, and bounds that cross", async () => {
  const wrong: readonly Record<string, string | number>[] = [{ pattern: "(" }, { not_pattern: "[z-a]" }, {
    pattern: "a".repeat(1001),
  }, {
    min_chars: 5,
    max_chars: 4,
  }];
  for (const config of wrong) {
    const error = await assertRejects(
      () => reasonsOf(config),
      FastDistillError,
    );
    assertEquals(error.code, "config.invalid_value");
  }
});
