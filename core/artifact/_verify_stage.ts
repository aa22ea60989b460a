import { join } from "node:path";
import { canonicalJson, HASH_POLICY } from "../record/mod.ts";
import { formatReport, QualityAggregator, type StageQuality } from "../report/mod.ts";
import { readTextFile } from "../runtime/mod.ts";
import type { Findings } from "./_findings.ts";
import { objectLines } from "./_json_lines.ts";
import { StageDigest } from "./_stage_digest.ts";
import { formatManifest, type Manifest, type ManifestPart, readManifest } from "./manifest.ts";
import { pathInRun, type RunLayout } from "./run_layout.ts";

/** What a stage is held against. */
export interface StageClaims {
  readonly layout: RunLayout;
  readonly runId: string;
  readonly findings: Findings;
  /** What the quality report says of it. */
  readonly quality: StageQuality | undefined;
}

/** Recomputes everything that the manifest and the quality report say of a stage; gives back the manifest. */
export async function verifyStage(stage: string, claims: StageClaims): Promise<Manifest | undefined> {
  const { layout, runId, findings } = claims;
  const file = pathInRun(layout, layout.stageManifest(stage));
  const manifest = await findings.attempt(file, () => manifestOf(file, findings));
  if (manifest === undefined) return undefined;
  findings.compare({ file, problem: "the stage's name differs", expected: stage, found: manifest.stage });
  findings.compare({ file, problem: "the run id differs", expected: runId, found: manifest.run_id });
  if (manifest.hash_policy !== HASH_POLICY) {
    findings.add({
      file,
      problem: "the hashing policy is not known",
      expected: HASH_POLICY,
      found: manifest.hash_policy,
    });
    return manifest;
  }
  await checkRows(manifest, { ...claims, file, folder: layout.stageDir(stage) });
  return manifest;
}

async function manifestOf(file: string, findings: Findings): Promise<Manifest> {
  const path = join(findings.dir, file);
  const manifest = await readManifest(path);
  const isAsWritten = await readTextFile(path) === formatManifest(manifest);
  if (!isAsWritten) findings.add({ file, problem: "the manifest is not canonical JSON" });
  return manifest;
}

interface RowClaims extends StageClaims {
  /** The manifest. */
  readonly file: string;
  readonly folder: string;
}

async function checkRows(manifest: Manifest, claims: RowClaims): Promise<void> {
  const { findings, file, quality: stated } = claims;
  const digest = new StageDigest();
  const quality = new QualityAggregator({
    groupBy: Object.keys(stated?.groups ?? {}),
    metrics: stated?.definitions ?? {},
    columns: Object.fromEntries(
      Object.entries(stated?.columns ?? {}).map(([name, { type }]) => [name, type]),
    ),
  });
  for (const part of manifest.parts) await checkPart(part, { ...claims, digest, aggregate: quality });
  const { columns, ...facts } = digest.facts();
  for (const [name, found] of Object.entries(facts)) {
    const expected = manifest[name as keyof typeof facts];
    findings.compare({ file, problem: `the ${name} differs from the rows`, expected, found });
  }
  findings.compare({
    file,
    problem: "the columns differ from the rows",
    expected: canonicalJson(manifest.columns),
    found: canonicalJson(columns),
  });
  if (stated !== undefined) compareQuality(manifest.stage, { stated, found: quality.report(), findings });
}

interface PartClaims extends RowClaims {
  readonly digest: StageDigest;
  readonly aggregate: QualityAggregator;
}

async function checkPart(part: ManifestPart, claims: PartClaims): Promise<void> {
  const { layout, findings, folder, digest, aggregate } = claims;
  const path = join(folder, part.path);
  const file = pathInRun(layout, path);
  if (!await findings.checkFile(file, part)) return;
  let rows = 0;
  await findings.attempt(file, async () => {
    for await (const { line, number, value } of objectLines(path, findings.malformed(file))) {
      rows++;
      aggregate.add(value);
      if (digest.add(value) !== line) findings.add({ file, problem: `line ${number} is not canonical JSON` });
    }
  });
  findings.rows += rows;
  findings.compare({ file, problem: "the number of rows differs", expected: part.rows, found: rows });
}

interface QualityClaim {
  readonly stated: StageQuality;
  readonly found: StageQuality;
  readonly findings: Findings;
}

function compareQuality(stage: string, { stated, found, findings }: QualityClaim): void {
  const file = "reports/quality.json";
  if (formatReport(stated) === formatReport(found)) return;
  const before = findings.problems.length;
  for (const metric of new Set([...Object.keys(stated.metrics), ...Object.keys(found.metrics)])) {
    findings.compare({
      file,
      problem: `${metric} of stage ${stage} differs from its rows`,
      expected: stated.metrics[metric] ?? null,
      found: found.metrics[metric] ?? null,
    });
  }
  if (findings.problems.length === before) {
    findings.add({ file, problem: `the columns or groups of stage ${stage} differ from its rows` });
  }
}
