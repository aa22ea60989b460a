import {
  type LookedUpEffect,
  memoryEffectStore,
  openSqliteEffectStore,
  RecordedEffects,
} from "../effects/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { type ChatRequest, costOf, type Price, type Usage } from "../provider/mod.ts";
import type { Row } from "../record/mod.ts";
import { currentDirectory, joinPath, pathExists } from "../runtime/mod.ts";
import { budgetVerdicts, sumOf } from "./_budget_verdicts.ts";
import { dryPlan } from "./_dry_plan.ts";
import { estimateTarget } from "./_target_estimate.ts";
import { estimateRows, givenBy, type SeenSource, type SeenStep, takenShare } from "./_row_model.ts";
import { OUTPUT_TOKENS_DEFAULT } from "./chat_caller.ts";
import { rowContextOf, type StepOpening } from "./open_steps.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import { planRun } from "./plan_run.ts";
import { type CountPromptTokens, promptTokenCounter, TOKENIZER } from "./prompt_tokens.ts";
import { rehearsalOpening } from "./rehearsal_opening.ts";
import { rehearse } from "./rehearse.ts";
import { firstRows, type RowSelection, sampleRows } from "./row_selection.ts";
import type { CallEstimate, RowEstimate, RunEstimate } from "./run_estimate.ts";
import type { RunOptions } from "./run_options.ts";
import { openResources, type ResourceOptions } from "./run_resources.ts";
import type { EndedRow } from "./slot.ts";
import type { StepState } from "./step_state.ts";

/** What an estimate needs besides the pipeline. */
export interface EstimateOptions extends Omit<RunOptions, "onEvent" | "offline"> {
  /**
   * Rows of each source whose prompts are made: the first quarter of them from the start of the source, the others drawn
   * with the run's seed. As many as there are rows makes the figures exact. @default {200}
   */
  readonly sample?: number;
  /** Counts the input tokens of a request. @default {o200k_base of gpt-tokenizer, loaded on first use} */
  readonly countTokens?: CountPromptTokens;
}

const SAMPLE = 200;
/** Stands for the id of a row that was made up to see a prompt that no row reaches yet. */
const MADE_UP = "made up";
const MADE_UP_VALUES = { string: "", number: 0, boolean: false, array: [], object: {}, any: "" } as const;

/**
 * Says before a run how many calls, tokens and US dollars it may take, and whether the budget holds them. Source rows are
 * counted where the source can; a sample of them goes through the steps, as far as what is recorded carries it, and the
 * prompts on the way are counted. Answers count as long as they may be. Nothing is called, performed or written.
 *
 * @throws {FastDistillError} whatever planning finds; `store.*`; what opening a step finds
 */
export async function estimateRun(options: EstimateOptions): Promise<RunEstimate> {
  const plan = await planRun(options);
  const sample = options.sample ?? SAMPLE;
  const seen = new Sample(plan, sample);
  const resources = await openResources(dryPlan(plan, Infinity), await recordedOnly(options, seen), () => {});
  try {
    const opening = rehearsalOpening(resources);
    options.signal?.addEventListener("abort", () => opening.control.abort(stopped()), { once: true });
    const states = await rehearse(opening, {
      rowsOf: (source) => seen.select(source, opening.control.signal),
      onEnded: seen.end,
      afterwards: (states) => makeUpPrompts(states, { opening, seen }),
    });
    for (const state of states.values()) seen.settle(state);
    const count = options.countTokens ?? await promptTokenCounter();
    return estimateOf({ plan, seen, states, count });
  } finally {
    await resources.close();
  }
}

async function recordedOnly(options: EstimateOptions, seen: Sample): Promise<ResourceOptions> {
  const runsDir = options.runsDir ?? joinPath(currentDirectory(), "runs");
  const path = joinPath(runsDir, "effects.sqlite");
  return {
    ...options,
    runsDir,
    store: await pathExists(path) ? await openSqliteEffectStore(path) : memoryEffectStore(),
    effectsOf: (store, salt) => new RecordedEffects(store, { salt, onLookUp: seen.lookUp }),
  };
}

function stopped(): FastDistillError {
  return new FastDistillError("run.interrupted", "The estimate was interrupted");
}

