import {
  type Component,
  defineProvider,
  defineStep,
  defineTask,
  FastDistillError,
  loadPipeline,
  pass,
  splitGenerationOptions,
  validateComponentConfig,
} from "@fastdistill/core";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { z } from "zod";
import { readMarkdown } from "./_markdown.ts";
import {
  builtinComponents,
  componentsPage,
  showComponent,
  writeComponents,
} from "./_reference_components.ts";
import { configOf, flowOf, flowWords } from "./_reference_flow.ts";
import { readText, ROOT } from "./_tree.ts";

const CONFIG = z.strictObject({ field: z.string().describe("Column to read") });

function stepOf(name: string, config = CONFIG): Component {
  return defineStep({
    kind: "row",
    name,
    version: 1,
    summary: "Stands for a step",
    config,
    columns: ({ field }) => ({
      requires: [{ column: field, type: "string" }],
      adds: { [`${field}_id`]: "number" },
    }),
    open: () => ({ process: pass }),
  });
}

Deno.test("the page of components has one example of each, and pipeline files take it as it is", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const components = new Map((await builtinComponents()).map(({ name, component }) => [name, component]));
    const { fences } = readMarkdown((await readText(ROOT, `docs/${componentsPage.path}`))!);
    const shown = await Promise.all(fences.map(async ({ text }, index) => {
      const file = `${folder}/${index}.yaml`;
      const steps = text.startsWith("steps:") ? "" : "steps: {}\n";
      await Deno.writeTextFile(file, `version: 1\nname: example\n${steps}${text}\n`);
      const { config } = await loadPipeline({ file, readEnv: () => undefined });
      const [use, more] = [...Object.values(config.steps), ...Object.values(config.providers)];
      assertEquals(more, undefined, text);
      const { component, definition } = components.get(use!.use)!;
      const own = component === "task" ? splitGenerationOptions(use!.with).rest : use!.with;
      validateComponentConfig(definition.config, own);
      const asks = component === "task" || (component === "step" && definition.needs !== undefined);
      assertEquals("provider" in use!, asks, text);
      return use!.use;
    }));
    assertEquals(shown.toSorted(), [...components.keys()].toSorted());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the page of components states every key with its default and marks", async () => {
  for (const language of ["en", "zh"] as const) {
    const text = await componentsPage.write(language);
    for (const { name, keys } of await builtinComponents()) {
      const section = text.split("\n### ").find((part) => part.startsWith(`\`${name}\``))!;
      for (const key of keys) assertStringIncludes(section, `\n| \`${key.name}\` |`);
    }
    assert(/\| `api_key` \|.*(_secret_|机密)/.test(text));
    assert(/\| `max_choices` \|.*\| `128` \|.*(_operational_|运维)/.test(text));
  }
});

Deno.test("the page of components says what an example does to the columns", async () => {
  const text = await componentsPage.write("en");
  assertStringIncludes(text, "This example reads `database`, `question`; it adds `sample_id` (text).");
  assertStringIncludes(
    text,
    "This example reads `generation`; it adds `sql` (text); it removes `generation`.",
  );
  assertStringIncludes(
    await componentsPage.write("zh"),
    "此示例读取 `question`、`sql`；只保留 `question`、`sql`。",
  );
});

Deno.test("writeComponents() names the component or the key that has no Chinese words", async () => {
  const components = await builtinComponents();
  assertThrows(
    () => writeComponents([...components, showComponent(stepOf("shout"))], "en"),
    Error,
    "The Chinese words for components lack shout: see scripts/_reference_zh_components.ts",
  );
  const [key] = showComponent(stepOf("shout")).keys;
  const longer = components.map((one) => one.name === "rows" ? { ...one, keys: [...one.keys, key!] } : one);
  assertThrows(
    () => writeComponents(longer, "zh"),
    Error,
    'The Chinese words for the keys of "rows" lack field: see scripts/_reference_zh_components.ts',
  );
});

Deno.test("showComponent() lists nested keys by path, and refuses a key that nobody describes", () => {
  const rule = z.strictObject({ min: z.int().default(1).describe("Least value") });
  const nested = CONFIG.extend({ rules: z.array(rule).default([]).describe("Rules") });
  assertEquals(showComponent(stepOf("nested", nested)).keys.map(({ name }) => name), [
    "field",
    "rules",
    "rules[].min",
  ]);
  assertThrows(
    () => showComponent(stepOf("silent", CONFIG.extend({ limit: z.int() }))),
    Error,
    'The schema of "silent" does not describe limit: add .describe()',
  );
});

Deno.test("configOf() refuses an example that is of another component or that would not run", () => {
  const shout = stepOf("shout");
  const example = (use: string) => ({ yaml: `steps:\n  loud:\n    use: ${use}` });
  assertThrows(
    () => configOf(shout, example("whisper")),
    Error,
    'The example of "shout" must be one entry under steps that uses it',
  );
  assertThrows(
    () => configOf(shout, example("shout\n    with: { field: text, n: 2 }")),
    FastDistillError,
    'Unknown key "n" at example.shout.with',
  );
  assertEquals(configOf(shout, example("shout\n    with: { field: text }")), { field: "text" });
});

Deno.test("flowOf() keeps generation options from a task, and is nothing for a provider", () => {
  const config = CONFIG;
  const base = { name: "ask", version: 1, summary: "Asks", config };
  const task = defineTask({
    ...base,
    promptVersion: 1,
    columns: ({ field }) => ({ requires: [{ column: field }], adds: { answer: "string" } }),
    open: () => ({ prompt: () => ({ messages: [] }), parse: () => ({}) }),
  });
  const use = "ask: { use: ask, with: { field: text";
  assertEquals(flowOf(task, { yaml: `steps: { ${use}, n: 4 } } }` })?.adds, { answer: "string" });
  const provider = defineProvider({
    ...base,
    capabilities: ["chat"],
    open: () => ({ adapter: "ask", endpoint: "local", model: "none", capabilities: ["chat"] }),
  });
  assertEquals(flowOf(provider, { yaml: `providers: { ${use} } } }` }), undefined);
});

Deno.test("flowWords() says what a step does to columns, in both languages", () => {
  const flow = {
    requires: [{ column: "a", type: "string" }, { column: "b" }, { column: "b", at: ["x"] }],
    adds: { c: "any" },
    removes: ["a"],
    keeps: ["b"],
  } as const;
  assertEquals(
    flowWords(flow, { language: "en" }),
    "This example reads `a` (text), `b`; it adds `c` (any value); it removes `a`; it keeps only `b`.",
  );
  assertEquals(
    flowWords(flow, { language: "zh" }),
    "此示例读取 `a`（文本）、`b`；新增 `c`（任意值）；去掉 `a`；只保留 `b`。",
  );
  assertStringIncludes(flowWords({}, { language: "en" }), "leaves the columns as they are");
  assertStringIncludes(flowWords({}, { language: "en", isSource: true }), "its input turns out to have");
});
