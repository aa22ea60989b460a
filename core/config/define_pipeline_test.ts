import { assert, assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { FastDistillError } from "../errors/mod.ts";
import type { Row } from "../record/mod.ts";
import { defineStep, pass, stepSpec } from "../step/mod.ts";
import { lineOf, loadTexts } from "./_load_texts_test.ts";
import { definePipeline } from "./define_pipeline.ts";

const TEXT2SQL = `version: 1
name: text2sql
seed: 7
providers:
  teacher: { use: replay, with: { recording: teacher.recording.jsonl }, price: { input: 0.05, output: 0.20 } }   # USD per million tokens
budget: { usd: 1.00 }
steps:                       # a step reads the one before it unless \`from:\` says otherwise
  questions: { use: read_jsonl, with: { path: questions.jsonl } }
  identify:  { use: sample_id, with: { fields: [database, question] } }
  unique:    { use: dedup_exact, with: { on: sample_id } }
  teach:     { use: text_generation, provider: teacher, with: { template: "...{{ question }}...", n: 4 } }
  clean:     { use: clean_sql, with: { from: generation, to: sql } }
  rules:     { use: rule_filter, with: { field: sql, min_chars: 8, max_chars: 2000 } }
  execute:   { use: sql_exec, with: { database: "{{ database }}", sql: sql, gold: gold_sql } }
  score:     { use: score_exec, with: { } }
  keep:      { use: select, with: { where: "exec_pass && score >= 0.5", best_of: sample_id }, stage: distilled }
  train:     { use: write_sft, with: { path: train.jsonl, format: chat } }
gates:
  - { stage: distilled, metric: exec_pass_rate, min: 0.95 }
`;

interface Question {
  readonly database: string;
  readonly question: string;
  readonly gold_sql: string;
}

/** The pipeline above in TypeScript. */
function text2sql() {
  const scored = stepSpec<{ readonly exec_pass: boolean }, { readonly score: number }>("score_exec");
  return definePipeline({
    name: "text2sql",
    seed: 7,
    providers: {
      teacher: {
        use: "replay",
        with: { recording: "teacher.recording.jsonl" },
        price: { input: 0.05, output: 0.2 },
      },
    },
    budget: { usd: 1 },
  })
    .step("questions", stepSpec<unknown, Question>("read_jsonl", { path: "questions.jsonl" }))
    .step(
      "identify",
      stepSpec<Question, { readonly sample_id: string }>("sample_id", { fields: ["database", "question"] }),
    )
    .step("unique", stepSpec<{ readonly sample_id: string }, unknown>("dedup_exact", { on: "sample_id" }))
    .step(
      "teach",
      stepSpec<{ readonly question: string }, { readonly generation: string }>("text_generation", {
        template: "...{{ question }}...",
        n: 4,
      }),
      { provider: "teacher" },
    )
    .step(
      "clean",
      stepSpec<{ readonly generation: string }, { readonly sql: string }>("clean_sql", {
        from: "generation",
        to: "sql",
      }),
    )
    .step(
      "rules",
      stepSpec<{ readonly sql: string }, unknown>("rule_filter", {
        field: "sql",
        min_chars: 8,
        max_chars: 2000,
      }),
    )
    .step(
      "execute",
      stepSpec<
        { readonly database: string; readonly sql: string; readonly gold_sql: string },
        { readonly exec_pass: boolean }
      >(
        "sql_exec",
        { database: "{{ database }}", sql: "sql", gold: "gold_sql" },
      ),
    )
    .step("score", scored)
    .step(
      "keep",
      stepSpec<{ readonly exec_pass: boolean; readonly score: number; readonly sample_id: string }, unknown>(
        "select",
        {
          where: "exec_pass && score >= 0.5",
          best_of: "sample_id",
        },
      ),
      { stage: "distilled" },
    )
    .step("train", stepSpec<Row, unknown>("write_sft", { path: "train.jsonl", format: "chat" }))
    .gate({ stage: "distilled", metric: "exec_pass_rate", min: 0.95 });
}

Deno.test("definePipeline() gives the same configuration as the pipeline file", async () => {
  const fromCode = text2sql().build();
  const fromYaml = await loadTexts({ files: { "pipeline.yaml": TEXT2SQL } });
  assertEquals(fromCode.config, fromYaml.config);
  assertEquals(Object.keys(fromCode.config.steps), Object.keys(fromYaml.config.steps));
  assertEquals(JSON.stringify(fromCode.config), JSON.stringify(fromYaml.config));
});

Deno.test("definePipeline() writes a source that loads as the same pipeline", async () => {
  const { config, source } = text2sql().build();
  assertEquals((await loadTexts({ files: { "pipeline.yaml": source } })).config, config);
});

Deno.test("definePipeline() carries components given in code, by step", () => {
  const component = defineStep({
    kind: "row",
    name: "shout",
    version: 1,
    summary: "Writes in capitals",
    config: z.strictObject({}),
    columns: () => ({}),
    open: () => ({ process: pass }),
  });
  const pipeline = definePipeline({ name: "x", baseDir: "/data" })
    .step("rows", stepSpec<unknown, { text: string }>("read_jsonl"))
    .step("loud", stepSpec(component))
    .build();
  assertEquals(pipeline.components, { loud: component });
  assertEquals(pipeline.config.steps.loud!.use, "shout");
  assertEquals(pipeline.baseDir, "/data");
});

Deno.test("definePipeline() gives a new builder with every call", () => {
  const start = definePipeline({ name: "x" }).step("rows", stepSpec("read_jsonl"));
  const one = start.step("a", stepSpec("x"), {
    from: "rows",
    stage: "s",
    on_error: "fail",
    max_failure_rate: 0,
  });
  const two = start.step("b", stepSpec("y"), { from: ["rows"] }).gate({
    stage: "s",
    metric: "count",
    min: 1,
    severity: "warn",
  });
  assertEquals(Object.keys(one.build().config.steps), ["rows", "a"]);
  assertEquals(one.build().config.steps.a, {
    use: "x",
    with: {},
    from: ["rows"],
    stage: "s",
    on_error: "fail",
    max_failure_rate: 0,
  });
  assertEquals(two.build().config.steps.b!.from, ["rows"]);
  assertEquals([one.build().config.gates.length, two.build().config.gates.length], [0, 1]);
});

Deno.test("definePipeline() replaces variables as a pipeline file does, and keeps them out of the source", () => {
  const builder = definePipeline({
    name: "x",
    providers: { p: { use: "y", with: { api_key: "${env:KEY}" } } },
  })
    .step("rows", stepSpec("read_jsonl"));
  const { config, source } = builder.build({ readEnv: (name) => name === "KEY" ? "hunter2" : undefined });
  assertEquals(config.providers.p!.with, { api_key: "hunter2" });
  assert(source.includes("${env:KEY}") && !source.includes("hunter2"));
  const error = assertThrows(() => builder.build({ readEnv: () => undefined }), FastDistillError);
  assertEquals(
    lineOf(error),
    "config.missing_env definePipeline providers.p.with.api_key | Environment variable KEY is not set, and is needed at " +
      "providers.p.with.api_key",
  );
});

Deno.test("definePipeline() reports what the compiler cannot see, with the key path", () => {
  const start = definePipeline({ name: "", seed: -1 });
  const error = assertThrows(
    () => start.step("Rows", stepSpec("x", { n: Infinity })).build(),
    FastDistillError,
  );
  assertEquals(
    lineOf(error),
    "config.invalid_value definePipeline steps.Rows.with.n | Expected a finite number at steps.Rows.with.n, found Infinity",
  );
  const others = assertThrows(() => start.step("Rows", stepSpec("x")).build(), FastDistillError);
  assertEquals([others, ...others.related].map(lineOf), [
    'config.invalid_value definePipeline name | Expected a string that is not empty at name, found ""',
    "config.invalid_value definePipeline seed | Expected a whole number of at least 0 at seed, found -1",
    "config.invalid_value definePipeline steps.Rows | Expected a step name (lower-case letters, digits, underscores; " +
    'letter first) at steps, found "Rows"',
  ]);
  const twice = start.step("rows", stepSpec("x"));
  assertThrows(
    () => twice.step("rows", stepSpec("x")),
    TypeError,
    'A pipeline has one step of each name: "rows" is there already',
  );
});

Deno.test("definePipeline() says that a value comes from code", () => {
  const { locate } = definePipeline({ name: "x" }).step("rows", stepSpec("read_jsonl", { path: "p" }))
    .build();
  assertEquals(locate(["steps", "rows", "with", "path"]), {
    layer: "code",
    location: { file: "definePipeline", path: "steps.rows.with.path" },
    written: "p",
  });
  assertEquals(locate(["steps", "rows", "from", 0])?.location.path, "steps.rows");
});
