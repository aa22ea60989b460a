import { type Event, EVENT_ID, parseEvents, SCALAR_STYLE, YAMLException } from "js-yaml";

/** Deeper nesting is refused by the parser; what is allowed is said by those who read. */
const DEPTH_MAX = 1000;
/** Characters that may be read again for the sake of closing brackets. */
const REREAD_CHARS_MAX = 8 * 1024 * 1024;
/** Columns that a closing bracket is moved at most. */
const PADDING_MAX = 200;
const [LF, CR] = [10, 13];

/** A place in a text. Lines and columns count from 1. */
export interface TextPosition {
  /** Of the text. */
  readonly line: number;
  /** Of the line, in UTF-16 code units. */
  readonly column: number;
}

/** A YAML text that was read into events. */
export interface YamlSource {
  /** What the offsets of the events are offsets in. */
  readonly text: string;
  readonly events: Event[];
  /** Where an offset is in the text that was given. */
  readonly positionOf: (offset: number) => TextPosition;
}

/** A text that is no YAML. */
export class UnreadableYaml extends Error {
  readonly reason: string;
  readonly text: string;
  readonly offset: number;
  readonly position: TextPosition;

  constructor(cause: YAMLException, { text, positionOf }: Omit<YamlSource, "events">) {
    super(cause.reason, { cause });
    this.reason = cause.reason;
    this.text = text;
    this.offset = cause.mark?.position ?? 0;
    this.position = positionOf(this.offset);
  }
}

/**
 * Reads the events of a YAML text. YAML wants a bracket that closes on a line of its own to be indented further than the key of
 * what it closes; nobody writes it so, and other parsers do not ask for it. Such a bracket is read as if it were indented.
 *
 * @throws {UnreadableYaml}
 */
export function readYamlSource(given: string): YamlSource {
  const padded = new Set<number>();
  let padding = 0;
  const positionOf = (offset: number) => {
    const { line, column } = positionIn(text, offset);
    return { line, column: padded.has(line) ? Math.max(1, column - padding) : column };
  };
  let [text, reread] = [given, 0];
  for (;;) {
    try {
      return { text, events: parseEvents(text, { maxDepth: DEPTH_MAX }), positionOf };
    } catch (cause) {
      if (!(cause instanceof YAMLException)) throw cause;
      const offset = strayBracket(cause, text);
      reread += offset ?? 0;
      if (offset !== undefined && padding === 0) padding = deepestIndentation(given) + 1;
      if (offset === undefined || padding > PADDING_MAX || reread > REREAD_CHARS_MAX) {
        throw new UnreadableYaml(cause, { text, positionOf });
      }
      text = text.slice(0, offset) + " ".repeat(padding) + text.slice(offset);
      padded.add(positionIn(text, offset).line);
    }
  }
}

/** The offset of a closing bracket that is first in its line and not indented enough. */
function strayBracket({ reason, mark }: YAMLException, text: string): number | undefined {
  if (reason !== "deficient indentation" || mark === undefined) return undefined;
  const isBracket = /[\]}]/.test(text.charAt(mark.position));
  return isBracket && /^ *$/.test(text.slice(mark.position - mark.column, mark.position))
    ? mark.position
    : undefined;
}

/** Spaces before the line that is indented furthest. */
function deepestIndentation(text: string): number {
  let deepest = 0;
  for (const { 0: { length } } of text.matchAll(/^ +(?=\S)/gm)) deepest = Math.max(deepest, length);
  return deepest;
}

/** The line and column of an offset. A line ends as one of YAML does: with LF, CR LF or CR. */
function positionIn(text: string, offset: number): TextPosition {
  let [line, start] = [1, 0];
  for (let at = 0; at < offset; at++) {
    const code = text.charCodeAt(at);
    if (code !== LF && (code !== CR || (text.charCodeAt(at + 1) === LF && at + 1 < offset))) continue;
    line++;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}

/** The offset at which the node of an event begins; `undefined` for one that is not written, as an empty value is not. */
export function offsetOf(event: Event): number | undefined {
  if (event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) return undefined;
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1; // Its asterisk is not of its name.
  if (event.type !== EVENT_ID.SCALAR) return event.start;
  const isQuoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  return event.valueStart < 0 ? undefined : event.valueStart - (isQuoted ? 1 : 0);
}