/** What a sample of the rows shows on its way. */
class Sample {
  readonly sources: Map<string, SeenSource & { readonly sampled: number }> = new Map();
  readonly prompts: Map<string, SeenPrompts> = new Map();
  readonly #blocked: Map<string, number> = new Map();
  readonly #lastRow: Map<string, Row> = new Map();
  readonly #missing: FastDistillError = new FastDistillError(
    "run.incomplete",
    "Nothing is performed to plan",
  );
  readonly #plan: Plan;
  readonly #size: number;

  constructor(plan: Plan, size: number) {
    this.#plan = plan;
    this.#size = size;
  }

  /** Counts a source, and chooses the rows that go on. */
  async select({ open, plan: { name } }: StepState, signal: AbortSignal): Promise<RowSelection> {
    if (open.kind !== "source") throw new TypeError(`Not a source: ${name}`);
    const { pipeline } = this.#plan;
    const limit = this.#limitOf(name);
    const counted = await open.runner.count?.(signal);
    if (counted === undefined) {
      const sampled = Math.min(limit, this.#size);
      this.sources.set(name, { rows: null, isWhole: false, sampled });
      return firstRows(sampled);
    }
    const rows = Math.min(limit, counted);
    const sampled = Math.min(rows, this.#size);
    this.sources.set(name, { rows, isWhole: sampled === rows, sampled });
    const seed = `${pipeline.config.seed}/${name}`;
    return sampleRows({ of: rows, size: this.#size, first: Math.ceil(this.#size / 4), seed });
  }

  /** Knows, after the last row, of sources that cannot count whether that was all of it. */
  settle({ open, plan: { name }, counts }: StepState): void {
    const source = this.sources.get(name);
    if (open.kind !== "source" || source === undefined || source.rows !== null) return;
    const isWhole = counts.rowsIn < source.sampled || source.sampled === this.#limitOf(name);
    this.sources.set(name, { isWhole, rows: isWhole ? counts.rowsIn : null, sampled: counts.rowsIn });
  }

  #limitOf(source: string): number {
    const { limit = Infinity, target } = this.#plan;
    const most = target?.sources.includes(source) === true ? target.maxCandidates : undefined;
    return Math.min(limit, most ?? Infinity);
  }

  lookUp = ({ wanted, record }: LookedUpEffect): FastDistillError => {
    if (wanted.kind === "chat") this.#promptsOf(wanted.step!).add(wanted, record !== undefined);
    return this.#missing;
  };

  end = ({ step, envelope, ending }: EndedRow): void => {
    if (ending.state !== "failed" || ending.error !== this.#missing) return;
    this.#blocked.set(step, (this.#blocked.get(step) ?? 0) + 1);
    this.#lastRow.set(step, envelope.row);
  };

  at(state: StepState): SeenStep {
    return { state, blocked: this.#blocked.get(state.plan.name) ?? 0 };
  }

  /** A row as it might reach a step: the last one that got near, and empty values for what is not there yet. */
  rowLike({ name, columns }: PlannedStep): Row {
    const near = this.#plan.graph.order.slice(0, this.#plan.graph.order.indexOf(name)).reverse();
    const row = near.map((step) => this.#lastRow.get(step)).find((row) => row !== undefined) ?? {};
    const missing = Object.entries(columns.before).filter(([column]) => !(column in row));
    return { ...row, ...Object.fromEntries(missing.map(([column, type]) => [column, MADE_UP_VALUES[type]])) };
  }

  /** The part of all source rows that was sampled. */
  share(): number {
    const [sampled, rows] = [...this.sources.values()].reduce(
      ([sampled, rows], source) => [sampled + source.sampled, rows + (source.rows ?? source.sampled)],
      [0, 0],
    );
    return rows === 0 ? 1 : sampled / rows;
  }

  #promptsOf(step: string): SeenPrompts {
    let seen = this.prompts.get(step);
    if (seen === undefined) this.prompts.set(step, seen = new SeenPrompts());
    return seen;
  }
}

/** The prompts of a task that were made. */
class SeenPrompts {
  readonly requests: Set<ChatRequest> = new Set();
  madeUp: ChatRequest | undefined;
  recorded = 0;

  add({ fields, row }: LookedUpEffect["wanted"], isRecorded: boolean): void {
    // Samples of a row share the object.
    const request = fields.request as unknown as ChatRequest;
    if (row === MADE_UP) {
      this.madeUp = request;
      return;
    }
    this.requests.add(request);
    if (isRecorded) this.recorded++;
  }
}

/** Has tasks that no row reached make a prompt of a row that was made up, so that its fixed part can be counted. */
async function makeUpPrompts(
  states: ReadonlyMap<string, StepState>,
  { opening, seen }: { readonly opening: StepOpening; readonly seen: Sample },
): Promise<void> {
  for (const state of states.values()) {
    const { open, plan } = state;
    if (open.kind !== "task" || seen.prompts.has(plan.name)) continue;
    const envelope = { rowId: MADE_UP, path: [], parents: [], row: seen.rowLike(plan) };
    try {
      await open.ask({ row: envelope.row, context: rowContextOf(opening, state, envelope), slot: {} });
    } catch {
      // A prompt that cannot be made of empty values stays unknown, and the estimate says so.
    }
  }
}

interface Seen {
  readonly plan: Plan;
  readonly seen: Sample;
  readonly states: ReadonlyMap<string, StepState>;
  readonly count: CountPromptTokens;
}

function estimateOf(input: Seen): RunEstimate {
  const { plan, seen, states } = input;
  const { config } = plan.pipeline;
  const rows = estimateRows({
    plan,
    sources: seen.sources,
    seen: new Map([...states].map(([name, state]) => [name, seen.at(state)])),
  });
  const steps = [...plan.steps.values()];
  const tasks = steps.filter(({ component }) => component.component === "task")
    .map((step) => callsOf(step, rows.get(step.name)!, input));
  const total = (of: (task: CallEstimate) => number | null) => sumOf(tasks.map(of));
  const target = estimateTarget(plan, {
    rows,
    tasks,
    givenBy: (step) => givenBy(step, { rows, seen: seen.at(states.get(step)!) }),
  });
  const providers = [...new Set(tasks.flatMap(({ provider, fallback = [] }) => [provider, ...fallback]))];
  return {
    run_id: plan.runId,
    limit: plan.limit ?? null,
    sources: [...seen.sources].map(([step, { rows, sampled }]) => ({ step, rows, sampled })),
    rows: steps.map(({ name }) => rows.get(name)!),
    tasks,
    total: {
      calls: total(({ calls }) => calls)!,
      recorded: total(({ recorded }) => recorded)!,
      input_tokens: total(({ input_tokens }) => input_tokens),
      output_tokens_max: total(({ output_tokens_max }) => output_tokens_max)!,
      cost_usd_max: total(({ cost_usd_max }) => cost_usd_max),
    },
    unpriced: providers.filter((name) => config.providers[name]!.price === undefined),
    ...(target === undefined ? {} : { target }),
    budget: budgetVerdicts(config.budget, tasks, (provider) => config.providers[provider]!.price),
    tokenizer: TOKENIZER,
  };
}

function callsOf(step: PlannedStep, { rows_in, basis }: RowEstimate, input: Seen): CallEstimate {
  const { plan, seen } = input;
  const { n, max_tokens } = step.generation!;
  const provider = step.config.provider!;
  const { providers } = plan.pipeline.config;
  const fallback = providers[provider]!.fallback?.to;
  const prices = [provider, ...fallback ?? []].map((name) => providers[name]!.price);
  const prompts = seen.prompts.get(step.name);
  const asked = rows_in * takenShare(input.states.get(step.name)!);
  const calls = Math.round(asked * n);
  const recorded = Math.min(calls, Math.round((prompts?.recorded ?? 0) / seen.share()));
  const prompt = promptTokens(step, prompts, input);
  const open = calls === 0 ? 0 : (calls - recorded) / calls;
  const input_tokens = calls === 0 ? 0 : prompt === null ? null : Math.round(prompt * asked * open);
  const output = (calls - recorded) * (max_tokens ?? OUTPUT_TOKENS_DEFAULT);
  return {
    step: step.name,
    provider,
    ...(fallback === undefined ? {} : { fallback }),
    basis,
    calls,
    recorded,
    prompts: prompts?.requests.size ?? 0,
    prompt_tokens: prompt === null ? null : Math.round(prompt * 10) / 10,
    max_tokens: max_tokens ?? OUTPUT_TOKENS_DEFAULT,
    is_limited: max_tokens !== undefined,
    input_tokens,
    output_tokens_max: output,
    cost_usd_max: input_tokens === null ? null : dearest(prices, { input_tokens, output_tokens: output }),
  };
}

/** What the tokens cost where they cost most. */
function dearest(prices: readonly (Price | undefined)[], usage: Usage): number | null {
  const costs = prices.map((price) => price === undefined ? null : costOf(usage, price));
  return costs.includes(null) ? null : Math.max(...costs.map(Number));
}

/** Of one prompt: the average of those that were made; of one that was made up, with the answers that it may hold. */
function promptTokens(
  { name }: PlannedStep,
  prompts: SeenPrompts | undefined,
  { plan, count }: Seen,
): number | null {
  if (prompts === undefined) return null;
  const { requests, madeUp } = prompts;
  if (requests.size > 0) {
    return [...requests].reduce((sum, request) => sum + count(request), 0) / requests.size;
  }
  if (madeUp === undefined) return null;
  const answers = tasksBefore(plan, name).map(({ generation }) =>
    generation!.max_tokens ?? OUTPUT_TOKENS_DEFAULT
  );
  return answers.reduce((sum, tokens) => sum + tokens, count(madeUp));
}

function tasksBefore({ graph, steps }: Plan, name: string): readonly PlannedStep[] {
  const before = new Set<string>();
  const visit = (step: string) => {
    for (const input of graph.nodes.get(step)!.inputs) {
      if (before.has(input)) continue;
      before.add(input);
      visit(input);
    }
  };
  visit(name);
  return [...before].map((step) => steps.get(step)!).filter(({ component }) =>
    component.component === "task"
  );
}
