import type { PreviewOptions } from "@fastdistill/core";
import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, runsDirOf } from "../command.ts";
import { outputOf, writeLines } from "../output.ts";
import { type CountFlag, countOf } from "./_count_flag.ts";
import { interruptSignal } from "./_interrupt_signal.ts";
import {
  loadPipelineInput,
  PIPELINE_ARGUMENT,
  PIPELINE_FLAGS,
  type PipelineInput,
} from "./_pipeline_flags.ts";

const ROWS_FLAG: CountFlag<"rows"> = {
  name: "rows",
  value: "K",
  summary: "Take the first K rows of each source (default: 3)",
};

/** `fastdistill preview`. */
export const previewCommand: Command = {
  name: "preview",
  summary: "Run the first rows of a pipeline and show them after each step",
  argument: PIPELINE_ARGUMENT,
  flags: [
    ...PIPELINE_FLAGS,
    ROWS_FLAG,
    { name: "step", value: "NAME", summary: "Run what leads to this step, and show this step only" },
    {
      name: "watch",
      summary: "Show it again whenever the pipeline, an input or your code changes",
    },
  ],
  examples: [
    { what: "Three rows through all steps; models are asked", line: "fastdistill preview pipeline.yaml" },
    {
      what: "What one step makes of ten rows",
      line: "fastdistill preview pipeline.yaml --rows 10 --step clean",
    },
    {
      what: "While you write a prompt; Ctrl-C ends it",
      line: "fastdistill preview pipeline.yaml --watch --step teach",
    },
    {
      what: "The rows themselves",
      line: "fastdistill preview pipeline.yaml --json | jq '.steps[-1].rows[]'",
    },
  ],
  run: preview,
};

async function preview(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const { isTerminal } = io.stdout;
  const once: PreviewRound = {
    ...countOf(invocation, ROWS_FLAG),
    step: invocation.values.get("step")?.[0],
    runsDir: runsDirOf(invocation),
  };
  using interrupts = interruptSignal(io);
  if (!invocation.switches.has("watch")) {
    const lines = await previewOnce(invocation, io, { ...once, signal: interrupts.signal });
    writeLines(io.stdout, lines);
    return EXIT_CODES.done;
  }
  const { watchPreview } = await import("./_watch_preview.ts");
  return await watchPreview(
    { invocation, io, signal: interrupts.signal, isTerminal },
    (round) => previewOnce(invocation, io, { ...once, ...round }),
  );
}

/** What one preview is run with. */
export interface PreviewRound
  extends Pick<PreviewOptions, "rows" | "step" | "runsDir" | "signal" | "onPlan"> {
  /** Told what was read, before it is planned. */
  readonly onInput?: (input: PipelineInput) => Promise<void>;
}

/** Runs a preview and gives what is printed of it. */
async function previewOnce(
  invocation: Invocation,
  io: CliIo,
  { onInput, ...options }: PreviewRound,
): Promise<readonly string[]> {
  const { isJson, isQuiet, style } = outputOf(invocation, io);
  const [{ previewRun }, input] = await Promise.all([
    import("@fastdistill/core"),
    loadPipelineInput(invocation, io),
  ]);
  await onInput?.(input);
  const preview = await previewRun({ ...input, ...options });
  if (isJson) return [JSON.stringify(preview)];
  const { renderPreview, renderPreviewLine } = await import("../render/render_preview.ts");
  if (isQuiet) return [renderPreviewLine(preview)];
  return renderPreview(preview, { style, width: io.stdout.columns() });
}
