import { Validator } from "@cfworker/json-schema";
import {
  type Component,
  isFastDistillError,
  loadPipeline,
  parseYaml,
  pipelineFileSchema,
  planRun,
  type Registry,
} from "@fastdistill/core";
import { assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import { defaultRegistry } from "../cli/registry.ts";
import { withFiles } from "./_cli.ts";

const ROOT = join(import.meta.dirname!, "..");
const registry = await registryOf(join(ROOT, "examples"));
const components = await componentsOf(registry);
// Through text and back, as an editor gets it.
const pipelineSchema = validatorOf(components, false);
const layerSchema = validatorOf(components, true);

/** The components of the project in a folder; its plugins are of this repository, so trusted. */
function registryOf(from: string): Promise<Registry> {
  return defaultRegistry({ from, plugins: { trust: new Set(["readability", "summarize"]) } });
}

function componentsOf(registry: Registry): Promise<readonly Component[]> {
  return Promise.all(registry.list().map(({ kind, name }) => registry.load(kind, name)));
}

function validatorOf(known: readonly Component[], isLayer: boolean): Validator {
  const schema = JSON.parse(JSON.stringify(pipelineFileSchema(known, { isLayer })));
  return new Validator(schema, "2020-12", true);
}

function accepts(text: string, validator = pipelineSchema): boolean {
  return validator.validate(parseYaml(text) as object).valid;
}

async function* yamlBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* yamlBelow(path);
    else if (name.endsWith(".yaml")) yield path;
  }
}

Deno.test("pipelineFileSchema() accepts every example pipeline, and every layer of one", async () => {
  let files = 0;
  for await (const file of yamlBelow(join(ROOT, "examples"))) {
    const text = await Deno.readTextFile(file);
    const isLayer = /\/env\//.test(file);
    const schema = file.includes("/plugins/")
      ? validatorOf(await componentsOf(await registryOf(dirname(file))), isLayer)
      : (isLayer ? layerSchema : pipelineSchema);
    assertEquals(accepts(text, schema), true, file);
    files++;
  }
  assertEquals(files >= 6, true);
});

const GOOD = `version: 1
name: planted
seed: 7
variables: { model: tiny, n: 2, where: { path: rows.jsonl } }
providers:
  teacher: { use: openai_compatible, with: { base_url: "http://127.0.0.1:1/v1", model: "\${var:model}" }, price: { input: 0, output: 0 } }
budget: { usd: 1 }
steps:
  read: { use: read_jsonl, with: { path: "\${env:ROWS:-rows.jsonl}" } }
  ask: { use: text_generation, provider: teacher, with: { template: "{{ q }}", n: "\${var:n}", temperature: 0.5 }, stage: out }
  best: { use: select, with: { where: "n > 0" } }
gates:
  - { stage: out, metric: count, min: 1 }
`;

const FILES = {
  "rows.jsonl": '{"q":"a","n":1}\n',
  "common.yaml": "version: 1\nname: common\n",
  "gates.yaml": "- { stage: out, metric: count, min: 2 }\n",
  "more.yaml": "- { stage: out, metric: count, max: 9 }\n",
};

/** What `validate` says of a file: nothing, or the codes of what is wrong. */
async function problemsOf(text: string): Promise<readonly string[]> {
  let codes: readonly string[] = [];
  await withFiles({ ...FILES, "pipeline.yaml": text }, async (folder) => {
    try {
      const pipeline = await loadPipeline({ file: join(folder, "pipeline.yaml"), readEnv: () => undefined });
      await planRun({ pipeline, registry });
    } catch (thrown) {
      if (!isFastDistillError(thrown)) throw thrown;
      codes = [thrown, ...thrown.related].map(({ code }) => code);
    }
  });
  return codes;
}

const FINE: readonly (readonly [find: string, put: string])[] = [
  ["seed: 7", 'seed: "${var:n}"'],
  ['with: { path: "${env:ROWS:-rows.jsonl}" }', 'with: "${var:where}"'],
  ["gates:\n  - { stage: out, metric: count, min: 1 }", "gates: { $include: gates.yaml }"],
  ["gates:\n  - { stage", "extends: common.yaml\ngates:\n  $append:\n  - { stage"],
  ["version: 1\nname: planted", "extends: common.yaml"],
  ["stage: out }", "stage: out, from: [read], on_error: keep, max_failure_rate: 0 }"],
  [
    "budget: { usd: 1 }",
    "budget: { usd: 1, tokens: 10, seconds: 0.5 }\nconcurrency: 4\nstore: { durability: full }",
  ],
];

Deno.test("pipelineFileSchema() accepts what validate accepts", async () => {
  assertEquals([await problemsOf(GOOD), accepts(GOOD)], [[], true]);
  for (const [find, put] of FINE) {
    assertEquals(GOOD.includes(find), true, find);
    const text = GOOD.replace(find, put);
    assertEquals([await problemsOf(text), accepts(text)], [[], true], put);
  }
});

