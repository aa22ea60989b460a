import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import extractAnswer from "../transform/extract_answer.ts";
import mathEqual from "./math_equal.ts";

Deno.test("math_equal keeps the contract of steps", async () => {
  await testStep(mathEqual, [
    {
      rows: [{ answer: "18", reference: "18" }, { answer: "", reference: "" }, {
        answer: null,
        reference: 3,
      }],
    },
    { rows: [{ a: 2, r: ["1", 2] }], config: { answer: "a", reference: "r", to: "ok" } },
  ]);
});

const CASES: readonly (readonly [string | number | null, string | number | null, boolean])[] = [
  ["18", "18", true],
  ["18", "19", false],
  [18, "18.0", true],
  ["18.", "18", true],
  ["65,960", "65960", true],
  ["1 450 000", "1,450,000", true],
  ["1,23", "123", false],
  ["$1,000.00", "1000", true],
  ["\\$1{,}000", "1000", true],
  ["€ 5", "5", true],
  ["-$5", "-5", true],
  ["−5", "-5", true],
  ["- 5", "-5", true],
  ["+5", "5", true],
  ["5", "-5", false],
  ["50%", "50", true],
  ["50%", "0.5", true],
  ["50 percent", "0.5", true],
  ["50%", "5", false],
  ["1/2", "0.5", true],
  ["\\frac{1}{2}", "1/2", true],
  ["\\dfrac{3}{4}", ".75", true],
  ["1 1/2", "1.5", true],
  ["1½", "1.5", true],
  ["-1 1/2", "-1.5", true],
  ["2/4", "1/2", true],
  ["1/3", "0.3333333", true],
  ["1/3", "0.33", false],
  ["1/0", "1/0", true],
  ["1/0", "1", false],
  ["1e3", "1000", true],
  ["1.8 billion", "1800000000", true],
  ["2 million dollars", "$2,000,000", true],
  ["18 dollars", "18", true],
  ["20 square feet", "20", true],
  ["12 cm^2", "12", true],
  ["12 cm²", "12", true],
  ["2^3", "8", true],
  ["5 apples and 3 pears", "5", false],
  ["x = 7", "7", true],
  ["The answer is 7.", "7", true],
  ["**7**", "7", true],
  ["\\(7\\)", "7", true],
  ["7 \\text{ hours}", "7", true],
  ["5:30", "5:30", true],
  ["5:30", "5:45", false],
  ["Tuesday.", "tuesday", true],
  ["Tuesday", "Monday", false],
  ["1000000", "1000001", false],
  ["12345678901234567890", "12345678901234567891", false],
  ["12345678901234567890", "12345678901234567890", true],
  ["0.30000000000000004", "0.3", true],
  ["", "", false],
  ["", "0", false],
  [null, null, false],
];

Deno.test("math_equal compares by value", async (t) => {
  const run = await runStep(mathEqual, {
    rows: CASES.flatMap(([a, b]) => [{ answer: a, reference: b }, { answer: b, reference: a }]),
    columns: { answer: "any", reference: "any" },
  });
  for (const [index, [a, b, equal]] of CASES.entries()) {
    await t.step(`${a} and ${b}`, () => {
      assertEquals([run.rows[2 * index]?.solved, run.rows[2 * index + 1]?.solved], [equal, equal]);
    });
  }
});

type Pair = readonly [answer: string, reference: string, isEqual: boolean, what: string];

Deno.test("math_equal decides every pair of the table that was labelled by hand, both ways round", async () => {
  const lines = await readFile(new URL("_fixtures/math_pairs.jsonl", import.meta.url), "utf8");
  const pairs = lines.trim().split("\n").map((line) => JSON.parse(line) as Pair);
  assertGreaterOrEqual(pairs.length, 150);
  const rows = pairs.flatMap(([a, b]) => [{ answer: a, reference: b }, { answer: b, reference: a }]);
  const run = await runStep(mathEqual, { rows });
  const wrong = pairs.filter(([, , isEqual], index) =>
    run.rows[2 * index]?.solved !== isEqual || run.rows[2 * index + 1]?.solved !== isEqual
  );
  assertEquals(wrong, []);
});

Deno.test("math_equal takes any of several references, and a wider tolerance", async () => {
  const rows = [
    { answer: "2", reference: ["1", "2"] },
    { answer: "3", reference: ["1", "2"] },
    { answer: "2", reference: [] },
    { answer: "3.15", reference: "3.14" },
  ];
  const run = await runStep(mathEqual, { rows, config: { tolerance: 0.01 } });
  assertEquals(run.rows.map(({ solved }) => solved), [true, false, false, true]);
});

const file = new URL("../../../shared/data/gsm8k/model_solutions.jsonl", import.meta.url);
const isAbsent = !existsSync(file);
// deno-lint-ignore no-console -- whoever runs the tests is told what was left out
if (isAbsent) console.log("Skipped: no gsm8k data in ../shared/data/gsm8k");

interface Problem {
  readonly ground_truth: string;
  readonly [model: string]: string | { readonly is_correct: boolean; readonly solution: string };
}

const SOLVED = {
  "6b_finetuning": 153,
  "6b_verification": 280,
  "175b_finetuning": 241,
  "175b_verification": 398,
};

/** The labels follow this rule: the text after the last `A:`, without thousands separators, is that of the reference. */
for (const [model, solved] of Object.entries(SOLVED)) {
  for (const style of ["gsm8k", "last_number"]) {
    Deno.test({
      name: `math_equal agrees with every label of ${model} in the gsm8k data, read as ${style}`,
      ignore: isAbsent,
      fn: async () => {
        const problems = (await readFile(file, "utf8")).trim().split("\n").map((line) =>
          JSON.parse(line) as Problem
        );
        const rows = problems.map((problem) => {
          const { is_correct, solution } = problem[model] as { is_correct: boolean; solution: string };
          return { is_correct, solution, truth: problem.ground_truth };
        });
        const found = await runStep(extractAnswer, { rows, config: { from: "solution", style } });
        const wanted = await runStep(extractAnswer, {
          rows: found.rows,
          config: { from: "truth", to: "reference", style },
        });
        const judged = await runStep(mathEqual, { rows: wanted.rows });
        assertEquals(judged.rows.length, 700);
        assertEquals(judged.rows.filter((row) => row.solved !== row.is_correct), []);
        assertEquals(judged.rows.filter((row) => row.solved === true).length, solved);
      },
    });
  }
}
