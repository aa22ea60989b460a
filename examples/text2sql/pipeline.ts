// deno-lint-ignore-file no-console -- an example writes to the terminal
/**
 * `pipeline.yaml` beside this file, in TypeScript: the same configuration, the same run id, the same bytes. The compiler
 * follows the columns through the steps; name one that no step before provides, and this file does not compile.
 *
 * deno run -A examples/text2sql/pipeline.ts
 *
 * @module
 */
import { definePipeline, type LoadedPipeline, Registry, runPipeline } from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers";
import {
  builtinSteps,
  cleanSql,
  dedupExact,
  readJsonl,
  ruleFilter,
  sampleId,
  scoreExec,
  select,
  sqlExec,
  textGeneration,
  writeSft,
} from "@fastdistill/steps";

/** A line of `questions.jsonl`. */
export interface Question {
  readonly id: string;
  /** Script or file of the database that the question is about. */
  readonly database: string;
  readonly category: string;
  readonly question: string;
  /** Accepted queries. */
  readonly gold_sql: readonly string[];
}

/** The pipeline. Paths start at the folder of this file. */
export function text2sqlPipeline(): LoadedPipeline {
  return definePipeline({
    name: "text2sql",
    seed: 7,
    baseDir: import.meta.dirname!,
    providers: {
      teacher: {
        use: "replay",
        with: { recording: "teacher.recording.jsonl" },
        price: { input: 0.05, output: 0.20 },
      },
    },
    budget: { usd: 1 },
  })
    .step("questions", readJsonl<Question>({ path: "questions.jsonl" }))
    .step("identify", sampleId({ fields: ["database", "question"] }))
    .step("unique", dedupExact({ on: "sample_id" }))
    .step("teach", textGeneration({ template: "...{{ question }}...", n: 4 }), { provider: "teacher" })
    .step("clean", cleanSql({ from: "generation", to: "sql" }))
    .step("rules", ruleFilter({ field: "sql", min_chars: 8, max_chars: 2000 }))
    .step("execute", sqlExec({ database: "{{ database }}", sql: "sql", gold: "gold_sql" }))
    .step("score", scoreExec())
    .step("keep", select({ where: "exec_pass && score >= 0.5", best_of: "sample_id" }), {
      stage: "distilled",
    })
    .step("train", writeSft({ path: "train.jsonl", format: "chat" }))
    .gate({ stage: "distilled", metric: "exec_pass_rate", min: 0.95 })
    .build();
}

if (import.meta.main) {
  const registry = new Registry([...builtinProviders, ...builtinSteps]);
  const { run_dir, status, rows } = await runPipeline({ pipeline: text2sqlPipeline(), registry });
  console.log(`${status}: ${rows.kept} samples in ${run_dir}`);
}
