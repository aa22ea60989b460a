import {
  FastDistillError,
  type InputFiles,
  isJsonObject,
  type Json,
  type KeyedRow,
} from "@fastdistill/core/authoring";

/** A corpus that rows are compared with. */
export interface CorpusOptions {
  readonly paths: readonly string[];
  /** Columns to take, and what they are called in the files. */
  readonly columns: readonly string[];
  readonly namesInFiles: readonly string[];
  readonly files: InputFiles;
  readonly signal: AbortSignal;
}

/**
 * The rows of files of JSON lines, with the columns that are compared only. Their ids are path and line.
 *
 * @throws {FastDistillError} `data.malformed` for a line that is no JSON object, or has none of the columns
 */
export async function* corpusRows(options: CorpusOptions): AsyncGenerator<KeyedRow> {
  const { paths, columns, namesInFiles, files, signal } = options;
  for (const path of paths) {
    let line = 0;
    for await (const text of files.readLines(path)) {
      line++;
      signal.throwIfAborted();
      if (text.trim() === "") continue;
      const rowId = `${path}:${line}`;
      const row = parsed(text);
      if (row === undefined || !namesInFiles.some((name) => name in row)) {
        const shown = text.length > 80 ? `${text.slice(0, 80)}...` : text;
        const wanted = namesInFiles.map((name) => `"${name}"`).join(" or ");
        throw new FastDistillError(
          "data.malformed",
          `Read a JSON object with ${wanted} at ${rowId}, found: ${shown}`,
          {
            location: { file: files.resolve(path), line },
            hint: "Name the columns of the file in against_on",
          },
        );
      }
      yield {
        rowId,
        row: Object.fromEntries(columns.map((column, at) => [column, row[namesInFiles[at]!] ?? null])),
      };
    }
  }
}

function parsed(text: string): Readonly<Record<string, Json>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
