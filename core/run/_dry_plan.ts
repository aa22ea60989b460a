import type { SinkDefinition, SourceDefinition, SourceRunner, StepDefinition } from "../step/mod.ts";
import type { Plan, PlannedStep } from "./plan.ts";

/** The same plan with sources that end after so many rows, sinks that write nothing, and no failure that ends the run. */
export function dryPlan(plan: Plan, rows: number): Plan {
  const steps = [...plan.steps].map(([name, step]) => [name, dryStep(step, rows)] as const);
  return { ...plan, steps: new Map(steps) };
}

function dryStep(step: PlannedStep, rows: number): PlannedStep {
  const { on_error } = step.config;
  const config = { ...step.config, on_error: on_error === "fail" ? "drop" as const : on_error };
  const { component } = step;
  if (component.component === "task") return { ...step, config };
  return {
    ...step,
    config,
    component: { ...component, definition: dryDefinition(component.definition, rows) },
  };
}

function dryDefinition(definition: StepDefinition<unknown>, rows: number): StepDefinition<unknown> {
  switch (definition.kind) {
    case "source":
      return shortSource(definition, rows);
    case "sink":
      return nullSink(definition);
    default:
      return definition;
  }
}

function shortSource(definition: SourceDefinition<unknown>, rows: number): SourceDefinition<unknown> {
  return {
    ...definition,
    open: async (config, setup) => shortened(await definition.open(config, setup), rows),
  };
}

function shortened(runner: SourceRunner, rows: number): SourceRunner {
  return {
    ...runner,
    rows: async function* (signal) {
      let left = rows;
      for await (const row of runner.rows(signal)) {
        yield row;
        if (--left <= 0) return;
      }
    },
  };
}

function nullSink(definition: SinkDefinition<unknown>): SinkDefinition<unknown> {
  return {
    ...definition,
    open: () => ({ write: () => Promise.resolve(), close: () => Promise.resolve({ files: [] }) }),
  };
}
