import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import { errorCodeOf } from "../runtime/mod.ts";
import type { RunLayout } from "./run_layout.ts";

/** What a file is called until it is whole: see `createFile`. */
const UNFINISHED = /\.[0-9a-z]{1,7}\.tmp$/;

/**
 * Removes the files that an earlier execution of a run was still writing when it died. Only who holds the run's lock
 * may do so. @throws {FastDistillError} `data.write_failed`
 */
export async function clearLeftovers(
  { dir, exportsDir, reportsDir, quarantineDir }: RunLayout,
): Promise<void> {
  await clear(dir, { isDeep: false });
  for (const folder of [exportsDir, reportsDir, quarantineDir]) await clear(folder, { isDeep: true });
}

async function clear(folder: string, { isDeep }: { readonly isDeep: boolean }): Promise<void> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: isDeep });
    const unfinished = entries.filter((entry) => entry.isFile() && UNFINISHED.test(entry.name));
    for (const { parentPath, name } of unfinished) await rm(join(parentPath, name), { force: true });
  } catch (cause) {
    if (errorCodeOf(cause) === "ENOENT") return;
    throw new FastDistillError("data.write_failed", `Cannot clear away unfinished files in ${folder}`, {
      cause,
    });
  }
}
