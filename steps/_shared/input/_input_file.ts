import type { InputFiles, Row } from "@fastdistill/core/authoring";
import type { Compression, FileFormat } from "../file_format.ts";

/** Where the bytes of input files come from. */
export type InputStore = Pick<InputFiles, "readBytes" | "size" | "list" | "fingerprint">;

/** A file to be read. */
export interface InputFile {
  /** As it is shown, and as the store knows it. */
  readonly name: string;
  readonly format: FileFormat;
  readonly compression: Compression;
  readonly store: InputStore;
}

/** A record that cannot be read. */
export interface UnreadableRecord {
  /** Line or record in the file, from 1. */
  readonly line: number;
  readonly text: string;
  readonly reason: string;
  readonly hint?: string;
}

/** Why a record of JSON is none, where nothing else is known. */
export const NO_OBJECT = "it is no JSON object";

/** What to do about integers that a number cannot hold. */
export const INT64_HINT = "Read such integers as text: int64: text";

/** How the content of files is read. */
export interface ReadOptions {
  readonly csv: CsvOptions;
  /** Key of a JSON document that holds the list of rows. */
  readonly records?: string | undefined;
  /** What becomes of 64-bit integers that a number cannot hold: the record is unreadable, or the column is text. */
  readonly int64: "fail" | "text";
  /** Column that receives the line of a row as it stands in the file. */
  readonly line_column?: string | undefined;
  /** Told of the line of each row before its batch; by formats in which it is not the number of the record. */
  readonly onRow?: ((line: number) => void) | undefined;
  /** Told of each record that cannot be read; may throw. */
  readonly onUnreadable: (record: UnreadableRecord) => void | Promise<void>;
}

/** How text in columns is read. */
export interface CsvOptions {
  /** @default {"\t" for .tsv, else ","} */
  readonly delimiter?: string | undefined;
  /** Names of the columns; the first record when absent. */
  readonly columns?: readonly string[] | undefined;
  /** What a column holds; text when absent. */
  readonly types: Readonly<Record<string, "string" | "number" | "boolean" | "json">>;
  /** Unquoted values that mean null. */
  readonly null_values: readonly string[];
}

/** Rows of a file, a batch at a time. */
export type RowBatches = AsyncGenerator<readonly Row[]>;
