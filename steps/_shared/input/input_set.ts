import {
  FastDistillError,
  type InputFingerprint,
  type Inspection,
  isFastDistillError,
  type Row,
  type SourceRunner,
  type StepSetup,
} from "@fastdistill/core/authoring";
import { isFilePattern } from "@fastdistill/core/runtime";
import { z } from "zod";
import { type Compression, compressionOf, type FileFormat, formatOf } from "../file_format.ts";
import { isObjectAddress, ObjectStorage, STORAGE, type StorageConfig } from "../object_storage.ts";
import { completeRow } from "./complete_row.ts";
import { plainBytes } from "./_decompress.ts";
import { datasetFiles, type DatasetPart } from "./_dataset_folder.ts";
import { flatRows } from "./_flat_rows.ts";
import {
  type CsvOptions,
  type InputFile,
  type InputStore,
  NO_OBJECT,
  type ReadOptions,
  type UnreadableRecord,
} from "./_input_file.ts";
import { countJsonLines } from "./_json_lines.ts";
import { objectFiles } from "./_object_files.ts";
import { parquetCount } from "./_parquet_rows.ts";
import { columnsOf, rowBatches } from "./_read_file.ts";
import { type FileColumns, refuseDrift, uniteColumns, type UnitedColumns } from "./_schema_drift.ts";
import { isWebAddress, shown, webFiles } from "./_web_files.ts";

/** Rows of a file by which its columns are known before the run. */
const SAMPLE_ROWS = 1000;
const FILES_MAX = 100_000;
const SHOWN_CHARS = 80;
const SHOWN_PLACES = 5;

/** What integers do that a number does not hold. */
export const INT64 = z.enum(["fail", "text"]).default("fail").describe(
  "Integers beyond 2^53, which a number may not hold: fail refuses those that would be others, text reads digits as text, " +
    "of whole columns in Parquet and Arrow files",
);

/** What a source of files is told. */
export interface InputSetConfig extends DatasetPart {
  readonly path: string | readonly string[];
  readonly format: FileFormat | "auto";
  /** Format of files whose names tell none. @default {such a file is refused} */
  readonly otherwise?: FileFormat | undefined;
  readonly compression?: Compression | "auto" | undefined;
  readonly limit?: number | undefined;
  readonly on_malformed: "fail" | "skip" | "quarantine";
  readonly on_drift: "warn" | "fail";
  readonly storage: StorageConfig;
  readonly read: Omit<ReadOptions, "onUnreadable" | "onRow">;
}

/** Rows of a file as they stand in it: no column is added. */
export interface FileRows {
  /** Of the file, without credentials. */
  readonly name: string;
  /** Where it is, for errors: absolute path or address. */
  readonly place: string;
  /** For each row its line, of JSON lines; its number in the file, from 1, otherwise. */
  readonly lines: readonly number[];
  readonly rows: readonly Row[];
}

/** Files as a step that is no source takes them: nothing is said but where they are, and nothing unreadable is left out. */
export function plainInputs(
  path: string | readonly string[],
  types: CsvOptions["types"] = {},
): InputSetConfig {
  return {
    path,
    format: "auto",
    on_malformed: "fail",
    on_drift: "warn",
    storage: STORAGE.parse({}),
    read: { csv: { types, null_values: [""] }, int64: "text" },
  };
}

type Place = Pick<StepSetup, "files" | "env">;

/** Files that are read as one, one after the other. */
export class InputSet {
  readonly #config: InputSetConfig;
  readonly #place: Place;
  readonly #objects: InputStore;

  constructor(config: InputSetConfig, place: Place) {
    this.#config = config;
    this.#place = place;
    this.#objects = objectFiles(new ObjectStorage(config.storage, place.env));
  }

