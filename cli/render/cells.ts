// Scripts whose characters take two cells, fullwidth forms, and what is shown as a picture.
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
const ZERO = /[\p{Mark}\u200b-\u200f\ufe00-\ufe0f]/u;
// deno-lint-ignore no-control-regex -- control characters are what is meant
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** How many cells of a terminal a text without escape codes takes: two for a Chinese character, none for an accent. */
export function cellWidth(text: string): number {
  let width = 0;
  for (const character of text) width += ZERO.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** A text that takes at most so many cells; where something is cut off, it ends in `…`. */
export function cutToCells(text: string, cells: number): string {
  if (cellWidth(text) <= cells) return text;
  let [cut, width] = ["", 0];
  for (const character of text) {
    width += cellWidth(character);
    if (width > cells - 1) break;
    cut += character;
  }
  return cells < 1 ? "" : `${cut}…`;
}

/** The lines of a text that is broken between words, each at most so many cells wide; a longer word is cut into pieces. */
export function wrapToCells(text: string, cells: number): readonly string[] {
  const room = Math.max(1, cells);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((one) => one !== "").flatMap((one) => piecesOf(one, room))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (cellWidth(longer) > room) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === "" ? lines : [...lines, line];
}

function piecesOf(word: string, cells: number): readonly string[] {
  if (cellWidth(word) <= cells) return [word];
  const pieces: string[] = [];
  let piece = "";
  for (const character of word) {
    if (piece !== "" && cellWidth(piece + character) > cells) {
      pieces.push(piece);
      piece = "";
    }
    piece += character;
  }
  return [...pieces, piece];
}

/** Fills a text with spaces up to so many cells. */
export function padCells(text: string, cells: number, side: "left" | "right" = "right"): string {
  const spaces = " ".repeat(Math.max(0, cells - cellWidth(text)));
  return side === "right" ? text + spaces : spaces + text;
}

/**
 * Makes control characters visible, so that what a model or a file says cannot steer the terminal.
 * Line breaks and tabs stay.
 */
export function showControls(text: string): string {
  return text.replace(CONTROL, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
