import type { JsonObject, Row } from "../record/mod.ts";
import type { StepComponent } from "./step.ts";
import type { TaskComponent } from "./task.ts";

/**
 * One use of a component in a TypeScript pipeline. `In` is what a row must have, `Out` is what it has more afterwards;
 * both exist for the compiler only.
 */
export interface StepSpec<In, Out> {
  /** Name of the component. */
  readonly use: string;
  /** Configuration of the component. */
  readonly with: JsonObject;
  /** The component itself, when it is not one that the registry knows by name. */
  readonly component?: StepComponent | TaskComponent;
  /** For the compiler only, never there: what a row must have. */
  readonly __in?: (row: In) => void;
  /** For the compiler only, never there: what a row has more afterwards. */
  readonly __out?: Out;
}

/**
 * Names a component with its configuration, for `definePipeline`.
 *
 * @param use name in the registry, or the component itself
 * @param config what YAML has under `with`
 */
export function stepSpec<In = Row, Out = unknown>(
  use: string | StepComponent | TaskComponent,
  config: JsonObject = {},
): StepSpec<In, Out> {
  if (typeof use === "string") return { use, with: config };
  return { use: use.definition.name, with: config, component: use };
}
