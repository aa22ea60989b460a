import { runLayout } from "../artifact/mod.ts";
import { EffectRunner } from "../effects/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { currentDirectory, joinPath, systemClock } from "../runtime/mod.ts";
import { dryPlan } from "./_dry_plan.ts";
import { pooledLimits } from "./deployments.ts";
import { ProbeTally, type RowTally } from "./_probe_tally.ts";
import { type Forecast, forecastSums, type Stratum } from "./forecast.ts";
import type { Plan } from "./plan.ts";
import { planRun } from "./plan_run.ts";
import { rehearsalOpening } from "./rehearsal_opening.ts";
import { rehearse } from "./rehearse.ts";
import { firstRows, type RowSelection, sampleRows } from "./row_selection.ts";
import type { RunOptions } from "./run_options.ts";
import { openResources } from "./run_resources.ts";
import type { StepState } from "./step_state.ts";

/** What a probe needs besides the pipeline. */
export interface ProbeOptions extends Omit<RunOptions, "offline"> {
  /** Rows of each source that are run, at least two. */
  readonly rows: number;
  /** Whether they are drawn with the run's seed rather than taken from the start of the source. @default {false} */
  readonly isRandom?: boolean;
}

/** What a probe says of the whole run. Calls that are recorded count like those that are not. */
export interface RunProbe {
  /** Id that the run would have. */
  readonly run_id: string;
  /** Of each source: rows that it has, and rows that were run. */
  readonly sources: readonly { readonly step: string; readonly rows: number; readonly probed: number }[];
  /** Whether the rows were drawn, rather than the first ones. */
  readonly is_random: boolean;
  /** What the probe itself came to. */
  readonly probe: {
    readonly elapsed_ms: number;
    /** US dollars that it spent. */
    readonly spent_usd: number;
    /** US dollars behind its rows, whenever they were paid; `null` where a price is unknown. */
    readonly cost_usd: number | null;
    readonly tokens: number;
    readonly kept: number;
    /** Rows that failed, by error code. */
    readonly failed: Readonly<Record<string, number>>;
  };
  /** US dollars; `null` where a price is unknown. */
  readonly cost_usd: Forecast | null;
  /** Input and output together. */
  readonly tokens: Forecast;
  /** Milliseconds that the calls take, as many at once as the limits of the providers allow. Local work is not in it. */
  readonly wall_ms: Forecast;
  /** Rows that reach the end. */
  readonly kept: Forecast;
  /** Of a pipeline with a target: rows that it wants, and source rows that it takes by what the probe let through. */
  readonly target?: { readonly wanted: number; readonly candidates: number };
}

/**
 * Runs some rows of each source for real and forecasts the whole run from them. Effects are recorded, so the run itself
 * does not pay for them again; sinks, stages and reports are not written. See {@linkcode forecastSums} for the method.
 *
 * @throws {FastDistillError} whatever planning finds; `config.usage` when a source cannot say how many rows it has and no
 * limit is given; `budget.exhausted`, and what else ends a run
 * @throws {RangeError} when `rows` is not a whole number of at least two
 */
export async function probeRun(options: ProbeOptions): Promise<RunProbe> {
  if (!Number.isInteger(options.rows) || options.rows < 2) {
    throw new RangeError(`A probe takes at least two rows, found ${options.rows}`);
  }
  const plan = await planRun(options);
  await options.onPlan?.(plan);
  const clock = options.clock ?? systemClock;
  const runsDir = options.runsDir ?? joinPath(currentDirectory(), "runs");
  const tally = new ProbeTally(plan);
  const resources = await openResources(dryPlan(plan, Infinity), {
    ...options,
    runsDir,
    effectsOf: (store, salt) => tally.watching(new EffectRunner(store, { salt })),
  }, options.onEvent ?? (() => {}));
  const started = clock.monotonic();
  try {
    const layout = runLayout(joinPath(runsDir, "cache"), `probe-${plan.runId}`);
    const opening = rehearsalOpening(resources, layout);
    const stop = () =>
      opening.control.abort(new FastDistillError("run.interrupted", "The probe was interrupted"));
    options.signal?.addEventListener("abort", stop, { once: true });
    const sizes = new Map<string, number>();
    const states = await rehearse(opening, {
      rowsOf: async (source) => {
        const rows = await sizeOf(source, { plan, signal: opening.control.signal });
        sizes.set(source.plan.name, rows);
        return selectionOf(rows, { ...options, seed: `${plan.pipeline.config.seed}/${source.plan.name}` });
      },
      onRow: (step, envelope) => {
        if (sizes.has(step)) tally.lineage.addSource(step, envelope);
        else tally.lineage.add(envelope);
      },
      onEnded: ({ envelope, ending }) => {
        tally.lineage.add(envelope);
        if (ending.state === "kept") tally.keep(envelope.rowId);
      },
    });
    const elapsed_ms = Math.round(clock.monotonic() - started);
    const probe = { elapsed_ms, spent_usd: resources.budget.spent().usd, failed: failuresOf(states) };
    return probeOf({ plan, tally, sizes, states, probe, isRandom: options.isRandom ?? false });
  } finally {
    await resources.close();
  }
}

async function sizeOf(
  { open, plan: { name } }: StepState,
  { plan: { limit, target }, signal }: { readonly plan: Plan; readonly signal: AbortSignal },
): Promise<number> {
  if (open.kind !== "source") throw new TypeError(`Not a source: ${name}`);
  const counted = await open.runner.count?.(signal);
  const most = target?.sources.includes(name) === true ? target.maxCandidates : undefined;
  const rows = Math.min(counted ?? Infinity, limit ?? Infinity, most ?? Infinity);
  if (rows !== Infinity) return rows;
  throw new FastDistillError(
    "config.usage",
    `Cannot forecast a run whose source "${name}" cannot count its rows`,
    {
      hint: "Limit the rows of each source, and the forecast is for as many",
    },
  );
}

