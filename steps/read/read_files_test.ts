import { FastDistillError, type Json, type JsonObject } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { gzipSync, zstdCompressSync } from "node:zlib";
import readFiles from "./read_files.ts";

const FIXTURES = new URL("./_fixtures", import.meta.url).pathname;

/** What pyarrow wrote into each of the typed files. */
const TYPED: readonly JsonObject[] = [
  {
    i: 1,
    f: 1.5,
    s: "é",
    b: true,
    ts: "2024-01-02T03:04:05.678901Z",
    d: "2024-02-29",
    bin: "AP8=",
    l: [1, 2],
    m: [{ role: "user", content: "hi" }],
    st: { a: 1, b: null },
    dict: "x",
    dec: 1.5,
    i32: 1,
    u8: 1,
    f32: 0.5,
  },
  {
    ...{ i: null, f: null, s: "b", b: false, ts: null, d: null, bin: null, l: [], m: [], st: null },
    ...{ dict: "y", dec: null, i32: 2, u8: 2, f32: 1 },
  },
  {
    ...{ i: 3, f: null, s: null, b: null, ts: "1969-12-31T23:59:59.999999Z", d: "1900-01-01", bin: "" },
    ...{ l: null, m: null, st: { a: null, b: "x" }, dict: "x", dec: -2.25, i32: 3, u8: 255, f32: null },
  },
];

type Files = Readonly<Record<string, string | Uint8Array>>;

function read(config: JsonObject, files: Files) {
  return runStep(readFiles, { config, files });
}

function fixture(config: JsonObject) {
  return runStep(readFiles, { config, baseDir: FIXTURES });
}

async function refusal(config: JsonObject, files: Files): Promise<FastDistillError> {
  return await assertRejects(() => read(config, files), FastDistillError);
}

function zip(text: string): Uint8Array {
  return new Uint8Array(gzipSync(text));
}

Deno.test("read_files keeps the contract of steps", async () => {
  await testStep(readFiles, [
    { config: { path: "a.csv", csv: { types: { n: "number" } } }, files: { "a.csv": 'n,t\n1,x\n,"y"\n' } },
    { config: { path: "a.json" }, files: { "a.json": '[{"a":1},{"a":2}]' } },
    { config: { path: "typed_zstd.parquet" }, baseDir: FIXTURES },
    { config: { path: "typed_file.arrow" }, baseDir: FIXTURES },
  ]);
});

Deno.test("read_files reads what pyarrow wrote, whatever the format and the codec", async () => {
  const names = [
    ...["snappy", "zstd", "gzip", "brotli"].map((codec) => `typed_${codec}.parquet`),
    ...["typed_file.arrow", "typed_stream.arrows"],
  ];
  for (const path of names) {
    const { rows, columns } = await fixture({ path });
    assertEquals(rows, TYPED, path);
    assertEquals(columns.after, {
      ...{ i: "number", f: "number", s: "string", b: "boolean", ts: "string", d: "string", bin: "string" },
      ...{ l: "array", m: "array", st: "object", dict: "string", dec: "number", i32: "number" },
      ...{ u8: "number", f32: "number" },
    }, path);
  }
});

Deno.test("read_files knows the columns of Parquet without a row, and stops at its limit", async () => {
  const run = await fixture({ path: "typed_snappy.parquet", limit: 1 });
  assertEquals([run.rows.length, Object.keys(run.columns.after).length], [1, 15]);
});

Deno.test("read_files refuses an integer that a number cannot hold, or reads it as text", async () => {
  const error = await assertRejects(() => fixture({ path: "big.parquet" }), FastDistillError);
  assertEquals(error.code, "data.malformed");
  assertMatch(
    error.message,
    /^Read a record at big\.parquet:2, found \(it holds the integer 1152921504606846976/,
  );
  assertEquals(error.hint, "Read such integers as text: int64: text");
  const run = await fixture({ path: "big.parquet", int64: "text" });
  assertEquals(run.rows, [{ big: "1" }, { big: "1152921504606846976" }]);
  assertEquals(run.columns.after, { big: "string" });
  const skipped = await fixture({ path: "big.parquet", on_malformed: "quarantine" });
  assertEquals([skipped.rows, skipped.quarantined[0]?.text], [[{ big: 1 }], '{"big":"1152921504606846976"}']);
});

Deno.test("read_files reads Arrow with zstd inside, and says that it does not read LZ4", async () => {
  const { rows } = await fixture({ path: "zstd.feather" });
  assertEquals(rows, TYPED.map(({ i, s }) => ({ i, s } as JsonObject)));
  const error = await assertRejects(() => fixture({ path: "lz4.feather" }), FastDistillError);
  assertStringIncludes(error.hint ?? "", "LZ4 is not read");
});

Deno.test("read_files says of a file that it is not what its name tells", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["a.parquet", "Read a.parquet as Parquet"],
    ["a.arrow", "Read a.arrow as Arrow"],
    ["a.json", "Read a JSON document from a.json"],
    ["a.jsonl.gz", "Decompress a.jsonl.gz as gzip"],
    ["a.jsonl.zst", "Decompress a.jsonl.zst as zstd"],
  ];
  for (const [path, message] of cases) {
    const error = await refusal({ path }, { [path]: "this is something else, and long enough to be read" });
    assertEquals([error.code, error.message.startsWith(message)], ["data.malformed", true], error.message);
  }
});

