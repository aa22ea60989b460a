import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals } from "@std/assert";
import extractAnswer from "./extract_answer.ts";

async function answers(style: string, solutions: readonly string[]): Promise<readonly unknown[]> {
  const rows = solutions.map((generation) => ({ generation }));
  return (await runStep(extractAnswer, { config: { style }, rows })).rows.map(({ answer }) => answer);
}

Deno.test("extract_answer keeps the contract of steps", async () => {
  await testStep(extractAnswer, [
    {
      rows: [{ generation: "So\nA: 18" }, { generation: "no" }, { generation: null }],
      columns: { generation: "string" },
    },
    { rows: [{ text: "\\boxed{1}" }], config: { from: "text", to: "out", style: "boxed" } },
  ]);
});

Deno.test("extract_answer reads marked lines", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["She makes 9 * 2 = $<<9*2=18>>18.\nA: 18", "18"],
    ["So 18.\n#### 18", "18"],
    ["#### $1,450,000 \n", "$1,450,000"],
    ["A: 5\nNo, wait.\n  A: 7", "7"],
    ["A:-2.5", "-2.5"],
    ["A: 5\r\n", "5"],
    ["Q: A: is no answer in the line, PA: 3", ""],
    ["A:\n", ""],
    ["1818181818181818", ""],
    ["", ""],
  ];
  assertEquals(await answers("gsm8k", cases.map(([text]) => text)), cases.map(([, answer]) => answer));
});

Deno.test("extract_answer reads boxes", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["Thus $\\boxed{42}$.", "42"],
    ["\\boxed{1} then \\boxed{\\frac{1}{2}}", "\\frac{1}{2}"],
    ["\\boxed{ \\text{a \\} b} }", "\\text{a \\} b}"],
    ["\\fbox{7}", "7"],
    ["\\boxed 5", "5"],
    ["\\boxed{3} and \\boxed{never closed", "3"],
    ["42", ""],
  ];
  assertEquals(await answers("boxed", cases.map(([text]) => text)), cases.map(([, answer]) => answer));
});

Deno.test("extract_answer reads the last number", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["16 - 3 = 13 eggs, so 13 * 2 = <<13*2=26>>$26.", "$26"],
    ["It costs $1,234.50 in all.", "$1,234.50"],
    ["The result is -7", "-7"],
    ["From 5-3", "3"],
    ["That is 1/2 of it, or 50%.", "50%"],
    ["It is 3/4.", "3/4"],
    ["About .5", ".5"],
    ["Version x2 and no other", ""],
    ["none", ""],
  ];
  assertEquals(await answers("last_number", cases.map(([text]) => text)), cases.map(([, answer]) => answer));
});
