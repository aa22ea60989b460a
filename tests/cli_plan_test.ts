import type { RunEstimate, RunPreview, RunProbe, RunSummary } from "@fastdistill/core";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type CliOptions, runCli, withFiles } from "./_cli.ts";
import { completion, type OpenAIServer, type Script, startOpenAIServer } from "./_servers/openai_server.ts";

const WORDS = Array.from({ length: 30 }, (_, n) => JSON.stringify({ word: `word ${n}` })).join("\n");
const PIPELINE = `version: 1
name: tiny
providers:
  teacher:
    use: openai_compatible
    with: { base_url: "http://127.0.0.1:1/v1", model: shout }
    price: { input: 1, output: 2 }
budget: { usd: 1 }
steps:
  words: { use: read_jsonl, with: { path: words.jsonl } }
  shout: { use: text_generation, provider: teacher, with: { template: "Shout {{ word }}", max_tokens: 50 } }
  short: { use: select, with: { where: "size(generation) < 100" }, stage: short }
  out: { use: write_jsonl, with: { path: out.jsonl, columns: [word, generation] } }
gates:
  - { stage: short, metric: count, min: 2 }
`;
const USAGE = { usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } };
const shout: Script = ({ body }) => {
  const messages = body.messages as readonly { readonly content: string }[];
  return completion([messages.at(-1)!.content.toUpperCase()], USAGE);
};

interface Tiny {
  readonly folder: string;
  readonly server: OpenAIServer;
  readonly cli: (words: readonly string[], options?: CliOptions) => ReturnType<typeof runCli>;
}

async function withTiny(check: (tiny: Tiny) => Promise<void>): Promise<void> {
  await using server = await startOpenAIServer(shout);
  await withFiles({ "pipeline.yaml": PIPELINE, "words.jsonl": `${WORDS}\n` }, async (folder) => {
    const base = [
      "--set",
      `providers.teacher.with.base_url=${server.baseUrl}`,
      "--runs-dir",
      join(folder, "runs"),
    ];
    const cli: Tiny["cli"] = ([command, ...words], options) =>
      runCli([command!, join(folder, "pipeline.yaml"), ...base, ...words], { folder, ...options });
    await check({ folder, server, cli });
  });
}

interface Planned {
  readonly run_id: string;
  readonly steps: readonly { readonly step: string; readonly reads: readonly string[] }[];
  readonly estimate: RunEstimate;
  readonly probe?: RunProbe;
}

Deno.test("fastdistill plan shows graph, calls, tokens, cost and budget, and calls and writes nothing", () =>
  withTiny(async ({ cli, server, folder }) => {
    const { code, stdout, stderr } = await cli(["plan"]);
    assertEquals([code, stderr, server.requests.length], [0, "", 0]);
    assertMatch(stdout, /^shout\s+text_generation\s+task \(teacher\)\s+words\s+30$/m);
    assertMatch(stdout, /^1 {2}words, shout$/m);
    assertMatch(stdout, /^short: count >= 2$/m);
    assertMatch(stdout, /^all\s+30\s+0\s.*0\.00\d+$/m);
    assertMatch(stdout, /^Budget of 1\.00 USD is enough: at most 0\.00\d+ USD$/m);
    assertEquals((await readdir(folder)).sort(), ["pipeline.yaml", "words.jsonl"]);
  }));

Deno.test("fastdistill plan --json foretells what a run then performs", () =>
  withTiny(async ({ cli, server }) => {
    const planned: Planned = JSON.parse((await cli(["plan", "--json", "--limit", "10"])).stdout);
    assertEquals(planned.steps.map(({ reads }) => reads), [[], ["words"], ["shout"], ["short"]]);
    const summary: RunSummary = JSON.parse((await cli(["run", "--json", "--limit", "10"])).stdout);
    assertEquals(planned.run_id, summary.run_id);
    assertEquals([planned.estimate.total.calls, summary.calls.performed], [10, 10]);
    assert(summary.cost_usd! <= planned.estimate.total.cost_usd_max!);
    const after: Planned = JSON.parse((await cli(["plan", "--json"])).stdout);
    assertEquals([after.estimate.total.calls, after.estimate.total.recorded], [30, 10]);
    assertEquals(server.requests.length, 10);
  }));

Deno.test("fastdistill plan --probe pays for a few rows and forecasts the run", () =>
  withTiny(async ({ cli, server, folder }) => {
    const { code, stdout } = await cli(["plan", "--probe", "5", "--random"]);
    assertEquals([code, server.requests.length], [0, 5]);
    assertMatch(stdout, /^Probed 5 of 30 rows of words, drawn with the seed: 5 kept, 75 tokens/m);
    assertMatch(stdout, /^tokens\s+450\s+450\s+450$/m);
    const { probe }: Planned = JSON.parse((await cli(["plan", "--probe", "5", "--random", "--json"])).stdout);
    assertEquals([probe!.probe.spent_usd, probe!.kept.p50, server.requests.length], [0, 30, 5]);
    const left = (await readdir(join(folder, "runs"))).filter((name) => !name.startsWith("effects.sqlite"));
    assertEquals(left, []);
  }));

Deno.test("fastdistill plan refuses a probe that says nothing, and numbers that are none", () =>
  withTiny(async ({ cli }) => {
    const refused = async (...words: string[]) => {
      const { code, stderr } = await cli(["plan", ...words]);
      return [code, stderr.split("\n")[0]];
    };
    assertEquals(await refused("--probe", "1"), [
      2,
      "error[config.usage]: Flag --probe takes at least 2 rows, found 1",
    ]);
    assertEquals(await refused("--random"), [
      2,
      "error[config.usage]: Flag --random goes with --probe, which was not given",
    ]);
    assertEquals(await refused("--sample", "all"), [
      2,
      'error[config.usage]: Flag --sample takes a whole number above 0, found "all"',
    ]);
  }));

Deno.test("fastdistill preview shows rows after each step, and writes nothing but effects", () =>
  withTiny(async ({ cli, server, folder }) => {
    const { code, stdout } = await cli(["preview", "--rows", "2"]);
    assertEquals([code, server.requests.length], [0, 2]);
    assertMatch(stdout, /^words {2}read_jsonl: 2 in, 2 out$/m);
    assertMatch(stdout, /^ {2}1 {2}generation\s+SHOUT WORD 0$/m);
    assertMatch(stdout, /^Spent 0\.00004 USD/m);
    const left = (await readdir(join(folder, "runs"))).filter((name) => !name.startsWith("effects.sqlite"));
    assertEquals(left, []);
    const preview: RunPreview = JSON.parse((await cli(["preview", "--step", "short", "--json"])).stdout);
    assertEquals(preview.steps.map(({ step, rows }) => [step, rows.length]), [["short", 3]]);
    assertEquals(server.requests.length, 3);
    const wrong = await cli(["preview", "--step", "shirt"]);
    assertEquals(wrong.code, 2);
    assertMatch(wrong.stderr, /The pipeline has no step "shirt"; did you mean "short"\?/);
  }));

Deno.test("fastdistill run --limit takes the first rows, under an id of its own", () =>
  withTiny(async ({ cli }) => {
    const ids = [];
    for (const words of [["--limit", "3"], ["--limit", "4"], []]) {
      const { rows, run_id }: RunSummary = JSON.parse((await cli(["run", "--json", ...words])).stdout);
      assertEquals(rows.read, Number(words[1] ?? 30));
      ids.push(run_id);
    }
    assertEquals(new Set(ids).size, 3);
  }));
