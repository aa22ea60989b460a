import type { OutputFile, Row, SinkReport } from "@fastdistill/core/authoring";

/** A file of rows in some format, in the making. */
export interface DataFile {
  /** What it throws fails the row. */
  readonly write: (row: Row) => void | Promise<void>;
  /** Writes what is still missing; the file does not appear yet. */
  readonly finish: () => Promise<void>;
  /** Makes the finished file appear, under another file name where one is given. */
  readonly commit: (name?: string) => Promise<SinkReport["files"][number]>;
  readonly abort: () => Promise<void>;
}

/** Where a format writes its bytes. */
export interface ByteSink {
  readonly write: (data: string | Uint8Array) => void | Promise<void>;
  /** After the last byte. */
  readonly finish: () => Promise<void>;
}

/** How a format writes rows. */
export interface RowEncoder {
  readonly write: (row: Row) => void | Promise<void>;
  /** Writes the rest, after the last row. */
  readonly finish: () => void | Promise<void>;
}

/** A data file of an output file, what compresses it, and a format. */
export function dataFileOf(
  output: OutputFile,
  { sink, encoder }: { readonly sink: ByteSink; readonly encoder: RowEncoder },
): DataFile {
  let rows = 0;
  return {
    // Most rows need no promise.
    write: (row) => {
      const written = encoder.write(row);
      if (written === undefined) rows++;
      else return written.then(() => void rows++);
    },
    finish: async () => {
      await encoder.finish();
      await sink.finish();
      await output.finish();
    },
    commit: async (name) => ({ ...await output.commit(name), rows }),
    abort: () => output.abort(),
  };
}
