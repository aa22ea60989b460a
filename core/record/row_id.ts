import { digest, sha256 } from "./digest.ts";
import type { Row } from "./row.ts";
import type { TextHasher } from "./text_hasher.ts";

/**
 * Id of a row that comes straight from a source: hash of the source's name and the row's position in it.
 *
 * @param source name of the source step
 * @param index position of the row in the source, from 0
 */
export function sourceRowId(source: string, index: number): string {
  return sha256(sourceRowText(source, index));
}

/** Makes ids as {@linkcode sourceRowId} does, for many rows of one source. */
export function sourceRowIds(source: string, hasher: TextHasher): (index: number) => string {
  return (index) => hasher.sha256(sourceRowText(source, index));
}

function sourceRowText(source: string, index: number): string {
  return `row:v1\n${source}\n${index}`;
}

/**
 * Id of a row that a step made from another row.
 *
 * @param parentId id of the row that was expanded
 * @param origin the step that made it, and its position among the rows that were made, from 0
 */
export function derivedRowId(
  parentId: string,
  origin: { readonly step: string; readonly index: number },
): string {
  const { step, index } = origin;
  return sha256(`row:v1\n${parentId}\n${step}\n${index}`);
}

/**
 * Stable id of a sample: the digest of chosen fields, so that equal content has an equal id wherever it stands.
 *
 * @example
 * ```ts
 * import { sampleIdOf } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const a = sampleIdOf({ question: "How many?", n: 1 }, ["question"]);
 * assertEquals(a, sampleIdOf({ question: "How many?", n: 2 }, ["question"]));
 * ```
 */
export function sampleIdOf(row: Row, fields: readonly string[]): string {
  return digest(Object.fromEntries(fields.map((field) => [field, row[field] ?? null])));
}
