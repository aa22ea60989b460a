import { basename, dirname, resolve } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import { canonicalJson, sha256 } from "../record/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import { systemClock } from "../runtime/mod.ts";
import { withIndex } from "./_index_database.ts";
import { readDigestedRun } from "./run_json.ts";
import { findRun, listRuns } from "./run_index.ts";
import { pickTag, readTags, type RunTag } from "./run_tags.ts";

const TAG = /^[A-Za-z0-9][\w.-]{0,63}$/;
const RESERVED: ReadonlySet<string> = new Set(["latest"]);

/** How a run folder stands to what the index noted when the run ended. */
export type RegisteredState = "as_registered" | "changed" | "unregistered" | "unfinished" | "gone";

/** A run with what the index says of it. */
export interface RegisteredRun {
  /** Id of the run. */
  readonly run_id: string;
  /** Of the pipeline. */
  readonly name: string;
  /** Names that were given to the run, without the pipeline's. */
  readonly tags: readonly string[];
  /** Tags that were given to it when its stages had other rows. */
  readonly stale_tags: readonly string[];
  /** Whether the folder is as the index knows it. */
  readonly state: RegisteredState;
  /** What the folder says; absent where it is gone. */
  readonly summary?: RunSummary;
}

/**
 * Notes in the index of its runs folder that a run has ended, and with which files: a witness besides the folder itself.
 * @throws {FastDistillError} `store.unavailable`; whatever reading `run.json` throws
 */
export async function registerRun(runDir: string): Promise<void> {
  const { summary, digest } = await readDigestedRun(resolve(runDir));
  const { run_id, name, status, started_at } = summary;
  await withIndex(dirname(resolve(runDir)), (database) => {
    database.prepare(
      `INSERT INTO runs (run_id, name, status, started_at, digest, stages) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (run_id) DO UPDATE SET name = excluded.name, status = excluded.status,
         started_at = excluded.started_at, digest = excluded.digest, stages = excluded.stages`,
    ).run(run_id, name, status, started_at, digest, canonicalJson(stagesOf(summary)));
  }, { access: "make" });
}

/** All runs of a folder and of its index, the newest first, and where the two disagree. */
export async function listRegistered(runsDir: string): Promise<readonly RegisteredRun[]> {
  const runs = await listRuns(runsDir);
  const { entries, tags } = await readIndex(runsDir);
  const registered: RegisteredRun[] = [];
  for (const summary of runs) {
    const folder = basename(summary.run_dir);
    const entry = entries.get(folder);
    const own = tags.filter(({ run_id }) => run_id === folder);
    registered.push({
      run_id: summary.run_id,
      name: summary.name === "" ? entry?.name ?? "" : summary.name,
      tags: own.map(({ tag }) => tag),
      stale_tags: own.filter(({ stages_digest }) => stages_digest !== stagesDigest(summary)).map(({ tag }) =>
        tag
      ),
      state: await stateOf(summary, entry),
      summary,
    });
  }
  const present = new Set(runs.map(({ run_dir }) => basename(run_dir)));
  const known = new Map([...tags, ...entries.values()].map(({ run_id, name }) => [run_id, name]));
  for (const [run_id, name] of known) {
    if (present.has(run_id)) continue;
    const own = tags.filter((tag) => tag.run_id === run_id).map(({ tag }) => tag);
    registered.push({ run_id, name, tags: own, stale_tags: [], state: "gone" });
  }
  return registered;
}

/** A name for a run. */
export interface TagOptions {
  /** Letters, digits, `.`, `_` and `-`, 64 at most; not `latest`. */
  readonly tag: string;
}

/** A tag that was set. */
export interface TaggedRun extends RunTag {
  /** The run that it stood for before; `null` when for none. */
  readonly moved_from: string | null;
}

/**
 * Gives a run a name among the runs of its pipeline, such as `prod`; a run that has the name loses it.
 *
 * @param wanted as `findRun` takes it
 * @throws {FastDistillError} `config.usage` for what is no tag, `data.run_not_found`, `run.incomplete`, `store.unavailable`
 */
