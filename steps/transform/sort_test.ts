import type { Json, KeyedRow, Row } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { ExternalSort, type ExternalSortOptions } from "./_external_sort.ts";
import { compareSortKeys, sortKeyOf } from "./_sort_order.ts";
import sort from "./sort.ts";

const VALUES = fc.oneof(
  fc.constantFrom<string | number | boolean | null>(null, true, false, 0, 1, 2, "a", "b", "Z", "é"),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  fc.constantFrom([1], { a: 1 }),
);
const ROWS = fc.array(fc.record({ a: VALUES, b: VALUES }), { maxLength: 60 });

async function* keyed(rows: readonly Row[]): AsyncGenerator<KeyedRow> {
  for (const [index, row] of rows.entries()) yield { rowId: `row-${index}`, row };
}

async function* readLines(path: string): AsyncGenerator<string> {
  yield* (await Deno.readTextFile(path)).split("\n").slice(0, -1);
}

async function sortIn(
  rows: AsyncIterable<KeyedRow>,
  options: Partial<ExternalSortOptions>,
): Promise<{ readonly ids: readonly string[]; readonly left: number }> {
  const folder = await Deno.makeTempDir();
  try {
    const sorter = new ExternalSort({
      order: { by: ["a"], descending: false },
      folder: `${folder}/sort`,
      readLines,
      signal: new AbortController().signal,
      ...options,
    });
    const ids = (await Array.fromAsync(sorter.sort(rows))).map(({ rowId }) => rowId);
    return { ids, left: [...Deno.readDirSync(folder)].length };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("sort keeps the contract of steps", async () => {
  const rows = [{ a: 2, b: "x" }, { a: null, b: "y" }, { a: 1, b: "z" }];
  await testStep(sort, [
    { config: { by: "a" }, rows },
    { config: { by: ["a", "b"], descending: true }, rows },
  ]);
});

Deno.test("sort puts rows in order, equals as they came, null last", async () => {
  const rows: readonly Row[] = [{ a: 2, n: 0 }, { a: null, n: 1 }, { a: 1, n: 2 }, { a: 2, n: 3 }];
  const numbers = async (config: Row) => (await runStep(sort, { config, rows })).rows.map(({ n }) => n!);
  assertEquals(await numbers({ by: "a" }), [2, 0, 3, 1]);
  assertEquals(await numbers({ by: "a", descending: true }), [0, 3, 2, 1]);
  assertEquals(await numbers({ by: ["a", "n"], descending: true }), [3, 0, 2, 1]);
});

Deno.test("sort puts types in order", async () => {
  const rows: readonly Row[] = [{ a: "10" }, { a: [1] }, { a: 9 }, { a: null }, { a: true }, { a: "9" }, {
    a: 10,
  }];
  const run = await runStep(sort, { config: { by: "a" }, rows });
  assertEquals<readonly (Json | undefined)[]>(run.rows.map(({ a }) => a), [
    true,
    9,
    10,
    "10",
    "9",
    [1],
    null,
  ]);
});

Deno.test("ExternalSort gives what Array.sort gives, however little fits into memory", async () => {
  await fc.assert(
    fc.asyncProperty(
      ROWS,
      fc.boolean(),
      fc.integer({ min: 1, max: 600 }),
      fc.integer({ min: 2, max: 4 }),
      async (rows, descending, bufferBytes, mergeMax) => {
        const order = { by: ["a", "b"], descending };
        const expected = rows.map((row, index) => ({ key: sortKeyOf(row, order), id: `row-${index}` }))
          .sort((a, b) => compareSortKeys(a.key, b.key, order)).map(({ id }) => id);
        const { ids, left } = await sortIn(keyed(rows), { order, bufferBytes, mergeMax });
        assertEquals({ ids, left }, { ids: expected, left: 0 });
      },
    ),
    { numRuns: 60, seed: 7 },
  );
});

Deno.test("ExternalSort leaves no file behind when its rows break off", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const rows = async function* (): AsyncGenerator<KeyedRow> {
      yield* keyed([{ a: 2 }, { a: 1 }]);
      assertEquals([...Deno.readDirSync(`${folder}/sort`)].length, 2);
      throw new Error("the source broke");
    };
    const order = { by: ["a"], descending: false };
    const { signal } = new AbortController();
    const sorter = new ExternalSort({ order, folder: `${folder}/sort`, readLines, signal, bufferBytes: 1 });
    await assertRejects(() => Array.fromAsync(sorter.sort(rows())), Error, "the source broke");
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
