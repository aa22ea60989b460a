import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { didYouMean, FastDistillError, type SourceLocation } from "../errors/mod.ts";
import { isJsonObject } from "../record/mod.ts";
import { pathExists, readTextFile } from "../runtime/mod.ts";

/** One line of the `imports` of an import map. */
export interface ImportMapEntry {
  readonly key: string;
  /** Where the key leads, as written; `null` blocks it. */
  readonly target: string | null;
  /** The target as a URL; `undefined` when it is none, which import maps do not allow. */
  readonly url: URL | undefined;
  /** Folder of the package, where a `package.json` names it and it is installed. */
  readonly packageFolder?: string | undefined;
  readonly location: SourceLocation;
}

/** The import map that a user's project has. */
export interface ImportMap {
  /** The file that holds the `imports`. Absolute path. */
  readonly file: string;
  /** Whether it is a `package.json`. */
  readonly isPackage?: boolean;
  readonly entries: readonly ImportMapEntry[];
  /** What the project says of its own components, by name: `fastdistill.plugins` of the file. */
  readonly settings: Readonly<Record<string, PluginSettings>>;
}

/** What a project says of one of its components. */
export interface PluginSettings {
  /** Whether a local file runs in a sandbox too. @default {false} */
  readonly sandbox?: boolean;
  /** Whether it takes the place of a component of the same name. @default {false} */
  readonly override?: boolean;
}

/** Names of the files that may hold an import map; in one folder, the first wins, as in Deno. */
const FILE_NAMES = ["deno.json", "deno.jsonc", "import_map.json"] as const;
const FOLDERS_MAX = 256;

/** The nearest file that may hold an import map: in a folder or above it. */
export async function findImportMapFile(folder: string): Promise<string | undefined> {
  return await findNearest(folder, FILE_NAMES);
}

/** The nearest file of one of these names: in a folder or above it. In one folder, the first name wins. */
export async function findNearest(folder: string, names: readonly string[]): Promise<string | undefined> {
  let here = resolve(folder);
  for (let depth = 0; depth < FOLDERS_MAX; depth++) {
    for (const name of names) {
      const file = resolve(here, name);
      if (await pathExists(file)) return file;
    }
    const above = dirname(here);
    if (above === here) return undefined;
    here = above;
  }
  return undefined;
}

/**
 * Reads the `imports` that are wanted of a `deno.json`, or of the file that its `importMap` names. A map on another machine is not
 * fetched and counts as empty. Scopes are not read.
 *
 * @throws {FastDistillError} `config.file_not_found`, `config.syntax`, `config.invalid_value`
 */
export async function readImportMap(file: string, isWanted: (key: string) => boolean): Promise<ImportMap> {
  const source = await readJsonc(resolve(file));
  const elsewhere = source.value.importMap;
  // As in Deno: importMap is looked at only where there are no imports.
  if (source.value.imports !== undefined || elsewhere === undefined) return await importsOf(source, isWanted);
  if (typeof elsewhere !== "string") {
    throw await invalid(source, {
      path: ["importMap"],
      message: `importMap is a path, found ${kindOf(elsewhere)}`,
    });
  }
  const url = URL.parse(elsewhere, pathToFileURL(source.file));
  const settings = await settingsOf(source);
  if (url?.protocol !== "file:") return { file: source.file, entries: [], settings };
  return { ...await importsOf(await readJsonc(fileURLToPath(url)), isWanted), settings };
}

/** A file of JSON with comments. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Reads a file of JSON with comments. @throws {FastDistillError} `config.file_not_found`, `config.syntax`, `config.invalid_value` */
export async function readJsonc(file: string): Promise<Source> {
  const text = await readTextFile(file).catch((cause) => {
    throw new FastDistillError("config.file_not_found", `Cannot read the import map ${file}`, { cause });
  });
  const value = plainJson(text) ?? (await import("./_jsonc.ts")).parseJsonc(text, file);
  const source = { file, text, value: isJsonObject(value) ? value : {} };
  if (!isJsonObject(value)) {
    throw await invalid(source, { path: [], message: `an import map is an object, found ${kindOf(value)}` });
  }
  return source;
}

/** What most of these files are, read without the parser for comments; `undefined` for all others. */
function plainJson(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined; // The other parser says what is wrong, and where.
  }
}

async function importsOf(source: Source, isWanted: (key: string) => boolean): Promise<ImportMap> {
  const { file, value: { imports = {} } } = source;
  if (!isJsonObject(imports)) {
    const message = `imports is an object, found ${kindOf(imports)}`;
    throw await invalid(source, { path: ["imports"], message });
  }
  const base = pathToFileURL(file);
  const entries: ImportMapEntry[] = [];
  for (const [key, target] of Object.entries(imports)) {
    const path = ["imports", key];
    if (typeof target !== "string" && target !== null) {
      throw await invalid(source, { path, message: `"${key}" leads to a text, found ${kindOf(target)}` });
    }
    if (!isWanted(key)) continue;
    const url = target === null ? undefined : resolveTarget(target, base);
    entries.push({ key, target, url, location: await locationOf(source, path) });
  }
  return { file, entries, settings: await settingsOf(source) };
}

const SETTINGS: readonly string[] = ["sandbox", "override"] satisfies readonly (keyof PluginSettings)[];

/** What a file says of the components of its project. @throws {FastDistillError} `config.invalid_value` */
export async function settingsOf(source: Source): Promise<ImportMap["settings"]> {
  const { fastdistill = {} } = source.value;
  const path = ["fastdistill"];
  if (!isJsonObject(fastdistill)) {
    throw await invalid(source, { path, message: `fastdistill is an object, found ${kindOf(fastdistill)}` });
  }
  const { plugins = {} } = fastdistill;
  path.push("plugins");
  if (!isJsonObject(plugins)) {
    throw await invalid(source, {
      path,
      message: `fastdistill.plugins is an object, found ${kindOf(plugins)}`,
    });
  }
  for (const [name, settings] of Object.entries(plugins)) {
    const at = [...path, name];
    if (!isJsonObject(settings)) {
      throw await invalid(source, {
        path: at,
        message: `"${name}" has an object, found ${kindOf(settings)}`,
      });
    }
    for (const [key, value] of Object.entries(settings)) {
      if (SETTINGS.includes(key) && typeof value === "boolean") continue;
      const message = SETTINGS.includes(key)
        ? `${key} is true or false, found ${kindOf(value)}`
        : `"${name}" has no setting "${key}"${didYouMean(key, SETTINGS)}`;
      throw await invalid(source, { path: [...at, key], message });
    }
  }
  return plugins as ImportMap["settings"];
}

/** By the rules of import maps: a URL, or a path that begins with `/`, `./` or `../`. */
function resolveTarget(target: string, base: URL): URL | undefined {
  if (/^\.{0,2}\//.test(target)) return URL.parse(target, base) ?? undefined;
  return URL.parse(target) ?? undefined;
}

interface Problem {
  readonly path: readonly string[];
  readonly message: string;
}

async function invalid(source: Source, { path, message }: Problem): Promise<FastDistillError> {
  const location = await locationOf(source, path);
  const place = `${source.file}:${location.line}:${location.column}`;
  return new FastDistillError("config.invalid_value", `Cannot use ${place}: ${message}`, { location });
}

/** Where something stands. */
export async function locationOf({ file, text }: Source, path: readonly string[]): Promise<SourceLocation> {
  const { positionIn } = await import("./_jsonc.ts");
  return { file, ...positionIn(text, path), ...(path.length === 0 ? {} : { path: path.join(".") }) };
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
