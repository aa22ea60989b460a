import type { FastDistillError } from "../errors/mod.ts";

/** What an endpoint says about one of its quotas, beside an answer or a refusal. */
export interface Quota {
  /** What it counts. */
  readonly of: "requests" | "tokens";
  /** How much there is when nothing is used. */
  readonly limit: number;
  /** How much is left. */
  readonly remaining: number;
  /** Milliseconds until all of it is there again. */
  readonly resetMs: number;
  /** Whether it comes back little by little, or all at once at the end of a window. @default {"gradually"} */
  readonly returns?: "gradually" | "at_once";
}

/** Neither enumerable nor part of the context: quotas are about a moment, and reports and ledgers must not show them. */
const QUOTAS: unique symbol = Symbol.for("fastdistill.quotas");

/**
 * Notes on an error what the endpoint said about its quotas when it refused a call. The gateway heeds it; it is never
 * written to a file.
 *
 * @example
 * ```ts
 * import { FastDistillError, quotasOfError, withQuotas } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new FastDistillError("provider.rate_limited", "Asked for an answer, got status 429");
 * const quotas = [{ of: "requests" as const, limit: 60, remaining: 0, resetMs: 1_000 }];
 * assertEquals(quotasOfError(withQuotas(error, quotas)), quotas);
 * ```
 */
export function withQuotas(error: FastDistillError, quotas: readonly Quota[] | undefined): FastDistillError {
  if (quotas !== undefined) Object.defineProperty(error, QUOTAS, { value: quotas, configurable: true });
  return error;
}

/** What {@linkcode withQuotas} noted on an error; `undefined` where it noted nothing. */
export function quotasOfError(error: unknown): readonly Quota[] | undefined {
  return (error as { readonly [QUOTAS]?: readonly Quota[] } | null | undefined)?.[QUOTAS];
}
