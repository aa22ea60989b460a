import { definePipeline, loadPipeline } from "@fastdistill/core";
import { rows } from "@fastdistill/steps";
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { withFiles } from "../_cli.ts";
import { runText, stageRows } from "../_run_outputs.ts";
import { deterministic, startOpenAIServer } from "../_servers/openai_server.ts";
import { cli, inScenario, numberedLines } from "./_scenario.ts";

const PIPELINE = `version: 1
name: scenario
steps:
  read: { use: read_jsonl, with: { path: rows.jsonl } }
  short: { use: rule_filter, with: { field: text, max_chars: 6 }, stage: short }
`;
const FILES = { "pipeline.yaml": PIPELINE, "rows.jsonl": numberedLines(20) };

const BRANCHED = `version: 1
name: scenario
providers:
  teacher: { use: scripted }
steps:
  read: { use: read_jsonl, with: { path: rows.jsonl } }
  first: { use: set_columns, from: read, with: { expr: { part: "n % 2" } } }
  even: { use: select, from: first, with: { where: "part == 0" } }
  odd: { use: select, from: first, with: { where: "part == 1" } }
  asked: { use: text_generation, from: odd, provider: teacher, with: { template: "{{ text }}" } }
  told: { use: set_columns, from: even, with: { template: { generation: "told {{ text }}" } } }
  joined: { use: keep_columns, from: [asked, told], with: { columns: [n, generation] }, stage: joined }
`;

Deno.test("B15 a pipeline with branches that was written out and read again joins them as before", () =>
  inScenario({ files: { "rows.jsonl": numberedLines(20) } }, async ({ run }) => {
    const first = await run(BRANCHED);
    const rows = await stageRows(first, "joined");
    assertEquals(rows.length, 20);
    assertEquals(
      rows.map(({ n, generation }) => [n, generation]).sort(([a], [b]) => Number(a) - Number(b)),
      [...Array(20).keys().map((n) => [n, n % 2 === 0 ? `told text ${n}` : `TEXT ${n}`])],
    );
    const manifest = await runText(first, "stages/joined/manifest.json");
    const again = await run(await runText(first, "pipeline.yaml"));
    assertEquals([again.run_id, again.status], [first.run_id, "done"]);
    assertEquals(await runText(again, "stages/joined/manifest.json"), manifest);
  }));

Deno.test("B15 a pipeline in TypeScript and the file that its run writes are the same pipeline", () =>
  inScenario({}, async ({ run, folder }) => {
    const built = definePipeline({ name: "scenario" })
      .step("give", rows({ rows: [{ text: "a" }] }), { stage: "given" })
      .build();
    const summary = await run(built.source);
    const loaded = await loadPipeline({ file: join(folder, "pipeline.yaml") });
    assertEquals([loaded.config, summary.status], [built.config, "done"]);
  }));

Deno.test("B32 an Azure deployment is asked where it is, with its key, which stays out of the run", async () => {
  const key = "azure-key-0123456789abcdef";
  await using server = await startOpenAIServer(deterministic);
  const baseUrl = `${server.baseUrl.replace("/v1", "")}/openai/deployments/tiny?api-version=2024-10-21`;
  const pipeline = `${
    PIPELINE.replace(
      "steps:",
      "providers:\n  azure:\n    use: openai_compatible\n" +
        `    with: { base_url: "${baseUrl}", model: tiny, api_key_env: "", headers: { api-key: "${key}" } }\nsteps:`,
    )
  }` +
    `  ask: { use: text_generation, provider: azure, with: { template: "{{ text }}" } }\n`;
  await withFiles(
    { ...FILES, "pipeline.yaml": pipeline.replace(key, "${env:AZURE_KEY_OF_TEST}") },
    async (folder) => {
      Deno.env.set("AZURE_KEY_OF_TEST", key);
      try {
        const { code, stderr } = await cli(folder, "run", "--quiet");
        assertEquals([code, stderr], [0, ""]);
      } finally {
        Deno.env.delete("AZURE_KEY_OF_TEST");
      }
      assertEquals(server.requests.length, 10);
      for (const { path, headers } of server.requests) {
        assertEquals(path, "/openai/deployments/tiny/chat/completions?api-version=2024-10-21");
        assertEquals([headers["api-key"], headers.authorization], [key, undefined]);
      }
      assert(!(await everythingBelow(join(folder, "runs"))).includes(key), "the key is in the run's files");
    },
  );
});

async function everythingBelow(folder: string): Promise<string> {
  const texts: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    texts.push(
      isDirectory ? await everythingBelow(path) : new TextDecoder().decode(await Deno.readFile(path)),
    );
  }
  return texts.join("\n");
}
