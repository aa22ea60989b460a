import type { PushReport } from "@fastdistill/core";
import { EXIT_CODES, type ExitCode, FastDistillError } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { outputOf } from "../output.ts";
import { formatBytes, formatCount } from "../render/figures.ts";
import { renderTable } from "../render/render_table.ts";
import { CARD_FLAGS, cardOptionsOf } from "./_card_flags.ts";
import { RUN_ARGUMENT } from "./_run_argument.ts";

/** Where tokens are looked for, and the address of the hub. Flags would leave a token in the shell's history. */
const TOKEN_VARIABLES = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"];
const ENDPOINT_VARIABLE = "HF_ENDPOINT";

/** `fastdistill push`. */
export const pushCommand: Command = {
  name: "push",
  summary: "Put the exports of a run on a dataset hub, with card and manifests",
  argument: RUN_ARGUMENT,
  flags: [
    { name: "repo", value: "OWNER/NAME", summary: "Dataset to push to; made where there is none" },
    { name: "private", summary: "Make a new dataset private" },
    { name: "dry-run", summary: "Write the card and list the files, and send nothing" },
    { name: "force", summary: "Push a run that is partial or did not end well" },
    {
      name: "endpoint",
      value: "URL",
      summary: "Address of the hub (default: HF_ENDPOINT, or huggingface.co)",
    },
    ...CARD_FLAGS,
    RUNS_DIR_FLAG,
  ],
  examples: [
    { what: "What would be sent", line: "fastdistill push latest --repo acme/questions --dry-run" },
    { what: "With the token in HF_TOKEN", line: "fastdistill push latest --repo acme/questions --private" },
  ],
  run: push,
};

async function push(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const { switches, values } = invocation;
  const repo = values.get("repo")?.[0];
  if (repo === undefined) {
    throw new FastDistillError("config.usage", "Command push needs --repo <owner/name>, found nothing", {
      hint: "See fastdistill push --help",
    });
  }
  const { findRun, pushRun } = await import("@fastdistill/core");
  const { run_dir } = await findRun(runsDirOf(invocation), invocation.argument);
  const aborted = new AbortController();
  using _listening = io.onInterrupt(() => aborted.abort());
  const report = await pushRun(run_dir, {
    repo,
    token: TOKEN_VARIABLES.map(io.env).find((token) => token !== undefined && token !== ""),
    endpoint: values.get("endpoint")?.[0] ?? io.env(ENDPOINT_VARIABLE),
    isPrivate: switches.has("private"),
    isDryRun: switches.has("dry-run"),
    isForced: switches.has("force"),
    card: CARD_FLAGS.some(({ name }) => values.get(name)?.length) ? cardOptionsOf(invocation) : undefined,
    signal: aborted.signal,
  });
  output.printJson(report);
  output.print([...filesTable(report, io), finalLine(report)]);
  output.printFinal(finalLine(report));
  return EXIT_CODES.done;
}

function filesTable({ files }: PushReport, io: CliIo): readonly string[] {
  return renderTable(files, [
    { title: "file", cell: ({ path }) => path },
    { title: "size", cell: ({ size }) => formatBytes(size), align: "right" },
    { title: "state", cell: ({ state }) => state },
  ], io.stdout.columns() ?? 100);
}

function finalLine({ repo, files, commit }: PushReport): string {
  const of = (state: string) => formatCount(files.filter((file) => file.state === state).length);
  if (files.some(({ state }) => state === "planned")) return `would push ${of("planned")} files to ${repo}`;
  if (commit === null) return `nothing to push: all ${of("unchanged")} files are in ${repo}`;
  return `pushed ${of("sent")} files to ${repo}, ${of("unchanged")} unchanged, commit ${commit.slice(0, 12)}`;
}
