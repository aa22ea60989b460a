import {
  definePipeline,
  FastDistillError,
  loadPipeline,
  planRun,
  Registry,
  runPipeline,
} from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers";
import {
  builtinSteps,
  cleanSql,
  dedupExact,
  readJsonl,
  rows,
  sampleId,
  scoreExec,
  select,
  sqlExec,
  textGeneration,
  writeSft,
} from "@fastdistill/steps";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { type Question, text2sqlPipeline } from "../examples/text2sql/pipeline.ts";
import { demoProblem, manifestDigests } from "./_demo.ts";
import { runText } from "./_run_outputs.ts";

const YAML = join(import.meta.dirname!, "../examples/text2sql/pipeline.yaml");
const problem = demoProblem();
// deno-lint-ignore no-console -- the reason of an ignored test
if (problem) console.warn(`tests/define_pipeline_example_test.ts is skipped in part: ${problem}`);

function registry(): Registry {
  return new Registry([...builtinProviders, ...builtinSteps]);
}

Deno.test({
  name: "examples/text2sql/pipeline.ts is the configuration of pipeline.yaml",
  ignore: problem !== undefined,
  fn: async () => {
    const fromYaml = await loadPipeline({ file: YAML });
    const fromCode = text2sqlPipeline();
    assertEquals(fromCode.config, fromYaml.config);
    assertEquals(Object.keys(fromCode.config.steps), Object.keys(fromYaml.config.steps));
    assertEquals(fromCode.baseDir, fromYaml.baseDir);
  },
});

Deno.test({
  name: "examples/text2sql/pipeline.ts leaves the run id, manifests, figures and samples of pipeline.yaml",
  ignore: problem !== undefined,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const [fromYaml, fromCode] = [join(folder, "yaml"), join(folder, "code")];
      const one = await runPipeline({
        pipeline: await loadPipeline({ file: YAML }),
        registry: registry(),
        runsDir: fromYaml,
      });
      const other = await runPipeline({
        pipeline: text2sqlPipeline(),
        registry: registry(),
        runsDir: fromCode,
      });
      assertEquals([other.run_id, other.status], [one.run_id, "done"], one.error?.message);
      assert(other.calls.performed > 0, "the second run has an effect store of its own");
      const digests = await manifestDigests(fromYaml);
      assert(Object.keys(digests).length > 0);
      assertEquals(await manifestDigests(fromCode), digests);
      for (const file of ["reports/quality.json", "exports/train.jsonl"]) {
        assertEquals(await runText(other, file), await runText(one, file), file);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("the compiler follows the columns of the text2sql pipeline", () => {
  const providers = { teacher: { use: "replay", with: { recording: "teacher.recording.jsonl" } } };
  const questions = definePipeline({ name: "typed", providers })
    .step("questions", readJsonl<Question>({ path: "questions.jsonl" }));
  const taught = questions.step("teach", textGeneration({ template: "{{ question }}" }), {
    provider: "teacher",
  });
  const executed = taught.step("clean", cleanSql()).step(
    "execute",
    sqlExec({ database: "{{ database }}", gold: "gold_sql" }),
  );

  // @ts-expect-error: a question has no column `databse`
  questions.step("identify", sampleId({ fields: ["databse", "question"] }));
  // @ts-expect-error: nothing has given the rows a `sample_id`
  questions.step("unique", dedupExact({ on: "sample_id" }));
  // @ts-expect-error: the template names a column that is not there
  questions.step("teach", textGeneration({ template: "{{ questoin }}" }), { provider: "teacher" });
  // @ts-expect-error: the pipeline defines no provider `student`
  questions.step("teach", textGeneration({ template: "{{ question }}" }), { provider: "student" });
  // @ts-expect-error: there is no answer to clean before the teacher gave one
  questions.step("clean", cleanSql());
  // @ts-expect-error: the gold queries are in `gold_sql`
  taught.step("clean", cleanSql()).step("execute", sqlExec({ database: "{{ database }}", gold: "gold" }));
  // @ts-expect-error: the path of the database names a column that is not there
  taught.step("clean", cleanSql()).step("execute", sqlExec({ database: "{{ databse }}" }));
  // @ts-expect-error: nothing was executed
  taught.step("score", scoreExec());
  // @ts-expect-error: nothing was scored
  executed.step("keep", select({ best_of: "question" }));
  // @ts-expect-error: no column is named `answer`
  executed.step("train", writeSft({ path: "train.jsonl", completion: "answer" }));
  // @ts-expect-error: no step is named `clena`
  executed.step("score", scoreExec(), { from: "clena" });

  assertEquals(Object.keys(executed.build().config.steps), ["questions", "teach", "clean", "execute"]);
});

Deno.test("what the compiler was talked out of, the plan refuses", async () => {
  const pipeline = definePipeline({ name: "untyped" })
    .step("questions", rows({ rows: [{ question: "How many?" }] }))
    .step("unique", dedupExact({ on: "sample_id" as "question" }))
    .build();
  const error = await assertRejects(() => planRun({ pipeline, registry: registry() }), FastDistillError);
  assertEquals([error.code, error.location?.path], ["graph.missing_column", "steps.unique.with.on"]);
});
