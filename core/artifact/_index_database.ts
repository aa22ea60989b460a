import type { DatabaseSync } from "node:sqlite";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describeThrown, FastDistillError } from "../errors/mod.ts";
import { pathExists } from "../runtime/mod.ts";

const FILE = "index.sqlite";
const VERSION = 1;
const BUSY_TIMEOUT_MS = 10_000;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS runs (
    run_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at TEXT NOT NULL,
    digest TEXT NOT NULL,
    stages TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS tags (
    name TEXT NOT NULL,
    tag TEXT NOT NULL,
    run_id TEXT NOT NULL,
    tagged_at TEXT NOT NULL,
    stages_digest TEXT NOT NULL,
    PRIMARY KEY (name, tag)
  ) STRICT;
  PRAGMA user_version = ${VERSION};`;

/**
 * Works with the index of a runs folder in one transaction: what several processes do follows one another. `undefined`
 * where there is no index and none is to be made.
 *
 * @throws {FastDistillError} `store.unavailable`
 */
export async function withIndex<T>(
  runsDir: string,
  work: (database: DatabaseSync) => T,
  { access }: { readonly access: "read" | "write" | "make" },
): Promise<T | undefined> {
  const path = join(runsDir, FILE);
  if (access !== "make" && !await pathExists(path)) return undefined;
  const { DatabaseSync } = await import("node:sqlite");
  let database: DatabaseSync | undefined;
  try {
    if (access === "make") await mkdir(runsDir, { recursive: true });
    database = new DatabaseSync(path);
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA synchronous = NORMAL`);
    database.exec(access === "read" ? "BEGIN" : "BEGIN IMMEDIATE");
    const { user_version } = database.prepare("PRAGMA user_version").get() as {
      readonly user_version: number;
    };
    if (user_version > VERSION) {
      throw new TypeError(`its version is ${user_version}, and this release knows ${VERSION}`);
    }
    if (user_version < VERSION && access === "make") database.exec(SCHEMA);
    const result = work(database);
    database.exec("COMMIT");
    return result;
  } catch (cause) {
    if (database?.isTransaction) database.exec("ROLLBACK");
    if (cause instanceof FastDistillError) throw cause;
    throw new FastDistillError(
      "store.unavailable",
      `Cannot use the index of runs ${path}: ${describeThrown(cause)}`,
      {
        cause,
        hint:
          "Tags are in it and nothing else that the run folders do not hold: move it away if it is damaged",
      },
    );
  } finally {
    database?.close();
  }
}
