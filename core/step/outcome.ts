import type { FastDistillError } from "../errors/mod.ts";
import type { Row } from "../record/mod.ts";

/** The row goes on, changed or not. */
export interface Pass {
  /** Tells the outcomes apart. */
  readonly kind: "pass";
  /** What goes on. */
  readonly row: Row;
}

/** The row is good data that this pipeline does not want; its terminal state is `rejected(reason)`. */
export interface Reject {
  /** Tells the outcomes apart. */
  readonly kind: "reject";
  /** Short, stable, snake_case: reports count by it. */
  readonly reason: string;
  /** What a person may want to know besides; kept in the ledger. */
  readonly detail?: string | undefined;
}

/** The row could not be processed; its terminal state is `failed(code)`. */
export interface Fail {
  /** Tells the outcomes apart. */
  readonly kind: "fail";
  /** Why; its code is what reports count by. */
  readonly error: FastDistillError;
  /** What may help to see why, such as the model's raw answer; kept in `failures.jsonl`, cut to 4,000 characters. */
  readonly evidence?: string | undefined;
}

/** The row is replaced by several, each of which has an outcome of its own. */
export interface Expand {
  /** Tells the outcomes apart. */
  readonly kind: "expand";
  /** In the order in which the new rows stand. */
  readonly items: readonly (Pass | Reject | Fail)[];
}

/** What a step says of one row. */
export type Outcome = Pass | Reject | Fail | Expand;

/**
 * Lets a row go on.
 *
 * @example
 * ```ts
 * import { expand, pass, reject } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const outcome = expand([pass({ n: 1 }), reject("too_short")]);
 * assertEquals(outcome.items.map((item) => item.kind), ["pass", "reject"]);
 * ```
 */
export function pass(row: Row): Pass {
  return { kind: "pass", row };
}

/** Ends a row as `rejected(reason)`. */
export function reject(reason: string, detail?: string): Reject {
  return { kind: "reject", reason, detail };
}

/** Ends a row as `failed(code)`. */
export function fail(error: FastDistillError, evidence?: string): Fail {
  return { kind: "fail", error, evidence };
}

/** Replaces a row by several. An empty list ends the row as `rejected(no_output)`. */
export function expand(items: readonly (Pass | Reject | Fail)[]): Expand {
  return { kind: "expand", items };
}
