import { constructFromEvents, type Event, EVENT_ID, parseEvents, SCALAR_STYLE, YAMLException } from "js-yaml";
import { yamlWording } from "./_yaml_wording.ts";

/** Deeper nesting is refused by the parser; what is allowed is said by those who read. */
const DEPTH_MAX = 1000;
/** Characters of a key that are worth printing. */
const KEY_CHARS_MAX = 100;

/** A place in a text. Lines and columns count from 1. */
export interface TextPosition {
  /** Of the text. */
  readonly line: number;
  /** Of the line, in UTF-16 code units. */
  readonly column: number;
}

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
  return reading(text, () => {
    const events = parseEvents(text, { maxDepth: DEPTH_MAX });
    const second = secondDocument(text, events);
    if (second !== undefined) {
      throw new YamlSyntaxError("Expected one YAML document, found another one", { position: second });
    }
    const key = keyOfParts(events);
    if (key !== undefined) {
      const message = "Cannot read the YAML: a key is a text, not a list or a map";
      throw new YamlSyntaxError(message, { position: positionAt(text, key) });
    }
    return constructFromEvents(events, { source: text })[0] ?? null;
  });
}

/**
 * The events of a YAML text, with their offsets, for those who look for places in it; nothing is made of them.
 *
 * @throws {YamlSyntaxError} as {@linkcode parseYaml}, except for what only values show: keys that come twice, tags
 */
export function yamlEvents(text: string): readonly Event[] {
  return reading(text, () => parseEvents(text, { maxDepth: DEPTH_MAX }));
}

/** The line and column of an offset. A line ends as one of YAML does: with LF, CR LF or CR. */
export function positionAt(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

/** The offset at which the node of an event begins; `undefined` for one that is not written, as an empty value is not. */
export function offsetOf(event: Event): number | undefined {
  if (event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) return undefined;
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1; // Its asterisk is not of its name.
  if (event.type !== EVENT_ID.SCALAR) return event.start;
  const isQuoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  return event.valueStart < 0 ? undefined : event.valueStart - (isQuoted ? 1 : 0);
}

function reading<T>(text: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof YAMLException)) throw cause;
    const { reason, mark } = cause;
    if (mark !== undefined && reason === "duplicated mapping key") throw keyTwice(text, mark.position, cause);
    const position = mark && positionAt(text, mark.position);
    const wording = yamlWording(reason, text, mark?.position ?? 0);
    throw new YamlSyntaxError(`Cannot read the YAML: ${wording}`, { position, cause });
  }
}

function keyTwice(text: string, start: number, cause: Error): YamlSyntaxError {
  const quote = /["']/.exec(text.charAt(start - 1))?.[0];
  const rest = text.slice(start, start + KEY_CHARS_MAX);
  const key = quote === undefined ? /^[^\s:,{}[\]]+/.exec(rest)?.[0] ?? "" : rest.split(quote)[0]!;
  const position = positionAt(text, quote === undefined ? start : start - 1);
  return new YamlSyntaxError(`Found the key "${key}" twice in one map`, { position, cause });
}

function secondDocument(text: string, events: readonly Event[]): TextPosition | undefined {
  const isStart = ({ type }: Event) => type === EVENT_ID.DOCUMENT;
  const second = events.findIndex((event, index) => index > 0 && isStart(event));
  if (second < 0) return undefined;
  const after = events.slice(second).map(offsetOf).find((offset) => offset !== undefined) ?? text.length;
  const marker = text.lastIndexOf("\n---", after);
  return positionAt(text, marker < 0 ? after : marker + 1);
}

/** Where a list or map stands for a key. */
function keyOfParts(events: readonly Event[]): number | undefined {
  const open: { readonly isMap: boolean; children: number }[] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    const parent = open.at(-1);
    const isPart = event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE;
    if (parent !== undefined && parent.children++ % 2 === 0 && parent.isMap && isPart) return event.start;
    if (isPart || event.type === EVENT_ID.DOCUMENT) {
      open.push({ isMap: event.type === EVENT_ID.MAPPING, children: 0 });
    }
  }
  return undefined;
}
