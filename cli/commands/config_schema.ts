import type { Component } from "@fastdistill/core";
import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import { currentDirectory } from "@fastdistill/core/runtime";
import type { CliIo } from "../cli_io.ts";
import type { Command, Invocation } from "../command.ts";
import { outputOf, writeLines } from "../output.ts";

/** `fastdistill config schema`. */
export const configSchemaCommand: Command = {
  name: "config schema",
  summary: "Write the JSON Schema of pipeline files, for editors",
  flags: [
    { name: "output", value: "FILE", summary: "Write it into this file, and say how an editor finds it" },
    { name: "layer", summary: "For files that are laid over a pipeline: nothing has to be there" },
    {
      name: "config",
      value: "FILE",
      summary: "Take your own components from this deno.json (default: the nearest)",
    },
  ],
  examples: [
    {
      what: "Let an editor complete and check",
      line: "fastdistill config schema --output pipeline.schema.json",
    },
    {
      what: "The keys of one component",
      line: "fastdistill config schema | jq '.. | objects | select(.const? == \"sql_exec\")'",
    },
  ],
  run: schema,
};

async function schema(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const [{ pipelineFileSchema }, { writeTextFile }, { defaultRegistry }] = await Promise.all([
    import("@fastdistill/core"),
    import("@fastdistill/core/runtime"),
    import("../registry.ts"),
  ]);
  const registry = await defaultRegistry({
    from: currentDirectory(),
    configFile: invocation.values.get("config")?.[0],
  });
  const components: Component[] = [];
  // One after the other, since each plugin writes itself down in the lock of the project.
  for (const { kind, name } of registry.list()) components.push(await registry.load(kind, name));
  const isLayer = invocation.switches.has("layer");
  const made = pipelineFileSchema(components, { isLayer });
  const file = invocation.values.get("output")?.[0];
  if (file === undefined) {
    writeLines(io.stdout, [JSON.stringify(made, null, 2)]);
    return EXIT_CODES.done;
  }
  await writeTextFile(file, `${JSON.stringify(made)}\n`);
  output.printJson({ file, components: components.length });
  output.print([
    `Wrote ${file}, with ${components.length} components`,
    "",
    "Put this line at the top of a pipeline file, with the path as seen from there:",
    `# yaml-language-server: $schema=${file}`,
  ]);
  output.printFinal(file);
  return EXIT_CODES.done;
}
