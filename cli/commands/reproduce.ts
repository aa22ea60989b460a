import type { ReproducedFile, ReproduceReport } from "@fastdistill/core";
import { EXIT_CODES, type ExitCode, FastDistillError } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import type { Command, Invocation } from "../command.ts";
import { outputOf } from "../output.ts";
import { showControls } from "../render/cells.ts";
import { formatCount } from "../render/figures.ts";
import { renderTable } from "../render/render_table.ts";
import { shownPath } from "../render/shown_path.ts";
import { CONFIG_FLAG } from "./_pipeline_flags.ts";

const SHOWN_DIGITS = 12;

/** `fastdistill reproduce`. */
export const reproduceCommand: Command = {
  name: "reproduce",
  summary: "Rebuild the run of a bundle offline, and compare what comes out",
  argument: { name: "bundle", summary: "A file that fastdistill bundle wrote" },
  flags: [
    {
      name: "into",
      value: "DIR",
      summary: "Empty folder to work in (default: reproduced-<name of the bundle>)",
    },
    { name: "inputs-dir", value: "DIR", summary: "Where the inputs are that the bundle leaves out" },
    {
      name: "max-bytes",
      value: "N",
      summary: "Unpack so many bytes at most (default: 50 GiB)",
    },
    CONFIG_FLAG,
  ],
  examples: [
    {
      what: "The exit code is 1 where something came out otherwise",
      line: "fastdistill reproduce text2sql.tar.gz --into rebuilt",
    },
    {
      what: "From a bundle without inputs",
      line: "fastdistill reproduce text2sql.tar.gz --inputs-dir data/text2sql",
    },
  ],
  run: reproduce,
};

async function reproduce(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const [{ reproduceBundle }, { defaultRegistry }] = await Promise.all([
    import("@fastdistill/core"),
    import("../registry.ts"),
  ]);
  const valueOf = (flag: string) => invocation.values.get(flag)?.[0];
  const file = invocation.argument;
  const configFile = valueOf("config");
  const report = await reproduceBundle(file, {
    into: valueOf("into") ??
      `reproduced-${file.replace(/^.*[/\\]/, "").replace(/(?:\.bundle)?(?:\.tar)?\.gz$/, "")}`,
    inputsDir: valueOf("inputs-dir"),
    bytesMax: bytesOf(valueOf("max-bytes")),
    registryOf: (baseDir) =>
      defaultRegistry({ from: configFile === undefined ? io.currentDirectory : baseDir, configFile }),
  });
  output.printJson(report);
  output.print([...tableOf(report, io), ...endingOf(report), finalLine(report, io)]);
  output.printFinal(finalLine(report, io));
  return report.ok ? EXIT_CODES.done : EXIT_CODES.failed;
}

function bytesOf(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,14}$/.test(text)) {
    return text === undefined ? undefined : Number(text);
  }
  throw new FastDistillError("config.usage", `Flag --max-bytes takes a whole number from 1, found "${text}"`);
}

function tableOf({ stages, exports }: ReproduceReport, io: CliIo): readonly string[] {
  const files = [
    ...stages.map((file) => ({ ...file, name: `stage ${file.name}` })),
    ...exports,
  ];
  return renderTable<ReproducedFile>(files, [
    { title: "file", cell: ({ name }) => showControls(name), isFlexible: true },
    { title: "expected", cell: ({ expected }) => expected.slice(0, SHOWN_DIGITS) },
    { title: "found", cell: ({ found }) => found?.slice(0, SHOWN_DIGITS) ?? "nothing" },
    { title: "result", cell: ({ identical }) => identical ? "identical" : "differs" },
  ], io.stdout.columns() ?? 100);
}

function endingOf({ status, expected_status, error }: ReproduceReport): readonly string[] {
  if (status === expected_status) return [];
  return [
    `It ended as ${status}, and the run of the bundle as ${expected_status}${
      error === undefined ? "" : `: ${showControls(error.message)}`
    }`,
  ];
}

function finalLine({ ok, run_id, run_dir, effects, stages, exports }: ReproduceReport, io: CliIo): string {
  const all = [...stages, ...exports];
  const same = all.filter(({ identical }) => identical).length;
  return `${ok ? "reproduced" : "not reproduced"}  ${run_id}: ${formatCount(same)} of ${
    formatCount(all.length)
  } identical, from ${formatCount(effects)} effects, in ${shownPath(run_dir, io.currentDirectory)}`;
}
