import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { describeThrown, FastDistillError, isFastDistillError } from "../errors/mod.ts";
import { makeFolder, systemRandom } from "../runtime/mod.ts";
import { BUNDLE_FILE, type BundleManifest, invalidBundle, parseBundle } from "./_bundle_manifest.ts";
import { readTarHeader, TAR_END, tarHeader, tarPadding } from "./_tar.ts";

const BLOCK = 512;
const MANIFEST_BYTES_MAX = 64 * 1024 * 1024;
/** A file that comes out of a bundle may be as large as that when nothing else is said. */
const BYTES_MAX = 50 * 1024 * 1024 * 1024;

/** A file on its way into an archive. */
export interface ArchivedFile {
  readonly entry: string;
  readonly size: number;
  /** Where it is read from, or what it holds. */
  readonly from: { readonly file: string } | { readonly text: string };
}

/** Writes a compressed archive that appears whole. @throws {FastDistillError} `data.write_failed` */
export async function writeArchive(target: string, files: readonly ArchivedFile[]): Promise<void> {
  await makeFolder(dirname(target));
  const temporary = `${target}.${systemRandom.integer(2 ** 32).toString(36)}.tmp`;
  try {
    await pipeline(
      Readable.from(archiveOf(files)),
      createGzip(),
      createWriteStream(temporary, { flags: "wx" }),
    );
    const handle = await open(temporary, "r");
    await handle.sync().finally(() => handle.close());
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true });
    if (isFastDistillError(cause)) throw cause;
    throw new FastDistillError("data.write_failed", `Cannot write ${target}: ${describeThrown(cause)}`, {
      cause,
    });
  }
}

async function* archiveOf(files: readonly ArchivedFile[]): AsyncGenerator<Uint8Array> {
  for (const { entry, size, from } of files) {
    yield tarHeader({ name: entry, size });
    let written = 0;
    const chunks = "text" in from ? [Buffer.from(from.text)] : createReadStream(from.file);
    for await (const chunk of chunks) {
      written += (chunk as Uint8Array).byteLength;
      yield chunk as Uint8Array;
    }
    if (written !== size) {
      throw new FastDistillError("data.digest_mismatch", `${entry} changed while it was put into a bundle`);
    }
    yield new Uint8Array(tarPadding(size));
  }
  yield TAR_END;
}

/** How a bundle is unpacked. */
export interface UnpackOptions {
  /** Folder that is there and empty. */
  readonly into: string;
  /** Bytes that all files may have together. @default {50 GiB} */
  readonly bytesMax?: number | undefined;
}

/**
 * Unpacks a bundle: each file that its manifest lists, as large as it says, with the digest that it states, in that order
 * and nothing else. No file leaves the folder, and no more is written than the manifest says, which is checked before.
 *
 * @throws {FastDistillError} `data.invalid_bundle`, `data.file_not_found`, `data.write_failed`
 */
export async function unpackBundle(
  file: string,
  { into, bytesMax = BYTES_MAX }: UnpackOptions,
): Promise<BundleManifest> {
  using reader = new ByteReader(file);
  const first = await nextEntry(file, reader);
  if (first?.name !== BUNDLE_FILE) throw invalidBundle(file, `it does not begin with ${BUNDLE_FILE}`);
  if (first.size > MANIFEST_BYTES_MAX) throw invalidBundle(file, `its ${BUNDLE_FILE} is too large`);
  const bundle = parseBundle(file, new TextDecoder().decode(await reader.take(first.size)));
  await reader.take(tarPadding(first.size));
  const total = bundle.files.reduce((sum, { size }) => sum + size, 0);
  if (total > bytesMax) {
    throw invalidBundle(
      file,
      `its files have ${total} bytes together, more than the ${bytesMax} that are allowed`,
    );
  }
  for (const listed of bundle.files) {
    const entry = await nextEntry(file, reader);
    if (entry?.name !== listed.entry || entry.size !== listed.size) {
      throw invalidBundle(file, `${listed.path} is not where ${BUNDLE_FILE} says`);
    }
    const sha256 = await reader.copy(join(into, listed.path), listed.size);
    if (sha256 !== listed.sha256) {
      throw invalidBundle(file, `${listed.path} does not have the digest that is stated`);
    }
    await reader.take(tarPadding(listed.size));
  }
  if (await nextEntry(file, reader) !== undefined) {
    throw invalidBundle(file, `${BUNDLE_FILE} does not list all files`);
  }
  await reader.take(TAR_END.byteLength - BLOCK);
  await reader.finish();
  return bundle;
}