Deno.test("read_files takes a compressed file that was cut off for damaged", async () => {
  const text = Array.from({ length: 2000 }, (_, n) => `{"n":${n * 7919}}\n`).join("");
  const packed = { "a.jsonl.gz": zip(text), "a.jsonl.zst": new Uint8Array(zstdCompressSync(text)) };
  for (const [path, bytes] of Object.entries(packed)) {
    assertEquals((await read({ path }, { [path]: bytes })).rows.length, 2000);
    const error = await refusal({ path }, { [path]: bytes.slice(0, bytes.length - 9) });
    assertMatch(error.message, /^Decompress a\.jsonl\.(gz|zst) as (gzip|zstd): unexpected/);
  }
});

Deno.test("read_files reads compressed files of several parts, as those that are appended to are", async () => {
  const two = (pack: (text: string) => Uint8Array) => {
    const parts = ['{"a":1}\n', '{"a":2}\n'].map(pack);
    return new Uint8Array(parts.flatMap((part) => [...part]));
  };
  for (const [path, pack] of [["a.jsonl.gz", zip], ["a.jsonl.zst", zstdCompressSync]] as const) {
    const run = await read({ path }, { [path]: two((text) => new Uint8Array(pack(text))) });
    assertEquals(run.rows, [{ a: 1 }, { a: 2 }]);
  }
});

Deno.test("read_files reads CSV: quotes, line ends inside, empty and missing values, a byte order mark", async () => {
  const text = '\uFEFFid,note,"a ""b"""\r\n1,"line 1\nline 2",x\r\n2,,""\r\n\r\n';
  const run = await read({ path: "a.csv" }, { "a.csv": text });
  assertEquals(run.rows, [
    { id: "1", note: "line 1\nline 2", 'a "b"': "x" },
    { id: "2", note: null, 'a "b"': "" },
  ]);
});

Deno.test("read_files reads numbers, booleans and JSON of CSV where it is told to, and nowhere else", async () => {
  const csv = { types: { n: "number", b: "boolean", j: "json" } };
  const text = 'n,b,j,zip\n1.50,true,"[1,{}]",00123\nNaN,0,null,1e5\n-3e2,FALSE,7,\n';
  const run = await read({ path: "a.csv", csv }, { "a.csv": text });
  assertEquals(run.rows, [
    { n: 1.5, b: true, j: [1, {}], zip: "00123" },
    { n: null, b: false, j: null, zip: "1e5" },
    { n: -300, b: false, j: 7, zip: null },
  ]);
  assertEquals(run.columns.after, { n: "number", b: "boolean", j: "any", zip: "string" });
});

Deno.test("read_files names place and reason of a CSV record that cannot be read", async () => {
  const text = 'a,b\n1,2\n3\n4,"5\n';
  const config = { path: "a.csv", csv: { types: { a: "number" } } };
  const error = await refusal(config, { "a.csv": text });
  assertEquals(
    error.message,
    "Read a record at a.csv:3, found (it has 1 values, and there are 2 columns): 3",
  );
  assertEquals(error.location?.line, 3);
  const run = await read({ ...config, on_malformed: "quarantine" }, { "a.csv": "a,b\nx,1\n2,y\n9e999,z\n" });
  assertEquals(run.rows, [{ a: 2, b: "y" }]);
  assertEquals(run.quarantined.map(({ line, text, reason }) => [line, text, reason]), [
    [2, "x,1", '"x" in "a" is no number'],
    [4, "9e999,z", '"9e999" in "a" is no number'],
  ]);
});

Deno.test("read_files reads TSV, another delimiter, and a file without a line of names", async () => {
  assertEquals((await read({ path: "a.tsv" }, { "a.tsv": "a\tb\n1\t2,3\n" })).rows, [{ a: "1", b: "2,3" }]);
  const csv = { delimiter: ";", columns: ["x", "y"], null_values: ["NA"] };
  assertEquals((await read({ path: "a.csv", csv }, { "a.csv": "1;NA\n" })).rows, [{ x: "1", y: null }]);
});

