import { dirname, sep } from "node:path";
import { describeThrown, FastDistillError } from "../errors/mod.ts";
import { sha256 } from "../record/mod.ts";
import { filesOf, linksOf } from "../runtime/mod.ts";
import { type InstalledPackage, installedPackages, readInstalled } from "./installed_packages.ts";
import { folderDigest } from "./_plugin_digest.ts";
import type { PluginCode, PluginTarget } from "./plugin_code.ts";

/** Packages in a package are counted for themselves. */
const WALK = { entriesMax: 20_000, without: "node_modules" } as const;
const CODE = /\.(?:[cm]?[jt]s|json|wasm)$/;

/**
 * Takes a digest of a plugin in `node_modules` and of every package that it needs, all files of them. Nothing of the
 * plugin is run, and nothing is fetched.
 *
 * @throws {FastDistillError} `registry.load_failed`; `plugin.refused` for a package that holds a symbolic link
 */
export async function identifyInstalled(target: PluginTarget, folder: string): Promise<PluginCode> {
  const { name, specifier, url, configFile, deno } = target;
  try {
    const root = await readInstalled(folder);
    const packages = await installedPackages(root);
    const lines = await Promise.all(
      packages.map(async (one) => `${one.name}@${one.version} ${await digestOf(one, name)}`),
    );
    return {
      name,
      baseDir: dirname(configFile),
      files: await linkedFiles(packages),
      origin: {
        specifier,
        version: root.version,
        integrity: `sha256-${sha256([...new Set(lines)].join("\n"))}`,
      },
      start: { deno, module: url, usesNpm: true, isInstalled: true },
    };
  } catch (cause) {
    if (cause instanceof FastDistillError) throw cause;
    throw new FastDistillError(
      "registry.load_failed",
      `Cannot load the plugin "${name}" (${specifier}): ${describeThrown(cause).replace(/\.$/, "")}`,
      { cause },
    );
  }
}

async function digestOf({ folder }: InstalledPackage, plugin: string): Promise<string> {
  const links = await linksOf(folder, WALK);
  if (links !== undefined && links.length > 0) {
    throw new FastDistillError(
      "plugin.refused",
      `The plugin "${plugin}" needs a package that holds a symbolic link: ${links[0]}`,
    );
  }
  return await folderDigest(folder, WALK.without);
}

/** Code of packages that are links to folders elsewhere, as in a workspace: Deno lets it be read only when told to. */
async function linkedFiles(packages: readonly InstalledPackage[]): Promise<readonly string[]> {
  const linked = packages.filter(({ folder }) => !folder.includes(`${sep}node_modules${sep}`));
  const files = await Promise.all(linked.map(({ folder }) => filesOf(folder, WALK)));
  return files.flatMap((found) => found ?? []).filter((file) => CODE.test(file));
}
