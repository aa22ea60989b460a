import { FastDistillError, type Row, type StepDefinition, type StepSetup } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { gzipSync, zstdCompressSync } from "node:zlib";
import readJsonl from "./read_jsonl.ts";

function lines(rows: readonly unknown[]): string {
  return rows.map((row) => JSON.stringify(row) + "\n").join("");
}

function read(text: string, config: Record<string, string | number> = {}) {
  return runStep(readJsonl, {
    config: { path: "in/rows.jsonl", ...config },
    files: { "in/rows.jsonl": text },
  });
}

async function refusal(
  text: string,
  config: Record<string, string | number> = {},
): Promise<FastDistillError> {
  return await assertRejects(() => read(text, config), FastDistillError);
}

Deno.test("read_jsonl counts the rows that it would give", async () => {
  const text = `{"a":1}\n\n{"a":2}\nnot json\n{"a":3}\n`;
  const count = async (config: Record<string, unknown>) => {
    const definition: StepDefinition<unknown> = readJsonl.definition;
    if (definition.kind !== "source") throw new TypeError("Not a source");
    const runner = await definition.open(config, {
      files: {
        list: (path: string) => Promise.resolve([path]),
        readBytes: async function* () {
          yield new TextEncoder().encode(text);
        },
      },
    } as unknown as StepSetup);
    return await runner.count!(new AbortController().signal);
  };
  assertEquals(await count({ path: "in.jsonl", on_malformed: "skip" }), 3);
  assertEquals(await count({ path: "in.jsonl", on_malformed: "skip", limit: 2 }), 2);
  assertEquals(await count({ path: "in.jsonl", on_malformed: "fail" }), 4);
});

Deno.test("read_jsonl keeps the contract of steps", async () => {
  const files = { "rows.jsonl": lines([{ a: 1, b: "x" }, { b: null, a: 2 }, { a: 3 }]) };
  await testStep(readJsonl, [
    { config: { path: "rows.jsonl" }, files },
    { config: { path: "rows.jsonl", limit: 1, on_malformed: "skip" }, files },
  ]);
});

Deno.test("read_jsonl reads rows, skips blank lines and takes any line end", async () => {
  const run = await read('\uFEFF{"a": 1}\r\n\n   \n{"a": {"b": [null, "é😀"]}}');
  assertEquals(run.rows, [{ a: 1 }, { a: { b: [null, "é😀"] } }]);
  assertEquals(run.columns.after, { a: "any" });
});

Deno.test("read_jsonl gives every row all columns", async () => {
  const run = await read(lines([{ a: 1 }, { b: "x" }, { a: 2, b: "y" }]));
  assertEquals(run.rows, [{ a: 1, b: null }, { b: "x", a: null }, { a: 2, b: "y" }]);
  assertEquals(run.columns.after, { a: "number", b: "string" });
});

Deno.test("read_jsonl knows its columns from the first 1,000 rows", async () => {
  const rows: Row[] = Array.from({ length: 1002 }, (_, n) => ({ n }));
  rows[999] = { n: 999, known: true };
  rows[1001] = { n: 1001, late: true };
  const run = await read(lines(rows));
  assertEquals(run.columns.after, { known: "boolean", n: "number" });
  assertEquals([run.rows[0], run.rows[1000]], [{ n: 0, known: null }, { n: 1000, known: null }]);
  assertEquals(run.rows[1001], { n: 1001, late: true, known: null });
});

Deno.test("read_jsonl stops at its limit, before a malformed line", async () => {
  assertEquals((await read('{"a":1}\n{"a":2}\nnonsense', { limit: 2 })).rows, [{ a: 1 }, { a: 2 }]);
});

Deno.test("read_jsonl names file, line and beginning of a malformed line", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ['{"a":1}\n\n{"a": nonsense}', 'Read a JSON object at in/rows.jsonl:3, found: {"a": nonsense}'],
    ["[1, 2]", "Read a JSON object at in/rows.jsonl:1, found: [1, 2]"],
    ["null", "Read a JSON object at in/rows.jsonl:1, found: null"],
    [`"${"x".repeat(200)}"`, `Read a JSON object at in/rows.jsonl:1, found: "${"x".repeat(79)}...`],
  ];
  for (const [text, message] of cases) {
    const error = await refusal(text);
    assertEquals([error.code, error.message], ["data.malformed", message]);
    assertEquals(error.location?.line, error.context.line as number);
  }
});

Deno.test("read_jsonl skips malformed lines when told to", async () => {
  assertEquals((await read('{"a":1}\n[1]\noops\n{"a":2}', { on_malformed: "skip" })).rows, [{ a: 1 }, {
    a: 2,
  }]);
});

