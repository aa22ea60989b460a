import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import { pathExists } from "@fastdistill/core/runtime";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { outputOf, writeLines } from "../output.ts";
import { storePathOf, withStore } from "./_cache_input.ts";
import { RUN_ARGUMENT } from "./_run_argument.ts";

/** `fastdistill lineage`. */
export const lineageCommand: Command = {
  name: "lineage",
  summary: "Tell where a row comes from: sources, steps, effects, scores, end",
  argument: RUN_ARGUMENT,
  second: { name: "row", summary: "Its row id or sample_id, or the beginning of one" },
  flags: [
    { name: "full", summary: "Show prompts and answers whole" },
    RUNS_DIR_FLAG,
  ],
  examples: [
    {
      what: "By the beginning of a row id, as the ledger has it",
      line: "fastdistill lineage latest 659c1abf",
    },
    { what: "The prompts of a row", line: "fastdistill lineage prod 659c1abf --full" },
    {
      what: "What it cost",
      line: "fastdistill lineage prod 659c1abf --json | jq '[.rows[].effects[].cost_usd]'",
    },
  ],
  run: lineage,
};

async function lineage(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const { findRun, rowLineage } = await import("@fastdistill/core");
  const { run_dir } = await findRun(runsDirOf(invocation), invocation.argument);
  const hasStore = await pathExists(storePathOf(invocation));
  const found = await withStore(
    invocation,
    (store) => rowLineage(run_dir, invocation.second!, hasStore ? { store } : {}),
  );
  output.printJson(found);
  if (output.isJson) return EXIT_CODES.done;
  const { renderLineage } = await import("../render/render_lineage.ts");
  const isFull = invocation.switches.has("full");
  writeLines(io.stdout, renderLineage(found, { style: output.style, width: io.stdout.columns(), isFull }));
  return EXIT_CODES.done;
}
