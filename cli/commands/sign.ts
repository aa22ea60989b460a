import { EXIT_CODES, type ExitCode, FastDistillError } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import { type Command, type Invocation, RUNS_DIR_FLAG, runsDirOf } from "../command.ts";
import { outputOf } from "../output.ts";
import { RUN_ARGUMENT } from "./_run_argument.ts";

/** `fastdistill sign`. */
export const signCommand: Command = {
  name: "sign",
  summary: "Sign a run that verifies, with an Ed25519 key",
  argument: RUN_ARGUMENT,
  flags: [
    { name: "key", value: "FILE", summary: "The private key, as fastdistill keys new makes it" },
    RUNS_DIR_FLAG,
  ],
  examples: [
    { what: "Writes signatures.json into the run folder", line: "fastdistill sign prod --key release.pem" },
  ],
  run: sign,
};

async function sign(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const key = invocation.values.get("key")?.[0];
  if (key === undefined) {
    throw new FastDistillError("config.usage", "Command sign needs --key <file>, found nothing", {
      hint: "Make a pair of keys with: fastdistill keys new release.pem",
    });
  }
  const { findRun, signRun } = await import("@fastdistill/core");
  const { run_dir } = await findRun(runsDirOf(invocation), invocation.argument);
  const signed = await signRun(run_dir, key);
  output.printJson(signed);
  const line = `signed ${signed.run_id} with key ${signed.key_id}`;
  output.print([line]);
  output.printFinal(line);
  return EXIT_CODES.done;
}
