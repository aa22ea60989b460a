import { assertEquals, assertRejects } from "@std/assert";
import { createReadStream } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { NearSearch, type NearSearchOptions } from "./_near_search.ts";

const RULE = {
  shingles: { unit: "words", size: 1, punctuation: true },
  minhash: { bands: 20, rows: 4, seed: 1 },
} as const;
/** Texts of eight words; those whose number is the same modulo 500 differ in one. */
const TEXTS = Array.from({ length: 1500 }, (_, n) => {
  const words = Array.from({ length: 8 }, (_, word) => `w${n % 500}x${word}`);
  return n < 500 ? words.join(" ") : words.with(n % 8, `other${n}`).join(" ");
});

async function searching<T>(
  options: Partial<NearSearchOptions>,
  use: (search: NearSearch) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "fastdistill-test-"));
  try {
    await using search = await NearSearch.create({
      on: ["text"],
      rule: RULE,
      threshold: 0.7,
      workers: 2,
      folder: join(folder, "search"),
      readLines: (path) => createInterface({ input: createReadStream(path) }),
      signal: new AbortController().signal,
      atWork: () => {},
      ...options,
    });
    for (const [n, text] of TEXTS.entries()) await search.add(`row ${n}`, { text });
    return await use(search);
  } finally {
    await rm(folder, { recursive: true });
  }
}

Deno.test("NearSearch() finds the same sets whether keys are looked at at once or in parts", async () => {
  const rootsOf = (options: Partial<NearSearchOptions>) =>
    searching(options, async (search) => [...(await search.sets(0)).roots()]);
  const roots = await rootsOf({});
  assertEquals(roots.filter((root, n) => root === n % 500).length, 1500);
  assertEquals(await rootsOf({ partRows: 100, workers: 1 }), roots);
});

Deno.test("NearSearch() gives rows back in their order, and how similar they are", async () => {
  await searching({}, async (search) => {
    await search.sets(0);
    const found = await search.similarities(Uint32Array.of(0, 500, 0, 0, 0, 1));
    assertEquals([...found], [7 / 9, 1, 0]);
    const ids = await Array.fromAsync(search.rows(), ({ rowId }) => rowId);
    assertEquals(ids, TEXTS.map((_, n) => `row ${n}`));
  });
});

Deno.test("NearSearch() does not join rows that are fixed, nor lose those near to them", async () => {
  await searching({}, async (search) => {
    const roots = (await search.sets(1000)).roots();
    assertEquals(roots.slice(0, 1000).every((root, n) => root === n || root === n - 500), true);
    assertEquals(roots.slice(1000).every((root, n) => root === n), true);
  });
});

Deno.test("NearSearch() stops when the run is given up, and leaves no files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fastdistill-test-"));
  const giveUp = new AbortController();
  const failing = searching({ folder: join(folder, "search"), signal: giveUp.signal }, async (search) => {
    const sets = search.sets(0);
    giveUp.abort(new Error("given up"));
    await sets;
  });
  await assertRejects(() => failing, Error, "given up");
  assertEquals(await readdir(folder), []);
  await rm(folder, { recursive: true });
});