export async function tagRun(runsDir: string, wanted: string, { tag }: TagOptions): Promise<TaggedRun> {
  const runs = await listRuns(runsDir);
  checkTag(tag, runs);
  const summary = await findRun(runsDir, wanted);
  const { run_id, name, error } = summary;
  if (summary.files.length === 0) {
    throw new FastDistillError(
      "run.incomplete",
      `Cannot tag ${run_id}: ${error?.message ?? "it has no run.json"}`,
    );
  }
  const tagged: RunTag = {
    name,
    tag,
    run_id,
    tagged_at: new Date(systemClock.now()).toISOString(),
    stages_digest: stagesDigest(summary),
  };
  const before = await withIndex(runsDir, (database) => {
    const before = database.prepare("SELECT run_id FROM tags WHERE name = ? AND tag = ?").get(name, tag);
    database.prepare(
      `INSERT INTO tags (name, tag, run_id, tagged_at, stages_digest) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (name, tag) DO UPDATE SET run_id = excluded.run_id, tagged_at = excluded.tagged_at,
         stages_digest = excluded.stages_digest`,
    ).run(name, tag, run_id, tagged.tagged_at, tagged.stages_digest);
    return before?.["run_id"];
  }, { access: "make" });
  return { ...tagged, moved_from: typeof before === "string" && before !== run_id ? before : null };
}

/**
 * Takes a tag away.
 * @param wanted `tag`, or `name@tag` where several pipelines have the tag
 * @throws {FastDistillError} `data.run_not_found` when there is no such tag or several
 */
export async function untagRun(runsDir: string, wanted: string): Promise<RunTag> {
  const found = pickTag(await readTags(runsDir), wanted);
  await withIndex(runsDir, (database) => {
    database.prepare("DELETE FROM tags WHERE name = ? AND tag = ?").run(found.name, found.tag);
  }, { access: "write" });
  return found;
}

/** Takes a run out of the index, tags and all. @throws {FastDistillError} `store.unavailable` */
export async function unregisterRun(runsDir: string, runId: string): Promise<void> {
  await withIndex(runsDir, (database) => {
    for (const table of ["runs", "tags"]) {
      database.prepare(`DELETE FROM ${table} WHERE run_id = ?`).run(runId);
    }
  }, { access: "write" });
}

function checkTag(tag: string, runs: readonly RunSummary[]): void {
  const refuse = (message: string, hint: string) => {
    throw new FastDistillError("config.usage", message, { hint });
  };
  if (!TAG.test(tag) || RESERVED.has(tag)) {
    refuse(
      `A tag is letters, digits, ".", "_" and "-", 64 at most, and not latest; found "${tag}"`,
      "Such as prod, or 2026-05-baseline",
    );
  }
  const taken = runs.find(({ run_id, name }) => name === tag || run_id === tag);
  if (taken !== undefined) {
    refuse(
      `"${tag}" cannot be a tag: it stands for ${taken.run_id} already`,
      "A pipeline's name or the id of a run is no tag",
    );
  }
}

interface IndexEntry {
  readonly run_id: string;
  readonly name: string;
  readonly digest: string;
}

async function readIndex(
  runsDir: string,
): Promise<{ readonly entries: ReadonlyMap<string, IndexEntry>; readonly tags: readonly RunTag[] }> {
  const rows = await withIndex(
    runsDir,
    (database) => database.prepare("SELECT run_id, name, digest FROM runs").all(),
    { access: "read" },
  );
  const entries = (rows ?? []) as unknown as readonly IndexEntry[];
  return { entries: new Map(entries.map((entry) => [entry.run_id, entry])), tags: await readTags(runsDir) };
}

async function stateOf(summary: RunSummary, entry: IndexEntry | undefined): Promise<RegisteredState> {
  if (summary.error?.code === "run.incomplete") return "unfinished";
  // One that cannot be read is not what was registered.
  if (summary.files.length === 0) return entry === undefined ? "unregistered" : "changed";
  if (entry === undefined) return "unregistered";
  return (await readDigestedRun(summary.run_dir)).digest === entry.digest ? "as_registered" : "changed";
}

function stagesOf({ files, stages }: RunSummary) {
  return files.filter(({ role }) => role === "stage").map(({ name, sha256 }) => ({
    stage: name,
    count: stages.find(({ stage }) => stage === name)?.count ?? null,
    sha256: sha256 ?? null,
  })).sort((a, b) => a.stage < b.stage ? -1 : 1);
}

/** Stands for the rows of a run: the manifests of its stages. */
function stagesDigest(summary: RunSummary): string {
  return sha256(canonicalJson(stagesOf(summary).map(({ stage, sha256 }) => ({ stage, sha256 }))));
}
