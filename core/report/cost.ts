import { addUsage, NO_USAGE, type Price, type Usage } from "../provider/mod.ts";

/** Money is added in units of 10^-18 US dollars, as whole numbers: a price has up to 12 digits after the point. */
const UNITS_PER_USD = 1e18;
const UNITS_PER_PRICE = 1e12;
const USD_DIGITS = 12;

/** An effect, as far as its cost goes. */
export interface EffectCost {
  /** The step that wanted the effect. */
  readonly step: string;
  /** Name of the provider in the pipeline; absent when no model was asked. */
  readonly provider?: string | undefined;
  /** The model's version string as the endpoint stated it. */
  readonly model?: string | undefined;
  /** This effect's part of the call's usage. */
  readonly usage?: Usage | undefined;
  /** The price at the time. An effect of a provider without one makes every cost that it is part of unknown. */
  readonly price?: Price | undefined;
  /** Whether it came from the store. */
  readonly reused: boolean;
}

/** What a set of effects comes to. US dollars have at most 12 significant digits. */
export interface CostFigures {
  /** Effects that this run performed. */
  readonly performed: number;
  /** Effects that came from the store. */
  readonly reused: number;
  /** Of all effects. */
  readonly usage: Usage;
  /** What all effects cost, whenever they were performed; `null` when a price is unknown. */
  readonly cost_usd: number | null;
  /** What this run spent, as far as prices are known. */
  readonly spent_usd: number;
}

/** The figures of one model behind one provider, asked by one step. */
export interface CostEntry extends CostFigures {
  /** The step that wanted the effects. */
  readonly step: string;
  /** Name in the pipeline; `null` when no model was asked. */
  readonly provider: string | null;
  /** The model's version string; `null` when none was stated. */
  readonly model: string | null;
}

/** What `cost.json` holds. */
export interface CostReport {
  /** Name and version of this format. */
  readonly schema: "fastdistill.cost/1";
  /** Id of the run. */
  readonly run_id: string;
  /** Of all effects. */
  readonly total: CostFigures;
  /** The part of the effects that asked a model. */
  readonly calls: { readonly performed: number; readonly reused: number };
  /** Rows that reached the end. */
  readonly kept: number;
  /** `null` when nothing was kept or a price is unknown. */
  readonly cost_per_kept_usd: number | null;
  /** By step. */
  readonly steps: Readonly<Record<string, CostFigures>>;
  /** By provider, for effects that asked a model. */
  readonly providers: Readonly<Record<string, CostFigures>>;
  /** By the model's version string. */
  readonly models: Readonly<Record<string, CostFigures>>;
  /** Sorted by step, provider, model. */
  readonly entries: readonly CostEntry[];
}

/** What {@linkcode CostAggregator.report} has to be told. */
export interface CostReportOptions {
  /** Id of the run. */
  readonly run_id: string;
  /** Rows that reached the end. */
  readonly kept: number;
}

/**
 * Sums up what effects cost. The sums are exact, so neither the order of the effects nor how they are divided among
 * aggregators shows in the result.
 *
 * @example
 * ```ts
 * import { CostAggregator } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const cost = new CostAggregator();
 * const usage = { input_tokens: 1000, output_tokens: 500 };
 * const price = { input: 0.05, output: 0.2 };
 * cost.add({ step: "teach", provider: "teacher", model: "tiny-1", usage, price, reused: false });
 * cost.add({ step: "teach", provider: "teacher", model: "tiny-1", usage, price, reused: true });
 * const report = cost.report({ run_id: "r1", kept: 3 });
 * assertEquals(report.total.cost_usd, 0.0003);
 * assertEquals(report.total.spent_usd, 0.00015);
 * assertEquals(report.cost_per_kept_usd, 0.0001);
 * ```
 */
export class CostAggregator {
  readonly #sums: Map<string, OriginSum> = new Map();

  /** Adds one effect. */
  add({ step, provider, model, usage, price, reused }: EffectCost): void {
    const sum = this.#sumOf({ step, provider: provider ?? null, model: model ?? null });
    sum.add({
      usage: usage ?? NO_USAGE,
      price,
      reused,
      isPriced: provider === undefined || price !== undefined,
    });
  }

