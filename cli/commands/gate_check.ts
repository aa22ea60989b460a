import type { GateReport, LoadedPipeline } from "@fastdistill/core";
import { didYouMean, EXIT_CODES, type ExitCode, FastDistillError } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { type Output, outputOf, writeLines } from "../output.ts";
import { RUN_ARGUMENT } from "./_run_argument.ts";

const FORMATS = ["text", "json", "junit", "github"] as const;

/** `fastdistill gate check`. */
export const gateCheckCommand: Command = {
  name: "gate check",
  summary: "Judge the gates of a run anew, from its files alone",
  argument: RUN_ARGUMENT,
  flags: [
    {
      name: "pipeline",
      value: "FILE",
      summary: "Judge by the gates of this pipeline file (default: the run's own)",
    },
    {
      name: "set",
      value: "PATH=VALUE",
      isRepeatable: true,
      summary: "Override one value: gates.0.min=0.9, gates.1.no_worse_than=prod",
    },
    { name: "format", value: "NAME", summary: "text, json, junit or github (default: text)" },
    { name: "junit", value: "FILE", summary: "Write the verdicts to this file as JUnit XML too" },
    RUNS_DIR_FLAG,
  ],
  examples: [
    {
      what: "The newest run; the exit code is 3 where a gate does not hold",
      line: "fastdistill gate check latest",
    },
    {
      what: "With another threshold, which runs nothing",
      line: "fastdistill gate check text2sql --set gates.0.min=0.98",
    },
    {
      what: "In a workflow of GitHub Actions, with a report for other tools",
      line: "fastdistill gate check latest --format github --junit gates.xml",
    },
  ],
  run: check,
};

async function check(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const format = formatOf(invocation);
  const output = outputOf(
    format === "json" ? { switches: new Set([...invocation.switches, "json"]) } : invocation,
    io,
  );
  const { checkRunGates, findRun } = await import("@fastdistill/core");
  const runsDir = runsDirOf(invocation);
  const pipeline = await pipelineOf(invocation);
  const { run_dir } = await findRun(runsDir, invocation.argument);
  const report = await checkRunGates(run_dir, {
    runsDir,
    ...(pipeline === undefined ? { set: invocation.values.get("set") ?? [] } : { pipeline }),
  });
  await writeJunit(report, invocation);
  await print(report, { format, output, io, pipeline });
  return report.passed ? EXIT_CODES.done : EXIT_CODES.gate;
}

function formatOf({ values }: Invocation): (typeof FORMATS)[number] {
  const typed = values.get("format")?.[0] ?? "text";
  const found = FORMATS.find((name) => name === typed);
  if (found !== undefined) return found;
  throw new FastDistillError(
    "config.usage",
    `Flag --format takes ${FORMATS.join(", ")}, found "${typed}"${didYouMean(typed, FORMATS)}`,
  );
}

async function pipelineOf({ values }: Invocation): Promise<LoadedPipeline | undefined> {
  const [file] = values.get("pipeline") ?? [];
  if (file === undefined) return undefined;
  const { loadPipeline } = await import("@fastdistill/core");
  return await loadPipeline({ file, set: values.get("set") ?? [] });
}

async function writeJunit(report: GateReport, { values }: Invocation): Promise<void> {
  const [file] = values.get("junit") ?? [];
  if (file === undefined) return;
  const [{ renderJunit }, { writeTextFile }] = await Promise.all([
    import("../render/render_junit.ts"),
    import("@fastdistill/core/runtime"),
  ]);
  await writeTextFile(file, renderJunit(report));
}

interface Printing {
  readonly format: (typeof FORMATS)[number];
  readonly output: Output;
  readonly io: CliIo;
  readonly pipeline: LoadedPipeline | undefined;
}

async function print(report: GateReport, { format, output, io, pipeline }: Printing): Promise<void> {
  const { renderGateLine, renderGates } = await import("../render/render_gates.ts");
  output.printJson(report);
  if (output.isJson) return;
  if (format === "junit") {
    const { renderJunit } = await import("../render/render_junit.ts");
    return io.stdout.write(renderJunit(report));
  }
  if (format === "github") {
    const { renderAnnotations } = await import("../render/render_annotations.ts");
    const locate = (index: number) => pipeline?.locate(["gates", index])?.location;
    writeLines(io.stdout, renderAnnotations(report, { locate, currentDirectory: io.currentDirectory }));
  } else output.print(renderGates(report.gates, { style: output.style }));
  output.print([renderGateLine(report, { style: output.style })]);
  output.printFinal(renderGateLine(report));
}
