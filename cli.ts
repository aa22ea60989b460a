/**
 * The command line: `fastdistill run pipeline.yaml`. See `--help`.
 *
 * @module
 */
import { commandLineArguments, exitProcess, flushOutput } from "@fastdistill/core/runtime";
import { processIo } from "./cli/cli_io.ts";
import { runCommandLine } from "./cli/run_command_line.ts";

/**
 * Carries out one command line, such as `["run", "pipeline.yaml", "--json"]`, prints what comes of it to the standard
 * output and error output, and returns the exit code: 0 done, 1 failed, 2 wrong usage or configuration, 3 a gate did not
 * hold, 4 a budget stopped the run, 130 interrupted. Errors are printed, not thrown.
 *
 * @example
 * ```ts
 * import { main } from "@fastdistill/cli";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await main(["--version"]), 0);
 * ```
 */
export async function main(argv: readonly string[]): Promise<number> {
  const code = await runCommandLine(argv, processIo());
  await flushOutput();
  return code;
}

if (import.meta.main) exitProcess(await main(commandLineArguments()));
