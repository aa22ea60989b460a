import { assertEquals } from "@std/assert";
import type { Json, JsonObject } from "../record/mod.ts";
import { isJsonObject } from "../record/mod.ts";
import { pipelineJsonSchema } from "./pipeline_json_schema.ts";

function properties(node: Json | undefined, path: string): readonly (readonly [string, JsonObject])[] {
  if (!isJsonObject(node)) return [];
  const own = isJsonObject(node.properties) ? Object.entries(node.properties) : [];
  const below = own.flatMap(([key, value]) => properties(value, `${path}${key}.`));
  const named = own.map(([key, value]) => [path + key, value as JsonObject] as const);
  return [
    ...named,
    ...below,
    ...properties(node.additionalProperties, `${path}*.`),
    ...properties(node.items, `${path}*.`),
  ];
}

Deno.test("pipelineJsonSchema() describes every key", () => {
  const all = properties(pipelineJsonSchema(), "");
  assertEquals(
    all.filter(([, { description }]) => typeof description !== "string").map(([path]) => path),
    [],
  );
  assertEquals(all.length > 30, true);
});

Deno.test("pipelineJsonSchema() allows no key that it does not know, except in a component's own part", () => {
  const all = properties(pipelineJsonSchema(), "");
  const open = all.filter(([, node]) => node.type === "object" && node.additionalProperties !== false).map((
    [path],
  ) => path);
  assertEquals(open, [
    "variables",
    "providers",
    "steps",
    "metrics",
    "providers.*.with",
    "providers.*.deployments.*.with",
    "steps.*.with",
    "steps.*.route.weights",
    "metrics.*.swap",
  ]);
});
