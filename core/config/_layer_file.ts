import { FastDistillError, isFastDistillError, type SourceLocation } from "../errors/mod.ts";
import { isJsonObject, type Json } from "../record/mod.ts";
import { readTextFile } from "../runtime/mod.ts";
import { checkConfigTree, VALUES_MAX } from "./_config_tree.ts";
import { locationIn } from "./_location.ts";
import { YamlPositions } from "./_positions.ts";
import { kindOfValue } from "./_shown_value.ts";
import type { KeyPath, Provenance } from "./loaded_pipeline.ts";
import { openYaml, YamlSyntaxError, yamlValue } from "./parse_yaml.ts";
import { offsetOf, type YamlSource } from "./_yaml_source.ts";

/** Largest file of a configuration. */
export const BYTES_MAX = 1024 * 1024;

/** One file of a configuration, read and checked. */
export interface LayerFile {
  readonly layer: Provenance["layer"];
  readonly file: string;
  readonly value: Json;
  readonly positions: YamlPositions;
}

/** How a file is read. */
export interface LayerFileOptions {
  /** Whether it is a part that another file includes, and so may hold anything. @default {false} */
  readonly isFragment?: boolean;
  /** Where another file names it. */
  readonly at?: SourceLocation | undefined;
}

/**
 * Reads one YAML file of a configuration.
 *
 * @throws {FastDistillError} `config.file_not_found`, `config.syntax`, `config.unknown_key`, `config.invalid_value`
 */
export async function readLayerFile(
  layer: Provenance["layer"],
  file: string,
  { isFragment = false, at }: LayerFileOptions = {},
): Promise<LayerFile> {
  return parseLayer(layer, { file, text: await readText(layer, file, at), isFragment });
}

/** Makes a layer of a text. @throws {FastDistillError} as {@linkcode readLayerFile} */
export function parseLayer(
  layer: Provenance["layer"],
  { file, text, isFragment = false }: {
    readonly file: string;
    readonly text: string;
    readonly isFragment?: boolean;
  },
): LayerFile {
  const { value, source } = readAs(file, text.replace(/^\uFEFF/, ""));
  const positions = new YamlPositions(source);
  const locationOf = (path: KeyPath) => locationIn({ file, positions }, path);
  if (!isFragment && !isJsonObject(value)) {
    const found = value === null ? "nothing" : kindOfValue(value);
    throw new FastDistillError("config.invalid_value", `Expected a map of keys in ${file}, found ${found}`, {
      location: locationOf([]),
      ...(value === null && layer !== "base" ? { hint: "Write {} for a layer that changes nothing" } : {}),
    });
  }
  checkConfigTree(value, { locationOf });
  return { layer, file, value, positions };
}

async function readText(
  layer: Provenance["layer"],
  file: string,
  at: SourceLocation | undefined,
): Promise<string> {
  try {
    return await readTextFile(file, BYTES_MAX);
  } catch (cause) {
    if (!isFastDistillError(cause)) throw cause;
    const code = cause.code === "data.malformed" ? "config.invalid_value" : "config.file_not_found";
    throw new FastDistillError(code, cause.message, {
      cause,
      location: at ?? { file },
      ...(layer === "env" && at === undefined
        ? { hint: "An environment's file stands in the folder env beside the pipeline file" }
        : {}),
    });
  }
}

function readAs(file: string, text: string): { readonly value: unknown; readonly source: YamlSource } {
  try {
    const source = openYaml(text);
    checkSize(source, file);
    return { value: yamlValue(source), source };
  } catch (cause) {
    if (!(cause instanceof YamlSyntaxError)) throw cause;
    const { message, position } = cause;
    const line = position === undefined ? "" : text.split("\n")[position.line - 1] ?? "";
    // Without the cause: it says the same, in other words.
    throw new FastDistillError("config.syntax", message, {
      location: { file, ...position },
      ...(/\$\{|\{\{/.test(line) ? { hint: "Put text that holds ${ or {{ into quotes" } : {}),
    });
  }
}

/** Refuses what has too many values without aliases already, before they are made: each may have a key. */
function checkSize({ events, positionOf }: YamlSource, file: string): void {
  let nodes = 0;
  for (const event of events) {
    const offset = offsetOf(event);
    if (offset === undefined || ++nodes <= 2 * VALUES_MAX) continue;
    throw new FastDistillError("config.invalid_value", `Expected at most ${VALUES_MAX} values, found more`, {
      location: { file, ...positionOf(offset) },
    });
  }
}
