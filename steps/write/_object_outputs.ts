import {
  describeThrown,
  FastDistillError,
  type OutputFile,
  type OutputFiles,
  type StepSetup,
} from "@fastdistill/core/authoring";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { isObjectAddress, type ObjectStorage } from "../_shared/object_storage.ts";

/** Outputs that go to object storage where a path is the address of an object, and to the run's folder elsewhere. */
export function objectOutputs(setup: StepSetup, storage: ObjectStorage): OutputFiles {
  let made = 0;
  return {
    create: async (path) => {
      if (!isObjectAddress(path)) return await setup.outputs.create(path);
      await storage.at(path);
      const folder = join(setup.cacheDir, "uploads");
      const spool = join(folder, `${setup.runId}-${setup.step}-${made++}`);
      return await written(spool, async () => {
        await mkdir(folder, { recursive: true });
        return new ObjectOutput({ address: path, spool, file: await open(spool, "w"), storage });
      });
    },
  };
}

interface ObjectOutputOptions {
  readonly address: string;
  /** Holds the bytes until the object is whole. */
  readonly spool: string;
  readonly file: FileHandle;
  readonly storage: ObjectStorage;
}

class ObjectOutput implements OutputFile {
  readonly #options: ObjectOutputOptions;
  readonly #hasher = createHash("sha256");
  readonly #encoder = new TextEncoder();
  #size = 0;
  #finished: Promise<void> | undefined;

  constructor(options: ObjectOutputOptions) {
    this.#options = options;
  }

  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? this.#encoder.encode(data) : data;
    this.#hasher.update(bytes);
    this.#size += bytes.byteLength;
    await written(this.#options.spool, () => this.#options.file.appendFile(bytes));
  }

  finish(): Promise<void> {
    return this.#finished ??= written(this.#options.spool, () => this.#options.file.close());
  }

  async commit(
    name?: string,
  ): Promise<{ readonly path: string; readonly sha256: string; readonly size: number }> {
    await this.finish();
    const { address, spool, storage } = this.#options;
    const path = name === undefined ? address : address.slice(0, address.lastIndexOf("/") + 1) + name;
    const { store, key } = await storage.at(path);
    await store.put(key, createReadStream(spool) as AsyncIterable<Uint8Array>);
    await rm(spool, { force: true });
    return { path, sha256: this.#hasher.digest("hex"), size: this.#size };
  }

  async abort(): Promise<void> {
    await this.finish();
    await rm(this.#options.spool, { force: true });
  }
}

async function written<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof FastDistillError) throw cause;
    throw new FastDistillError("data.write_failed", `Cannot write ${path}: ${describeThrown(cause)}`, {
      cause,
    });
  }
}
