import { FastDistillError, type Row, type SinkReport } from "@fastdistill/core/authoring";
import { basename } from "node:path";
import type { DataFile } from "./_data_file.ts";
import type { LineFile } from "./_line_file.ts";

/** Stands for the number of a file, from 0. */
export const SHARD = "{shard}";
/** Stands for how many files there are. */
export const SHARDS = "{shards}";
const DIGITS = 5;
const SHARDS_MAX = 10_000;

/** How rows are spread over files. */
export interface ShardOptions {
  readonly path: string;
  /** Rows that a file has at most. */
  readonly rowsMax: number;
  readonly open: (path: string) => Promise<DataFile>;
}

/** Files of at most so many rows; with one file when there are none. */
export async function openShards({ path, rowsMax, open }: ShardOptions): Promise<LineFile> {
  const files: DataFile[] = [];
  const next = async () => {
    if (files.length === SHARDS_MAX) throw tooMany(path);
    const file = await open(numbered(path, files.length));
    files.push(file);
    return file;
  };
  let current = await next();
  let rows = 0;
  const add = (row: Row): void | Promise<void> => {
    const written = current.write(row);
    if (written === undefined) rows++;
    else return written.then(() => void rows++);
  };
  return {
    write: (row) => {
      if (rows < rowsMax) return add(row as Row);
      return current.finish().then(next).then((file) => {
        current = file;
        rows = 0;
        return add(row as Row);
      });
    },
    close: async () => {
      await current.finish();
      const written: SinkReport["files"][number][] = [];
      for (const [index, file] of files.entries()) {
        written.push(await file.commit(nameOf(path, { index, count: files.length })));
      }
      return { files: written };
    },
    abort: async () => {
      for (const file of files) await file.abort();
    },
  };
}

function numbered(path: string, index: number): string {
  return path.replaceAll(SHARD, String(index).padStart(DIGITS, "0"));
}

/** How many files there are is known at the end. */
function nameOf(
  path: string,
  { index, count }: { readonly index: number; readonly count: number },
): string | undefined {
  if (!path.includes(SHARDS)) return undefined;
  return basename(numbered(path, index).replaceAll(SHARDS, String(count).padStart(DIGITS, "0")));
}

function tooMany(path: string): FastDistillError {
  return new FastDistillError(
    "data.write_failed",
    `Write at most ${SHARDS_MAX} files of ${path}, found more`,
    {
      hint: "Raise rows_per_file",
    },
  );
}
