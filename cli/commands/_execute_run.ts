import type { RunEvent, RunHandle, RunOptions, RunSummary } from "@fastdistill/core";
import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Invocation, runsDirOf } from "../command.ts";
import { errorOfRun, exitCodeOfRun } from "../exit_code_of_run.ts";
import { type Output, outputOf, writeLines } from "../output.ts";
import { NO_PROGRESS, type ProgressDisplay } from "../progress/progress_display.ts";
import { loggerOf } from "./_log_flags.ts";
import type { PipelineInput } from "./_pipeline_flags.ts";
import { traceOf } from "./_trace_flags.ts";
import { watchInterrupts } from "./_watch_interrupts.ts";

/** What is run, besides what the flags of the command line say of logs, traces and outputs. */
export interface ExecutedRun {
  readonly input: Promise<PipelineInput>;
  readonly options: Pick<RunOptions, "limit" | "offline" | "retryFailed" | "configFile" | "onPlan">;
}

/** Runs a pipeline with progress, log and trace, and prints what came of it. */
export async function executeRun(
  invocation: Invocation,
  io: CliIo,
  { input: loading, options }: ExecutedRun,
): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const [{ startRun }, input] = await Promise.all([import("@fastdistill/core"), loading]);
  const examples = new Map<string, string>();
  let handle: RunHandle | undefined;
  const [logger, trace] = await Promise.all([loggerOf(invocation, io), traceOf(invocation, io)]);
  const shown = logger?.isOnStderr === true ? { ...output, isQuiet: true } : output;
  const display = await displayOf(shown, io, () => handle?.progress());
  let summary: RunSummary | undefined;
  try {
    const sink = sinkOf(shown, io, display);
    const onEvent = (event: RunEvent) => {
      if (event.type === "row_failed" && !examples.has(event.code)) examples.set(event.code, event.message);
      sink(event);
      logger?.onEvent(event);
    };
    const countSources = display !== NO_PROGRESS;
    const flags = { runsDir: runsDirOf(invocation), onEvent, countSources };
    handle = await startRun({ ...input, ...options, ...trace, ...flags });
    if (handle.retried !== undefined) display.note(retryNote(handle.retried));
    summary = await resultOf(handle, io, display);
  } finally {
    display.close();
  }
  if (summary === undefined) return EXIT_CODES.interrupted;
  await report(summary, { examples, io, output });
  return exitCodeOfRun(summary);
}

function retryNote({ rows, effects }: NonNullable<RunHandle["retried"]>): string {
  if (rows === 0) return "No row failed in the last execution: there is nothing to retry";
  const failed = rows === 1 ? "1 row that failed" : `${rows} rows that failed`;
  return `Retrying ${failed}: ${effects} recorded ${
    effects === 1 ? "answer is" : "answers are"
  } asked for again`;
}

/** The run's summary; `undefined` when the user would not wait for it. */
async function resultOf(
  handle: RunHandle,
  io: CliIo,
  display: ProgressDisplay,
): Promise<RunSummary | undefined> {
  using interrupts = watchInterrupts(handle, { io, say: display.note });
  return await Promise.race([handle.result, interrupts.forced.then(() => undefined)]);
}

async function displayOf(
  { isJson, isQuiet, errorStyle: style }: Output,
  { stderr: terminal, clock, env }: CliIo,
  progress: () => ReturnType<RunHandle["progress"]> | undefined,
): Promise<ProgressDisplay> {
  if (isJson || isQuiet) return NO_PROGRESS;
  if (terminal.isTerminal && env("TERM") !== "dumb") {
    const [{ liveProgress }, { isUnicodeTerminal }] = await Promise.all([
      import("../progress/live_progress.ts"),
      import("../progress/bar.ts"),
    ]);
    return liveProgress({ progress, terminal, clock }, { style, isUnicode: isUnicodeTerminal({ env }) });
  }
  const { plainProgress } = await import("../progress/plain_progress.ts");
  return plainProgress({ progress, terminal, clock });
}

function sinkOf({ isJson, isQuiet }: Output, { stderr }: CliIo, display: ProgressDisplay) {
  if (!isJson || isQuiet) return display.onEvent;
  return (event: RunEvent) => writeLines(stderr, [JSON.stringify(event)]);
}

interface Report {
  /** What the first row that failed with a code says. */
  readonly examples: ReadonlyMap<string, string>;
  readonly io: CliIo;
  readonly output: Output;
}

async function report(summary: RunSummary, { examples, io, output }: Report): Promise<void> {
  const { renderFinalLine, renderSummary } = await import("../render/render_summary.ts");
  const view = { style: output.style, currentDirectory: io.currentDirectory, examples };
  output.printJson(summary);
  output.print(renderSummary(summary, view));
  const error = errorOfRun(summary);
  if (error !== undefined && !output.isJson && summary.status !== "interrupted") {
    const { renderError } = await import("../render/render_error.ts");
    writeLines(
      io.stderr,
      renderError(error, { style: output.errorStyle, currentDirectory: io.currentDirectory }),
    );
  }
  output.printFinal(renderFinalLine(summary, view));
}
