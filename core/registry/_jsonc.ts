import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { FastDistillError } from "../errors/mod.ts";

interface Position {
  readonly line: number;
  readonly column: number;
}

/** The value of JSON with comments and trailing commas. @throws {FastDistillError} `config.syntax` */
export function parseJsonc(text: string, file: string): unknown {
  const errors: ParseError[] = [];
  const tree = treeOf(text, errors);
  const [error] = errors;
  if (error === undefined && tree !== undefined) return getNodeValue(tree);
  const reason = error === undefined ? "it is empty" : describeCode(printParseErrorCode(error.error));
  const location = { file, ...positionOf(text, error?.offset ?? 0) };
  const place = `${file}:${location.line}:${location.column}`;
  throw new FastDistillError("config.syntax", `Cannot read ${place}: ${reason}`, { location });
}

/** Where the value at a path stands in JSON with comments; its beginning for one that is not there. */
export function positionIn(text: string, path: readonly string[]): Position {
  const tree = treeOf(text);
  const node = tree === undefined ? undefined : findNodeAtLocation(tree, [...path]) ?? tree;
  return positionOf(text, node?.offset ?? 0);
}

function treeOf(text: string, errors: ParseError[] = []): Node | undefined {
  return parseTree(text.replace(/^\uFEFF/, " "), errors, { allowTrailingComma: true });
}

function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

/** `CommaExpected` -> `comma expected`. */
function describeCode(code: string): string {
  return code.replace(/(?<!^)([A-Z])/g, " $1").toLowerCase();
}
