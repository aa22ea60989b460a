import { EXIT_CODES } from "@fastdistill/core/errors";
import type { Command } from "../command.ts";
import { outputOf } from "../output.ts";
import { CONFIG_FLAG } from "./_pipeline_flags.ts";
import { findOwn, projectRegistry } from "./_project_registry.ts";

/** `fastdistill plugins revoke`. */
export const pluginsRevokeCommand: Command = {
  name: "plugins revoke",
  summary: "Take back what a plugin was granted",
  argument: { name: "plugin", summary: "Name of a component that the imports of deno.json name" },
  flags: [CONFIG_FLAG],
  examples: [{ what: "It is asked for again before it runs", line: "fastdistill plugins revoke my_step" }],
  run: async (invocation, io) => {
    const { Grants } = await import("@fastdistill/core");
    const output = outputOf(invocation, io);
    const name = invocation.argument;
    const { plugin } = findOwn(await projectRegistry(invocation, io), name);
    const revoked = await (await Grants.open(plugin.baseDir)).revoke(name);
    output.printJson({ plugin: name, revoked });
    output.print([revoked ? `${name} has no grant any more` : `${name} had no grant`]);
    return EXIT_CODES.done;
  },
};
