import { definePipeline, expand, pass, Registry, reject, runPipeline, stepSpec } from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers/builtin";
import { askTask, rowsStep, rowStep } from "../core/run/_run_double.ts";

/** Rows of the run that is killed. */
export const CRASH_ROWS = 120;

/** Runs a pipeline against a server, in a process of its own, so that it can be killed: `worker RUNS_DIR BASE_URL`. */
async function main([runsDir, baseUrl]: readonly string[]): Promise<void> {
  const rows = Array.from({ length: CRASH_ROWS }, (_, n) => ({ n, prompt: `question ${n % 100}` }));
  const seen = new Set<unknown>();
  const unique = rowStep((row) => {
    if (seen.has(row.prompt)) return reject("duplicate");
    seen.add(row.prompt);
    return pass(row);
  }, { kind: "ordered" });
  const pipeline = definePipeline({
    name: "crash",
    seed: 3,
    providers: {
      teacher: {
        use: "openai_compatible",
        with: { base_url: baseUrl!, model: "double" },
        limits: { concurrency: 8 },
      },
    },
  })
    .step("read", rowsStep(rows))
    .step("unique", unique)
    .step("ask", stepSpec(askTask, { n: 2, max_tokens: 50 }), { provider: "teacher", stage: "answers" })
    .step("halves", rowStep((row) => expand([pass({ ...row, half: 0 }), pass({ ...row, half: 1 })])), {
      stage: "halves",
    })
    .build();
  const summary = await runPipeline({
    pipeline,
    registry: new Registry(builtinProviders),
    runsDir: runsDir!,
  });
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(summary)));
}

if (import.meta.main) await main(Deno.args);
