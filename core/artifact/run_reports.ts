import { join } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import { isJsonObject, type JsonObject, sha256 } from "../record/mod.ts";
import type { CostReport, QualityReport, RunSummary, TimingReport } from "../report/mod.ts";
import { readTextFile } from "../runtime/mod.ts";
import { readRunJson } from "./run_json.ts";

/** Everything that a run measured of itself. */
export interface RunReports {
  /** What `run.json` holds. */
  readonly run: RunSummary;
  /** What `reports/quality.json` holds. */
  readonly quality: QualityReport;
  /** What `reports/timing.json` holds. */
  readonly timing: TimingReport;
  /** What `reports/cost.json` holds. */
  readonly cost: CostReport;
}

/**
 * Reads the figures of a run from its files, each held against the digest that `run.json` states of it.
 *
 * @param runDir the run folder
 * @throws {FastDistillError} `data.file_not_found`, as in a run that did not end; `data.digest_mismatch` for a file that
 * was changed; `data.invalid_manifest`
 */
export async function readRunReports(runDir: string): Promise<RunReports> {
  const run = await readRunJson(runDir);
  const [quality, timing, cost] = await Promise.all(
    (["quality", "timing", "cost"] as const).map((name) => readReport(run, name)),
  );
  // What the digests prove was written by a run is in the form that runs write.
  return { run, quality, timing, cost } as unknown as RunReports;
}

async function readReport(run: RunSummary, name: "quality" | "timing" | "cost"): Promise<JsonObject> {
  const listed = run.files.find((file) => file.role === "report" && file.name === name);
  if (listed === undefined) {
    throw new FastDistillError(
      "data.invalid_manifest",
      `Cannot report on ${run.run_id}: it has no ${name}.json`,
    );
  }
  const path = join(run.run_dir, listed.path);
  const text = await readTextFile(path);
  if (sha256(text) !== listed.sha256) {
    throw new FastDistillError("data.digest_mismatch", `${path} is not as the run left it`, {
      hint: `See fastdistill verify ${run.run_id}`,
    });
  }
  const value: unknown = JSON.parse(text);
  if (isJsonObject(value) && value.schema === `fastdistill.${name}/1`) return value;
  throw new FastDistillError("data.invalid_manifest", `Cannot read ${path}: it is no report of this release`);
}
