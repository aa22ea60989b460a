import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { runCli, withFiles } from "./_cli.ts";
import { completion, startOpenAIServer } from "./_servers/openai_server.ts";

const PIPELINE = `version: 1
name: tiny
providers:
  teacher:
    use: openai_compatible
    with: { base_url: "http://127.0.0.1:1/v1", model: shout }
    price: { input: 1, output: 2 }
steps:
  words:
    use: rows
    with: { rows: [{ word: one }, { word: two }, { word: three }] }
  shout: { use: text_generation, provider: teacher, with: { template: "Say {{ word }}" } }
  out: { use: write_jsonl, with: { path: out.jsonl, columns: [word, generation] } }
`;

interface Tiny {
  readonly folder: string;
  /** Runs a command against the runs folder of the test. */
  readonly cli: (...words: string[]) => ReturnType<typeof runCli>;
  /** The same with `--json`, and what it printed. */
  // deno-lint-ignore no-explicit-any -- a test looks into it as it likes
  readonly json: (...words: string[]) => Promise<any>;
  /** The pipeline with flags that a run of it needs. */
  readonly pipeline: readonly string[];
  /** How many calls the server has had. */
  readonly calls: () => number;
}

/** A folder with a pipeline that was run once. */
async function withRun(check: (tiny: Tiny) => Promise<void>): Promise<void> {
  await using server = await startOpenAIServer(({ body }) => {
    const messages = body.messages as readonly { readonly content: string }[];
    return completion([messages.at(-1)!.content.toUpperCase()], {
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    });
  });
  await withFiles({ "pipeline.yaml": PIPELINE }, async (folder) => {
    const base = ["--set", `providers.teacher.with.base_url=${server.baseUrl}`];
    const cli: Tiny["cli"] = (...words) =>
      runCli([...words, ...(words.includes("--runs-dir") ? [] : ["--runs-dir", join(folder, "runs")])], {
        folder,
      });
    const json: Tiny["json"] = async (...words) => JSON.parse((await cli(...words, "--json")).stdout);
    const pipeline = [join(folder, "pipeline.yaml"), ...base];
    const { code, stderr } = await cli("run", ...pipeline, "--quiet");
    assertEquals(code, 0, stderr);
    await check({ folder, cli, json, pipeline, calls: () => server.requests.length });
  });
}

Deno.test("fastdistill cache stats adds up what is recorded", () =>
  withRun(async ({ cli, json }) => {
    const { stdout } = await cli("cache", "stats");
    assertMatch(stdout, /^kind +model +effects +size +tokens +cost USD/);
    assertMatch(stdout, /\nall +3 +[\d.]+ KB +45 +0.00006 +\d{4}-\d\d-\d\d/);
    const { effects, cost_usd, groups, store_bytes } = await json("cache", "stats");
    assertEquals([effects, cost_usd, groups.length], [3, 0.00006, 1]);
    assert(store_bytes > 4096);
    assertEquals((await json("cache", "stats", "--kind", "sql_exec")).effects, 0);
  }));

Deno.test("fastdistill cache ls lists answers, and filters them", () =>
  withRun(async ({ cli, json }) => {
    const { stdout } = await cli("cache", "ls", "--limit", "2");
    assertMatch(stdout, /SAY (ONE|TWO|THREE)/);
    assertMatch(stdout, /and 1 older: see --limit/);
    const { effects, total } = await json(
      "cache",
      "ls",
      "--kind",
      "chat",
      "--model",
      "shout",
      "--since",
      "1h",
    );
    assertEquals([effects.length, total], [3, 3]);
    assertEquals(effects[0].request.request.model, "shout");
    assertEquals((await json("cache", "ls", "--model", "another")).total, 0);
    assertEquals((await json("cache", "ls", "--since", "2999-01-01")).total, 0);
    const wrong = await cli("cache", "ls", "--since", "yesterday");
    assertEquals(wrong.code, 2);
    assertStringIncludes(
      wrong.stderr,
      'takes an age such as 30d or a date such as 2026-01-31, found "yesterday"',
    );
    assertEquals((await cli("cache", "ls", "--limit", "0")).code, 2);
  }));

