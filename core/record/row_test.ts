import { assertEquals, assertNotEquals } from "@std/assert";
import { applyColumnFlow } from "../step/mod.ts";
import { ColumnCollector } from "./columns.ts";
import { digest } from "./digest.ts";
import { compareSequencePaths, type Row } from "./row.ts";
import { derivedRowId, sampleIdOf, sourceRowId } from "./row_id.ts";

Deno.test("compareSequencePaths() orders number by number, shorter first", () => {
  const paths = [[0, 10], [0, 2, 5], [0, 2], [1], [0]];
  assertEquals(paths.sort(compareSequencePaths), [[0], [0, 2], [0, 2, 5], [0, 10], [1]]);
});

Deno.test("row ids are stable, and differ by source, position and step", () => {
  assertEquals(
    sourceRowId("questions", 0),
    "cf747ba218165f090ecc8bf87c3c576356735f89ad3b9bdaa225b85381ffb416",
  );
  const ids = [
    sourceRowId("a", 0),
    sourceRowId("a", 1),
    sourceRowId("b", 0),
    derivedRowId(sourceRowId("a", 0), { step: "teach", index: 0 }),
    derivedRowId(sourceRowId("a", 0), { step: "teach", index: 1 }),
    derivedRowId(sourceRowId("a", 0), { step: "other", index: 0 }),
  ];
  assertEquals(new Set(ids).size, ids.length);
});

Deno.test("sampleIdOf() hashes the chosen fields only; their order does not matter, an absent one is null", () => {
  const row = { database: "shop", question: "How many?", other: 1 };
  assertEquals(
    sampleIdOf(row, ["database", "question"]),
    digest({ question: "How many?", database: "shop" }),
  );
  assertEquals(sampleIdOf(row, ["question", "database"]), sampleIdOf(row, ["database", "question"]));
  assertEquals(sampleIdOf({}, ["a"]), sampleIdOf({ a: null }, ["a"]));
  assertNotEquals(sampleIdOf(row, ["question"]), sampleIdOf(row, ["question", "database"]));
});

Deno.test("digest() sees equal text in different Unicode forms as equal", () => {
  assertEquals(digest({ name: "e\u0301" }), digest({ name: "é" }));
});

Deno.test("ColumnCollector calls a column of several types any, and ignores nulls", () => {
  const collector = new ColumnCollector();
  const rows: readonly Row[] = [{ a: 1, b: null }, { a: null, b: [1], c: {} }, { a: "x", c: {} }];
  for (const row of rows) collector.add(row);
  assertEquals(collector.columns(), { a: "any", b: "array", c: "object" });
});

Deno.test("applyColumnFlow() removes, keeps and adds", () => {
  const before = { a: "string", b: "number", c: "any" } as const;
  assertEquals(applyColumnFlow(before, { removes: ["a"], adds: { d: "boolean" } }), {
    b: "number",
    c: "any",
    d: "boolean",
  });
  assertEquals(applyColumnFlow(before, { keeps: ["a"], adds: { b: "string" } }), {
    a: "string",
    b: "string",
  });
});
