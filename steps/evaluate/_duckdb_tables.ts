import type { DuckDbFile } from "./_duckdb_files.ts";
import type { DuckDb } from "./_duckdb_package.ts";

/** DuckDB takes a buffer of 16 times as much for each file. */
const LINE_BYTES_MAX = 4 * 1024 * 1024;

/** A table to be made of files of delimited text. */
export interface DuckDbTable {
  readonly table: string;
  /** Names that DuckDB sees the files by. */
  readonly files: readonly string[];
  /** Types of the columns, where DuckDB is not to find them. */
  readonly columns?: Readonly<Record<string, string>>;
}

/** A table that could not be made. */
export class TableFailure extends Error {
  readonly table: string;

  constructor(table: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.table = table;
  }
}

/**
 * Makes tables, before the instance is locked. The only files that DuckDB can open are those that it is handed by name.
 * @throws {TableFailure}
 */
export function makeTables(
  { instance, files }: { readonly instance: DuckDb; readonly files: Map<string, DuckDbFile> },
  tables: readonly DuckDbTable[],
): void {
  if (tables.length === 0) return;
  const connection = instance.connect();
  for (const table of tables) {
    try {
      instance.runQuery(
        connection._conn,
        `CREATE TABLE ${quotedName(table.table)} AS FROM ${readingSql(table)}`,
      );
    } catch (cause) {
      throw new TableFailure(table.table, cause);
    }
    for (const name of table.files) files.delete(name);
  }
  connection.close();
}

/** Without types: a header, and types by all of the rows. */
function readingSql({ files, columns }: DuckDbTable): string {
  const names = `[${files.map(quotedText).join(", ")}]`;
  const options = columns === undefined ? ["header = true", "sample_size = -1", "union_by_name = true"] : [
    "header = false",
    "auto_detect = false",
    "delim = ','",
    `quote = '"'`,
    `escape = '"'`,
    "nullstr = '\\N'",
    "allow_quoted_nulls = false",
    `columns = {${
      Object.entries(columns).map(([name, type]) => `${quotedText(name)}: ${quotedText(type)}`).join(", ")
    }}`,
  ];
  return `read_csv(${names}, max_line_size = ${LINE_BYTES_MAX}, ${options.join(", ")})`;
}

function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
