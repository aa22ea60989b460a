import { assert, assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import { FastDistillError } from "../errors/mod.ts";
import { defineProvider, type EmbeddingCall, type RerankCall } from "../provider/mod.ts";
import { type Row, sha256 } from "../record/mod.ts";
import { Registry } from "../registry/mod.ts";
import { defineStep, pass, stepSpec } from "../step/mod.ts";
import { definePipeline } from "../config/mod.ts";
import { inFolder, modelDouble, registryOf, rowsStep, stageRows } from "./_run_double.ts";
import { planRun } from "./plan_run.ts";
import { runPipeline } from "./start_run.ts";

const embed = stepSpec(defineStep({
  kind: "row",
  name: "embed",
  version: 1,
  summary: "Adds a vector",
  config: z.strictObject({}),
  needs: "embedding",
  columns: () => ({ adds: { vector: "array" } }),
  open: () => ({
    process: async (row, { models }) =>
      pass({ ...row, vector: (await models!.embed([String(row.text)], { dimensions: 3 }))[0]! }),
  }),
}));

const rank = stepSpec(defineStep({
  kind: "row",
  name: "rank",
  version: 1,
  summary: "Adds a score",
  config: z.strictObject({}),
  needs: "rerank",
  columns: () => ({ adds: { score: "number" } }),
  open: () => ({
    process: async (row, { models }) =>
      pass({ ...row, score: (await models!.rerank(String(row.query), [String(row.text)]))[0]! }),
  }),
}));

/** A double of an embedding and rerank model: what it answers depends on the text alone. */
class EmbedderDouble {
  readonly calls: EmbeddingCall[] = [];
  readonly ranked: RerankCall[] = [];
  #turns = 0;

  vectorOf(text: string, dimensions: number): readonly number[] {
    const hash = sha256(text);
    return Array.from(
      { length: dimensions },
      (_, at) => Number.parseInt(hash.slice(4 * at, 4 * at + 4), 16) / 65_536,
    );
  }

  registry(batchMax?: { readonly inputs: number }): Registry {
    const component = defineProvider({
      name: "embedder",
      version: 1,
      summary: "An embedding model double",
      config: z.strictObject({}),
      capabilities: ["embedding", "rerank"],
      open: () => ({
        adapter: "embedder",
        endpoint: "test",
        model: "double-e",
        capabilities: ["embedding", "rerank"],
        ...(batchMax === undefined ? {} : { batchMax }),
        embed: async (call) => {
          this.calls.push(call);
          for (let turn = this.#turns++ * 7 % 11; turn > 0; turn--) await Promise.resolve();
          if (call.inputs.includes("bad")) {
            throw new FastDistillError("provider.bad_request", "Refused an input");
          }
          return {
            vectors: call.inputs.map((text) => this.vectorOf(text, call.request.dimensions ?? 2)),
            usage: { input_tokens: 10 * call.inputs.length + 1, output_tokens: 0 },
            model: "double-e1",
          };
        },
        rerank: (call) => {
          this.ranked.push(call);
          const scores = call.documents.map((text) => this.vectorOf(call.request.query + text, 1)[0]!);
          return Promise.resolve({ scores, usage: { input_tokens: 5, output_tokens: 0 }, model: "double-r" });
        },
      }),
    });
    const summary = "An embedding model double";
    return new Registry([{
      kind: "provider",
      name: "embedder",
      summary,
      origin: "test",
      load: () => Promise.resolve(component),
    }]);
  }
}

const TEXTS: readonly Row[] = Array.from(
  { length: 300 },
  (_, n) => ({ text: `text ${n % 250}`, query: `query ${n % 3}` }),
);

function pipelineOf(rows: readonly Row[], concurrency = 8) {
  return definePipeline({
    name: "vectors",
    providers: { embedder: { use: "embedder", limits: { concurrency }, price: { input: 1, output: 0 } } },
  })
    .step("read", rowsStep(rows))
    .step("embed", embed, { provider: "embedder", stage: "vectors", max_failure_rate: 1 })
    .step("rank", rank, { provider: "embedder", stage: "ranked" })
    .build();
}

Deno.test("models.embed() shares calls among rows, asks once for equal texts, and is the same at any concurrency", () =>
  inFolder(async (folder) => {
    const stages: (readonly Row[])[] = [];
    for (const concurrency of [1, 16, 256]) {
      const double = new EmbedderDouble();
      const summary = await runPipeline({
        pipeline: pipelineOf(TEXTS, concurrency),
        registry: double.registry({ inputs: 32 }),
        runsDir: `${folder}/${concurrency}`,
      });
      assertEquals([summary.status, summary.rows.kept], ["done", 300]);
      const rows = await stageRows(summary, "ranked");
      stages.push(rows);
      for (const { text, vector } of rows) assertEquals(vector, double.vectorOf(String(text), 3));
      const asked = double.calls.flatMap(({ inputs }) => inputs);
      assertEquals([asked.length, new Set(asked).size], [250, 250]);
      assert(double.calls.length <= 125, `${double.calls.length} calls`);
      assert(double.calls.every(({ inputs, request }) => inputs.length <= 32 && request.dimensions === 3));
      assertEquals(summary.effects, {
        performed: 250 + double.ranked.flatMap(({ documents }) => documents).length,
        reused: 600 - 250 - double.ranked.flatMap(({ documents }) => documents).length,
      });
      assertEquals(
        Math.round(summary.spent_usd * 1e6),
        10 * 250 + double.calls.length + 5 * double.ranked.length,
      );

      const again = new EmbedderDouble();
      const second = await runPipeline({
        pipeline: pipelineOf(TEXTS, concurrency),
        registry: again.registry(),
        runsDir: `${folder}/${concurrency}`,
      });
      assertEquals([again.calls.length, second.effects.performed], [0, 0]);
    }
    assertEquals(stages[1], stages[0]);
    assertEquals(stages[2], stages[0]);
  }));

Deno.test("a text that is refused fails its own row, and no other", () =>
  inFolder(async (folder) => {
    const rows = [...TEXTS.slice(0, 20), { text: "bad", query: "q" }, ...TEXTS.slice(20, 40)];
    const double = new EmbedderDouble();
    const summary = await runPipeline({
      pipeline: pipelineOf(rows),
      registry: double.registry(),
      runsDir: folder,
    });
    assertEquals([summary.status, summary.rows.kept, summary.rows.failed], ["done", 40, {
      "provider.bad_request": 1,
    }]);
  }));

Deno.test("a step that needs embeddings is refused a provider that has none, and no provider at all", async () => {
  const base = definePipeline({ name: "x", providers: { chatty: { use: "double" } } }).step(
    "read",
    rowsStep(TEXTS),
  );
  const plan = (place: object) =>
    planRun({ pipeline: base.step("embed", embed, place).build(), registry: registryOf(modelDouble()) });
  const chat = await assertRejects(() => plan({ provider: "chatty" }), FastDistillError);
  assertEquals([chat.code, chat.message], [
    "graph.missing_capability",
    'Step "embed" needs a provider with the capability "embedding", and "chatty" has: chat',
  ]);
  const none = await assertRejects(() => plan({}), FastDistillError);
  assertEquals(none.code, "graph.missing_provider");
});
