import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import type { Command, Invocation } from "../command.ts";
import { outputOf } from "../output.ts";

/** `fastdistill keys new`. */
export const keysNewCommand: Command = {
  name: "keys new",
  summary: "Make a pair of Ed25519 keys to sign runs with",
  argument: { name: "file", summary: "The private key; the public one gets .pub at its end" },
  flags: [],
  examples: [{ what: "release.pem signs, release.pem.pub checks", line: "fastdistill keys new release.pem" }],
  run: make,
};

async function make(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const { makeKeys } = await import("@fastdistill/core");
  const { privateFile, publicFile, keyId } = await makeKeys(invocation.argument);
  output.printJson({ private_file: privateFile, public_file: publicFile, key_id: keyId });
  const line = `key ${keyId}: ${privateFile} signs, ${publicFile} checks`;
  output.print([line, `Keep ${privateFile} to yourself, and out of version control`]);
  output.printFinal(line);
  return EXIT_CODES.done;
}
