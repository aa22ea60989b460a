import { join } from "node:path";
import { formatReport, type RunFile } from "../report/mod.ts";
import { createFile } from "../runtime/mod.ts";
import { type Manifest, manifestDigest } from "./manifest.ts";
import { pathInRun, type RunLayout } from "./run_layout.ts";

/** A report to be written. */
export interface NamedReport {
  /** File name without ending. */
  readonly name: "quality" | "timing" | "cost";
  readonly report: unknown;
}

/** Writes `reports/<name>.json`. @throws {FastDistillError} `data.write_failed`, `data.not_canonical` */
export async function writeReport(layout: RunLayout, { name, report }: NamedReport): Promise<RunFile> {
  const path = join(layout.reportsDir, `${name}.json`);
  return { role: "report", name, ...(await writeInRun(layout, { path, text: formatReport(report) })) };
}

/** Writes `pipeline.yaml`, the configuration that the run was made from. @throws {FastDistillError} `data.write_failed` */
export async function writePipelineFile(layout: RunLayout, yaml: string): Promise<RunFile> {
  const written = await writeInRun(layout, { path: layout.pipelineYaml, text: yaml });
  return { role: "pipeline", name: "pipeline", ...written };
}

/** How `run.json` names a stage: by its manifest. */
export function stageFile(layout: RunLayout, manifest: Manifest): RunFile {
  return {
    role: "stage",
    name: manifest.stage,
    path: pathInRun(layout, layout.stageManifest(manifest.stage)),
    rows: manifest.count,
    sha256: manifestDigest(manifest),
  };
}

/** Writes a file of a run, whole or not at all. @throws {FastDistillError} `data.write_failed` */
export async function writeInRun(
  layout: RunLayout,
  { path, text }: { readonly path: string; readonly text: string },
): Promise<{ readonly path: string; readonly sha256: string }> {
  const file = await createFile(path);
  try {
    await file.write(text);
    const { sha256 } = await file.commit();
    return { path: pathInRun(layout, path), sha256 };
  } catch (cause) {
    await file.abort();
    throw cause;
  }
}
