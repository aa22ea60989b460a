/** Command line entry point. @module */
import process from "node:process";

/** Runs one command; the result is the exit code. A placeholder until the commands land. */
export function main(argv: readonly string[]): Promise<number> {
  if (argv.includes("--help")) console.log("Usage: fastdistill <command>"); // deno-lint-ignore no-console
  return Promise.resolve(argv.includes("--help") ? 0 : 2);
}

if (import.meta.main) process.exit(await main(process.argv.slice(2)));
