import type { PipelineConfig } from "../config/mod.ts";
import { didYouMean, FastDistillError, type SourceLocation } from "../errors/mod.ts";
import { listedPrice } from "../provider/mod.ts";
import { isJsonObject } from "../record/mod.ts";
import type { PlannedProvider, PlannedStep, PlanWarning } from "./plan.ts";

/** What checks of budgets look at. */
export interface BudgetCheck {
  readonly config: PipelineConfig;
  readonly steps: readonly Pick<PlannedStep, "name" | "component">[];
  readonly locate: (path: readonly (string | number)[]) => SourceLocation | undefined;
}

/** Steps and providers that a budget names and that are not there. */
export function budgetReferenceProblems({ config, steps, locate }: BudgetCheck): readonly FastDistillError[] {
  const { degrade, shed } = config.budget;
  const providers = Object.keys(config.providers);
  const tasks = steps.filter(({ component }) => component.component === "task").map(({ name }) => name);
  const unknownProvider = degrade === undefined || providers.includes(degrade.to) ? [] : [
    new FastDistillError(
      "graph.unknown_provider",
      `The budget degrades to the provider "${degrade.to}", and the pipeline defines none of that name` +
        didYouMean(degrade.to, providers),
      { location: locate(["budget", "degrade", "to"]) },
    ),
  ];
  const unknownSteps = (shed?.steps ?? []).flatMap((name, index) =>
    tasks.includes(name) ? [] : [
      new FastDistillError(
        "graph.unknown_step",
        `The budget sheds the step "${name}", and no step that asks a model has that name` +
          didYouMean(name, tasks),
        { location: locate(["budget", "shed", "steps", index]) },
      ),
    ]
  );
  return [...unknownProvider, ...unknownSteps, ...shareProblems({ config, steps, locate })];
}

/** Shares are of limits that there are, for steps that ask models, and no more than everything. */
function shareProblems({ config, steps, locate }: BudgetCheck): readonly FastDistillError[] {
  const { usd, tokens, requests } = config.budget;
  const shares = steps.flatMap(({ name }) => {
    const share = config.steps[name]!.budget?.share;
    return share === undefined ? [] : [{ name, share }];
  });
  const error = (name: string, message: string, hint: string) =>
    new FastDistillError("config.invalid_value", message, {
      location: locate(["steps", name, "budget", "share"]),
      hint,
    });
  const isLimited = [usd, tokens, requests].some((limit) => limit !== undefined);
  const total = shares.reduce((sum, { share }) => sum + share, 0);
  return [
    ...shares.filter(({ name }) => !isLimited || config.steps[name]!.provider === undefined).map((
      { name, share },
    ) =>
      error(
        name,
        `Step "${name}" has a share of ${share} in the budget of the run, which ${
          isLimited ? "it spends nothing of" : "limits nothing that can be shared"
        }`,
        "A share is of usd, tokens or requests of the budget at the top, for a step that asks a model",
      )
    ),
    ...(total <= 1 + 1e-9 ? [] : [
      error(
        shares.at(-1)!.name,
        `The shares of the budget come to ${total}, and there is no more than 1`,
        "Lower some of them",
      ),
    ]),
  ];
}

/** A provider to degrade to answers what the steps ask, so it must be able to chat. */
export function degradeProblems(
  providers: ReadonlyMap<string, PlannedProvider>,
  { config, locate }: Omit<BudgetCheck, "steps">,
): readonly FastDistillError[] {
  const { degrade } = config.budget;
  const capabilities = degrade && providers.get(degrade.to)?.component.definition.capabilities;
  if (capabilities === undefined || capabilities.includes("chat")) return [];
  const message = `The budget degrades to "${degrade!.to}", which must be able to chat, and it can: ` +
    capabilities.join(", ");
  const location = locate(["budget", "degrade", "to"]);
  return [new FastDistillError("graph.missing_capability", message, { location })];
}

/** What planning says of prices. */
export interface PriceFindings {
  readonly errors: readonly FastDistillError[];
  readonly warnings: readonly PlanWarning[];
}

/** Providers without a price: an error where money is limited, a warning otherwise; so is a price from the table. */
export function checkPrices(
  providers: ReadonlyMap<string, PlannedProvider>,
  { config, locate }: Omit<BudgetCheck, "steps">,
): PriceFindings {
  const errors: FastDistillError[] = [];
  const warnings: PlanWarning[] = [];
  for (const planned of providers.values()) {
    const { name } = planned;
    if (config.providers[name]!.price !== undefined) continue;
    const location = locate(["providers", name]);
    const listed = listedPrice(modelOf(planned));
    const usd = moneyLimit(name, config);
    if (listed !== undefined) {
      const { price, noted, model } = listed;
      const message =
        `The provider "${name}" states no price; ${model} is counted at ${price.input} USD in and ` +
        `${price.output} USD out per million tokens, as noted on ${noted}`;
      warnings.push({ code: "budget.listed_price", message, location });
    } else if (usd !== undefined) {
      const message = `A budget of ${usd} USD is set, and the provider "${name}" has no price`;
      errors.push(new FastDistillError("budget.unknown_price", message, { location }));
    } else {
      const message = `The provider "${name}" has no price: what its calls cost will not be known`;
      warnings.push({ code: "budget.unknown_price", message, location });
    }
  }
  return { errors, warnings };
}

function modelOf({ options }: PlannedProvider): string {
  return isJsonObject(options) && typeof options.model === "string" ? options.model : "";
}

/** The first limit on money that calls of a provider count against. */
function moneyLimit(provider: string, { budget, providers, steps }: PipelineConfig): number | undefined {
  const isAsked = (by: string | undefined) =>
    by !== undefined && (by === provider || providers[by]?.fallback?.to.includes(provider) === true);
  const asking = Object.values(steps).filter((step) =>
    step.provider !== undefined && (isAsked(step.provider) || isAsked(budget.degrade?.to))
  );
  return [budget, providers[provider]!.budget, ...asking.map((step) => step.budget)]
    .map((one) => one?.usd).find((usd) => usd !== undefined);
}
