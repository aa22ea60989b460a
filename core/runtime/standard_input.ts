import { createWriteStream, rmSync } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pipeline } from "node:stream/promises";

/** What stands for the standard input where a file is named. */
export const STANDARD_INPUT = "-";

/**
 * The standard input as a file, since it can be read only once and a run reads its inputs at least twice: what came is
 * kept in a temporary file until the process ends.
 */
export async function standardInputFile(): Promise<string> {
  // Process ids come again; together with the start of the process they do not.
  const name = `fastdistill-stdin-${process.pid}-${Math.round(performance.timeOrigin)}`;
  const path = join(tmpdir(), name);
  const isThere = await stat(path).then(() => true, () => false);
  if (isThere) return path;
  const temporary = `${path}.part`;
  process.once("exit", () => rmSync(path, { force: true }));
  try {
    await pipeline(process.stdin, createWriteStream(temporary, { flags: "wx" }));
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
  return path;
}
