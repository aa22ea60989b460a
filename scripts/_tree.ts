/**
 * The files of the repository as the checks see them.
 *
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Root folder of the repository that this script belongs to. */
export const ROOT: string = fileURLToPath(new URL("../", import.meta.url));

/** Folders that hold nothing of ours, at any depth. */
const SKIPPED_ANYWHERE: ReadonlySet<string> = new Set([".git", "node_modules", ".cache", "coverage"]);

/** Folders at the root that hold what a run or a build left behind. */
const SKIPPED_AT_ROOT: ReadonlySet<string> = new Set(["runs", "npm", "dist"]);

/** Lists the files below a folder, as sorted paths relative to it with `/`; a missing folder has none. */
export async function listFiles(root: string, keep: (path: string) => boolean): Promise<readonly string[]> {
  const found: string[] = [];
  await walk(root, "", { found, keep });
  return found.sort();
}

/** True for TypeScript sources of ours; fixtures are data, whatever their ending. */
export function isSource(path: string): boolean {
  return path.endsWith(".ts") && !path.includes("_fixtures/");
}

/** True for files that only the test and bench runners load. */
export function isTest(path: string): boolean {
  return /_(test|bench)\.ts$/.test(path) || path.startsWith("tests/") || path.includes("/tests/");
}

/** True for the sources of what is published: the packages and the command line. */
export function isProduct(path: string): boolean {
  return /^(core|providers|steps|cli)\//.test(path) || path === "cli.ts" || path === "mod.ts";
}

/** Reads a file of the tree as text; `undefined` when there is none. */
export async function readText(root: string, path: string): Promise<string | undefined> {
  try {
    return await readFile(join(root, path), "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}

interface Walk {
  readonly found: string[];
  readonly keep: (path: string) => boolean;
}

async function walk(root: string, folder: string, state: Walk): Promise<void> {
  for (const entry of await readFolder(join(root, folder))) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      const skipped = SKIPPED_ANYWHERE.has(entry.name) || SKIPPED_AT_ROOT.has(path);
      if (!skipped) await walk(root, path, state);
    } else if (entry.isFile() && state.keep(path)) state.found.push(path);
  }
}

async function readFolder(path: string) {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return [];
    throw error;
  }
}
