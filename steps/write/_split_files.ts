import {
  type ColumnRequirement,
  FastDistillError,
  type Json,
  type OutputFiles,
  type Row,
} from "@fastdistill/core/authoring";
import { type LineFile, openLineFile } from "./_line_file.ts";

/** Stands for the name of the split in the path of a sink. */
const PLACE = "{split}";
const SPLITS_MAX = 64;
const SPLIT_NAME = /^\w[\w.-]{0,63}$/;

/** Where the rows of a sink go. */
export interface SplitPath {
  /** A path; with `{split}` in it there is a file for each split. */
  readonly path: string;
  /** Column that names the split of a row. */
  readonly split_column: string;
}

/** Files of JSON lines, one a split where the path says so. */
export interface SplitFiles {
  /** Writes values that come of one row. */
  readonly write: (row: Row, values: readonly Json[]) => void | Promise<void>;
  /** Makes the files appear. */
  readonly close: () => ReturnType<LineFile["close"]>;
  readonly abort: () => Promise<void>;
}

/** The column that a sink needs to know the split of a row, if it has to know it. */
export function splitRequirements({ path, split_column }: SplitPath): readonly ColumnRequirement[] {
  return path.includes(PLACE) ? [{ column: split_column, type: "string", at: ["split_column"] }] : [];
}

/** Opens the file of a sink, or makes ready to open one for each split that comes. */
export async function openSplitFiles(
  outputs: OutputFiles,
  { path, split_column }: SplitPath,
  open: (outputs: OutputFiles, path: string) => Promise<LineFile> = openLineFile,
): Promise<SplitFiles> {
  if (!path.includes(PLACE)) {
    const file = await open(outputs, path);
    return {
      write: (_row, values) => values.length === 1 ? file.write(values[0]!) : writeAll(file, values),
      close: file.close,
      abort: file.abort,
    };
  }
  const files = new Map<string, LineFile>();
  const fileOf = async (split: string): Promise<LineFile> => {
    const known = files.get(split);
    if (known !== undefined) return known;
    if (files.size === SPLITS_MAX) throw tooMany(split);
    const file = await open(outputs, path.replaceAll(PLACE, split));
    files.set(split, file);
    return file;
  };
  return {
    write: async (row, values) => {
      const file = await fileOf(splitOf(row, split_column));
      await writeAll(file, values);
    },
    close: async () => {
      const reports = [];
      for (const [, file] of byName(files)) reports.push(await file.close());
      return { files: reports.flatMap((report) => report.files) };
    },
    abort: async () => {
      for (const file of files.values()) await file.abort();
    },
  };
}

async function writeAll(file: LineFile, values: readonly Json[]): Promise<void> {
  for (const value of values) await file.write(value);
}

/** @throws {FastDistillError} `data.invalid_sample` for a row that does not tell of its split where it has to */
export function checkSplit(row: Row, { path, split_column }: SplitPath): void {
  if (path.includes(PLACE)) splitOf(row, split_column);
}

/** Whichever split came first, the report is the same. */
function byName(files: ReadonlyMap<string, LineFile>): readonly (readonly [string, LineFile])[] {
  return [...files].sort(([a], [b]) => a < b ? -1 : 1);
}

function splitOf(row: Row, column: string): string {
  const split = row[column] ?? null;
  if (typeof split === "string" && SPLIT_NAME.test(split)) return split;
  throw new FastDistillError(
    "data.invalid_sample",
    `Write a row into the file of its split, found ${JSON.stringify(split).slice(0, 80)} in "${column}"`,
    {
      hint: "A split is named by up to 64 letters, digits, dots, dashes and underscores; see the step split",
    },
  );
}

function tooMany(split: string): FastDistillError {
  return new FastDistillError(
    "data.invalid_sample",
    `Write at most ${SPLITS_MAX} splits, found another one: "${split}"`,
    { hint: "Check that split_column names the column with the split" },
  );
}
