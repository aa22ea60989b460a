import { isAbsolute, relative, sep } from "node:path";
import type { Inspection } from "../component/mod.ts";
import { ColumnCollector, type Columns, type JsonObject, type Row, sourceRowId } from "../record/mod.ts";
import { inputFilesOf, isWithin, outputFilesOf, seededRandom } from "../runtime/mod.ts";
import {
  applyColumnFlow,
  type ColumnFlow,
  type RowContext,
  type SinkReport,
  type StepComponent,
  type StepDefinition,
  type StepSetup,
  type UnreadableInput,
} from "../step/mod.ts";
import { checkRequirements, validConfig } from "./_check_config.ts";
import {
  type Arrival,
  processBatches,
  processConcurrently,
  processGlobally,
  processInOrder,
  readSource,
  writeSink,
} from "./_process_rows.ts";
import { makeScratchFolder, type ScratchFolder } from "./_scratch_folder.ts";
import { MemoryEffects } from "./memory_effects.ts";
import { type ModelsDouble, modelsDouble } from "./models_double.ts";
import { type SettledRow, sortOutcomes, type StepRun } from "./step_run.ts";

/** What a harness needs of any component. */
export interface HarnessOptions {
  /** What a pipeline has under `with`. @default {{}} */
  readonly config?: JsonObject;
  /** The rows that go in. @default {[]} */
  readonly rows?: readonly Row[];
  /** The columns that reach the step. @default {those of the rows} */
  readonly columns?: Columns;
  /** Input files: path as in the configuration, and text or bytes. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** A real folder with input files, instead of `files`. Absolute path. */
  readonly baseDir?: string;
  /** Name of the step in its pipeline. @default {the component's name} */
  readonly step?: string;
  /** The run's seed. @default {0} */
  readonly seed?: number;
  /** What the models answer that the step `needs`. @default {numbers that are made of the texts} */
  readonly models?: ModelsDouble;
}

