import { FastDistillError, type Json, type JsonObject } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import jsonSchema from "./json_schema.ts";

const PERSON: JsonObject = {
  type: "object",
  properties: {
    name: { type: "string", pattern: "^[A-Z]" },
    age: { type: "integer", minimum: 0 },
    tags: { type: "array", items: { $ref: "#/$defs/tag" } },
  },
  required: ["name"],
  additionalProperties: false,
  $defs: { tag: { enum: ["a", "b"] } },
};

async function problemsOf(schema: JsonObject, value: Json): Promise<Json> {
  const run = await runStep(jsonSchema, { config: { from: "value", schema }, rows: [{ value }] });
  return run.rows[0]?.schema_errors ?? null;
}

Deno.test("json_schema keeps the contract of steps", async () => {
  const rows = [{ generation: '{"name":"Ann"}' }, { generation: "no" }, { generation: null }, {
    generation: 5,
  }];
  await testStep(jsonSchema, [
    { config: { schema: PERSON }, rows },
    { config: { schema: PERSON, action: "reject", parsed_to: "person" }, rows },
    { config: { schema_file: "s.json" }, rows, files: { "s.json": JSON.stringify(PERSON) } },
  ]);
});

Deno.test("json_schema names every problem with its place", async () => {
  assertEquals(await problemsOf(PERSON, { name: "Ann", age: 3, tags: ["a"] }), []);
  assertEquals(await problemsOf(PERSON, { name: "ann", age: -1, tags: ["a", "c"], extra: 1 }), [
    "/name: String does not match pattern",
    "/age: -1 is less than 0",
    '/tags/1: Instance does not match any of ["a","b"]',
    ': Property "extra" does not match additional properties schema',
  ]);
  assertEquals(await problemsOf(PERSON, {}), [': Instance does not have required property "name"']);
});

Deno.test("json_schema reads text as JSON, also in a fence, unless that is forbidden", async () => {
  const rows = ['{"name":"Ann"}', '```json\n{"name":"Ann"}\n```', '{"name":', ""].map((generation) => ({
    generation,
  }));
  const config = { schema: PERSON, parsed_to: "person" };
  const open = await runStep(jsonSchema, { config, rows });
  assertEquals(open.rows.map(({ schema_valid, person }) => [schema_valid, person]), [
    [true, { name: "Ann" }],
    [true, { name: "Ann" }],
    [false, null],
    [false, null],
  ]);
  const strict = await runStep(jsonSchema, { config: { ...config, allow_fence: false }, rows });
  assertEquals(strict.rows.map(({ schema_valid }) => schema_valid), [true, false, false, false]);
});

Deno.test("json_schema rejects with a reason, and the detail says why", async () => {
  const rows = [{ generation: "{}" }, { generation: "no" }, { generation: '{"name":"A"}' }];
  const run = await runStep(jsonSchema, { config: { schema: PERSON, action: "reject" }, rows });
  assertEquals(run.rejected.map(({ reason }) => reason), ["schema_invalid", "not_json"]);
  assertEquals(run.rejected[0]!.detail, ': Instance does not have required property "name"');
  assertEquals(run.rows.map(({ schema_valid }) => schema_valid), [true]);
});

Deno.test("json_schema matches patterns in linear time, under names too", async () => {
  const evil = "a".repeat(50_000);
  assertEquals(await problemsOf({ pattern: "^(a+)+$" }, JSON.stringify(`${evil}!`)), [
    ": String does not match pattern",
  ]);
  const named: JsonObject = {
    patternProperties: { "^n_": { type: "number" }, "_x$": { minimum: 5 } },
    additionalProperties: false,
    properties: { pattern: { type: "string", pattern: "^p" }, enum: { pattern: "^e" } },
  };
  assertEquals(await problemsOf(named, { n_x: 7, pattern: "p", enum: "e" }), []);
  assertEquals(await problemsOf(named, { n_x: 3 }), ["/n_x: 3 is less than 5"]);
  assertEquals(await problemsOf(named, { "n_.*": "7" }), [
    '/n_.*: Instance type "string" is invalid. Expected "number"',
  ]);
  assertEquals(await problemsOf(named, { pattern: "q", enum: "f" }), [
    "/pattern: String does not match pattern",
    "/enum: String does not match pattern",
  ]);
});

Deno.test("json_schema refuses schemas that reach out, do not end, or cannot be read", async () => {
  const wide = Object.fromEntries(
    Array.from(
      { length: 30 },
      (_, n) => [`d${n}`, { allOf: [{ $ref: `#/$defs/d${n + 1}` }, { $ref: `#/$defs/d${n + 1}` }] }],
    ),
  );
  const refused: readonly (readonly [JsonObject, string])[] = [
    [{ $ref: "https://example.org/s.json" }, "outside of the schema"],
    [{ properties: { a: { $ref: "other.json#/x" } } }, "at /properties/a"],
    [{ $ref: "#/$defs/none" }, "which is not there"],
    [{ $ref: "#" }, "in a circle"],
    [{ $defs: { a: { anyOf: [{ $ref: "#/$defs/b" }] }, b: { not: { $ref: "#/$defs/a" } } } }, "in a circle"],
    [{ $defs: { ...wide, d30: true }, $ref: "#/$defs/d0" }, "subschemas for one value"],
    [{ pattern: "(?=a)" }, "a pattern that cannot be used"],
    [{ $dynamicRef: "#x" }, "$dynamicRef"],
  ];
  for (const [schema, found] of refused) {
    const error = await assertRejects(() => problemsOf(schema, "1"), FastDistillError);
    assertEquals(error.code, "data.invalid_schema");
    assertStringIncludes(error.message, found);
  }
  const tree: JsonObject = { properties: { left: { $ref: "#" }, n: { type: "number" } } };
  assertEquals(await problemsOf(tree, { left: { left: { n: "x" } } }), [
    '/left/left/n: Instance type "string" is invalid. Expected "number"',
  ]);
});

Deno.test("json_schema finds values invalid that are too deep, too large or too long", async () => {
  const deep = "[".repeat(150) + "]".repeat(150);
  assertEquals(await problemsOf({ $defs: {} }, deep), [": more than 100 levels"]);
  const large = JSON.stringify(Array.from({ length: 30_000 }, () => 0));
  assertEquals(await problemsOf({ $defs: {} }, large), [": more than 20000 values"]);
  assertEquals(await problemsOf({ $defs: {} }, "1".repeat(300_000)), [": 300000 characters, at most 200000"]);
});

Deno.test("json_schema wants one schema, and a file that is one", async () => {
  const files = { "bad.json": "{" };
  const rows = [{ generation: "1" }];
  const wrong: readonly JsonObject[] = [{}, { schema: {}, schema_file: "a.json" }];
  for (const config of wrong) {
    await assertRejects(
      () => runStep(jsonSchema, { config, rows }),
      FastDistillError,
      "Give schema or schema_file",
    );
  }
  const error = await assertRejects(
    () => runStep(jsonSchema, { config: { schema_file: "bad.json" }, rows, files }),
    FastDistillError,
  );
  assertEquals(error.code, "data.invalid_schema");
});
