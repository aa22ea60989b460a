import { assertEquals } from "@std/assert";
import { headerProblem, sampleProblem } from "./_recording_problem.ts";

const SAMPLE = {
  index: 0,
  content: "hi",
  model: "m-1",
  finish_reason: { kind: "stop", raw: "stop" },
  usage: { input_tokens: 1, output_tokens: 2 },
  duration_ms: 3,
};

Deno.test("sampleProblem() finds nothing wrong with a whole sample", () => {
  assertEquals(sampleProblem(SAMPLE, 0), undefined);
});

Deno.test("sampleProblem() names the sample and what it lacks", () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [null, "sample 2 is not a JSON object"],
    [{ ...SAMPLE, index: -1 }, 'sample 2 has no whole "index"'],
    [{ ...SAMPLE, index: "0" }, 'sample 2 has no whole "index"'],
    [{ ...SAMPLE, content: null }, 'sample 2 has no text "content"'],
    [{ ...SAMPLE, model: undefined }, 'sample 2 has no text "model"'],
    [{ ...SAMPLE, finish_reason: "stop" }, 'sample 2 has no "finish_reason" with a "kind"'],
    [
      { ...SAMPLE, usage: { input_tokens: 1.5, output_tokens: 1 } },
      'sample 2 has no "usage" with whole input_tokens and output_tokens',
    ],
    [{ ...SAMPLE, usage: null }, 'sample 2 has no "usage" with whole input_tokens and output_tokens'],
  ];
  for (const [sample, expected] of cases) assertEquals(sampleProblem(sample, 2), expected);
});

Deno.test("headerProblem() wants the models by name", () => {
  assertEquals(headerProblem({ models: [] }), undefined);
  assertEquals(headerProblem({}), '"models" is not a list of names');
  assertEquals(headerProblem({ models: [1] }), '"models" is not a list of names');
});
