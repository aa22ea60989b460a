import type { RegistryEntry } from "@fastdistill/core";
import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import type { Command, Invocation } from "../command.ts";
import { outputOf, writeLines } from "../output.ts";
import { CONFIG_FLAG } from "./_pipeline_flags.ts";
import { projectRegistry } from "./_project_registry.ts";

/** `fastdistill registry ls`. */
export const registryLsCommand: Command = {
  name: "registry ls",
  summary: "List the providers, steps and tasks that a pipeline can use",
  flags: [CONFIG_FLAG],
  examples: [
    { what: "All components, those of this project among them", line: "fastdistill registry ls" },
    {
      what: "The names of all tasks",
      line: `fastdistill registry ls --json | jq -r '.components[] | select(.kind == "task") | .name'`,
    },
  ],
  run: async (invocation, io) => {
    return await printEntries((await projectRegistry(invocation, io)).list(), invocation, io);
  },
};

/** Prints components as a table, or as JSON. Nothing is loaded. */
export async function printEntries(
  entries: readonly RegistryEntry[],
  invocation: Invocation,
  io: CliIo,
): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  output.printJson({ components: entries.map(describeEntry) });
  if (output.isJson) return EXIT_CODES.done;
  const { renderEntries } = await import("../render/render_components.ts");
  if (entries.length > 0) {
    writeLines(io.stdout, renderEntries(entries, { style: output.style, width: io.stdout.columns() }));
  } else output.print(["No component fits"]);
  return EXIT_CODES.done;
}

function describeEntry({ kind, name, summary, origin, override, plugin }: RegistryEntry) {
  return {
    kind,
    name,
    summary,
    origin,
    ...(override === true ? { override } : {}),
    ...(plugin === undefined ? {} : { specifier: plugin.specifier, sandbox: plugin.isSandboxed }),
  };
}
