import { Registry } from "@fastdistill/core";
import { assertEquals } from "@std/assert";
import { builtinSteps } from "./builtin_steps.ts";

Deno.test("builtinSteps are in order, one of each name, and say what their components say", async () => {
  const names = builtinSteps.map(({ name }) => name);
  assertEquals(names, [...new Set(names)].sort());
  const registry = new Registry(builtinSteps);
  for (const entry of builtinSteps) {
    const component = await registry.load("step", entry.name);
    assertEquals(component.component, entry.kind);
    assertEquals([component.definition.name, component.definition.summary], [entry.name, entry.summary]);
  }
});

Deno.test("builtinSteps describe every key of their configurations", async () => {
  for (const { name, load } of builtinSteps) {
    const schema = (await load()).definition.config["~standard"] as unknown as {
      readonly jsonSchema: { readonly input: (options: { readonly target: string }) => JsonSchema };
    };
    const { properties = {} } = schema.jsonSchema.input({ target: "draft-2020-12" });
    for (const [key, property] of Object.entries(properties)) {
      assertEquals(typeof property.description, "string", `${name}.${key}`);
    }
  }
});

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}