  /** Columns and fingerprints of the files, and how they differ. */
  async inspect(): Promise<Inspection> {
    const files = await this.#files();
    const { columns, drift } = await this.#columns(files);
    if (this.#config.on_drift === "fail") refuseDrift(drift);
    const inputs = await this.fingerprints();
    const code = "data.schema_drift" as const;
    return {
      columns,
      inputs,
      warnings: drift.map((found) => ({ code, message: `Input files differ: ${found}` })),
    };
  }

  /** Digests of the files. */
  async fingerprints(): Promise<readonly InputFingerprint[]> {
    const inputs: InputFingerprint[] = [];
    for (const { name, store } of await this.#files()) {
      const found = await explainMissing(name, () => store.fingerprint(name));
      inputs.push({ name: isWebAddress(name) ? shown(name) : name, ...found });
    }
    return inputs;
  }

  /** The rows of each file, with where they stand. */
  async *rowsOfFiles(signal: AbortSignal): AsyncGenerator<FileRows> {
    for (const file of await this.#files()) {
      const known: number[] = [];
      const onRow = (line: number) => void known.push(line);
      const place = this.#placeOf(file.name);
      let count = 0;
      for await (const rows of rowBatches(file, { ...this.#options(file, () => {}), onRow })) {
        signal.throwIfAborted();
        const given = known.splice(0, rows.length);
        const lines = rows.map((_, at) => given[at] ?? count + at + 1);
        yield { name: isWebAddress(file.name) ? shown(file.name) : file.name, place, rows, lines };
        count += rows.length;
      }
    }
  }

  /** What files of text in columns hold, each as it was before it was compressed; `undefined` where a file is of another format. */
  async delimitedTexts(): Promise<readonly AsyncIterable<Uint8Array>[] | undefined> {
    const files = await this.#files();
    return files.every(({ format }) => format === "csv") ? files.map(plainBytes) : undefined;
  }

  /** The set as a source at work. */
  runner(setup: Pick<StepSetup, "warn" | "quarantine">): SourceRunner {
    return {
      rows: (signal) => flatRows(this.#batches(signal, setup)),
      count: (signal) => this.#count(signal),
    };
  }

  async *#batches(
    signal: AbortSignal,
    setup: Pick<StepSetup, "warn" | "quarantine">,
  ): AsyncGenerator<readonly Row[]> {
    const files = await this.#files();
    const columns = Object.keys((await this.#columns(files)).columns);
    const left = new LeftOut();
    let wanted = this.#config.limit ?? Infinity;
    for (const file of files) {
      const options = this.#options(file, async (record) => {
        left.add(file.name, record);
        if (this.#config.on_malformed === "quarantine") {
          await setup.quarantine({ file: file.name, ...record });
        }
      });
      for await (const rows of rowBatches(file, options)) {
        signal.throwIfAborted();
        const given = rows.length > wanted ? rows.slice(0, wanted) : rows;
        yield given.map((row) => completeRow(row, columns));
        wanted -= given.length;
        if (wanted === 0) return left.tell(setup);
      }
    }
    left.tell(setup);
  }

  async #count(signal: AbortSignal): Promise<number> {
    const { limit = Infinity, on_malformed } = this.#config;
    let count = 0;
    for (const file of await this.#files()) {
      if (file.format === "parquet" && on_malformed === "fail") count += await parquetCount(file);
      else if (file.format === "jsonl" && on_malformed === "fail") count += await countJsonLines(file);
      else {
        for await (const rows of rowBatches(file, this.#options(file, () => {}))) {
          signal.throwIfAborted();
          count += rows.length;
          if (count >= limit) return limit;
        }
      }
    }
    return Math.min(count, limit);
  }

  async #columns(files: readonly InputFile[]): Promise<UnitedColumns> {
    const rowsMax = Math.min(this.#config.limit ?? Infinity, SAMPLE_ROWS);
    const found: FileColumns[] = [];
    for (const file of files) {
      const options = this.#options(file, () => {});
      const columns = await explainMissing(file.name, () => columnsOf(file, options, rowsMax));
      found.push({ name: file.name, columns });
    }
    return uniteColumns(found);
  }

  #options(file: InputFile, onLeftOut: (record: UnreadableRecord) => void | Promise<void>): ReadOptions {
    const isFatal = this.#config.on_malformed === "fail";
    return {
      ...this.#config.read,
      onUnreadable: (record) => {
        if (isFatal) throw this.#malformed(file, record);
        return onLeftOut(record);
      },
    };
  }

  async #files(): Promise<readonly InputFile[]> {
    const paths = typeof this.#config.path === "string" ? [this.#config.path] : this.#config.path;
    const files: InputFile[] = [];
    for (const path of paths) {
      const store = this.#storeOf(path);
      const names = await this.#namesOf(path, store);
      for (const name of names) files.push(this.#file(name, store));
    }
    if (files.length > FILES_MAX) {
      throw new FastDistillError(
        "config.invalid_value",
        `Read at most ${FILES_MAX} files, found ${files.length}`,
      );
    }
    return files;
  }

  #storeOf(path: string): InputStore {
    if (isObjectAddress(path)) return this.#objects;
    return isWebAddress(path) ? webFiles : this.#place.files;
  }

  async #namesOf(path: string, store: InputStore): Promise<readonly string[]> {
    const names = await store.list(path);
    const isSingle = names.length === 1 && names[0] === path;
    if (isSingle || isFilePattern(path)) return names;
    const files = await datasetFiles({ path, names, store }, this.#config);
    if (files.length > 0) return files;
    throw new FastDistillError("data.file_not_found", `Find data files in the folder "${path}", found none`, {
      hint: "Data files are told by their endings, such as .jsonl, .csv and .parquet",
    });
  }

  #file(name: string, store: InputStore): InputFile {
    const { format: wanted, compression: said = "auto" } = this.#config;
    const format = wanted === "auto" ? formatOf(name) ?? this.#config.otherwise : wanted;
    if (format === undefined) {
      throw new FastDistillError(
        "config.invalid_value",
        `Tell the format of "${name}" by its ending, found none that is known`,
        {
          hint: "Say it: format: jsonl, json, csv, parquet or arrow",
        },
      );
    }
    return { name, format, compression: said === "auto" ? compressionOf(name) : said, store };
  }

