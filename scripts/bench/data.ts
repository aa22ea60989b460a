/**
 * How many rows a second are canonicalised and hashed, read from JSON lines, written as Parquet, and looked up in the effect
 * store, beside JSON.parse and JSON.stringify on the same rows. `deno task bench:data [--json] [--parquet-rows=N]`
 *
 * @module
 */
import { digest, type Row } from "@fastdistill/core";
import { openSqliteEffectStore } from "../../core/effects/mod.ts";
import { medianOf, printBench } from "./_bench_result.ts";
import { dedupFigures } from "./_data_dedup.ts";
import { jsonLinesFigures, parquetFigures } from "./_data_formats.ts";

const ROWS = 100_000;

const rows: readonly Row[] = Array.from({ length: ROWS }, (_, n) => ({
  id: `row-${n}`,
  question: `How many orders did customer ${n} place in the year ${2000 + n % 25}? `.repeat(6),
  score: n / 7,
  tags: ["sql", "easy", `group-${n % 10}`],
  meta: { source: "bench", nested: { depth: 2, flag: n % 2 === 0 } },
}));
const texts = rows.map((row) => JSON.stringify(row));

/** Rows a second of something done to every row. */
async function rate(action: () => void | Promise<void>): Promise<number> {
  const since = performance.now();
  await action();
  return ROWS / ((performance.now() - since) / 1_000);
}

async function storeRates(folder: string): Promise<readonly [number, number]> {
  const store = await openSqliteEffectStore(`${folder}/${crypto.randomUUID()}.sqlite`);
  const meta = { started_at: "2026-01-01T00:00:00.000Z", duration_ms: 1, attempts: 1 };
  const put = await rate(async () => {
    const written = rows.map((row, n) =>
      store.put({ key: `key-${n}`, kind: "bench", request: {}, response: row, meta })
    );
    await Promise.all(written);
  });
  const get = await rate(async () => {
    for (let n = 0; n < ROWS; n++) await store.get(`key-${n}`);
  });
  await store.close();
  return [put, get];
}

const folder = await Deno.makeTempDir();
try {
  const name = "rows.jsonl";
  await Deno.writeTextFile(`${folder}/${name}`, texts.map((text) => text + "\n").join(""));
  const parse = await medianOf(3, () => rate(() => texts.forEach((text) => void JSON.parse(text))));
  const stringify = await medianOf(3, () => rate(() => rows.forEach((row) => void JSON.stringify(row))));
  const hashed = await medianOf(3, () => rate(() => rows.forEach((row) => void digest(row))));
  const files = [...await jsonLinesFigures({ folder, name, texts }), ...await parquetFigures()];
  const [put, get] = await storeRates(folder);
  printBench("data", [
    {
      name: "canonical JSON and SHA-256",
      unit: "rows/s",
      value: hashed,
      baseline: { name: "JSON.stringify", value: stringify },
    },
    ...files,
    { name: "effects recorded durably", unit: "effects/s", value: put },
    {
      name: "effects looked up",
      unit: "effects/s",
      value: get,
      baseline: { name: "JSON.parse", value: parse },
    },
    { name: "bytes a row", unit: "B", value: texts[0]!.length },
    ...await dedupFigures(folder),
  ]);
} finally {
  await Deno.remove(folder, { recursive: true });
}
