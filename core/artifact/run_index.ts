import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { didYouMean, FastDistillError, isFastDistillError } from "../errors/mod.ts";
import { NO_USAGE } from "../provider/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { namesIn } from "./_staged_folder.ts";
import { readInvocation } from "./run_invocation.ts";
import { readRunJson } from "./run_json.ts";
import { pickTag, readTags, type RunTag, tagsMeant } from "./run_tags.ts";

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
    if (!name.startsWith(".") && await isRunFolder(dir)) runs.push(await summaryOf(dir, name));
  }
  return runs.sort(newestFirst);
}

/** Whether a folder is that of a run which has begun. */
export async function isRunFolder(path: string): Promise<boolean> {
  return (await namesIn(path)).some((name) => SIGNS_OF_A_RUN.has(name));
}

/** Which runs {@linkcode findRun} may take. */
export interface FindRunOptions {
  /** Which runs a name and `latest` may mean; an id means its run in any case. @default {all} */
  readonly among?: (run: RunSummary) => boolean;
}

/**
 * Finds a run by its id, the name of its folder, the beginning of its id, the name of its pipeline, which means the newest run of it, or a tag:
 * `prod`, or `text2sql@prod` where several pipelines have the tag. `latest` is the newest of all, `text2sql@latest` the
 * newest of a pipeline. All that takes a run takes it by this function.
 *
 * @throws {FastDistillError} `data.run_not_found`, with the nearest ids, names and tags, or with all that a beginning fits;
 * `store.unavailable`
 */
export async function findRun(
  runsDir: string,
  wanted: string,
  { among = () => true }: FindRunOptions = {},
): Promise<RunSummary> {
  const runs = await listRuns(runsDir);
  const exact = runs.find(({ run_id }) => run_id === wanted) ??
    runs.find(({ run_dir }) => basename(run_dir) === wanted);
  if (exact !== undefined) return exact;
  const meant = runs.filter(among);
  const tags = await readTags(runsDir);
  const named = meant.find(({ name }) => name === wanted.replace(/@latest$/, "")) ??
    (wanted === "latest" ? meant[0] : undefined);
  const [tag, ...others] = tagsMeant(tags, wanted);
  if (named !== undefined && tag !== undefined) throw twoMeanings(wanted, tag);
  if (named !== undefined) return named;
  if (others.length > 0) pickTag(tags, wanted);
  if (tag !== undefined) return taggedRun(runs, tag);
  const beginning = wanted === "" ? [] : runs.filter(({ run_id }) => run_id.startsWith(wanted));
  if (beginning.length === 1) return beginning[0]!;
  throw beginning.length === 0 ? notFound(runsDir, wanted, { runs, tags }) : ambiguous(wanted, beginning);
}

function taggedRun(runs: readonly RunSummary[], { name, tag, run_id }: RunTag): RunSummary {
  const run = runs.find((run) => run.run_id === run_id);
  if (run !== undefined) return run;
  throw new FastDistillError(
    "data.run_not_found",
    `The tag ${name}@${tag} stands for ${run_id}, and its folder is gone`,
    {
      hint: `Take it away with fastdistill runs untag ${name}@${tag}, or run the pipeline again`,
    },
  );
}

function twoMeanings(wanted: string, { name, tag }: RunTag): FastDistillError {
  return new FastDistillError(
    "data.run_not_found",
    `"${wanted}" is the name of a pipeline, and a tag of ${name}`,
    {
      hint: `Write ${wanted}@latest or ${name}@${tag}`,
    },
  );
}

async function summaryOf(dir: string, runId: string): Promise<RunSummary> {
  try {
    return await readRunJson(dir);
  } catch (cause) {
    if (!isFastDistillError(cause)) throw cause;
    const isUnfinished = cause.code === "data.file_not_found";
    return {
      ...emptySummary(dir, runId),
      name: await nameIn(dir),
      status: isUnfinished ? "interrupted" : "failed",
      started_at: (await stat(dir)).mtime.toISOString(),
      error: isUnfinished
        ? { code: "run.incomplete", message: `The run has no run.json: it goes on, or was cut off: ${dir}` }
        : { code: cause.code, message: cause.message },
    };
  }
}

/** Of the pipeline, as a run that did not end wrote it down; empty where it did not. */
async function nameIn(dir: string): Promise<string> {
  try {
    return (await readInvocation(dir))?.name ?? "";
  } catch (cause) {
    if (isFastDistillError(cause)) return "";
    throw cause;
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

function notFound(
  runsDir: string,
  wanted: string,
  { runs, tags }: { readonly runs: readonly RunSummary[]; readonly tags: readonly RunTag[] },
): FastDistillError {
  if (runs.length === 0) {
    return new FastDistillError("data.run_not_found", `No run is in ${resolve(runsDir)}`, {
      hint: "Run a pipeline first, or name the folder that holds the runs",
    });
  }
  // A short id is held against as much of each id.
  const ids = runs.map(({ run_id }) => run_id.slice(0, Math.max(4, wanted.length)));
  const names = [
    ...runs.map(({ name }) => name).filter((name) => name !== ""),
    ...tags.flatMap(({ name, tag }) => [tag, `${name}@${tag}`]),
  ];
  return new FastDistillError(
    "data.run_not_found",
    `No run has the id${tags.length === 0 ? " or name" : ", name or tag"} "${wanted}"${
      didYouMean(wanted, [...names, ...ids])
    }`,
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
