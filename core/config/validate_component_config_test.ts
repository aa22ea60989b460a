import { assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import type { ConfigSchema } from "../component/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { lineOf, loadTexts } from "./_load_texts_test.ts";
import { type ComponentConfigOptions, validateComponentConfig } from "./validate_component_config.ts";

const schema = z.strictObject({
  field: z.string().min(1),
  min_chars: z.int().min(0).max(100).default(0),
  mode: z.enum(["fast", "exact"]).default("fast"),
  api_key: z.string().regex(/^sk-/).optional(),
  pass: z.string().max(3).meta({ secret: true }).optional(),
  fields: z.array(z.strictObject({ name: z.string(), weight: z.number().gt(0).lt(1) })).default([]),
  target: z.union([z.string(), z.strictObject({ column: z.string(), as: z.string() })]).optional(),
  shape: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("circle"), radius: z.number() }),
    z.strictObject({ kind: z.literal("square"), side: z.number() }),
  ]).optional(),
}).refine(({ min_chars, field }) => min_chars < 50 || field !== "short", {
  path: ["min_chars"],
  message: "is too much for a short field",
});

function lines(value: unknown, options: ComponentConfigOptions = {}): readonly string[] {
  const error = assertThrows(() => validateComponentConfig(schema, value, options), FastDistillError);
  return [error, ...error.related].map(({ code, message }) => `${code} | ${message}`);
}

Deno.test("validateComponentConfig() fills in the defaults", () => {
  assertEquals(validateComponentConfig(schema, { field: "a" }), {
    field: "a",
    min_chars: 0,
    mode: "fast",
    fields: [],
  });
});

Deno.test("validateComponentConfig() reports each problem in the same words", () => {
  const path = ["steps", "s", "with"];
  const cases: readonly (readonly [unknown, readonly string[]])[] = [
    [{}, ['config.missing_key | Missing key "field" at steps.s.with']],
    [{ field: "" }, [
      'config.invalid_value | Expected a string that is not empty at steps.s.with.field, found ""',
    ]],
    [{ field: "a", min_chars: 101 }, [
      "config.invalid_value | Expected a whole number from 0 to 100 at steps.s.with.min_chars, found 101",
    ]],
    [{ field: "a", min_chars: "5" }, [
      'config.invalid_value | Expected a whole number from 0 to 100 at steps.s.with.min_chars, found "5"',
    ]],
    [{ field: "a", mode: "fsat" }, [
      'config.invalid_value | Expected one of "fast", "exact" at steps.s.with.mode, found "fsat"; did you mean "fast"?',
    ]],
    [{ field: "a", fields: [{ name: "x", weight: 1 }] }, [
      "config.invalid_value | Expected a number above 0 and below 1 at steps.s.with.fields.0.weight, found 1",
    ]],
    [{ field: "a", fields: { name: "x" } }, [
      "config.invalid_value | Expected a list of maps at steps.s.with.fields, found a map",
    ]],
    [{ field: "a", fields: [{ name: "x", weight: 0.5, wight: 1 }] }, [
      'config.unknown_key | Unknown key "wight" at steps.s.with.fields.0; did you mean "weight"?',
    ]],
    [{ field: "a", target: 5 }, [
      "config.invalid_value | Expected a string or a map at steps.s.with.target, found 5",
    ]],
    [{ field: "a", target: { column: "x", az: "y" } }, [
      'config.missing_key | Missing key "as" at steps.s.with.target',
      'config.unknown_key | Unknown key "az" at steps.s.with.target; did you mean "as"?',
    ]],
    [{ field: "a", shape: { kind: "circel", radius: 1 } }, [
      'config.invalid_value | Expected one of "circle", "square" at steps.s.with.shape.kind, found "circel"; did you mean "circle"?',
    ]],
    [{ field: "a", shape: { kind: "circle" } }, [
      'config.missing_key | Missing key "radius" at steps.s.with.shape',
    ]],
    [{ field: "short", min_chars: 60 }, [
      "config.invalid_value | Invalid value at steps.s.with.min_chars: is too much for a short field, found 60",
    ]],
    [[], ["config.invalid_value | Expected a map at steps.s.with, found an empty list"]],
    ["x".repeat(200), [
      `config.invalid_value | Expected a map at steps.s.with, found "${"x".repeat(57)}..."`,
    ]],
  ];
  for (const [value, expected] of cases) {
    assertEquals(lines(value, { path }), expected, JSON.stringify(value));
  }
});

Deno.test("validateComponentConfig() shows no value of a secret field", () => {
  assertEquals(lines({ field: "a", api_key: "hunter2", pass: "hunter2" }), [
    "config.invalid_value | Expected a string that matches /^sk-/ at api_key, found [redacted]",
    "config.invalid_value | Expected a string at pass, found [redacted]",
  ]);
});

Deno.test("validateComponentConfig() suggests keys that are understood elsewhere", () => {
  const known = ["temperature", "n"];
  assertEquals(lines({ field: "a", temprature: 1 }, { known }), [
    'config.unknown_key | Unknown key "temprature" at the top level; did you mean "temperature"?',
  ]);
});

Deno.test("validateComponentConfig() finds line and column through the loaded pipeline", async () => {
  const yaml = `version: 1
name: x
steps:
  s:
    use: some_step
    with:
      field: \${env:FIELD}
      min_chars: \${env:MIN}
      mod: exact
`;
  const { config, locate } = await loadTexts({
    files: { "pipeline.yaml": yaml },
    variables: { FIELD: "a", MIN: "5" },
  });
  const options = { path: ["steps", "s", "with"], locate };
  const error = assertThrows(
    () => validateComponentConfig(schema, config.steps.s!.with, options),
    FastDistillError,
  );
  assertEquals([error, ...error.related].map((one) => lineOf(one).replace(/ \S*\/(?=pipeline.yaml)/, " ")), [
    "config.invalid_value pipeline.yaml:8:7 steps.s.with.min_chars | Expected a whole number from 0 to 100 at " +
    'steps.s.with.min_chars, found "${env:MIN}"',
    'config.unknown_key pipeline.yaml:9:7 steps.s.with.mod | Unknown key "mod" at steps.s.with; did you mean "mode"?',
  ]);
  assertEquals(error.hint, "What ${env:NAME} gives is text; --set can give a number");
});

/** A schema that follows the standard and no more: no codes, no JSON Schema. */
const plain: ConfigSchema<{ readonly n: number }> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      typeof (value as { n?: unknown }).n === "number"
        ? { value: value as { n: number } }
        : { issues: [{ message: "n is no number", path: [{ key: "n" }] }] },
  },
};

Deno.test("validateComponentConfig() works with any Standard Schema", () => {
  assertEquals(validateComponentConfig(plain, { n: 1 }), { n: 1 });
  const message = (value: unknown) =>
    assertThrows(() => validateComponentConfig(plain, value), FastDistillError).message;
  assertEquals(message({ n: "x" }), 'Invalid value at n: n is no number, found "x"');
  assertEquals(message({}), 'Missing key "n" at the top level');
});

Deno.test("validateComponentConfig() throws a TypeError for a schema that answers later", () => {
  const later = {
    "~standard": { version: 1, vendor: "test", validate: () => Promise.resolve({ value: 1 }) },
  } as const;
  assertThrows(() => validateComponentConfig(later, {}), TypeError);
});
