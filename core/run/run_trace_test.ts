import { context, metrics, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { FastDistillError } from "../errors/mod.ts";
import {
  type Measurement,
  openTelemetryTracer,
  type SpanAttributes,
  type SpanStart,
  type TraceOptions,
  type Tracer,
  type TraceSpan,
} from "../observe/mod.ts";
import { pass, stepSpec } from "../step/mod.ts";
import {
  askTask,
  hashAnswer,
  inFolder,
  type ModelDouble,
  modelDouble,
  registryOf,
  rowsStep,
  rowStep,
  testPipeline,
} from "./_run_double.ts";
import { runPipeline } from "./start_run.ts";

const ROWS = Array.from({ length: 4 }, (_, n) => ({ prompt: `prompt ${n}` }));

interface SeenSpan {
  readonly name: string;
  readonly kind: string;
  readonly parent: string | undefined;
  readonly attributes: Record<string, unknown>;
  readonly events: [string, SpanAttributes | undefined][];
  error?: string;
  ended: number;
}

/** A tracer double that keeps everything in memory. */
function tracerDouble(): Tracer & { readonly spans: SeenSpan[]; readonly measured: Measurement[] } {
  const [spans, measured]: [SeenSpan[], Measurement[]] = [[], []];
  const names = new WeakMap<TraceSpan, string>();
  const startSpan = ({ name, kind = "internal", parent, attributes }: SpanStart): TraceSpan => {
    const seen: SeenSpan = {
      name,
      kind,
      parent: parent && names.get(parent),
      attributes: { ...attributes },
      events: [],
      ended: 0,
    };
    spans.push(seen);
    const span: TraceSpan = {
      set: (more) => void Object.assign(seen.attributes, more),
      event: (event, facts) => void seen.events.push([event, facts]),
      fail: (code, meaning) => seen.error = `${code}: ${meaning}`,
      end: () => seen.ended++,
      run: (work) => work(),
    };
    names.set(span, name);
    return span;
  };
  return { spans, measured, startSpan, measure: (measurement) => void measured.push(measurement) };
}

async function traced(
  options: Omit<TraceOptions, "tracer"> & { readonly tracer: Tracer },
  model: ModelDouble = modelDouble(),
  folder?: string,
): Promise<void> {
  const pipeline = testPipeline().step("read", rowsStep(ROWS)).step("ask", stepSpec(askTask), {
    provider: "teacher",
  }).step("check", rowStep(pass)).build();
  const run = async (runsDir: string) => {
    await runPipeline({ pipeline, registry: registryOf(model), runsDir, trace: options });
  };
  await (folder === undefined ? inFolder(run) : run(folder));
}

Deno.test("a traced run has spans of run, steps, sampled rows and calls, each ended once", async () => {
  const tracer = tracerDouble();
  await traced({ tracer, rows: 1 });
  const tree = tracer.spans.map(({ name, parent }) => `${parent ?? ""} > ${name}`);
  const counted = Object.entries(Object.groupBy(tree, (line) => line));
  assertEquals(Object.fromEntries(counted.map(([line, all]) => [line, all!.length])), {
    " > run test": 1,
    "run test > step read": 1,
    "run test > step ask": 1,
    "run test > step check": 1,
    "step ask > row ask": 4,
    "row ask > chat double": 4,
    "step check > row check": 4,
  });
  assert(tracer.spans.every(({ ended }) => ended === 1));
});

Deno.test("calls are traced below their step when their row is not sampled, and the same rows are sampled every time", async () => {
  const tracer = tracerDouble();
  await traced({ tracer, rows: 0 });
  assertEquals(tracer.spans.filter(({ name }) => name.startsWith("row ")), []);
  const calls = tracer.spans.filter(({ name }) => name === "chat double");
  assertEquals(calls.map(({ parent }) => parent), ["step ask", "step ask", "step ask", "step ask"]);
  const sampled = async () => {
    const tracer = tracerDouble();
    await traced({ tracer, rows: 0.5 });
    return tracer.spans.flatMap(({ attributes }) => attributes["fastdistill.row.id"] ?? []).sort();
  };
  const once = await sampled();
  assert(once.length > 0 && once.length < 8, `sampled ${once.length}`);
  assertEquals(await sampled(), once);
});

Deno.test("what is found in the store is an event of the row, and no call", async () => {
  await inFolder(async (folder) => {
    await traced({ tracer: tracerDouble() }, modelDouble(), folder);
    const tracer = tracerDouble();
    await traced({ tracer, rows: 1 }, modelDouble(), folder);
    assertEquals(tracer.spans.filter(({ kind }) => kind === "client"), []);
    const events = tracer.spans.filter(({ name }) => name === "row ask").flatMap(({ events }) => events);
    assertEquals(events.map(([name]) => name), Array(4).fill("effect reused"));
  });
});

Deno.test("retries are events, and what the call cost is measured", async () => {
  const tracer = tracerDouble();
  let calls = 0;
  const model = modelDouble({
    answer: (call) => {
      if (++calls > 1) return hashAnswer(call);
      return Promise.reject(
        new FastDistillError("provider.overloaded", "busy", { context: { retry_after_ms: 1 } }),
      );
    },
  });
  await traced({ tracer }, model);
  const retries = tracer.spans.flatMap(({ events }) => events).filter(([name]) => name === "retry");
  assertEquals(retries, [["retry", {
    "error.type": "provider.overloaded",
    "fastdistill.attempt": 1,
    "fastdistill.wait_ms": 1,
  }]]);
  assertEquals(tracer.measured.length, 12);
  const tokens = tracer.measured.filter(({ metric }) => metric === "gen_ai.client.token.usage");
  assertEquals(tokens.reduce((sum, { value }) => sum + value, 0), 4 * 15);
  assertEquals(tokens[0]!.attributes, {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "double",
    "gen_ai.request.model": "double",
    "gen_ai.response.model": "double-1",
    "gen_ai.token.type": "input",
  });
});

Deno.test("spans hold prompts and answers only when they are asked to", async () => {
  for (const captureContent of [false, true]) {
    const tracer = tracerDouble();
    await traced({ tracer, rows: 1, captureContent });
    assertEquals(JSON.stringify(tracer.spans).includes("prompt 1"), captureContent);
  }
});

Deno.test("no credential gets into a span, whatever an error says", async () => {
  const secrets = fc.string({
    minLength: 12,
    maxLength: 40,
    unit: fc.constantFrom(..."abcdefXYZ0123456789"),
  });
  await fc.assert(
    fc.asyncProperty(secrets, fc.boolean(), async (secret, captureContent) => {
      const tracer = tracerDouble();
      const model = modelDouble({
        answer: () => Promise.reject(new FastDistillError("provider.auth", `Refused the key ${secret}`)),
      });
      await traced({ tracer, rows: 1, captureContent }, model);
      assertEquals(JSON.stringify([tracer.spans, tracer.measured]).includes(secret), false);
      assert(tracer.spans.some(({ error }) => error?.startsWith("provider.auth: ")));
    }),
    { numRuns: 5, seed: 7 },
  );
});

Deno.test("openTelemetryTracer() hands spans to the SDK with the names of the GenAI conventions", async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  try {
    const tracer = await openTelemetryTracer();
    await traced({ tracer: tracer!, rows: 1 });
    const spans = exporter.getFinishedSpans();
    const chat = spans.find(({ name }) => name === "chat double")!;
    const row = spans.find((span) => span.spanContext().spanId === chat.parentSpanContext?.spanId)!;
    assertEquals([chat.kind, row.name], [SpanKind.CLIENT, "row ask"]);
    assertEquals(chat.status.code, SpanStatusCode.UNSET);
    const { "fastdistill.queue_ms": _, ...attributes } = chat.attributes;
    assertEquals(attributes, {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "double",
      "gen_ai.request.model": "double",
      "gen_ai.output.type": "text",
      "gen_ai.response.model": "double-1",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": 10,
      "gen_ai.usage.output_tokens": 5,
      "fastdistill.step.name": "ask",
      "fastdistill.attempts": 1,
    });
    assertEquals(new Set(spans.map((span) => span.spanContext().traceId)).size, 1);
    assertEquals(spans.at(-1)!.name, "run test");
  } finally {
    trace.disable();
    context.disable();
    metrics.disable();
  }
});
