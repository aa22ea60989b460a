import { createHash } from "node:crypto";
import { createWriteStream, readFileSync, type Stats, statSync } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type { ByteRange, InputFiles, OutputFile, OutputFiles } from "../component/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { lineBatches } from "./line_batches.ts";
import { unreadableFile } from "./_missing_file.ts";
import { listFiles } from "./list_files.ts";
import { systemRandom } from "./random.ts";
import { STANDARD_INPUT, standardInputFile } from "./standard_input.ts";
import { errorCodeOf, reasonOf } from "./system_error.ts";

const READ_BYTES_MAX = 64 * 1024 * 1024;
const SMALL_BYTES_MAX = 64 * 1024;
const READ_BUFFER_BYTES = 64 * 1024;
const DESCRIPTOR = /^\/dev\/(?:stdin$|fd\/)|^\/proc\/self\/fd\//;
/** Small, so that the lines in it are mostly gone before the garbage collector takes them for old. */
const WRITE_BUFFER_CHARS = 64 * 1024;

/** How input files are found. */
export interface InputFileOptions {
  /** Absolute paths of files that are elsewhere, by the path that the configuration has. */
  readonly moved?: Readonly<Record<string, string>> | undefined;
  /** Told of each path that is used, and of its digest where that was taken. */
  readonly onUse?: (path: string, found?: { readonly sha256: string; readonly size: number }) => void;
}

/** Reads of files whose relative paths start at `baseDir`; `-` is the standard input. */
export function inputFilesOf(baseDir: string, { moved = {}, onUse }: InputFileOptions = {}): InputFiles {
  const resolvePath = (path: string) => {
    onUse?.(path);
    if (Object.hasOwn(moved, path)) return moved[path]!;
    return isAbsolute(path) ? path : resolve(baseDir, path);
  };
  const locate = async (path: string) =>
    path === STANDARD_INPUT ? await standardInputFile() : resolvePath(path);
  return {
    resolve: resolvePath,
    readText: async (path, options = {}) =>
      await readTextFile(await locate(path), options.bytesMax ?? READ_BYTES_MAX),
    readLines: async function* (path) {
      yield* readLines(await locate(path));
    },
    fingerprint: async (path) => {
      const found = await fingerprintFile(await locate(path));
      onUse?.(path, found);
      return found;
    },
    readBytes: async function* (path, range) {
      yield* readBytes(await locate(path), range);
    },
    size: async (path) => (await fileStatus(await locate(path))).size,
    list: async (path) => path === STANDARD_INPUT ? [path] : await listFiles(baseDir, path),
  };
}

/**
 * Reads a text file whole.
 * @throws {FastDistillError} `data.file_not_found`; `data.malformed` when it is larger than `bytesMax`
 */
