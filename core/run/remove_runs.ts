import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { findRun, listRegistered, readTags, type RegisteredRun, unregisterRun } from "../artifact/mod.ts";
import { describeThrown, FastDistillError, isFastDistillError } from "../errors/mod.ts";
import { systemRandom } from "../runtime/mod.ts";
import { lockRun } from "./run_lock.ts";

/** Folders of runs that were removed and not yet deleted. Their names begin with a point, so that no list shows them. */
const REMOVED = ".removed-";

/** A run that was removed, or would be. */
export interface RemovedRun {
  /** Id of the run. */
  readonly run_id: string;
  /** Of its pipeline; empty where `run.json` cannot be read. */
  readonly name: string;
  /** Bytes of its files. */
  readonly bytes: number;
  /** Tags that went with it. */
  readonly tags: readonly string[];
}

/** How a run is removed. */
export interface RemoveOptions {
  /** Whether to remove a run that a tag stands for, with its tags. @default {false} */
  readonly isForced?: boolean;
}

/**
 * Removes a run: its folder disappears at once, by a rename, and is deleted then. Effects stay in their store.
 *
 * @param wanted as `findRun` takes it
 * @throws {FastDistillError} `data.run_not_found`, `run.tagged`, `run.locked` while a process writes it, `data.write_failed`
 */
export async function removeRun(
  runsDir: string,
  wanted: string,
  { isForced = false }: RemoveOptions = {},
): Promise<RemovedRun> {
  const { run_id, name, run_dir } = await findRun(runsDir, wanted);
  const folder = basename(run_dir);
  const tags = (await readTags(runsDir)).filter((tag) => tag.run_id === folder).map(({ tag }) => tag);
  if (tags.length > 0 && !isForced) {
    throw new FastDistillError("run.tagged", `Cannot remove ${run_id}: it is tagged ${tags.join(", ")}`, {
      hint: "Take the tags away with fastdistill runs untag, or add --force",
    });
  }
  const bytes = await bytesIn(run_dir);
  const aside = join(resolve(runsDir), `${REMOVED}${folder}-${systemRandom.integer(2 ** 32).toString(36)}`);
  const lock = await lockRun(run_dir);
  try {
    await rename(run_dir, aside);
  } catch (cause) {
    throw new FastDistillError("data.write_failed", `Cannot remove ${run_dir}: ${describeThrown(cause)}`, {
      cause,
    });
  } finally {
    lock[Symbol.dispose]();
  }
  await unregisterRun(runsDir, folder);
  await clearRemoved(runsDir);
  return { run_id, name, bytes, tags };
}

/** Which runs go. A run that is tagged or being written stays in any case. */
export interface CollectOptions {
  /** So many runs of each pipeline stay, the newest. @default {0} */
  readonly keep?: number | undefined;
  /** ISO 8601; only runs that began earlier go. @default {all} */
  readonly before?: string | undefined;
  /** Whether they are removed, or only listed. @default {false} */
  readonly isDeleting?: boolean;
}

/** What a collection came to. */
export interface CollectReport {
  /** Whether the runs were removed. */
  readonly deleted: boolean;
  /** Those that went, or would go. */
  readonly runs: readonly RemovedRun[];
  /** How many stay. */
  readonly kept: number;
  /** Ids of runs that would go, and stay because a process writes them. */
  readonly locked: readonly string[];
}

/** Removes runs that nobody needs; says what would go as long as it is not told to. @throws {FastDistillError} `store.unavailable`, `data.write_failed` */
export async function collectRuns(
  runsDir: string,
  { keep = 0, before, isDeleting = false }: CollectOptions,
): Promise<CollectReport> {
  const runs = (await listRegistered(runsDir)).filter(({ summary }) => summary !== undefined);
  const meant = runs.filter((run) => isCollected(run, { runs, keep, before }));
  const removed: RemovedRun[] = [];
  const locked: string[] = [];
  for (const { run_id, name, summary } of meant) {
    if (!isDeleting) removed.push({ run_id, name, bytes: await bytesIn(summary!.run_dir), tags: [] });
    else {
      try {
        removed.push(await removeRun(runsDir, run_id));
      } catch (cause) {
        // What came between is what the other process wants.
        if (!isFastDistillError(cause) || !STAYS.has(cause.code)) throw cause;
        if (cause.code !== "data.run_not_found") locked.push(run_id);
      }
    }
  }
  if (isDeleting) await clearRemoved(runsDir);
  return { deleted: isDeleting, runs: removed, kept: runs.length - removed.length, locked };
}

const STAYS: ReadonlySet<string> = new Set(["run.locked", "run.tagged", "data.run_not_found"]);

interface Collection {
  readonly runs: readonly RegisteredRun[];
  readonly keep: number;
  readonly before: string | undefined;
}

function isCollected(run: RegisteredRun, { runs, keep, before }: Collection): boolean {
  if (run.tags.length > 0) return false;
  if (before !== undefined && run.summary!.started_at >= before) return false;
  const newer = runs.slice(0, runs.indexOf(run)).filter(({ name }) => name === run.name).length;
  return newer >= keep;
}

async function clearRemoved(runsDir: string): Promise<void> {
  for (const name of await readdir(runsDir)) {
    if (name.startsWith(REMOVED)) await rm(join(runsDir, name), { recursive: true, force: true });
  }
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  let bytes = 0;
  for (const entry of entries) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
