import { assertEquals } from "@std/assert";
import { inScenario, linesOf } from "./_scenario.ts";

const PIPELINE = `version: 1
name: preferences
steps:
  candidates: { use: read_jsonl, with: { path: candidates.jsonl } }
  pairs:
    use: preference_pairs
    with: { group_by: question, response: answer, score: rating }
    stage: pairs
  dpo: { use: write_preference, with: { path: dpo.jsonl, prompt: question } }
`;

/** Two answers rated alike, a rating that is missing, and a group that has nothing to do with either. */
const CANDIDATES = [
  { question: "tie", answer: "one", rating: 4 },
  { question: "tie", answer: "two", rating: 4 },
  { question: "null", answer: "rated", rating: 5 },
  { question: "null", answer: "not rated", rating: null },
  { question: "null", answer: "worse", rating: 1 },
  { question: "fine", answer: "good", rating: 5 },
  { question: "fine", answer: "bad", rating: 1 },
];

Deno.test("B22: equal ratings make no pair, and a null rating leaves all others alone", async () => {
  const files = { "candidates.jsonl": CANDIDATES.map((row) => JSON.stringify(row) + "\n").join("") };
  await inScenario({ files }, async ({ run }) => {
    const summary = await run(PIPELINE);
    assertEquals([summary.status, summary.rows.failed], ["done", {}]);
    assertEquals(summary.rows.rejected, { no_score: 1, not_paired: 2, worse_in_pair: 2 });
    assertEquals(await linesOf(summary, "exports/dpo.jsonl"), [
      { prompt: "null", chosen: "rated", rejected: "worse" },
      { prompt: "fine", chosen: "good", rejected: "bad" },
    ]);
  });
});

Deno.test("B22: several pairs of one prompt are as many rows, each accounted for", async () => {
  const rows = [5, 3, 1].map((rating) =>
    JSON.stringify({ question: "q", answer: `a${rating}`, rating }) + "\n"
  );
  await inScenario({ files: { "candidates.jsonl": rows.join("") } }, async ({ run }) => {
    const summary = await run(PIPELINE.replace("score: rating", "score: rating, policy: all_pairs"));
    assertEquals(
      (await linesOf(summary, "exports/dpo.jsonl")).map(({ chosen, rejected }) => [chosen, rejected]),
      [
        ["a5", "a3"],
        ["a5", "a1"],
        ["a3", "a1"],
      ],
    );
    assertEquals([summary.rows.kept, summary.rows.rejected], [3, { worse_in_pair: 1 }]);
  });
});