async function nextEntry(
  file: string,
  reader: ByteReader,
): Promise<{ readonly name: string; readonly size: number } | undefined> {
  const entry = readTarHeader(await reader.take(BLOCK));
  if (typeof entry === "string") throw invalidBundle(file, entry);
  return entry;
}

/** Takes bytes from a compressed file, a few in memory at a time. */
class ByteReader implements Disposable {
  readonly #file: string;
  readonly #source: ReturnType<typeof createReadStream>;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(file: string) {
    this.#file = file;
    this.#source = createReadStream(file);
    const unzipped = createGunzip();
    this.#source.on("error", (cause) => unzipped.destroy(cause));
    this.#chunks = this.#source.pipe(unzipped)[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes. @throws {FastDistillError} `data.invalid_bundle` where there are fewer */
  async take(count: number): Promise<Uint8Array> {
    const taken = new Uint8Array(count);
    let at = 0;
    while (at < count) {
      const chunk = await this.#next(count - at);
      taken.set(chunk, at);
      at += chunk.byteLength;
    }
    return taken;
  }

  /** Reads to the end, where the compressed data are checked. @throws {FastDistillError} when more comes */
  async finish(): Promise<void> {
    const last = this.#rest.byteLength > 0 ? this.#rest : await this.#read();
    if (last !== undefined) throw invalidBundle(this.#file, "something follows its end");
  }

  /** Writes exactly so many bytes into a new file, and gives their digest. */
  async copy(target: string, count: number): Promise<string> {
    const hasher = createHash("sha256");
    await mkdir(dirname(target), { recursive: true });
    const bytes = async function* (reader: ByteReader) {
      for (let left = count; left > 0;) {
        const chunk = await reader.#next(left);
        left -= chunk.byteLength;
        hasher.update(chunk);
        yield chunk;
      }
    };
    try {
      await pipeline(Readable.from(bytes(this)), createWriteStream(target, { flags: "wx" }));
    } catch (cause) {
      if (isFastDistillError(cause)) throw cause;
      throw new FastDistillError("data.write_failed", `Cannot write ${target}: ${describeThrown(cause)}`, {
        cause,
      });
    }
    return hasher.digest("hex");
  }

  async #next(max: number): Promise<Uint8Array> {
    if (this.#rest.byteLength === 0) {
      const chunk = await this.#read();
      if (chunk === undefined) throw invalidBundle(this.#file, "it is cut off");
      this.#rest = chunk;
    }
    const chunk = this.#rest.subarray(0, max);
    this.#rest = this.#rest.subarray(chunk.byteLength);
    return chunk;
  }

  /** `undefined` at the end. */
  async #read(): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await this.#chunks.next();
      return done === true ? undefined : value;
    } catch (cause) {
      const { code } = cause as { readonly code?: unknown };
      if (code === "EISDIR") {
        throw new FastDistillError(
          "data.file_not_found",
          `Cannot read the bundle ${this.#file}: it is a folder`,
          {
            hint: `To make a bundle of a run, use fastdistill bundle ${this.#file}`,
          },
        );
      }
      if (code === "ENOENT") {
        throw new FastDistillError(
          "data.file_not_found",
          `Cannot read the bundle ${this.#file}: there is no such file`,
        );
      }
      throw invalidBundle(this.#file, `it is damaged: ${describeThrown(cause)}`, cause);
    }
  }

  [Symbol.dispose](): void {
    this.#source.destroy();
  }
}
