import { readRunJson } from "../artifact/mod.ts";
import { effectDifferences } from "../effects/mod.ts";
import { didYouMean, FastDistillError } from "../errors/mod.ts";
import type { Json, JsonObject } from "../record/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { diffStage, type StageDifference } from "./_diff_stage.ts";
import { readPipelineOfRun } from "./_pipeline_of_run.ts";
import { manifestOf, stageNames } from "./_stage_rows.ts";

/** What of two runs is compared, and how. */
export interface DiffOptions {
  /** Rows of this stage only. @default {all stages} */
  readonly stage?: string | undefined;
  /** Column by which rows are matched, `row_id`, or `row` for whole rows. @default {sample_id, else row_id} */
  readonly by?: string | undefined;
  /** How many rows of each kind are shown. @default {3} */
  readonly samples?: number | undefined;
  /** Rows of one side that are in memory at a time. @default {250000} */
  readonly rowsAtOnce?: number;
}

/** A value that differs between two runs. */
export interface ValueDifference {
  /** What it is, such as `steps.teach.with.n` or `judged exec_pass_rate`. */
  readonly path: string;
  /** In the first run; absent where it has none. */
  readonly a?: Json;
  /** In the second run. */
  readonly b?: Json;
}

/** In what two runs differ. */
export interface RunDifference {
  /** Id of the first run. */
  readonly a: string;
  /** Id of the second run. */
  readonly b: string;
  /** Whether configuration, inputs, rows, metrics and gates are the same. What was spent and how long it took is not asked. */
  readonly same: boolean;
  /** Keys of the pipeline. */
  readonly config: readonly ValueDifference[];
  /** Input files, by their SHA-256. */
  readonly inputs: readonly ValueDifference[];
  /** Stages of either run, or the one that was asked for. */
  readonly stages: readonly StageDifference[];
  /** Figures of stages. */
  readonly metrics: readonly ValueDifference[];
  /** What gates said. */
  readonly gates: readonly ValueDifference[];
  /** Ends of rows: read, kept, rejected and failed by reason. */
  readonly rows: readonly ValueDifference[];
  /** Cost, calls, tokens. */
  readonly cost: readonly ValueDifference[];
}

/**
 * Says in what two runs differ: keys of the pipeline, inputs, rows of each stage, metrics, gates, ends of rows, cost.
 * Rows are streamed; memory is bounded by `rowsAtOnce`.
 *
 * @param runDirs the two run folders
 * @throws {FastDistillError} `data.*` for what cannot be read, `config.usage` for a stage or column that is not there
 */
export async function diffRuns(
  runDirs: readonly [string, string],
  options: DiffOptions = {},
): Promise<RunDifference> {
  const [a, b] = await Promise.all([readRunJson(runDirs[0]), readRunJson(runDirs[1])]);
  const [before, after] = await Promise.all([readPipelineOfRun(a.run_dir), readPipelineOfRun(b.run_dir)]);
  const config = valueDifferences(before, after);
  const inputs = valueDifferences(inputsOf(a), inputsOf(b));
  const stages: StageDifference[] = [];
  for (const stage of stagesOf(a, b, options.stage)) {
    const [left, right] = [await manifestOf(a, stage), await manifestOf(b, stage)];
    const { by, samples = 3, rowsAtOnce } = options;
    const how = { stage, by, samples, ...(rowsAtOnce === undefined ? {} : { rowsAtOnce }) };
    stages.push(await diffStage({ summary: a, manifest: left }, { summary: b, manifest: right }, how));
  }
  const metrics = valueDifferences(metricsOf(a), metricsOf(b));
  const gates = valueDifferences(gatesOf(a), gatesOf(b));
  const isSame = [config, inputs, metrics, gates].every(({ length }) => length === 0) &&
    stages.every(({ identical }) => identical);
  return {
    a: a.run_id,
    b: b.run_id,
    same: isSame,
    config,
    inputs,
    stages,
    metrics,
    gates,
    rows: valueDifferences(rowsOf(a), rowsOf(b)),
    cost: valueDifferences(costOf(a), costOf(b)),
  };
}

function valueDifferences(a: JsonObject, b: JsonObject): readonly ValueDifference[] {
  return effectDifferences(a, b).map(({ path, wanted, found }) => ({
    path,
    ...(wanted === undefined ? {} : { a: wanted }),
    ...(found === undefined ? {} : { b: found }),
  }));
}

function stagesOf(a: RunSummary, b: RunSummary, wanted: string | undefined): readonly string[] {
  const all = [...new Set([...stageNames(a), ...stageNames(b)])];
  if (wanted === undefined) return all;
  if (all.includes(wanted)) return [wanted];
  throw new FastDistillError(
    "config.usage",
    `Neither run has a stage "${wanted}"${didYouMean(wanted, all)}`,
    {
      hint: `Stages: ${all.join(", ")}`,
    },
  );
}

function inputsOf({ origin }: RunSummary): JsonObject {
  return Object.fromEntries((origin?.inputs ?? []).map(({ name, sha256 }) => [name, sha256]));
}

function metricsOf({ stages }: RunSummary): JsonObject {
  return Object.fromEntries(stages.map(({ stage, metrics }) => [stage, { ...metrics }]));
}

function gatesOf({ gates }: RunSummary): JsonObject {
  return Object.fromEntries(
    gates.map(({ stage, metric, value, passed }) => [`${stage} ${metric}`, { value, passed }]),
  );
}

function rowsOf({ rows, status, partial }: RunSummary): JsonObject {
  return JSON.parse(JSON.stringify({ status, partial, ...rows }));
}

function costOf({ cost_usd, cost_per_kept_usd, spent_usd, calls, usage }: RunSummary): JsonObject {
  return JSON.parse(JSON.stringify({ cost_usd, cost_per_kept_usd, spent_usd, calls, usage }));
}
