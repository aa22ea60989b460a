import type { Json, OutputFiles, SinkReport } from "@fastdistill/core";

/** A file of JSON lines in the making. */
export interface LineFile {
  readonly write: (value: Json) => void | Promise<void>;
  /** Makes the file appear. */
  readonly close: () => Promise<SinkReport>;
  readonly abort: () => Promise<void>;
}

/** Opens a file of JSON lines. */
export async function openLineFile(outputs: OutputFiles, path: string): Promise<LineFile> {
  const file = await outputs.create(path);
  let rows = 0;
  return {
    write: (value) => {
      rows++;
      return file.write(`${JSON.stringify(value)}\n`);
    },
    close: async () => ({ files: [{ ...await file.commit(), rows }] }),
    abort: () => file.abort(),
  };
}
