import type { Expression } from "../expression/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import type { Row } from "../record/mod.ts";
import { seededRandom } from "../runtime/mod.ts";
import type { PlannedRoute } from "./planned_branches.ts";

/** A row that looks for its way. */
export interface RoutedRow {
  readonly row: Row;
  readonly rowId: string;
  /** What a draw depends on besides the row. */
  readonly seed: string;
}

/**
 * The steps that get a row; none where no case holds. Depends on the row alone, never on arrival.
 *
 * @throws {FastDistillError} `step.expression`
 */
export function chooseReaders(route: PlannedRoute, row: RoutedRow): readonly string[] {
  switch (route.by) {
    case "cases":
      return route.cases.find(({ when }) => holds(when, row.row))?.to ?? route.otherwise;
    case "sample":
      return drawn(route, row);
    case "provider": {
      const found = route.provider.evaluate(row.row);
      const steps = typeof found === "string" ? route.steps.get(found) : undefined;
      if (steps !== undefined) return steps;
      const message = `Evaluated "${route.provider.text}" to the name of a provider, found ${
        JSON.stringify(found)
      }`;
      throw new FastDistillError("step.expression", message, {
        hint: `One of: ${[...route.steps.keys()].join(", ")}`,
      });
    }
  }
}

/** Whether a condition holds for a row. @throws {FastDistillError} `step.expression`, also for what is not a truth value */
export function holds(condition: Expression, row: Row): boolean {
  const value = condition.evaluate(row);
  if (typeof value === "boolean") return value;
  const message = `Evaluated the condition "${condition.text}", found ${JSON.stringify(value)?.slice(0, 80)}`;
  throw new FastDistillError("step.expression", message, {
    hint: "A condition is true or false: compare, as in n > 0",
  });
}

/** Without replacement, each by its weight. */
function drawn(
  { count, weights }: PlannedRoute & { readonly by: "sample" },
  { rowId, seed }: RoutedRow,
): readonly string[] {
  const random = seededRandom(`${seed}/${rowId}`);
  const left = new Map(weights);
  const chosen = new Set<string>();
  while (chosen.size < count && left.size > 0) {
    let at = random.next() * [...left.values()].reduce((sum, weight) => sum + weight, 0);
    let last = "";
    for (const [name, weight] of left) {
      last = name;
      at -= weight;
      if (at < 0) break;
    }
    chosen.add(last);
    left.delete(last);
  }
  return [...weights.keys()].filter((name) => chosen.has(name));
}
