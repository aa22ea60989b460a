import type { GateConfig } from "../config/mod.ts";
import { didYouMean, FastDistillError } from "../errors/mod.ts";
import type { GateVerdict } from "./run_summary.ts";
import type { StageQuality } from "./stage_quality.ts";

const DIGITS_MIN = 4;
const DIGITS_MAX = 17;
const FIGURE = /^(.+)_(?:rate|mean|min|max)$/;

/**
 * Holds the figures of stages against gates.
 *
 * A gate whose metric has no value does not hold, and neither does one whose stage has fewer rows than `min_total`: a
 * claim about nothing is not a claim that was met. In a stage without rows every metric counts as known.
 *
 * @throws {FastDistillError} `graph.unknown_stage`; `gate.unknown_metric`, with the nearest name
 *
 * @example
 * ```ts
 * import { checkGates, QualityAggregator } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const quality = new QualityAggregator();
 * quality.add({ exec_pass: true });
 * quality.add({ exec_pass: false });
 * const gate = { stage: "distilled", metric: "exec_pass_rate", min: 0.95, severity: "fail" } as const;
 * const [verdict] = checkGates([gate], new Map([["distilled", quality.report()]]));
 * assertEquals(verdict?.message, "Gate failed: exec_pass_rate of stage distilled is 0.5, below min 0.95");
 * ```
 */
export function checkGates(
  gates: readonly GateConfig[],
  stages: ReadonlyMap<string, StageQuality>,
): readonly GateVerdict[] {
  return gates.map((gate) => verdictOf(gate, stageOf(gate, stages)));
}

function stageOf(gate: GateConfig, stages: ReadonlyMap<string, StageQuality>): StageQuality {
  const quality = stages.get(gate.stage);
  if (quality !== undefined) return quality;
  throw new FastDistillError(
    "graph.unknown_stage",
    `A gate on ${gate.metric} names the stage "${gate.stage}", and no step writes it${
      didYouMean(gate.stage, stages.keys())
    }`,
    { context: { stage: gate.stage, metric: gate.metric } },
  );
}

function verdictOf(gate: GateConfig, quality: StageQuality): GateVerdict {
  const { stage, metric, severity } = gate;
  const value = valueOf(gate, quality);
  const { passed, finding } = judge(gate, value, quality.count);
  const opening = passed ? "Gate held" : severity === "warn" ? "Gate warning" : "Gate failed";
  return {
    stage,
    metric,
    value,
    passed,
    severity,
    message: `${opening}: ${metric} of stage ${stage} ${finding}`,
  };
}

function valueOf({ stage, metric }: GateConfig, { count, metrics, columns }: StageQuality): number | null {
  const value = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  if (value !== undefined) return value;
  const column = FIGURE.exec(metric)?.[1];
  const isAllNull = column !== undefined && Object.hasOwn(columns, column) && columns[column]!.null === count;
  if (count === 0 || isAllNull) return null;
  throw new FastDistillError(
    "gate.unknown_metric",
    `Stage "${stage}" has no metric "${metric}"${didYouMean(metric, Object.keys(metrics))}`,
    { hint: `Known: ${Object.keys(metrics).sort().join(", ")}`, context: { stage, metric } },
  );
}

interface Finding {
  readonly passed: boolean;
  readonly finding: string;
}

function judge({ min, max, min_total }: GateConfig, value: number | null, count: number): Finding {
  if (min_total !== undefined && count < min_total) {
    return { passed: false, finding: `rests on ${count} rows, fewer than min_total ${min_total}` };
  }
  if (value === null) return { passed: false, finding: `has no value: none of ${count} rows gives one` };
  const limits = [min, max].filter((limit) => limit !== undefined);
  const is = `is ${formatFigure(value, limits)}`;
  if (min !== undefined && value < min) return { passed: false, finding: `${is}, below min ${min}` };
  if (max !== undefined && value > max) return { passed: false, finding: `${is}, above max ${max}` };
  const bounds = [
    ...(min === undefined ? [] : [`at least min ${min}`]),
    ...(max === undefined ? [] : [`at most max ${max}`]),
  ];
  return { passed: true, finding: [is, bounds.join(" and ")].filter((part) => part !== "").join(", ") };
}

/** As few digits as tell the value from each limit: 0.99899999 against a limit of 0.999 is not shown as 0.999. */
function formatFigure(value: number, limits: readonly number[]): string {
  if (Number.isInteger(value)) return String(value);
  for (let digits = DIGITS_MIN; digits < DIGITS_MAX; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (limits.every((limit) => Math.sign(rounded - limit) === Math.sign(value - limit))) {
      return String(rounded);
    }
  }
  return String(value);
}