Deno.test("read_files refuses names of CSV columns that are double", async () => {
  const error = await refusal({ path: "a.csv" }, { "a.csv": "a,b,a\n1,2,3\n" });
  assertStringIncludes(error.message, 'found two columns "a"');
});

Deno.test("read_files reads the list of a JSON document, under a key where there is one", async () => {
  const document = '{"meta": {}, "items": [{"a": 1}, {"a": 2}]}';
  assertEquals((await read({ path: "a.json", records: "items" }, { "a.json": document })).rows, [
    { a: 1 },
    { a: 2 },
  ]);
  const error = await refusal({ path: "a.json" }, { "a.json": document });
  assertEquals(error.message, "Read a list of objects from a.json, found none; lists are under: items");
});

Deno.test("read_files matches columns by name, and says how the files differ", async () => {
  const files = {
    "in/a.jsonl": '{"x":1,"y":"a"}\n',
    "in/b.csv": "y,z\nb,c\n",
    "in/c.jsonl": '{"y":2,"x":3}\n',
  };
  const run = await read({ path: "in" }, files);
  assertEquals(run.rows, [
    { x: 1, y: "a", z: null },
    { y: "b", z: "c", x: null },
    { y: 2, x: 3, z: null },
  ]);
  assertEquals(run.columns.after, { x: "number", y: "any", z: "string" });
  assertEquals(run.warnings, [
    'Input files differ: the column "x" of in/a.jsonl, in/c.jsonl is missing in in/b.csv',
    'Input files differ: the column "y" changes its type: string in in/a.jsonl, in/b.csv, number in in/c.jsonl',
    'Input files differ: the column "z" of in/b.csv is missing in in/a.jsonl, in/c.jsonl',
  ]);
  const error = await refusal({ path: "in", on_drift: "fail" }, files);
  assertEquals(error.code, "data.schema_drift");
});

Deno.test("read_files reads a list of paths in its order, and fingerprints every file", async () => {
  const { definition } = readFiles;
  const names: string[] = [];
  const spy = {
    ...readFiles,
    definition: {
      ...definition,
      inspect: async (...args: Parameters<NonNullable<typeof definition.inspect>>) => {
        const inspection = await definition.inspect!(...args);
        names.push(...inspection.inputs!.map(({ name, size }) => `${name} ${size}`));
        return inspection;
      },
    },
  } as typeof readFiles;
  const files = { "in/a.jsonl": '{"a":1}\n', "in/b.jsonl": '{"a":22}\n' };
  const run = await runStep(spy, { config: { path: ["in/b.jsonl", "in/a*"] }, files });
  assertEquals(run.rows, [{ a: 22 }, { a: 1 }]);
  assertEquals(names, ["in/b.jsonl 9", "in/a.jsonl 8"]);
});

const CARD = `---
license: mit
configs:
  - config_name: main
    data_files:
      - split: train
        path: "main/train-*.jsonl"
      - split: test
        path:
          - main/test.jsonl
  - config_name: socratic
    data_files: socratic/**/*.jsonl
---
# A dataset
`;

Deno.test("read_files reads a split of a dataset folder, as its card says", async () => {
  const files = {
    "set/README.md": CARD,
    "set/main/train-0.jsonl": '{"n":1}\n',
    "set/main/train-1.jsonl": '{"n":2}\n',
    "set/main/test.jsonl": '{"n":3}\n',
    "set/socratic/deep/x.jsonl": '{"n":4}\n',
    "set/dataset_infos.json": "{}",
  };
  const of = async (config: JsonObject) =>
    (await read({ path: "set", ...config }, files)).rows.map(({ n }) => n);
  assertEquals(await of({ config: "main", split: "train" }), [1, 2]);
  assertEquals(await of({ config: "main", split: "test" }), [3]);
  assertEquals(await of({ config: "socratic" }), [4]);
  const cases: readonly (readonly [JsonObject, string])[] = [
    [{}, 'Read the config "default" of the dataset in "set", found main, socratic'],
    [{ config: "main" }, 'Read one split of the dataset in "set", found 2: train, test'],
    [{ config: "main", split: "dev" }, 'Read the split "dev" of the dataset in "set", found train, test'],
  ];
  for (const [config, message] of cases) {
    assertEquals((await refusal({ path: "set", ...config }, files)).message, message);
  }
});

