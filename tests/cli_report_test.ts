import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { cellWidth } from "../cli/render/cells.ts";
import { runCli, withFiles } from "./_cli.ts";
import { completion, startOpenAIServer } from "./_servers/openai_server.ts";

const pipelineFor = (baseUrl: string) =>
  `version: 1
name: scored
providers:
  teacher:
    use: openai_compatible
    with: { base_url: "${baseUrl}", model: double, api_key_env: "" }
    price: { input: 1, output: 2 }
steps:
  words: { use: rows, with: { rows: [{ word: one }, { word: two }, { word: three }, { word: four }] } }
  say: { use: text_generation, provider: teacher, with: { template: "{{ word }}" } }
  short: { use: select, with: { where: "size(word) == 3" }, stage: short }
gates:
  - { stage: short, metric: count, min: 3 }
`;

interface Reported {
  readonly folder: string;
  readonly cli: (words: readonly string[], columns?: number) => ReturnType<typeof runCli>;
}

/** A run whose gate does not hold, one row of which failed. */
async function withRun(check: (reported: Reported) => Promise<void>): Promise<void> {
  await using server = await startOpenAIServer(({ text }) =>
    text.includes('"four"')
      ? { status: 400, body: { error: { message: "refused", type: "test_double" } } }
      : completion(["yes"], { usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } })
  );
  await withFiles({ "pipeline.yaml": pipelineFor(server.baseUrl) }, async (folder) => {
    const cli: Reported["cli"] = (words, columns) =>
      runCli([...words, "--runs-dir", join(folder, "runs")], {
        folder,
        ...(columns === undefined ? {} : { terminal: { columns } }),
      });
    const { code } = await cli([
      "run",
      join(folder, "pipeline.yaml"),
      "--set",
      "steps.say.max_failure_rate=1",
    ]);
    assertEquals(code, 3);
    await check({ folder, cli });
  });
}

Deno.test("fastdistill report shows where rows went, what gates said, and what it cost", () =>
  withRun(async ({ cli }) => {
    const { code, stdout } = await cli(["report"], 80);
    assertEquals(code, 0);
    assertMatch(stdout, /^status +gate failed$/m);
    assertMatch(stdout, /^yield +50\.0 %$/m);
    assertMatch(stdout, /^say +text_generation +4 +3 +0 +1 +75\.0 %$/m);
    assertMatch(stdout, /^say +failed +provider\.bad_request +1 +25\.0 %$/m);
    assertMatch(stdout, /^short +rejected +not_selected +1 +33\.3 %$/m);
    assertMatch(stdout, /^failed +2 +Gate failed: count of stage short is 2/m);
    assertMatch(stdout, /^say +teacher +\S+ +3 +0 +30 +15 +0\.00006/m);
    assertMatch(stdout, /^teacher +4 +[\d.]+ m?s/m);
  }));

Deno.test("fastdistill report is no wider than the terminal, at 80 and 200 columns", () =>
  withRun(async ({ cli }) => {
    for (const columns of [80, 200]) {
      const { stdout } = await cli(["report", "latest"], columns);
      assertEquals(stdout.split("\n").filter((line) => cellWidth(line) > columns), []);
    }
  }));

Deno.test("fastdistill report writes JSON, Markdown and HTML, into a file where one is named", () =>
  withRun(async ({ folder, cli }) => {
    const { run, cost, timing, quality } = JSON.parse((await cli(["report", "--json"])).stdout);
    assertEquals([run.status, cost.calls.performed, quality.rows.kept], ["gate_failed", 3, 2]);
    assertEquals(timing.providers.teacher.calls, 4);
    assertMatch((await cli(["report", "--format", "markdown"])).stdout, /^# Report of scored\n\n\| what /);
    const file = join(folder, "report.html");
    const written = await cli(["report", "scored", "--format", "html", "--output", file]);
    assertMatch(written.stdout, /^report of scored-\w+: report\.html\n$/);
    const html = await Deno.readTextFile(file);
    assert(html.startsWith("<!doctype html>") && html.endsWith("</html>\n"));
    const both = await cli(["report", "--format", "html", "--output", file, "--json"]);
    assertEquals(JSON.parse(both.stdout).format, "html");
  }));

Deno.test("fastdistill report refuses what was changed, what did not end, and formats that there are not", () =>
  withRun(async ({ folder, cli }) => {
    const wrong = await cli(["report", "--format", "htm"]);
    assertEquals(wrong.code, 2);
    assertStringIncludes(wrong.stderr, 'found "htm"; did you mean "html"?');
    assertEquals((await cli(["report", "--format", "html", "--json"])).code, 2);
    const [run] = [...Deno.readDirSync(join(folder, "runs"))].filter(({ name }) =>
      name.startsWith("scored-")
    );
    const dir = join(folder, "runs", run!.name);
    const path = join(dir, "reports/cost.json");
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace('"kept": 2', '"kept": 3'));
    assertStringIncludes((await cli(["report"])).stderr, "error[data.digest_mismatch]");
    await Deno.remove(join(dir, "run.json"));
    const unfinished = await cli(["report"]);
    assertEquals(unfinished.code, 1);
    assertStringIncludes(unfinished.stderr, `hint: Go on with it first: fastdistill resume ${run!.name}`);
  }));
