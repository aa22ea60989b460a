import type { RowLineage, RunDifference, VerifyReport } from "@fastdistill/core";
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { runCli, withFiles } from "./_cli.ts";
import { completion, startOpenAIServer } from "./_servers/openai_server.ts";

const PIPELINE = `version: 1
name: proof
providers:
  teacher:
    use: openai_compatible
    with: { base_url: "http://127.0.0.1:1/v1", model: shout }
    price: { input: 1, output: 2 }
steps:
  words: { use: read_jsonl, with: { path: words.jsonl } }
  shout:
    use: text_generation
    provider: teacher
    with: { template: "Say {{ word }}", n: 2, temperature: 0.5 }
  long: { use: select, with: { where: "size(word) > 2" }, stage: long }
  left: { use: set_columns, from: long, with: { expr: { left: "word" } } }
  right: { use: set_columns, from: long, with: { expr: { right: "word" } } }
  both: { use: keep_columns, from: [left, right], with: { columns: [word, generation, left, right] }, join: {}, stage: both }
gates:
  - { stage: both, metric: count, min: 1 }
`;
const WORDS = `{"word":"one"}\n\n{"word":"it"}\n{"word":"three"}\n`;

interface Proof {
  readonly folder: string;
  readonly cli: (...words: string[]) => ReturnType<typeof runCli>;
  // deno-lint-ignore no-explicit-any -- a test looks into it as it likes
  readonly json: (...words: string[]) => Promise<any>;
  /** Runs the pipeline with overrides, and gives the id of the run. */
  readonly run: (...set: string[]) => Promise<string>;
}

async function withProof(check: (proof: Proof) => Promise<void>): Promise<void> {
  await using server = await startOpenAIServer(({ body }) => {
    const messages = body.messages as readonly { readonly content: string }[];
    const n = typeof body.n === "number" ? body.n : 1;
    const said = messages.at(-1)!.content.toUpperCase();
    return completion(Array.from({ length: n }, (_, index) => `${said} ${index}`), {
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    });
  });
  await withFiles({ "pipeline.yaml": PIPELINE, "words.jsonl": WORDS }, async (folder) => {
    const cli: Proof["cli"] = (...words) =>
      runCli([...words, "--runs-dir", join(folder, "runs")], { folder });
    const json: Proof["json"] = async (...words) => JSON.parse((await cli(...words, "--json")).stdout);
    const run: Proof["run"] = async (...set) => {
      const overrides = [`providers.teacher.with.base_url=${server.baseUrl}`, ...set].flatMap((
        one,
      ) => ["--set", one]);
      return (await json("run", join(folder, "pipeline.yaml"), ...overrides)).run_id;
    };
    await check({ folder, cli, json, run });
  });
}

Deno.test("fastdistill lineage tells of a row from its line in a file to its end", () =>
  withProof(async ({ folder, cli, json, run }) => {
    const id = await run();
    const ledger = await Deno.readTextFile(join(folder, "runs", id, "ledger/both.jsonl"));
    const kept = ledger.trimEnd().split("\n").map((line) => JSON.parse(line).row_id as string);
    const { rows, row_id, is_cut } = await json("lineage", "latest", kept.at(-1)!.slice(0, 10)) as RowLineage;
    assertEquals([row_id, is_cut], [kept.at(-1), false]);
    const [source, sample, left, right, self] = rows as [
      RowLineage["rows"][0],
      ...RowLineage["rows"],
    ] as RowLineage["rows"];
    assertEquals(source!.source, { step: "words", index: 2, file: "words.jsonl", line: 4 });
    assertEquals(source!.steps, ["words", "shout"]);
    assertEquals(
      source!.effects.map((
        { step, kind, sample, cost_usd, attempts },
      ) => [step, kind, sample, cost_usd, attempts]),
      [
        ["shout", "chat", 0, 0.000016, 1],
        ["shout", "chat", 1, 0.000004, 1],
      ],
    );
    assertStringIncludes(JSON.stringify(source!.effects[0]!.request), "Say three");
    assertEquals(sample!.made_by, { step: "shout", kind: "made", index: 1 });
    assertEquals(sample!.stages.map(({ stage, line }) => [stage, line]), [["long", 4]]);
    assertEquals([left!.made_by?.step, right!.made_by?.step], ["left", "right"]);
    assertEquals(self!.made_by, { step: "both", kind: "joined" });
    assertEquals(self!.parents, [left!.row_id, right!.row_id]);
    assertEquals(self!.stages[0]!.row, {
      word: "three",
      generation: "SAY THREE 1",
      left: "three",
      right: "three",
    });
    assertEquals(self!.end, { step: "both", state: "kept" });
    const { stdout } = await cli("lineage", id, kept.at(-1)!);
    assertMatch(stdout, /^row [0-9a-f]{12} {2}row 2 of source words \(words\.jsonl:4\)\n/);
    assertMatch(stdout, /\n {2}effect {2}shout: chat [0-9a-f]{12}, .*sample 1, 0 \+ 2 tokens, 0\.000004 USD/);
    assertMatch(stdout, /\n +row [0-9a-f]{12} {2}joined of 2 rows at both\n/);
    assertMatch(stdout, /\n +end {5}kept at both\n$/);
    const full = await cli("lineage", id, kept.at(-1)!, "--full");
    assertMatch(full.stdout, /\n +asked\n +Say three\n +said\n +SAY THREE 1\n/);
  }));

