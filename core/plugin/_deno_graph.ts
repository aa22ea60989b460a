import { describeThrown } from "../errors/mod.ts";
import { isJsonObject, type JsonObject } from "../record/mod.ts";
import { runProgram } from "../runtime/mod.ts";

const MODULES_MAX = 5_000;
const INFO_CHARS_MAX = 64 * 1024 * 1024;
const TIMEOUT_MS = 120_000;
const REDIRECTS_MAX = 10;

/** A module, as Deno lists it. */
export interface GraphModule {
  readonly specifier: string;
  /** The file that holds it. */
  readonly local?: string | undefined;
  readonly mediaType?: string | undefined;
  readonly error?: string | undefined;
  /** Of a module of an npm package: which, as the packages are listed. */
  readonly npmPackage?: string | undefined;
  readonly dependencies?: readonly GraphImport[];
}

/** An import of a module. */
export interface GraphImport {
  /** As written. */
  readonly specifier: string;
  /** What is run; an import of types has none. */
  readonly code?: { readonly specifier?: string };
}

/** An npm package, as Deno lists it. */
export interface GraphPackage {
  readonly name: string;
  readonly version: string;
  /** Other packages, as they are listed. */
  readonly dependencies: readonly string[];
  /** Folder of the package in Deno's cache. */
  readonly localPath?: string;
}

/** All that is loaded for a module. */
export interface ModuleGraph {
  readonly roots: readonly string[];
  readonly modules: ReadonlyMap<string, GraphModule>;
  readonly packages: ReadonlyMap<string, GraphPackage>;
  /** The address that a specifier leads to. */
  readonly resolve: (specifier: string) => string;
}

/** What to list. */
export interface GraphOptions {
  readonly deno: string;
  /** Resolves bare imports. */
  readonly configFile: string;
  /** `host:port` from which modules may come; none for those that Deno allows by itself. */
  readonly hosts: readonly string[];
}

/** Has Deno list what a module loads, and fetch what is not here yet. @throws {Error} when something is missing */
export async function denoGraph(
  href: string,
  { deno, configFile, hosts }: GraphOptions,
): Promise<ModuleGraph> {
  const done = await runProgram(deno, [
    "info",
    "--json",
    "--no-lock",
    "--node-modules-dir=none",
    `--config=${configFile}`,
    ...(hosts.length === 0 ? [] : [`--allow-import=${hosts}`]),
    href,
  ], { timeoutMs: TIMEOUT_MS, outputCharsMax: INFO_CHARS_MAX, env: { DENO_NO_PACKAGE_JSON: "1" } });
  if (done.code !== 0) throw new Error(done.stderr.trim().slice(-500));
  let found: unknown;
  try {
    found = JSON.parse(done.stdout);
  } catch (cause) {
    throw new Error(`deno info printed what is not JSON: ${describeThrown(cause)}`, { cause });
  }
  return graphIn(isJsonObject(found) ? found : {});
}

function graphIn({ roots, modules, npmPackages, redirects = {} }: JsonObject): ModuleGraph {
  const list = (Array.isArray(modules) ? modules : []) as unknown as readonly GraphModule[];
  if (list.length > MODULES_MAX) throw new Error(`It has more than ${MODULES_MAX} modules`);
  const broken = list.find(({ error }) => error !== undefined);
  if (broken !== undefined) throw new Error(broken.error);
  const packages = isJsonObject(npmPackages) ? npmPackages as unknown as Record<string, GraphPackage> : {};
  const leadsTo = new Map(isJsonObject(redirects) ? Object.entries(redirects) : []) as Map<string, string>;
  return {
    roots: Array.isArray(roots) ? roots as readonly string[] : [],
    modules: new Map(list.map((module) => [module.specifier, module])),
    packages: new Map(Object.entries(packages)),
    resolve: (specifier) => {
      let found = specifier;
      for (let hops = 0; hops < REDIRECTS_MAX && leadsTo.has(found); hops++) found = leadsTo.get(found)!;
      return found;
    },
  };
}
