import { didYouMean, FastDistillError } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import { checkConfigTree } from "./_config_tree.ts";
import { formatKeyPath, isPrototypeKey } from "./_key_path.ts";
import { kindOfValue } from "./_shown_value.ts";
import type { KeyPath } from "./loaded_pipeline.ts";
import { parseYaml } from "./parse_yaml.ts";

/** What stands for a file where an override of the command line is the place of an error. */
export const OVERRIDE_FILE = "--set";
/** What the names of environment variables that override a value begin with. */
export const VARIABLE_PREFIX = "FASTDISTILL__";

/** One value that overrides what the files say. */
export interface Override {
  readonly layer: "set" | "variable";
  /** `--set`, or the name of the variable. */
  readonly origin: string;
  readonly path: readonly string[];
  readonly value: Json;
  /** The value as it was typed, where it was read as a number or a boolean: the schema may want it as text. */
  readonly text?: string;
}

/**
 * Reads `path=value`. The value is a YAML number, boolean or null, a text in quotes, or a list or map in brackets;
 * everything else is text as it stands. Where the schema wants text, a number or boolean is the text that was typed.
 *
 * @throws {FastDistillError} `config.invalid_override`, `config.unknown_key`
 */
export function parseOverride(text: string): Override {
  const at = text.indexOf("=");
  const path = text.slice(0, Math.max(at, 0)).trim().split(".");
  if (at < 0) throw invalid(`Expected path=value after --set, found no "=" in ${JSON.stringify(text)}`);
  if (path.includes("")) {
    throw invalid(
      `Expected a dotted path before "=" after --set, found ${JSON.stringify(text.slice(0, at))}`,
    );
  }
  return checkedOverride(text.slice(at + 1), { layer: "set", origin: OVERRIDE_FILE, path });
}

/**
 * Reads an environment variable that overrides a value: `FASTDISTILL__steps__teach__with__n=2`. Two underscores stand
 * between the keys; the value is read as that of `--set` is.
 *
 * @throws {FastDistillError} `config.invalid_override`, `config.unknown_key`
 */
export function parseVariable(name: string, value: string): Override {
  const path = name.slice(VARIABLE_PREFIX.length).split("__");
  if (path.includes("")) {
    const message = `Expected keys with two underscores between them after ${VARIABLE_PREFIX}, found ${name}`;
    throw invalid(message, { origin: name });
  }
  return checkedOverride(value, { layer: "variable", origin: name, path });
}

function checkedOverride(text: string, place: Omit<Override, "value" | "text">): Override {
  const { origin, path } = place;
  const location = { file: origin, path: formatKeyPath(path) };
  const forbidden = path.find(isPrototypeKey);
  if (forbidden !== undefined) {
    throw new FastDistillError("config.unknown_key", `Cannot use the key "${forbidden}" in ${origin}`, {
      location,
    });
  }
  const value = readValue(text, place);
  checkConfigTree(value, { locationOf: () => location, base: path });
  const isTyped = typeof value === "number" || typeof value === "boolean";
  return { ...place, value, ...(isTyped ? { text } : {}) };
}

function readValue(text: string, { path, origin }: Omit<Override, "value" | "text">): unknown {
  if (/^\s*(?:["'[]|\{(?!\{))/.test(text)) {
    try {
      return parseYaml(text);
    } catch (cause) {
      const message = `Cannot read the value of ${origin} ${formatKeyPath(path)} as YAML`;
      throw invalid(message, {
        path,
        origin,
        cause,
        hint: "Put text that begins with a bracket or a quote into quotes",
      });
    }
  }
  if (/^\s*(?:~|null|Null|NULL)?\s*$/.test(text)) return null;
  if (!/^\s*(?:[-+]?\.?\d[\w.+-]*|true|false)\s*$/i.test(text)) return text;
  const scalar = parseYaml(text);
  return typeof scalar === "number" || typeof scalar === "boolean" ? scalar : text;
}

/**
 * Puts an override's value into a configuration, replacing what is there; maps on the way that are missing are made.
 *
 * @throws {FastDistillError} `config.invalid_override` when the path runs through a scalar, past the end of a list, or
 * through a step or provider that does not exist
 */
export function applyOverride(config: JsonObject, override: Override): JsonObject {
  checkName(config, override);
  return place(config, { ...override, depth: 0 }) as JsonObject;
}

function checkName(config: JsonObject, { path, origin }: Override): void {
  const [section, name, key] = path;
  if ((section !== "steps" && section !== "providers") || name === undefined || key === undefined) return;
  const entries = config[section];
  const known = isJsonObject(entries) ? Object.keys(entries) : [];
  if (known.includes(name) || (key === "use" && path.length === 3)) return;
  const kind = section === "steps" ? "step" : "provider";
  const message = `Cannot set ${formatKeyPath(path)}: no ${kind} is named "${name}"${
    didYouMean(name, known)
  }`;
  throw invalid(message, { path, origin });
}

interface Placement extends Override {
  readonly depth: number;
}

function place(target: Json | undefined, placement: Placement): Json {
  const { path, value, depth, origin } = placement;
  const key = path[depth];
  if (key === undefined) return value;
  const deeper = { ...placement, depth: depth + 1 };
  if (target === undefined || target === null) return { [key]: place(undefined, deeper) };
  if (Array.isArray(target)) {
    const index = indexIn(target, placement);
    return target.with(index, place(target[index], deeper));
  }
  if (isJsonObject(target)) {
    return { ...target, [key]: place(Object.hasOwn(target, key) ? target[key] : undefined, deeper) };
  }
  const above = formatKeyPath(path.slice(0, depth));
  throw invalid(
    `Cannot set ${formatKeyPath(path)}: ${above} holds ${kindOfValue(target)}, not a map or a list`,
    { path, origin },
  );
}

function indexIn(list: readonly Json[], { path, depth, origin }: Placement): number {
  const key = path[depth]!;
  const index = /^(?:0|[1-9]\d{0,8})$/.test(key) ? Number(key) : -1;
  if (index >= 0 && index < list.length) return index;
  const wanted = list.length === 0 ? "it has no elements" : `expected an index from 0 to ${list.length - 1}`;
  const above = formatKeyPath(path.slice(0, depth));
  throw invalid(`Cannot set ${formatKeyPath(path)}: ${above} is a list, ${wanted}, found "${key}"`, {
    path,
    origin,
  });
}

/** How much of a path an override says something of. */
export interface OverrideReach {
  /** Number of keys of the path that exist through the override. */
  readonly depth: number;
  /** Whether the override decides what stands at the path, rather than only making maps on the way. */
  readonly decides: boolean;
}

/** What an override says of a path. */
export function reachOf(override: Override, path: KeyPath): OverrideReach {
  let depth = 0;
  while (
    depth < path.length && depth < override.path.length && String(path[depth]) === override.path[depth]
  ) depth++;
  if (depth < override.path.length) return { depth, decides: false };
  let value: Json | undefined = override.value;
  for (const key of path.slice(depth)) {
    value = Array.isArray(value) ? value[Number(key)] : isJsonObject(value) ? value[key] : undefined;
    if (value === undefined) break;
    depth++;
  }
  return { depth, decides: true };
}

interface InvalidOptions {
  readonly origin?: string;
  readonly path?: readonly string[];
  readonly cause?: unknown;
  readonly hint?: string;
}

function invalid(
  message: string,
  { path, origin = OVERRIDE_FILE, ...options }: InvalidOptions = {},
): FastDistillError {
  const location = { file: origin, ...(path === undefined ? {} : { path: formatKeyPath(path) }) };
  return new FastDistillError("config.invalid_override", message, { ...options, location });
}
