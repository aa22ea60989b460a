import type { GateConfig, MetricConfig } from "../config/mod.ts";
import { didYouMean, FastDistillError } from "../errors/mod.ts";
import type { Locate } from "../graph/mod.ts";
import type { Columns, ColumnType } from "../record/mod.ts";
import { COLUMN_FIGURES, columnFigureOf, measureOf } from "./measure.ts";

/** What gates and metrics are held against. */
export interface GateFrame {
  /** Columns by stage, as far as they are known. */
  readonly stages: ReadonlyMap<string, Columns>;
  /** Metrics that rest on several columns, by name. */
  readonly metrics: Readonly<Record<string, MetricConfig>>;
  readonly locate: Locate;
}

/**
 * What is wrong with metrics that rest on several columns: stages and columns that are not there, columns of a type that
 * the kind cannot use, names that a column's figure has already.
 */
export function metricProblems({ stages, metrics, locate }: GateFrame): readonly FastDistillError[] {
  return Object.entries(metrics).flatMap(([name, { stage, kind, columns, weights, level, order }]) => {
    const known = stages.get(stage);
    const path = ["metrics", name];
    if (known === undefined) {
      const message = `Metric "${name}" is on the stage "${stage}", and no step writes it${
        didYouMean(stage, stages.keys())
      }`;
      return [new FastDistillError("graph.unknown_stage", message, { location: locate([...path, "stage"]) })];
    }
    const problems = columns.flatMap((column, index) => {
      const where = { locate, path: [...path, "columns", index] };
      return columnProblem(column, { known, stage, what: `Metric "${name}"`, types: typesOf(kind) }, where);
    });
    if (columnMetrics(known).includes(name)) {
      const message = `Metric "${name}" has the name of a figure that the stage "${stage}" has anyway`;
      problems.push(
        new FastDistillError("config.invalid_value", message, { location: locate(path), hint: "Rename it" }),
      );
    }
    const isRanked = (weights ?? "none") !== "none" || (level ?? "nominal") !== "nominal";
    const text = columns.find((column) => known[column] === "string");
    if (isRanked && text !== undefined && (order === undefined || level === "interval")) {
      const message = `Metric "${name}" needs categories in an order, and the column "${text}" holds text`;
      const hint = level === "interval" ? "Use level: ordinal with order" : "State the categories with order";
      problems.push(new FastDistillError("gate.unsupported", message, { location: locate(path), hint }));
    }
    return problems;
  });
}

function typesOf(kind: MetricConfig["kind"]): readonly ColumnType[] | undefined {
  return kind === "pearson" || kind === "spearman" || kind === "kendall" ? ["number", "boolean"] : undefined;
}

/** What is wrong with gates: metrics and columns that their stages cannot have, and what cannot be asked of a metric. */
export function gateProblems(gates: readonly GateConfig[], frame: GateFrame): readonly FastDistillError[] {
  return gates.flatMap((gate, index) => {
    const known = frame.stages.get(gate.stage);
    if (known === undefined) {
      const message = `Gate ${index} is on the stage "${gate.stage}", and no step writes it${
        didYouMean(gate.stage, frame.stages.keys())
      }`;
      const location = frame.locate(["gates", index, "stage"]);
      return [new FastDistillError("graph.unknown_stage", message, { location })];
    }
    const place = { index, known, frame };
    return [...unknownMetric(gate, place), ...unsupported(gate, place), ...unknownColumns(gate, place)];
  });
}

interface GatePlace {
  readonly index: number;
  /** Columns of the stage. */
  readonly known: Columns;
  readonly frame: GateFrame;
}

function unknownMetric(
  { stage, metric }: GateConfig,
  { index, known, frame }: GatePlace,
): readonly FastDistillError[] {
  const named = Object.entries(frame.metrics).flatMap(([name, one]) => one.stage === stage ? [name] : []);
  const possible = ["count", ...columnMetrics(known), ...named];
  const found = columnFigureOf(metric);
  const type = found !== undefined && Object.hasOwn(known, found.column) ? known[found.column] : undefined;
  const isQuantile = found?.figure.startsWith("p") === true && (type === "number" || type === "any");
  if (isQuantile || possible.includes(metric)) return [];
  const message = `Gate ${index} asks for "${metric}" of the stage "${stage}", which has no such metric${
    didYouMean(metric, possible)
  }`;
  const hint = `Known: ${possible.join(", ")}`;
  const location = frame.locate(["gates", index, "metric"]);
  return [
    new FastDistillError("gate.unknown_metric", message, { hint, location, context: { stage, metric } }),
  ];
}

/** The metrics that follow from single columns, quantiles apart; a column of no known type may be of any. */
function columnMetrics(columns: Columns): readonly string[] {
  return Object.entries(columns).flatMap(([name, type]) =>
    COLUMN_FIGURES.flatMap(([figure, wanted]) =>
      type === wanted || type === "any" ? [`${name}_${figure}`] : []
    )
  );
}

function unsupported(
  { metric, confidence, no_worse_than }: GateConfig,
  { index, frame }: GatePlace,
): readonly FastDistillError[] {
  const measure = measureOf(metric, frame.metrics);
  if (measure === undefined) return [];
  const refuse = (key: string, message: string, hint: string) =>
    new FastDistillError("gate.unsupported", message, {
      hint,
      location: frame.locate(["gates", index, key]),
    });
  return [
    ...(confidence === undefined || measure.hasInterval ? [] : [refuse(
      "confidence",
      `Gate ${index} has a confidence, and "${metric}" has no interval`,
      "Leave confidence out; rates, means, quantiles and figures of agreement have one",
    )]),
    ...(no_worse_than === undefined || measure.nature === "share" || measure.nature === "mean" ? [] : [refuse(
      "no_worse_than",
      `Gate ${index} has no_worse_than, and there is no test for "${metric}"`,
      "Rates, means, agreement and swap_consistency can be compared with another run",
    )]),
  ];
}

function unknownColumns(
  { stage, by, no_worse_than }: GateConfig,
  { index, known, frame: { locate } }: GatePlace,
): readonly FastDistillError[] {
  const claim = { known, stage, what: `Gate ${index}`, types: undefined };
  const pairs = no_worse_than?.pair_by ?? [];
  return [
    ...(by === undefined ? [] : columnProblem(by, claim, { locate, path: ["gates", index, "by"] })),
    ...pairs.flatMap((column, at) =>
      columnProblem(column, claim, { locate, path: ["gates", index, "no_worse_than", "pair_by", at] })
    ),
  ];
}

interface ColumnClaim {
  readonly known: Columns;
  readonly stage: string;
  readonly what: string;
  readonly types: readonly ColumnType[] | undefined;
}

function columnProblem(
  column: string,
  { known, stage, what, types }: ColumnClaim,
  { locate, path }: { readonly locate: Locate; readonly path: readonly (string | number)[] },
): FastDistillError[] {
  const found = Object.hasOwn(known, column) ? known[column] : undefined;
  const location = locate(path);
  if (found === undefined) {
    const message = `${what} names the column "${column}", which the stage "${stage}" does not have${
      didYouMean(column, Object.keys(known))
    }`;
    return [new FastDistillError("graph.missing_column", message, { location })];
  }
  if (types === undefined || found === "any" || types.includes(found)) return [];
  const message = `${what} reads the column "${column}" as ${types.join(" or ")}, found ${found}`;
  return [new FastDistillError("graph.column_type", message, { location })];
}
