import { FastDistillError } from "../errors/mod.ts";

const LINE_CHARS_MAX = 64 * 1024 * 1024;

/**
 * Cuts UTF-8 text that comes in pieces into lines without their ends, a batch for each piece. A byte order mark is
 * dropped, `\n` and `\r\n` end a line.
 *
 * @param name what a line that is too long is said to be in
 * @throws {FastDistillError} `data.malformed` for a line of more than 64 Mi characters
 */
export async function* lineBatches(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    if (rest.length > LINE_CHARS_MAX) {
      throw new FastDistillError(
        "data.malformed",
        `Read lines of at most ${LINE_CHARS_MAX} characters: ${name}`,
      );
    }
    if (lines.length > 0) yield withoutReturns(lines);
  }
  rest += decoder.decode();
  if (rest !== "") yield withoutReturns([rest]);
}

function withoutReturns(lines: string[]): readonly string[] {
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    if (line.charCodeAt(line.length - 1) === 13) lines[index] = line.slice(0, -1);
  }
  return lines;
}
