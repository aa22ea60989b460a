import { catalogueEntry, type ErrorCode, isFastDistillError } from "../errors/mod.ts";
import type { CallPhase, GatewayAnswer, RetryListener } from "../gateway/mod.ts";
import {
  answerAttributes,
  answerContent,
  callAttributes,
  promptContent,
  requestAttributes,
  type SpanAttributes,
  type TraceOptions,
  type TraceSpan,
} from "../observe/mod.ts";
import type { ChatCompletion, ChatRequest, Provider } from "../provider/mod.ts";
import type { RunSummary } from "../report/mod.ts";
import type { Plan } from "./plan.ts";

/** Rows that get a span when nothing else is said. */
const ROWS_DEFAULT = 0.01;

/** A call of a model that is traced. */
export interface TracedCall {
  readonly step: string;
  /** Of the row; of the step if absent. */
  readonly span?: TraceSpan | undefined;
  readonly provider: Provider;
  readonly request: ChatRequest;
  readonly sampleIndexes: readonly number[];
}

/** Counts of a step that has settled its last row. */
export interface EndedStep {
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly rejected: number;
  readonly failed: number;
  readonly performed: number;
  readonly reused: number;
}

/** The spans of one run: run, steps, sampled rows, calls. */
export class RunTrace {
  readonly #options: TraceOptions;
  readonly #run: TraceSpan;
  readonly #steps: Map<string, TraceSpan> = new Map();
  readonly #rowsBelow: number;

  /** Begins the spans of the run and of its steps. */
  constructor(options: TraceOptions, { pipeline, runId, steps }: Plan) {
    this.#options = options;
    this.#rowsBelow = Math.min(1, Math.max(0, options.rows ?? ROWS_DEFAULT)) * 2 ** 32;
    this.#run = options.tracer.startSpan({
      name: `run ${pipeline.config.name}`,
      attributes: { "fastdistill.pipeline.name": pipeline.config.name, "fastdistill.run.id": runId },
    });
    for (const { name, config } of steps.values()) this.#steps.set(name, this.#startStep(name, config.use));
  }

  /** The span of a row in a step; `undefined` for a row that is not sampled. */
  startRow(step: string, rowId: string): TraceSpan | undefined {
    if (Number.parseInt(rowId.slice(0, 8), 16) >= this.#rowsBelow) return undefined;
    return this.#options.tracer.startSpan({
      name: `row ${step}`,
      parent: this.#steps.get(step),
      attributes: { "fastdistill.step.name": step, "fastdistill.row.id": rowId },
    });
  }

  /** Follows one call of a model. */
  startCall(call: TracedCall): CallTrace {
    return new CallTrace(this.#options, { ...call, span: call.span ?? this.#steps.get(call.step) });
  }

  /** A step has settled its last row. */
  endStep(step: string, { rowsIn, rowsOut, rejected, failed, performed, reused }: EndedStep): void {
    const span = this.#steps.get(step);
    span?.set({
      "fastdistill.rows.in": rowsIn,
      "fastdistill.rows.out": rowsOut,
      "fastdistill.rows.rejected": rejected,
      "fastdistill.rows.failed": failed,
      "fastdistill.effects.performed": performed,
      "fastdistill.effects.reused": reused,
    });
    span?.end();
    this.#steps.delete(step);
  }

  /** The run is over; without a summary when it could not be carried out. */
  end(summary: RunSummary | undefined): void {
    for (const span of this.#steps.values()) span.end();
    this.#steps.clear();
    if (summary === undefined) failSpan(this.#run, "internal.invariant");
    else {
      const { status, rows, usage, cost_usd, spent_usd, effects, error } = summary;
      this.#run.set({
        "fastdistill.run.status": status,
        "fastdistill.rows.read": rows.read,
        "fastdistill.rows.kept": rows.kept,
        "fastdistill.effects.performed": effects.performed,
        "fastdistill.effects.reused": effects.reused,
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
        "fastdistill.spent_usd": spent_usd,
        ...(cost_usd === null ? {} : { "fastdistill.cost_usd": cost_usd }),
      });
      if (error !== undefined) failSpan(this.#run, error.code);
    }
    this.#run.end();
  }

  #startStep(step: string, use: string): TraceSpan {
    const attributes = { "fastdistill.step.name": step, "fastdistill.step.use": use };
    return this.#options.tracer.startSpan({ name: `step ${step}`, parent: this.#run, attributes });
  }
}

/** The span of one call, retries included. It begins when the call is first sent: queues are not the model's time. */
export class CallTrace {
  readonly #options: TraceOptions;
  readonly #call: TracedCall;
  readonly #shared: SpanAttributes;
  #span: TraceSpan | undefined;

  /** Begins nothing yet. */
  constructor(options: TraceOptions, call: TracedCall) {
    this.#options = options;
    this.#call = call;
    this.#shared = callAttributes(call.provider, call.request);
  }

  /** Is told where the call is. */
  onPhase = (phase: CallPhase): void => {
    if (phase !== "answer" || this.#span !== undefined) return;
    const { step, span: parent, request, sampleIndexes } = this.#call;
    this.#span = this.#options.tracer.startSpan({
      name: `chat ${request.model}`,
      kind: "client",
      parent,
      attributes: {
        ...this.#shared,
        ...requestAttributes(request, sampleIndexes),
        "fastdistill.step.name": step,
        ...(this.#options.captureContent === true ? promptContent(request) : {}),
      },
    });
  };

  /** Is told of a retry. */
  onRetry: RetryListener = ({ attempt, code, waitMs }): void => {
    this.#span?.event("retry", {
      "error.type": code,
      "fastdistill.attempt": attempt,
      "fastdistill.wait_ms": Math.round(waitMs),
    });
  };

  /** Sends the call as a part of the span. */
  run<T>(work: () => T): T {
    return this.#span === undefined ? work() : this.#span.run(work);
  }

  /** Ends the span with what the call came to. */
  async end(answered: Promise<GatewayAnswer<ChatCompletion>>): Promise<GatewayAnswer<ChatCompletion>> {
    try {
      const result = await answered;
      this.#succeed(result);
      return result;
    } catch (thrown) {
      const code = isFastDistillError(thrown) ? thrown.code : "plugin.failed";
      if (this.#span !== undefined) failSpan(this.#span, code);
      throw thrown;
    } finally {
      this.#span?.end();
    }
  }

  #succeed({ answer, attempts, waited_ms, duration_ms }: GatewayAnswer<ChatCompletion>): void {
    const { tracer, captureContent } = this.#options;
    this.#span?.set({
      ...answerAttributes(answer),
      "fastdistill.attempts": attempts,
      "fastdistill.queue_ms": Math.round(waited_ms),
      ...(captureContent === true ? answerContent(answer) : {}),
    });
    const attributes = { ...this.#shared, "gen_ai.response.model": answer.model };
    const { input_tokens, output_tokens } = answer.usage;
    tracer.measure({ metric: "gen_ai.client.operation.duration", value: duration_ms / 1_000, attributes });
    for (const [type, value] of [["input", input_tokens], ["output", output_tokens]] as const) {
      tracer.measure({
        metric: "gen_ai.client.token.usage",
        value,
        attributes: { ...attributes, "gen_ai.token.type": type },
      });
    }
  }
}

/** Of an error only its code is told: what a message says was written by others and may quote a credential. */
export function failSpan(span: TraceSpan, code: string): void {
  span.fail(code, catalogueEntry(code as ErrorCode)?.summary ?? "A plugin reported an error of its own");
}
