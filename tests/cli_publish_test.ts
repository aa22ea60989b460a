import { parseYaml } from "@fastdistill/core";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { runCli, withFiles } from "./_cli.ts";
import { startHubDouble } from "./_servers/hub_double.ts";

const PIPELINE = `version: 1
name: published
steps:
  questions: { use: read_jsonl, with: { path: questions.jsonl } }
  count: { use: count_tokens, with: { columns: [question, answer] } }
  divide:
    use: split
    with: { by: question, shares: { train: 0.7, test: 0.3 } }
    stage: kept
  apart: { use: check_leakage, with: { texts: [question] } }
  sft: { use: write_sft, with: { path: "sft/{split}.jsonl" } }
gates:
  - { stage: kept, metric: count, min: 10 }
`;
const TOKEN = "hf_doublesecret0123456789";
const LINES = Array.from({ length: 40 }, (_, n) => {
  const answer = n === 0 ? `${"long ".repeat(100)} sk-abcdefghijklmnop \`\`\`` : `answer ${n}`;
  return `${JSON.stringify({ question: `What is ${n}?`, answer })}\n`;
}).join("");

interface Published {
  readonly folder: string;
  readonly runs: string;
  readonly cli: (words: readonly string[], env?: Record<string, string>) => ReturnType<typeof runCli>;
}

async function withRun(check: (published: Published) => Promise<void>): Promise<void> {
  await withFiles({ "pipeline.yaml": PIPELINE, "questions.jsonl": LINES }, async (folder) => {
    const runs = join(folder, "runs");
    const cli: Published["cli"] = ([command = "", ...words], env = {}) =>
      runCli([command, ...words, "--runs-dir", runs], { folder, env });
    const { code, stderr } = await cli(["run", join(folder, "pipeline.yaml")]);
    assertEquals(code, 0, stderr);
    await check({ folder, runs, cli });
  });
}

async function cardIn(runs: string): Promise<{ readonly text: string; readonly dir: string }> {
  for await (const { name, isDirectory } of Deno.readDir(runs)) {
    if (isDirectory) {
      return { text: await Deno.readTextFile(join(runs, name, "README.md")), dir: join(runs, name) };
    }
  }
  throw new Error("no run");
}

Deno.test("fastdistill card writes a card that hubs can read, the same each time", () =>
  withRun(async ({ runs, cli, folder }) => {
    const words = [
      "card",
      "latest",
      "--license",
      "cc-by-4.0",
      "--language",
      "en",
      "--tag",
      'a: "b"',
      "--title",
      "My set",
    ];
    const { code, stdout, stderr } = await cli(words);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "card of 40 samples (n<1K)");
    const { text, dir } = await cardIn(runs);
    const front = parseYaml(text.split("---\n")[1]!) as Record<string, unknown>;
    assertEquals(front, {
      pretty_name: "My set",
      license: "cc-by-4.0",
      language: ["en"],
      size_categories: ["n<1K"],
      tags: ["synthetic", "fastdistill", 'a: "b"'],
      configs: [{
        config_name: "sft",
        default: true,
        data_files: [
          { split: "test", path: ["exports/sft/test.jsonl"] },
          { split: "train", path: ["exports/sft/train.jsonl"] },
        ],
      }],
    });
    for (const path of ["test", "train"]) await Deno.stat(join(dir, `exports/sft/${path}.jsonl`));
    for (
      const part of [
        "# My set",
        "40 samples in 2 files",
        "Of 40 rows that were read, 40 came out at the end (100.0 %)",
        "| `kept` | `count` | 40 | held |",
        "tokens of `o200k_base` in column `tokens` of stage `kept`",
        "## Provenance",
        "pipeline signature: `",
        "- input `questions.jsonl`: `",
        "manifest `",
        "cc-by-4.0.",
      ]
    ) assertStringIncludes(text, part);
    assert(!text.includes("sk-abcdefghijklmnop"), "a credential is in the samples");
    assert(!text.includes(folder), "a path of the machine is in the card");
    assert(text.split("\n").every((line) => line.length < 400), "a long text was not cut");
    assertEquals((await cli(["verify", "latest"])).code, 0);
    await cli(words);
    assertEquals((await cardIn(runs)).text, text);
    const again = await cli(["run", join(folder, "pipeline.yaml")]);
    assertEquals(again.code, 0);
    await cli(words);
    assertEquals((await cardIn(runs)).text, text, "another execution of the run has the same card");
  }));

Deno.test("fastdistill card counts the tokens of the stage", () =>
  withRun(async ({ runs, cli }) => {
    await cli(["card", "latest"]);
    const { text, dir } = await cardIn(runs);
    const part = await Deno.readTextFile(join(dir, "stages/kept/part-00000.jsonl"));
    const tokens = part.trim().split("\n").reduce((sum, line) => sum + JSON.parse(line).tokens, 0);
    assertStringIncludes(text, `- ${tokens.toLocaleString("en-US")} tokens of`);
  }));