/** What {@linkcode runStep} needs. */
export interface RunStepOptions extends HarnessOptions {
  /** Effects to share with other runs. @default {new ones} */
  readonly effects?: MemoryEffects;
  /** What the step is given to stop by. @default {one that never aborts} */
  readonly signal?: AbortSignal;
  /** Variables of the environment. @default {none} */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs one step of any kind, from its configuration to its files, in a temporary folder that is removed afterwards.
 * Row ids are those of the first source of a pipeline.
 *
 * @throws {FastDistillError} what planning would throw (`config.*`, `graph.missing_column`, what `inspect` throws), what
 * opening the step throws, and `step.lost_rows` or `step.bad_output` when it does not answer for its rows
 *
 * @example
 * ```ts
 * import { defineStep, pass, reject } from "@fastdistill/core";
 * import { runStep } from "@fastdistill/core/testing";
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 *
 * const short = defineStep({
 *   kind: "row",
 *   name: "short",
 *   version: 1,
 *   summary: "Keeps short texts",
 *   config: z.strictObject({ max: z.int().default(3) }),
 *   columns: () => ({ requires: [{ column: "text" }] }),
 *   open: ({ max }) => ({
 *     process: (row) => String(row.text).length <= max ? pass(row) : reject("too_long"),
 *   }),
 * });
 * const run = await runStep(short, { rows: [{ text: "abc" }, { text: "abcd" }] });
 * assertEquals(run.rows, [{ text: "abc" }]);
 * assertEquals(run.rejected[0]?.reason, "too_long");
 * ```
 */
export function runStep(component: StepComponent, options: RunStepOptions = {}): Promise<StepRun> {
  return runStepInOrder(component, options, { isReversed: false });
}

/** {@linkcode runStep}, with the rows of a row step the other way round; the outcomes stay in the order of the rows. */
export async function runStepInOrder(
  { definition }: StepComponent,
  options: RunStepOptions,
  { isReversed }: { readonly isReversed: boolean },
): Promise<StepRun> {
  await using folder = await makeScratchFolder(options.files ?? {});
  const config = validConfig(definition.name, definition.config, options.config ?? {});
  const notes: StepNotes = { warnings: [], quarantined: [] };
  const setup = setupOf(definition.name, options, { folder, notes });
  const inspection = await definition.inspect?.(config, setup) ?? {};
  const flow = flowOf(definition, { config, before: setup.columns, inspection });
  checkRequirements(definition.name, flow, setup.columns);
  const effects = options.effects ?? new MemoryEffects();
  const { performed, reused } = effects;
  const rows = options.rows ?? [];
  const arrivals = arrivalsOf(rows, { definition, setup, effects, models: options.models ?? {} });
  const { settled, ...told } = await process(definition, { config, setup, arrivals, isReversed });
  return {
    ...sortOutcomes(settled),
    ...await folder.exported(),
    warnings: [...(inspection.warnings ?? []).map(({ message }) => message), ...notes.warnings],
    quarantined: notes.quarantined,
    ...told,
    ...(told.report === undefined ? {} : { report: reportIn(folder.exports, told.report) }),
    flow,
    columns: { before: setup.columns, after: applyColumnFlow(setup.columns, flow) },
    effects: { performed: effects.performed - performed, reused: effects.reused - reused },
  };
}

/** What a step says besides its rows. */
export interface StepNotes {
  readonly warnings: string[];
  readonly quarantined: UnreadableInput[];
}

/** What a step is opened with in a harness. */
export function setupOf(
  name: string,
  options: RunStepOptions,
  { folder, notes }: { readonly folder: ScratchFolder; readonly notes: StepNotes },
): StepSetup {
  return {
    step: options.step ?? name,
    runId: "test-run",
    seed: options.seed ?? 0,
    columns: options.columns ?? columnsOf(options.rows ?? []),
    files: inputFilesOf(options.baseDir ?? folder.inputs),
    outputs: outputFilesOf(folder.exports),
    reports: outputFilesOf(folder.reports),
    atWork: () => {},
    warn: (_code, message) => void notes.warnings.push(message),
    quarantine: (input) => void notes.quarantined.push(input),
    env: (variable) => options.env?.[variable],
    cacheDir: folder.cache,
    signal: options.signal ?? new AbortController().signal,
  };
}

function columnsOf(rows: readonly Row[]): Columns {
  const collector = new ColumnCollector();
  for (const row of rows) collector.add(row);
  return collector.columns();
}

interface Flowing {
  readonly config: unknown;
  readonly before: Columns;
  readonly inspection: Inspection;
}

/** A source adds the columns that it found besides those that it states. */
function flowOf(definition: StepDefinition<unknown>, { config, before, inspection }: Flowing): ColumnFlow {
  const flow = definition.columns(config, before);
  if (definition.kind !== "source" || inspection.columns === undefined) return flow;
  return { ...flow, adds: { ...inspection.columns, ...flow.adds } };
}

interface Processing {
  readonly config: unknown;
  readonly setup: StepSetup;
  readonly arrivals: readonly Arrival[];
  readonly isReversed: boolean;
}

interface Processed extends Pick<StepRun, "report" | "counted"> {
  readonly settled: readonly SettledRow[];
}

interface Arriving {
  readonly definition: StepDefinition<unknown>;
  readonly setup: StepSetup;
  readonly effects: MemoryEffects;
  readonly models: ModelsDouble;
}

function arrivalsOf(
  rows: readonly Row[],
  { definition: { needs }, setup, effects, models }: Arriving,
): readonly Arrival[] {
  return rows.map((input, index): Arrival => {
    const rowId = sourceRowId("rows", index);
    const context = rowContextOf(setup, effects, rowId);
    return {
      input,
      rowId,
      context: { ...context, models: modelsDouble(models, { needs, effect: context.effect }) },
    };
  });
}

/** A report with the paths of its files as they are in a folder, where they are in it. */
function reportIn(folder: string, report: SinkReport): SinkReport {
  const files = report.files.map((file) => {
    const isInside = isAbsolute(file.path) && isWithin(folder, file.path);
    return isInside ? { ...file, path: relative(folder, file.path).replaceAll(sep, "/") } : file;
  });
  return { ...report, files };
}

/** Writes rows into a sink that is then cut off, and gives what is left of them: paths of files. */
export async function abandonSink(
  { definition }: StepComponent,
  options: RunStepOptions,
): Promise<readonly string[]> {
  if (definition.kind !== "sink") throw new TypeError("Only a sink is cut off");
  await using folder = await makeScratchFolder(options.files ?? {});
  const config = validConfig(definition.name, definition.config, options.config ?? {});
  const setup = setupOf(definition.name, options, { folder, notes: { warnings: [], quarantined: [] } });
  const effects = options.effects ?? new MemoryEffects();
  const runner = await definition.open(config, setup);
  const models = options.models ?? {};
  for (const { input, context } of arrivalsOf(options.rows ?? [], { definition, setup, effects, models })) {
    await Promise.resolve(runner.write(input, context)).catch(() => {}); // Such a row fails; the rest goes on.
  }
  await runner.abort?.();
  return Object.keys((await folder.exported()).files);
}

async function process(definition: StepDefinition<unknown>, processing: Processing): Promise<Processed> {
  const { config, setup, arrivals, isReversed } = processing;
  switch (definition.kind) {
    case "source": {
      const runner = await definition.open(config, setup);
      const settled = await readSource(runner, setup.signal, (index) => sourceRowId(setup.step, index));
      return {
        settled,
        ...(runner.count === undefined ? {} : { counted: await runner.count(setup.signal) }),
      };
    }
    case "sink":
      return await writeSink(await definition.open(config, setup), arrivals);
    case "row":
      return await closing(
        await definition.open(config, setup),
        async (runner) => {
          const settled = await processConcurrently(runner, isReversed ? arrivals.toReversed() : arrivals);
          return isReversed ? settled.toReversed() : settled;
        },
      );
    case "ordered":
      return await closing(
        await definition.open(config, setup),
        (runner) => processInOrder(runner, arrivals),
      );
    case "batch": {
      const size = definition.batchSize(config);
      return await closing(
        await definition.open(config, setup),
        (runner) => processBatches(runner, arrivals, size),
      );
    }
    case "global":
      return await closing(
        await definition.open(config, setup),
        (runner) => processGlobally(runner, arrivals, setup.signal),
      );
  }
}

async function closing<Runner extends { readonly close?: () => void | Promise<void> }>(
  runner: Runner,
  use: (runner: Runner) => Promise<readonly SettledRow[]>,
): Promise<Processed> {
  try {
    return { settled: await use(runner) };
  } finally {
    await runner.close?.();
  }
}

function rowContextOf(setup: StepSetup, effects: MemoryEffects, rowId: string): RowContext {
  return {
    step: setup.step,
    rowId,
    signal: setup.signal,
    random: () => seededRandom(`${setup.seed}/${setup.step}/${rowId}`),
    effect: (request, perform) => effects.obtain(request, perform),
  };
}