  #placeOf(name: string): string {
    if (isWebAddress(name)) return shown(name);
    return isObjectAddress(name) ? name : this.#place.files.resolve(name);
  }

  #malformed({ name, format }: InputFile, { line, text, reason, hint }: UnreadableRecord): FastDistillError {
    const found = text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}...` : text;
    const what = format === "jsonl" || format === "json" ? "a JSON object" : "a record";
    const why = reason === NO_OBJECT ? "" : ` (${reason})`;
    return new FastDistillError("data.malformed", `Read ${what} at ${name}:${line}, found${why}: ${found}`, {
      hint: hint ?? "Mend the line, or leave such lines out with on_malformed: skip or quarantine",
      location: { file: this.#placeOf(name), line },
      context: { path: name, line },
    });
  }
}

/** Counts what is left out, and remembers where the first of it was. */
class LeftOut {
  readonly #places: string[] = [];
  #count = 0;

  add(name: string, { line }: UnreadableRecord): void {
    this.#count++;
    if (this.#places.length < SHOWN_PLACES) this.#places.push(`${name}:${line}`);
  }

  tell({ warn }: Pick<StepSetup, "warn">): void {
    if (this.#count === 0) return;
    const more = this.#count > this.#places.length ? ` and ${this.#count - this.#places.length} more` : "";
    const records = this.#count === 1 ? "1 record" : `${this.#count} records`;
    warn("data.malformed", `Left out ${records} that cannot be read: ${this.#places.join(", ")}${more}`);
  }
}

/** Says of a file that is not there how it was written and where it was looked for. */
async function explainMissing<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (!isFastDistillError(cause) || cause.code !== "data.file_not_found" || isWebAddress(path)) throw cause;
    const message = `Cannot open the input file "${path}": ${cause.message}`;
    throw new FastDistillError("data.file_not_found", message, { cause, context: { path } });
  }
}
