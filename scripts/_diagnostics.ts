/**
 * Findings out of the text that `deno doc --lint`, `deno publish` and their like print.
 *
 * @module
 */
import { type DenoResult, relativeTo } from "./_deno.ts";
import type { Problem } from "./_problem.ts";

/**
 * Reads `error[code]: message` blocks with their `--> file:line:column`. A command that failed without one
 * gives a single finding about the given file, with all that it wrote.
 */
export function readDiagnostics(root: string, result: DenoResult, file: string): readonly Problem[] {
  const text = relativeTo(root, `${result.stdout}\n${result.stderr}`);
  const blocks = text.matchAll(/^error\[([\w-]+)\]: (.*)\n(?:\s*--> (\S+?):(\d+):\d+)?/gm);
  const problems = [...blocks].map(([, code, message, place, line]): Problem => ({
    file: place?.replaceAll("\\", "/") ?? file,
    ...(line === undefined ? {} : { line: Number(line) }),
    message: `${message} (${code})`,
  }));
  if (problems.length > 0 || result.code === 0) return problems;
  return [{ file, message: `failed with code ${result.code}:\n${text.trim()}` }];
}
