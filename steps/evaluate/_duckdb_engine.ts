import { FastDistillError, type Json } from "@fastdistill/core/authoring";
import { ModulePool, type ModuleProcess, startModuleProcess } from "@fastdistill/core/runtime";
import { open, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sqlStatements } from "../_shared/sql_tokens.ts";
import type { DuckDbFolders } from "./_duckdb_package.ts";
import type {
  DuckDbBuildReply,
  DuckDbBuildRequest,
  DuckDbLoadRequest,
  DuckDbPieceRequest,
} from "./_duckdb_protocol.ts";
import { packageFolder } from "./_optional_package.ts";
import { buildFailure, checkNoLog, SqlDatabases, type SqlMaking } from "./_sql_database.ts";
import type { SqlEngine, SqlPlace } from "./_sql_engine.ts";

const NEEDED_BY = "sql_exec with dialect: duckdb";
const DUCKDB = {
  name: "@duckdb/duckdb-wasm",
  specifier: "npm:@duckdb/duckdb-wasm@^1.32.0",
  neededBy: NEEDED_BY,
  load: () => import("@duckdb/duckdb-wasm"),
} as const;
const ARROW = {
  name: "apache-arrow",
  specifier: "npm:apache-arrow@^21.2.0",
  neededBy: NEEDED_BY,
  load: () => import("apache-arrow"),
} as const;
const MODULE = new URL("./_duckdb_worker.ts", import.meta.url);
const PROCESSES = 2;
/** The compiled engine alone takes about 400. */
const PROCESS_MB = 1280;
const BUILD_MB = 1024;
const BUILD_PROCESS_MB = 2048;
const LOAD_TIMEOUT_MS = 120_000;
const BUILD_TIMEOUT_MS = 1_800_000;
const PIECE_BYTES = 8 * 1024 * 1024;
/**
 * The process stops a query by itself, by the time that it has had of the processor. Where that fails, as in a long
 * piece of work without an end, or the machine is busier than that, the process is ended. A gold query can be run twice.
 */
const PATIENCE = 3;
const GRACE_MS = 2000;

/** DuckDB compiled to WebAssembly, from an optional package. */
export function duckDbEngine({ files, cacheDir }: SqlPlace): SqlEngine {
  const pool = new ModulePool({ module: MODULE, size: PROCESSES, memoryMbMax: PROCESS_MB });
  const ready = new WeakSet<ModuleProcess>();
  let found: Promise<DuckDbInstalled> | undefined;
  const installed = () => found ??= findDuckDb();
  const copier = async (source: string, path: string) => {
    const hint = "Close the program that writes to it, or run: CHECKPOINT";
    await checkNoLog(source, { path, ending: ".wal", hint });
    return undefined;
  };
  return {
    dialect: "duckdb",
    databases: new SqlDatabases(files, cacheDir, {
      name: "duckdb",
      version: async () => `-${(await installed()).version}`,
      build: async (target, making) => buildDuckDb(target, making, (await installed()).folders),
      copier,
    }),
    identity: async () => ({ dialect: "duckdb", engine: (await installed()).version }),
    use: async (database, signal, work) => {
      const { folders } = await installed();
      return await pool.use([...Object.values(folders), dirname(database.path)], async (process) => {
        if (!ready.has(process)) await load(process, folders, signal);
        ready.add(process);
        return await work(process);
      });
    },
    patienceMs: (timeoutMs) => PATIENCE * timeoutMs + GRACE_MS,
    close: () => pool.close(),
  };
}

interface DuckDbInstalled {
  readonly folders: DuckDbFolders;
  /** Of the package. */
  readonly version: string;
}

async function findDuckDb(): Promise<DuckDbInstalled> {
  const folders = { duckdb: await packageFolder(DUCKDB), arrow: await packageFolder(ARROW) };
  const manifest = await readFile(join(folders.duckdb, "..", "package.json"), "utf8");
  return { folders, version: String((JSON.parse(manifest) as { readonly version: string }).version) };
}

async function load(process: ModuleProcess, folders: DuckDbFolders, signal?: AbortSignal): Promise<void> {
  const request: DuckDbLoadRequest = { do: "load", folders };
  await ask(process, request, { timeoutMs: LOAD_TIMEOUT_MS, signal });
}

/** In a process of its own, which hands the file over piece by piece: it can write nowhere itself. */
async function buildDuckDb(
  target: string,
  { script, tables }: SqlMaking,
  folders: DuckDbFolders,
): Promise<void> {
  const statements = script === undefined ? [] : [...sqlStatements(script.script, "duckdb")];
  const memoryMbMax = BUILD_PROCESS_MB;
  await using process = await startModuleProcess({
    module: MODULE,
    read: [...Object.values(folders), ...(tables.length === 0 ? [] : [dirname(target)])],
    memoryMbMax,
  });
  await load(process, folders);
  const request: DuckDbBuildRequest = {
    do: "build",
    tables,
    statements: statements.map(({ text }) => text),
    memory_mb: BUILD_MB,
  };
  const built = await ask<DuckDbBuildReply>(process, request, { timeoutMs: BUILD_TIMEOUT_MS });
  if ("failed_table" in built) {
    const { path } = tables.find(({ table }) => table === built.failed_table)!;
    const why = built.message.split(/\n\s*\n/)[0]!.replace(/\s+/g, " ").trim();
    const message = `Cannot make the table "${built.failed_table}" of ${path}: ${why}`;
    throw new FastDistillError("data.database", message, { context: { table: built.failed_table } });
  }
  if ("failed_at" in built) {
    throw buildFailure(script!, statements[built.failed_at]!, new Error(built.message));
  }
  const handle = await open(target, "w");
  try {
    for (let at = 0; at < built.size; at += PIECE_BYTES) {
      const piece: DuckDbPieceRequest = { do: "piece", at, bytes: PIECE_BYTES };
      const text = await ask<string>(process, piece, { timeoutMs: LOAD_TIMEOUT_MS });
      await handle.write(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
    }
  } finally {
    await handle.close();
  }
}

async function ask<T>(
  process: ModuleProcess,
  request: DuckDbLoadRequest | DuckDbBuildRequest | DuckDbPieceRequest,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<T> {
  const reply = await process.request(request as unknown as Json, {
    timeoutMs,
    ...(signal === undefined ? {} : { signal }),
  });
  if (reply.kind === "answer") return reply.value as T;
  const reason = "message" in reply ? reply.message : `it ${reply.kind.replaceAll("_", " ")}`;
  throw new FastDistillError("step.failed", `DuckDB could not ${request.do}: ${reason}`);
}
