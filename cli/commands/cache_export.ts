import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG } from "../command.ts";
import { outputOf } from "../output.ts";
import { formatBytes, formatCount } from "../render/figures.ts";
import { FILTER_FLAGS, filterOf, SINCE_FLAG, withStore } from "./_cache_input.ts";

/** `fastdistill cache export`. */
export const cacheExportCommand: Command = {
  name: "cache export",
  summary: "Write recorded effects into one portable file",
  argument: { name: "file", summary: "JSON lines; appears whole, in place of what was there" },
  flags: [...FILTER_FLAGS, SINCE_FLAG, RUNS_DIR_FLAG],
  examples: [
    { what: "Everything, to rebuild the data elsewhere", line: "fastdistill cache export effects.jsonl" },
    { what: "What was recorded today", line: "fastdistill cache export today.jsonl --since 24h" },
  ],
  run: exportAll,
};

async function exportAll(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const filter = filterOf(invocation, io);
  const { exportEffects, selectEffects } = await import("@fastdistill/core");
  const file = invocation.argument;
  const { effects, sha256, size } = await withStore(
    invocation,
    (store) => exportEffects(selectEffects(store, filter), file),
  );
  output.printJson({ file, effects, sha256, size });
  const line = `exported ${formatCount(effects)} effects, ${formatBytes(size)}: ${file}`;
  output.print([line]);
  output.printFinal(line);
  return EXIT_CODES.done;
}
