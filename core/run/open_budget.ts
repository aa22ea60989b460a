import { type BudgetAlertListener, type BudgetedStep, ComposedBudget } from "../gateway/mod.ts";
import type { Segment } from "../graph/mod.ts";
import type { Clock } from "../runtime/mod.ts";
import type { Plan } from "./plan.ts";
import type { RunControl } from "./run_control.ts";

/** Opens the budgets of a plan: of the run, of providers, of steps. */
export function openBudget(
  plan: Plan,
  { clock, onAlert }: { readonly clock: Clock; readonly onAlert: BudgetAlertListener },
): ComposedBudget {
  const { budget, providers, steps } = plan.pipeline.config;
  return new ComposedBudget({
    run: budget,
    providers: Object.fromEntries(Object.entries(providers).map(([name, { budget }]) => [name, budget])),
    steps: Object.fromEntries(Object.entries(steps).map(([name, { budget }]) => [name, budget])),
    ...sharesIn(steps),
    flow: new Map(plan.segments.flatMap((segment) => tasksOf(segment, plan))),
    clock,
    onAlert,
  });
}

function sharesIn(
  steps: Plan["pipeline"]["config"]["steps"],
): { readonly shares?: ReadonlyMap<string, number> } {
  const shares = new Map(
    Object.entries(steps).flatMap(([name, { budget }]) =>
      budget?.share === undefined ? [] : [[name, budget.share] as const]
    ),
  );
  return shares.size === 0 ? {} : { shares };
}

/** The steps of a segment that ask models, with the calls that a row has before it once it made its first. */
function tasksOf(segment: Segment, plan: Plan): readonly (readonly [string, BudgetedStep])[] {
  const members = new Set([segment.head, ...segment.steps]);
  const tasks = [...members].filter((name) => plan.steps.get(name)!.generation !== undefined);
  const before = (name: string): readonly string[] => {
    if (name === segment.head) return [];
    const [input] = plan.graph.nodes.get(name)!.inputs;
    return [...before(input!), ...tasks.filter((task) => task === input)];
  };
  const callsOf = (name: string) =>
    before(name).reduce((calls, task) => calls * plan.steps.get(task)!.generation!.n, 1);
  return tasks.map((name) => {
    const passed = new Set([...before(name), name]);
    const ahead = new Map(
      tasks.filter((task) => !passed.has(task)).map((task) => [task, callsOf(task)] as const),
    );
    const provider = plan.steps.get(name)!.config.provider!;
    return [name, { provider, isFirst: passed.size === 1, ahead }] as const;
  });
}

/** Ends a run when its budget of time is over: no new calls, what is in flight finishes. */
export function startDeadline(
  budget: ComposedBudget,
  { clock, control }: { readonly clock: Clock; readonly control: RunControl },
): Disposable {
  const timer = new AbortController();
  const use = budget.uses().find(({ scope, of }) => scope === "run" && of === "seconds");
  if (use !== undefined) {
    clock.sleep((use.limit - use.spent) * 1_000, timer.signal).then(
      () => control.stop(budget.exhaustion({ ...use, spent: use.limit })),
      () => {}, // The run ended before.
    );
  }
  return { [Symbol.dispose]: () => timer.abort() };
}
