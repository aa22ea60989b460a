import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describeThrown, FastDistillError } from "../errors/mod.ts";
import { realPathOf } from "../runtime/mod.ts";
import { denoGraph, type GraphModule, type ModuleGraph } from "./_deno_graph.ts";
import { type OwnModules, ownModules } from "./_own_modules.ts";
import { pluginDigest } from "./_plugin_digest.ts";
import { identifyInstalled } from "./installed_plugin.ts";
import type { PluginCode, PluginTarget } from "./plugin_code.ts";

const CODE = /^(?:TypeScript|JavaScript|Mts|Mjs|Cts|Cjs|Jsx|Tsx|Wasm|Dmts|Dcts|Dts)$/;

/**
 * Finds all modules of a plugin, fetches those that are not here yet, and takes a digest of all of them, those of
 * `@fastdistill/core` apart. Nothing of the plugin is run.
 *
 * @throws {FastDistillError} `registry.load_failed`; `plugin.refused` for a symbolic link that leads out of its folder
 */
export async function identifyPlugin(target: PluginTarget): Promise<PluginCode> {
  const { name, url, specifier, configFile, packageFolder, deno } = target;
  if (packageFolder !== undefined) return await identifyInstalled(target, packageFolder);
  const graph = await graphOf(target);
  const parts = ownModules(graph);
  const own = await ownFiles(target, parts);
  const integrity = await pluginDigest({
    url,
    modules: parts.own.filter(({ specifier, local }) =>
      local !== undefined && (own.has(local) || /^https?:/.test(specifier))
    ),
    packages: parts.packages.flatMap((id) => graph.packages.get(id) ?? []),
  });
  const version = versionOf(specifier, graph);
  return {
    name,
    baseDir: dirname(configFile),
    files: [...own, ...parts.core.filter(isCodeFile).map(({ local }) => local!)],
    origin: {
      specifier,
      ...(version === undefined ? {} : { version }),
      integrity: `sha256-${integrity}`,
    },
    start: {
      deno,
      module: url,
      configFile,
      importHosts: [...new Set([...graph.modules.keys()].flatMap(hostOf))],
      usesNpm: graph.packages.size > 0,
    },
  };
}

async function graphOf({ name, url, specifier, configFile, deno }: PluginTarget): Promise<ModuleGraph> {
  try {
    // What is named by its address may import from its own host; all others from the hosts that Deno allows by itself.
    return await denoGraph(url.href, { deno, configFile, hosts: hostOf(url.href) });
  } catch (cause) {
    throw new FastDistillError(
      "registry.load_failed",
      `Cannot load the plugin "${name}" (${specifier}): ${describeThrown(cause).replace(/\.$/, "")}`,
      { cause },
    );
  }
}

/** Files of code of a plugin that is in a folder. */
async function ownFiles({ name, url }: PluginTarget, { own }: OwnModules): Promise<ReadonlySet<string>> {
  const folder = url.protocol === "file:" ? dirname(fileURLToPath(url)) : undefined;
  const found = new Set<string>();
  for (const module of own) {
    const { local } = module;
    if (folder === undefined || local === undefined || !isCodeFile(module) || !isInside(folder, local)) {
      continue;
    }
    if (!isInside(await realPathOf(folder), await realPathOf(local))) {
      throw new FastDistillError(
        "plugin.refused",
        `The plugin "${name}" holds a symbolic link that leads out of its folder: ${local}`,
      );
    }
    found.add(local);
  }
  return found;
}

function isCodeFile({ specifier, local, mediaType = "" }: GraphModule): boolean {
  return specifier.startsWith("file:") && local !== undefined && CODE.test(mediaType);
}

/** Whether a path is a folder or below it. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && join(folder, way) === path);
}

function hostOf(specifier: string): readonly string[] {
  const url = URL.parse(specifier);
  if (url === null || !/^https?:$/.test(url.protocol)) return [];
  return [`${url.hostname}:${url.port || (url.protocol === "http:" ? "80" : "443")}`];
}

function versionOf(specifier: string, { resolve }: ModuleGraph): string | undefined {
  const resolved = resolve(specifier);
  return /@(\d+\.\d+\.\d+[\w.+-]*)(?:\/|$)/.exec(resolved)?.[1] ??
    /\/(\d+\.\d+\.\d+[\w.+-]*)\//.exec(resolved)?.[1];
}