/** One mistake each. */
const PLANTED: readonly (readonly [find: string, put: string])[] = [
  ["version: 1\n", ""],
  ["version: 1", "version: 2"],
  ["version: 1", 'version: "1"'],
  ["name: planted", "nmae: planted"],
  ["name: planted", "name: ''"],
  ["name: planted", "name: [planted]"],
  ["seed: 7", "seed: -1"],
  ["seed: 7", "seed: 1.5"],
  ["seed: 7", "seed: seven"],
  ["seed: 7", "sed: 7"],
  ["variables: { model", "variables: { Model-1: x, model"],
  ["teacher: {", "Teacher: {"],
  ["use: openai_compatible", "use: openai_compatibel"],
  ["use: openai_compatible", "use: read_jsonl"],
  ["use: openai_compatible, ", ""],
  ["base_url:", "base_ulr:"],
  [', model: "${var:model}"', ""],
  ["price: { input: 0, output: 0 }", "price: { input: 0 }"],
  ["price: { input: 0, output: 0 }", "price: { input: -1, output: 0 }"],
  ["price: { input: 0, output: 0 }", "price: { input: cheap, output: 0 }"],
  ["price: { input: 0, output: 0 }", "price: { input: 0, output: 0 }, limits: { concurrency: 0 }"],
  ["price: { input: 0, output: 0 }", "price: { input: 0, output: 0 }, limits: { concurency: 3 }"],
  ["price: { input: 0, output: 0 }", "price: { input: 0, output: 0 }, limits: { timeout_ms: soon }"],
  ["price: { input: 0, output: 0 }", "price: { input: 0, output: 0 }, fallback: []"],
  ["budget: { usd: 1 }", "budget: { usd: -1 }"],
  ["budget: { usd: 1 }", "budget: { eur: 1 }"],
  ["budget: { usd: 1 }", "budget: 1"],
  ["budget: { usd: 1 }", "budget: { seconds: 0 }"],
  ["budget: { usd: 1 }", "store: { durability: most }"],
  ["budget: { usd: 1 }", "concurrency: 0"],
  ["steps:\n", "stepz:\n"],
  ["read: {", "Read It: {"],
  ["use: read_jsonl", "use: read_json_lines"],
  ["use: read_jsonl", "use: openai_compatible"],
  ["use: read_jsonl, ", ""],
  [', with: { path: "${env:ROWS:-rows.jsonl}" }', ""],
  ['path: "${env:ROWS:-rows.jsonl}"', "path: 3"],
  ['path: "${env:ROWS:-rows.jsonl}"', 'pth: "rows.jsonl"'],
  ["provider: teacher, ", ""],
  ["provider: teacher", "provider: 3"],
  ['template: "{{ q }}", ', ""],
  ["temperature: 0.5", "temperature: hot"],
  ["temperature: 0.5", "temperature: -1"],
  ["temperature: 0.5", "temperatur: 0.5"],
  ['n: "${var:n}"', "n: 0"],
  ['n: "${var:n}"', "n: 1.5"],
  ["stage: out }", "stage: Out-Put }"],
  ["stage: out }", "stage: out, on_error: ignore }"],
  ["stage: out }", "stage: out, max_failure_rate: 1.5 }"],
  ["stage: out }", "stage: out, timeout_ms: 0 }"],
  ["stage: out }", "stage: out, form: read }"],
  ["stage: out }", "stage: out, from: [] }"],
  ['where: "n > 0"', "where: 0"],
  ["{ stage: out, metric: count, min: 1 }", "{ metric: count, min: 1 }"],
  ["{ stage: out, metric: count, min: 1 }", "{ stage: out, metric: count, min: one }"],
  ["{ stage: out, metric: count, min: 1 }", "{ stage: out, metric: count, min: 1, severity: bad }"],
  ["{ stage: out, metric: count, min: 1 }", "{ stage: out, metric: count, minimum: 1 }"],
  ["{ stage: out, metric: count, min: 1 }", "count"],
  ["gates:\n", "gatess:\n"],
  ["gates:\n  - {", "gates:\n  $apend:\n  - {"],
];

Deno.test("pipelineFileSchema() refuses each of many planted mistakes, as validate does", async () => {
  assertEquals(PLANTED.length >= 40, true);
  for (const [find, put] of PLANTED) {
    assertEquals(GOOD.includes(find), true, find);
    const text = GOOD.replace(find, put);
    assertEquals([(await problemsOf(text)).length > 0, accepts(text)], [true, false], `${find} -> ${put}`);
  }
});

/** What only somebody who follows the graph can know. */
const GRAPH: readonly (readonly [find: string, put: string, code: string])[] = [
  ["provider: teacher", "provider: teecher", "graph.unknown_provider"],
  ["stage: out }", "stage: out, from: [rad] }", "graph.unknown_step"],
  ["stage: out, metric: count, min", "stage: other, metric: count, min", "graph.unknown_stage"],
];

Deno.test("pipelineFileSchema() leaves to validate what takes a look at the graph", async () => {
  for (const [find, put, code] of GRAPH) {
    const text = GOOD.replace(find, put);
    assertEquals([await problemsOf(text), accepts(text)], [[code], true], put);
  }
});
