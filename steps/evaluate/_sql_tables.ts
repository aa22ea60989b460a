import {
  canonicalJson,
  describeThrown,
  FastDistillError,
  type InputFiles,
  type InputFingerprint,
  isFastDistillError,
  type Json,
  type Row,
  sha256,
} from "@fastdistill/core/authoring";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { InputSet } from "../_shared/input/input_set.ts";

/** Bytes that the files of all tables of a database may have together, not compressed. */
export const TABLE_BYTES_MAX = 256 * 1024 * 1024;
/** Raised when the same files make other tables. */
const TABLES_VERSION = 1;
/** What stands for null, without quotes. */
const NULL_TEXT = "\\N";
const DATE = /^\d{4}-\d\d-\d\d$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/;

/** Tables of a database: a name, and the path, pattern or address of the files that hold its rows. */
export type SqlTables = Readonly<Record<string, string>>;

/** A table whose rows were written down for the engine. */
export interface TableFile {
  readonly table: string;
  /** As the configuration has it. */
  readonly path: string;
  /** Absolute paths of delimited text. */
  readonly files: readonly string[];
  /** Types of the columns; absent for text in columns as it was found, whose types the engine finds itself. */
  readonly columns?: Readonly<Record<string, string>>;
}

/** Digests of the files of tables, table by table. @throws {FastDistillError} `data.database` for a file that is not there */
export async function fingerprintTables(
  tables: SqlTables,
  files: InputFiles,
): Promise<Readonly<Record<string, readonly InputFingerprint[]>>> {
  const found: [string, readonly InputFingerprint[]][] = [];
  for (const [table, path] of Object.entries(tables)) {
    const set = await openTable(table, path, files);
    found.push([table, await attributed(table, path, () => set.fingerprints())]);
  }
  return Object.fromEntries(found);
}

/** What is the same for the same tables, and for nothing else. */
export function digestTables(
  tables: Readonly<Record<string, readonly InputFingerprint[]>>,
  scriptSha256: string | null,
): string {
  const files = Object.entries(tables).map(([table, files]): Json => [
    table,
    files.map(({ name, sha256 }): Json => [name, sha256]),
  ]);
  return sha256(canonicalJson({ version: TABLES_VERSION, script: scriptSha256, tables: files }));
}

/** Writes the rows of tables as delimited text into a folder. @throws {FastDistillError} `data.database` */
export async function writeTables(
  tables: SqlTables,
  { folder, files }: { readonly folder: string; readonly files: InputFiles },
): Promise<readonly TableFile[]> {
  const written: TableFile[] = [];
  const budget = { left: TABLE_BYTES_MAX };
  for (const [table, path] of Object.entries(tables)) {
    const set = await openTable(table, path, files);
    const base = join(folder, `table${written.length}`);
    written.push({ table, path, ...await attributed(table, path, () => writeTable(set, base, budget)) });
  }
  return written;
}

interface Budget {
  left: number;
}

/** Text in columns goes as it is, since the engine tells numbers and dates in it; a table of mixed formats row by row. */
async function writeTable(
  set: InputSet,
  base: string,
  budget: Budget,
): Promise<Pick<TableFile, "files" | "columns">> {
  const texts = await set.delimitedTexts();
  if (texts === undefined) {
    const columns = await columnTypes(set);
    const names = Object.keys(columns);
    if (names.length === 0) throw new TypeError("its files have no columns");
    const lines = rowLines(set, names);
    return { files: [await writeBounded(`${base}.csv`, lines, budget)], columns };
  }
  const files: string[] = [];
  for (const bytes of texts) files.push(await writeBounded(`${base}_${files.length}.csv`, bytes, budget));
  return { files };
}

async function writeBounded(
  path: string,
  parts: AsyncIterable<string | Uint8Array>,
  budget: Budget,
): Promise<string> {
  const handle = await open(path, "w");
  try {
    for await (const part of parts) {
      const bytes = typeof part === "string" ? new TextEncoder().encode(part) : part;
      budget.left -= bytes.length;
      if (budget.left < 0) {
        throw new TypeError(
          `the tables of a database may have ${TABLE_BYTES_MAX} bytes, and these have more`,
        );
      }
      await handle.writeFile(bytes);
    }
  } finally {
    await handle.close();
  }
  return path;
}

async function* rowLines(set: InputSet, columns: readonly string[]): AsyncGenerator<string> {
  for await (const { rows } of set.rowsOfFiles(new AbortController().signal)) {
    if (rows.length > 0) yield rows.map((row) => `${lineOf(row, columns)}\n`).join("");
  }
}

function lineOf(row: Row, columns: readonly string[]): string {
  return columns.map((column) => {
    const value = row[column] ?? null;
    if (value === null) return NULL_TEXT;
    const text = typeof value === "string" ? value : canonicalJson(value);
    return `"${text.replaceAll('"', '""')}"`;
  }).join(",");
}

/** The narrowest type that holds all values of a column; text for what has none. */
async function columnTypes(set: InputSet): Promise<Readonly<Record<string, string>>> {
  const types = new Map<string, string | undefined>();
  for await (const { rows } of set.rowsOfFiles(new AbortController().signal)) {
    for (const row of rows) {
      for (const [column, value] of Object.entries(row)) {
        types.set(column, joined(types.get(column), typeOf(value)));
      }
    }
  }
  return Object.fromEntries([...types].map(([column, type]) => [column, type ?? "VARCHAR"]));
}

/** Of a value; `undefined` of null, which is of any. */
function typeOf(value: Json): string | undefined {
  if (value === null) return undefined;
  if (typeof value === "boolean") return "BOOLEAN";
  if (typeof value === "number") return Number.isSafeInteger(value) ? "BIGINT" : "DOUBLE";
  if (typeof value !== "string") return "VARCHAR";
  if (TIMESTAMP.test(value)) return isDay(value.slice(0, 10)) ? "TIMESTAMP" : "VARCHAR";
  return DATE.test(value) && isDay(value) ? "DATE" : "VARCHAR";
}

/** Whether there is such a day: not the 30th of February. */
function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

function joined(known: string | undefined, type: string | undefined): string | undefined {
  if (known === undefined || type === undefined || known === type) return type ?? known;
  const isNumber = (one: string) => one === "BIGINT" || one === "DOUBLE";
  return isNumber(known) && isNumber(type) ? "DOUBLE" : "VARCHAR";
}

/** The readers are loaded where there are tables only. What a row says must not send a request. */
async function openTable(table: string, path: string, files: InputFiles): Promise<InputSet> {
  if (path === "-" || /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(path)) {
    const message = `Make the table "${table}" of files of this machine, found ${JSON.stringify(path)}`;
    throw new FastDistillError("data.database", message, { hint: "Copy it into the folder of the pipeline" });
  }
  const { InputSet, plainInputs } = await import("../_shared/input/input_set.ts");
  const plain = plainInputs(path);
  const read = { ...plain.read, int64: "fail" } as const;
  return new InputSet({ ...plain, read }, { files, env: () => undefined });
}

async function attributed<T>(table: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const isMissing = isFastDistillError(cause) && cause.code === "data.file_not_found";
    const why = isMissing ? "there is no such file" : describeThrown(cause);
    throw new FastDistillError("data.database", `Cannot make the table "${table}" of ${path}: ${why}`, {
      hint: isMissing ? "A relative path starts at the folder of the pipeline file" : undefined,
      cause,
      context: { table, path },
    });
  }
}
