/** What goes between the step and the helper processes that DuckDB runs in, besides queries. @module */
import type { DuckDbFolders } from "./_duckdb_package.ts";

/** Makes a process ready; the first request that it gets. */
export interface DuckDbLoadRequest {
  readonly do: "load";
  readonly folders: DuckDbFolders;
}

/** Builds a database from the statements of a script. */
export interface DuckDbBuildRequest {
  readonly do: "build";
  readonly statements: readonly string[];
  readonly memory_mb: number;
}

/** Asks for a piece of the file of the database that was built. */
export interface DuckDbPieceRequest {
  readonly do: "piece";
  readonly at: number;
  readonly bytes: number;
}

/** What became of building: the size of the file, or which statement failed and why. */
export type DuckDbBuildReply =
  | { readonly size: number }
  | { readonly failed_at: number; readonly message: string };
