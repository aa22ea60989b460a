import { assertEquals } from "@std/assert";
import { z } from "zod";
import type { JsonObject } from "../record/mod.ts";
import {
  expectationAt,
  isMarked,
  jsonSchemaOf,
  keysAt,
  optionsAt,
  placeAt,
  placeOf,
} from "./_schema_keys.ts";

Deno.test("jsonSchemaOf() gives undefined where a library or a schema has no JSON Schema", () => {
  const plain = {
    "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) },
  } as const;
  assertEquals(jsonSchemaOf(plain, "input"), undefined);
  assertEquals(jsonSchemaOf(z.bigint(), "input"), undefined);
  assertEquals(jsonSchemaOf(z.boolean(), "input")?.type, "boolean");
});

Deno.test("placeAt() follows properties, maps, lists, tuples, unions and references", () => {
  const root: JsonObject = {
    $defs: { "a/b": { properties: { deep: { const: 1 } } } },
    properties: {
      map: { additionalProperties: { properties: { one: {} } } },
      list: { items: { properties: { two: {} } } },
      tuple: { prefixItems: [{ properties: { three: {} } }], items: { properties: { rest: {} } } },
      union: { anyOf: [{ properties: { four: {} } }, { oneOf: [{ properties: { five: {} } }] }] },
      reference: { $ref: "#/$defs/a~1b" },
      itself: { $ref: "#" },
      lost: { $ref: "#/$defs/nothing" },
      outside: { $ref: "other.json" },
      refused: { additionalProperties: false },
    },
  };
  const keys = (...path: (string | number)[]) => keysAt(placeAt(root, path));
  assertEquals(keys("map", "any"), ["one"]);
  assertEquals(keys("list", 5), ["two"]);
  assertEquals([keys("tuple", 0), keys("tuple", 1)], [["three"], ["rest"]]);
  assertEquals(keys("union"), ["four", "five"]);
  assertEquals(keys("reference"), ["deep"]);
  assertEquals(keys("itself", "itself", "list", 0), ["two"]);
  assertEquals([keys("lost"), keys("outside"), keys("refused", "x"), keys("toString"), keys("nothing")], [
    [],
    [],
    [],
    [],
    [],
  ]);
  assertEquals(optionsAt(placeAt(root, ["reference", "deep"])), [1]);
});

Deno.test("expectationAt() says what a place accepts", () => {
  const cases: readonly (readonly [JsonObject, string | undefined])[] = [
    [{ type: "string" }, "a string"],
    [{ type: "string", minLength: 1 }, "a string that is not empty"],
    [{ type: "string", pattern: "^a" }, "a string that matches /^a/"],
    [{ type: "number", minimum: 0, maximum: 1 }, "a number from 0 to 1"],
    [{ type: "number", exclusiveMinimum: 0 }, "a number above 0"],
    [{ type: "integer", minimum: -Number.MAX_SAFE_INTEGER, maximum: 5 }, "a whole number of at most 5"],
    [{ type: "boolean" }, "true or false"],
    [{ type: "array", items: { type: "integer" }, minItems: 1 }, "a list of whole numbers that is not empty"],
    [{ type: "array", items: { anyOf: [] } }, "a list"],
    [{ type: "object" }, "a map"],
    [{ const: 1 }, "1"],
    [{ enum: ["a", 2] }, 'one of "a", 2'],
    [{ anyOf: [{ type: "string" }, { type: "null" }, { const: false }] }, "false or a string or null"],
    [{}, undefined],
  ];
  for (const [schema, words] of cases) {
    assertEquals(expectationAt(placeOf(schema)), words, JSON.stringify(schema));
  }
});

Deno.test("isMarked() reads what zod's meta leaves, through unions and references", () => {
  const schema = z.strictObject({
    a: z.string().meta({ secret: true }).nullable().optional(),
    b: z.string(),
  });
  const root = jsonSchemaOf(schema, "input")!;
  assertEquals(["a", "b"].map((key) => isMarked(placeAt(root, [key]), "secret")), [true, false]);
});
