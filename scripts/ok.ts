// deno-lint-ignore-file no-console -- scripts write to the terminal
/**
 * `deno task ok`: every check, two at a time, then the tests. One line each; output only where something fails.
 *
 * `--no-test` leaves the tests out, for a caller that runs them itself.
 *
 * @module
 */
import { type DenoResult, runDeno } from "./_deno.ts";
import { mapPool } from "./_pool.ts";
import { ROOT } from "./_tree.ts";

/** Tasks of deno.json that need nothing from each other, the slow ones first. */
const CHECKS: readonly string[] = [
  "check:publish",
  "check:docs",
  "check",
  "lint",
  "check:surface",
  "check:layers",
  "check:size",
  "check:globals",
  "check:exports",
  "check:words",
  "check:reference",
  "check:templates",
  "check:lock",
  "check:doc-lint",
  "fmt:check",
];

/** The README's test command. It uses all cores by itself, so it runs alone. */
const TESTS = "test";

/** How one task ended. */
interface Outcome {
  readonly task: string;
  readonly isOk: boolean;
  readonly seconds: number;
}

/** Runs tasks of a folder's deno.json and says line by line how they end. */
export async function runTasks(
  root: string,
  tasks: readonly string[],
  options: { readonly width?: number; readonly write?: (line: string) => void } = {},
): Promise<readonly Outcome[]> {
  const { width = 2, write = console.log } = options;
  return await mapPool(tasks, width, async (task) => {
    const start = performance.now();
    const result = await runDeno(["task", "--quiet", task], root);
    const outcome = { task, isOk: result.code === 0, seconds: (performance.now() - start) / 1000 };
    write(describe(outcome, result));
    return outcome;
  });
}

function describe({ task, isOk, seconds }: Outcome, result: DenoResult): string {
  const line = `${isOk ? "ok    " : "FAILED"} ${task.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s`;
  if (!isOk) return `${line}\n${indent(`${result.stdout}\n${result.stderr}`)}`;
  const summary = /^ok \| .*?(?= \()/m.exec(result.stdout)?.[0];
  return summary === undefined ? line : `${line}   ${summary.slice("ok | ".length)}`;
}

function indent(text: string): string {
  return text.trim().replace(/\n{3,}/g, "\n\n").replace(/^/gm, "    ");
}

if (import.meta.main) {
  const start = performance.now();
  const outcomes = [...await runTasks(ROOT, CHECKS)];
  if (!Deno.args.includes("--no-test")) outcomes.push(...await runTasks(ROOT, [TESTS]));
  const failed = outcomes.filter((one) => !one.isOk).map((one) => one.task);
  const total = `${((performance.now() - start) / 1000).toFixed(1)} s in all`;
  console.log(failed.length === 0 ? `everything holds, ${total}` : `failed: ${failed.join(", ")}; ${total}`);
  Deno.exit(failed.length === 0 ? 0 : 1);
}
