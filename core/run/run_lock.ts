import { FastDistillError } from "../errors/mod.ts";
import { joinPath, makeFolder } from "../runtime/mod.ts";

/** A run folder that nobody else writes; given back by `using`, and by the end of the process, however it ends. */
export interface RunLock extends Disposable {
  /** Absolute path of the file that is locked. */
  readonly path: string;
}

/**
 * Takes a run folder for this process. The lock is one that the operating system keeps (SQLite's, on a file of its
 * own), so that a process that was killed leaves none behind.
 *
 * @throws {FastDistillError} `run.locked` when another process has it
 */
export async function lockRun(runDir: string): Promise<RunLock> {
  await makeFolder(runDir);
  const path = joinPath(runDir, ".lock");
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    throw new FastDistillError("run.locked", `Another process writes the run folder ${runDir}`, {
      cause,
      hint: "Wait until it has ended, or give this one another folder with --runs-dir",
    });
  }
  return { path, [Symbol.dispose]: () => database.close() };
}
