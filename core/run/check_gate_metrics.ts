import type { GateConfig } from "../config/mod.ts";
import { didYouMean, FastDistillError } from "../errors/mod.ts";
import { type Locate, throwAll } from "../graph/mod.ts";
import type { Columns } from "../record/mod.ts";
import type { PlannedStep } from "./plan.ts";

/**
 * Checks that each gate asks for a metric that its stage can have, going by the columns that reach it. A column of a
 * type that is not known may turn out to be of any.
 *
 * @throws {FastDistillError} `gate.unknown_metric`, all of them at once
 */
export function checkGateMetrics(
  gates: readonly GateConfig[],
  steps: ReadonlyMap<string, PlannedStep>,
  locate: Locate,
): void {
  const stages = new Map([...steps.values()].map((step) => [step.config.stage, step.columns.after]));
  throwAll(gates.flatMap(({ stage, metric }, index) => {
    const possible = possibleMetrics(stages.get(stage) ?? {});
    if (possible.includes(metric)) return [];
    const message = `Gate ${index} asks for "${metric}" of the stage "${stage}", which has no such metric${
      didYouMean(metric, possible)
    }`;
    const hint = `Known: ${possible.join(", ")}`;
    const location = locate(["gates", index, "metric"]);
    return [
      new FastDistillError("gate.unknown_metric", message, { hint, location, context: { stage, metric } }),
    ];
  }));
}

function possibleMetrics(columns: Columns): readonly string[] {
  const figures = Object.entries(columns).flatMap(([name, type]) => [
    ...(type === "boolean" || type === "any" ? [`${name}_rate`] : []),
    ...(type === "number" || type === "any" ? [`${name}_mean`, `${name}_min`, `${name}_max`] : []),
  ]);
  return ["count", ...figures];
}
