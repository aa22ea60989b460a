import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import type { Command, Invocation } from "../command.ts";
import { outputOf, writeLines } from "../output.ts";
import { PIPELINE_FLAGS } from "./_pipeline_flags.ts";

/** `fastdistill doctor`. */
export const doctorCommand: Command = {
  name: "doctor",
  summary: "Look whether system, store, keys and endpoints are as runs need them",
  flags: [
    {
      name: "pipeline",
      value: "FILE",
      summary: "A pipeline whose files, keys and endpoints are looked at too",
    },
    ...PIPELINE_FLAGS,
  ],
  examples: [
    { what: "This machine and the runs folder", line: "fastdistill doctor" },
    {
      what: "And whether a pipeline's models can be reached",
      line: "fastdistill doctor --pipeline pipeline.yaml --env prod",
    },
    {
      what: "What is wrong, for a script",
      line:
        `fastdistill doctor --pipeline pipeline.yaml --json | jq '.checks[] | select(.state == "failed")'`,
    },
  ],
  run: doctor,
};

async function doctor(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const { examine } = await import("./_examine.ts");
  const checks = await examine(invocation);
  const failed = checks.filter(({ state }) => state === "failed").length;
  output.printJson({ ok: failed === 0, checks });
  if (!output.isJson) {
    const { renderChecks } = await import("../render/render_checks.ts");
    writeLines(io.stdout, renderChecks(checks, { style: output.style, width: io.stdout.columns() }));
  }
  return failed === 0 ? EXIT_CODES.done : EXIT_CODES.failed;
}