Deno.test("fastdistill cache gc deletes nothing without --yes", () =>
  withRun(async ({ cli, json, pipeline, calls }) => {
    const dry = await cli("cache", "gc", "--older-than", "0m");
    assertMatch(dry.stdout, /^would delete 3 effects, .* which cost 0.00006 USD; 0 stay\nAdd --yes/);
    assertEquals((await json("cache", "stats")).effects, 3);
    assertEquals((await json("cache", "gc", "--older-than", "1d", "--yes")).effects, 0);
    const { deleted, effects, kept } = await json("cache", "gc", "--model", "shout", "--yes");
    assertEquals([deleted, effects, kept], [true, 3, 0]);
    await cli("run", ...pipeline);
    assertEquals(calls(), 6);
    assertEquals((await cli("cache", "gc")).code, 2);
  }));

Deno.test("fastdistill cache export and import carry effects elsewhere", () =>
  withRun(async ({ folder, cli, json, pipeline, calls }) => {
    const file = join(folder, "effects.jsonl");
    assertMatch((await cli("cache", "export", file)).stdout, /^exported 3 effects, [\d.]+ KB: /);
    const elsewhere = ["--runs-dir", join(folder, "elsewhere")];
    assertEquals((await json("cache", "import", file, ...elsewhere)).added, 3);
    assertEquals((await json("cache", "import", file, ...elsewhere)).known, 3);
    const summary = await json("run", ...pipeline, ...elsewhere);
    assertEquals([summary.calls.performed, summary.calls.reused, calls()], [0, 3, 3]);
    await Deno.writeTextFile(file, (await Deno.readTextFile(file)).replace("SAY ONE", "SAY TWO"));
    const refused = await cli("cache", "import", file, "--runs-dir", join(folder, "third"));
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.stderr, "error[data.malformed]: Cannot read effects from");
  }));

Deno.test("fastdistill cache commands find an absent store empty, and make none", () =>
  withFiles({}, async (folder) => {
    const runs = ["--runs-dir", join(folder, "runs")];
    for (
      const words of [["stats"], ["ls"], ["gc", "--older-than", "1d"], ["export", join(folder, "none.jsonl")]]
    ) {
      const { code, stderr } = await runCli(["cache", ...words, ...runs], { folder });
      assertEquals([code, stderr], [0, ""], words.join(" "));
    }
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["none.jsonl"]);
  }));

Deno.test("fastdistill cache and run report a damaged store and leave it alone", () =>
  withRun(async ({ folder, cli, pipeline }) => {
    const path = join(folder, "runs", "effects.sqlite");
    const damaged = (await Deno.readFile(path)).slice(0, 5000);
    await Deno.writeFile(path, damaged);
    for (const words of [["run", ...pipeline], ["cache", "stats"]]) {
      const { code, stderr } = await cli(...words);
      assertEquals(code, 1);
      assertMatch(stderr, /error\[store.corrupt\]: Cannot \w+ the effect store .*effects.sqlite: /);
      assertMatch(stderr, /hint: .*Move the file away/);
    }
    assertEquals(await Deno.readFile(path), damaged);
  }));

Deno.test("fastdistill run --offline asks nobody, and names the first effect that is missing", () =>
  withRun(async ({ cli, pipeline, calls }) => {
    const same = await cli("run", ...pipeline, "--offline", "--json");
    assertEquals([same.code, JSON.parse(same.stdout).calls], [0, { performed: 0, reused: 3 }]);
    const edited = await cli("run", ...pipeline, "--offline", "--set", "steps.shout.with.temperature=0.3");
    assertEquals([edited.code, calls()], [1, 3]);
    assertMatch(edited.stderr, /error\[store.missing_effect\]: The run is offline, and step "shout" wants/);
    assertMatch(
      edited.stderr,
      /hint: The nearest .* differs in request.decode.temperature: wanted 0.3, recorded nothing/,
    );
  }));

