import { type Columns, FastDistillError, type JsonObject, type Row } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { parquetMetadata, parquetReadObjects, parquetSchema } from "hyparquet";
import { tableFromIPC } from "apache-arrow";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import writeFiles from "./write_files.ts";

const ROWS: readonly Row[] = [
  { id: "a", n: 1, ok: true, tags: ["x", "y"], chat: [{ role: "user", content: "é\n😀" }], extra: { k: 1 } },
  { id: "b", n: null, ok: null, tags: [], chat: null, extra: null },
  { id: null, n: -2.5, ok: false, tags: null, chat: [], extra: { k: null, l: "z" } },
];
const COLUMNS: Columns = {
  ...{ id: "string", n: "number", ok: "boolean", tags: "array", chat: "array", extra: "object" },
};

function write(config: JsonObject, rows: readonly Row[] = ROWS, columns?: Columns) {
  return runStep(writeFiles, { config, rows, ...(columns === undefined ? {} : { columns }) });
}

async function parquetRows(bytes: Uint8Array): Promise<readonly Record<string, unknown>[]> {
  return await parquetReadObjects({ file: bytes.slice().buffer });
}

/** Name and type of each column of a Parquet file, and how many rows each of its row groups has. */
function describe(bytes: Uint8Array): { readonly columns: string; readonly groups: readonly number[] } {
  const metadata = parquetMetadata(bytes.slice().buffer);
  const columns = parquetSchema(metadata).children.map(({ element: { name, type, converted_type } }) =>
    `${name} ${converted_type ?? type ?? "group"}`
  );
  return { columns: columns.join(", "), groups: metadata.row_groups.map(({ num_rows }) => Number(num_rows)) };
}

Deno.test("write_files keeps the contract of steps", async () => {
  const paths = ["a.parquet", "a.arrow", "a.csv", "a.json", "a.jsonl.gz", "d/p-{shard}-of-{shards}.jsonl"];
  await testStep(
    writeFiles,
    paths.flatMap((path) => [
      { config: { path }, rows: ROWS, columns: COLUMNS },
      { config: { path }, rows: [], columns: COLUMNS },
    ]),
  );
});

Deno.test("write_files writes Parquet with the types of the columns, in their order, by row groups", async () => {
  const run = await write({ path: "a.parquet", row_group_rows: 3 }, [...ROWS, ...ROWS], COLUMNS);
  const bytes = run.bytes["a.parquet"]!;
  assertEquals(describe(bytes), {
    columns: "id UTF8, n DOUBLE, ok BOOLEAN, tags LIST, chat LIST, extra group",
    groups: [3, 3],
  });
  const whole = { id: "a", n: 1, ok: true, tags: ["x", "y"] };
  const [first] = await parquetRows(bytes);
  assertEquals(first, { ...whole, chat: [{ role: "user", content: "é\n😀" }], extra: { k: 1, l: null } });
  assertEquals(run.report!.files.map(({ rows, size }) => [rows, size]), [[6, bytes.length]]);
});

Deno.test("write_files fails a row that does not fit the types, and says what does", async () => {
  const rows: readonly Row[] = [{ a: { x: 1 }, b: "t" }, { a: { y: 1 }, b: "t" }, { a: { x: 2 }, b: "t" }];
  const columns = { a: "object", b: "string" } as const;
  const run = await runStep(writeFiles, { config: { path: "a.parquet", row_group_rows: 1 }, rows, columns });
  assertEquals(run.failed.map(({ error }) => [error.code, error.message]), [[
    "data.invalid_sample",
    'Write a row into a file of fixed columns, found {"y":1} in "a", whose type is struct',
  ]]);
  assertStringIncludes(run.failed[0]!.error.hint ?? "", "types: {a: json}");
  assertEquals((await parquetRows(run.bytes["a.parquet"]!)).map(({ a }) => a), [{ x: 1 }, { x: 2 }]);
  const json = await runStep(writeFiles, {
    config: { path: "a.parquet", types: { a: "json" } },
    rows,
    columns,
  });
  assertEquals((await parquetRows(json.bytes["a.parquet"]!)).map(({ a }) => a), rows.map(({ a }) => a));
});

