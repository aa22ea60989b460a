import { definePipeline, Registry, runPipeline, stepSpec } from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers/builtin";
import { askTask, rowsStep } from "../core/run/_run_double.ts";

/** Rows of the run that is killed. */
export const FAILOVER_ROWS = 80;

/** Runs a pipeline with a fallback, in a process of its own, so that it can be killed: `worker RUNS_DIR MAIN OTHER`. */
async function main([runsDir, mainUrl, otherUrl]: readonly string[]): Promise<void> {
  const limits = { concurrency: 8, attempts: 1 };
  const provider = (base_url: string, model: string) => ({
    use: "openai_compatible",
    with: { base_url, model },
    limits,
  });
  const pipeline = definePipeline({
    name: "failover",
    providers: {
      main: { ...provider(mainUrl!, "large"), fallback: ["other"] },
      other: provider(otherUrl!, "small"),
    },
  })
    .step("read", rowsStep(Array.from({ length: FAILOVER_ROWS }, (_, n) => ({ n, prompt: `question ${n}` }))))
    .step("ask", stepSpec(askTask, { max_tokens: 50 }), { provider: "main", stage: "answers" })
    .build();
  const registry = new Registry(builtinProviders);
  const summary = await runPipeline({ pipeline, registry, runsDir: runsDir! });
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(summary)));
}

if (import.meta.main) await main(Deno.args);
