import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FastDistillError } from "../errors/mod.ts";
import { compatJson, compatSampleId, compatValues, parseCompatJson } from "./compat_json.ts";
import { sha256 } from "./digest.ts";

interface Vectors {
  readonly canonical: readonly {
    readonly text: string;
    readonly canonical: string;
    readonly sha256: string;
  }[];
  readonly sample_ids: readonly {
    readonly fields: readonly string[];
    readonly separator: string;
    readonly line: string;
    readonly id: string;
    readonly id_with_names: string;
  }[];
}

/** Made by Python: see `_fixtures/make_compat_vectors.py`. */
const vectors: Vectors = JSON.parse(
  await Deno.readTextFile(new URL("./_fixtures/compat_vectors.json", import.meta.url)),
);

Deno.test("compatJson() writes what Python's json.dumps writes", () => {
  for (const { text, canonical, sha256: digest } of vectors.canonical) {
    const found = compatJson(parseCompatJson(text));
    assertEquals(found, canonical, text);
    assertEquals(sha256(found), digest, text);
  }
  assertEquals(vectors.canonical.length, 285);
});

Deno.test("compatSampleId() gives the ids that Python gives, with and without names", () => {
  for (const { fields, separator, line, id, id_with_names } of vectors.sample_ids) {
    const row = JSON.parse(line);
    assertEquals(compatSampleId(row, fields, { separator, line }), id, line);
    assertEquals(compatSampleId(row, fields, { separator, line, withNames: true }), id_with_names, line);
  }
});

Deno.test("compatJson() takes whole JavaScript numbers for integers as far as they are exact", () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [1, "1"],
    [-0, "-0.0"],
    [2 ** 53 - 1, "9007199254740991"],
    [2 ** 53, "9007199254740992.0"],
    [1e21, "1e+21"],
    [0.1, "0.1"],
    [[NaN, Infinity, -Infinity], "[NaN,Infinity,-Infinity]"],
    [10n ** 30n, "1" + "0".repeat(30)],
  ];
  for (const [value, text] of cases) assertEquals(compatJson(value), text);
});

Deno.test("compatJson() refuses what JSON does not have", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  for (const value of [undefined, () => 1, circle]) {
    assertEquals(assertThrows(() => compatJson(value), FastDistillError).code, "data.not_canonical");
  }
});

Deno.test("compatValues() keeps the text of a number only where the field is as it was read", () => {
  const line = '{"a": 1.0, "b": 1.0, "c": [1.0, 2]}';
  const row = { a: 1, b: 2, c: [1, 2], d: 3 };
  assertEquals(compatValues(row, ["a", "b", "c", "d", "e"], { line }).map(compatJson), [
    "1.0",
    "2",
    "[1.0,2]",
    "3",
    "null",
  ]);
  assertEquals(
    assertThrows(() => compatValues(row, ["a"], { line: "no json" }), FastDistillError).code,
    "data.not_canonical",
  );
});

Deno.test("compatValues() has integers beyond 2^53 as the line has them, whether they were read as numbers or as text", () => {
  const line = '{"id": 9007199254740993, "of": [18014398509481984]}';
  const written = ["9007199254740993", "[18014398509481984]"];
  for (const row of [{ id: "9007199254740993", of: ["18014398509481984"] }, JSON.parse(line)]) {
    assertEquals(compatValues(row, ["id", "of"], { line }).map(compatJson), written);
  }
  assertEquals(compatValues({ id: "9007199254740994" }, ["id"], { line }).map(compatJson), [
    '"9007199254740994"',
  ]);
});

Deno.test("compatJson() does not depend on the order of keys, and what it writes reads as the same value", () => {
  fc.assert(fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
    const text = compatJson(value);
    const again = JSON.parse(text);
    assertEquals(compatJson(parseCompatJson(text)), text);
    assertEquals(again, JSON.parse(JSON.stringify(value)));
    assertEquals(/[^\x20-\x7e]/.test(text), false);
  }));
});
