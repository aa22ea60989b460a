import {
  loadPipeline,
  Registry,
  type RegistryEntry,
  type RunOptions,
  runPipeline,
  type RunSummary,
  type StepComponent,
  verifyRun,
} from "@fastdistill/core";
import { type ScriptedModel, scriptedModel, type ScriptedModelOptions } from "@fastdistill/core/testing";
import { builtinProviders } from "@fastdistill/providers/builtin";
import { builtinSteps } from "@fastdistill/steps/builtin";
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { type CliResult, runCli, withFiles } from "../_cli.ts";
import { runText } from "../_run_outputs.ts";

/** What a scenario starts from. */
export interface ScenarioOptions {
  /** What the model double says; it is the provider component `scripted`. @default {the question, in capitals} */
  readonly answers?: ScriptedModelOptions["answers"];
  /** Input files, beside the pipeline. */
  readonly files?: Readonly<Record<string, string>>;
  /** Further steps. */
  readonly steps?: readonly StepComponent[];
}

/** A folder with a pipeline in it, and a model double. */
export interface Scenario {
  readonly folder: string;
  readonly model: ScriptedModel;
  /** Runs a pipeline file with this text, verifies what the run left, and has the effects of earlier runs. */
  readonly run: (
    pipeline: string,
    set?: readonly string[],
    options?: Pick<RunOptions, "signal" | "limit">,
  ) => Promise<RunSummary>;
}

/** Carries a scenario out in a folder of its own, which is removed afterwards. */
export async function inScenario(
  options: ScenarioOptions,
  check: (scenario: Scenario) => Promise<void>,
): Promise<void> {
  const model = scriptedModel({ answers: options.answers ?? (({ text }) => text.toUpperCase()) });
  const registry = new Registry([
    ...builtinProviders,
    ...builtinSteps,
    entryOf(model.component),
    ...(options.steps ?? []).map(entryOf),
  ]);
  await withFiles(options.files ?? {}, async (folder) => {
    const run: Scenario["run"] = async (text, set = [], options = {}) => {
      const file = join(folder, "pipeline.yaml");
      await Deno.writeTextFile(file, text);
      const pipeline = await loadPipeline({ file, set });
      const runsDir = join(folder, "runs");
      const summary = await runPipeline({ pipeline, registry, runsDir, ...options });
      assertEquals((await verifyRun(summary.run_dir)).problems, []);
      return summary;
    };
    await check({ folder, model, run });
  });
}

function entryOf(component: ScriptedModel["component"] | StepComponent): RegistryEntry {
  const { name, summary } = component.definition;
  return {
    kind: component.component,
    name,
    summary,
    origin: "test",
    load: () => Promise.resolve(component),
  };
}

/** A text of so many JSON lines: `{"n": 0, "text": "text 0"}` and so on. */
export function numberedLines(count: number): string {
  return Array.from({ length: count }, (_, n) => `${JSON.stringify({ n, text: `text ${n}` })}\n`).join("");
}

/** The lines of a file of JSON lines in a run's folder. */
// deno-lint-ignore no-explicit-any -- what a test looks into
export async function linesOf(summary: RunSummary, path: string): Promise<any[]> {
  return (await runText(summary, path)).split("\n").filter((line) => line !== "").map((line) =>
    JSON.parse(line)
  );
}

/** Runs the command line on the pipeline of a folder; `runs` is how many entries the folder of runs has then. */
export async function cli(
  folder: string,
  command: string,
  ...words: readonly string[]
): Promise<CliResult & { readonly runs: number }> {
  const runs = join(folder, "runs");
  const result = await runCli([command, join(folder, "pipeline.yaml"), "--runs-dir", runs, ...words], {
    folder,
  });
  const made = await Array.fromAsync(Deno.readDir(runs)).catch(() => []);
  return { ...result, runs: made.length };
}
