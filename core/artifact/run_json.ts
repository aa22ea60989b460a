import { rm } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import { canonicalJson, isJsonObject, type JsonObject, sha256 } from "../record/mod.ts";
import { formatReport, type RunFile, type RunSummary } from "../report/mod.ts";
import { fingerprintFile, readTextFile, writeTextFile } from "../runtime/mod.ts";
import { runSummarySchema } from "./_run_summary_schema.ts";
import type { RunLayout } from "./run_layout.ts";

/**
 * Writes `run.json`, the last file of a run: the summary, the digest of every other file (where the summary lacks one,
 * it is computed here), and a digest of itself. The folder's own path is left out, so that a run can be moved.
 *
 * @throws {FastDistillError} `data.file_not_found` for a listed file that is not there; `data.write_failed`
 */
export async function writeRunJson(layout: RunLayout, summary: RunSummary): Promise<void> {
  const files = await Promise.all(summary.files.map((file) => withDigest(layout, file)));
  const { run_dir: _left_out, ...rest } = { ...summary, files };
  const content = plainJson(rest);
  // What was signed is no more.
  await rm(layout.signatures, { force: true });
  await writeTextFile(layout.runJson, formatReport({ ...content, digest: contentDigest(content) }));
}

/**
 * Reads `run.json` of a run folder, and holds it against its own digest.
 * @throws {FastDistillError} `data.file_not_found`; `data.invalid_manifest`; `data.digest_mismatch`
 */
export async function readRunJson(runDir: string): Promise<RunSummary> {
  return (await readDigestedRun(runDir)).summary;
}

/** What a `run.json` says, and the digest that it states of itself. */
export interface DigestedRun {
  readonly summary: RunSummary;
  readonly digest: string;
}

/** Reads `run.json` with its digest; throws as `readRunJson` does. */
export async function readDigestedRun(runDir: string): Promise<DigestedRun> {
  const path = join(runDir, "run.json");
  const { digest, ...content } = parseObject(path, await readTextFile(path));
  const { data, error } = runSummarySchema.safeParse(content);
  if (data === undefined) {
    const { path: at, message } = error.issues[0]!;
    throw new FastDistillError("data.invalid_manifest", `Cannot read ${path}: ${message} at ${at.join(".")}`);
  }
  const found = contentDigest(content);
  if (found !== digest) {
    throw new FastDistillError(
      "data.digest_mismatch",
      `${path} was changed: it states the digest ${String(digest)}, and has ${found}`,
    );
  }
  return { summary: { ...data, run_dir: runDir }, digest: found };
}

/** The digest that the `run.json` of a run folder has: of all that it states, and so of every file of the run. */
export async function runDigest(runDir: string): Promise<string> {
  const path = join(runDir, "run.json");
  const { digest: _, ...content } = parseObject(path, await readTextFile(path));
  return contentDigest(content);
}

/** The digest that `run.json` states of its own content. */
export function contentDigest(content: JsonObject): string {
  return sha256(canonicalJson(content));
}

function parseObject(path: string, text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch (cause) {
    throw new FastDistillError("data.invalid_manifest", `Cannot read ${path}: it is not JSON`, { cause });
  }
  throw new FastDistillError("data.invalid_manifest", `Cannot read ${path}: it is not a JSON object`);
}

async function withDigest(layout: RunLayout, file: RunFile): Promise<RunFile> {
  if (file.sha256 !== undefined) return file;
  const path = isAbsolute(file.path) ? file.path : join(layout.dir, file.path);
  return { ...file, sha256: (await fingerprintFile(path)).sha256 };
}

/** The value as JSON has it: fields that are undefined are gone. */
function plainJson(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value));
}
