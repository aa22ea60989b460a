import { EXIT_CODES, type ExitCode, FastDistillError, isFastDistillError } from "@fastdistill/core/errors";
import { currentDirectory } from "@fastdistill/core/runtime";
import type { CliIo } from "../cli_io.ts";
import type { Command, Invocation } from "../command.ts";
import { outputOf, writeLines } from "../output.ts";

const WHOLE = "pipeline";

/** `fastdistill config template`. */
export const configTemplateCommand: Command = {
  name: "config template",
  summary: "Write commented YAML for a component, or for a whole pipeline",
  argument: {
    name: "component",
    summary: `A provider, step or task, or "${WHOLE}" for every key of a file`,
  },
  flags: [
    {
      name: "config",
      value: "FILE",
      summary: "Take your own components from this deno.json (default: the nearest)",
    },
  ],
  examples: [
    { what: "What a step takes", line: "fastdistill config template sql_exec" },
    { what: "A file to fill in", line: "fastdistill config template pipeline > pipeline.yaml" },
  ],
  run: template,
};

async function template(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const output = outputOf(invocation, io);
  const [core, { defaultRegistry }, { renderComponentTemplate, renderPipelineTemplate }] = await Promise.all([
    import("@fastdistill/core"),
    import("../registry.ts"),
    import("../render/render_template.ts"),
  ]);
  const name = invocation.argument;
  let text: string;
  if (name === WHOLE) text = renderPipelineTemplate(core.pipelineJsonSchema());
  else {
    const configFile = invocation.values.get("config")?.[0];
    const registry = await defaultRegistry({ from: currentDirectory(), configFile });
    const component = await loadAny(registry, name);
    text = renderComponentTemplate({
      component: component.component,
      name,
      summary: component.definition.summary,
      schema: core.describeConfig(component.definition.config),
      ...(component.component === "task" ? { generation: core.generationJsonSchema() } : {}),
      asksProvider: component.component === "task" ||
        (component.component === "step" && component.definition.needs !== undefined),
    });
  }
  output.printJson({ name, yaml: text });
  if (!output.isJson) writeLines(io.stdout, [text.trimEnd()]);
  return EXIT_CODES.done;
}

type Registry = InstanceType<typeof import("@fastdistill/core").Registry>;

/** A component of whatever kind has the name. */
async function loadAny(registry: Registry, name: string): ReturnType<Registry["load"]> {
  const entry = registry.list().find((entry) => entry.name === name);
  if (entry !== undefined) return await registry.load(entry.kind, name);
  try {
    return await registry.load("step", name);
  } catch (cause) {
    if (!isFastDistillError(cause)) throw cause;
    const names = registry.list().map((entry) => entry.name);
    const { didYouMean } = await import("@fastdistill/core/errors");
    throw new FastDistillError(
      "registry.not_found",
      `No component is named "${name}"${didYouMean(name, names)}`,
      {
        hint: `Known: ${names.toSorted().join(", ")}`,
      },
    );
  }
}
