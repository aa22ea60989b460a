import {
  FastDistillError,
  type InputFingerprint,
  type Json,
  type KeyedRow,
  type Row,
  type StepSetup,
} from "@fastdistill/core/authoring";
import type { InputSet } from "../_shared/input/input_set.ts";

/** Where the files of a corpus are. */
export type CorpusPlace = Pick<StepSetup, "files" | "env">;

/** A corpus that rows are compared with. */
export interface CorpusOptions extends CorpusPlace {
  readonly paths: readonly string[];
  /** Columns to take, and what they are called in the files. */
  readonly columns: readonly string[];
  readonly namesInFiles: readonly string[];
  /** What the columns hold; text in columns is read so. @default {"string"} */
  readonly type?: "string" | "json";
  readonly signal: AbortSignal;
}

/**
 * The rows of files of any format that is read, with the columns that are compared only. Their ids are path and line, of
 * JSON lines, or path and number.
 *
 * @throws {FastDistillError} `data.malformed` for a record that cannot be read, or has none of the columns
 */
export async function* corpusRows(options: CorpusOptions): AsyncGenerator<KeyedRow> {
  const { paths, columns, namesInFiles, type = "string", signal } = options;
  if (paths.length === 0) return;
  const types = Object.fromEntries(namesInFiles.map((name) => [name, type]));
  const corpus = await openCorpus(paths, options, types);
  for await (const { name, place, lines, rows } of corpus.rowsOfFiles(signal)) {
    for (const [at, row] of rows.entries()) {
      const rowId = `${name}:${lines[at]}`;
      checkColumns(row, namesInFiles, { rowId, file: place, line: lines[at]! });
      yield {
        rowId,
        row: Object.fromEntries(columns.map((column, at) => [column, row[namesInFiles[at]!] ?? null])),
      };
    }
  }
}

/** Digests of the files of a corpus. */
export async function corpusFingerprints(
  paths: readonly string[],
  place: CorpusPlace,
): Promise<readonly InputFingerprint[]> {
  return paths.length === 0 ? [] : await (await openCorpus(paths, place)).fingerprints();
}

/** The readers are loaded where there is a corpus only. A name that tells no format is of JSON lines. */
async function openCorpus(
  paths: readonly string[],
  { files, env }: CorpusPlace,
  types: Readonly<Record<string, "string" | "json">> = {},
): Promise<InputSet> {
  const { InputSet, plainInputs } = await import("../_shared/input/input_set.ts");
  return new InputSet({ ...plainInputs(paths, types), otherwise: "jsonl" }, { files, env });
}

interface Place {
  readonly rowId: string;
  readonly line: number;
  readonly file: string;
}

function checkColumns(row: Row, wanted: readonly string[], { rowId, line, file }: Place): void {
  if (wanted.some((column) => column in row)) return;
  const text = JSON.stringify(row satisfies Readonly<Record<string, Json>>);
  const shown = text.length > 80 ? `${text.slice(0, 80)}...` : text;
  const columns = wanted.map((column) => `"${column}"`).join(" or ");
  throw new FastDistillError(
    "data.malformed",
    `Read a record with ${columns} at ${rowId}, found: ${shown}`,
    { location: { file, line }, hint: "Name the columns of the file in against_on" },
  );
}
