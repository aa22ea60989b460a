import {
  definePipeline,
  FastDistillError,
  type JsonObject,
  Registry,
  runPipeline,
  stepSpec,
} from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { builtinSteps } from "../builtin_steps.ts";
import { meanSimilarities, vendiScore } from "./_embedding_spread.ts";
import { selfBleu } from "./_self_bleu.ts";
import measureDiversity from "./measure_diversity.ts";

const ROWS = [
  { text: "the cat sat on the mat", v: [1, 0] },
  { text: "the cat sat on the mat", v: [1, 0] },
  { text: "quite another sentence about boats", v: [0, 2] },
  { text: null, v: null },
];

Deno.test("measure_diversity keeps the contract of steps", async () => {
  await testStep(measureDiversity, [
    { config: { text: "text" }, rows: ROWS },
    { config: { text: "text", embedding: "v", vendi: true, ngrams: [3], sample: 2 }, rows: ROWS },
    { config: { embedding: "v" }, rows: [], columns: { v: "array" } },
  ]);
});

Deno.test("measure_diversity gives all rows the figures of all, and each its own", async () => {
  const run = await runStep(measureDiversity, {
    config: { text: "text", embedding: "v", vendi: true },
    rows: ROWS,
  });
  // 17 words, 10 of them distinct; 14 pairs, 9 of them distinct.
  assertEquals(run.rows.map(({ distinct_1 }) => distinct_1), [10 / 17, 10 / 17, 10 / 17, 10 / 17]);
  assertEquals(run.rows[0]!.distinct_2, 9 / 14);
  assertEquals(
    run.rows.map(({ self_bleu }) => typeof self_bleu === "number" && Number(self_bleu.toFixed(3))),
    [
      1,
      1,
      0.025,
      false,
    ],
  );
  assertEquals(run.rows.map(({ mean_similarity }) => mean_similarity), [0.5, 0.5, 0, null]);
  assertEquals(run.rows[0]!.vendi, 9 / 5);
});

Deno.test("measure_diversity rests on a sample that does not depend on the order of the rows", async () => {
  const rows = Array.from({ length: 40 }, (_, n) => ({ text: `word${n} and word${n % 7}` }));
  const run = await runStep(measureDiversity, { config: { text: "text", sample: 10 }, rows });
  assertEquals(run.rows.filter(({ self_bleu }) => self_bleu !== null).length, 10);
  assertEquals(run.rows.map(({ text }) => text), rows.map(({ text }) => text));
});

Deno.test("measure_diversity gives figures that gates can be set on", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const rows: readonly JsonObject[] = Array.from(
      { length: 5 },
      () => ({ text: "always the same words here" }),
    );
    const pipeline = definePipeline({ name: "diverse" })
      .step("rows", stepSpec("rows", { rows }))
      .step("measure", stepSpec("measure_diversity", { text: "text" }), { stage: "measured" })
      .gate({ stage: "measured", metric: "self_bleu_mean", max: 0.6 })
      .gate({ stage: "measured", metric: "distinct_2_mean", max: 0.3 })
      .build();
    const summary = await runPipeline({ pipeline, registry: new Registry(builtinSteps), runsDir: folder });
    assertEquals(summary.gates.map(({ passed }) => passed), [false, true]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("measure_diversity refuses vectors of several lengths, and nothing to compare", async () => {
  const rows = [{ v: [1, 2] }, { v: [1] }];
  await assertRejects(
    () => runStep(measureDiversity, { config: { embedding: "v" }, rows }),
    FastDistillError,
    "vectors of",
  );
  await assertRejects(() => runStep(measureDiversity, { rows }), FastDistillError, "something to compare");
});

Deno.test("selfBleu() is what BLEU against all others is, found by comparing each with each", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 7 });
  fc.assert(fc.property(fc.array(text, { minLength: 2, maxLength: 5 }), (texts) => {
    const found = selfBleu(texts);
    texts.forEach((words, index) => {
      const others = texts.filter((other, place) => place !== index && other.length > 0);
      const wanted = words.length === 0 || others.length === 0 ? undefined : slowBleu(words, others);
      if (wanted === undefined) assertEquals(found[index], undefined);
      else assertAlmostEquals(found[index]!, wanted, 1e-12);
    });
  }));
});

function slowBleu(words: readonly string[], others: readonly (readonly string[])[]): number {
  const grams = (all: readonly string[], n: number) =>
    all.slice(n - 1).map((_, at) => all.slice(at, at + n).join(" "));
  let log = 0;
  const orders = Math.min(4, words.length);
  for (let n = 1; n <= orders; n++) {
    const own = grams(words, n);
    const count = (gram: string, list: readonly string[]) => list.filter((one) => one === gram).length;
    const matched = [...new Set(own)].reduce(
      (sum, gram) =>
        sum + Math.min(count(gram, own), Math.max(...others.map((other) => count(gram, grams(other, n))))),
      0,
    );
    log += Math.log((matched === 0 ? 0.1 : matched) / own.length) / orders;
  }
  const closest = others.map(({ length }) => length)
    .sort((a, b) => Math.abs(a - words.length) - Math.abs(b - words.length) || a - b)[0]!;
  return Math.exp(log + Math.min(0, 1 - closest / words.length));
}

Deno.test("meanSimilarities() and vendiScore() know both ends", () => {
  const unit = (index: number) => Float32Array.from({ length: 5 }, (_, place) => place === index ? 1 : 0);
  const apart = [0, 1, 2, 3, 4].map(unit);
  assertEquals([vendiScore(apart), meanSimilarities(apart)[0]], [5, 0]);
  const alike = [0, 0, 0].map(unit);
  assertEquals([vendiScore(alike), meanSimilarities(alike)[0]], [1, 1]);
  assertEquals(meanSimilarities([unit(0)]), [undefined]);
  assert(vendiScore([]) === undefined);
});
