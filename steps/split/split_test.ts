import type { Json, Row } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import split from "./split.ts";

async function splitsOf(config: Record<string, Json>, rows: readonly Row[]): Promise<readonly Json[]> {
  const run = await runStep(split, { config, rows });
  return run.rows.map((row) => row.split!);
}

const texts = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 20 });

Deno.test("split keeps the contract of steps", async () => {
  await testStep(split, [
    { config: { by: "q" }, rows: [{ q: "a" }, { q: null }, { q: 3 }] },
    {
      config: { by: ["c"], otherwise: "q", shares: { a: 0.5, b: 0.5 }, to: "part" },
      rows: [{ c: null, q: "x" }],
    },
  ]);
});

Deno.test("split: adding, removing and reordering rows moves none", async () => {
  await fc.assert(
    fc.asyncProperty(texts, texts, async (some, more) => {
      const before = await splitsOf({ by: "q" }, some.map((q) => ({ q })));
      const all = [...more.filter((q) => !some.includes(q)), ...some.toReversed()];
      const after = await splitsOf({ by: "q" }, all.map((q) => ({ q })));
      const placeOf = new Map(all.map((q, index) => [q, after[index]]));
      assertEquals(some.map((q) => placeOf.get(q)), [...before]);
    }),
    { seed: 7, numRuns: 40 },
  );
});

Deno.test("split does not depend on the order in which shares stand", async () => {
  const rows = Array.from({ length: 200 }, (_, q) => ({ q }));
  const one = await splitsOf({ by: "q", shares: { train: 0.5, eval: 0.2, test: 0.3 } }, rows);
  const other = await splitsOf({ by: "q", shares: { test: 0.3, train: 0.5, eval: 0.2 } }, rows);
  assertEquals(one, other);
});

Deno.test("split meets the shares on average, and another salt divides otherwise", async () => {
  const rows = Array.from({ length: 5_000 }, (_, q) => ({ q }));
  const one = await splitsOf({ by: "q" }, rows);
  const share = (name: string) => one.filter((split) => split === name).length / rows.length;
  for (const [name, wanted] of [["train", 0.9], ["eval", 0.05], ["test", 0.05]] as const) {
    assert(Math.abs(share(name) - wanted) < 0.015, `${name}: ${share(name)}`);
  }
  const other = await splitsOf({ by: "q", salt: "x" }, rows);
  assert(one.some((split, index) => split !== other[index]));
});

Deno.test("split keeps a cluster in one split, and rows of no cluster by otherwise", async () => {
  const rows = Array.from(
    { length: 300 },
    (_, n) => ({ cluster: n % 3 === 0 ? null : `c${n % 50}`, q: `q${n}` }),
  );
  const shares = { train: 0.5, test: 0.5 };
  const splits = await splitsOf({ by: "cluster", otherwise: "q", shares }, rows);
  const seen = new Map<string, Json>();
  rows.forEach(({ cluster }, index) => {
    if (cluster !== null) assertEquals(seen.get(cluster) ?? splits[index], splits[index]);
    if (cluster !== null) seen.set(cluster, splits[index]!);
  });
  const alone = splits.filter((_, index) => rows[index]!.cluster === null);
  assertEquals(new Set(alone).size, 2);
});

Deno.test("split fails a row that nothing decides for, and refuses shares that are not the whole", async () => {
  const run = await runStep(split, { config: { by: "c" }, rows: [{ c: null }, { c: 1 }] });
  assertEquals(run.failed.map(({ error }) => error.message), ["Split a row by c, found null"]);
  assertEquals(run.rows.length, 1);
  const refused = await runStep(split, { config: { by: "c", shares: { a: 0.5, b: 0.4 } }, rows: [] })
    .then(() => "", (error) => String(error));
  assert(refused.includes("add up to 1"), refused);
});

Deno.test("split: known places, so that a release cannot move rows unseen", async () => {
  const rows = ["How many customers?", "é", "e\u0301", "", 7].map((q) => ({ q }));
  const splits = await splitsOf({ by: "q", shares: { a: 0.25, b: 0.25, c: 0.25, d: 0.25 } }, rows);
  assertEquals(splits, GOLDEN);
  assertEquals(splits[1], splits[2], "Unicode form does not count");
});

const GOLDEN: readonly Json[] = ["b", "c", "c", "c", "d"];
