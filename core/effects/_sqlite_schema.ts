import type { DatabaseSync } from "node:sqlite";
import { link, readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import { errorCodeOf, makeFolder, systemRandom } from "../runtime/mod.ts";

const SCHEMA_VERSION = 2;
const BUSY_TIMEOUT_MS = 10_000;
const SCHEMA = `
  CREATE TABLE effects (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    request TEXT NOT NULL,
    response TEXT NOT NULL,
    meta TEXT NOT NULL,
    checksum INTEGER
  ) STRICT; PRAGMA user_version = ${SCHEMA_VERSION}`;

/** The class that opens databases; imported on first use. */
export type OpensDatabases = new (path: string) => DatabaseSync;

/**
 * Makes an empty store at a path where there is no file. It appears whole, so that an empty file is damage, never a
 * store that is being made.
 *
 * @throws {FastDistillError} `store.corrupt` for an empty file
 */
export async function makeSqliteStore(path: string, Database: OpensDatabases): Promise<void> {
  const size = await sizeOf(path);
  if (size === 0) throw damaged(path, "open", "the file is empty");
  if (size === undefined) await makeEmptyStore(path, Database);
  await clearDrafts(path);
}

async function makeEmptyStore(path: string, Database: OpensDatabases): Promise<void> {
  await makeFolder(dirname(path));
  const draft = `${path}.${systemRandom.integer(2 ** 32).toString(36)}.new`;
  try {
    const database = new Database(draft);
    try {
      database.exec(SCHEMA);
    } finally {
      database.close();
    }
    await link(draft, path);
  } catch (cause) {
    // Another process was faster, and may have cleared this draft away.
    if (await sizeOf(path) !== undefined) return;
    await rm(draft, { force: true });
    throw cause;
  }
}

/** Once there is a store, nobody needs a draft of it, be it this process's own or that of one that was killed. */
async function clearDrafts(path: string): Promise<void> {
  const drafts = (await readdir(dirname(path))).filter((name) =>
    name.startsWith(`${basename(path)}.`) && /\.[0-9a-z]{1,7}\.new(-journal)?$/.test(name)
  );
  for (const name of drafts) await rm(join(dirname(path), name), { force: true });
}

/** How surely a record survives. */
export type Durability = "full" | "normal";

/** Readies an open database for use, and brings a store of an earlier version up to date. */
export function prepareDatabase(database: DatabaseSync, path: string, durability: Durability): void {
  database.exec(
    `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability}`,
  );
  const version = versionOf(database);
  if (version === 0) throw damaged(path, "open", "it holds no effects");
  if (version > SCHEMA_VERSION) {
    const message =
      `Opened the effect store ${path}, and its version is ${version}; this release knows ${SCHEMA_VERSION}`;
    throw new FastDistillError("store.unavailable", message, {
      hint: "Use the release that wrote it, or another runs folder",
    });
  }
  if (version === 1) addChecksums(database);
}

/** The error for a store that is not what it was. */
export function damaged(path: string, action: string, reason: string, cause?: unknown): FastDistillError {
  return new FastDistillError("store.corrupt", `Cannot ${action} the effect store ${path}: ${reason}`, {
    cause,
    hint:
      "Nothing was changed. Move the file away, with those beside it that end in -wal and -shm, and bring back a " +
      "copy or an export (fastdistill cache import); without one, what it held is asked for again",
  });
}

function addChecksums(database: DatabaseSync): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have been faster.
    if (versionOf(database) === 1) {
      database.exec(
        `ALTER TABLE effects ADD COLUMN checksum INTEGER; PRAGMA user_version = ${SCHEMA_VERSION}`,
      );
    }
    database.exec("COMMIT");
  } catch (cause) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw cause;
  }
}

function versionOf(database: DatabaseSync): number {
  return (database.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
}

async function sizeOf(path: string): Promise<number | undefined> {
  return await stat(path).then(({ size }) => size, (cause) => {
    if (errorCodeOf(cause) === "ENOENT") return undefined;
    throw cause;
  });
}
