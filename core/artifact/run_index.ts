import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { didYouMean, FastDistillError, isFastDistillError } from "../errors/mod.ts";
import { NO_USAGE } from "../provider/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { namesIn } from "./_staged_folder.ts";
import { readRunJson } from "./run_json.ts";

/** Names of which at least one is in the folder of every run that has begun. */
const SIGNS_OF_A_RUN: ReadonlySet<string> = new Set([
  "run.json",
  "pipeline.yaml",
  "stages",
  "ledger",
  "events.jsonl",
]);
const NEAREST_MAX = 5;

/**
 * All runs of a folder, the newest first; none when there is no such folder. One whose `run.json` is missing or damaged is
 * listed too, with an `error` that says so.
 */
export async function listRuns(runsDir: string): Promise<readonly RunSummary[]> {
  const runs: RunSummary[] = [];
  for (const name of await namesIn(runsDir)) {
    const dir = resolve(runsDir, name);
    const names = name.startsWith(".") ? [] : await namesIn(dir);
    if (names.some((name) => SIGNS_OF_A_RUN.has(name))) runs.push(await summaryOf(dir, name));
  }
  return runs.sort(newestFirst);
}

/** Which runs {@linkcode findRun} may take. */
export interface FindRunOptions {
  /** Which runs a name and `latest` may mean; an id means its run in any case. @default {all} */
  readonly among?: (run: RunSummary) => boolean;
}

/**
 * Finds a run by its id, the beginning of its id, or the name of its pipeline, which means the newest run of it;
 * `latest` is the newest of all.
 *
 * @throws {FastDistillError} `data.run_not_found`, with the nearest ids and names, or with all that a beginning fits
 */
export async function findRun(
  runsDir: string,
  wanted: string,
  { among = () => true }: FindRunOptions = {},
): Promise<RunSummary> {
  const runs = await listRuns(runsDir);
  const meant = runs.filter(among);
  const found = runs.find(({ run_id }) => run_id === wanted) ?? meant.find(({ name }) => name === wanted) ??
    (wanted === "latest" ? meant[0] : undefined);
  if (found !== undefined) return found;
  const beginning = wanted === "" ? [] : runs.filter(({ run_id }) => run_id.startsWith(wanted));
  if (beginning.length === 1) return beginning[0]!;
  throw beginning.length === 0 ? notFound(runsDir, wanted, runs) : ambiguous(wanted, beginning);
}

async function summaryOf(dir: string, runId: string): Promise<RunSummary> {
  try {
    return await readRunJson(dir);
  } catch (cause) {
    if (!isFastDistillError(cause)) throw cause;
    const isUnfinished = cause.code === "data.file_not_found";
    return {
      ...emptySummary(dir, runId),
      status: isUnfinished ? "interrupted" : "failed",
      started_at: (await stat(dir)).mtime.toISOString(),
      error: isUnfinished
        ? { code: "run.incomplete", message: `The run has no run.json: it goes on, or was cut off: ${dir}` }
        : { code: cause.code, message: cause.message },
    };
  }
}

function emptySummary(dir: string, runId: string): Omit<RunSummary, "status" | "started_at"> {
  return {
    run_id: runId,
    name: "",
    run_dir: dir,
    partial: true,
    elapsed_ms: 0,
    rows: { read: 0, kept: 0, rejected: {}, failed: {} },
    steps: [],
    effects: { performed: 0, reused: 0 },
    calls: { performed: 0, reused: 0 },
    usage: NO_USAGE,
    cost_usd: null,
    spent_usd: 0,
    cost_per_kept_usd: null,
    stages: [],
    gates: [],
    files: [],
  };
}

function newestFirst(a: RunSummary, b: RunSummary): number {
  if (a.started_at !== b.started_at) return a.started_at < b.started_at ? 1 : -1;
  return a.run_id < b.run_id ? -1 : 1;
}

function notFound(runsDir: string, wanted: string, runs: readonly RunSummary[]): FastDistillError {
  if (runs.length === 0) {
    return new FastDistillError("data.run_not_found", `No run is in ${resolve(runsDir)}`, {
      hint: "Run a pipeline first, or name the folder that holds the runs",
    });
  }
  // A short id is held against as much of each id.
  const ids = runs.map(({ run_id }) => run_id.slice(0, Math.max(4, wanted.length)));
  const names = runs.map(({ name }) => name).filter((name) => name !== "");
  return new FastDistillError(
    "data.run_not_found",
    `No run has the id or name "${wanted}"${didYouMean(wanted, [...names, ...ids])}`,
    { hint: `Newest: ${listed(runs)}`, context: { wanted, runs_dir: runsDir } },
  );
}

function ambiguous(wanted: string, runs: readonly RunSummary[]): FastDistillError {
  return new FastDistillError(
    "data.run_not_found",
    `"${wanted}" is ambiguous: the ids of ${runs.length} runs begin with it`,
    { hint: `They are: ${listed(runs)}`, context: { wanted } },
  );
}

function listed(runs: readonly RunSummary[]): string {
  const shown = runs.slice(0, NEAREST_MAX).map(({ run_id, name }) =>
    name === "" ? run_id : `${run_id} (${name})`
  );
  return shown.join(", ") + (runs.length > NEAREST_MAX ? ", ..." : "");
}
