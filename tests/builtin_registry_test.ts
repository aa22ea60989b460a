import { isFastDistillError, Registry, validateComponentConfig } from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers/builtin";
import { builtinSteps } from "@fastdistill/steps/builtin";
import { assert, assertEquals, assertThrows } from "@std/assert";

const entries = [...builtinSteps, ...builtinProviders];
const registry = new Registry(entries);

Deno.test("built-in components are what their registry entries say", async () => {
  for (const { kind, name, summary } of entries) {
    const { component, definition } = await registry.load(kind, name);
    assertEquals([component, definition.name, definition.summary], [kind, name, summary]);
  }
});

Deno.test("built-in components have names and summaries that tell them apart", () => {
  for (const words of [entries.map(({ name }) => name), entries.map(({ summary }) => summary)]) {
    assertEquals(words.length, new Set(words).size, words.join("\n"));
  }
  for (const { name, summary } of entries) assert(/^[A-Z].*[^.\s]$/.test(summary), `${name}: ${summary}`);
});

Deno.test("built-in components refuse a key that they do not know, and name it", async () => {
  for (const { kind, name } of entries) {
    const { definition } = await registry.load(kind, name);
    const error = assertThrows(() => validateComponentConfig(definition.config, { no_such_key: 1 }));
    assert(isFastDistillError(error), name);
    const unknown = [error, ...error.related].filter(({ code }) => code === "config.unknown_key");
    assertEquals(unknown.length, 1, name);
    assert(unknown[0]!.message.startsWith('Unknown key "no_such_key"'), `${name}: ${unknown[0]!.message}`);
  }
});
