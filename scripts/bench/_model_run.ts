import process from "node:process";
import { definePipeline, Registry, runPipeline, type RunSummary, type StepSpec } from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers";
import { builtinSteps, textGeneration } from "@fastdistill/steps";
import { rowsStep } from "../../core/run/_run_double.ts";
import type { Latency } from "./_latency.ts";

/** A model server double that runs. */
export interface ModelServer extends AsyncDisposable {
  readonly baseUrl: string;
}

/** Starts the model server double in a process of its own. */
export async function startModelServer({ median, sigma, seed }: Latency): Promise<ModelServer> {
  const script = new URL("./_model_server.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net=127.0.0.1", script, ...[median, sigma, seed].map(String)],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const port = Number(new TextDecoder().decode((await reader.read()).value));
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    [Symbol.asyncDispose]: async () => {
      await reader.cancel();
      await child.stdin.close();
      await child.status;
    },
  };
}

/** A run of rows through one task that asks a model. */
export interface ModelRun {
  readonly baseUrl: string;
  readonly rows: number;
  readonly concurrency: number;
  readonly runsDir: string;
}

/** What a run took. */
export interface Measured {
  readonly summary: RunSummary;
  readonly seconds: number;
  /** Processor time of this process, all threads, in seconds. */
  readonly cpuSeconds: number;
}

/** Runs rows through `text_generation` and measures it. */
export async function runModel({ baseUrl, rows, concurrency, runsDir }: ModelRun): Promise<Measured> {
  const given = Array.from({ length: rows }, (_, n) => ({ question: `What of row ${n}?` }));
  const limits = { concurrency, attempts: 3, timeout_ms: 120_000 };
  const pipeline = definePipeline({
    name: "bench",
    providers: {
      teacher: { use: "openai_compatible", with: { base_url: baseUrl, model: "double" }, limits },
    },
  })
    .step("read", rowsStep(given) as StepSpec<unknown, { readonly question: string }>)
    .step("ask", textGeneration({ template: TEMPLATE, max_tokens: 64 }), {
      provider: "teacher",
      stage: "answers",
    })
    .build();
  const registry = new Registry([...builtinSteps, ...builtinProviders]);
  const [since, cpuSince] = [performance.now(), process.cpuUsage()];
  const summary = await runPipeline({ pipeline, registry, runsDir });
  const { user, system } = process.cpuUsage(cpuSince);
  const seconds = (performance.now() - since) / 1_000;
  if (summary.status !== "done" || summary.rows.kept !== rows) {
    throw new Error(`Ran ${rows} rows, kept ${summary.rows.kept}: ${summary.status}`);
  }
  return { summary, seconds, cpuSeconds: (user + system) / 1e6 };
}

const TEMPLATE =
  "You are a helpful assistant. Answer the question in one sentence.\n\nQuestion: {{ question }}\nAnswer:";
