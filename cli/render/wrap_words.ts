import { cellWidth } from "./cells.ts";

/** A line as lines that take at most so many cells, broken between words where there are any; nothing is cut off. */
export function wrapWords(line: string, width: number): readonly string[] {
  const indent = /^ */.exec(line)![0].slice(0, Math.max(0, width - 2));
  const room = Math.max(1, width - indent.length);
  const lines: string[] = [];
  let now = "";
  for (const word of line.trim().split(/ +/).flatMap((word) => pieces(word, room))) {
    const longer = now === "" ? word : `${now} ${word}`;
    if (cellWidth(longer) <= room) now = longer;
    else {
      lines.push(now);
      now = word;
    }
  }
  return [...lines, now].map((text) => indent + text);
}

/** A word that is longer than a line is broken wherever it has to be. */
function pieces(word: string, room: number): readonly string[] {
  const found: string[] = [];
  let now = "";
  for (const character of word) {
    if (now !== "" && cellWidth(now + character) > room) {
      found.push(now);
      now = "";
    }
    now += character;
  }
  return [...found, now];
}
