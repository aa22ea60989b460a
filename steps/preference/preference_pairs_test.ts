import type { Json, Row } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import preferencePairs from "./preference_pairs.ts";

function candidates(...scores: readonly (number | null)[]): readonly Row[] {
  return scores.map((score, index) => ({ q: "q", generation: `answer ${index}`, score }));
}

async function pairs(config: Record<string, Json>, rows: readonly Row[]): Promise<readonly string[]> {
  const run = await runStep(preferencePairs, { config: { group_by: "q", ...config }, rows });
  assertEquals(run.failed, []);
  return run.rows.map(({ chosen, rejected, margin }) =>
    `${String(chosen).replace("answer ", "")}>${String(rejected).replace("answer ", "")} by ${margin}`
  );
}

Deno.test("preference_pairs keeps the contract of steps", async () => {
  const rows = [...candidates(1, 3, null, 2), { q: null, generation: "x", score: 1 }, {
    q: "r",
    generation: "x",
    score: 1,
  }];
  await testStep(preferencePairs, [
    { config: { group_by: "q" }, rows },
    { config: { group_by: ["q"], policy: "all_pairs", carry: ["generation"] }, rows },
    { config: { group_by: "q", policy: "best_vs_random", ties: "drop" }, rows },
  ]);
});

Deno.test("preference_pairs follows its policy", async () => {
  const rows = candidates(2, 5, 1, 3);
  assertEquals(await pairs({}, rows), ["1>2 by 4"]);
  assertEquals(await pairs({ policy: "adjacent" }, rows), ["0>2 by 1", "1>3 by 2", "3>0 by 1"]);
  assertEquals(await pairs({ policy: "all_pairs", margin: 2 }, rows), [
    "1>3 by 2",
    "1>0 by 3",
    "1>2 by 4",
    "3>2 by 2",
  ]);
  const random = await pairs({ policy: "best_vs_random" }, rows);
  assertEquals([random.length, random[0]?.startsWith("1>")], [1, true]);
  assertEquals(await pairs({ policy: "best_vs_random" }, rows), random);
  const chosen = await Promise.all(Array.from({ length: 20 }, async (_, seed) => {
    const run = await runStep(preferencePairs, {
      config: { group_by: "q", policy: "best_vs_random" },
      rows,
      seed,
    });
    return run.rows[0]!.rejected;
  }));
  assertEquals(new Set(chosen).size, 3);
});

Deno.test("preference_pairs keeps to margin and ties", async () => {
  assertEquals(await pairs({ margin: 2.5 }, candidates(5, 3, 4)), []);
  assertEquals(await pairs({}, candidates(5, 5)), []);
  assertEquals(await pairs({}, candidates(5, 5, 1)), ["0>2 by 4"]);
  assertEquals(await pairs({ ties: "drop" }, candidates(5, 5, 1)), []);
  assertEquals(await pairs({ ties: "drop" }, candidates(5, 5, 3, 1)), ["2>3 by 2"]);
  assertEquals(await pairs({ ties: "keep_all", policy: "all_pairs" }, candidates(5, 5, 1)), [
    "0>2 by 4",
    "1>2 by 4",
  ]);
  assertEquals(await pairs({ ties: "keep_first", policy: "all_pairs" }, candidates(5, 5, 1)), ["0>2 by 4"]);
});

Deno.test("preference_pairs makes no pair of equal texts, and takes the next worse one", async () => {
  const rows = [
    { q: "q", generation: "same", score: 5 },
    { q: "q", generation: "other", score: 3 },
    { q: "q", generation: " same\n", score: 1 },
  ];
  const run = await runStep(preferencePairs, { config: { group_by: "q" }, rows });
  assertEquals(run.rows.map(({ chosen, rejected }) => [chosen, rejected]), [["same", "other"]]);
  assertEquals(run.rejected.map(({ reason }) => reason), ["worse_in_pair", "not_paired"]);
});

Deno.test("preference_pairs says what became of every row, and leaves other prompts alone", async () => {
  const rows = [
    ...candidates(null, 4, 2),
    { q: "none", generation: "x", score: null },
    { q: "words", generation: "x", score: "good" },
    { q: "words", generation: "", score: 1 },
    { q: null, generation: "x", score: 1 },
    { q: "last", generation: "x", score: 1, model: "m1" },
    { q: "last", generation: "y", score: 9, model: "m2" },
  ];
  const run = await runStep(preferencePairs, { config: { group_by: "q", carry: ["model"] }, rows });
  assertEquals(run.rejected.map(({ reason }) => reason), [
    "no_score",
    "worse_in_pair",
    "no_score",
    "empty_response",
    "worse_in_pair",
  ]);
  assertEquals(run.failed.map(({ error }) => error.code).sort(), [
    "data.invalid_sample",
    "graph.column_type",
  ]);
  assertEquals(run.rows.at(-1), {
    q: "last",
    generation: "y",
    score: 9,
    model: "m2",
    chosen: "y",
    rejected: "x",
    chosen_score: 9,
    rejected_score: 1,
    margin: 8,
    chosen_model: "m2",
    rejected_model: "m1",
  });
});

Deno.test("preference_pairs ends a run whose candidates do not stand together", async () => {
  const rows = [...candidates(1), { q: "r", generation: "x", score: 1 }, ...candidates(2)];
  const error = await assertRejects(
    () => runStep(preferencePairs, { config: { group_by: "q" }, rows }),
    Error,
  );
  assert(error.message.includes('found more of ["q"] after those of another prompt'), error.message);
});

Deno.test("preference_pairs holds a bounded number of candidates", async () => {
  const run = await runStep(preferencePairs, {
    config: { group_by: "q", max_candidates: 2 },
    rows: candidates(1, 2, 3),
  });
  assertEquals([run.rows.length, run.failed.map(({ row }) => row.score)], [1, [3]]);
});

Deno.test("preference_pairs: never equal scores, never equal texts, never two prompts, every margin kept", async () => {
  const candidate = fc.record({
    q: fc.constantFrom("a", "b", "c"),
    generation: fc.constantFrom("x", "y", "z", " x"),
    score: fc.option(fc.integer({ min: 0, max: 4 }), { nil: null }),
  });
  const policy = fc.constantFrom("best_vs_worst", "best_vs_random", "adjacent", "all_pairs");
  const ties = fc.constantFrom("keep_first", "keep_all", "drop");
  await fc.assert(
    fc.asyncProperty(
      fc.array(candidate, { minLength: 1, maxLength: 24 }),
      policy,
      ties,
      async (some, policy, ties) => {
        const rows = some.toSorted((a, b) => a.q < b.q ? -1 : a.q > b.q ? 1 : 0);
        const config = { group_by: "q", policy, ties, margin: 2 };
        const run = await runStep(preferencePairs, { config, rows });
        assertEquals(run.failed, []);
        for (const pair of run.rows) {
          assert((pair.margin as number) >= 2 && pair.chosen_score !== pair.rejected_score);
          assert(String(pair.chosen).trim() !== String(pair.rejected).trim());
          const own = rows.filter(({ q, generation, score }) =>
            q === pair.q && generation === pair.rejected && score === pair.rejected_score
          );
          assert(own.length > 0, "the worse one answers the same prompt");
        }
      },
    ),
    { seed: 11, numRuns: 100 },
  );
});
