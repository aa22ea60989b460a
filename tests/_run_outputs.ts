import type { Manifest, QualityReport, Row, RunSummary } from "@fastdistill/core";
import { join } from "node:path";

/** The text of a file of a run, by its path in the run's folder. */
export async function runText({ run_dir }: RunSummary, path: string): Promise<string> {
  return await Deno.readTextFile(join(run_dir, path));
}

/** What `reports/quality.json` of a run holds. */
export async function qualityOf(summary: RunSummary): Promise<QualityReport> {
  return JSON.parse(await runText(summary, "reports/quality.json"));
}

/** All rows of a stage, in order. */
export async function stageRows(summary: RunSummary, stage: string): Promise<readonly Row[]> {
  const { parts }: Manifest = JSON.parse(await runText(summary, `stages/${stage}/manifest.json`));
  const texts = await Promise.all(parts.map(({ path }) => runText(summary, `stages/${stage}/${path}`)));
  return texts.join("").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}
