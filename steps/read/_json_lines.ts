import { isJsonObject, lineBatches, type Row } from "@fastdistill/core";
import { plainBytes } from "./_decompress.ts";
import type { InputFile, ReadOptions, RowBatches } from "./_input_file.ts";

/** Reads JSON lines: one object a line, blank lines left out. */
export async function* jsonLineBatches(
  file: InputFile,
  { line_column, onUnreadable }: ReadOptions,
): RowBatches {
  let line = 0;
  for await (const lines of lineBatches(plainBytes(file), file.name)) {
    let rows: Row[] = [];
    for (const text of lines) {
      line++;
      const row = parseLine(text);
      if (row !== undefined) rows.push(line_column === undefined ? row : { ...row, [line_column]: text });
      else if (text.trim() !== "") {
        yield rows; // Whoever wants no more rows than these never hears of the line.
        rows = [];
        await onUnreadable({ line, text, reason: "it is no JSON object" });
      }
    }
    yield rows;
  }
}

/** How many lines are not blank; nothing is parsed. */
export async function countJsonLines(file: InputFile): Promise<number> {
  let count = 0;
  for await (const lines of lineBatches(plainBytes(file), file.name)) {
    for (const line of lines) if (line.trim() !== "") count++;
  }
  return count;
}

function parseLine(text: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
