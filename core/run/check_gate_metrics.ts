import type { PipelineConfig } from "../config/mod.ts";
import { type Locate, throwAll } from "../graph/mod.ts";
import { gateProblems, metricProblems } from "../report/gate_problems.ts";
import type { PlannedStep } from "./plan.ts";

/**
 * Checks that each gate asks for a metric that its stage can have, going by the columns that reach it, and that the
 * metric can give what the gate wants of it. A column of a type that is not known may turn out to be of any.
 *
 * @throws {FastDistillError} `gate.unknown_metric`, `gate.unsupported`, `graph.missing_column`, `graph.column_type`,
 * `graph.unknown_stage`, all of them at once
 */
export function checkGateMetrics(
  { gates, metrics = {} }: Pick<PipelineConfig, "gates" | "metrics">,
  steps: ReadonlyMap<string, PlannedStep>,
  locate: Locate,
): void {
  const stages = new Map(
    [...steps.values()].flatMap(({ config: { stage }, columns }) =>
      stage === undefined ? [] : [[stage, columns.after]]
    ),
  );
  const frame = { stages, metrics, locate };
  throwAll([...metricProblems(frame), ...gateProblems(gates, frame)]);
}
