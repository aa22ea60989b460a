import type { BudgetConfig } from "../config/mod.ts";
import { isBudgetYield } from "../gateway/mod.ts";
import type { ChatSample, ProviderState } from "./chat_caller.ts";

/** A provider that a step may ask, and until when. */
export interface ProviderChoice {
  readonly provider: ProviderState;
  /** Share of the run's budget from which on it is not asked any more. */
  readonly yieldsFrom?: number | undefined;
}

/** Whom a step asks while the budget nears its end. */
export interface BudgetPolicy {
  /** In order; never none. */
  readonly choices: readonly ProviderChoice[];
  /** Whether what the last of them does not answer for want of money is left out. */
  readonly sheds: boolean;
}

/** What a policy is made from. */
export interface BudgetPolicyOptions {
  readonly step: string;
  /** The step's own. */
  readonly provider: ProviderState;
  readonly budget: BudgetConfig;
  readonly providers: ReadonlyMap<string, ProviderState>;
  /** Whether a part of the run's budget is kept for some steps. */
  readonly hasShares: boolean;
}

/** What a pipeline's budget says of one step. */
export function budgetPolicyOf(options: BudgetPolicyOptions): BudgetPolicy {
  const { step, provider, budget, providers, hasShares } = options;
  const { degrade, shed } = budget;
  const shedFrom = shed?.steps.includes(step) ? shed.from : undefined;
  const sheds = shedFrom !== undefined || hasShares;
  const last = (provider: ProviderState) => ({ provider, yieldsFrom: shedFrom });
  if (
    degrade === undefined || degrade.to === provider.name ||
    (shedFrom !== undefined && shedFrom <= degrade.from)
  ) {
    return { choices: [last(provider)], sheds };
  }
  return { choices: [{ provider, yieldsFrom: degrade.from }, last(providers.get(degrade.to)!)], sheds };
}

/** Asks one provider for some samples of a row. */
export type AskChoice = (
  choice: ProviderChoice,
  samples: readonly number[],
) => Promise<readonly ChatSample[]>;

/** Asks the providers of a policy in turn, each for the samples that those before it gave way on. */
export async function askChoices(
  choices: readonly ProviderChoice[],
  { n, ask, sheds }: { readonly n: number; readonly ask: AskChoice; readonly sheds: boolean },
): Promise<readonly ChatSample[]> {
  const found: ChatSample[] = [];
  let open: readonly number[] = Array.from({ length: n }, (_, sample) => sample);
  for (let turn = 0; open.length > 0; turn++) {
    const isLast = turn >= choices.length - 1;
    const samples = await ask(choices[Math.min(turn, choices.length - 1)]!, open);
    open.forEach((sample, index) => found[sample] = samples[index]!);
    if (isLast && sheds) break;
    // The last one gives way only where it shared a call with one that did; then it asks for itself.
    open = open.filter((sample) => gaveWay(found[sample]!));
  }
  return found;
}

/** Whether a sample is missing because its call gave way to save money. */
export function gaveWay(sample: ChatSample): boolean {
  return !sample.ok && isBudgetYield(sample.error);
}
