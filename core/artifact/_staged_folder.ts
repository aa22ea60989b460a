import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describeThrown, FastDistillError } from "../errors/mod.ts";
import { errorCodeOf, makeFolder, pathExists, systemRandom } from "../runtime/mod.ts";

/** A folder that is filled out of sight and appears, whole, at `commit`, in place of the one that was there. */
export interface StagedFolder {
  /** Where to write until then. */
  readonly path: string;
  readonly commit: () => Promise<void>;
  /** Leaves what was there before. */
  readonly abort: () => Promise<void>;
}

/**
 * Opens a staged folder, and clears away what an earlier one left when it was cut off.
 * @throws {FastDistillError} `data.write_failed`
 */
export async function openStagedFolder(target: string): Promise<StagedFolder> {
  const parent = dirname(target);
  const prefix = `.${basename(target)}.`;
  for (const name of await namesIn(parent)) {
    if (name.startsWith(prefix) && name.endsWith(".tmp")) await remove(join(parent, name));
  }
  const path = join(parent, `${prefix}${systemRandom.integer(2 ** 32).toString(36)}.tmp`);
  await makeFolder(path);
  return {
    path,
    commit: async () => {
      const replaced = `${path.slice(0, -".tmp".length)}.old.tmp`;
      try {
        await rename(target, replaced).catch((cause) => {
          if (errorCodeOf(cause) !== "ENOENT") throw cause;
        });
        await rename(path, target);
      } catch (cause) {
        throw new FastDistillError("data.write_failed", `Cannot put the folder ${target} in place`, {
          cause,
        });
      }
      await remove(replaced);
    },
    abort: () => remove(path),
  };
}

/** The names in a folder, sorted; none when there is no folder. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    if (errorCodeOf(cause) === "ENOENT" || errorCodeOf(cause) === "ENOTDIR") return [];
    const message = `Cannot read the folder ${folder}: ${describeThrown(cause)}`;
    throw new FastDistillError("data.file_not_found", message, { cause });
  }
}

/** The paths of all files under a folder, those whose names begin with a point left out; none when there is no folder. */
export async function filesUnder(folder: string): Promise<readonly string[]> {
  if (!await pathExists(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."));
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
