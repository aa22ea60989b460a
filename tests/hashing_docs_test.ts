import { assert, assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import {
  canonicalJson,
  compatJson,
  compatSampleId,
  definePipeline,
  defineStep,
  defineTask,
  derivedRowId,
  digest,
  FastDistillError,
  HASH_POLICY,
  MerkleTree,
  parseCompatJson,
  planRun,
  readManifest,
  Registry,
  requestKey,
  type Row,
  runLayout,
  runPipeline,
  sampleIdOf,
  sha256,
  sourceRowId,
  stepSpec,
} from "@fastdistill/core";
import { scriptedModel } from "@fastdistill/core/testing";
import { effectKey } from "../core/effects/mod.ts";

interface Vector {
  readonly function: string;
  readonly arguments: readonly unknown[];
  /** What comes out. */
  readonly result?: string;
  /** The code of the error, where that is what comes out. */
  readonly error?: string;
}

const PAGES = ["docs/hashing.md", "docs/zh/hashing.md"];

/** By the names of the page. */
const FUNCTIONS: Readonly<Record<string, (...args: never[]) => string>> = {
  canonicalJson: (value: unknown) => canonicalJson(value),
  digest,
  sourceRowId,
  derivedRowId,
  sampleIdOf,
  requestKey,
  effectKey,
  compatJson: (text: string) => compatJson(parseCompatJson(text)),
  compatSampleId: (line: string, fields: readonly string[], separator: string) =>
    compatSampleId(JSON.parse(line), fields, { line, separator }),
  merkleRoot: (texts: readonly string[]) => {
    const tree = new MerkleTree();
    for (const text of texts) tree.add(sha256(text));
    return tree.root();
  },
};

async function vectorsOf(page: string): Promise<readonly Vector[]> {
  const text = await Deno.readTextFile(new URL(`../${page}`, import.meta.url));
  const [, json] = /^```json\n([^]*?)^```$/m.exec(text) ?? [];
  assert(json !== undefined, `${page} has no vectors`);
  return JSON.parse(json);
}

for (const page of PAGES) {
  Deno.test(`hashing policy v1 has the vectors of ${page}`, async () => {
    const vectors = await vectorsOf(page);
    assertEquals(new Set(vectors.map((vector) => vector.function)), new Set(Object.keys(FUNCTIONS)));
    for (const vector of vectors) {
      const apply = () => FUNCTIONS[vector.function]!(...vector.arguments as never[]);
      if (vector.error !== undefined) {
        assertEquals(assertThrows(apply, FastDistillError).code, vector.error);
        continue;
      }
      assertEquals(apply(), vector.result, `${vector.function} of ${JSON.stringify(vector.arguments)}`);
    }
  });
}

const QUESTION = "How many orders?";

const oneRow = defineStep({
  kind: "source",
  name: "one_row",
  version: 1,
  summary: "Gives one row",
  config: z.strictObject({
    key: z.string().meta({ secret: true }),
    answer: z.string().default("cafe\u0301"),
  }),
  columns: () => ({ adds: { question: "string", note: "string" } }),
  open: ({ answer }) => ({
    rows: async function* () {
      yield { question: QUESTION, note: answer };
    },
  }),
});

const ask = defineTask({
  name: "ask",
  version: 3,
  promptVersion: 1,
  summary: "Asks the question",
  config: z.strictObject({}),
  columns: () => ({ requires: [{ column: "question" }], adds: { answer: "string" } }),
  open: () => ({
    prompt: (row) => ({ messages: [{ role: "user", content: String(row.question) }] }),
    parse: (text) => ({ answer: text }),
  }),
});

/** The pipeline behind the last vector, run with everything real but the model. */
function tinyRun() {
  const { component } = scriptedModel({ answers: "12" });
  const registry = new Registry([{
    kind: "provider",
    name: "scripted",
    summary: "A double",
    origin: "test",
    load: () => Promise.resolve(component),
  }]);
  const pipeline = definePipeline({
    name: "Tiny Run!",
    seed: 7,
    providers: { teacher: { use: "scripted", price: { input: 1, output: 1 } } },
  })
    .step("rows", stepSpec<unknown, { question: string; note: string }>(oneRow, { key: "k" }))
    .step("ask", stepSpec<{ question: string }, { answer: string }>(ask, { temperature: 0.7 }), {
      provider: "teacher",
      stage: "answers",
    })
    .build();
  return { pipeline, registry };
}

Deno.test("planRun() derives signature and run id as the page says", async () => {
  const plan = await planRun(tinyRun());
  const signature = digest({
    runtime_version: 1,
    hash_policy: HASH_POLICY,
    name: "Tiny Run!",
    steps: [
      { name: "rows", use: "one_row", version: 1, with: { answer: "cafe\u0301" } },
      {
        name: "ask",
        use: "ask",
        version: 3,
        prompt_version: 1,
        with: {},
        generation: { n: 1, temperature: 0.7 },
        provider: "teacher",
        stage: "answers",
      },
    ],
    providers: [{ name: "teacher", use: "scripted", version: 1, with: {} }],
  });
  assertEquals(plan.signature, signature);
  assertEquals(plan.runId, `tiny-run-${digest({ signature, seed: 7, inputs: [] }).slice(0, 12)}`);
  const limited = await planRun({ ...tinyRun(), limit: 5 });
  const id = digest({ signature, seed: 7, inputs: [], limit: 5 }).slice(0, 12);
  assertEquals([limited.signature, limited.runId], [signature, `tiny-run-${id}`]);
});

Deno.test("runPipeline() writes stages and effects as the page says", async () => {
  const runsDir = await Deno.makeTempDir();
  try {
    const summary = await runPipeline({ ...tinyRun(), runsDir });
    assertEquals(summary.status, "done");
    const layout = runLayout(runsDir, summary.run_id);
    const manifest = await readManifest(layout.stageManifest("answers"));
    const line = await Deno.readTextFile(`${layout.stageDir("answers")}/${manifest.parts[0]!.path}`);
    const row: Row = { question: QUESTION, note: "cafe\u0301", answer: "12" };
    assertEquals(line, canonicalJson(row) + "\n");
    const tree = new MerkleTree();
    tree.add(digest({ ...row, note: "caf\u00e9" }));
    assertEquals(manifest.merkle_root, tree.root());
    assertEquals(manifest.hash_policy, HASH_POLICY);
    const bytes = await Deno.readTextFile(layout.stageManifest("answers"));
    assertEquals(bytes, canonicalJson(manifest) + "\n");
    assertEquals(summary.files.find(({ role }) => role === "stage")?.sha256, sha256(bytes));
    using database = new DatabaseSync(`${runsDir}/effects.sqlite`, { readOnly: true });
    const keys = database.prepare("SELECT key FROM effects").all().map(({ key }) => key);
    const wanted = (await vectorsOf(PAGES[0]!)).find((vector) => vector.function === "effectKey");
    assertEquals(keys, [wanted?.result]);
    const ledger = await Deno.readTextFile(layout.ledgerFile("ask"));
    assertEquals(JSON.parse(ledger), { row_id: sourceRowId("rows", 0), state: "kept" });
  } finally {
    await Deno.remove(runsDir, { recursive: true });
  }
});
