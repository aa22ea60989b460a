/**
 * Documentation of every public symbol, and no private type in a public one: `deno doc --lint`.
 *
 * @module
 */
import { runDeno } from "./_deno.ts";
import { readDiagnostics } from "./_diagnostics.ts";
import { readPublished } from "./_packages.ts";
import { finish, type Problem } from "./_problem.ts";
import { ROOT } from "./_tree.ts";

/** Lints every export path of every published package in one go. */
export async function checkDocLint(root: string): Promise<readonly Problem[]> {
  const files = (await readPublished(root)).flatMap((one) => [...one.exports.values()]);
  if (files.length === 0) return [];
  return readDiagnostics(root, await runDeno(["doc", "--lint", ...files], root), "deno.json");
}

if (import.meta.main) finish("check:doc-lint", await checkDocLint(ROOT));
