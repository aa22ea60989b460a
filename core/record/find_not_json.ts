const DEPTH_MAX = 500;

/** What is wrong with a value that is not JSON, and where. */
export interface NotJson {
  /** Such as `NaN`, `undefined`, `a function`, `text with a lone surrogate`. */
  readonly found: string;
  /** Dotted path inside the value. */
  readonly path: string;
}

/**
 * The first thing in a value that JSON cannot hold, or `undefined` when there is none. Cheap: nothing is copied.
 *
 * @example
 * ```ts
 * import { findNotJson } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(findNotJson({ score: [1, 0 / 0] }), { found: "NaN", path: "score.1" });
 * assertEquals(findNotJson({ score: 1 }), undefined);
 * ```
 */
export function findNotJson(value: unknown): NotJson | undefined {
  const found = search(value, 0);
  return found === undefined ? undefined : { found: found.found, path: found.path.reverse().join(".") };
}

interface Finding {
  readonly found: string;
  /** Innermost key first. */
  readonly path: string[];
}

function search(value: unknown, depth: number): Finding | undefined {
  switch (typeof value) {
    case "string":
      return value.isWellFormed() ? undefined : { found: "text with a lone surrogate", path: [] };
    case "number":
      return Number.isFinite(value) ? undefined : { found: String(value), path: [] };
    case "boolean":
      return undefined;
    case "object":
      return value === null ? undefined : searchInside(value, depth);
    default:
      return { found: value === undefined ? "undefined" : `a ${typeof value}`, path: [] };
  }
}

function searchInside(value: object, depth: number): Finding | undefined {
  if (depth >= DEPTH_MAX) return { found: `nesting deeper than ${DEPTH_MAX}`, path: [] };
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const finding = search(value[index], depth + 1);
      if (finding !== undefined) return within(finding, String(index));
    }
    return undefined;
  }
  for (const key of Object.keys(value)) {
    const finding = key.isWellFormed()
      ? search((value as Record<string, unknown>)[key], depth + 1)
      : { found: "a key with a lone surrogate", path: [] };
    if (finding !== undefined) return within(finding, key);
  }
  return undefined;
}

function within(finding: Finding, key: string): Finding {
  finding.path.push(key);
  return finding;
}