Deno.test("read_jsonl finds a malformed line past the sample while it reads", async () => {
  const error = await refusal(lines(Array.from({ length: 1001 }, (_, n) => ({ n }))) + "oops");
  assertMatch(error.message, /in\/rows\.jsonl:1002, found: oops$/);
});

Deno.test("read_jsonl says of a missing file how it was written and where it was looked for", async () => {
  const error = await assertRejects(
    () => runStep(readJsonl, { config: { path: "absent.jsonl" } }),
    FastDistillError,
  );
  assertEquals(error.code, "data.file_not_found");
  assertMatch(
    error.message,
    /^Cannot open the input file "absent\.jsonl": .*[\\/]absent\.jsonl: it does not exist$/,
  );
});

Deno.test("read_jsonl fingerprints the whole file", async () => {
  const { definition } = readJsonl;
  const files = { "rows.jsonl": lines([{ a: 1 }]) };
  const digests: string[] = [];
  for (const text of [files["rows.jsonl"], files["rows.jsonl"] + "\n", files["rows.jsonl"]]) {
    const spy = {
      ...readJsonl,
      definition: {
        ...definition,
        inspect: async (...args: Parameters<NonNullable<typeof definition.inspect>>) => {
          const inspection = await definition.inspect!(...args);
          digests.push(inspection.inputs![0]!.sha256);
          assertEquals([inspection.inputs![0]!.name, inspection.inputs![0]!.size], [
            "rows.jsonl",
            text.length,
          ]);
          return inspection;
        },
      },
    } as typeof readJsonl;
    await runStep(spy, { config: { path: "rows.jsonl" }, files: { "rows.jsonl": text } });
  }
  assertEquals([digests[0] === digests[1], digests[0] === digests[2]], [false, true]);
});

Deno.test("read_jsonl puts malformed lines aside, and says how many and where", async () => {
  const run = await read('{"a":1}\n[1]\noops\n{"a":2}', { on_malformed: "quarantine" });
  assertEquals(run.rows, [{ a: 1 }, { a: 2 }]);
  const reason = "it is no JSON object";
  assertEquals(run.quarantined, [
    { file: "in/rows.jsonl", line: 2, text: "[1]", reason },
    { file: "in/rows.jsonl", line: 3, text: "oops", reason },
  ]);
  assertEquals(run.warnings, [
    "Left out 2 records that cannot be read: in/rows.jsonl:2, in/rows.jsonl:3",
  ]);
});

Deno.test("read_jsonl reads the files that a pattern meets, in the order of their names, compressed or not", async () => {
  const files = {
    "in/b.jsonl": lines([{ a: 3 }]),
    "in/a.jsonl.gz": new Uint8Array(gzipSync(lines([{ a: 1 }]) + lines([{ a: 2 }]))),
    "in/c.jsonl.zst": new Uint8Array(zstdCompressSync(lines([{ a: 4 }]))),
    "in/notes.txt": "no rows",
  };
  const run = await runStep(readJsonl, { config: { path: "in/*.jsonl*" }, files });
  assertEquals(run.rows, [{ a: 1 }, { a: 2 }, { a: 3 }, { a: 4 }]);
});

Deno.test("read_jsonl gives each line as it stands in the file", async () => {
  const run = await read('{"x": 1.0, "y": 10}\n', { line_column: "raw" });
  assertEquals(run.rows, [{ x: 1, y: 10, raw: '{"x": 1.0, "y": 10}' }]);
  assertEquals(run.columns.after, { x: "number", y: "number", raw: "string" });
});

Deno.test("read_jsonl changes no number in silence: it refuses integers beyond 2^53, or reads their digits", async () => {
  const text = '{"id":9007199254740993}\n{"id":7}\n{"id":[1e999]}\n';
  const error = await refusal(text);
  assertEquals(
    [error.message, error.hint],
    [
      "Read a JSON object at in/rows.jsonl:1, found (the integer 9007199254740993, which a number cannot hold): " +
      '{"id":9007199254740993}',
      "Read such integers as text: int64: text",
    ],
  );
  const skipped = await read(text, { on_malformed: "skip" });
  assertEquals(skipped.rows, [{ id: 7 }]);
  assertEquals(skipped.warnings, [
    "Left out 2 records that cannot be read: in/rows.jsonl:1, in/rows.jsonl:3",
  ]);
  const digits = await read(text, { int64: "text", on_malformed: "skip" });
  assertEquals(digits.rows, [{ id: "9007199254740993" }, { id: 7 }]);
});
