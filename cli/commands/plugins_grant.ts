import type { KnownPlugin, PluginPermissions } from "@fastdistill/core";
import { EXIT_CODES, FastDistillError } from "@fastdistill/core/errors";
import type { Command, Invocation } from "../command.ts";
import { outputOf } from "../output.ts";
import { addPermission } from "./_plugin_flags.ts";
import { CONFIG_FLAG } from "./_pipeline_flags.ts";
import { findOwn, projectRegistry } from "./_project_registry.ts";

/** `fastdistill plugins grant`. */
export const pluginsGrantCommand: Command = {
  name: "plugins grant",
  summary: "Let a plugin do what it declares, or a part of it",
  argument: { name: "plugin", summary: "Name of a component that the imports of deno.json name" },
  flags: [
    CONFIG_FLAG,
    {
      name: "only",
      value: "KIND:VALUE",
      isRepeatable: true,
      summary: "Grant this of what it declares, and nothing else: net:api.example.com",
    },
    {
      name: "dangerous",
      summary: "Grant run, ffi and sys as well, by which a plugin can leave its sandbox",
    },
  ],
  examples: [
    { what: "Everything harmless that it declares", line: "fastdistill plugins grant my_step" },
    { what: "One host", line: "fastdistill plugins grant my_step --only net:api.example.com" },
  ],
  run: async (invocation, io) => {
    const { describePermissions, Grants, lockPlugin } = await import("@fastdistill/core");
    const output = outputOf(invocation, io);
    const name = invocation.argument;
    const { plugin } = findOwn(await projectRegistry(invocation, io), name);
    const known = await plugin.inspect();
    const granted = await grantedOf(known, invocation);
    const { integrity } = known.code.origin;
    await lockPlugin(name, known.code.origin, { baseDir: plugin.baseDir, renews: true });
    await (await Grants.open(plugin.baseDir)).set(name, { integrity, ...granted });
    output.printJson({ plugin: name, integrity, declared: known.facts.permissions, granted });
    const what = describePermissions(granted);
    output.print([`${name} may: ${what === "" ? "nothing but run its own code" : what}`]);
    return EXIT_CODES.done;
  },
};

async function grantedOf(
  { facts: { permissions: declared, name } }: KnownPlugin,
  { values, switches }: Invocation,
): Promise<PluginPermissions> {
  const { DANGEROUS, harmlessOf } = await import("@fastdistill/core");
  const only = values.get("only") ?? [];
  const wanted = only.length === 0
    ? (switches.has("dangerous") ? declared : harmlessOf(declared))
    : only.reduce(addPermission, {} as PluginPermissions);
  for (const [kind, wishes] of Object.entries(wanted) as [keyof PluginPermissions, readonly string[]][]) {
    const missing = wishes.find((value) => declared[kind]?.includes(value) !== true);
    if (missing !== undefined) {
      throw new FastDistillError("config.usage", `The plugin "${name}" does not declare ${kind}:${missing}`);
    }
    if ((DANGEROUS as readonly string[]).includes(kind) && !switches.has("dangerous")) {
      throw new FastDistillError(
        "config.usage",
        `To grant ${kind}, by which it can leave its sandbox: --dangerous`,
      );
    }
  }
  return wanted;
}
