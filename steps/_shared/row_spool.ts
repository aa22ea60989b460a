import { describeThrown, FastDistillError, type KeyedRow } from "@fastdistill/core/authoring";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";

const WRITE_CHARS = 256 * 1024;

/** What a spool is told. */
export interface RowSpoolOptions {
  /** Folder for the file; made when it is needed, and removed by `close`. */
  readonly folder: string;
  /** Streams the lines of a file. */
  readonly readLines: (path: string) => AsyncIterable<string>;
}

/** Keeps rows in a file until all have come, so that a step that must see all of them does not hold them in memory. */
export class RowSpool {
  readonly #options: RowSpoolOptions;
  readonly #path: string;
  #file: FileHandle | undefined;
  #buffer: string[] = [];
  #chars = 0;

  constructor(options: RowSpoolOptions) {
    this.#options = options;
    this.#path = join(options.folder, "rows.jsonl");
  }

  /** Adds a row at the end. @throws {FastDistillError} `data.write_failed` */
  async add({ rowId, row }: KeyedRow): Promise<void> {
    const line = JSON.stringify([rowId, row]);
    this.#buffer.push(line);
    this.#chars += line.length;
    if (this.#chars >= WRITE_CHARS) await this.#flush();
  }

  /** The rows, in the order in which they came. */
  async *rows(): AsyncGenerator<KeyedRow> {
    if (this.#file === undefined) {
      for (const line of this.#buffer) yield parsed(line);
      return;
    }
    await this.#flush();
    for await (const line of this.#options.readLines(this.#path)) yield parsed(line);
  }

  /** Removes what was written. */
  async close(): Promise<void> {
    this.#buffer = [];
    this.#chars = 0;
    await this.#file?.close();
    this.#file = undefined;
    await rm(this.#options.folder, { recursive: true, force: true });
  }

  async #flush(): Promise<void> {
    try {
      if (this.#file === undefined) {
        await mkdir(this.#options.folder, { recursive: true });
        this.#file = await open(this.#path, "wx");
      }
      await this.#file.appendFile(this.#buffer.map((line) => `${line}\n`).join(""));
      this.#buffer = [];
      this.#chars = 0;
    } catch (cause) {
      throw new FastDistillError(
        "data.write_failed",
        `Cannot write ${this.#path}: ${describeThrown(cause)}`,
        { cause },
      );
    }
  }
}

function parsed(line: string): KeyedRow {
  const [rowId, row] = JSON.parse(line) as [string, KeyedRow["row"]];
  return { rowId, row };
}
