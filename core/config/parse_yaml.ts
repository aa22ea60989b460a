import { constructFromEvents, type Event, EVENT_ID, YAMLException } from "js-yaml";
import { yamlWording } from "./_yaml_wording.ts";
import {
  offsetOf,
  readYamlSource,
  type TextPosition,
  UnreadableYaml,
  type YamlSource,
} from "./_yaml_source.ts";

/** Characters of a key that are worth printing. */
const KEY_CHARS_MAX = 100;

/** What is wrong with a YAML text, and where, as far as the parser knows. */
export class YamlSyntaxError extends SyntaxError {
  /** Where, when the parser knows. */
  readonly position: TextPosition | undefined;

  /** Makes one. */
  constructor(
    message: string,
    { position, cause }: { position?: TextPosition | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.name = "YamlSyntaxError";
    this.position = position;
  }
}

/**
 * Reads one document of YAML 1.2 with its core schema: maps, lists, texts, numbers, booleans and null, so that `no`,
 * `1:30`, `2024-05-31` and `<<` are text. An empty text is null. An alias is the very value of its anchor: a value may
 * stand in itself, and a few aliases in a few others make more values than fit into memory, so count them before you walk.
 *
 * @throws {YamlSyntaxError} for a text that is no YAML, a key that comes twice in a map, a tag, a second document, nesting
 * deeper than 1,000
 *
 * @see {@link https://yaml.org/spec/1.2.2/#103-core-schema}
 *
 * @example
 * ```ts
 * import { parseYaml } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseYaml("name: text2sql\nseed: 7\nsteps: []"), { name: "text2sql", seed: 7, steps: [] });
 * ```
 */
export function parseYaml(text: string): unknown {
  return yamlValue(openYaml(text));
}

/** Reads the parts of a YAML text, and makes no value of them yet. @throws {YamlSyntaxError} as {@linkcode parseYaml} */
export function openYaml(text: string): YamlSource {
  return worded(() => readYamlSource(text));
}

/** The value of a YAML text. @throws {YamlSyntaxError} as {@linkcode parseYaml} */
export function yamlValue(source: YamlSource): unknown {
  checkOneDocument(source);
  checkKeys(source);
  return worded(() => valueOf(source));
}

function worded<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof UnreadableYaml)) throw cause;
    const { reason, position } = cause;
    const wording = yamlWording(reason, cause.text, cause.offset);
    throw new YamlSyntaxError(`Cannot read the YAML: ${wording}`, { position, cause });
  }
}

function valueOf({ text, events, positionOf }: YamlSource): unknown {
  try {
    return constructFromEvents(events, { source: text })[0] ?? null;
  } catch (cause) {
    if (!(cause instanceof YAMLException)) throw cause;
    if (cause.reason !== "duplicated mapping key") throw new UnreadableYaml(cause, { text, positionOf });
    const start = cause.mark?.position ?? 0;
    const quote = /["']/.exec(text.charAt(start - 1))?.[0];
    const rest = text.slice(start, start + KEY_CHARS_MAX);
    const key = quote === undefined ? /^[^\s:,{}[\]]+/.exec(rest)?.[0] ?? "" : rest.split(quote)[0]!;
    const position = positionOf(quote === undefined ? start : start - 1);
    throw new YamlSyntaxError(`Found the key "${key}" twice in one map`, { position, cause });
  }
}

function checkOneDocument({ text, events, positionOf }: YamlSource): void {
  const second = events.findIndex(({ type }, index) => index > 0 && type === EVENT_ID.DOCUMENT);
  if (second < 0) return;
  const after = events.slice(second).map(offsetOf).find((offset) => offset !== undefined) ?? text.length;
  const marker = text.lastIndexOf("\n---", after);
  const position = positionOf(marker < 0 ? after : marker + 1);
  throw new YamlSyntaxError("Expected one YAML document, found another one", { position });
}

/** Refuses a list or map that stands for a key, with its place. */
function checkKeys({ events, positionOf }: YamlSource): void {
  const open: { readonly isMap: boolean; children: number }[] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    const parent = open.at(-1);
    const isPart = isMap(event) || event.type === EVENT_ID.SEQUENCE;
    if (parent !== undefined && parent.children++ % 2 === 0 && parent.isMap && isPart) {
      const position = positionOf(offsetOf(event) ?? 0);
      throw new YamlSyntaxError("Cannot read the YAML: a key is a text, not a list or a map", { position });
    }
    if (isPart || event.type === EVENT_ID.DOCUMENT) open.push({ isMap: isMap(event), children: 0 });
  }
}

function isMap({ type }: Event): boolean {
  return type === EVENT_ID.MAPPING;
}

export type { TextPosition };
