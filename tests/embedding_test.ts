import { definePipeline, Registry, runPipeline } from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers";
import { assertEquals } from "@std/assert";
import { builtinSteps, embedText, rows, scoreRelevance } from "@fastdistill/steps";

/** A double of an endpoint with embeddings and reranking: its answers depend on the texts alone. */
function endpointDouble(_url: URL | RequestInfo, init?: RequestInit): Promise<Response> {
  const body = JSON.parse(String(init?.body));
  const answer = body.input === undefined
    ? {
      results: body.documents.map((text: string, index: number) => ({
        index,
        relevance_score: text.length / 10,
      })),
    }
    : {
      data: body.input.map((text: string, index: number) => ({
        index,
        embedding: [3 * text.length, 4 * text.length],
      })),
    };
  return Promise.resolve(
    new Response(JSON.stringify({ model: "m-1", usage: { prompt_tokens: 4 }, ...answer })),
  );
}

Deno.test("embed_text and score_relevance ask the provider that the step names", async () => {
  const runsDir = await Deno.makeTempDir();
  try {
    const pipeline = definePipeline({
      name: "vectors",
      providers: {
        local: {
          use: "openai_compatible",
          with: { base_url: "http://127.0.0.1:9/v1", model: "m", api_key_env: "" },
        },
      },
    })
      .step("read", rows({ rows: [{ q: "why", text: "abcde" }, { q: "why", text: "" }] }))
      .step("embed", embedText({ field: "text", normalize: true }), { provider: "local" })
      .step("rank", scoreRelevance({ query: "q", document: "text" }), { provider: "local", stage: "out" })
      .build();
    const registry = new Registry([...builtinSteps, ...builtinProviders]);
    const summary = await runPipeline({ pipeline, registry, runsDir, fetch: endpointDouble });
    assertEquals([summary.status, summary.rows.kept], ["done", 2]);
    const text = await Deno.readTextFile(`${summary.run_dir}/stages/out/part-00000.jsonl`);
    const found = text.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(found.map(({ embedding, relevance }) => [embedding, relevance]), [[[0.6, 0.8], 0.5], [
      [0, 0],
      0,
    ]]);
  } finally {
    await Deno.remove(runsDir, { recursive: true });
  }
});
