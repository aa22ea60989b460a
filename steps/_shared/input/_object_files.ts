import { FastDistillError } from "@fastdistill/core/authoring";
import { isFilePattern } from "@fastdistill/core/runtime";
import { createHash } from "node:crypto";
import type { ObjectStorage } from "../object_storage.ts";
import type { InputStore } from "./_input_file.ts";
import { pathPattern } from "./_path_pattern.ts";

/** Objects of an object store as input files. */
export function objectFiles(storage: ObjectStorage): InputStore {
  const files: InputStore = {
    readBytes: async function* (address, range) {
      const { store, key } = await storage.at(address);
      yield* store.get(key, range);
    },
    size: async (address) => {
      const { store, key } = await storage.at(address);
      const found = await store.head(key);
      if (found !== undefined) return found.size;
      throw new FastDistillError("data.file_not_found", `Read ${address}: the object does not exist`);
    },
    list: async (address) => await listed(storage, address),
    fingerprint: async (address) => {
      const hasher = createHash("sha256");
      let size = 0;
      for await (const chunk of files.readBytes(address)) {
        hasher.update(chunk);
        size += chunk.byteLength;
      }
      return { sha256: hasher.digest("hex"), size };
    },
  };
  return files;
}

async function listed(storage: ObjectStorage, address: string): Promise<readonly string[]> {
  const { store, bucket, key } = await storage.at(address);
  const isPattern = isFilePattern(key);
  if (!isPattern && key !== "" && !key.endsWith("/") && await store.head(key) !== undefined) return [address];
  const folder = key === "" ? "" : key.replace(/\/*$/, "/");
  const meets = pathPattern(key);
  const names: string[] = [];
  for await (const found of store.list(isPattern ? key.replace(/[*?{[].*$/s, "") : folder)) {
    // Consoles mark a folder by an empty object whose name ends in a slash.
    const isWanted = isPattern ? meets.test(found.key) : !found.key.endsWith("/");
    if (isWanted) names.push(`s3://${bucket}/${found.key}`);
  }
  if (names.length > 0) return names;
  throw new FastDistillError("data.file_not_found", `Find objects for ${address}, found none`, {
    hint: "Name an object, a prefix that ends in a slash, or a pattern",
  });
}
