import {
  isJsonObject,
  type Json,
  type JsonObject,
  type KeyPath,
  type LoadedPipeline,
} from "@fastdistill/core";
import { redact } from "@fastdistill/core/errors";

/** A value of a configuration, and where it is from. */
export interface ConfigOrigin {
  readonly path: string;
  readonly value: Json;
  /** `default` where no layer says it. */
  readonly layer: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

const FROM_ELSEWHERE = /(?<!\$)\$\{(?:env|file):/;

/** The whole configuration, with defaults and variables. What is read from the environment or a file stays as written. */
export function resolvedConfig(pipeline: LoadedPipeline): JsonObject {
  const asShown = (value: Json, path: KeyPath): Json => {
    const written = pipeline.locate(path)?.written;
    if (typeof written === "string" && isAt(pipeline, path) && FROM_ELSEWHERE.test(written)) return written;
    if (Array.isArray(value)) return value.map((item, index) => asShown(item, [...path, index]));
    if (!isJsonObject(value)) return value;
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, asShown(item, [...path, key])]));
  };
  return redact(asShown(pipeline.config as unknown as JsonObject, []), -1_000) as JsonObject;
}

/** Every value that holds no others, in the order of the configuration. */
export function describeOrigins(pipeline: LoadedPipeline, config: Json): readonly ConfigOrigin[] {
  const origins: ConfigOrigin[] = [];
  const visit = (value: Json, path: KeyPath): void => {
    const inner = Array.isArray(value)
      ? value.map((item, index) => [index, item] as const)
      : isJsonObject(value)
      ? Object.entries(value)
      : [];
    for (const [key, item] of inner) visit(item, [...path, key]);
    if (inner.length === 0 && path.length > 0) origins.push(originOf(pipeline, value, path));
  };
  visit(config, []);
  return origins;
}

function originOf(pipeline: LoadedPipeline, value: Json, path: KeyPath): ConfigOrigin {
  const shown = path.join(".");
  const found = pipeline.locate(path);
  if (found === undefined || !isAt(pipeline, path)) return { path: shown, value, layer: "default" };
  const { layer, location: { file, line, column } } = found;
  return {
    path: shown,
    value,
    layer,
    file,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  };
}

/** Whether a layer says something of the very path, or of a list or text that stands for it. */
function isAt({ locate }: LoadedPipeline, path: KeyPath): boolean {
  const found = locate(path);
  return found?.location.path === path.join(".");
}
