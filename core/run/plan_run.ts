import type { InputFingerprint, Inspection } from "../component/mod.ts";
import {
  GENERATION_KEYS,
  type LoadedPipeline,
  splitGenerationOptions,
  type StepConfig,
  validateComponentConfig,
} from "../config/mod.ts";
import {
  describeThrown,
  didYouMean,
  FastDistillError,
  isFastDistillError,
  type SourceLocation,
} from "../errors/mod.ts";
import { buildGraph, checkColumns, planSegments, throwAll } from "../graph/mod.ts";
import type { ProviderComponent } from "../provider/mod.ts";
import type { Columns } from "../record/mod.ts";
import type { Component, Registry } from "../registry/mod.ts";
import { inputFilesOf, readEnv } from "../runtime/mod.ts";
import type { ColumnFlow, StepComponent, TaskComponent } from "../step/mod.ts";
import { typedByComponents } from "./_typed_components.ts";
import { planBranches } from "./_plan_branches.ts";
import { planTarget } from "./_plan_target.ts";
import { checkGateMetrics } from "./check_gate_metrics.ts";
import { errorColumnOf, keepingFlow } from "./kept_failure.ts";
import type { Plan, PlannedProvider, PlannedStep, PlanWarning } from "./plan.ts";
import {
  budgetReferenceProblems,
  checkPrices,
  degradeProblems,
  type PriceFindings,
} from "./_check_budget.ts";
import { fallbackProblems, fallbackReferenceProblems, providersAsked } from "./_check_fallback.ts";
import { deploymentOptions } from "./deployment_options.ts";
import { runIdOf, signatureOf } from "./run_identity.ts";

/** What planning needs. */
export interface PlanOptions {
  /** From `loadPipeline` or `definePipeline`. */
  readonly pipeline: LoadedPipeline;
  /** Where components are found by name. */
  readonly registry: Registry;
  /** Rows that each source gives at most, from the first on; part of the run id. @default {all} */
  readonly limit?: number;
  /** A variable of the environment, for components that look for a key. @default {readEnv} */
  readonly env?: (name: string) => string | undefined;
}

type Draft = Omit<PlannedStep, "columns">;

/**
 * Checks a pipeline without running it: components exist, configurations are valid, files are there, the graph holds,
 * every column that is read is provided. Nothing is written and nothing is called.
 *
 * @throws {FastDistillError} `config.*`, `registry.*`, `graph.*`, `data.*`, `provider.*`; all problems of a phase at once
 * @throws {RangeError} when `limit` is not a positive whole number
 */
export async function planRun(
  { pipeline: given, registry, limit, env = readEnv }: PlanOptions,
): Promise<Plan> {
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0)) {
    throw new RangeError(`A limit is a positive whole number of rows, found ${limit}`);
  }
  const pipeline = await typedByComponents(given, registry);
  const planner = new Planner(pipeline, registry, env);
  const drafts = await planner.steps();
  const providers = await planner.providers(drafts);
  const { errors, warnings: priceWarnings } = planner.prices(providers);
  throwAll(errors);
  planner.checkReferences();
  const graph = buildGraph(
    drafts.map(({ name, kind, config }) => ({ name, kind, from: config.from, join: config.join })),
    planner.locate,
  );
  const { sourceColumns, inputs, warnings: inputWarnings } = await planner.inspect(drafts, providers);
  const warnings = [...priceWarnings, ...inputWarnings];
  const byName = new Map(drafts.map((draft) => [draft.name, draft]));
  const columns = checkColumns(
    graph,
    (step, before) => planner.flowOf(byName.get(step)!, before, sourceColumns),
    planner.locate,
  );
  const branches = await planBranches({ pipeline, graph, columns, locate: planner.locate });
  const steps = new Map(drafts.map((draft) => {
    const { name } = draft;
    return [name, { ...draft, columns: columns.get(name)!, ...branches.get(name) }];
  }));
  checkGateMetrics(pipeline.config, steps, planner.locate);
  const target = planTarget({ pipeline, graph, steps, locate: planner.locate });
  const signature = signatureOf(pipeline, steps, providers);
  const runId = runIdOf(pipeline, { signature, inputs, limit });
  const segments = planSegments(graph, target?.step);
  const optional = { ...(limit === undefined ? {} : { limit }), ...(target === undefined ? {} : { target }) };
  return { pipeline, graph, segments, steps, providers, signature, inputs, warnings, ...optional, runId };
}

class Planner {
  readonly #pipeline: LoadedPipeline;
  readonly #registry: Registry;
  readonly #env: (name: string) => string | undefined;

  constructor(
    pipeline: LoadedPipeline,
    registry: Registry,
    env: (name: string) => string | undefined,
  ) {
    this.#pipeline = pipeline;
    this.#registry = registry;
    this.#env = env;
  }

  locate = (path: readonly (string | number)[]): SourceLocation | undefined =>
    this.#pipeline.locate(path)?.location;

