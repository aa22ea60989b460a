import { FastDistillError, type JsonObject, type Row } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { normalisedWords } from "../_shared/words.ts";
import { BenchmarkIndex } from "./_benchmark_index.ts";
import decontaminate from "./decontaminate.ts";

const QUESTION =
  "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May.";
const SHORT = "What is the boiling point of water at sea level?";
const FILES = {
  "test.jsonl": [
    JSON.stringify({ question: "Who wrote it?", answer: "none" }),
    JSON.stringify({ question: QUESTION, answer: "72" }),
    JSON.stringify({
      question: SHORT,
      choices: ["This choice is long enough to be a gram of its own, surely."],
    }),
  ].join("\n"),
  "test.txt": `\n${SHORT}\n人工智能是计算机科学的一个分支研究智能的实质\n`,
};
const CONFIG: JsonObject = { columns: ["q"], against: [{ path: "test.jsonl" }] };

async function rejectedOf(texts: readonly string[], config: JsonObject = {}) {
  const run = await runStep(decontaminate, {
    config: { ...CONFIG, ...config },
    rows: texts.map((q) => ({ q })),
    files: FILES,
  });
  return run.outcomes.map(({ outcome }) => outcome.kind === "reject" ? outcome.detail : outcome.kind);
}

Deno.test("decontaminate keeps the contract of steps", async () => {
  const rows: readonly Row[] = [{ q: QUESTION }, { q: null }, { q: "" }, { q: [QUESTION] }, {
    q: "Something else",
  }];
  await testStep(decontaminate, [
    { config: CONFIG, rows, files: FILES, columns: { q: "any" } },
    { config: { ...CONFIG, action: "mark", ngram: 8 }, rows, files: FILES, columns: { q: "any" } },
  ]);
});

Deno.test("decontaminate finds a question inside of another text, whatever its form, and names its source", async () => {
  const inside =
    `Please solve: "NATALIA  sold clips to 48 of her friends, in April; and then she sold nothing."`;
  assertEquals(await rejectedOf([inside, "A text about clips that Natalia sold to friends"]), [
    "14 words shared with test.jsonl:2 (question), 82 % of q: natalia sold clips to 48 of her friends in april and then she sold",
    "pass",
  ]);
  assertEquals(await rejectedOf([`ＮＡＴＡＬＩＡ ${QUESTION.slice(8)}`]), [
    "20 words shared with test.jsonl:2 (question), 100 % of q: natalia sold clips to 48 of her friends in april and then she sold half as many clips in may",
  ]);
});

Deno.test("decontaminate takes n-grams of the length that is asked for", async () => {
  const nine = "She sold clips to 48 of her friends in spring";
  assertEquals(await rejectedOf([nine]), ["pass"]);
  assertEquals(await rejectedOf([nine], { ngram: 8 }), [
    "8 words shared with test.jsonl:2 (question), 80 % of q: sold clips to 48 of her friends in",
  ]);
});

Deno.test("decontaminate looks for short benchmark texts as a whole, and leaves out the shortest", async () => {
  const against = [{ path: "test.txt" }];
  const whole = "Tell me: what is the boiling point of water at sea level";
  const part = "What is the boiling point of water at the top of a mountain?";
  assertEquals(await rejectedOf([whole, part, "Who wrote it?"], { against }), [
    "10 words shared with test.txt:2, 83 % of q: what is the boiling point of water at sea level",
    "pass",
    "pass",
  ]);
  assertEquals(await rejectedOf([whole], { against, min_words: 11 }), ["pass"]);
  assertEquals(await rejectedOf(["请问，人工智能是计算机科学的一个分支吗？"], { against, ngram: 8 }), [
    "15 words shared with test.txt:3, 83 % of q: 人 工 智 能 是 计 算 机 科 学 的 一 个 分 支",
  ]);
});

Deno.test("decontaminate compares only the fields that are named", async () => {
  const choice = "This choice is long enough to be a gram of its own, surely.";
  assertEquals((await rejectedOf([choice])).map((one) => one?.startsWith("13 words shared")), [true]);
  assertEquals(await rejectedOf([choice], { against: [{ path: "test.jsonl", fields: ["question"] }] }), [
    "pass",
  ]);
});

Deno.test("decontaminate marks rows, and heeds the least overlap", async () => {
  const long = `${QUESTION} ${"and so on for ever ".repeat(20)}`;
  const rows = [QUESTION, long, "else"].map((q) => ({ q }));
  const run = await runStep(decontaminate, {
    config: { ...CONFIG, action: "mark", min_overlap: 0.5 },
    rows,
    files: FILES,
  });
  assertEquals(run.rows.map(({ contaminated }) => contaminated), [true, false, false]);
  assertEquals(run.rows[0]!.contamination, {
    column: "q",
    file: "test.jsonl",
    line: 2,
    field: "question",
    words: 20,
    overlap: 1,
    span: normalisedWords(QUESTION).join(" "),
  });
});

Deno.test("decontaminate refuses benchmarks without texts, broken lines and missing files", async () => {
  const cases: readonly (readonly [JsonObject, string])[] = [
    [{ path: "test.jsonl", fields: ["prompt"] }, "found none"],
    [{ path: "broken.jsonl" }, "broken.jsonl:2"],
    [{ path: "none.jsonl" }, "none.jsonl"],
  ];
  for (const [benchmark, found] of cases) {
    const error = await assertRejects(
      () =>
        runStep(decontaminate, {
          config: { columns: ["q"], against: [benchmark] },
          rows: [{ q: "" }],
          files: { ...FILES, "broken.jsonl": '{"a":"b"}\nx\n' },
        }),
      FastDistillError,
    );
    assertStringIncludes(error.message, found);
  }
});

Deno.test("BenchmarkIndex.overlapOf() finds what a search through all texts finds", () => {
  const word = fc.constantFrom("a", "b", "c");
  const text = fc.array(word, { maxLength: 14 });
  fc.assert(fc.property(fc.array(text, { maxLength: 5 }), text, (benchmark, words) => {
    const index = new BenchmarkIndex({ n: 4, shortest: 2 });
    benchmark.forEach((one, line) => index.add(one, { file: "f", line, field: "" }));
    const isIn = (gram: readonly string[], at: number) =>
      gram.every((one, offset) => words[at + offset] === one);
    const grams = benchmark.flatMap((one) =>
      one.length < 2 ? [] : one.length < 4 ? [one] : one.slice(3).map((_, at) => one.slice(at, at + 4))
    );
    const covered = words.map((_, place) =>
      grams.some((gram) => gram.some((_, offset) => place >= offset && isIn(gram, place - offset)))
    );
    const { words: count, longest } = index.overlapOf(words);
    assertEquals(count, covered.filter(Boolean).length);
    if (longest === undefined) return;
    const run = words.slice(longest.start, longest.start + longest.length).join(" ");
    assert(` ${benchmark[longest.source.line]!.join(" ")} `.includes(` ${run} `));
  }));
});

Deno.test("BenchmarkIndex keeps every gram while its tables grow", () => {
  const index = new BenchmarkIndex({ n: 3, shortest: 3 });
  for (let n = 0; n < 20_000; n++) index.add([`x${n}`, `y${n}`, `z${n}`], { file: "f", line: n, field: "" });
  for (let n = 0; n < 20_000; n += 97) {
    assertEquals(index.overlapOf([`x${n}`, `y${n}`, `z${n}`]).longest?.source.line, n);
    assertEquals(index.overlapOf([`x${n}`, `y${n}`, `z${n + 1}`]).words, 0);
  }
  assertEquals(index.count, 20_000);
});
