import type { Attributes, Context, Histogram, Span } from "@opentelemetry/api";
import { describeThrown, FastDistillError } from "../errors/mod.ts";
import type { Measurement, SpanAttributes, SpanStart, Tracer, TraceSpan } from "./tracer.ts";

type Api = typeof import("@opentelemetry/api");

const SCOPE = "fastdistill";
/** Unit and buckets of the histograms, as the semantic conventions advise. */
const HISTOGRAMS = {
  "gen_ai.client.token.usage": {
    unit: "{token}",
    description: "Input and output tokens of a call",
    advice: { explicitBucketBoundaries: Array.from({ length: 14 }, (_, power) => 4 ** power) },
  },
  "gen_ai.client.operation.duration": {
    unit: "s",
    description: "Duration of a call of a model",
    advice: { explicitBucketBoundaries: Array.from({ length: 14 }, (_, power) => 0.01 * 2 ** power) },
  },
} as const;

/**
 * A tracer that hands everything to OpenTelemetry: to whatever provider is registered for `@opentelemetry/api`. With
 * Deno that is the runtime's own exporter when `OTEL_DENO=true` is set; with Node, the SDK that the program starts.
 * `undefined` when nobody is registered, so that nothing is made that nobody takes.
 *
 * @throws {FastDistillError} `plugin.failed` when the package cannot be loaded
 *
 * @example
 * ```ts
 * import { openTelemetryTracer } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * // Without an exporter there is nothing to trace for.
 * assertEquals(await openTelemetryTracer(), undefined);
 * ```
 */
export async function openTelemetryTracer(): Promise<Tracer | undefined> {
  const api = await loadApi();
  const tracer = api.trace.getTracer(SCOPE);
  const meter = api.metrics.getMeter(SCOPE);
  if (!api.isSpanContextValid(tracer.startSpan("probe").spanContext())) return undefined;
  const contexts = new WeakMap<TraceSpan, Context>();
  const histograms = new Map<string, Histogram>();
  const startSpan = ({ name, kind, parent, attributes }: SpanStart): TraceSpan => {
    const around = (parent && contexts.get(parent)) ?? api.context.active();
    const options = {
      kind: kind === "client" ? api.SpanKind.CLIENT : api.SpanKind.INTERNAL,
      attributes: asAttributes(attributes),
    };
    const span = tracer.startSpan(name, options, around);
    const context = api.trace.setSpan(around, span);
    const started = bridgeSpan(span, { api, context });
    contexts.set(started, context);
    return started;
  };
  const measure = ({ metric, value, attributes }: Measurement) => {
    let histogram = histograms.get(metric);
    if (histogram === undefined) {
      const { unit, description, advice } = HISTOGRAMS[metric];
      const buckets = { explicitBucketBoundaries: [...advice.explicitBucketBoundaries] };
      histogram = meter.createHistogram(metric, { unit, description, advice: buckets });
      histograms.set(metric, histogram);
    }
    histogram.record(value, asAttributes(attributes));
  };
  return { startSpan, measure };
}

function bridgeSpan(
  span: Span,
  { api, context }: { readonly api: Api; readonly context: Context },
): TraceSpan {
  return {
    set: (attributes) => void span.setAttributes(asAttributes(attributes)),
    event: (name, attributes) => void span.addEvent(name, asAttributes(attributes)),
    fail: (code, message) => {
      span.setAttribute("error.type", code);
      span.setStatus({ code: api.SpanStatusCode.ERROR, message });
    },
    end: () => span.end(),
    run: (work) => api.context.with(context, work),
  };
}

function asAttributes(attributes: SpanAttributes = {}): Attributes {
  return attributes as Attributes;
}

async function loadApi(): Promise<Api> {
  try {
    return await import("@opentelemetry/api");
  } catch (cause) {
    throw new FastDistillError(
      "plugin.failed",
      `Cannot load the package "@opentelemetry/api" for tracing: ${describeThrown(cause)}`,
      { cause, hint: "Add it: deno add npm:@opentelemetry/api, or npm install @opentelemetry/api" },
    );
  }
}