  /** Adds all that another aggregator holds. */
  merge(other: CostAggregator): void {
    for (const { of, sum } of other.#sums.values()) this.#sumOf(of).merge(sum);
  }

  /** What `cost.json` holds. */
  report({ run_id, kept }: CostReportOptions): CostReport {
    const sums = [...this.#sums].sort(([a], [b]) => a < b ? -1 : 1).map(([, sum]) => sum);
    const total = sumOf(sums);
    const calls = sumOf(sums.filter(({ of }) => of.provider !== null)).figures();
    return {
      schema: "fastdistill.cost/1",
      run_id,
      total: total.figures(),
      calls: { performed: calls.performed, reused: calls.reused },
      kept,
      cost_per_kept_usd: total.costPer(kept),
      steps: figuresBy(sums, "step"),
      providers: figuresBy(sums, "provider"),
      models: figuresBy(sums, "model"),
      entries: sums.map(({ of, sum }) => ({ ...of, ...sum.figures() })),
    };
  }

  #sumOf(of: Origin): CostSum {
    const key = JSON.stringify([of.step, of.provider, of.model]);
    let known = this.#sums.get(key);
    if (known === undefined) this.#sums.set(key, known = { of, sum: new CostSum() });
    return known.sum;
  }
}

interface Origin {
  readonly step: string;
  readonly provider: string | null;
  readonly model: string | null;
}

interface OriginSum {
  readonly of: Origin;
  readonly sum: CostSum;
}

function sumOf(parts: readonly OriginSum[]): CostSum {
  const total = new CostSum();
  for (const { sum } of parts) total.merge(sum);
  return total;
}

function figuresBy(sums: readonly OriginSum[], what: keyof Origin): Readonly<Record<string, CostFigures>> {
  const names = [...new Set(sums.map(({ of }) => of[what]))].filter((name) => name !== null);
  return Object.fromEntries(
    names.map((name) => [name, sumOf(sums.filter(({ of }) => of[what] === name)).figures()]),
  );
}

interface CostItem {
  readonly usage: Usage;
  readonly price: Price | undefined;
  readonly reused: boolean;
  readonly isPriced: boolean;
}

class CostSum {
  #performed = 0;
  #reused = 0;
  #usage: Usage = NO_USAGE;
  #units = 0n;
  #spentUnits = 0n;
  #isPriced = true;

  add({ usage, price, reused, isPriced }: CostItem): void {
    const units = price === undefined ? 0n : unitsOf(usage, price);
    this.#units += units;
    this.#usage = addUsage(this.#usage, usage);
    this.#isPriced &&= isPriced;
    if (reused) {
      this.#reused++;
      return;
    }
    this.#performed++;
    this.#spentUnits += units;
  }

  merge(other: CostSum): void {
    this.#performed += other.#performed;
    this.#reused += other.#reused;
    this.#usage = addUsage(this.#usage, other.#usage);
    this.#units += other.#units;
    this.#spentUnits += other.#spentUnits;
    this.#isPriced &&= other.#isPriced;
  }

  figures(): CostFigures {
    return {
      performed: this.#performed,
      reused: this.#reused,
      usage: this.#usage,
      cost_usd: this.#isPriced ? usdOf(this.#units) : null,
      spent_usd: usdOf(this.#spentUnits),
    };
  }

  costPer(rows: number): number | null {
    return rows === 0 || !this.#isPriced ? null : usdOf(this.#units, rows);
  }
}

/** The same as `costOf`, in whole units. */
function unitsOf(usage: Usage, price: Price): bigint {
  const cached = usage.cached_input_tokens ?? 0;
  return tokenUnits(usage.input_tokens - cached, price.input) +
    tokenUnits(cached, price.cached_input ?? price.input) +
    tokenUnits(usage.output_tokens, price.output);
}

/** Dollars per million tokens times 10^12 are units per token. */
function tokenUnits(tokens: number, usdPerMillion: number): bigint {
  return BigInt(tokens) * BigInt(Math.round(usdPerMillion * UNITS_PER_PRICE));
}

function usdOf(units: bigint, parts = 1): number {
  return Number((Number(units) / UNITS_PER_USD / parts).toPrecision(USD_DIGITS));
}