Deno.test("write_files writes types that are stated: whole numbers, points in time, dates, JSON", async () => {
  const types = { n: "int64", i: "int32", t: "timestamp", d: "date", j: "json" };
  const rows = [
    { n: 2 ** 53 - 1, i: -7, t: "2024-01-02T03:04:05.678Z", d: "2024-02-29", j: [1, "x", null] },
    { n: 1.5, i: 0, t: "2024-01-02", d: "2024-02-29", j: null },
    { n: 1, i: 2 ** 31, t: "2024-01-02", d: "2024-02-29", j: null },
    { n: 1, i: 1, t: "yesterday", d: "2024-02-29", j: null },
  ];
  const run = await runStep(writeFiles, { config: { path: "a.parquet", types }, rows });
  assertEquals(run.failed.length, 3);
  const bytes = run.bytes["a.parquet"]!;
  assertEquals(
    describe(bytes).columns,
    "n INT64, i INT32, t TIMESTAMP_MILLIS, d DATE, j JSON".split(", ").sort().join(", "),
  );
  assertEquals(await parquetRows(bytes), [{
    ...{ d: new Date("2024-02-29"), i: -7, j: [1, "x", null], n: 2n ** 53n - 1n },
    t: new Date("2024-01-02T03:04:05.678Z"),
  }]);
});

Deno.test("write_files gives all files of a step the same types", async () => {
  const rows = Array.from(
    { length: 6 },
    (_, n) => ({ split: n % 2 === 0 ? "train" : "test", v: n < 3 ? [] : [n] }),
  );
  const columns = { split: "string", v: "array" } as const;
  const path = "data/{split}-{shard}-of-{shards}.parquet";
  const run = await runStep(writeFiles, { config: { path, rows_per_file: 2 }, rows, columns });
  assertEquals(Object.keys(run.bytes), [
    "data/test-00000-of-00002.parquet",
    "data/test-00001-of-00002.parquet",
    "data/train-00000-of-00002.parquet",
    "data/train-00001-of-00002.parquet",
  ]);
  assertEquals(
    new Set(Object.values(run.bytes).map((bytes) => describe(bytes).columns)),
    new Set(["v LIST"]),
  );
  assertEquals(run.report!.files.map(({ rows }) => rows), [2, 1, 2, 1]);
});

Deno.test("write_files writes every codec of Parquet", async () => {
  const rows = Array.from({ length: 50 }, (_, n) => ({ t: `text ${n % 5}`.repeat(9) }));
  for (const codec of ["snappy", "gzip", "none"]) {
    const run = await runStep(writeFiles, { config: { path: "a.parquet", codec }, rows });
    const file = run.bytes["a.parquet"]!.slice().buffer;
    const compressors = { GZIP: (input: Uint8Array) => new Uint8Array(gunzipSync(input)) };
    assertEquals(await parquetReadObjects({ file, compressors }), rows, codec);
  }
});

Deno.test("write_files writes Arrow as a file and as a stream", async () => {
  for (const path of ["a.arrow", "a.arrows"]) {
    const run = await write({ path, row_group_rows: 3 }, [...ROWS, ...ROWS], COLUMNS);
    const table = tableFromIPC(run.bytes[path]!);
    assertEquals(
      table.schema.fields.map(({ name, type }) => `${name} ${type}`),
      [
        "id Utf8",
        "n Float64",
        "ok Bool",
        "tags List<Utf8>",
        "chat List<Struct<{role:Utf8, content:Utf8}>>",
        "extra Struct<{k:Float64, l:Utf8}>",
      ].map((line) => path === "a.arrow" || path === "a.arrows" ? line.replace("l:Utf8", "l:Utf8") : line),
    );
    assertEquals([table.numRows, table.batches.length, table.get(0)?.id], [6, 2, "a"]);
  }
});

