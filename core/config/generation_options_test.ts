import { assertEquals, assertThrows } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import { GENERATION_KEYS, generationJsonSchema, splitGenerationOptions } from "./generation_options.ts";

Deno.test("splitGenerationOptions() asks for one sample unless told otherwise", () => {
  assertEquals(splitGenerationOptions({}), { generation: { n: 1 }, rest: {} });
});

Deno.test("splitGenerationOptions() takes its keys and leaves the others", () => {
  const { generation, rest } = splitGenerationOptions({
    template: "x",
    n: 1024,
    temperature: 0,
    top_p: 1,
    max_tokens: 5,
    stop: ["a", "b"],
    seed: 7,
    presence_penalty: -2,
    frequency_penalty: 2,
    logprobs: true,
    top_logprobs: 5,
    extra: { reasoning: { effort: "low" } },
    temprature: 1,
  });
  assertEquals(Object.keys(generation).toSorted(), GENERATION_KEYS.toSorted());
  assertEquals(rest, { template: "x", temprature: 1 });
});

Deno.test("splitGenerationOptions() refuses what is out of range", () => {
  const cases: readonly (readonly [string, number | string, string])[] = [
    ["n", 0, "a whole number from 1 to 1024"],
    ["n", 1025, "a whole number from 1 to 1024"],
    ["n", 1.5, "a whole number from 1 to 1024"],
    ["temperature", -0.1, "a number of at least 0"],
    ["top_p", 1.1, "a number from 0 to 1"],
    ["max_tokens", 0, "a whole number of at least 1"],
    ["stop", 1, "a string that is not empty or a list of strings that is not empty"],
    ["logprobs", "yes", "true or false"],
  ];
  for (const [key, value, expected] of cases) {
    const error = assertThrows(
      () => splitGenerationOptions({ [key]: value }, { path: ["steps", "teach", "with"] }),
      FastDistillError,
    );
    assertEquals(
      error.message,
      `Expected ${expected} at steps.teach.with.${key}, found ${JSON.stringify(value)}`,
    );
  }
});

Deno.test("generationJsonSchema() describes every key", () => {
  const properties = generationJsonSchema().properties as Readonly<
    Record<string, { readonly description?: string }>
  >;
  assertEquals(Object.keys(properties), GENERATION_KEYS);
  assertEquals(Object.values(properties).filter(({ description }) => !description), []);
});
