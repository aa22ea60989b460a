/**
 * Loads DuckDB, compiled to WebAssembly, from its package. What the compiled code can call is what it is handed here:
 * files of `_duckdb_files.ts`, a clock, and random numbers that are the same in every run.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { WorkerTools } from "./_code_protocol.ts";
import { type DuckDbFile, duckDbRuntime, type DuckDbTexts } from "./_duckdb_files.ts";

const SEED = 7;

/** One instance, with a memory of its own. */
export interface DuckDb {
  readonly open: (config: Readonly<Record<string, unknown>>) => void;
  readonly reset: () => void;
  readonly connect: () => { readonly _conn: number; readonly close: () => void };
  readonly tokenize: (text: string) => { readonly offsets: readonly number[] };
  readonly runQuery: (connection: number, sql: string) => Uint8Array;
  readonly startPendingQuery: (connection: number, sql: string, isStreamed: boolean) => Uint8Array | null;
  readonly pollPendingQuery: (connection: number) => Uint8Array | null;
  readonly cancelPendingQuery: (connection: number) => boolean;
  /** The next rows; nothing in it after the last ones, `null` when there are none yet. */
  readonly fetchQueryResults: (connection: number) => Uint8Array | null;
}

/** What of `apache-arrow` is used. */
export interface Arrow {
  readonly tableFromIPC: (bytes: Uint8Array) => ArrowTable;
}

/** A result. */
export interface ArrowTable {
  readonly numRows: number;
  readonly schema: { readonly fields: readonly { readonly name: string; readonly type: ArrowType }[] };
  readonly getChildAt: (index: number) => { readonly get: (row: number) => unknown } | null;
}

/** The type of a column. */
export interface ArrowType {
  readonly typeId: number;
  /** Of a decimal number. */
  readonly scale?: number;
  /** Of a number that is not whole: 1 for 32 bits. */
  readonly precision?: number;
}

/** Where the packages are. */
export interface DuckDbFolders {
  /** Absolute path of the built files of `@duckdb/duckdb-wasm`. */
  readonly duckdb: string;
  /** Absolute path of `apache-arrow`. */
  readonly arrow: string;
}

/** Both packages. */
export interface DuckDbPackage {
  readonly arrow: Arrow;
  /** Makes an instance that sees these files. */
  readonly instantiate: (files: Map<string, DuckDbFile>) => Promise<DuckDb>;
}

interface Exports extends DuckDbTexts {
  readonly VoidLogger: new () => unknown;
  readonly createDuckDB: (
    bundles: Readonly<Record<string, { readonly mainModule: string; readonly mainWorker: string }>>,
    logger: unknown,
    runtime: Readonly<Record<string, unknown>>,
  ) => Promise<DuckDb & { readonly instantiate: (onProgress: () => void) => Promise<unknown> }>;
}

/** Loads both; the compiled code is kept for all instances. */
export function loadDuckDb(folders: DuckDbFolders, tools: WorkerTools): DuckDbPackage {
  const arrow = loadCommonJs(join(folders.arrow, "Arrow.es2015.min.js"), { define: undefined }, tools);
  let compiled: Promise<WebAssembly.Module> | undefined;
  const instantiate = async (bytes: BufferSource, imports: WebAssembly.Imports) => {
    const module = await (compiled ??= WebAssembly.compile(bytes));
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
  const ours = Object.assign(Object.create(WebAssembly), { instantiate, instantiateStreaming: undefined });
  const file = join(folders.duckdb, "duckdb-eh.wasm");
  return {
    arrow: arrow as Arrow,
    instantiate: async (files) => {
      const names = {
        ...HIDDEN,
        globalThis: { WebAssembly: ours },
        WebAssembly: ours,
        WorkerGlobalScope: Object,
        self: { location: { href: "" } },
        Request: Object,
        fetch: () =>
          Promise.resolve({
            arrayBuffer: () => compiled === undefined ? readFileSync(file) : new Uint8Array(0),
          }),
        crypto: { getRandomValues: (bytes: Uint8Array) => bytes.fill(SEED) },
        console: { log: () => {}, warn: () => {}, error: () => {} },
        require: () => arrow,
      };
      const script = join(folders.duckdb, "duckdb-browser-blocking.cjs");
      const found = loadCommonJs(script, names, tools) as Exports;
      const bundle = { mainModule: file, mainWorker: "" };
      const runtime = duckDbRuntime(files, () => found);
      const made = await found.createDuckDB({ mvp: bundle, eh: bundle }, new found.VoidLogger(), runtime);
      await made.instantiate(() => {});
      return made;
    },
  };
}

/** What the script would find of the platform. */
const HIDDEN = {
  process: undefined,
  window: undefined,
  navigator: undefined,
  Deno: undefined,
  Worker: undefined,
  WebSocket: undefined,
  XMLHttpRequest: undefined,
} as const;

function loadCommonJs(file: string, names: Readonly<Record<string, unknown>>, tools: WorkerTools): unknown {
  const module = { exports: {} };
  tools.loadScript(file, { names: { ...names, module, exports: module.exports }, result: "undefined" });
  return module.exports;
}
