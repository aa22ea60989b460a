import type { RunReports, RunSummary } from "@fastdistill/core";
import { didYouMean, EXIT_CODES, type ExitCode, FastDistillError } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { type Output, outputOf, writeLines } from "../output.ts";
import { shownPath } from "../render/shown_path.ts";
import { NEWEST_RUN_ARGUMENT } from "./_run_argument.ts";

const FORMATS = ["text", "json", "markdown", "html"] as const;
type Format = typeof FORMATS[number];

/** `fastdistill report`. */
export const reportCommand: Command = {
  name: "report",
  summary: "Report the figures of a run: rows, reasons, quality, cost, times",
  argument: NEWEST_RUN_ARGUMENT,
  flags: [
    { name: "format", value: "FORMAT", summary: `One of ${FORMATS.join(", ")} (default: text)` },
    { name: "output", value: "FILE", summary: "Write it into this file" },
    RUNS_DIR_FLAG,
  ],
  examples: [
    { what: "The newest run", line: "fastdistill report" },
    { what: "One file to hand on", line: "fastdistill report text2sql --format html --output report.html" },
    { what: "For a pull request", line: "fastdistill report latest --format markdown" },
    { what: "What each model cost", line: "fastdistill report --json | jq .cost.models" },
  ],
  run: report,
};

async function report(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const format = formatOf(invocation, output);
  const { findRun, readRunReports } = await import("@fastdistill/core");
  const found = await findRun(runsDirOf(invocation), invocation.argument);
  if (found.files.length === 0) throw unreadable(found);
  const reports = await readRunReports(found.run_dir);
  const file = invocation.values.get("output")?.[0];
  if (file === undefined) {
    if (!output.isQuiet || format === "json") {
      writeLines(
        io.stdout,
        await linesOf(reports, format, { style: output.style, width: io.stdout.columns() }),
      );
    } else output.printFinal(`${found.run_id}: ${found.status}`);
    return EXIT_CODES.done;
  }
  const { writeTextFile } = await import("@fastdistill/core/runtime");
  await writeTextFile(file, `${(await linesOf(reports, format, {})).join("\n")}\n`);
  output.printJson({ run_id: found.run_id, file, format });
  const line = `report of ${found.run_id}: ${shownPath(file, io.currentDirectory)}`;
  output.print([line]);
  output.printFinal(line);
  return EXIT_CODES.done;
}

async function linesOf(
  reports: RunReports,
  format: Format,
  view: { readonly style?: Output["style"]; readonly width?: number },
): Promise<readonly string[]> {
  if (format === "json") return [JSON.stringify(reports)];
  const [{ reportDocument }, render] = await Promise.all([
    import("../report/report_document.ts"),
    import("../report/render_report.ts"),
  ]);
  const document = reportDocument(reports);
  if (format === "markdown") return render.renderReportMarkdown(document);
  return format === "html" ? render.renderReportHtml(document) : render.renderReportText(document, view);
}

/** `--json` says how the command prints; without a file, that is the report itself. */
function formatOf({ values }: Invocation, { isJson }: Output): Format {
  const typed = values.get("format")?.[0];
  const fallback = isJson ? "json" : "text";
  const format = FORMATS.find((known) => known === (typed ?? fallback));
  if (format === undefined) {
    throw new FastDistillError(
      "config.usage",
      `Flag --format takes one of ${FORMATS.join(", ")}, found "${typed}"${didYouMean(typed!, FORMATS)}`,
    );
  }
  if (isJson && format !== "json" && values.get("output")?.[0] === undefined) {
    throw new FastDistillError(
      "config.usage",
      `Asked for --json and --format ${format}, which are two formats`,
      {
        hint: "Leave one of them out, or name a file with --output",
      },
    );
  }
  return format;
}

function unreadable({ run_id, error }: RunSummary): FastDistillError {
  return new FastDistillError(
    "run.incomplete",
    `Cannot report on ${run_id}: ${error?.message ?? "it has no run.json"}`,
    { hint: `Go on with it first: fastdistill resume ${run_id}` },
  );
}