export async function readTextFile(path: string, bytesMax: number = READ_BYTES_MAX): Promise<string> {
  const status = await fileStatus(path);
  // Opening a pipe with a name waits for a writer, who may never come; that of a descriptor has one.
  if (status.isFIFO() && !DESCRIPTOR.test(path)) throw notAFile(path, status);
  if (status.size > bytesMax) throw tooLarge(path, bytesMax, String(status.size));
  if (status.isFile()) return await readFile(path, "utf8");
  // Of a pipe nobody knows how much will come.
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  for await (const bytes of readBytes(path)) {
    size += bytes.length;
    if (size > bytesMax) throw tooLarge(path, bytesMax, "more");
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

function tooLarge(path: string, bytesMax: number, found: string): FastDistillError {
  const message = `Read a file of at most ${bytesMax} bytes, found ${found}: ${path}`;
  return new FastDistillError("data.malformed", message);
}

/** Streams the bytes of a file, or of a part of it. @throws {FastDistillError} `data.file_not_found` */
export async function* readBytes(path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
  await fileStatus(path);
  const handle = await open(path, "r");
  try {
    let { start: position, end } = range ?? { start: 0, end: Infinity };
    while (position < end) {
      const bytes = new Uint8Array(Math.min(READ_BUFFER_BYTES, end - position));
      // A pipe has no positions: it is read on from where it stands.
      const at = range === undefined ? null : position;
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, at);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield bytes.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/**
 * Reads a text file of at most 64 KiB at once, such as a secret that something mounted.
 * @throws {FastDistillError} `data.file_not_found`; `data.malformed` when it is larger
 */
export function readSmallFile(path: string): string {
  try {
    const status = statSync(path);
    if (!status.isFile()) throw notAFile(path, status);
    if (status.size > SMALL_BYTES_MAX) {
      const message = `Read a file of at most ${SMALL_BYTES_MAX} bytes, found ${status.size}: ${path}`;
      throw new FastDistillError("data.malformed", message);
    }
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof FastDistillError) throw cause;
    throw new FastDistillError("data.file_not_found", `Cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** Streams the lines of a text file, without their ends; a byte order mark is dropped. */
export async function* readLines(path: string): AsyncGenerator<string> {
  for await (const lines of lineBatches(readBytes(path), path)) yield* lines;
}

/** Digest and size of a file, read in pieces. */
export async function fingerprintFile(
  path: string,
): Promise<{ readonly sha256: string; readonly size: number }> {
  const hasher = createHash("sha256");
  let size = 0;
  for await (const chunk of readBytes(path)) {
    hasher.update(chunk);
    size += chunk.byteLength;
  }
  return { sha256: hasher.digest("hex"), size };
}

/** Whether something exists at a path. */
export async function pathExists(path: string): Promise<boolean> {
  return await stat(path).then(() => true, (cause) => {
    if (errorCodeOf(cause) === "ENOENT" || errorCodeOf(cause) === "ENOTDIR") return false;
    throw cause;
  });
}

function notAFile(path: string, status: Stats): FastDistillError {
  const found = status.isDirectory() ? "a folder" : "a device or a pipe";
  return new FastDistillError("data.file_not_found", `Read a file, found ${found}: ${path}`);
}

async function fileStatus(path: string): Promise<Stats> {
  try {
    const status = await stat(path);
    // A device may have no end.
    if (status.isDirectory() || status.isCharacterDevice() || status.isBlockDevice()) {
      throw notAFile(path, status);
    }
    return status;
  } catch (cause) {
    if (cause instanceof FastDistillError) throw cause;
    throw await unreadableFile(path, cause);
  }
}

/** Where output files may be. */
export interface OutputFileOptions {
  /** Absolute folder outside of which nothing is written. @default {anywhere} */
  readonly within?: string | undefined;
}

/** Writes of files whose relative paths start at `baseDir`. A path that leaves it must be absolute. */
export function outputFilesOf(baseDir: string, { within }: OutputFileOptions = {}): OutputFiles {
  return {
    create: (path) => {
      const absolute = isAbsolute(path) ? path : resolve(baseDir, path);
      if (!isAbsolute(path) && !isWithin(baseDir, absolute)) {
        const message = `Write inside the run folder, or give an absolute path: "${path}"`;
        return Promise.reject(new FastDistillError("data.write_failed", message));
      }
      if (within !== undefined && !isWithin(within, absolute)) {
        const message = `Cannot write ${absolute}: it is outside of ${within}`;
        return Promise.reject(new FastDistillError("data.write_failed", message));
      }
      return createFile(absolute);
    },
  };
}

/** Whether a path is in a folder, by its text: links are not followed. Both are absolute. */
export function isWithin(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

/** Opens a file that appears, whole, at `commit`: temporary file, fsync, rename. */
export async function createFile(path: string): Promise<OutputFile> {
  await makeFolder(dirname(path));
  const temporary = `${path}.${systemRandom.integer(2 ** 32).toString(36)}.tmp`;
  const stream = createWriteStream(temporary, { flags: "wx" });
  return new AtomicFile(path, temporary, stream);
}

/** Writes a whole text file at once: it appears complete or not at all. */
export async function writeTextFile(path: string, text: string): Promise<void> {
  const file = await createFile(path);
  try {
    await file.write(text);
    await file.commit();
  } catch (cause) {
    await file.abort();
    throw cause;
  }
}

/** Makes a folder and those above it. @throws {FastDistillError} `data.write_failed` */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause) => {
    throw new FastDistillError("data.write_failed", `Cannot make the folder ${path}: ${reasonOf(cause)}`, {
      cause,
    });
  });
}

class AtomicFile implements OutputFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #stream: ReturnType<typeof createWriteStream>;
  readonly #hasher = createHash("sha256");
  #buffer = "";
  #size = 0;
  #failure: unknown;
  #finished: Promise<void> | undefined;

  constructor(path: string, temporary: string, stream: ReturnType<typeof createWriteStream>) {
    this.#path = path;
    this.#temporary = temporary;
    this.#stream = stream;
    stream.on("error", (error) => this.#failure = error);
  }

  write(data: string | Uint8Array): void | Promise<void> {
    if (typeof data !== "string") return this.#writeBytes(data);
    this.#buffer += data;
    if (this.#buffer.length >= WRITE_BUFFER_CHARS) return this.#flush();
  }

  finish(): Promise<void> {
    return this.#finished ??= this.#finish();
  }

  async commit(
    name?: string,
  ): Promise<{ readonly path: string; readonly sha256: string; readonly size: number }> {
    await this.finish();
    const path = name === undefined ? this.#path : join(dirname(this.#path), basename(name));
    try {
      await rename(this.#temporary, path);
    } catch (cause) {
      throw this.#writeFailed(cause);
    }
    return { path, sha256: this.#hasher.digest("hex"), size: this.#size };
  }

  async abort(): Promise<void> {
    await new Promise<void>((done) =>
      this.#stream.destroyed ? done() : this.#stream.destroy().once("close", done)
    );
    await rm(this.#temporary, { force: true });
  }

  async #finish(): Promise<void> {
    await this.#flush();
    try {
      await new Promise<void>((done, failed) => {
        this.#stream.once("error", failed);
        this.#stream.end(done);
      });
      const handle = await open(this.#temporary, "r");
      await handle.sync().finally(() => handle.close());
    } catch (cause) {
      throw this.#writeFailed(cause);
    }
  }

  async #writeBytes(bytes: Uint8Array): Promise<void> {
    await this.#flush();
    await this.#send(bytes);
  }

  async #flush(): Promise<void> {
    if (this.#failure !== undefined) throw this.#writeFailed(this.#failure);
    if (this.#buffer === "") return;
    const bytes = new TextEncoder().encode(this.#buffer);
    this.#buffer = "";
    await this.#send(bytes);
  }

  async #send(bytes: Uint8Array): Promise<void> {
    this.#hasher.update(bytes);
    this.#size += bytes.byteLength;
    await new Promise<void>((done, failed) =>
      this.#stream.write(bytes, (error) => error ? failed(this.#writeFailed(error)) : done())
    );
  }

  #writeFailed(cause: unknown): FastDistillError {
    return new FastDistillError("data.write_failed", `Cannot write ${this.#path}: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

/** Joins parts of a path. */
export function joinPath(...parts: readonly string[]): string {
  return join(...parts);
}
