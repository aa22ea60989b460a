/** What a run tells about itself while it goes. @module */
export { type EventSink, levelOfEvent, type LogLevel, type RunEvent, type RunStatus } from "./event.ts";
export {
  answerAttributes,
  answerContent,
  callAttributes,
  promptContent,
  requestAttributes,
} from "./gen_ai.ts";
export { openTelemetryTracer } from "./open_telemetry.ts";
export {
  type Measurement,
  type SpanAttribute,
  type SpanAttributes,
  type SpanStart,
  type TraceOptions,
  type Tracer,
  type TraceSpan,
} from "./tracer.ts";
