/**
 * How many rows a second the evaluators and filters by rules judge, beside JSON.parse on the same rows.
 * `deno task bench:filters [--json]`
 *
 * @module
 */
import type { Row } from "@fastdistill/core";
import { BenchmarkIndex } from "../../steps/filter/_benchmark_index.ts";
import { findPii, PII_KINDS } from "../../steps/filter/_pii_detectors.ts";
import { repetitionProblem } from "../../steps/filter/_repetition.ts";
import { normalisedWords } from "../../steps/_shared/words.ts";
import { isSameMathValue } from "../../steps/evaluate/_math_equality.ts";
import { readMathValue } from "../../steps/evaluate/_read_math_value.ts";
import { medianOf, printBench } from "./_bench_result.ts";

const ROWS = 20_000;
const BENCHMARK_TEXTS = 50_000;
const RULES = { tolerance: 1e-6, units: "if_both" } as const;

/** Words of a text that its number decides; every 50th text is one of the benchmark. */
function textOf(number: number): string {
  const word = (place: number) => {
    const mixed = Math.imul((number + 1) ^ Math.imul(place + 1, 0x27d4eb2f), 0x9e3779b1);
    const state = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
    return `w${(state >>> 8) % 30_011}`;
  };
  return Array.from({ length: 80 }, (_, place) => word(place)).join(" ");
}

const rows: readonly Row[] = Array.from({ length: ROWS }, (_, n) => ({
  text: textOf(n % 50 === 0 ? n : BENCHMARK_TEXTS + n),
  answer: n % 2 === 0 ? `\\frac{${n}}{3} \\text{ cm}` : `$${n},000.00`,
}));
const lines = rows.map((row) => JSON.stringify(row));

/** Rows a second of something done to every row. */
function rate(action: (row: Row, index: number) => void): Promise<number> {
  const since = performance.now();
  rows.forEach(action);
  return Promise.resolve(ROWS / ((performance.now() - since) / 1_000));
}

const index = new BenchmarkIndex({ n: 13, shortest: 8 });
for (let n = 0; n < BENCHMARK_TEXTS; n++) {
  index.add(normalisedWords(textOf(n)), { file: "b", line: n + 1, field: "" });
}

let contaminated = 0;
const text = (row: Row) => row.text as string;
const baseline = {
  name: "JSON.parse",
  value: await medianOf(3, () => rate((_, at) => void JSON.parse(lines[at]!))),
};
const decontaminated = await medianOf(3, () => {
  contaminated = 0;
  return rate((row) => contaminated += index.overlapOf(normalisedWords(text(row))).words > 0 ? 1 : 0);
});
if (contaminated !== ROWS / 50) throw new Error(`Planted ${ROWS / 50} rows, found ${contaminated}`);
const masked = await medianOf(3, () => rate((row) => void findPii(text(row), PII_KINDS)));
const repeated = await medianOf(3, () => rate((row) => void repetitionProblem(text(row))));
const solved = await medianOf(3, () =>
  rate((row) => {
    const answer = readMathValue(row.answer as string);
    if (!isSameMathValue(answer, readMathValue(row.answer as string), RULES)) {
      throw new Error("Found no match");
    }
  }));
printBench("filters", [
  { name: "decontaminate, 13-grams, 50,000 texts", unit: "rows/s", value: decontaminated, baseline },
  { name: "mask_pii, all kinds", unit: "rows/s", value: masked, baseline },
  { name: "format_rules, repetition", unit: "rows/s", value: repeated, baseline },
  { name: "math_equal", unit: "rows/s", value: solved, baseline },
]);
