import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { inspectPlugin } from "../../core/plugin/load_sandboxed.ts";

Deno.test("a plugin that imports the core and a schema library loads in a sandbox and describes itself", async () => {
  const { code, facts } = await inspectPlugin({
    name: "word_length",
    specifier: "./tests/plugins/_word_length.ts",
    url: new URL("./_word_length.ts", import.meta.url),
    configFile: join(import.meta.dirname!, "../../deno.json"),
  });
  assertEquals([facts.name, facts.kind, facts.stability, facts.permissions], [
    "word_length",
    "row",
    "experimental",
    {},
  ]);
  const { properties } = facts.schema.input as { readonly properties: unknown };
  assertEquals(properties, { column: { type: "string", description: "Column to measure" } });
  assertEquals(code.start.usesNpm, true);
});
