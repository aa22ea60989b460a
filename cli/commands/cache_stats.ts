import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG } from "../command.ts";
import { outputOf, writeLines } from "../output.ts";
import { FILTER_FLAGS, filterOf, SINCE_FLAG, storePathOf, withStore } from "./_cache_input.ts";

/** `fastdistill cache stats`. */
export const cacheStatsCommand: Command = {
  name: "cache stats",
  summary: "Check every recorded effect, and add them up by kind and model",
  flags: [...FILTER_FLAGS, SINCE_FLAG, RUNS_DIR_FLAG],
  examples: [
    { what: "What is recorded, and what it cost", line: "fastdistill cache stats" },
    { what: "What this week was paid for", line: "fastdistill cache stats --since 7d --json | jq .cost_usd" },
  ],
  run: stats,
};

async function stats(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const store = storePathOf(invocation);
  const { effectTotals } = await import("@fastdistill/core");
  const filter = filterOf(invocation, io);
  const { totals, bytes } = await withStore(invocation, async (store) => ({
    totals: await effectTotals(store, filter),
    bytes: await store.bytes(),
  }));
  output.printJson({ store, store_bytes: bytes, ...totals });
  if (output.isJson) return EXIT_CODES.done;
  if (totals.effects === 0) output.print([`No effects in ${store}`]);
  else {
    const { renderEffectTotals } = await import("../render/render_effects.ts");
    writeLines(io.stdout, renderEffectTotals(totals, { style: output.style, width: io.stdout.columns() }));
  }
  return EXIT_CODES.done;
}
