import { ERROR_CODES, type ErrorCode, type ErrorCodeEntry } from "./codes.ts";
import { redact, redactText } from "./redact.ts";

const MARKER: unique symbol = Symbol.for("fastdistill.error");

/** A place in a configuration file. Lines and columns count from 1. */
export interface SourceLocation {
  /** Path as it was given, or what stands for a file, such as `--set`. */
  readonly file: string;
  /** Absent when only the file is known. */
  readonly line?: number;
  /** Of the first character in question; absent when only the line is known. */
  readonly column?: number;
  /** Dotted key path, such as `steps.teach.with.n`. */
  readonly path?: string;
}

/** What a {@linkcode FastDistillError} carries besides code and message. */
export interface FastDistillErrorOptions {
  /** What the reader can do next; printed on a line of its own. */
  readonly hint?: string;
  /** What led to it; kept as it is, so print it through `describeThrown`. */
  readonly cause?: unknown;
  /** JSON-safe facts for machines; secrets are redacted on the way in. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Where in a configuration the problem is. */
  readonly location?: SourceLocation;
  /** Overrides what the catalogue says of the code. */
  readonly retryable?: boolean;
  /** Further errors found in the same pass, for instance all problems of one file. */
  readonly related?: readonly FastDistillError[];
}

/**
 * The one class of operational failures. Misuse of the API by a programmer throws `TypeError` or `RangeError` instead.
 *
 * @example Throw and recognise
 * ```ts
 * import { FastDistillError, isFastDistillError } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new FastDistillError("provider.timeout", "Waited for an answer for 30000 ms", {
 *   context: { model: "tiny", api_key: "secret" },
 * });
 * assertEquals(isFastDistillError(error), true);
 * assertEquals(error.retryable, true);
 * assertEquals(error.context, { model: "tiny", api_key: "[redacted]" });
 * ```
 */
export class FastDistillError extends Error {
  /** Stable, dotted code. */
  readonly code: ErrorCode;
  /** What the reader can do next; redacted. */
  readonly hint: string | undefined;
  /** JSON-safe facts for machines, redacted; empty when there are none. */
  readonly context: Readonly<Record<string, unknown>>;
  /** Where in a configuration the problem is. */
  readonly location: SourceLocation | undefined;
  /** Whether the same operation may succeed when tried again unchanged. */
  readonly retryable: boolean;
  /** Further errors found in the same pass; empty when there are none. */
  readonly related: readonly FastDistillError[];

  /** Secrets in message, hint and context are redacted here, once, so that no later reader has to. */
  constructor(code: ErrorCode, message: string, options: FastDistillErrorOptions = {}) {
    super(redactText(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "FastDistillError";
    this.code = code;
    this.hint = options.hint === undefined ? undefined : redactText(options.hint);
    this.context = redact(options.context ?? {}) as Record<string, unknown>;
    this.location = options.location;
    this.retryable = options.retryable ?? catalogueEntry(code)?.retryable ?? false;
    this.related = options.related ?? [];
    Object.defineProperty(this, MARKER, { value: true });
  }

  /** What machines read; holds no stack and no secret. */
  toJSON(): Record<string, unknown> {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.location === undefined ? {} : { location: this.location }),
      ...(Object.keys(this.context).length === 0 ? {} : { context: this.context }),
      retryable: this.retryable,
      ...(this.related.length === 0 ? {} : { related: this.related.map((error) => error.toJSON()) }),
    };
  }
}

/** Whether a value is a {@linkcode FastDistillError}, also one made by another copy of this package. */
export function isFastDistillError(value: unknown): value is FastDistillError {
  return value instanceof Error && (value as { [MARKER]?: unknown })[MARKER] === true;
}

/** What the catalogue says of a code; `undefined` for a plugin's own codes. */
export function catalogueEntry(code: ErrorCode): ErrorCodeEntry | undefined {
  return (ERROR_CODES as Record<string, ErrorCodeEntry>)[code];
}

/** One line that says what a thrown value is, redacted, for causes that are not ours. */
export function describeThrown(thrown: unknown): string {
  if (isFastDistillError(thrown)) return `${thrown.code}: ${thrown.message}`;
  if (thrown instanceof Error) return redactText(thrown.message || thrown.name);
  return redactText(String(thrown));
}
