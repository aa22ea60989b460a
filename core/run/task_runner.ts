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
  type RowContext,
  type TaskPrompt,
  type TaskRunner,
} from "../step/mod.ts";
import type { TraceSpan } from "../observe/mod.ts";
import type { ComposedBudget } from "../gateway/mod.ts";
import { askChoices, type BudgetPolicy, gaveWay, type ProviderChoice } from "./budget_policy.ts";
import type { CallListener, ChatCaller, ChatSample, ProviderState } from "./chat_caller.ts";
import type { ChainAsking, FallbackChains } from "./fallback_chains.ts";
import type { Slot } from "./slot.ts";
import { stepFailure } from "./step_failure.ts";

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
  /** Whom to ask. */
  readonly policy: BudgetPolicy;
  readonly budget: ComposedBudget;
  readonly caller: ChatCaller;
  /** Asks further providers where one fails. */
  readonly chains: FallbackChains;
  /** Whether rows with the same prompt get answers of their own. */
  readonly isIndependent: boolean;
  readonly priority: number;
  /** Aborted when no new calls are made. */
  readonly admission: AbortSignal;
  readonly onCall: CallListener;
  /** Told of each sample that was obtained. */
  readonly onSample: (
    sample: ChatSample & { readonly ok: true },
    asked: { readonly index: number; readonly rowId: string },
  ) => void;
  /** Whether an error ends the run rather than the row. */
  readonly endsRun: (error: unknown) => boolean;
}

/** A row or sample that is left out, since the budget nears its end and the step can be done without. */
export interface Shed {
  readonly kind: "shed";
}

/** A row that a task failed on, and the recorded answers that it could make nothing of. */
export interface TaskFail extends Fail {
  readonly effects?: readonly string[];
}

/** What a task made of a row. */
export type TaskOutcome =
  | Exclude<Outcome, Fail>
  | TaskFail
  | Shed
  | { readonly kind: "expand"; readonly items: readonly (Pass | Reject | TaskFail | Shed)[] };

/** Has a task work on a row; what is kept back for the row's further calls is noted in its slot. */
export type AskForRow = (
  asked: {
    readonly row: Row;
    readonly context: RowContext;
    readonly slot: Pick<Slot, "hold">;
    /** Span of the row, where it has one. */
    readonly span?: TraceSpan | undefined;
  },
) => Promise<TaskOutcome>;

/** Makes a row step of a task: prompt, ask, parse, one row per sample. */
export function askForRows(options: TaskStepOptions): AskForRow {
  return async ({ row, context: { signal, rowId }, slot, span }) => {
    const { n, prompt, priority, admission, policy, budget, step, caller, chains } = options;
    const hold = slot.hold ??= budget.openRow();
    const draw = options.isIndependent ? rowId : undefined;
    const found = options.task.prompt(row);
    const asked = found instanceof Promise ? await found : found;
    const requests = new Map<ProviderState, ChatRequest>();
    const wishOf = (provider: ProviderState, samples: readonly number[]) => {
      const request = requests.get(provider) ?? requestOf(options, { asked, provider });
      requests.set(provider, request);
      return {
        provider,
        request,
        samples,
        prompt,
        priority,
        signal,
        admission,
        step,
        row: rowId,
        draw,
        span,
      };
    };
    const ask = ({ provider: first, yieldsFrom }: ProviderChoice, samples: readonly number[]) =>
      chains.ask({
        provider: first,
        samples,
        wishOf,
        ask: (provider, { samples, mayGoElsewhere }) => {
          const isContinued = provider !== first;
          const payer = {
            provider: provider.name,
            step,
            row: hold,
            yieldsFrom,
            givesWay: true,
            isContinued,
          };
          const wish = { ...wishOf(provider, samples), budget: budget.ledgerOf(payer), mayGoElsewhere };
          return caller.ask(wish, options.onCall);
        },
      });
    const choices = await openChoices(options, wishOf);
    const samples = await askChoices(choices, { n, ask, sheds: policy.sheds });
    const ending = samples.find((sample) => !sample.ok && !gaveWay(sample) && options.endsRun(sample.error));
    if (ending !== undefined && !ending.ok) throw ending.error;
    const outcomes = await Promise.all(samples.map((sample, index) => {
      if (sample.ok) options.onSample(sample, { index, rowId });
      if (sample.ok && sample.reused) span?.event("effect reused", { "fastdistill.effect.key": sample.key });
      return outcomeOf({ options, row, sample, index });
    }));
    if (n === 1) return outcomes[0]!;
    return isWhole(outcomes) ? expand(outcomes) : { kind: "expand", items: outcomes };
  };
}

/** What a cheaper provider has answered already is not asked of the dear one again. */
async function openChoices(
  { policy: { choices }, chains, n }: TaskStepOptions,
  wishOf: ChainAsking["wishOf"],
): Promise<readonly ProviderChoice[]> {
  const [first, second] = choices;
  if (second === undefined) return choices;
  const samples = Array.from({ length: n }, (_, sample) => sample);
  const isRecorded = ({ provider }: ProviderChoice) => chains.isRecorded({ provider, samples, wishOf });
  if (await isRecorded(first!)) return choices;
  return await isRecorded(second) ? [second] : choices;
}

function isWhole(
  outcomes: readonly (Pass | Reject | Fail | Shed)[],
): outcomes is readonly (Pass | Reject | Fail)[] {
  return outcomes.every(({ kind }) => kind !== "shed");
}

function requestOf(
  { decode, extra }: TaskStepOptions,
  { asked, provider }: { readonly asked: TaskPrompt; readonly provider: ProviderState },
): ChatRequest {
  const { messages, response_schema, tools } = asked;
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

async function outcomeOf(
  { options, row, sample, index }: Parsing,
): Promise<Pass | Reject | TaskFail | Shed> {
  if (gaveWay(sample)) return { kind: "shed" };
  if (!sample.ok) return fail(stepFailure(options.step, sample.error));
  const { choice, model } = sample;
  try {
    const added = await options.task.parse(choice.content, row, { ...choice, model, sample_index: index });
    return pass({ ...row, ...added });
  } catch (thrown) {
    return { ...fail(stepFailure(options.step, thrown), choice.content), effects: [sample.key] };
  }
}
