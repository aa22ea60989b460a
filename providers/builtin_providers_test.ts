import { Registry } from "@fastdistill/core";
import { assertEquals } from "@std/assert";
import { builtinProviders } from "./builtin_providers.ts";

Deno.test("builtinProviders load under the names, kinds and summaries that they are listed with", async () => {
  const registry = new Registry(builtinProviders);
  assertEquals(registry.list("provider").map(({ name }) => name), ["openai_compatible", "replay"]);
  for (const { kind, name, summary, origin } of builtinProviders) {
    const { definition } = await registry.load(kind, name);
    assertEquals([definition.summary, origin], [summary, "built-in"], name);
  }
});