Deno.test("write_files writes CSV that tells null from an empty text, and lists as JSON", async () => {
  const rows = [{ a: 'x,"y"\n', b: "", c: [1] }, { a: null, b: 2, c: false }];
  const run = await write({ path: "a.csv" }, rows);
  assertEquals(run.files["a.csv"], 'a,b,c\n"x,""y""\n","",[1]\n,2,false\n');
  assertEquals((await write({ path: "a.tsv" }, [{ a: 1, b: "t" }])).files["a.tsv"], "a\tb\n1\tt\n");
});

Deno.test("write_files writes JSON documents, and compresses text files by their ending", async () => {
  const rows = [{ a: 1 }, { a: 2 }];
  assertEquals((await write({ path: "a.json" }, rows)).files["a.json"], '[\n{"a":1},\n{"a":2}\n]\n');
  assertEquals((await write({ path: "a.json" }, [])).files["a.json"], "[]\n");
  const text = '{"a":1}\n{"a":2}\n';
  const unpack = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const gz = (await write({ path: "a.jsonl.gz" }, rows)).bytes["a.jsonl.gz"]!;
  const zst = (await write({ path: "a.jsonl.zst" }, rows)).bytes["a.jsonl.zst"]!;
  assertEquals([unpack(gunzipSync(gz)), unpack(zstdDecompressSync(zst))], [text, text]);
});

Deno.test("write_files begins another file when one is full, with the whole number of them in its name", async () => {
  const rows = Array.from({ length: 5 }, (_, n) => ({ n }));
  const run = await write({ path: "p-{shard}-of-{shards}.jsonl", rows_per_file: 2 }, rows);
  assertEquals(run.files, {
    "p-00000-of-00003.jsonl": '{"n":0}\n{"n":1}\n',
    "p-00001-of-00003.jsonl": '{"n":2}\n{"n":3}\n',
    "p-00002-of-00003.jsonl": '{"n":4}\n',
  });
  assertEquals(Object.keys((await write({ path: "p-{shard}.jsonl" }, rows)).files), ["p-00000.jsonl"]);
});

Deno.test("write_files refuses paths that say what cannot be", async () => {
  const cases: readonly (readonly [JsonObject, string])[] = [
    [{ path: "a.parquet.gz" }, 'Write parquet without a compression around it, found "a.parquet.gz"'],
    [{ path: "a.data" }, 'Tell the format of "a.data" by its ending, found none that is known'],
    [{ path: "a-{shards}.csv" }, 'Number files with {shard}, found {shards} alone in "a-{shards}.csv"'],
  ];
  for (const [config, message] of cases) {
    const error = await assertRejects(() => write(config), FastDistillError);
    assertEquals([error.code, error.message], ["config.invalid_value", message]);
  }
});

Deno.test("write_files fails a row with a column that nothing states, unless columns are chosen", async () => {
  const columns = { id: "string" } as const;
  const rows: readonly Row[] = [{ id: "a" }, { id: "b", late: 1 }];
  for (const path of ["a.parquet", "a.csv"]) {
    const run = await runStep(writeFiles, { config: { path }, rows, columns });
    assertEquals(run.failed.map(({ row }) => row.id), ["b"]);
    assertEquals(
      (await runStep(writeFiles, { config: { path, columns: ["id"] }, rows, columns })).failed,
      [],
    );
  }
});

Deno.test("write_files loses nothing of any JSON in Parquet", async () => {
  const value = fc.jsonValue({ maxDepth: 3, noUnicodeString: false });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ v: value, w: fc.array(value, { maxLength: 3 }) }), { minLength: 1, maxLength: 6 }),
      async (rows) => {
        const types = { v: "json", w: "json" };
        const run = await runStep(writeFiles, { config: { path: "a.parquet", types }, rows: rows as Row[] });
        assertEquals(run.failed, []);
        const plain = JSON.parse(JSON.stringify(rows));
        assertEquals(await parquetRows(run.bytes["a.parquet"]!), plain.map(({ v, w }: Row) => ({ v, w })));
      },
    ),
    { numRuns: 30, seed: 7 },
  );
});
