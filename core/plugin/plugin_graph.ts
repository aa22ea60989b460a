import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describeThrown, FastDistillError } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject, sha256 } from "../record/mod.ts";
import { fingerprintFile, realPathOf, runProgram } from "../runtime/mod.ts";
import type { PluginCode } from "./plugin_code.ts";

const CODE = /^(?:TypeScript|JavaScript|Mts|Mjs|Cts|Cjs|Jsx|Tsx|Wasm|Dmts|Dcts|Dts)$/;
const MODULES_MAX = 5_000;
const INFO_CHARS_MAX = 64 * 1024 * 1024;
const TIMEOUT_MS = 120_000;

/** Which plugin is meant. */
export interface PluginTarget {
  readonly name: string;
  /** As the import map has it. */
  readonly specifier: string;
  readonly url: URL;
  /** The import map that names it. */
  readonly configFile: string;
  readonly deno: string;
}

/**
 * Finds all modules of a plugin, fetches those that are not here yet, and takes a digest of all of them. Nothing of the
 * plugin is run.
 *
 * @throws {FastDistillError} `registry.load_failed`; `plugin.refused` for a symbolic link that leads out of its folder
 */
export async function identifyPlugin(target: PluginTarget): Promise<PluginCode> {
  const { name, url, specifier, configFile, deno } = target;
  const graph = await graphOf(target);
  const modules = modulesIn(graph).sort((a, b) => a.specifier < b.specifier ? -1 : 1);
  const files = await ownFiles(target, modules);
  const packages = Object.keys(isJsonObject(graph.npmPackages) ? graph.npmPackages : {}).sort();
  const ours = importedByCore(modules);
  const digests = await Promise.all(modules.flatMap((module) => {
    if (ours.has(module.specifier)) return [];
    const isMine = files.has(module.local ?? "") || /^https?:/.test(module.specifier);
    if (!isMine || module.local === undefined) return [];
    const { local } = module;
    return [fingerprintFile(local).then(({ sha256 }) => `${pathOf(url, module.specifier)} ${sha256}`)];
  }));
  const hosts = [...new Set(modules.flatMap((module) => hostOf(module.specifier)))];
  const text = [...digests, ...packages].join("\n");
  const version = versionOf(specifier, graph);
  return {
    name,
    baseDir: dirname(configFile),
    files: [...files],
    origin: {
      specifier,
      ...(version === undefined ? {} : { version }),
      integrity: `sha256-${sha256(text)}`,
    },
    start: { deno, module: url, configFile, importHosts: hosts, usesNpm: packages.length > 0 },
  };
}

interface Module {
  readonly specifier: string;
  readonly local?: string | undefined;
  readonly mediaType?: string | undefined;
  readonly error?: string | undefined;
  readonly dependencies?: readonly { readonly code?: { readonly specifier?: string } }[];
}

async function graphOf({ name, url, specifier, configFile, deno }: PluginTarget): Promise<JsonObject> {
  // What is named by its address may import from its own host; all others from the hosts that Deno allows by itself.
  const hosts = hostOf(url.href);
  const done = await runProgram(deno, [
    "info",
    "--json",
    "--no-lock",
    `--config=${configFile}`,
    ...(hosts.length === 0 ? [] : [`--allow-import=${hosts}`]),
    url.href,
  ], { timeoutMs: TIMEOUT_MS, outputCharsMax: INFO_CHARS_MAX });
  try {
    if (done.code !== 0) throw new Error(done.stderr.trim().slice(-500));
    const graph: unknown = JSON.parse(done.stdout);
    const broken = modulesIn(graph as JsonObject).find(({ error }) => error !== undefined);
    if (broken !== undefined) throw new Error(broken.error);
    return graph as JsonObject;
  } catch (cause) {
    throw new FastDistillError(
      "registry.load_failed",
      `Cannot load the plugin "${name}" (${specifier}): ${describeThrown(cause).replace(/\.$/, "")}`,
      { cause },
    );
  }
}

function modulesIn(graph: JsonObject): Module[] {
  const modules = Array.isArray(graph.modules) ? graph.modules.filter(isJsonObject) : [];
  if (modules.length > MODULES_MAX) throw new Error(`It has more than ${MODULES_MAX} modules`);
  return modules as unknown as Module[];
}

/** Files of code that a plugin may read to be loaded: its own, and those of this package where it imports it. */
async function ownFiles(
  { name, url }: PluginTarget,
  modules: readonly Module[],
): Promise<ReadonlySet<string>> {
  const folder = url.protocol === "file:" ? dirname(fileURLToPath(url)) : undefined;
  const ours = importedByCore(modules);
  const found = new Set<string>();
  for (const { specifier, local, mediaType = "" } of modules) {
    if (!specifier.startsWith("file:") || local === undefined || !(CODE.test(mediaType))) continue;
    if (ours.has(specifier)) found.add(local);
    if (folder === undefined || ours.has(specifier) || !isInside(folder, local)) continue;
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

/** Modules of this package, and what they import: code that the host runs as well. */
function importedByCore(modules: readonly Module[]): ReadonlySet<string> {
  const core = new URL("../", import.meta.url).href;
  const bySpecifier = new Map(modules.map((module) => [module.specifier, module]));
  const found = new Set<string>();
  const waiting = [...bySpecifier.keys()].filter((specifier) => specifier.startsWith(core));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    for (const { code } of bySpecifier.get(next)?.dependencies ?? []) {
      if (code?.specifier !== undefined) waiting.push(code.specifier);
    }
  }
  return found;
}

/** Whether a path is a folder or below it. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && join(folder, way) === path);
}

/** A module's name that stays when the project is moved. */
function pathOf(root: URL, specifier: string): string {
  if (!specifier.startsWith("file:") || root.protocol !== "file:") return specifier;
  return relative(dirname(fileURLToPath(root)), fileURLToPath(specifier)).replaceAll(sep, "/");
}

function hostOf(specifier: string): readonly string[] {
  const url = URL.parse(specifier);
  if (url === null || !/^https?:$/.test(url.protocol)) return [];
  return [`${url.hostname}:${url.port || (url.protocol === "http:" ? "80" : "443")}`];
}

function versionOf(specifier: string, graph: JsonObject): string | undefined {
  const redirects = isJsonObject(graph.redirects) ? graph.redirects : {};
  const resolved: Json | undefined = redirects[specifier] ?? specifier;
  return /@(\d+\.\d+\.\d+[\w.+-]*)(?:\/|$)/.exec(String(resolved))?.[1] ??
    /\/(\d+\.\d+\.\d+[\w.+-]*)\//.exec(String(resolved))?.[1];
}
