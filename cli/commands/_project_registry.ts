import type { PluginEntry, Registry, RegistryEntry } from "@fastdistill/core";
import { didYouMean, FastDistillError } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import type { Invocation } from "../command.ts";
import { pluginPolicyOf } from "./_plugin_flags.ts";

/** All components of the project in the current directory. Nothing is loaded. @throws {FastDistillError} `config.*` */
export async function projectRegistry(
  { values }: Pick<Invocation, "values">,
  { currentDirectory, ...io }: CliIo,
): Promise<Registry> {
  const { defaultRegistry } = await import("../registry.ts");
  return await defaultRegistry({
    from: currentDirectory,
    configFile: values.get("config")?.[0],
    plugins: pluginPolicyOf({ values }, io),
  });
}

/** A component that the project brings. */
export type OwnEntry = RegistryEntry & { readonly plugin: PluginEntry };

/** The components that the project brings. */
export function ownEntries(registry: Registry): readonly OwnEntry[] {
  return registry.list().filter((entry): entry is OwnEntry => entry.plugin !== undefined);
}

/** One of them. @throws {FastDistillError} `registry.not_found` */
export function findOwn(registry: Registry, name: string): OwnEntry {
  const entries = ownEntries(registry);
  const found = entries.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  const known = entries.map((entry) => entry.name);
  throw new FastDistillError(
    "registry.not_found",
    `This project has no plugin "${name}"${didYouMean(name, known)}`,
    {
      hint: known.length === 0
        ? "Name one in the imports of deno.json or of an import map, or in package.json"
        : `It has: ${known.join(", ")}`,
    },
  );
}