Deno.test("fastdistill cache explain says hit or miss for the first rows, field by field", () =>
  withRun(async ({ cli, json, pipeline, calls }) => {
    const same = await cli("cache", "explain", ...pipeline, "--rows", "2");
    assertMatch(
      same.stdout,
      /^hit {3}shout, row 0, sample 0: chat [0-9a-f]{12}\nhit {3}shout, row 1, .*\n2 recorded, 0 not\n$/,
    );
    const edited = [...pipeline, "--set", "steps.shout.with.template=Please say {{ word }}"];
    const { effects, recorded, missing } = await json("cache", "explain", ...edited, "--step", "shout");
    assertEquals([recorded, missing, effects.length], [0, 3, 3]);
    const found = effects.map(({ nearest }: { nearest: { differences: unknown } }) => nearest.differences);
    assertEquals(
      found,
      ["one", "two", "three"].map((word) => [
        { path: "request.messages.0.content", wanted: `Please say ${word}`, found: `Say ${word}` },
      ]),
    );
    const more = await json("cache", "explain", ...pipeline, "--set", "steps.shout.with.n=2", "--row", "1");
    assertEquals(more.effects.map((effect: { recorded: boolean }) => effect.recorded), [true, false]);
    assertEquals(more.effects[1].nearest.differences, [{ path: "sample", wanted: 1, found: 0 }]);
    assertEquals(calls(), 3);
    const unknown = await cli("cache", "explain", ...pipeline, "--step", "shuot");
    assertEquals(unknown.code, 2);
    assertStringIncludes(unknown.stderr, 'The pipeline has no step "shuot"; did you mean "shout"?');
  }));

Deno.test("fastdistill cache explain writes nothing, and names steps that no row reaches", () =>
  withFiles({ "pipeline.yaml": PIPELINE }, async (folder) => {
    const second = ["--set", "steps.shout.with.n=1", "--runs-dir", join(folder, "runs")];
    const text = PIPELINE.replace(
      "  out:",
      '  again: { use: text_generation, provider: teacher, with: { template: "Again {{ generation }}" } }\n  out:',
    );
    await Deno.writeTextFile(join(folder, "pipeline.yaml"), text);
    const { stdout, code } = await runCli(["cache", "explain", join(folder, "pipeline.yaml"), ...second], {
      folder,
    });
    assertEquals(code, 0);
    assertMatch(
      stdout,
      /^miss {2}shout, row 0, sample 0: chat [0-9a-f]{12}\n {6}no other effect of kind chat was recorded/,
    );
    assertMatch(stdout, /\nnone {2}again: no row gets there/);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["pipeline.yaml"]);
  }));

Deno.test("fastdistill cache explain shows what is most like a recorded effect", () =>
  withRun(async ({ cli, json }) => {
    const [{ key }] = (await json("cache", "ls")).effects;
    const { stdout } = await cli("cache", "explain", key.slice(0, 10));
    assertMatch(
      stdout,
      /^hit {3}chat [0-9a-f]{12}\n {6}nearest [0-9a-f]{12} of .* differs in\n {8}request.messages/,
    );
    assertEquals((await cli("cache", "explain", "0000000000")).code, 2);
  }));

Deno.test("fastdistill cache explain says why a run called a model", () =>
  withRun(async ({ cli, json, pipeline }) => {
    const first = await cli("cache", "explain", "latest");
    assertEquals(first.stdout.match(/no other effect of kind chat was recorded/g)?.length, 3);
    await cli("run", ...pipeline, "--set", "steps.shout.with.temperature=0.3");
    const { effects, missing } = await json("cache", "explain", "tiny", "--step", "shout", "--rows", "2");
    assertEquals(missing, 2);
    for (const { nearest } of effects) {
      assertEquals(nearest.differences, [{ path: "request.decode.temperature", wanted: 0.3 }]);
    }
    assertEquals((await cli("cache", "explain", "nobody")).code, 1);
  }));

Deno.test("fastdistill cache gc keeps what a pipeline uses", () =>
  withRun(async ({ folder, cli, json, pipeline, calls }) => {
    await cli("run", ...pipeline, "--set", "steps.shout.with.temperature=0.3");
    const baseUrl = pipeline[2]!.split("=")[1]!;
    const file = join(folder, "kept.yaml");
    await Deno.writeTextFile(file, PIPELINE.replace("http://127.0.0.1:1/v1", baseUrl));
    const { effects, kept } = await json("cache", "gc", "--keep", file, "--yes");
    assertEquals([effects, kept], [3, 3]);
    await cli("run", file);
    assertEquals(calls(), 6);
  }));

Deno.test("fastdistill cache gc --keep-runs keeps what the runs of the folder obtained", () =>
  withRun(async ({ cli, json, pipeline, calls }) => {
    await cli("run", ...pipeline, "--set", "steps.shout.with.temperature=0.3");
    assertEquals((await json("cache", "gc", "--keep-runs")).effects, 0);
    await cli("runs", "rm", "latest");
    const { effects, kept } = await json("cache", "gc", "--keep-runs", "--yes");
    assertEquals([effects, kept, calls()], [3, 3, 6]);
  }));
