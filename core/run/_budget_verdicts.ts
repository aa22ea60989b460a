import type { BudgetConfig } from "../config/mod.ts";
import { costOf, type Price } from "../provider/mod.ts";
import type { BudgetVerdict, CallEstimate } from "./run_estimate.ts";

/** What a task needs of a budget: the worst case, and what it takes in any case. */
interface Need {
  readonly most: number | null;
  readonly least: number | null;
}

/** Holds the calls that would have to be made against each limit of the budget. */
export function budgetVerdicts(
  budget: BudgetConfig,
  tasks: readonly CallEstimate[],
  priceOf: (provider: string) => Price | undefined,
): readonly BudgetVerdict[] {
  const needs: Readonly<Record<BudgetVerdict["of"], (task: CallEstimate) => Need>> = {
    usd: (task) => moneyOf(task, priceOf),
    tokens: ({ input_tokens: least, output_tokens_max }) => ({
      least,
      most: least === null ? null : least + output_tokens_max,
    }),
    requests: ({ calls, recorded }) => ({ least: 0, most: calls - recorded }),
  };
  return (["usd", "tokens", "requests"] as const).flatMap((of) => {
    const limit = budget[of];
    return limit === undefined ? [] : [verdictOf({ of, limit, needs: tasks.map(needs[of]) })];
  });
}

function moneyOf(
  { cost_usd_max: most, input_tokens, provider, fallback = [] }: CallEstimate,
  priceOf: (provider: string) => Price | undefined,
): Need {
  const prices = [provider, ...fallback].map(priceOf);
  if (input_tokens === null) return { most, least: null };
  const costs = prices.map((price) =>
    price === undefined ? NaN : costOf({ input_tokens, output_tokens: 0 }, price)
  );
  const least = Math.min(...costs);
  return { most, least: Number.isNaN(least) ? null : least };
}

function verdictOf(
  { of, limit, needs }: {
    readonly of: BudgetVerdict["of"];
    readonly limit: number;
    readonly needs: readonly Need[];
  },
): BudgetVerdict {
  const [most, least] = [sumOf(needs.map(({ most }) => most)), sumOf(needs.map(({ least }) => least))];
  if (least !== null && least > limit) return { of, limit, needs: most, verdict: "exceeds" };
  if (most === null) return { of, limit, needs: null, verdict: "unknown" };
  return { of, limit, needs: most, verdict: most <= limit ? "fits" : "may_exceed" };
}

/** The sum; unknown when a part of it is. */
export function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce((sum: number | null, value) => sum === null || value === null ? null : sum + value, 0);
}
