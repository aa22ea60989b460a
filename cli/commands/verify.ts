import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import { pathExists } from "@fastdistill/core/runtime";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { outputOf, writeLines } from "../output.ts";
import { storePathOf, withStore } from "./_cache_input.ts";
import { RUN_ARGUMENT } from "./_run_argument.ts";

/** `fastdistill verify`. */
export const verifyCommand: Command = {
  name: "verify",
  summary: "Recompute every digest of a run and compare",
  argument: RUN_ARGUMENT,
  flags: [
    { name: "public-key", value: "FILE", summary: "The key that has to have signed the run" },
    RUNS_DIR_FLAG,
  ],
  examples: [
    {
      what: "The newest run; the exit code is 1 where something is not as the run left it",
      line: "fastdistill verify latest",
    },
    {
      what: "That somebody signed it, and that it is what was signed",
      line: "fastdistill verify prod --public-key release.pem.pub",
    },
    {
      what: "A run that came from elsewhere",
      line: "fastdistill verify text2sql --runs-dir /media/archive/runs",
    },
  ],
  run: verify,
};

async function verify(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const { findRun, readPublicKey, verifyRun } = await import("@fastdistill/core");
  const { run_dir } = await findRun(runsDirOf(invocation), invocation.argument);
  const keyFile = invocation.values.get("public-key")?.[0];
  const publicKey = keyFile === undefined ? undefined : await readPublicKey(keyFile);
  const hasStore = await pathExists(storePathOf(invocation));
  const report = await withStore(
    invocation,
    (store) => verifyRun(run_dir, { publicKey, ...(hasStore ? { store } : {}) }),
  );
  const { renderProblems, renderVerified, renderVerifyNotes } = await import("../render/render_verify.ts");
  output.printJson(report);
  if (report.ok) {
    output.print([renderVerified(report, { style: output.style }), ...renderVerifyNotes(report)]);
    output.printFinal(renderVerified(report));
  } else if (!output.isJson) {
    writeLines(io.stderr, renderProblems(report, { style: output.errorStyle }));
  }
  return report.ok ? EXIT_CODES.done : EXIT_CODES.failed;
}
