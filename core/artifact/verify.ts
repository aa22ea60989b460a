import { basename, dirname, join, resolve } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import { formatReport, type RunFile, type RunSummary } from "../report/mod.ts";
import { pathExists, readTextFile } from "../runtime/mod.ts";
import { Findings } from "./_findings.ts";
import { namesIn } from "./_staged_folder.ts";
import { verifyFolder } from "./_verify_folder.ts";
import { verifyGates } from "./_verify_gates.ts";
import { verifyLedger } from "./_verify_ledger.ts";
import { verifyLineage } from "./_verify_lineage.ts";
import { readQuality, type StatedQuality, verifyCost, verifyQuality } from "./_verify_reports.ts";
import { verifySignatures } from "./_signatures.ts";
import { verifyStage } from "./_verify_stage.ts";
import type { Manifest } from "./manifest.ts";
import { readRunJson, runDigest } from "./run_json.ts";
import { isAddress, isFileName, pathInRun, type RunLayout, runLayout } from "./run_layout.ts";
import type { EffectCheck, SignatureCheck, VerifyOptions, VerifyReport } from "./verify_report.ts";

/**
 * Recomputes all that a run states of itself: the digest of every file, every row's digest and the Merkle root of each
 * stage, its columns and figures, the ledger's account of each step, the sums of the reports, and, where the effect store
 * is given, what the effects of each step cost. One changed byte in any file of the run folder is found, and so is a file
 * that was added, removed or turned into a link. Needs no more memory than 8 bytes for each row of the ledger.
 *
 * @param runDir the run folder
 * @throws {FastDistillError} `data.run_not_found` when there is no such folder; what is wrong inside is not thrown
 */
export async function verifyRun(runDir: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const dir = resolve(runDir);
  if (!await pathExists(dir)) {
    throw new FastDistillError("data.run_not_found", `Cannot verify ${dir}: it does not exist`);
  }
  const layout = runLayout(dirname(dir), basename(dir));
  const findings = new Findings(dir);
  const summary = await findings.attempt("run.json", () => summaryOf(layout, findings));
  const quality = await readQuality(findings);
  const manifests = await verifyStages({ layout, findings, summary, quality });
  let unproven: readonly string[] = [];
  let effects: EffectCheck | undefined;
  let signatures: SignatureCheck | undefined;
  if (summary !== undefined) {
    await verifyFiles({ layout, findings, summary });
    signatures = await verifySignatures({
      layout,
      findings,
      runId: summary.run_id,
      digest: await runDigest(layout.dir),
      publicKey: options.publicKey,
    });
    unproven = await verifyFolder({ layout, findings, summary, manifests });
    effects = await verifyLineage({ layout, findings, summary, manifests, store: options.store });
    const ledger = await verifyLedger({ layout, findings, summary });
    if (quality !== undefined) verifyQuality(quality, { findings, summary, ledger });
    await verifyGates({ layout, findings, summary });
    await verifyCost({ findings, summary, ledger });
  }
  const { files, rows, ledgerLines, problems } = findings;
  return {
    run_dir: dir,
    run_id: summary?.run_id ?? null,
    ok: problems.length === 0,
    files,
    rows,
    ledger_lines: ledgerLines,
    ...(effects === undefined ? {} : { effects }),
    ...(signatures === undefined ? {} : { signatures }),
    unproven,
    problems,
  };
}

async function summaryOf(layout: RunLayout, findings: Findings): Promise<RunSummary> {
  const summary = await readRunJson(layout.dir);
  findings.files++;
  const text = await readTextFile(layout.runJson);
  // The digest is over the content; this is about the bytes.
  if (formatReport(JSON.parse(text)) !== text) {
    findings.add({ file: "run.json", problem: "the file is not formatted as it was written" });
  }
  return summary;
}

interface FileClaims {
  readonly layout: RunLayout;
  readonly findings: Findings;
  readonly summary: RunSummary;
}

async function verifyFiles({ findings, summary }: FileClaims): Promise<void> {
  // What is in an object store is not part of the folder.
  for (const { path, sha256 } of summary.files) {
    if (!isAddress(path)) await findings.checkFile(path, { sha256 });
  }
}

interface StagesClaims extends Omit<FileClaims, "summary"> {
  readonly summary: RunSummary | undefined;
  readonly quality: StatedQuality | undefined;
}

/** The manifests by the names of their folders, as far as they can be read. */
async function verifyStages(
  { layout, findings, summary, quality }: StagesClaims,
): Promise<ReadonlyMap<string, Manifest>> {
  const manifests = new Map<string, Manifest>();
  const listed = (summary?.files ?? []).filter(({ role }) => role === "stage");
  const stages = new Map<string, RunFile | undefined>(listed.map((file) => [file.name, file]));
  for (const name of await namesIn(layout.stagesDir)) {
    if (name.startsWith(".") || stages.has(name)) continue;
    stages.set(name, undefined);
    if (summary === undefined) continue;
    const file = pathInRun(layout, join(layout.stagesDir, name));
    findings.add({ file, problem: "run.json does not list this stage" });
  }
  for (const [stage, file] of stages) {
    if (!isFileName(stage)) {
      findings.add({ file: "run.json", problem: "a stage has a name that no folder can have", found: stage });
      continue;
    }
    const manifest = await verifyStage(stage, {
      layout,
      runId: summary?.run_id ?? layout.runId,
      findings,
      quality: quality?.stages[stage],
    });
    if (manifest !== undefined) manifests.set(stage, manifest);
    if (manifest === undefined || file?.rows === undefined) continue;
    const problem = "the number of rows differs from run.json";
    findings.compare({ file: file.path, problem, expected: file.rows, found: manifest.count });
  }
  return manifests;
}
