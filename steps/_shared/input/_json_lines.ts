import { isJsonObject, parseJson, type Row } from "@fastdistill/core/authoring";
import { lineBatches } from "@fastdistill/core/runtime";
import { plainBytes } from "./_decompress.ts";
import {
  type InputFile,
  INT64_HINT,
  NO_OBJECT,
  type ReadOptions,
  type RowBatches,
  type UnreadableRecord,
} from "./_input_file.ts";

/** Reads JSON lines: one object a line, blank lines left out. */
export async function* jsonLineBatches(
  file: InputFile,
  { int64, line_column, onRow, onUnreadable }: ReadOptions,
): RowBatches {
  let line = 0;
  for await (const lines of lineBatches(plainBytes(file), file.name)) {
    let rows: Row[] = [];
    for (const text of lines) {
      line++;
      const row = parseLine(text, int64);
      if (!(row instanceof Unreadable)) {
        onRow?.(line);
        rows.push(line_column === undefined ? row : { ...row, [line_column]: text });
      } else if (text.trim() !== "") {
        yield rows; // Whoever wants no more rows than these never hears of the line.
        rows = [];
        await onUnreadable({ line, text, ...row.why });
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

/** Why a line is no row. */
class Unreadable {
  readonly why: Pick<UnreadableRecord, "reason" | "hint">;

  constructor(inexact?: string) {
    this.why = inexact === undefined ? { reason: NO_OBJECT } : { reason: inexact, hint: INT64_HINT };
  }
}

function parseLine(text: string, int64: ReadOptions["int64"]): Row | Unreadable {
  try {
    const value = parseJson(text, { int64 });
    return isJsonObject(value) ? value : new Unreadable();
  } catch (cause) {
    return new Unreadable(cause instanceof RangeError ? problemOf(text, int64) : undefined);
  }
}

/** Which number of a line a number cannot hold. */
function problemOf(text: string, int64: ReadOptions["int64"]): string | undefined {
  let first: string | undefined;
  parseJson(text, { int64, onInexact: (_holder, problem) => first ??= problem });
  return first;
}
