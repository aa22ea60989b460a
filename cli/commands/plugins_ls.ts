import { EXIT_CODES } from "@fastdistill/core/errors";
import type { Command } from "../command.ts";
import type { ListedPlugin } from "../render/render_plugins.ts";
import { outputOf, writeLines } from "../output.ts";
import { CONFIG_FLAG } from "./_pipeline_flags.ts";
import { ownEntries, type OwnEntry, projectRegistry } from "./_project_registry.ts";

/** `fastdistill plugins ls`. */
export const pluginsLsCommand: Command = {
  name: "plugins ls",
  summary: "List the components of this project, and what they were granted",
  flags: [CONFIG_FLAG],
  examples: [{ what: "Nothing of a plugin is loaded", line: "fastdistill plugins ls" }],
  run: async (invocation, io) => {
    const output = outputOf(invocation, io);
    const entries = ownEntries(await projectRegistry(invocation, io));
    const plugins = await Promise.all(entries.map(describeOwn));
    output.printJson({ plugins });
    if (output.isJson) return EXIT_CODES.done;
    if (plugins.length === 0) {
      output.print([
        "This project brings no components: no deno.json, import map or package.json of it names any",
      ]);
    } else {
      const { renderPlugins } = await import("../render/render_plugins.ts");
      writeLines(io.stdout, renderPlugins(plugins, { style: output.style, width: io.stdout.columns() }));
    }
    return EXIT_CODES.done;
  },
};

async function describeOwn({ kind, name, plugin }: OwnEntry): Promise<ListedPlugin> {
  const { Grants } = await import("@fastdistill/core");
  const grant = (await Grants.open(plugin.baseDir)).get(name);
  const { specifier, isSandboxed: sandbox } = plugin;
  return { kind, name, specifier, sandbox, granted: grant ?? null };
}
