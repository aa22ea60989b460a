import { definePipeline, loadPipeline, type RunSummary } from "@fastdistill/core";
import { rows } from "@fastdistill/steps";
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { join } from "node:path";
import { runCli, withFiles } from "../_cli.ts";
import { runText, stageRows } from "../_run_outputs.ts";
import { deterministic, startOpenAIServer } from "../_servers/openai_server.ts";
import { inScenario, numberedLines } from "./_scenario.ts";

const PIPELINE = `version: 1
name: scenario
steps:
  read: { use: read_jsonl, with: { path: rows.jsonl } }
  short: { use: rule_filter, with: { field: text, max_chars: 6 }, stage: short }
`;
const FILES = { "pipeline.yaml": PIPELINE, "rows.jsonl": numberedLines(20) };

/** Runs the command line on the pipeline of a folder. */
async function cli(folder: string, command: string, ...words: readonly string[]) {
  const runs = join(folder, "runs");
  const result = await runCli([command, join(folder, "pipeline.yaml"), "--runs-dir", runs, ...words], {
    folder,
  });
  const made = await Array.fromAsync(Deno.readDir(runs)).catch(() => []);
  return { ...result, runs: made.length };
}

Deno.test("B12 a number on the command line is a number", () =>
  withFiles(FILES, async (folder) => {
    const { code, stdout } = await cli(
      folder,
      "run",
      "--json",
      "--quiet",
      "--set",
      "steps.read.with.limit=3",
    );
    assertEquals([code, (JSON.parse(stdout) as RunSummary).rows.read], [0, 3]);
  }));

Deno.test("B12 a value of the wrong kind on the command line ends it before anything runs", () =>
  withFiles(FILES, async (folder) => {
    for (const value of ["three", "'3'", "2.5", "[3]", "null"]) {
      const { code, stdout, stderr, runs } = await cli(
        folder,
        "run",
        "--set",
        `steps.read.with.limit=${value}`,
      );
      assertEquals([code, stdout, runs], [2, "", 0], value);
      assertMatch(stderr, /^error\[config\.invalid_value\]: .*limit/);
    }
  }));

Deno.test("B12 a step or key that is not there is an error on the command line, with the nearest name", () =>
  withFiles(FILES, async (folder) => {
    const cases = [["steps.short.with.max_char=3", "max_chars"], ["steps.shor.with.max_chars=3", "short"]];
    for (const [set, nearest] of cases) {
      const { code, stderr, runs } = await cli(folder, "run", "--set", set!);
      assertEquals([code, runs], [2, 0], set);
      assertMatch(stderr, new RegExp(`did you mean "${nearest}"`));
    }
  }));

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

const SHOUT = `
import { defineStep, pass } from "@fastdistill/core";
import { z } from "zod";
export default defineStep({
  kind: "row",
  name: "shout",
  version: 1,
  summary: "Writes a text in capitals",
  config: z.strictObject({}),
  columns: () => ({ requires: [{ column: "text" }], adds: { text: "string" } }),
  open: () => ({ process: (row) => pass({ ...row, text: row.text.toUpperCase() }) }),
});
`;

Deno.test("B16 a step of one's own is found by the name that it is registered under", () =>
  withFiles({
    ...FILES,
    "deno.json": `{ "imports": { "fastdistill-step-shout": "./shout.ts" } }`,
    "shout.ts": SHOUT,
    "pipeline.yaml": `${PIPELINE}  loud: { use: shout, stage: loud }\n`,
  }, async (folder) => {
    const { code, stdout, stderr } = await cli(folder, "run", "--json", "--quiet");
    assertEquals([code, stderr], [0, ""]);
    assertEquals((await stageRows(JSON.parse(stdout), "loud"))[0], { n: 0, text: "TEXT 0" });
    const wrong = await cli(folder, "validate", "--set", "steps.loud.use=shuot");
    assertEquals(wrong.code, 2);
    assertMatch(
      wrong.stderr,
      /^error\[registry\.not_found\]: No step is named "shuot"; did you mean "shout"\?/,
    );
  }));

Deno.test("B17 an unknown key of a step is an error, with its place and the nearest key", () =>
  withFiles({ ...FILES, "pipeline.yaml": PIPELINE.replace("max_chars", "max_char") }, async (folder) => {
    for (const command of ["validate", "run"]) {
      const { code, stdout, stderr, runs } = await cli(folder, command);
      assertEquals([code, stdout, runs], [2, "", 0]);
      assertMatch(stderr, /^error\[config\.unknown_key\]: .*"max_char".*did you mean "max_chars"/);
      assertMatch(stderr, /pipeline\.yaml:5:/);
    }
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

Deno.test("B35 a folder where a file is wanted is an error that says so, before anything runs", () =>
  withFiles(FILES, async (folder) => {
    await Deno.mkdir(join(folder, "data"));
    const { code, stdout, stderr, runs } = await cli(folder, "run", "--set", "steps.read.with.path=data");
    assertEquals([stdout, runs], ["", 0]);
    assertNotEquals(code, 0);
    assertMatch(stderr, /^error\[data\.file_not_found\]: .*"data".*(folder|directory)/i);
  }));
