import { isJsonObject, type JsonObject } from "../record/mod.ts";
import { readLines } from "../runtime/mod.ts";

/** A line of a JSONL file that holds an object. */
export interface ObjectLine {
  readonly line: string;
  /** From 1. */
  readonly number: number;
  readonly value: JsonObject;
}

/** The lines of a JSONL file; one that holds no object is left out and told of by its number. */
export async function* objectLines(
  path: string,
  onMalformed: (number: number) => void,
): AsyncGenerator<ObjectLine> {
  let number = 0;
  for await (const line of readLines(path)) {
    number++;
    const value = parsed(line);
    if (value === undefined) onMalformed(number);
    else yield { line, number, value };
  }
}

function parsed(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // The caller reports the line; why it is not JSON adds nothing.
  }
}
