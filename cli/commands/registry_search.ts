import type { Command } from "../command.ts";
import { CONFIG_FLAG } from "./_pipeline_flags.ts";
import { projectRegistry } from "./_project_registry.ts";
import { printEntries } from "./registry_ls.ts";

/** `fastdistill registry search`. */
export const registrySearchCommand: Command = {
  name: "registry search",
  summary: "Find components by a word of their name or summary",
  argument: { name: "word", summary: "Any part of a name or a summary; upper and lower case are alike" },
  flags: [CONFIG_FLAG],
  examples: [{ what: "What has to do with SQL", line: "fastdistill registry search sql" }],
  run: async (invocation, io) => {
    const word = invocation.argument.toLowerCase();
    const entries = (await projectRegistry(invocation, io)).list();
    const found = entries.filter(({ name, summary }) => `${name} ${summary}`.toLowerCase().includes(word));
    return await printEntries(found, invocation, io);
  },
};
