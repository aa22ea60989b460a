import type { Jinja, JinjaToken } from "./_jinja.ts";

/** Where in a template something is wrong. Lines and columns count from 1. */
export interface TemplatePlace {
  readonly line: number;
  readonly column: number;
  /** The beginning of what stands there. */
  readonly near: string;
}

const NEAR_CHARS_MAX = 40;
const OPENING = /\{[{%#]/g;
const BLOCK =
  /\{#[^]*?#\}|\{\{(?:"(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'|[^"'])*?\}\}|\{%(?:"(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'|[^"'])*?%\}/y;

/**
 * The place of the block that the library could not read. The library itself tells no position: the block is found by
 * reading the blocks one by one, and then by watching how far the parser gets.
 */
export function failurePlace(jinja: Jinja, text: string): TemplatePlace | undefined {
  const blocks = blocksOf(text);
  const unreadable = blocks.find(([start, end]) => !isReadable(jinja, text.slice(start, end)));
  if (unreadable !== undefined) return placeOf(text, unreadable[0]);
  const block = blocks[lastBlockRead(jinja, text)];
  return block === undefined ? undefined : placeOf(text, block[0]);
}

/** The place of an offset in a text. */
export function placeOf(text: string, offset: number): TemplatePlace {
  const lines = text.slice(0, offset).split("\n");
  const near = text.slice(offset).split("\n", 1)[0]!;
  return { line: lines.length, column: lines.at(-1)!.length + 1, near: near.slice(0, NEAR_CHARS_MAX) };
}

function blocksOf(text: string): readonly (readonly [number, number])[] {
  const blocks: (readonly [number, number])[] = [];
  OPENING.lastIndex = 0;
  for (let open = OPENING.exec(text); open !== null; open = OPENING.exec(text)) {
    BLOCK.lastIndex = open.index;
    const end = BLOCK.test(text) ? BLOCK.lastIndex : text.length;
    blocks.push([open.index, end]);
    OPENING.lastIndex = end;
  }
  return blocks;
}

function isReadable(jinja: Jinja, block: string): boolean {
  try {
    const opened = jinja.tokenize(block).at(-1)?.type ?? "";
    return opened.startsWith("Close") || opened === "Comment";
  } catch {
    return false;
  }
}

function lastBlockRead(jinja: Jinja, text: string): number {
  const tokens = jinja.tokenize(text);
  let reached = 0;
  const watched = new Proxy(tokens, {
    get(target, key) {
      if (typeof key === "string" && /^\d+$/.test(key)) reached = Math.max(reached, Number(key));
      return Reflect.get(target, key);
    },
  });
  try {
    jinja.parse(watched);
  } catch {
    // The same failure again: what counts is how far the parser came.
  }
  return tokens.slice(0, reached + 1).filter(isBlockStart).length - 1;
}

function isBlockStart(token: JinjaToken): boolean {
  return token.type === "OpenStatement" || token.type === "OpenExpression" || token.type === "Comment";
}
