import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { type LoadedPipeline, loadPipeline } from "../config/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { type Locate, throwAll } from "../graph/mod.ts";
import {
  gateProblems,
  type GateVerdict,
  judgeGates,
  metricProblems,
  type RunSummary,
} from "../report/mod.ts";
import type { Columns } from "../record/mod.ts";
import { readEnv as readProcessEnv, readTextFile } from "../runtime/mod.ts";
import { type MeasuredStage, measureStage } from "./_measure_stage.ts";
import { type BaselineSearch, findBaselines, measureBaselines } from "./gate_baselines.ts";
import { readRunJson } from "./run_json.ts";
import { type RunLayout, runLayout } from "./run_layout.ts";

/** What {@linkcode checkRunGates} may be told. */
export interface GateCheckOptions {
  /** Whose gates and metrics are judged. @default {the pipeline of the run, as its `pipeline.yaml` states it} */
  readonly pipeline?: LoadedPipeline;
  /** Overrides of the run's own pipeline, each `path.to.key=value`, such as `gates.0.min=0.9`. @default {none} */
  readonly set?: readonly string[];
  /** Folder in which `no_worse_than` looks for runs. @default {the folder of the run folder} */
  readonly runsDir?: string;
  /** An environment variable, for `${env:NAME}`. @default {those of the process} */
  readonly readEnv?: (name: string) => string | undefined;
}

/** What the gates of a run say. */
export interface GateReport {
  /** Id of the run. */
  readonly run_id: string;
  /** Name of the pipeline. */
  readonly name: string;
  /** Absolute path of the run folder. */
  readonly run_dir: string;
  /** Whether every gate held, those apart that only warn. */
  readonly passed: boolean;
  /** In the order of the pipeline. */
  readonly gates: readonly GateVerdict[];
}

/**
 * Judges the gates of a run from its files alone, anew: from the rows of its stages, whose digests are checked, and the
 * pipeline that it keeps. Nothing is written and nothing is called. Other gates, or other thresholds, can be tried on a run
 * that is there.
 *
 * @param runDir the run folder
 * @throws {FastDistillError} `run.incomplete` for a run that was cut short; `gate.*`, `graph.*`, `config.*` for gates that
 * make no sense; `data.*` for files that are missing, damaged or changed
 */
export async function checkRunGates(runDir: string, options: GateCheckOptions = {}): Promise<GateReport> {
  const dir = resolve(runDir);
  const summary = await readRunJson(dir);
  if (summary.partial || summary.status === "interrupted") {
    throw new FastDistillError(
      "run.incomplete",
      `Cannot judge the gates of ${summary.run_id}: it holds a part of its rows, and gates are about all of them`,
    );
  }
  const layout = runLayout(dirname(dir), basename(dir));
  const pipeline = options.pipeline ?? await pipelineOf(layout.pipelineYaml, options);
  const locate: Locate = (path) => pipeline.locate(path)?.location;
  const gates = await judgeRun(summary, { pipeline, locate, runsDir: options.runsDir ?? dirname(dir) });
  return {
    run_id: summary.run_id,
    name: summary.name,
    run_dir: dir,
    passed: gates.every(({ passed, severity }) => passed || severity === "warn"),
    gates,
  };
}

/** The pipeline as the run keeps it. What it took from the environment is of no matter to gates, and may be missing. */
export async function pipelineOf(
  file: string,
  { set = [], readEnv = readProcessEnv }: Pick<GateCheckOptions, "set" | "readEnv"> = {},
): Promise<LoadedPipeline> {
  return await loadPipeline({ file, set, readEnv: (name) => readEnv(name) ?? name });
}

/** What the gates of a run are judged with. */
export interface RunJudging {
  readonly pipeline: LoadedPipeline;
  readonly locate: Locate;
  readonly runsDir: string;
  /** Finds the runs to compare with. @default {those that the gates name} */
  readonly findBaselines?: typeof findBaselines;
}

/** Judges gates by the rows of a run's stages. */
export async function judgeRun(
  { run_id, run_dir, stages, started_at }: Pick<RunSummary, "run_id" | "run_dir" | "stages" | "started_at">,
  { pipeline, locate, runsDir, findBaselines: find = findBaselines }: RunJudging,
): Promise<readonly GateVerdict[]> {
  const { gates, metrics = {}, seed } = pipeline.config;
  const layout = runLayout(dirname(run_dir), basename(run_dir));
  const columns = await statedColumns(layout, stages.map(({ stage }) => stage));
  const frame = { stages: columns, metrics, locate };
  throwAll([...metricProblems(frame), ...gateProblems(gates, frame)]);
  const search: BaselineSearch = { runsDir, runId: run_id, startedAt: started_at, gates, metrics, locate };
  const found = await find(search);
  const measured = new Map<string, MeasuredStage>();
  for (const stage of new Set(gates.map(({ stage }) => stage))) {
    const options = { layout, gates, metrics, columns: columns.get(stage)! };
    measured.set(stage, await measureStage(stage, options));
  }
  return judgeGates(gates, {
    stages: new Map([...measured].map(([stage, { quality }]) => [stage, quality])),
    measures: new Map([...measured].map(([stage, { measures }]) => [stage, measures])),
    baselines: await measureBaselines({ ...search, found }),
    seed,
  });
}

/** The columns that the quality report states of each stage, also of those that have no rows. */
async function statedColumns(
  layout: RunLayout,
  stages: readonly string[],
): Promise<ReadonlyMap<string, Columns>> {
  const path = join(layout.reportsDir, "quality.json");
  const { data, error } = columnsSchema.safeParse(parsed(path, await readTextFile(path)));
  if (data === undefined) {
    const { path: at, message } = error.issues[0]!;
    throw new FastDistillError("data.invalid_manifest", `Cannot read ${path}: ${message} at ${at.join(".")}`);
  }
  return new Map(stages.map((stage) => {
    const columns = Object.entries(data.stages[stage]?.columns ?? {});
    return [stage, Object.fromEntries(columns.map(([name, { type }]) => [name, type]))];
  }));
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FastDistillError("data.invalid_manifest", `Cannot read ${path}: it is not JSON`, { cause });
  }
}

const columnsSchema = z.looseObject({
  stages: z.record(
    z.string(),
    z.looseObject({
      columns: z.record(
        z.string(),
        z.looseObject({ type: z.enum(["string", "number", "boolean", "array", "object", "any"]) }),
      ),
    }),
  ),
});
