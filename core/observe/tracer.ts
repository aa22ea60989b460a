/** What an attribute of a span may be. */
export type SpanAttribute = string | number | boolean | readonly string[];

/** Facts about a span, by name. */
export type SpanAttributes = Readonly<Record<string, SpanAttribute>>;

/** A span that is to be started. */
export interface SpanStart {
  /** Few different ones: of the operation, not of the row. */
  readonly name: string;
  /** `client` for a call that leaves the process. @default {"internal"} */
  readonly kind?: "internal" | "client";
  /** The span that it is a part of. @default {whatever is under way around it} */
  readonly parent?: TraceSpan | undefined;
  /** What is known at its start. */
  readonly attributes?: SpanAttributes;
}

/** Something that takes time. */
export interface TraceSpan {
  /** Adds facts. */
  readonly set: (attributes: SpanAttributes) => void;
  /** Something that happened meanwhile. */
  readonly event: (name: string, attributes?: SpanAttributes) => void;
  /** It failed: the code of the error, and what that code means. */
  readonly fail: (code: string, meaning: string) => void;
  /** It is over; called once. */
  readonly end: () => void;
  /** Does something as a part of it: spans that others start meanwhile are below it. */
  readonly run: <T>(work: () => T) => T;
}

/** One value of a histogram. */
export interface Measurement {
  /** Name of the histogram. */
  readonly metric: "gen_ai.client.token.usage" | "gen_ai.client.operation.duration";
  /** Tokens, or seconds. */
  readonly value: number;
  /** By what it is broken down. */
  readonly attributes: SpanAttributes;
}

/**
 * Where spans and measurements go. `openTelemetryTracer` is the one for OpenTelemetry; a test brings its own. Nothing
 * here may throw.
 */
export interface Tracer {
  /** Begins a span. */
  readonly startSpan: (start: SpanStart) => TraceSpan;
  /** Adds a value to a histogram. */
  readonly measure: (measurement: Measurement) => void;
}

/** How a run is traced. */
export interface TraceOptions {
  /** Where the spans go. */
  readonly tracer: Tracer;
  /**
   * Share of the rows, 0 to 1, that get a span in every step they pass; the same rows in every run. Calls of models
   * always have one. @default {0.01}
   */
  readonly rows?: number;
  /** Whether the spans of calls hold prompts and answers, with credentials redacted. @default {false} */
  readonly captureContent?: boolean;
}
