import { opendir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { didYouMean, FastDistillError } from "../errors/mod.ts";
import { errorCodeOf, reasonOf } from "./system_error.ts";

/** Names that are looked at, of a folder that may hold any number. */
const NAMES_MAX = 2000;

/** The error for a path that cannot be read. Where nothing is there, it proposes the nearest name in the folder. */
export async function unreadableFile(path: string, cause: unknown): Promise<FastDistillError> {
  const meant = errorCodeOf(cause) === "ENOENT" ? didYouMean(basename(path), await namesBeside(path)) : "";
  return new FastDistillError("data.file_not_found", `Cannot read ${path}: ${reasonOf(cause)}${meant}`, {
    cause,
  });
}

/** Names in the folder of a path, but for hidden ones; none where it cannot be read. */
async function namesBeside(path: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(dirname(path))) {
      if (!name.startsWith(".")) names.push(name);
      if (names.length >= NAMES_MAX) break;
    }
  } catch (cause) {
    if (errorCodeOf(cause) === undefined) throw cause;
  }
  return names;
}
