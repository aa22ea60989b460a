import type { InputFiles, JsonObject } from "@fastdistill/core/authoring";
import { ModulePool, type ModuleProcess } from "@fastdistill/core/runtime";
import { dirname } from "node:path";
import type { SqlDialect } from "../_shared/sql_tokens.ts";
import { type SqlDatabase, SqlDatabases, SQLITE_DATABASES } from "./_sql_database.ts";

const PROCESSES = 2;

/** Where databases come from. */
export interface SqlPlace {
  readonly files: InputFiles;
  /** Folder for files that may be thrown away. */
  readonly cacheDir: string;
}

/** What runs queries: databases, and the processes that read them. */
export interface SqlEngine {
  readonly dialect: SqlDialect;
  readonly databases: SqlDatabases;
  /** What besides query, database and rules decides what comes out. */
  readonly identity: () => Promise<JsonObject>;
  /** Lends a process that is ready to read the database. */
  readonly use: <T>(
    database: SqlDatabase,
    signal: AbortSignal,
    work: (process: ModuleProcess) => Promise<T>,
  ) => Promise<T>;
  /** Milliseconds after which a process is ended whose query may take `timeoutMs`. */
  readonly patienceMs: (timeoutMs: number) => number;
  /** Ends the processes. */
  readonly close: () => Promise<void>;
}

/** SQLite, as it comes with Deno and Node. */
export function sqliteEngine({ files, cacheDir }: SqlPlace): SqlEngine {
  const pool = new ModulePool({ module: new URL("./_sql_worker.ts", import.meta.url), size: PROCESSES });
  return {
    dialect: "sqlite",
    databases: new SqlDatabases(files, cacheDir, SQLITE_DATABASES),
    identity: () => Promise.resolve({}),
    use: (database, _, work) => pool.use([dirname(database.path)], work),
    patienceMs: (timeoutMs) => timeoutMs,
    close: () => pool.close(),
  };
}
