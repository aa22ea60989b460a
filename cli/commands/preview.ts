import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, runsDirOf } from "../command.ts";
import { outputOf } from "../output.ts";
import { type CountFlag, countOf } from "./_count_flag.ts";
import { interruptSignal } from "./_interrupt_signal.ts";
import { loadPipelineInput, PIPELINE_ARGUMENT, PIPELINE_FLAGS } from "./_pipeline_flags.ts";

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
  ],
  examples: [
    { what: "Three rows through all steps; models are asked", line: "fastdistill preview pipeline.yaml" },
    {
      what: "What one step makes of ten rows",
      line: "fastdistill preview pipeline.yaml --rows 10 --step clean",
    },
    {
      what: "The rows themselves",
      line: "fastdistill preview pipeline.yaml --json | jq '.steps[-1].rows[]'",
    },
  ],
  run: preview,
};

async function preview(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const rows = countOf(invocation, ROWS_FLAG);
  const [{ previewRun }, input] = await Promise.all([
    import("@fastdistill/core"),
    loadPipelineInput(invocation, io),
  ]);
  using interrupts = interruptSignal(io);
  const preview = await previewRun({
    ...input,
    ...rows,
    step: invocation.values.get("step")?.[0],
    runsDir: runsDirOf(invocation),
    signal: interrupts.signal,
  });
  const { renderPreview, renderPreviewLine } = await import("../render/render_preview.ts");
  output.printJson(preview);
  output.print(renderPreview(preview, { style: output.style, width: io.stdout.columns() }));
  output.printFinal(renderPreviewLine(preview));
  return EXIT_CODES.done;
}
