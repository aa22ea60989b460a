import type { DatabaseSync, StatementSync } from "node:sqlite";
import { FastDistillError } from "../errors/mod.ts";
import { soon } from "../runtime/mod.ts";
import { checkKey, DamagedRow, effectRecord, type EffectRow, effectRow } from "./_effect_row.ts";
import { damaged, type Durability, makeSqliteStore, prepareDatabase } from "./_sqlite_schema.ts";
import type { EffectRecord, EffectStore } from "./effect_store.ts";

export { type Durability } from "./_sqlite_schema.ts";

const COMMIT_RECORDS_MAX = 1_000;
const PAGE_RECORDS = 256;
const COLUMNS = "key, kind, request, response, meta, checksum";

/** How an effect store in a file works. */
export interface SqliteEffectStoreOptions {
  /**
   * What a record survives once it is put: with `normal` the end of the process, however sudden; with `full` also a
   * power failure, at the price of a disk flush for each commit.
   *
   * @default {"normal"}
   */
  readonly durability?: Durability;
}

/**
 * Opens the effect store at a path, making it when it is not there. Several processes may hold it open at once.
 * Records that are put at about the same time are committed together. Every record is checked when it is read: a store
 * that is damaged says so, and is never rebuilt.
 *
 * @throws {FastDistillError} `store.unavailable`, `store.corrupt`
 */
export async function openSqliteEffectStore(
  path: string,
  { durability = "normal" }: SqliteEffectStoreOptions = {},
): Promise<EffectStore> {
  const { DatabaseSync } = await import("node:sqlite");
  let database: DatabaseSync | undefined;
  try {
    await makeSqliteStore(path, DatabaseSync);
    database = new DatabaseSync(path);
    prepareDatabase(database, path, durability);
    return new SqliteEffectStore(database, path);
  } catch (cause) {
    database?.close();
    throw storeError(path, "open", cause);
  }
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
  #hasDeleted = false;
  #isReading = false;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    this.#select = database.prepare(`SELECT ${COLUMNS} FROM effects WHERE key = ?`);
    this.#insert = database.prepare(
      `INSERT INTO effects (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
    );
  }

  get = (key: string): EffectRecord | undefined => {
    return this.#attempt("read", () => {
      this.#beginRead();
      const found = this.#select.get(key) as EffectRow | undefined;
      return found === undefined ? undefined : effectRecord(found);
    });
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

  count = (): number => this.#number("SELECT count(*) FROM effects");

  list = (): AsyncIterable<EffectRecord> => this.#pages();

  delete = (keys: readonly string[]): Promise<number> => {
    const remove = this.#database.prepare("DELETE FROM effects WHERE key = ?");
    return new Promise((resolve) => {
      resolve(this.#transact(() => {
        const deleted = keys.reduce((sum, key) => sum + Number(remove.run(key).changes), 0);
        this.#hasDeleted ||= deleted > 0;
        return deleted;
      }));
    });
  };

  bytes = (): number => {
    const [pages, free, size] = ["page_count", "freelist_count", "page_size"].map((name) =>
      this.#number(`PRAGMA ${name}`)
    ) as [number, number, number];
    return (pages - free) * size;
  };

  close = (): Promise<void> => {
    return new Promise((resolve) => {
      this.#commit();
      this.#endRead();
      try {
        // Without it, what was deleted would stay on the disk, to be used again.
        if (this.#hasDeleted) this.#attempt("write", () => this.#database.exec("VACUUM"));
      } finally {
        this.#database.close();
      }
      resolve();
    });
  };

  async *#pages(): AsyncGenerator<EffectRecord> {
    const select = this.#attempt(
      "read",
      () => this.#database.prepare(`SELECT ${COLUMNS} FROM effects WHERE key > ? ORDER BY key LIMIT ?`),
    );
    let after = "";
    while (true) {
      const page = this.#attempt(
        "read",
        () =>
          (select.all(after, PAGE_RECORDS) as unknown as EffectRow[]).map((row) => {
            const record = effectRecord(row);
            checkKey(record);
            return record;
          }),
      );
      yield* page;
      if (page.length < PAGE_RECORDS) return;
      after = page.at(-1)!.key;
    }
  }

  #commit(): void {
    this.#isScheduled = false;
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    try {
      this.#transact(() => {
        for (const { record } of waiting) {
          const { key, kind, request, response, meta, checksum } = effectRow(record);
          this.#insert.run(key, kind, request, response, meta, checksum);
        }
      });
    } catch (error) {
      for (const { reject } of waiting) reject(error);
      return;
    }
    for (const { resolve } of waiting) resolve();
  }

  /** Reads of one turn of the event loop share a transaction: opening one costs as much as a read. */
  #beginRead(): void {
    if (this.#isReading) return;
    this.#database.exec("BEGIN");
    this.#isReading = true;
    soon(() => this.#endRead());
  }

  #endRead(): void {
    if (!this.#isReading) return;
    this.#isReading = false;
    // There is nothing to commit; and a read that failed may have ended it.
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
  }

  #transact<T>(work: () => T): T {
    return this.#attempt("write", () => {
      this.#endRead();
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        this.#database.exec("COMMIT");
        return result;
      } catch (cause) {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw cause;
      }
    });
  }

  #number(sql: string): number {
    return this.#attempt("read", () => Number(Object.values(this.#database.prepare(sql).get()!)[0]));
  }

  #attempt<T>(action: string, work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw storeError(this.#path, action, cause);
    }
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const DAMAGE_CODES: ReadonlySet<unknown> = new Set([11, 26]);

function storeError(path: string, action: string, cause: unknown): FastDistillError {
  if (cause instanceof FastDistillError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (isDamage(cause)) return damaged(path, action, reason, cause);
  return new FastDistillError("store.unavailable", `Cannot ${action} the effect store ${path}: ${reason}`, {
    cause,
  });
}

function isDamage(cause: unknown): boolean {
  if (cause instanceof DamagedRow || cause instanceof SyntaxError) return true;
  if (!(cause instanceof Error)) return false;
  const code = (cause as { errcode?: unknown }).errcode;
  // Extended codes hold the plain one in their lowest byte. What the schema lacks was overwritten: the version was right.
  return DAMAGE_CODES.has(typeof code === "number" ? code & 0xff : code) ||
    /not a database|malformed|no such (?:table|column)/i.test(cause.message);
}
