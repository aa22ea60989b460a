import { dirname, relative, resolve, sep } from "node:path";
import { isFastDistillError } from "../errors/mod.ts";
import { sha256 } from "../record/mod.ts";
import { fingerprintFile, pathExists, readTextFile } from "../runtime/mod.ts";

const CODE = /\.[cm]?[jt]sx?$/;
/** A module that another one imports by path. */
const IMPORTED = /(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}\/[^"'\n]+)["']/g;
const MODULES_MAX = 2_000;

/**
 * The module of a component of a project, and all modules that it imports by path, as far as the path is written as a text:
 * absolute paths, at most some 2,000. What it imports by name, such as packages, is left out.
 *
 * @example
 * ```ts
 * import { localModules } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/step.ts`, 'import { SIGN } from "./sign.ts";');
 * await Deno.writeTextFile(`${folder}/sign.ts`, 'export const SIGN = "!";');
 * assertEquals(await localModules(`${folder}/step.ts`), [`${folder}/step.ts`, `${folder}/sign.ts`]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function localModules(module: string): Promise<readonly string[]> {
  const found = new Set([module]);
  for (const path of found) {
    if (found.size > MODULES_MAX || !CODE.test(path) || !await pathExists(path)) continue;
    for (const [, target] of (await readTextFile(path)).matchAll(IMPORTED)) {
      found.add(resolve(dirname(path), target!));
    }
  }
  return [...found];
}

/** Digest of the code of a component of the project, the same wherever the project is; packages do not count. */
export async function localCodeDigest(module: string): Promise<string> {
  const lines: string[] = [];
  for (const path of await localModules(module)) {
    const digest = await digestOf(path);
    if (digest === undefined) continue;
    const place = relative(dirname(module), path).replaceAll(sep, "/");
    lines.push(`${place} ${digest}`);
  }
  return sha256(lines.sort().join("\n"));
}

/** Of a file; nothing of a path that is none, as one in a comment or a text may be. */
async function digestOf(path: string): Promise<string | undefined> {
  try {
    return (await fingerprintFile(path)).sha256;
  } catch (cause) {
    if (isFastDistillError(cause) && cause.code === "data.file_not_found") return undefined;
    throw cause;
  }
}
