import type { DatabaseSync, StatementSync } from "node:sqlite";
import { dirname } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import { makeFolder, soon } from "../runtime/mod.ts";
import type { EffectRecord, EffectStore } from "./effect_store.ts";

const SCHEMA_VERSION = 1;
const BUSY_TIMEOUT_MS = 10_000;
const COMMIT_RECORDS_MAX = 1_000;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS effects (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    request TEXT NOT NULL,
    response TEXT NOT NULL,
    meta TEXT NOT NULL
  ) STRICT`;

/**
 * Opens the effect store at a path, making it when it is not there. Several processes may hold it open at once.
 * Records that are put at about the same time are committed together.
 *
 * @throws {FastDistillError} `store.unavailable`, `store.corrupt`
 */
export async function openSqliteEffectStore(path: string): Promise<EffectStore> {
  await makeFolder(dirname(path));
  const { DatabaseSync } = await import("node:sqlite");
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    prepareDatabase(database, path);
    return new SqliteEffectStore(database, path);
  } catch (cause) {
    database?.close();
    throw storeError(path, "open", cause);
  }
}

function prepareDatabase(database: DatabaseSync, path: string): void {
  database.exec(
    `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`,
  );
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > SCHEMA_VERSION) {
    const message =
      `Opened the effect store ${path}, and its version is ${version}; this release knows ${SCHEMA_VERSION}`;
    throw new FastDistillError("store.unavailable", message, {
      hint: "Use the release that wrote it, or another runs folder",
    });
  }
  database.exec(`${SCHEMA}; PRAGMA user_version = ${SCHEMA_VERSION}`);
}

interface Waiting {
  readonly record: EffectRecord;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

class SqliteEffectStore implements EffectStore {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  #waiting: Waiting[] = [];
  #isScheduled = false;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    this.#select = database.prepare("SELECT key, kind, request, response, meta FROM effects WHERE key = ?");
    this.#insert = database.prepare(
      "INSERT INTO effects (key, kind, request, response, meta) VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
    );
  }

  get = (key: string): EffectRecord | undefined => {
    try {
      const found = this.#select.get(key) as
        | Record<"key" | "kind" | "request" | "response" | "meta", string>
        | undefined;
      if (found === undefined) return undefined;
      const { kind, request, response, meta } = found;
      return {
        key,
        kind,
        request: JSON.parse(request),
        response: JSON.parse(response),
        meta: JSON.parse(meta),
      };
    } catch (cause) {
      throw storeError(this.#path, "read", cause);
    }
  };

  put = (record: EffectRecord): Promise<void> => {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, resolve, reject });
      if (this.#waiting.length >= COMMIT_RECORDS_MAX) this.#commit();
      else if (!this.#isScheduled) {
        this.#isScheduled = true;
        soon(() => this.#commit());
      }
    });
  };

  count = (): number => {
    return (this.#database.prepare("SELECT count(*) AS count FROM effects").get() as { count: number }).count;
  };

  close = (): Promise<void> => {
    this.#commit();
    this.#database.close();
    return Promise.resolve();
  };

  #commit(): void {
    this.#isScheduled = false;
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      for (const { record } of waiting) {
        const { key, kind, request, response, meta } = record;
        this.#insert.run(key, kind, JSON.stringify(request), JSON.stringify(response), JSON.stringify(meta));
      }
      this.#database.exec("COMMIT");
    } catch (cause) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      const error = storeError(this.#path, "write", cause);
      for (const { reject } of waiting) reject(error);
      return;
    }
    for (const { resolve } of waiting) resolve();
  }
}

function storeError(path: string, action: string, cause: unknown): FastDistillError {
  if (cause instanceof FastDistillError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const isDamaged = /not a database|malformed|corrupt|Unexpected (?:token|end)/i.test(reason);
  const code = isDamaged ? "store.corrupt" : "store.unavailable";
  return new FastDistillError(code, `Cannot ${action} the effect store ${path}: ${reason}`, { cause });
}