Deno.test("read_files tells splits by the names of files where there is no card", async () => {
  const files = {
    "set/data/train-00000-of-00002.jsonl": '{"n":1}\n',
    "set/data/train-00001-of-00002.jsonl": '{"n":2}\n',
    "set/data/test-00000-of-00001.jsonl": '{"n":3}\n',
  };
  assertEquals((await read({ path: "set", split: "train" }, files)).rows, [{ n: 1 }, { n: 2 }]);
  assertStringIncludes((await refusal({ path: "set" }, files)).message, "found 2: test, train");
  const plain = { "set/train.csv": "n\n1\n", "set/validation.csv": "n\n2\n", "set/notes.txt": "" };
  assertEquals((await read({ path: "set", split: "validation" }, plain)).rows, [{ n: "2" }]);
  assertEquals((await read({ path: "set" }, plain)).rows, [{ n: "1" }, { n: "2" }]);
});

Deno.test("read_files names what is missing: a file, a folder without files, a pattern without any", async () => {
  assertMatch(
    (await refusal({ path: "absent.csv" }, {})).message,
    /^Cannot open the input file "absent\.csv"/,
  );
  assertMatch(
    (await refusal({ path: "no/*.csv" }, {})).message,
    /^Find files that meet the pattern "no\/\*\.csv"/,
  );
  assertMatch(
    (await refusal({ path: "rows.data" }, { "rows.data": "" })).message,
    /^Tell the format of "rows\.data"/,
  );
});

Deno.test("read_files reads files on the web, Parquet by parts", async () => {
  const parquet = await Deno.readFile(`${FIXTURES}/typed_snappy.parquet`);
  const asked: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "");
    asked.push(`${request.method} ${pathname} ${range === null ? "whole" : "part"}`);
    if (pathname === "/rows.jsonl") return new Response('{"a":1}\n');
    if (pathname !== "/t.parquet") return new Response("", { status: 404 });
    if (range === null) {
      return new Response(parquet, { headers: { "content-length": String(parquet.length) } });
    }
    return new Response(parquet.slice(Number(range[1]), Number(range[2]) + 1), { status: 206 });
  });
  try {
    const base = `http://127.0.0.1:${server.addr.port}`;
    assertEquals((await read({ path: `${base}/rows.jsonl?signature=s` }, {})).rows, [{ a: 1 }]);
    assertEquals(
      (await read({ path: `${base}/t.parquet` }, {})).rows,
      TYPED as readonly { [key: string]: Json }[],
    );
    assert(asked.includes("GET /t.parquet part"));
    const error = await refusal({ path: `${base}/no.jsonl?signature=s` }, {});
    assertEquals([error.code, error.message.includes("signature")], ["data.file_not_found", false]);
  } finally {
    await server.shutdown();
  }
});

Deno.test("read_files puts CSV that breaks the rules aside as it stands in the file", async () => {
  const text = 'a,b\n1,x"y\n2,ok\n3,"open\n4,z\n';
  const run = await read({ path: "a.csv", on_malformed: "quarantine" }, { "a.csv": text });
  assertEquals(run.rows, [{ a: "2", b: "ok" }]);
  assertEquals(run.quarantined.map(({ line, text }) => [line, text]), [[2, '1,x"'], [5, '3,"open\n4,z']]);
});

Deno.test("read_files wants a file with data in a folder", async () => {
  const error = await refusal({ path: "in" }, { "in/README.md": "# Nothing", "in/notes.txt": "" });
  assertEquals([error.code, error.message], [
    "data.file_not_found",
    'Find data files in the folder "in", found none',
  ]);
});

Deno.test("read_files changes no number of text files in silence", async () => {
  const document = '[{"a":{"id":9007199254740993}},{"a":9007199254740992},{"a":[1e999]}]';
  const error = await refusal({ path: "a.json" }, { "a.json": document });
  assertStringIncludes(
    error.message,
    "a.json:1, found (the integer 9007199254740993, which a number cannot hold)",
  );
  const skipped = await read({ path: "a.json", on_malformed: "skip" }, { "a.json": document });
  assertEquals(skipped.rows, [{ a: 2 ** 53 }]);
  assertEquals(skipped.warnings, ["Left out 2 records that cannot be read: a.json:1, a.json:3"]);
  const digits = await read({ path: "a.json", int64: "text", on_malformed: "skip" }, { "a.json": document });
  assertEquals(digits.rows, [{ a: { id: "9007199254740993" } }, { a: "9007199254740992" }]);
  const csv = { types: { n: "number", j: "json" } };
  const cells = await refusal({ path: "a.csv", csv }, { "a.csv": "n,j\n9007199254740993,1\n" });
  assertStringIncludes(cells.message, '"9007199254740993" in "n" is no number');
  const json = await refusal({ path: "a.csv", csv }, { "a.csv": 'n,j\n1,"[9007199254740993]"\n' });
  assertStringIncludes(json.message, '"[9007199254740993]" in "j" is no json');
});
