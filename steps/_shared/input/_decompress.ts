import { FastDistillError } from "@fastdistill/core/authoring";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { loadPackage } from "../load_package.ts";
import type { InputFile } from "./_input_file.ts";

/** The bytes of a file as they were before it was compressed. @throws {FastDistillError} `data.malformed` */
export function plainBytes({ name, compression, store }: InputFile): AsyncIterable<Uint8Array> {
  const bytes = store.readBytes(name);
  if (compression === "gzip") return gunzipped(bytes, name);
  return compression === "zstd" ? unzstd(bytes, name) : bytes;
}

async function* gunzipped(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const source = Readable.from(bytes);
  const plain = createGunzip();
  let failure: unknown;
  source.on("error", (cause) => {
    failure = cause;
    plain.destroy(cause as Error);
  });
  try {
    for await (const chunk of source.pipe(plain)) yield chunk as Uint8Array;
  } catch (cause) {
    throw failure ?? damaged(name, "gzip", cause);
  } finally {
    source.destroy();
    plain.destroy();
  }
}

/** Not by `node:zlib`: under Deno it takes a file that was cut off for a whole one, and refuses one of several frames. */
async function* unzstd(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const { Decompress } = await loadPackage("fzstd", {
    use: "Read files that end in .zst",
    load: () => import("fzstd"),
  });
  let ready: Uint8Array[] = [];
  const plain = new Decompress((chunk) => void ready.push(chunk));
  const push = (chunk: Uint8Array, isLast: boolean): readonly Uint8Array[] => {
    try {
      plain.push(chunk, isLast);
    } catch (cause) {
      throw damaged(name, "zstd", cause);
    }
    const given = ready;
    ready = [];
    return given;
  };
  for await (const chunk of bytes) yield* push(chunk, false);
  yield* push(new Uint8Array(0), true);
}

function damaged(name: string, compression: string, cause: unknown): FastDistillError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FastDistillError("data.malformed", `Decompress ${name} as ${compression}: ${reason}`, {
    cause,
    hint: "The file is damaged or cut off, or compression: says what it is not",
  });
}
