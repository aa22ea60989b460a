import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describeThrown, FastDistillError } from "../errors/mod.ts";
import { errorCodeOf } from "../runtime/mod.ts";
import { findImportMapFile, type ImportMap, type ImportMapEntry, readImportMap } from "./import_map.ts";
import type { Component, ComponentKind, RegistryEntry } from "./registry.ts";

/** Where to look for a user's own components. */
export interface DiscoverOptions {
  /** Folder of the pipeline file; the nearest import map in it or above it is read. */
  readonly from: string;
  /** A `deno.json`, `deno.jsonc` or import map to read instead, relative to the current directory. */
  readonly configFile?: string | undefined;
}

const NO_TYPESCRIPT = /^ERR_(?:UNKNOWN_FILE_EXTENSION|UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING)$/;
const KEY = /^(?:@[^/]+\/)?fastdistill-(provider|step|task)-([^/]+)$/;

/**
 * The components that a user's import map names: keys `fastdistill-provider-<name>`, `fastdistill-step-<name>` and
 * `fastdistill-task-<name>`, scoped or not. Dashes in a name stand for underscores. Nothing is loaded; in this release
 * only local files can be. What a member of a workspace inherits from its root is not seen.
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
  const file = options.configFile ?? await findImportMapFile(options.from);
  if (file === undefined) return [];
  const map = await readImportMap(resolve(file));
  return map.entries.flatMap((entry) => componentOf(map, entry) ?? []);
}

function componentOf(map: ImportMap, entry: ImportMapEntry): RegistryEntry | undefined {
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
    origin: `import map of ${map.file} ("${key}")`,
    ...(entry.url?.protocol === "file:" ? { file: fileURLToPath(entry.url) } : {}),
    load: () => load(map, entry),
  };
}

async function load(map: ImportMap, entry: ImportMapEntry): Promise<Component> {
  const { target, url } = entry;
  if (url === undefined) {
    throw loadFailed(map, entry, {
      reason: `leads to ${JSON.stringify(target)}, which is no address`,
      hint: "A target in an import map is a URL, or a path that begins with ./, ../ or /",
    });
  }
  if (url.protocol !== "file:") {
    throw loadFailed(map, entry, {
      reason: `leads to "${target}", and this release loads components from local files only`,
      hint: "Copy the component into the project, and let the key lead to the file, as in ./steps/mine.ts",
    });
  }
  try {
    const { href } = url;
    return (await import(href)).default;
  } catch (cause) {
    throw importFailed(map, entry, cause);
  }
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
