import {
  describeConfig,
  isFastDistillError,
  isJsonObject,
  Registry,
  validateComponentConfig,
} from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers/builtin";
import { builtinSteps } from "@fastdistill/steps/builtin";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describeComponent } from "../cli/commands/registry_show.ts";

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

Deno.test("built-in components describe each of their keys, what they may do, and where more is written", async () => {
  for (const { kind, name } of entries) {
    const entry = registry.find(kind, name);
    const component = await registry.load(kind, name);
    const { config_schema, docs, stability, permissions } = await describeComponent(entry, component);
    const keys = Object.entries(describeConfig(component.definition.config)?.properties ?? {});
    for (const [key, schema] of keys) {
      assert(isJsonObject(schema) && String(schema.description ?? "").length > 0, `${name}.${key}`);
    }
    assertEquals([isJsonObject(config_schema), stability, permissions], [true, "stable", {}], name);
    const [page, part] = docs!.split("#");
    assert((await readPage(page!)).includes(`\n### \`${part}\`\n`), docs);
  }
});

function readPage(path: string): Promise<string> {
  return Deno.readTextFile(new URL(`../${path}`, import.meta.url));
}

Deno.test("built-in components that follow a paper say which", async () => {
  for (const name of ["dedup_minhash", "decontaminate", "select_diverse", "sql_exec", "write_preference"]) {
    const { definition } = await registry.load("step", name);
    assert(/arXiv:\d{4}\.\d{5}|SEQUENCES/.test(definition.citation ?? ""), name);
  }
});
