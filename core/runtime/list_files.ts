import { stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { FastDistillError } from "../errors/mod.ts";

const PATTERN = /[*?{}[\]]/;

/** Whether a path is a pattern that stands for several. */
export function isFilePattern(path: string): boolean {
  return PATTERN.test(path);
}

/** The files that a path stands for: see `InputFiles.list`. */
export async function listFiles(baseDir: string, path: string): Promise<readonly string[]> {
  const status = await stat(isAbsolute(path) ? path : resolve(baseDir, path)).catch(() => undefined);
  if (status !== undefined && !status.isDirectory()) return [path];
  if (status === undefined && !isFilePattern(path)) return [path]; // Whoever reads it says that it is not there.
  const { glob } = await import("tinyglobby");
  const options = { onlyFiles: true, expandDirectories: false };
  // The name of a folder may hold what means something in a pattern: it is no part of the pattern.
  const found = status === undefined
    ? await glob([slashed(path)], { ...options, cwd: baseDir, absolute: isAbsolute(path) })
    : (await glob(["**/*"], { ...options, cwd: resolve(baseDir, path) })).map((name) =>
      path === "." ? name : `${withoutEnd(path)}/${name}`
    );
  if (found.length > 0) return found.sort((a, b) => a < b ? -1 : 1);
  const message = status === undefined
    ? `Find files that meet the pattern "${path}", found none below ${baseDir}`
    : `Find files in the folder "${path}", found none`;
  throw new FastDistillError("data.file_not_found", message, {
    hint: "Paths start at the folder of the pipeline file; names that begin with a dot are left out",
  });
}

function withoutEnd(path: string): string {
  return slashed(path).replace(/\/+$/, "") || "/";
}

function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}