function selectionOf(
  of: number,
  { rows: size, isRandom = false, seed }: ProbeOptions & { readonly seed: string },
): RowSelection {
  return isRandom ? sampleRows({ of, size, seed }) : firstRows(Math.min(of, size));
}

function failuresOf(states: ReadonlyMap<string, StepState>): Readonly<Record<string, number>> {
  const failed = new Map<string, number>();
  for (const { counts } of states.values()) {
    for (const [code, count] of counts.failed) failed.set(code, (failed.get(code) ?? 0) + count);
  }
  return Object.fromEntries([...failed].sort(([a], [b]) => a < b ? -1 : 1));
}

interface Probed {
  readonly plan: Plan;
  readonly tally: ProbeTally;
  readonly sizes: ReadonlyMap<string, number>;
  readonly states: ReadonlyMap<string, StepState>;
  readonly probe: Pick<RunProbe["probe"], "elapsed_ms" | "spent_usd" | "failed">;
  readonly isRandom: boolean;
}

function probeOf({ plan, tally, sizes, states, probe, isRandom }: Probed): RunProbe {
  const sources = [...sizes].map(([step, rows]) => {
    const probed = states.get(step)!.counts.rowsIn;
    return { step, rows, probed, tallies: padded(tally.rowsOf(step), probed, plan) };
  });
  const needed = rowsForTarget(plan, { sizes, states });
  const strata = sources.map(({ step, rows, tallies }): Stratum => ({
    rows: Math.max(needed.get(step) ?? rows, tallies.length),
    tried: tallies.map(vectorOf),
  }));
  const all = sources.flatMap(({ tallies }) => tallies);
  const total = (of: (row: RowTally) => number) => all.reduce((sum, row) => sum + of(row), 0);
  const row_ms = all.length === 0 ? 0 : total(({ ms }) => ms) / all.length;
  const [usd, tokens, kept, wall_ms] = forecastSums(strata, {
    seed: plan.runId,
    figures: (
      [usd = 0, tokens = 0, kept = 0, ...busy],
    ) => [usd, tokens, kept, wallOf(busy, { plan, row_ms })],
  }) as [Forecast, Forecast, Forecast, Forecast];
  return {
    run_id: plan.runId,
    sources: sources.map(({ step, rows, probed }) => ({ step, rows, probed })),
    is_random: isRandom,
    probe: {
      ...probe,
      cost_usd: tally.isPriced ? total(({ usd }) => usd) : null,
      tokens: total(({ tokens }) => tokens),
      kept: total(({ kept }) => kept),
    },
    cost_usd: tally.isPriced ? usd : null,
    tokens,
    wall_ms,
    kept,
    ...targetIn(plan, needed),
  };
}

/** Source rows that a target takes of each source, if the others let through as many as those that were run. */
function rowsForTarget(
  { target }: Plan,
  { sizes, states }: Pick<Probed, "sizes" | "states">,
): ReadonlyMap<string, number> {
  if (target === undefined) return new Map();
  const probed = target.sources.reduce((sum, source) => sum + states.get(source)!.counts.rowsIn, 0);
  const accepted = states.get(target.step)!.counts.rowsOut;
  const expected = accepted === 0 || !target.isPaced
    ? Infinity
    : Math.ceil(target.accepted * probed / accepted);
  let left = Math.min(expected, target.maxCandidates ?? Infinity);
  return new Map(target.sources.map((source) => {
    const rows = Math.min(sizes.get(source)!, left);
    left -= rows;
    return [source, rows] as const;
  }));
}

function targetIn({ target }: Plan, needed: ReadonlyMap<string, number>): Pick<RunProbe, "target"> {
  if (target === undefined) return {};
  const candidates = [...needed.values()].reduce((sum, rows) => sum + rows, 0);
  return { target: { wanted: target.accepted, candidates } };
}

/** Rows of which nothing is known took and gave nothing. */
function padded(tallies: readonly RowTally[], count: number, { providers }: Plan): readonly RowTally[] {
  const idle = [...providers.keys()].map(() => ({ ms: 0, requests: 0, tokens: 0 }));
  const nothing: RowTally = { usd: 0, tokens: 0, kept: 0, ms: 0, providers: idle };
  return [...tallies, ...Array.from({ length: count - tallies.length }, () => nothing)];
}

function vectorOf({ usd, tokens, kept, providers }: RowTally): readonly number[] {
  return [usd, tokens, kept, ...providers.flatMap(({ ms, requests, tokens }) => [ms, requests, tokens])];
}

/**
 * Milliseconds until the last call has ended: those of the provider that takes longest, its calls spread evenly over what
 * it may have in flight, or as slow as its rates make them; and what the last row takes beyond that.
 */
function wallOf(
  busy: readonly number[],
  { plan, row_ms }: { readonly plan: Plan; readonly row_ms: number },
): number {
  const walls = [...plan.providers.keys()].map((name, index) => {
    const [ms = 0, requests = 0, tokens = 0] = busy.slice(3 * index, 3 * index + 3);
    const { concurrency, rpm, tpm } = pooledLimits(plan.pipeline.config.providers[name]!);
    const lanes = Math.max(1, Math.min(concurrency, requests));
    const spread = ms / lanes + (1 - 1 / lanes) * row_ms;
    return Math.max(spread, requests / rpm * 60_000, tokens / tpm * 60_000);
  });
  return Math.max(0, ...walls);
}