Deno.test("fastdistill push sends exports, card and manifests once, and names no token", () =>
  withRun(async ({ cli }) => {
    await using hub = startHubDouble();
    const words = ["push", "latest", "--repo", "acme/set", "--endpoint", hub.url, "--private"];
    const first = await cli(words, { HF_TOKEN: TOKEN });
    assertEquals(first.code, 0, first.stderr);
    assertStringIncludes(first.stdout, "pushed 5 files to acme/set, 0 unchanged");
    const dataset = hub.datasets.get("acme/set")!;
    assertEquals([...dataset.files.keys()].sort(), [
      "README.md",
      "exports/sft/test.jsonl",
      "exports/sft/train.jsonl",
      "reports/quality.json",
      "stages/kept/manifest.json",
    ]);
    assertEquals([dataset.visibility, dataset.commits.length, hub.tokens], ["private", 1, new Set([TOKEN])]);
    const second = await cli([...words, "--json"], { HF_TOKEN: TOKEN });
    assertEquals(JSON.parse(second.stdout).commit, null);
    assertEquals([dataset.commits.length, hub.uploads.length], [1, 2]);
    for (const { stdout, stderr } of [first, second]) assert(!`${stdout}${stderr}`.includes(TOKEN));
  }));

Deno.test("fastdistill push keeps a card that is of these files, and makes another where it is not", () =>
  withRun(async ({ cli, runs }) => {
    const words = ["push", "latest", "--repo", "acme/set", "--dry-run"];
    await cli(["card", "latest", "--license", "mit"]);
    const { text, dir } = await cardIn(runs);
    await cli(words);
    assertEquals((await cardIn(runs)).text, text, "the licence stays");
    await cli([...words, "--license", "cc0-1.0"]);
    assertStringIncludes((await cardIn(runs)).text, 'license: "cc0-1.0"');
    await Deno.writeTextFile(join(dir, "README.md"), "# Of other files\n");
    await cli(words);
    assertStringIncludes((await cardIn(runs)).text, "# published");
  }));

Deno.test("fastdistill push goes on where it stopped", () =>
  withRun(async ({ cli }) => {
    await using hub = startHubDouble();
    const words = ["push", "latest", "--repo", "acme/set", "--endpoint", hub.url];
    hub.failUploadsAfter = 1;
    const cut = await cli(words, { HF_TOKEN: TOKEN });
    assertEquals(cut.code, 1);
    assertStringIncludes(cut.stderr, "data.push_failed");
    assertEquals(hub.datasets.get("acme/set")!.files.size, 0, "nothing half is there");
    hub.failUploadsAfter = Infinity;
    assertEquals((await cli(words, { HF_TOKEN: TOKEN })).code, 0);
    assertEquals([hub.uploads.length, new Set(hub.uploads).size], [2, 2], "no file was sent twice");
  }));

Deno.test("fastdistill push: a dry run sends nothing, and needs no token", () =>
  withRun(async ({ cli }) => {
    await using hub = startHubDouble();
    const { code, stdout } = await cli([
      "push",
      "latest",
      "--repo",
      "acme/set",
      "--endpoint",
      hub.url,
      "--dry-run",
    ]);
    assertEquals([code, hub.requests], [0, []]);
    assertStringIncludes(stdout, "would push 5 files to acme/set");
  }));

Deno.test("fastdistill push says what is wrong, without the token", () =>
  withRun(async ({ cli, runs }) => {
    await using hub = startHubDouble();
    const words = ["push", "latest", "--repo", "acme/set", "--endpoint", hub.url];
    const refusal = async (given: readonly string[], env: Record<string, string> = { HF_TOKEN: TOKEN }) => {
      const { code, stdout, stderr } = await cli(given, env);
      assert(code !== 0);
      assert(!`${stdout}${stderr}`.includes(TOKEN), "the token is in the output");
      return stderr;
    };
    assertStringIncludes(await refusal(words, {}), "HF_TOKEN");
    assertStringIncludes(await refusal(["push", "latest"]), "needs --repo");
    assertStringIncludes(await refusal(["push", "latest", "--repo", "set"]), "owner/name");
    hub.refuseWith = 403;
    assertStringIncludes(await refusal(words), "may write to this dataset");
    hub.refuseWith = 0;
    await cli(["card", "latest"]);
    const { dir } = await cardIn(runs);
    await Deno.writeTextFile(join(dir, "exports/sft/test.jsonl"), "{}\n");
    assertStringIncludes(await refusal(words), "data.digest_mismatch");
    assertEquals(hub.datasets.size, 0);
  }));
