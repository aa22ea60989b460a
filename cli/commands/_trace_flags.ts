import type { TraceOptions } from "@fastdistill/core";
import { FastDistillError } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import type { Flag, Invocation } from "../command.ts";

/** Flags of a command that runs a pipeline, for its trace. */
export const TRACE_FLAGS: readonly Flag[] = [
  { name: "trace", summary: "Send spans to OpenTelemetry, as setting OTEL_EXPORTER_OTLP_ENDPOINT does" },
  {
    name: "trace-rows",
    value: "SHARE",
    summary: "Share of the rows, 0 to 1, that get spans of their own (default: 0.01)",
  },
];

const ENDPOINTS = [
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
  "OTEL_TRACES_EXPORTER",
];
const CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

/**
 * How the run is traced, as flags and the variables of OpenTelemetry say; nothing when it is not.
 * @throws {FastDistillError} `config.usage` for `--trace` when nothing takes the spans
 */
export async function traceOf(
  { switches, values }: Invocation,
  { env }: Pick<CliIo, "env">,
): Promise<{ readonly trace?: TraceOptions }> {
  const isAsked = switches.has("trace") || values.get("trace-rows")?.[0] !== undefined;
  const isSet = env("OTEL_DENO") === "true" || ENDPOINTS.some((name) => (env(name) ?? "none") !== "none");
  if (env("OTEL_SDK_DISABLED") === "true" || !(isAsked || isSet)) return {};
  const rows = shareOf(values.get("trace-rows")?.[0]);
  const { openTelemetryTracer } = await import("@fastdistill/core");
  const tracer = await openTelemetryTracer();
  if (tracer !== undefined) return { trace: { tracer, ...rows, captureContent: env(CONTENT) === "true" } };
  if (!isAsked) return {};
  throw new FastDistillError("config.usage", "Asked to trace the run, found nothing that takes spans", {
    hint:
      "With Deno, set OTEL_DENO=true before it starts; with Node, load an OpenTelemetry SDK with NODE_OPTIONS=--import",
  });
}

function shareOf(typed: string | undefined): { readonly rows?: number } {
  if (typed === undefined) return {};
  const rows = /^\d*\.?\d+$/.test(typed) ? Number(typed) : NaN;
  if (rows >= 0 && rows <= 1) return { rows };
  throw new FastDistillError("config.usage", `Flag --trace-rows takes a share from 0 to 1, found "${typed}"`);
}
