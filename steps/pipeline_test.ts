import { definePipeline, type LoadedPipeline, Registry, runPipeline } from "@fastdistill/core";
import { type ScriptedModel, scriptedModel } from "@fastdistill/core/testing";
import {
  builtinSteps,
  dedupExact,
  readJsonl,
  ruleFilter,
  sampleId,
  select,
  setColumns,
  textGeneration,
  writeSft,
} from "@fastdistill/steps";
import { assertEquals, assertRejects } from "@std/assert";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Question {
  readonly question: string;
  readonly level: number;
}

const QUESTIONS = [
  { question: "How many?", level: 1 },
  { question: "Who?", level: 2 },
  { question: "How many?", level: 3 },
  { question: "Why?", level: 4 },
];

function pipelineIn(baseDir: string): LoadedPipeline {
  return definePipeline({ name: "small", baseDir, providers: { teacher: { use: "scripted" } } })
    .step("questions", readJsonl<Question>({ path: "questions.jsonl" }))
    .step("identify", sampleId({ fields: ["question"] }))
    .step("unique", dedupExact({ on: "sample_id" }))
    .step("teach", textGeneration({ template: "Answer: {{ question }}", to: "answer", n: 3 }), {
      provider: "teacher",
    })
    .step("rules", ruleFilter({ field: "answer", min_chars: 3, max_chars: 40 }))
    .step("score", setColumns({ expr: { score: "size(answer) + 0.5" } }))
    .step("keep", select({ where: "level < 4", best_of: "sample_id" }), { stage: "kept" })
    .step(
      "train",
      writeSft({ path: "train.jsonl", prompt: "question", completion: "answer", metadata: ["level"] }),
    )
    .gate({ stage: "kept", metric: "count", min: 1 })
    .build();
}

function registryOf(model: ScriptedModel): Registry {
  return new Registry([...builtinSteps, {
    kind: "provider",
    name: "scripted",
    summary: "Answers from a script",
    origin: "test",
    load: () => Promise.resolve(model.component),
  }]);
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "fastdistill-steps-"));
  try {
    await writeFile(
      join(folder, "questions.jsonl"),
      QUESTIONS.map((row) => JSON.stringify(row) + "\n").join(""),
    );
    await test(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

Deno.test("the built-in steps run together, and the second run asks nothing", () =>
  inFolder(async (folder) => {
    const model = scriptedModel({
      answers: ({ text, sampleIndex }) => sampleIndex === 2 ? "no" : `${text} ${"!".repeat(sampleIndex + 1)}`,
    });
    const options = {
      pipeline: pipelineIn(folder),
      registry: registryOf(model),
      runsDir: join(folder, "runs"),
    };
    const first = await runPipeline(options);
    assertEquals(first.status, "done", JSON.stringify(first.error));
    assertEquals([first.rows.kept, first.rows.failed], [2, {}]);
    assertEquals(first.rows.rejected, { duplicate: 1, not_best: 2, not_selected: 2, too_short: 3 });
    const exported = first.files.find(({ role }) => role === "export")!;
    const written = await readFile(join(first.run_dir, exported.path), "utf8");
    assertEquals(written.trim().split("\n").map((line) => JSON.parse(line)), [
      {
        messages: [{ role: "user", content: "How many?" }, {
          role: "assistant",
          content: "Answer: How many? !!",
        }],
        metadata: { level: 1 },
      },
      {
        messages: [{ role: "user", content: "Who?" }, { role: "assistant", content: "Answer: Who? !!" }],
        metadata: { level: 2 },
      },
    ]);
    const asked = model.calls.length;
    const second = await runPipeline(options);
    assertEquals([second.status, second.calls.performed, model.calls.length], ["done", 0, asked]);
    assertEquals(await readFile(join(second.run_dir, exported.path), "utf8"), written);
  }));

Deno.test("a template that names no column is found before anything runs", () =>
  inFolder(async (folder) => {
    const model = scriptedModel({ answers: "yes" });
    const pipeline = definePipeline({
      name: "wrong",
      baseDir: folder,
      providers: { teacher: { use: "scripted" } },
    })
      .step("questions", readJsonl({ path: "questions.jsonl" }))
      .step("teach", textGeneration({ template: String("{{ questoin }}") }), { provider: "teacher" })
      .build();
    const options = { pipeline, registry: registryOf(model), runsDir: join(folder, "runs") };
    await assertRejects(() => runPipeline(options), Error, 'did you mean "question"');
    assertEquals(model.calls.length, 0);
  }));

Deno.test("the compiler follows columns through the steps", () => {
  const start = definePipeline({ name: "typed", providers: { teacher: { use: "scripted" } } })
    .step("questions", readJsonl<Question>({ path: "questions.jsonl" }));
  const taught = start.step("teach", textGeneration({ template: "{{ question }}" }), { provider: "teacher" });
  taught.step("rules", ruleFilter({ field: "generation" }));
  taught.step("best", select({ best_of: "question", order_by: "level" }));
  taught.step("set", setColumns({ set: { split: "train" } })).step(
    "unique",
    dedupExact({ on: ["split", "level"] }),
  );
  // @ts-expect-error: no column is named `sample_id`
  start.step("unique", dedupExact({ on: "sample_id" }));
  // @ts-expect-error: the template names a column that is not there
  start.step("teach", textGeneration({ template: "{{ questoin }}" }), { provider: "teacher" });
  // @ts-expect-error: there is no `score`
  taught.step("best", select({ best_of: "question" }));
  // @ts-expect-error: there is no `sql`
  taught.step("train", writeSft({ path: "train.jsonl", completion: "sql" }));
  assertEquals(Object.keys(taught.build().config.steps), ["questions", "teach"]);
});
