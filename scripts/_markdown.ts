/**
 * The two things that the checks want from a Markdown page: its headings and its code fences.
 *
 * @module
 */

/** An ATX heading (`## like this`). */
export interface Heading {
  readonly level: number;
  readonly line: number;
}

/** A fenced block of code. */
export interface Fence {
  /** What follows the opening marks, such as `ts ignore`. */
  readonly info: string;
  /** The lines between the marks, byte for byte. */
  readonly text: string;
  /** Which character the marks are made of. */
  readonly mark: "`" | "~";
  /** Line of the opening marks, counted from 1. */
  readonly line: number;
}

/** Reads headings and fences as CommonMark does, as far as fences and ATX headings go. */
export function readMarkdown(
  text: string,
): { readonly headings: readonly Heading[]; readonly fences: readonly Fence[] } {
  const headings: Heading[] = [];
  const fences: Fence[] = [];
  let open: Opening | undefined;
  let inside: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (open !== undefined) {
      if (closes(line, open.marks)) {
        fences.push(finish(open, inside));
        open = undefined;
      } else inside.push(line);
      continue;
    }
    const fence = /^\s*(?:[-*+>]\s+)*(`{3,}|~{3,})\s*(.*?)\s*$/.exec(line);
    if (fence?.[1] !== undefined && !(fence[1].startsWith("`") && fence[2]?.includes("`"))) {
      open = { marks: fence[1], info: fence[2] ?? "", line: index + 1 };
      inside = [];
      continue;
    }
    const heading = /^ {0,3}(#{1,6})(\s|$)/.exec(line);
    if (heading?.[1] !== undefined) headings.push({ level: heading[1].length, line: index + 1 });
  }
  if (open !== undefined) fences.push(finish(open, inside));
  return { headings, fences };
}

interface Opening {
  readonly marks: string;
  readonly info: string;
  readonly line: number;
}

function finish({ marks, info, line }: Opening, inside: readonly string[]): Fence {
  return { info, text: inside.join("\n"), mark: marks.startsWith("~") ? "~" : "`", line };
}

/** A closing line holds the same mark, at least as often, and nothing else. */
function closes(line: string, marks: string): boolean {
  const text = line.replace(/^[\s>]*/, "").trimEnd();
  return text.length >= marks.length && text === (marks[0] ?? "").repeat(text.length);
}
