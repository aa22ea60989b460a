import { FastDistillError, type OutputFile } from "@fastdistill/core/authoring";
import { once } from "node:events";
import { createGzip, createZstdCompress } from "node:zlib";
import type { Compression } from "../_shared/file_format.ts";
import type { ByteSink } from "./_data_file.ts";

/** Puts a compression before an output file. The same data gives the same bytes: no time and no name is written. */
export function compressInto(output: OutputFile, compression: Compression): ByteSink {
  if (compression === "none") return { write: (data) => output.write(data), finish: () => Promise.resolve() };
  const stream = compression === "gzip" ? createGzip() : createZstdCompress();
  let writing: Promise<void> = Promise.resolve();
  let failure: unknown;
  stream.on("error", (cause) => failure ??= cause);
  stream.on("data", (chunk: Uint8Array) => {
    writing = writing.then(() => output.write(chunk)).catch((cause) => void (failure ??= cause));
  });
  const check = () => {
    if (failure !== undefined) throw asWriteFailure(failure);
  };
  return {
    write: (data) => {
      check();
      if (stream.write(data)) return;
      return once(stream, "drain").then(() => writing).then(check);
    },
    finish: async () => {
      const ended = once(stream, "end");
      stream.end();
      await ended;
      await writing;
      check();
    },
  };
}

function asWriteFailure(cause: unknown): unknown {
  if (cause instanceof FastDistillError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FastDistillError("data.write_failed", `Cannot compress a file: ${reason}`, { cause });
}
