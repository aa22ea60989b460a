import type { LoadedPipeline, RouteConfig, StepConfig } from "../config/mod.ts";
import { didYouMean, FastDistillError } from "../errors/mod.ts";
import { type Expression, expressionCompiler } from "../expression/mod.ts";
import { type Graph, joinAnchor, type Locate, type StepColumns, throwAll } from "../graph/mod.ts";
import type { Columns } from "../record/mod.ts";
import type { StepKind } from "../step/mod.ts";
import type { PlannedJoin, PlannedRoute } from "./planned_branches.ts";

/** What steps do besides their work: let rows by, send them one way or another, put them together again. */
export interface PlannedBranches {
  readonly when?: Expression;
  readonly route?: PlannedRoute;
  readonly join?: PlannedJoin;
}

/** What branches are planned from. */
export interface BranchesInput {
  readonly pipeline: LoadedPipeline;
  readonly graph: Graph;
  readonly columns: ReadonlyMap<string, StepColumns>;
  readonly locate: Locate;
}

interface Place {
  readonly step: string;
  readonly path: readonly (string | number)[];
  /** Columns that the expression may read. */
  readonly columns: Columns;
}

/**
 * Checks and reads `when`, `route` and `join` of all steps.
 *
 * @throws {FastDistillError} `graph.route`, `graph.join`, `graph.missing_column`, `step.expression`, `config.invalid_value`;
 * all problems at once
 */
export async function planBranches(input: BranchesInput): Promise<ReadonlyMap<string, PlannedBranches>> {
  const steps = Object.entries(input.pipeline.config.steps);
  if (!steps.some(([, { when, route, join }]) => (when ?? route ?? join) !== undefined)) return new Map();
  const planner = new BranchPlanner(input, await expressionCompiler());
  const planned = steps.map(([name, config]) => [name, planner.plan(name, config)] as const);
  throwAll(planner.errors);
  return new Map(planned);
}

class BranchPlanner {
  readonly errors: FastDistillError[] = [];
  readonly #input: BranchesInput;
  readonly #compile: Awaited<ReturnType<typeof expressionCompiler>>;

  constructor(input: BranchesInput, compile: Awaited<ReturnType<typeof expressionCompiler>>) {
    this.#input = input;
    this.#compile = compile;
  }

  plan(name: string, { when, route, join }: StepConfig): PlannedBranches {
    const { columns } = this.#input;
    const { before, after } = columns.get(name)!;
    const condition = when === undefined ? undefined : this.#condition(name, when, before);
    return {
      ...(condition === undefined ? {} : { when: condition }),
      ...(route === undefined ? {} : this.#attempt(() => ({ route: this.#route(name, route, after) }))),
      ...(join === undefined ? {} : this.#attempt(() => ({ join: this.#join(name) }))),
    };
  }

  #attempt<T extends object>(plan: () => T): T | Record<never, never> {
    try {
      return plan();
    } catch (thrown) {
      if (!(thrown instanceof FastDistillError)) throw thrown;
      this.errors.push(thrown);
      return {};
    }
  }

  #condition(step: string, text: string, columns: Columns): Expression | undefined {
    const { graph, locate } = this.#input;
    const path = ["steps", step, "when"];
    const found = WITHOUT_WHEN.get(graph.nodes.get(step)!.kind);
    if (found === undefined) return this.#expression(text, { step, path, columns });
    const message = `Step "${step}" has a condition, and ${found}`;
    this.errors.push(
      new FastDistillError("config.invalid_value", message, {
        location: locate(path),
        hint: "Send the rows another way with route, on the step before it",
      }),
    );
    return undefined;
  }

