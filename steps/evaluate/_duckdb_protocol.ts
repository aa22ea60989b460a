/** What goes between the step and the helper processes that DuckDB runs in, besides queries. @module */
import type { DuckDbFolders } from "./_duckdb_package.ts";
import type { TableFile } from "./_sql_tables.ts";

/** Makes a process ready; the first request that it gets. */
export interface DuckDbLoadRequest {
  readonly do: "load";
  readonly folders: DuckDbFolders;
}

/** Builds a database of tables, and then from the statements of a script. */
export interface DuckDbBuildRequest {
  readonly do: "build";
  /** Their files are absolute paths, in a folder that the process may read. */
  readonly tables: readonly TableFile[];
  readonly statements: readonly string[];
  readonly memory_mb: number;
}

/** Asks for a piece of the file of the database that was built. */
export interface DuckDbPieceRequest {
  readonly do: "piece";
  readonly at: number;
  readonly bytes: number;
}

/** What became of building: the size of the file, or which table or statement failed and why. */
export type DuckDbBuildReply =
  | { readonly size: number }
  | { readonly failed_table: string; readonly message: string }
  | { readonly failed_at: number; readonly message: string };
