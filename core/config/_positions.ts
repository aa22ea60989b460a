import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { KeyPath } from "./loaded_pipeline.ts";

/** Longer texts are not parsed a second time only for better words: finding keys that come twice takes quadratic time. */
const PROBLEM_CHARS_MAX = 128 * 1024;

/** In longer texts places are not looked for, since it takes hundreds of megabytes. */
const CHARS_MAX = 512 * 1024;

/** A place in a text. Lines and columns count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a YAML text, and where. */
export interface YamlProblem {
  readonly message: string;
  readonly position: Position;
}

/** Finds key paths in a YAML text. The text is parsed, for its positions alone, when the first one is asked for. */
export class YamlPositions {
  readonly #text: string;
  readonly #lines = new LineCounter();
  #document: Document.Parsed | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * Where the key of a path stands, or a list's element; for a path that is not there, the deepest part that is. Nothing
   * for a text of over 524,288 characters.
   */
  at(path: KeyPath): Partial<Position> {
    if (this.#text.length > CHARS_MAX) return {};
    const document = this.#parsed();
    let node: unknown = document.contents;
    let offset = (document.contents as Node | null)?.range?.[0] ?? 0;
    for (const key of path) {
      const found = child(resolved(node, document), key);
      if (found === undefined) break;
      [node, offset] = [found.value, found.offset];
    }
    return this.#position(offset);
  }

  /** The first problem of the text; `undefined` when this parser finds none, or the text is over 131,072 characters. */
  problem(): YamlProblem | undefined {
    if (this.#text.length > PROBLEM_CHARS_MAX) return undefined;
    const lineCounter = new LineCounter();
    const [error] = parseDocument(this.#text, { lineCounter, prettyErrors: false }).errors;
    if (error === undefined) return undefined;
    return { message: this.#wordingOf(error), position: positionIn(lineCounter, error.pos[0]) };
  }

  #parsed(): Document.Parsed {
    this.#document ??= parseDocument(this.#text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      uniqueKeys: false,
    });
    return this.#document;
  }

  #position(offset: number): Position {
    return positionIn(this.#lines, offset);
  }

  #wordingOf(error: Document.Parsed["errors"][number]): string {
    if (error.code === "MULTIPLE_DOCS") return "Expected one YAML document, found another one";
    if (error.code === "TAB_AS_INDENT") return "Cannot read the YAML: a tab cannot indent; use spaces";
    if (error.code === "DUPLICATE_KEY") {
      const key = /^(?:"[^"\n]*"|'[^'\n]*'|[^\s:,{}[\]]+)/.exec(this.#text.slice(error.pos[0]))?.[0] ?? "";
      return `Found the key ${/^["']/.test(key) ? key : `"${key}"`} twice in one map`;
    }
    return `Cannot read the YAML: ${lowerFirst(error.message)}`;
  }
}

function positionIn(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function resolved(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function child(
  node: unknown,
  key: string | number,
): { readonly value: unknown; readonly offset: number } | undefined {
  if (isMap(node)) {
    for (const { key: name, value } of node.items) {
      if (isScalar(name) && String(name.value) === String(key)) {
        return { value, offset: name.range?.[0] ?? 0 };
      }
    }
  }
  if (isSeq(node)) {
    const item = node.items[Number(key)] as Node | undefined;
    if (item !== undefined) return { value: item, offset: item.range?.[0] ?? 0 };
  }
  return undefined;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