  #expression(text: string, { step, path, columns }: Place): Expression | undefined {
    const location = this.#input.locate(path) ?? this.#input.locate(["steps", step]);
    try {
      const expression = this.#compile(text, { name: "expression" });
      const unknown = expression.variables.filter((name) => !Object.hasOwn(columns, name));
      this.errors.push(...unknown.map((column) => {
        const message =
          `The expression "${text}" of step "${step}" reads the column "${column}", and the row has none of ` +
          `that name${didYouMean(column, Object.keys(columns))}`;
        const hint = `Columns of the row: ${Object.keys(columns).sort().join(", ") || "none"}`;
        return new FastDistillError("graph.missing_column", message, {
          location,
          hint,
          context: { step, column },
        });
      }));
      return expression;
    } catch (thrown) {
      if (!(thrown instanceof FastDistillError)) throw thrown;
      const { code, message, hint, context, cause } = thrown;
      this.errors.push(new FastDistillError(code, message, { hint, context, cause, location }));
      return undefined;
    }
  }

  #route(step: string, config: RouteConfig, columns: Columns): PlannedRoute | undefined {
    const readers = this.#input.graph.nodes.get(step)!.outputs;
    const path = ["steps", step, "route"];
    if (readers.length < 2) {
      const found = readers.length === 0 ? "no step" : `only "${readers[0]}"`;
      throw this.#refused(
        path,
        `Step "${step}" has a route, and ${found} reads it`,
        "Name it under from in several steps",
      );
    }
    const place = (...rest: readonly (string | number)[]): Place => ({
      step,
      path: [...path, ...rest],
      columns,
    });
    if (config.sample !== undefined) return this.#sample(step, config, readers);
    if (config.provider !== undefined) {
      const provider = this.#expression(config.provider, place("provider"));
      const steps = this.#stepsByProvider(step, readers);
      return provider && { by: "provider", provider, steps };
    }
    const { cases = [], otherwise = [] } = config;
    const targets = [
      ...cases.flatMap(({ to }, index) => to.map((name) => ({ name, at: ["cases", index, "to"] }))),
      ...otherwise.map((name) => ({ name, at: ["otherwise"] })),
    ];
    this.#checkTargets(step, targets, readers);
    const planned = cases.map(({ when, to }, index) => ({
      when: this.#expression(when, place("cases", index, "when"))!,
      to,
    }));
    return { by: "cases", cases: planned, otherwise };
  }

  #sample(step: string, { sample = 1, weights = {} }: RouteConfig, readers: readonly string[]): PlannedRoute {
    const path = ["steps", step, "route"];
    if (sample > readers.length) {
      const message = `Step "${step}" gives each row to ${sample} steps, and ${readers.length} read it: ${
        readers.join(", ")
      }`;
      throw this.#refused([...path, "sample"], message);
    }
    this.#checkTargets(
      step,
      Object.keys(weights).map((name) => ({ name, at: ["weights", name] })),
      undefined,
    );
    return {
      by: "sample",
      count: sample,
      weights: new Map(readers.map((name) => [name, weights[name] ?? 1])),
    };
  }

  #stepsByProvider(step: string, readers: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const steps = new Map<string, string[]>();
    for (const reader of readers) {
      const { provider } = this.#input.pipeline.config.steps[reader]!;
      if (provider === undefined) {
        const message = `Step "${step}" routes rows by provider, and "${reader}", which reads it, asks none`;
        throw this.#refused(["steps", step, "route", "provider"], message);
      }
      steps.set(provider, [...steps.get(provider) ?? [], reader]);
    }
    return steps;
  }

  #checkTargets(
    step: string,
    targets: readonly { readonly name: string; readonly at: readonly (string | number)[] }[],
    wanted: readonly string[] | undefined,
  ): void {
    const readers = this.#input.graph.nodes.get(step)!.outputs;
    const path = ["steps", step, "route"];
    for (const { name, at } of targets) {
      if (readers.includes(name)) continue;
      const message = `The route of step "${step}" names "${name}", which does not read it${
        didYouMean(name, readers)
      }`;
      this.errors.push(this.#refused([...path, ...at], message, `Steps that read it: ${readers.join(", ")}`));
    }
    const left = (wanted ?? []).filter((reader) => !targets.some(({ name }) => name === reader));
    if (left.length === 0) return;
    const message = `The route of step "${step}" gives no row to "${left[0]}", which reads it`;
    this.errors.push(this.#refused(path, message, "Name it in a case or under otherwise"));
  }

  #join(step: string): PlannedJoin {
    const { pipeline, graph, columns, locate } = this.#input;
    const config = pipeline.config.steps[step]!.join!;
    const node = graph.nodes.get(step)!;
    if (node.kind === "global") {
      const hint = "Join in a step before it, such as set_columns";
      throw new FastDistillError("graph.join", `Step "${step}" needs all rows, and cannot join as well`, {
        location: locate(["steps", step, "join"]),
        hint,
      });
    }
    const anchor = joinAnchor(graph, step, locate);
    const leads = (from: string, input: string): boolean =>
      from === input ||
      graph.nodes.get(input)!.inputs.some((before) => before !== anchor && leads(from, before));
    const readers = graph.nodes.get(anchor)!.outputs;
    const branches = node.inputs.flatMap((input) =>
      input === anchor ? [step] : readers.filter((reader) => leads(reader, input))
    );
    const before = Object.keys(columns.get(step)!.before);
    return { ...config, anchor, branches: [...new Set(branches)], columns: before };
  }

  #refused(path: readonly (string | number)[], message: string, hint?: string): FastDistillError {
    const location = this.#input.locate(path) ?? this.#input.locate(path.slice(0, 2));
    return new FastDistillError("graph.route", message, { location, hint });
  }
}

const WITHOUT_WHEN: ReadonlyMap<StepKind, string> = new Map([
  ["source", "it is a source: no row comes in"],
  ["global", "it needs all rows"],
]);
