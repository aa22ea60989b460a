import { datasetCard, sizeCategoryOf } from "@fastdistill/core";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { inScenario, numberedLines } from "./_scenario.ts";

const PIPELINE = `version: 1
name: card
steps:
  texts: { use: read_jsonl, with: { path: texts.jsonl } }
  divide: { use: split, with: { by: n } }
  rows: { use: write_jsonl, with: { path: "data/{split}.jsonl" } }
`;

Deno.test("B20: the card of 5,000 rows says between 1,000 and 10,000", async () => {
  await inScenario({ files: { "texts.jsonl": numberedLines(5_000) } }, async ({ run }) => {
    const summary = await run(PIPELINE);
    const card = await datasetCard(summary.run_dir);
    assertEquals([card.rows, card.size_category], [5_000, "1K<n<10K"]);
    assertStringIncludes(card.text, 'size_categories:\n  - "1K<n<10K"\n');
    assertStringIncludes(card.text, "5,000 samples in 3 files");
  });
});

Deno.test("B20: each class of size begins where the one before ends", () => {
  const cases = [[0, "n<1K"], [999, "n<1K"], [1_000, "1K<n<10K"], [9_999, "1K<n<10K"], [
    10_000,
    "10K<n<100K",
  ]] as const;
  for (const [rows, category] of cases) assertEquals(sizeCategoryOf(rows), category);
  assertEquals([1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12].map(sizeCategoryOf), [
    "100K<n<1M",
    "1M<n<10M",
    "10M<n<100M",
    "100M<n<1B",
    "1B<n<10B",
    "10B<n<100B",
    "100B<n<1T",
    "n>1T",
  ]);
});
