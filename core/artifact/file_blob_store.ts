import { readdir, rm, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { describeThrown, FastDistillError } from "../errors/mod.ts";
import { createFile, errorCodeOf, readBytes } from "../runtime/mod.ts";
import { checkBlobKey, compareKeys } from "./_blob_key.ts";
import type { BlobInfo, BlobStore } from "./blob_store.ts";

/** What a file is called until it is whole: see `createFile`. */
const UNFINISHED = /\.[0-9a-z]{1,7}\.tmp$/;

/**
 * Keeps files in a folder, which is made when it is needed.
 *
 * @example
 * ```ts
 * import { fileBlobStore } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const store = fileBlobStore(await Deno.makeTempDir());
 * await store.put("data/a.txt", new Blob(["hello"]).stream());
 * assertEquals(await store.head("data/a.txt"), { key: "data/a.txt", size: 5 });
 * ```
 */
export function fileBlobStore(folder: string): BlobStore {
  const root = resolve(folder);
  const pathOf = (key: string): string => {
    checkBlobKey(key);
    return join(root, ...key.split("/"));
  };
  const infoOf = async (path: string): Promise<BlobInfo | undefined> => {
    const status = await stat(path).catch((cause) => {
      if (["ENOENT", "ENOTDIR"].includes(errorCodeOf(cause) ?? "")) return undefined;
      throw cause;
    });
    return status?.isFile()
      ? { key: relative(root, path).split(sep).join("/"), size: status.size }
      : undefined;
  };
  return {
    put: async (key, bytes) => {
      const file = await createFile(pathOf(key));
      try {
        for await (const chunk of bytes) await file.write(chunk);
        const { size } = await file.commit();
        return { key, size };
      } catch (cause) {
        await file.abort();
        throw cause;
      }
    },
    get: (key, range) => readBytes(pathOf(key), range),
    head: async (key) => await infoOf(pathOf(key)),
    list: (prefix) => listed(root, prefix, infoOf),
    delete: async (key) => {
      await rm(pathOf(key), { force: true }).catch((cause) => {
        const message = `Cannot delete ${key}: ${describeThrown(cause)}`;
        throw new FastDistillError("data.write_failed", message, { cause });
      });
    },
  };
}

async function* listed(
  root: string,
  prefix: string,
  infoOf: (path: string) => Promise<BlobInfo | undefined>,
): AsyncGenerator<BlobInfo> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((cause) => {
    if (errorCodeOf(cause) === "ENOENT") return [];
    throw cause;
  });
  const keys = entries.filter((entry) => entry.isFile() && !UNFINISHED.test(entry.name)).map((entry) =>
    relative(root, join(entry.parentPath, entry.name)).split(sep).join("/")
  );
  for (const key of keys.filter((key) => key.startsWith(prefix)).sort(compareKeys)) {
    const info = await infoOf(join(root, ...key.split("/")));
    if (info !== undefined) yield info;
  }
}
