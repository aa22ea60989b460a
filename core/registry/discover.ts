import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describeThrown, FastDistillError } from "../errors/mod.ts";
import type { PluginPolicy } from "../plugin/mod.ts";
import { sha256 } from "../record/mod.ts";
import { errorCodeOf } from "../runtime/mod.ts";
import { localCodeDigest } from "./local_code.ts";
import { findImportMapFile, type ImportMap, type ImportMapEntry, readImportMap } from "./import_map.ts";
import { findPackageFile, readPackageMap } from "./package_map.ts";
import type { Component, ComponentKind, PluginEntry, RegistryEntry } from "./registry.ts";

/** Where to look for a user's own components. */
export interface DiscoverOptions {
  /** Folder of the pipeline file; the nearest import map in it or above it is read. */
  readonly from: string;
  /** A `deno.json`, `deno.jsonc` or import map to read instead, relative to the current directory. */
  readonly configFile?: string | undefined;
  /** What third-party components may do. @default {what is granted in the project, and nobody is asked} */
  readonly plugins?: PluginPolicy | undefined;
}

const NO_TYPESCRIPT = /^ERR_(?:UNKNOWN_FILE_EXTENSION|UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING)$/;
const NO_MAP: ImportMap = { file: "", entries: [], settings: {} };
const KEY = /^(?:@[^/]+\/)?fastdistill-(provider|step|task)-([^/]+)$/;

/**
 * The components that a user's import map names: keys `fastdistill-provider-<name>`, `fastdistill-step-<name>` and
 * `fastdistill-task-<name>`, scoped or not. Dashes in a name stand for underscores. Nothing is loaded. Local
 * files are loaded into this process, unless the project sets `fastdistill.plugins.<name>.sandbox`; what comes from
 * elsewhere (`jsr:`, `npm:`, `https:`) runs in a sandbox, with what it was granted. What a member of a workspace inherits from its root is not seen.
 *
 * @throws {FastDistillError} `config.file_not_found` when `configFile` does not exist, `config.syntax`,
 * `config.invalid_value`
 *
 * @example
 * ```ts
 * import { discoverComponents, Registry } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const registry = new Registry();
 * for (const entry of await discoverComponents({ from: "/a/folder/without/import/map" })) registry.add(entry);
 * assertEquals(registry.list(), []);
 * ```
 */
export async function discoverComponents(options: DiscoverOptions): Promise<RegistryEntry[]> {
  const { from, configFile, plugins: policy = {} } = options;
  const found = (await mapsOf(from, configFile)).map((map) =>
    map.entries.flatMap((entry) => componentOf({ map, entry, policy }) ?? [])
  );
  const [named = [], installed = []] = found;
  // As in Deno: where both files have a name, the import map says what it is.
  const isNamed = new Set(named.map(({ kind, name }) => `${kind} ${name}`));
  return [...named, ...installed.filter(({ kind, name }) => !isNamed.has(`${kind} ${name}`))];
}

/** The import map, then the `package.json`. */
async function mapsOf(from: string, configFile: string | undefined): Promise<readonly ImportMap[]> {
  const file = configFile ?? await findImportMapFile(from);
  const map = file === undefined ? NO_MAP : await readImportMap(resolve(file), isComponentKey);
  const packageFile = configFile === undefined ? await findPackageFile(from) : undefined;
  if (packageFile === undefined) return [map];
  return [map, await readPackageMap(packageFile, isComponentKey)];
}

function isComponentKey(key: string): boolean {
  return KEY.test(key);
}

interface Found {
  readonly map: ImportMap;
  readonly entry: ImportMapEntry;
  readonly policy: PluginPolicy;
}

function componentOf({ map, entry, policy }: Found): RegistryEntry | undefined {
  const { key, target, location } = entry;
  const match = KEY.exec(key);
  if (match === null) return undefined;
  const kind = match[1] as ComponentKind;
  const name = match[2]!.replaceAll("-", "_");
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    const place = `${location.file}:${location.line}:${location.column}`;
    throw new FastDistillError(
      "config.invalid_value",
      `Cannot use ${place}: "${key}" names a ${kind} "${name}"`,
      { location, hint: "A name is lower-case letters, digits and dashes, letter first" },
    );
  }
  return {
    kind,
    name,
    summary: `A ${kind} of this project: ${target}`,
    origin: `${map.isPackage === true ? "dependency" : "import map"} of ${map.file} ("${key}")`,
    ...(entry.url?.protocol === "file:" && map.isPackage !== true ? { file: fileURLToPath(entry.url) } : {}),
    override: map.settings[name]?.override,
    plugin: pluginOf({ map, entry, policy }, name),
    load: () => load({ map, entry, policy }, name),
  };
}

