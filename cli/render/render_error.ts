import {
  describeThrown,
  type FastDistillError,
  isFastDistillError,
  type SourceLocation,
} from "@fastdistill/core/errors";
import { cellWidth, cutToCells, showControls } from "./cells.ts";
import type { SourceLines } from "./source_lines.ts";
import { shownPath } from "./shown_path.ts";
import { PLAIN, type Style } from "./style.ts";

/** What an error is shown with. */
export interface ErrorView {
  /** Lines of the files that it points into. @default {none} */
  readonly sources?: SourceLines;
  /** @default {no colour} */
  readonly style?: Style;
  /** Paths inside of it are shown relative to it. @default {""} */
  readonly currentDirectory?: string;
  /** Width of the terminal in cells, for the line of the file. @default {100} */
  readonly width?: number;
}

const CAUSES_MAX = 5;

/**
 * An error as a person reads it: code and message, place, the line of the file with a caret under it, hint, causes, then
 * the errors that were found with it.
 */
export function renderError(error: FastDistillError, view: ErrorView = {}): readonly string[] {
  const { style = PLAIN, currentDirectory = "" } = view;
  const lines = [`${style.red(`error[${error.code}]`)}: ${style.bold(showControls(error.message))}`];
  if (error.location !== undefined) {
    lines.push(`  at ${placeOf(error.location, currentDirectory)}`);
    lines.push(...sourceLine(error.location, view));
  }
  if (error.hint !== undefined) lines.push(`  hint: ${showControls(error.hint)}`);
  lines.push(...causesOf(error).map((cause) => `  cause: ${style.dim(cause)}`));
  return [...lines, ...error.related.flatMap((related) => renderError(related, view))];
}

function placeOf({ file, line, column, path }: SourceLocation, currentDirectory: string): string {
  const position = [line, column].filter((part) => part !== undefined).map((part) => `:${part}`).join("");
  const keys = path === undefined || path === "" ? "" : ` (${path})`;
  return showControls(`${file === "" ? "" : shownPath(file, currentDirectory)}${position}${keys}`);
}

function sourceLine({ file, line, column }: SourceLocation, view: ErrorView): readonly string[] {
  const { sources, style = PLAIN, width = 100 } = view;
  const text = line === undefined ? undefined : sources?.get(file)?.[line - 1];
  if (text === undefined || text.trim() === "") return [];
  const gutter = `  ${String(line).padStart(5)} | `;
  const room = Math.max(20, width - gutter.length);
  const at = column === undefined ? undefined : Math.min(column - 1, text.length);
  // A place far to the right is shown with what stands around it.
  const start = at === undefined || at < room - 10 ? 0 : at - Math.floor(room / 2);
  const shown = cutToCells(showTabs(text.slice(start)), room);
  const lines = [`${style.dim(gutter)}${shown}`];
  if (at === undefined) return lines;
  const before = " ".repeat(cellWidth(showTabs(text.slice(start, at))));
  return [...lines, `${style.dim(`  ${" ".repeat(5)} | `)}${before}${style.red("^")}`];
}

function showTabs(text: string): string {
  return showControls(text.replaceAll("\t", " "));
}

/** One line for each cause that says something new. */
function causesOf(error: FastDistillError): readonly string[] {
  const seen = new Set([error.message]);
  const causes: string[] = [];
  for (let cause = error.cause; cause !== undefined && causes.length < CAUSES_MAX; cause = nextCause(cause)) {
    const message = isFastDistillError(cause) ? cause.message : describeThrown(cause);
    const isNew = ![...seen].some((text) => text.includes(message));
    if (isNew) causes.push(showControls(describeThrown(cause)).replace(/\s*\n\s*/g, " "));
    seen.add(message);
  }
  return causes;
}

function nextCause(thrown: unknown): unknown {
  return thrown instanceof Error ? thrown.cause : undefined;
}
