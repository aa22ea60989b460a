import type { Json, OutputFiles, SinkReport } from "@fastdistill/core/authoring";
import { compressionOf } from "../_shared/file_format.ts";
import { compressInto } from "./_compress.ts";

/** A file of JSON lines in the making. */
export interface LineFile {
  readonly write: (value: Json) => void | Promise<void>;
  /** Makes the file appear. */
  readonly close: () => Promise<SinkReport>;
  readonly abort: () => Promise<void>;
}

/** Opens a file of JSON lines, compressed where its name ends in `.gz` or `.zst`. */
export async function openLineFile(outputs: OutputFiles, path: string): Promise<LineFile> {
  const file = await outputs.create(path);
  const sink = compressInto(file, compressionOf(path));
  let rows = 0;
  return {
    write: (value) => {
      rows++;
      return sink.write(`${JSON.stringify(value)}\n`);
    },
    close: async () => {
      await sink.finish();
      return { files: [{ ...await file.commit(), rows }] };
    },
    abort: () => file.abort(),
  };
}
