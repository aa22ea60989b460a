import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals } from "@std/assert";
import countTokens from "./count_tokens.ts";

const ROWS = [{ a: "hello world", b: null }, { a: "", b: ["hello"] }, { a: "<|endoftext|>", b: null }];

Deno.test("count_tokens keeps the contract of steps", async () => {
  await testStep(countTokens, [
    { config: { columns: ["a", "b"] }, rows: ROWS },
    { config: { columns: ["a"], to: "n", encoding: "cl100k_base" }, rows: ROWS },
  ]);
});

Deno.test("count_tokens counts as the encodings are known to", async () => {
  const count = async (encoding: string) => {
    const run = await runStep(countTokens, { config: { columns: ["a", "b"], encoding }, rows: ROWS });
    return run.rows.map(({ tokens }) => tokens);
  };
  for (const encoding of ["o200k_base", "cl100k_base", "p50k_base", "r50k_base"]) {
    const [words, list, special] = await count(encoding);
    assertEquals(words, 2, encoding);
    assertEquals(typeof list === "number" && list >= 3, true, encoding);
    // What looks like a special token is text, and so more than one.
    assertEquals(typeof special === "number" && special > 1, true, encoding);
  }
});
