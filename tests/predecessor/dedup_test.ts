import { assertEquals } from "@std/assert";
import { inScenario, linesOf } from "./_scenario.ts";

const PIPELINE = `version: 1
name: distinct
steps:
  rows: { use: read_jsonl, with: { path: rows.jsonl } }
  distinct: { use: dedup_semantic, with: { threshold: 0.9 } }
  write: { use: write_jsonl, with: { path: kept.jsonl, columns: [name] } }
`;

/** A pair that is near, a chain of three of which the ends are less near than the threshold, and one apart. */
const ROWS = [
  { name: "pair 1", embedding: [1, 0, 0, 0.01] },
  { name: "chain 1", embedding: [0, 1, 0, 0] },
  { name: "pair 2", embedding: [1, 0, 0, 0.02] },
  { name: "chain 2", embedding: [0, 1, 0.4, 0] },
  { name: "apart", embedding: [0, 0, 0, 1] },
  { name: "chain 3", embedding: [0, 1, 0.85, 0] },
];

Deno.test("B21: of a near-duplicate pair exactly one row is dropped", async () => {
  const files = { "rows.jsonl": ROWS.map((row) => JSON.stringify(row) + "\n").join("") };
  await inScenario({ files }, async ({ run }) => {
    const summary = await run(PIPELINE);
    assertEquals([summary.status, summary.rows.failed], ["done", {}]);
    assertEquals((await linesOf(summary, "exports/kept.jsonl")).map(({ name }) => name), [
      "pair 1",
      "chain 1",
      "apart",
    ]);
    assertEquals(summary.rows.rejected, { near_duplicate: 3 });
    const ledger = await linesOf(summary, "ledger/distinct.jsonl");
    const kept = await linesOf(summary, "reports/distinct.clusters.jsonl");
    assertEquals(kept.filter(({ row_id, kept }) => row_id === kept).length, 2);
    assertEquals(ledger.length, 3);
  });
});

Deno.test("B21: of a near-duplicate pair of texts exactly one row is dropped, whichever step looks for it", async () => {
  const rows = ["Name the capital of France.", "Say what snow is made of.", "Name the capital of France!"];
  const files = { "rows.jsonl": rows.map((name) => JSON.stringify({ name }) + "\n").join("") };
  for (const step of ["dedup_minhash", "dedup_near"]) {
    await inScenario({ files }, async ({ run }) => {
      const summary = await run(PIPELINE.replace("dedup_semantic, with: {", `${step}, with: { on: name,`));
      assertEquals((await linesOf(summary, "exports/kept.jsonl")).map(({ name }) => name), rows.slice(0, 2));
      assertEquals(summary.rows.rejected, { near_duplicate: 1 });
    });
  }
});
