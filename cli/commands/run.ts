import type { ExitCode } from "@fastdistill/core/errors";
import { resolve } from "node:path";
import type { CliIo } from "../cli_io.ts";
import type { Command, Invocation } from "../command.ts";
import { countOf, LIMIT_FLAG } from "./_count_flag.ts";
import { executeRun } from "./_execute_run.ts";
import { LOG_FLAGS } from "./_log_flags.ts";
import { loadPipelineInput, PIPELINE_ARGUMENT, PIPELINE_FLAGS } from "./_pipeline_flags.ts";
import { TRACE_FLAGS } from "./_trace_flags.ts";

/** `fastdistill run`. */
export const runCommand: Command = {
  name: "run",
  summary: "Run a pipeline: what was answered before is not asked for again",
  argument: PIPELINE_ARGUMENT,
  flags: [
    ...PIPELINE_FLAGS,
    {
      name: "offline",
      summary: "Ask nobody: an effect that is not recorded ends the run",
    },
    {
      name: "retry-failed",
      summary: "Ask again where rows failed on a recorded answer, and nowhere else",
    },
    LIMIT_FLAG,
    ...LOG_FLAGS,
    ...TRACE_FLAGS,
  ],
  examples: [
    { what: "Run a pipeline; the results are under runs/", line: "fastdistill run pipeline.yaml" },
    { what: "With the values of env/prod.yaml", line: "fastdistill run pipeline.yaml --env prod" },
    {
      what: "With other values, for this run",
      line: "fastdistill run pipeline.yaml --set steps.teach.with.n=2 --set gates.0.min=0.9",
    },
    { what: "With the first 20 rows of each source", line: "fastdistill run pipeline.yaml --limit 20" },
    {
      what: "From what is recorded alone, without network or keys",
      line: "fastdistill run pipeline.yaml --offline",
    },
    {
      what: "Again, with new answers for the rows that failed",
      line: "fastdistill run pipeline.yaml --retry-failed",
    },
    {
      what: "With a log of all events on stderr, a JSON object a line",
      line: "fastdistill run pipeline.yaml --log-level debug --log-format json",
    },
    {
      what: "For a program: one JSON object on stdout, events on stderr",
      line: "fastdistill run pipeline.yaml --json",
    },
  ],
  run,
};

async function run(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const { switches, values } = invocation;
  const limit = countOf(invocation, LIMIT_FLAG);
  const configFile = values.get("config")?.[0];
  return await executeRun(invocation, io, {
    input: loadPipelineInput(invocation, io),
    options: {
      ...limit,
      ...(configFile === undefined ? {} : { configFile: resolve(io.currentDirectory, configFile) }),
      offline: switches.has("offline"),
      retryFailed: switches.has("retry-failed"),
    },
  });
}
