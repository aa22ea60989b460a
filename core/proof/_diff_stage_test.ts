import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { createLineageWriter, createStageWriter, runLayout } from "../artifact/mod.ts";
import type { Row } from "../record/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { diffStage, type Side } from "./_diff_stage.ts";

/** A run with one stage, as far as a comparison looks at it. */
async function sideOf(runsDir: string, runId: string, rows: readonly Row[]): Promise<Side> {
  const layout = runLayout(runsDir, runId);
  const common = { layout, stage: "s", name: "n", runId, signature: "0".repeat(64), seed: 0 };
  const [writer, lineage] = [
    await createStageWriter({ ...common, rowsPerPart: 3 }),
    await createLineageWriter({ layout, steps: [], stages: ["s"] }),
  ];
  for (const [index, row] of rows.entries()) {
    await writer.write({ row });
    await lineage.staged("s", `id-${index}`);
  }
  const files = [
    { role: "stage", name: "s", path: "stages/s/manifest.json" },
    ...await lineage.close(),
  ] as const;
  const summary = {
    run_dir: layout.dir,
    files,
    origin: { base_dir: "", inputs: [] },
  } as unknown as RunSummary;
  return { summary, manifest: await writer.close({ partial: false }) };
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const compare = (a: readonly Row[], b: readonly Row[], options: { by?: string; rowsAtOnce?: number } = {}) =>
  inFolder(async (folder) => {
    const [left, right] = [await sideOf(folder, "a", a), await sideOf(folder, "b", b)];
    return await diffStage(left, right, { stage: "s", by: undefined, samples: 2, ...options });
  });

Deno.test("diffStage() matches by sample_id, those that share one by their order, and shows the columns that differ", async () => {
  const row = (sample_id: string, n: number) => ({ sample_id, n });
  const found = await compare(
    [row("a", 1), row("a", 2), row("b", 3), row("c", 4)],
    [row("d", 9), row("a", 1), row("a", 5), row("b", 3)],
  );
  assertEquals([found.matched_by, found.added, found.removed, found.changed, found.unchanged], [
    "sample_id",
    1,
    1,
    1,
    2,
  ]);
  assertEquals(found.changed_rows, [{ key: "a #2", columns: [{ column: "n", a: 2, b: 5 }] }]);
  assertEquals([found.added_rows, found.removed_rows], [[row("d", 9)], [row("c", 4)]]);
});

Deno.test("diffStage() matches by row_id, by a column and by whole rows", async () => {
  const a: readonly Row[] = [{ n: 1 }, { n: 2 }];
  const b: readonly Row[] = [{ n: 2 }, { n: 1, x: null }];
  const counts = async (by?: string) => {
    const { matched_by, added, removed, changed, unchanged } = await compare(
      a,
      b,
      by === undefined ? {} : { by },
    );
    return [matched_by, added, removed, changed, unchanged];
  };
  assertEquals(await counts(), ["row_id", 0, 0, 2, 0]);
  assertEquals(await counts("n"), ["n", 0, 0, 1, 1]);
  assertEquals(await counts("row"), ["row", 1, 1, 0, 1]);
});

Deno.test("diffStage() says the same however few rows are in memory at a time", async () => {
  const rows = fc.array(fc.record({ sample_id: fc.constantFrom("a", "b", "c", "d", "e"), n: fc.nat(3) }), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(rows, rows, fc.integer({ min: 1, max: 5 }), async (a, b, rowsAtOnce) => {
      assertEquals(await compare(a, b, { rowsAtOnce }), await compare(a, b));
    }),
    { numRuns: 25 },
  );
});
