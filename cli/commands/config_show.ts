import type { JsonObject } from "@fastdistill/core";
import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import type { Command, Invocation } from "../command.ts";
import { outputOf, writeLines } from "../output.ts";
import { loadPipelineInput, PIPELINE_ARGUMENT, PIPELINE_FLAGS } from "./_pipeline_flags.ts";

/** `fastdistill config show`. */
export const configShowCommand: Command = {
  name: "config show",
  summary: "Show what the layers of a pipeline come to, and who says what",
  argument: PIPELINE_ARGUMENT,
  flags: [
    { name: "origin", summary: "List each value with the layer, file and line that it is from" },
    {
      name: "resolved",
      summary: "With defaults and variables, without secrets",
    },
    ...PIPELINE_FLAGS,
  ],
  examples: [
    { what: "What production would run", line: "fastdistill config show pipeline.yaml --env prod" },
    { what: "Why a value is what it is", line: "fastdistill config show pipeline.yaml --env prod --origin" },
    {
      what: "One value, for a script",
      line: "fastdistill config show pipeline.yaml --resolved --json | jq .config.budget.usd",
    },
  ],
  run: show,
};

async function show(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const { pipeline } = await loadPipelineInput(invocation);
  const [{ describeOrigins, resolvedConfig }, { parseYaml, stringifyYaml }] = await Promise.all([
    import("./_config_origins.ts"),
    import("@fastdistill/core"),
  ]);
  const isResolved = invocation.switches.has("resolved");
  const config = isResolved ? resolvedConfig(pipeline) : parseYaml(pipeline.source) as JsonObject;
  const origins = describeOrigins(pipeline, config);
  output.printJson({ config, origins });
  if (output.isJson) return EXIT_CODES.done;
  if (!invocation.switches.has("origin")) {
    const text = isResolved ? stringifyYaml(config) : pipeline.source;
    writeLines(io.stdout, [text.trimEnd()]);
    return EXIT_CODES.done;
  }
  const { renderOrigins } = await import("../render/render_origins.ts");
  const { style } = output;
  const view = { style, width: io.stdout.columns(), currentDirectory: io.currentDirectory };
  writeLines(io.stdout, renderOrigins(origins, view));
  return EXIT_CODES.done;
}
