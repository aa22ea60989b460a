import { join } from "node:path";
import type { GateConfig, MetricConfig } from "../config/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import type { Columns } from "../record/mod.ts";
import { QualityAggregator, StageMeasures, type StageQuality } from "../report/mod.ts";
import { fingerprintFile } from "../runtime/mod.ts";
import { objectLines } from "./_json_lines.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import type { RunLayout } from "./run_layout.ts";

/** What a stage is measured for. */
export interface MeasureStageOptions {
  readonly layout: RunLayout;
  readonly gates: readonly GateConfig[];
  readonly metrics: Readonly<Record<string, MetricConfig>>;
  /** Columns that the rows are known to have. @default {those of the manifest} */
  readonly columns?: Columns;
}

/** What the rows of a stage come to. */
export interface MeasuredStage {
  readonly manifest: Manifest;
  readonly quality: StageQuality;
  readonly measures: StageMeasures;
}

/**
 * Reads the rows of a stage, as its manifest lists them, and measures them.
 * @throws {FastDistillError} `data.file_not_found`, `data.invalid_manifest`, `data.digest_mismatch`, `data.malformed`
 */
export async function measureStage(
  stage: string,
  { layout, gates, metrics, columns }: MeasureStageOptions,
): Promise<MeasuredStage> {
  const manifest = await readManifest(layout.stageManifest(stage));
  const own = metricsOf(stage, metrics);
  const quality = new QualityAggregator({ columns: columns ?? manifest.columns, metrics: own });
  const measures = new StageMeasures({ stage, gates, metrics });
  for (const part of manifest.parts) {
    const path = join(layout.stageDir(stage), part.path);
    const { sha256 } = await fingerprintFile(path);
    if (sha256 !== part.sha256) {
      const message =
        `Cannot judge gates by ${path}: its manifest states the digest ${part.sha256}, found ${sha256}`;
      throw new FastDistillError("data.digest_mismatch", message);
    }
    for await (const { value } of objectLines(path, refuse(path))) {
      quality.add(value);
      measures.add(value);
    }
  }
  return { manifest, quality: quality.report(), measures };
}

/** The metrics of one stage that rest on several columns. */
export function metricsOf(
  stage: string,
  metrics: Readonly<Record<string, MetricConfig>>,
): Readonly<Record<string, MetricConfig>> {
  return Object.fromEntries(Object.entries(metrics).filter(([, metric]) => metric.stage === stage));
}

function refuse(path: string): (line: number) => void {
  return (line) => {
    throw new FastDistillError("data.malformed", `Line ${line} of ${path} is not a JSON object`);
  };
}
