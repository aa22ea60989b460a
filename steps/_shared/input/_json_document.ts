import {
  FastDistillError,
  isJsonObject,
  parseJson,
  type ParseJsonOptions,
  type Row,
} from "@fastdistill/core/authoring";
import { plainBytes } from "./_decompress.ts";
import { type InputFile, INT64_HINT, NO_OBJECT, type ReadOptions, type RowBatches } from "./_input_file.ts";

const BYTES_MAX = 256 * 1024 * 1024;
const BATCH_ROWS = 1000;

/** Reads a JSON document: a list of objects, or an object whose key `records` holds the list. Held in memory whole. */
export async function* jsonDocumentBatches(
  file: InputFile,
  { records, int64, onUnreadable }: ReadOptions,
): RowBatches {
  const inexact = new Map<unknown, string>();
  const document = await documentOf(file, {
    int64,
    onInexact: (holder, problem) => inexact.set(holder, problem),
  });
  const list = listOf(document, { name: file.name, records });
  for (let start = 0; start < list.length; start += BATCH_ROWS) {
    let rows: Row[] = [];
    for (const [index, value] of list.slice(start, start + BATCH_ROWS).entries()) {
      const problem = inexact.size === 0 ? undefined : problemIn(value, inexact);
      if (problem === undefined && isJsonObject(value)) rows.push(value);
      else {
        yield rows;
        rows = [];
        const why = problem === undefined ? { reason: NO_OBJECT } : { reason: problem, hint: INT64_HINT };
        await onUnreadable({ line: start + index + 1, text: JSON.stringify(value), ...why });
      }
    }
    yield rows;
  }
}

/** What is wrong with a number anywhere in a value. */
function problemIn(value: unknown, inexact: ReadonlyMap<unknown, string>): string | undefined {
  if (value === null || typeof value !== "object") return undefined;
  const own = inexact.get(value);
  if (own !== undefined) return own;
  for (const inner of Object.values(value)) {
    const problem = problemIn(inner, inexact);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

async function documentOf(file: InputFile, options: ParseJsonOptions): Promise<unknown> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let size = 0;
  for await (const chunk of plainBytes(file)) {
    size += chunk.byteLength;
    if (size > BYTES_MAX) {
      throw new FastDistillError(
        "data.malformed",
        `Read a JSON document of at most ${BYTES_MAX} bytes: ${file.name}`,
        {
          hint: "Write it as JSON lines, which may have any size",
        },
      );
    }
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  try {
    return parseJson(parts.join("") + decoder.decode(), options);
  } catch (cause) {
    throw new FastDistillError(
      "data.malformed",
      `Read a JSON document from ${file.name}: ${(cause as Error).message}`,
      {
        cause,
        hint: "A file of one JSON object a line is read with format: jsonl",
      },
    );
  }
}

function listOf(
  document: unknown,
  { name, records }: { readonly name: string; readonly records: string | undefined },
): readonly unknown[] {
  const list = records === undefined
    ? document
    : isJsonObject(document) && Object.hasOwn(document, records)
    ? document[records]
    : undefined;
  if (Array.isArray(list)) return list;
  const keys = isJsonObject(document)
    ? Object.keys(document).filter((key) => Array.isArray(document[key]))
    : [];
  const wanted = records === undefined ? "a list of objects" : `a list of objects under "${records}"`;
  const found = keys.length === 0 ? "" : `; lists are under: ${keys.slice(0, 10).join(", ")}`;
  throw new FastDistillError("data.malformed", `Read ${wanted} from ${name}, found none${found}`, {
    hint: "Name the key that holds the rows: records: <key>",
  });
}