function pluginOf({ map, entry, policy }: Found, name: string): PluginEntry | undefined {
  const { url, target, packageFolder } = entry;
  if (url === undefined || target === null) return undefined;
  return {
    specifier: target,
    isSandboxed: isSandboxed(map, entry, name),
    baseDir: dirname(map.file),
    inspect: () =>
      import("../plugin/mod.ts").then(({ inspectPlugin }) =>
        inspectPlugin({ name, url, specifier: target, configFile: map.file, packageFolder }, policy)
      ),
  };
}

/** What comes from elsewhere always is; a file of the project where it says so. */
function isSandboxed({ settings }: ImportMap, { url, packageFolder }: ImportMapEntry, name: string): boolean {
  return url?.protocol !== "file:" || packageFolder !== undefined || settings[name]?.sandbox === true;
}

async function load({ map, entry, policy }: Found, name: string): Promise<Component> {
  const { target, url, packageFolder } = entry;
  if (url === undefined && map.isPackage === true) {
    throw loadFailed(map, entry, {
      reason: packageFolder === undefined ? "is not installed" : "is installed, and exports no module",
      ...(packageFolder === undefined
        ? { hint: "Install the packages of the project, as by npm install" }
        : {}),
    });
  }
  if (url === undefined) {
    throw loadFailed(map, entry, {
      reason: `leads to ${JSON.stringify(target)}, which is no address`,
      hint: "A target in an import map is a URL, or a path that begins with ./, ../ or /",
    });
  }
  if (!/^(?:file|jsr|npm|https?):$/.test(url.protocol)) {
    throw loadFailed(map, entry, {
      reason: `leads to ${JSON.stringify(target)}, and components come from files, jsr:, npm: or https:`,
    });
  }
  const { override: isOverride = false } = map.settings[name] ?? {};
  if (isSandboxed(map, entry, name) && policy.trust?.has(name) !== true) {
    const place = { url, specifier: target!, configFile: map.file, packageFolder };
    const { loadSandboxed } = await import("../plugin/mod.ts");
    return await loadSandboxed({ name, ...place, isOverride }, policy);
  }
  try {
    const { href } = url;
    const component: Component = (await import(href)).default;
    return await identified(component, { specifier: target!, url, isOverride });
  } catch (cause) {
    throw importFailed(map, entry, cause);
  }
}

/**
 * With the code that it is: the run's record names it, and other code gives another run. Of what is no file, only what takes the
 * place of another component is named.
 */
async function identified(
  component: Component,
  { specifier, url, isOverride }: {
    readonly specifier: string;
    readonly url: URL;
    readonly isOverride: boolean;
  },
): Promise<Component> {
  // What is no component at all is refused by the registry.
  if (typeof component !== "object" || component === null) return component;
  if (url.protocol !== "file:" && !isOverride) return component;
  const integrity = url.protocol === "file:" ? await localCodeDigest(fileURLToPath(url)) : sha256(url.href);
  const origin = { specifier, integrity: `sha256-${integrity}`, ...(isOverride ? { override: true } : {}) };
  return { ...component, plugin: origin };
}

function importFailed(map: ImportMap, entry: ImportMapEntry, cause: unknown): FastDistillError {
  // Node without type stripping, and in node_modules, where it never strips.
  const isUnreadable = NO_TYPESCRIPT.test(errorCodeOf(cause) ?? "") &&
    /\.[cm]?tsx?$/.test(entry.url!.pathname);
  if (isUnreadable) {
    return loadFailed(map, entry, {
      reason: `leads to "${entry.target}", and this version of Node does not load TypeScript`,
      hint: "Run it with Deno or a newer Node, or let the key lead to the compiled JavaScript",
      cause,
    });
  }
  const reason = describeThrown(cause).replace(/\.$/, "");
  return loadFailed(map, entry, {
    reason: `leads to "${entry.target}", which does not load: ${reason}`,
    cause,
  });
}

interface LoadFailure {
  readonly reason: string;
  readonly hint?: string;
  readonly cause?: unknown;
}

function loadFailed(
  map: ImportMap,
  { key, location }: ImportMapEntry,
  failure: LoadFailure,
): FastDistillError {
  const { reason, hint, cause } = failure;
  const message = `Cannot load a component of ${map.file}: "${key}" ${reason}`;
  return new FastDistillError("registry.load_failed", message, { hint, cause, location });
}
