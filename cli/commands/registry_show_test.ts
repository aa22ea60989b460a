import type { Component, RegistryEntry } from "@fastdistill/core";
import { assertEquals } from "@std/assert";
import { describeComponent } from "./registry_show.ts";

function componentOf(schema: unknown): Component {
  const convert = () => schema;
  const standard = {
    version: 1,
    vendor: "test",
    validate: (value: unknown) => ({ value }),
    jsonSchema: { input: convert, output: convert },
  };
  const definition = {
    name: "mine",
    version: 1,
    summary: "Mine",
    kind: "row",
    config: { "~standard": standard },
  };
  return {
    component: "step",
    definition: { ...definition, columns: () => ({}), open: () => ({}) },
  } as unknown as Component;
}

Deno.test("describeComponent() takes any JSON Schema that a plugin may have", async () => {
  const entry = { kind: "step", name: "mine", summary: "Mine", origin: "test", load: () => Promise.reject() };
  const deep = Array.from({ length: 200 }).reduce<object>((inner) => ({ type: "array", items: inner }), {});
  const schemas = [
    { type: "object", required: "x", properties: 5 },
    { type: "object", required: ["a", 7, null], properties: { a: { anyOf: [] } } },
    { type: "object", required: ["__proto__"], properties: {} },
    { anyOf: [null] },
    { oneOf: [], type: "array", items: "x" },
    { enum: [] },
    deep,
  ];
  for (const schema of schemas) {
    const { name } = await describeComponent(entry as RegistryEntry, componentOf(schema));
    assertEquals(name, "mine", JSON.stringify(schema).slice(0, 80));
  }
});
