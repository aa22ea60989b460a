import { FastDistillError, isFastDistillError } from "../errors/mod.ts";
import type { ChatRequest, DecodeParameters } from "../provider/mod.ts";
import type { JsonObject, Row } from "../record/mod.ts";
import {
  expand,
  type Fail,
  fail,
  type Outcome,
  type Pass,
  pass,
  type Reject,
  type RowRunner,
  type TaskRunner,
} from "../step/mod.ts";
import type { CallListener, ChatCaller, ChatSample, ProviderState } from "./chat_caller.ts";

/** What turns a task into a row step. */
export interface TaskStepOptions {
  readonly step: string;
  readonly task: TaskRunner;
  /** Name and version of the prompt. */
  readonly prompt: string;
  /** Samples per row; more than one expands the row. */
  readonly n: number;
  readonly decode: DecodeParameters;
  /** Fields that only this vendor knows. */
  readonly extra?: JsonObject | undefined;
  readonly provider: ProviderState;
  readonly caller: ChatCaller;
  /** Whether rows with the same prompt get answers of their own. */
  readonly isIndependent: boolean;
  readonly priority: number;
  /** Aborted when no new calls are made. */
  readonly admission: AbortSignal;
  readonly onCall: CallListener;
  /** Told of each sample that was obtained. */
  readonly onSample: (
    sample: ChatSample & { readonly ok: true },
    request: ChatRequest,
    index: number,
  ) => void;
  /** Whether an error ends the run rather than the row. */
  readonly endsRun: (error: unknown) => boolean;
}

/** Makes a row step of a task: prompt, ask, parse, one row per sample. */
export function taskRowRunner(options: TaskStepOptions): RowRunner {
  return {
    process: async (row, { signal, rowId }): Promise<Outcome> => {
      const request = requestOf(options, row);
      const { provider, n, prompt, priority, admission, step } = options;
      const draw = options.isIndependent ? rowId : undefined;
      const samples = await options.caller.ask(
        { provider, request, n, prompt, priority, signal, admission, step, row: rowId, draw },
        options.onCall,
      );
      const ending = samples.find((sample) => !sample.ok && options.endsRun(sample.error));
      if (ending !== undefined && !ending.ok) throw ending.error;
      const outcomes = samples.map((sample, index) => {
        if (sample.ok) options.onSample(sample, request, index);
        return outcomeOf({ options, row, sample, index });
      });
      return n === 1 ? outcomes[0]! : expand(outcomes);
    },
  };
}

function requestOf({ task, decode, extra, provider }: TaskStepOptions, row: Row): ChatRequest {
  const { messages, response_schema, tools } = task.prompt(row);
  return {
    model: provider.provider.model,
    messages,
    decode,
    ...(response_schema === undefined ? {} : { response_schema }),
    ...(tools === undefined ? {} : { tools }),
    ...(extra === undefined ? {} : { extra }),
  };
}

interface Parsing {
  readonly options: TaskStepOptions;
  readonly row: Row;
  readonly sample: ChatSample;
  readonly index: number;
}

function outcomeOf({ options, row, sample, index }: Parsing): Pass | Reject | Fail {
  if (!sample.ok) return fail(asError(options.step, sample.error));
  const { choice, model } = sample;
  try {
    const added = options.task.parse(choice.content, row, { ...choice, model, sample_index: index });
    return pass({ ...row, ...added });
  } catch (thrown) {
    return fail(asError(options.step, thrown), choice.content);
  }
}

function asError(step: string, thrown: unknown): FastDistillError {
  if (isFastDistillError(thrown)) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new FastDistillError("step.failed", `Step "${step}" threw: ${reason}`, { cause: thrown });
}