  async steps(): Promise<readonly Draft[]> {
    const entries = Object.entries(this.#pipeline.config.steps);
    return await collect(entries.map(([name, config], ordinal) => () => this.#step(name, config, ordinal)));
  }

  async #step(name: string, config: StepConfig, ordinal: number): Promise<Draft> {
    const component = await this.#stepComponent(name, config);
    const base = { name, ordinal, config, component };
    const path = ["steps", name, "with"];
    if (component.component === "step") {
      const { definition } = component;
      const options = validateComponentConfig(definition.config, config.with, {
        path,
        locate: this.#pipeline.locate,
      });
      return { ...base, kind: definition.kind, options };
    }
    const { generation, rest } = splitGenerationOptions(config.with, { path, locate: this.#pipeline.locate });
    const options = validateComponentConfig(component.definition.config, rest, {
      path,
      locate: this.#pipeline.locate,
      known: GENERATION_KEYS,
    });
    return { ...base, kind: "row", options, generation };
  }

  async #stepComponent(name: string, config: StepConfig): Promise<StepComponent | TaskComponent> {
    const given = this.#pipeline.components[name];
    const component = given ?? await this.#load("step", config.use, ["steps", name, "use"]);
    if (component.component === "provider") {
      throw new FastDistillError(
        "registry.wrong_kind",
        `Step "${name}" uses "${config.use}", which is a provider`,
      );
    }
    return component;
  }

  async #load(kind: "step" | "provider", use: string, path: readonly string[]): Promise<Component> {
    try {
      return await this.#registry.load(kind, use);
    } catch (thrown) {
      throw this.#placed(thrown, path);
    }
  }

  async providers(drafts: readonly Draft[]): Promise<ReadonlyMap<string, PlannedProvider>> {
    const { providers: defined } = this.#pipeline.config;
    const check = { config: this.#pipeline.config, steps: drafts, locate: this.locate };
    throwAll([
      ...drafts.flatMap((draft) => this.#checkProvider(draft)),
      ...budgetReferenceProblems(check),
      ...fallbackReferenceProblems(check),
    ]);
    const used = providersAsked(check.config);
    const planned = await collect([...used].map((name) => async () => {
      const config = defined[name]!;
      const component = await this.#load("provider", config.use, [
        "providers",
        name,
        "use",
      ]) as ProviderComponent;
      const deployments = deploymentOptions(name, config, { component, locate: this.#pipeline.locate });
      return [name, { name, component, options: deployments[0], deployments }] as const;
    }));
    const byName = new Map(planned);
    throwAll([
      ...drafts.flatMap((draft) => this.#checkCapability(draft, byName)),
      ...degradeProblems(byName, check),
      ...fallbackProblems(byName, check),
    ]);
    return new Map(planned);
  }

  prices(providers: ReadonlyMap<string, PlannedProvider>): PriceFindings {
    return checkPrices(providers, { config: this.#pipeline.config, locate: this.locate });
  }

  #checkProvider({ name, component, config }: Draft): readonly FastDistillError[] {
    const known = Object.keys(this.#pipeline.config.providers);
    const location = this.locate(["steps", name, "provider"]) ?? this.locate(["steps", name]);
    if (config.provider === undefined) {
      if (component.component === "step" && component.definition.needs === undefined) return [];
      const hint = known.length === 0 ? "Define one under providers" : `Defined: ${known.join(", ")}`;
      const message = `Step "${name}" asks a model and names no provider`;
      return [new FastDistillError("graph.missing_provider", message, { location, hint })];
    }
    if (known.includes(config.provider)) return [];
    const message =
      `Step "${name}" names the provider "${config.provider}", and the pipeline defines none of that name` +
      didYouMean(config.provider, known);
    return [new FastDistillError("graph.unknown_provider", message, { location })];
  }

  #checkCapability(
    { name, component, config }: Draft,
    planned: ReadonlyMap<string, PlannedProvider>,
  ): readonly FastDistillError[] {
    const needed = component.component === "task" ? "chat" : component.definition.needs;
    if (needed === undefined || config.provider === undefined) return [];
    const { capabilities } = planned.get(config.provider)!.component.definition;
    if (capabilities.includes(needed)) return [];
    const message =
      `Step "${name}" needs a provider with the capability "${needed}", and "${config.provider}" has: ${
        capabilities.join(", ")
      }`;
    return [
      new FastDistillError("graph.missing_capability", message, {
        location: this.locate(["steps", name, "provider"]),
      }),
    ];
  }

  /** Stages and gates refer to what is there. */
  checkReferences(): void {
    const { steps, gates } = this.#pipeline.config;
    const stages = Object.entries(steps).flatMap(([name, { stage }]) =>
      stage === undefined ? [] : [{ name, stage }]
    );
    throwAll(
      stages.filter(({ stage }, index) => stages.findIndex((other) => other.stage === stage) !== index).map(
        ({ name, stage }) => {
          const message = `Step "${name}" writes the stage "${stage}", and so does another step`;
          return new FastDistillError("graph.duplicate_stage", message, {
            location: this.locate(["steps", name, "stage"]),
          });
        },
      ),
    );
    const known = stages.map(({ stage }) => stage);
    throwAll(
      gates.flatMap((gate, index) =>
        known.includes(gate.stage) ? [] : [this.#unknownStage(gate.stage, index, known)]
      ),
    );
  }

  #unknownStage(stage: string, index: number, known: readonly string[]): FastDistillError {
    const message = `Gate ${index} is on the stage "${stage}", and no step writes it${
      didYouMean(stage, known)
    }`;
    return new FastDistillError("graph.unknown_stage", message, {
      location: this.locate(["gates", index, "stage"]),
    });
  }

  async inspect(
    drafts: readonly Draft[],
    providers: ReadonlyMap<string, PlannedProvider>,
  ): Promise<
    {
      readonly sourceColumns: ReadonlyMap<string, Columns>;
      readonly inputs: readonly InputFingerprint[];
      readonly warnings: readonly PlanWarning[];
    }
  > {
    const { baseDir, movedInputs: moved } = this.#pipeline;
    const files = inputFilesOf(baseDir, { moved });
    const asked = [...providers.values()].flatMap((provider) =>
      provider.deployments.map((options) => ({ ...provider, options }))
    );
    const inspections = await collect([...drafts, ...asked].map((draft) => async () => {
      const { definition } = draft.component;
      const context = { step: draft.name, files, env: this.#env };
      const found = await this.#located(draft, () => definition.inspect?.(draft.options, context));
      return [draft.name, "ordinal" in draft, found ?? {}] as const;
    }));
    const inputs = inspections.flatMap(([, , { inputs }]) => inputs ?? []);
    const unique = new Map(inputs.map((input) => [`${input.name}\n${input.sha256}`, input]));
    const sourceColumns = new Map(inspections.flatMap(([name, isStep, { columns }]) => {
      return isStep && columns !== undefined ? [[name, columns] as const] : [];
    }));
    const warnings = inspections.flatMap(([name, isStep, { warnings = [] }]) =>
      warnings.map((warning) => ({
        ...warning,
        location: this.locate([isStep ? "steps" : "providers", name, "with"]),
      }))
    );
    return { sourceColumns, warnings, inputs: [...unique.values()].sort((a, b) => a.name < b.name ? -1 : 1) };
  }

  async #located(
    draft: Draft | PlannedProvider,
    inspect: () => Promise<Inspection> | undefined,
  ): Promise<Inspection | undefined> {
    try {
      return await inspect();
    } catch (thrown) {
      throw this.#placed(thrown, ["ordinal" in draft ? "steps" : "providers", draft.name, "with"]);
    }
  }

  /** The same error, with the place in the configuration that it is about. */
  #placed(thrown: unknown, path: readonly string[]): unknown {
    if (!isFastDistillError(thrown) || thrown.location !== undefined) return thrown;
    const { code, message, hint, context, cause, related } = thrown;
    return new FastDistillError(code, message, {
      hint,
      context,
      cause,
      related,
      location: this.locate(path),
    });
  }

  flowOf(
    { component, options, name, config }: Draft,
    before: Columns,
    sourceColumns: ReadonlyMap<string, Columns>,
  ): ColumnFlow {
    const found = sourceColumns.get(name);
    try {
      const flow = component.definition.columns(options, before);
      const whole = found === undefined ? flow : { ...flow, adds: { ...found, ...flow.adds } };
      return config.on_error === "keep" ? this.#keepingFlow(name, whole, before) : whole;
    } catch (thrown) {
      const error = isFastDistillError(thrown) ? thrown : new FastDistillError(
        "plugin.failed",
        `Step "${name}" threw while its columns were worked out: ${describeThrown(thrown)}`,
        { cause: thrown },
      );
      throw this.#placed(error, ["steps", name, "with"]);
    }
  }

  #keepingFlow(name: string, flow: ColumnFlow, before: Columns): ColumnFlow {
    const column = errorColumnOf(name);
    if (!Object.hasOwn(before, column)) return keepingFlow(name, flow);
    const message =
      `Step "${name}" adds the column "${column}" since its on_error is keep, and the column is there ` +
      "already";
    throw new FastDistillError("config.invalid_value", message, {
      location: this.locate(["steps", name, "on_error"]),
      hint: "Rename the column or the step",
    });
  }
}

/** Runs checks one after another and throws all that they threw at once. */
async function collect<T>(checks: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
  const results: T[] = [];
  const errors: FastDistillError[] = [];
  for (const check of checks) {
    try {
      results.push(await check());
    } catch (thrown) {
      if (!isFastDistillError(thrown)) throw thrown;
      errors.push(thrown);
    }
  }
  throwAll(errors);
  return results;
}