Deno.test("fastdistill lineage tells of rows that were rejected, and of all that was made of one", () =>
  withProof(async ({ folder, cli, json, run }) => {
    const id = await run();
    const made = (await Deno.readTextFile(join(folder, "runs", id, "lineage/made/shout.jsonl"))).split("\n");
    const parent = JSON.parse(made[2]!).parents[0] as string;
    const { rows } = await json("lineage", id, parent) as RowLineage;
    assertEquals(rows.map(({ relation, end }) => [relation, end?.state, end?.why]), [
      ["self", undefined, undefined],
      ["descendant", "rejected", "not_selected"],
      ["descendant", "rejected", "not_selected"],
    ]);
    const unknown = await cli("lineage", id, `${parent.slice(0, 9)}x`);
    assertEquals(unknown.code, 1);
    assertMatch(unknown.stderr, /error\[data\.row_not_found\]: Run .* has no row ".*"; did you mean "/);
    const several = await cli("lineage", id, "");
    assertEquals(several.code, 2);
    await Deno.remove(join(folder, "runs", "effects.sqlite"));
    const bare = await cli("lineage", id, parent);
    assertMatch(bare.stdout, /effect {2}shout: [0-9a-f]{12}, which the store does not have/);
  }));

Deno.test("fastdistill lineage finds a row by its sample_id, and says which rows share one", () =>
  withFiles({
    "pipeline.yaml": `version: 1
name: samples
steps:
  words: { use: rows, with: { rows: [{ word: a, n: 1 }, { word: a, n: 2 }, { word: b, n: 3 }] } }
  identify: { use: sample_id, with: { fields: [word] }, stage: words }
`,
  }, async (folder) => {
    const runs = ["--runs-dir", join(folder, "runs")];
    const { run_dir } = JSON.parse(
      (await runCli(["run", join(folder, "pipeline.yaml"), "--json", ...runs])).stdout,
    );
    const rows = (await Deno.readTextFile(join(run_dir, "stages/words/part-00000.jsonl"))).trimEnd().split(
      "\n",
    );
    const [a, , b] = rows.map((line) => JSON.parse(line).sample_id as string);
    const found = JSON.parse(
      (await runCli(["lineage", "latest", b!.slice(0, 12), "--json", ...runs])).stdout,
    ) as RowLineage;
    assertEquals(found.rows[0]!.stages[0]!.row.n, 3);
    const shared = await runCli(["lineage", "latest", a!, ...runs]);
    assertMatch(shared.stderr, /is ambiguous: 2 rows of stages have a sample_id that begins with it/);
  }));

Deno.test("fastdistill diff says what differs, and exits with 1 only where it is asked to", () =>
  withProof(async ({ folder, cli, json, run }) => {
    const first = await run();
    await Deno.writeTextFile(join(folder, "words.jsonl"), WORDS.replace("one", "four"));
    const second = await run("steps.shout.with.n=1", "gates.0.min=2");
    const diff = await json("diff", first, second) as RunDifference;
    assertEquals(diff.same, false);
    assertEquals(diff.config, [
      { path: "gates.0.min", a: 1, b: 2 },
      { path: "steps.shout.with.n", a: 2, b: 1 },
    ]);
    assertEquals(diff.inputs.map(({ path }) => path), ["words.jsonl"]);
    const [long] = diff.stages;
    assertEquals([long!.matched_by, long!.added, long!.removed, long!.changed, long!.unchanged], [
      "row_id",
      2,
      4,
      0,
      0,
    ]);
    const { stages: [byWord] } = await json(
      "diff",
      first,
      second,
      "--by",
      "word",
      "--stage",
      "long",
    ) as RunDifference;
    assertEquals([byWord!.added, byWord!.removed, byWord!.changed], [1, 3, 0]);
    const text = await cli("diff", first, second);
    assertEquals(text.code, 0);
    assertMatch(text.stdout, /\n {2}steps\.shout\.with\.n\n {4}a 2\n {4}b 1\n/);
    assertEquals((await cli("diff", first, second, "--exit-code", "--quiet")).code, 1);
    const same = await cli("diff", first, first, "--exit-code", "--quiet");
    assertEquals([same.code, same.stdout], [0, `same: ${first} and ${first}\n`]);
    for (
      const [words, message] of [
        [["--stage", "lnog"], 'Neither run has a stage "lnog"; did you mean "long"?'],
        [["--by", "wrod"], 'cannot be matched by "wrod": not both runs have it; did you mean "word"?'],
      ] as const
    ) {
      const refused = await cli("diff", first, second, ...words);
      assertEquals(refused.code, 2);
      assertStringIncludes(refused.stderr, message);
    }
  }));

Deno.test("fastdistill bundle, reproduce, sign and verify go together", () =>
  withProof(async ({ folder, cli, run }) => {
    const id = await run();
    const at = (name: string) => join(folder, name);
    assertEquals((await cli("runs", "tag", id, "prod")).code, 0);
    const here = (...words: string[]) => runCli(words, { folder });
    const keys = await here("keys", "new", at("a.pem"));
    assertMatch(keys.stdout, /^key [0-9a-f]{16}: /);
    assertEquals((await here("keys", "new", at("b.pem"))).code, 0);
    assertMatch((await cli("sign", "prod", "--key", at("a.pem"))).stdout, /^signed proof-[0-9a-f]+ with key/);
    assertEquals((await cli("sign", "prod")).code, 2);
    const good = await cli("verify", "prod", "--public-key", at("a.pem.pub"));
    assertEquals(good.code, 0);
    assertMatch(good.stdout, /\nnote {2}signed by [0-9a-f]{16}, the given one among them\n$/);
    const wrong = await cli("verify", "prod", "--public-key", at("b.pem.pub"), "--json");
    assertEquals(wrong.code, 1);
    assertEquals(
      (JSON.parse(wrong.stdout) as VerifyReport).problems[0]!.problem,
      "the run is not signed by the given key",
    );
    const bundled = await cli("bundle", "prod", "--out", at("proof.tar.gz"));
    assertMatch(
      bundled.stdout,
      /^bundled proof-[0-9a-f]+: 6 effects, 1 inputs, [\d.]+ KB: proof\.tar\.gz\n$/,
    );
    await Deno.remove(at("runs"), { recursive: true });
    await Deno.remove(at("words.jsonl"));
    const rebuilt = await here("reproduce", at("proof.tar.gz"), "--into", at("new"));
    assertEquals([rebuilt.code, rebuilt.stderr], [0, ""]);
    assertMatch(
      rebuilt.stdout,
      /\nreproduced {2}proof-[0-9a-f]+: 2 of 2 identical, from 6 effects, in new\/runs\//,
    );
    assertEquals((await here("reproduce", at("proof.tar.gz"), "--into", at("new"))).code, 1);
    assertEquals((await here("reproduce", at("none.tar.gz"), "--into", at("other"))).code, 1);
    await assertRejects(() => Deno.stat(at("other")), Deno.errors.NotFound);
  }));
