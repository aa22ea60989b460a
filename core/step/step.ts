import {
  checkComponentName,
  type ComponentNotes,
  type ConfigSchema,
  type InspectContext,
  type Inspection,
  type PluginOrigin,
} from "../component/mod.ts";
import type { Capability } from "../provider/mod.ts";
import type { Columns, JsonObject, Row } from "../record/mod.ts";
import type { ColumnFlow } from "./column_flow.ts";
import type { RowContext, StepSetup } from "./context.ts";
import type { Outcome } from "./outcome.ts";

/** What steps of every kind state. */
export interface StepBase<Config> extends ComponentNotes {
  /** Name in the registry, snake_case. */
  readonly name: string;
  /** Raised whenever the step gives other output for the same input; part of the pipeline signature. */
  readonly version: number;
  /** One sentence. */
  readonly summary: string;
  /** Schema of what stands under `with`. */
  readonly config: ConfigSchema<Config>;
  /** What the provider that the pipeline names for the step must be able to do; without it the step needs none. */
  readonly needs?: Exclude<Capability, "chat">;
  /** Pure: which columns the step reads, adds and removes. `before` holds the columns that reach it. */
  readonly columns: (config: Config, before: Columns) => ColumnFlow;
  /** Looks at files before the run; throws what the user must mend. */
  readonly inspect?: (config: Config, context: InspectContext) => Promise<Inspection>;
}

/** Makes rows from nothing but its configuration. */
export interface SourceDefinition<Config> extends StepBase<Config> {
  /** Tells the kinds apart. */
  readonly kind: "source";
  /** Makes a source of a valid configuration. */
  readonly open: (config: Config, setup: StepSetup) => SourceRunner | Promise<SourceRunner>;
}

/** One row in, one outcome out; rows are processed concurrently and in no particular order. */
export interface RowStepDefinition<Config> extends StepBase<Config> {
  /** Tells the kinds apart. */
  readonly kind: "row";
  /** Called once a run, before the first row. */
  readonly open: (config: Config, setup: StepSetup) => RowRunner | Promise<RowRunner>;
}

/** Like a row step, but called with one row at a time in canonical order, so that it may carry state. */
export interface OrderedStepDefinition<Config> extends StepBase<Config> {
  /** Tells the kinds apart. */
  readonly kind: "ordered";
  /** Called once a run, before the first row; state belongs in what it gives back. */
  readonly open: (config: Config, setup: StepSetup) => RowRunner | Promise<RowRunner>;
}

/** Up to `batchSize` rows in, as many outcomes out, aligned by position. */
export interface BatchStepDefinition<Config> extends StepBase<Config> {
  /** Tells the kinds apart. */
  readonly kind: "batch";
  /** Most rows of one call; the last batch may be smaller. */
  readonly batchSize: (config: Config) => number;
  /** Called once a run, before the first row. */
  readonly open: (config: Config, setup: StepSetup) => BatchRunner | Promise<BatchRunner>;
}

/** Sees all rows, in canonical order, before it must give the first one back. */
export interface GlobalStepDefinition<Config> extends StepBase<Config> {
  /** Tells the kinds apart. */
  readonly kind: "global";
  /** Called once a run, before the first row. */
  readonly open: (config: Config, setup: StepSetup) => GlobalRunner | Promise<GlobalRunner>;
}

/** Writes rows, in canonical order, and lets them pass. */
export interface SinkDefinition<Config> extends StepBase<Config> {
  /** Tells the kinds apart. */
  readonly kind: "sink";
  /** Called once a run, before the first row. */
  readonly open: (config: Config, setup: StepSetup) => SinkRunner | Promise<SinkRunner>;
}

/** Any step. */
export type StepDefinition<Config> =
  | SourceDefinition<Config>
  | RowStepDefinition<Config>
  | OrderedStepDefinition<Config>
  | BatchStepDefinition<Config>
  | GlobalStepDefinition<Config>
  | SinkDefinition<Config>;

/** The kinds of step. */
export type StepKind = StepDefinition<unknown>["kind"];

/** A source at work. */
export interface SourceRunner {
  /** The rows, in canonical order, the same in every run. */
  readonly rows: (signal: AbortSignal) => AsyncIterable<Row>;
  /**
   * How many rows those are, where that can be told with less work than making them, and without a call. What is planned
   * before a run relies on it; a run asks once, beside its work, and only where its progress is watched.
   */
  readonly count?: (signal: AbortSignal) => Promise<number>;
}

/** A row or ordered step at work. */
export interface RowRunner {
  /** Settles one row; what it throws fails the row. */
  readonly process: (row: Row, context: RowContext) => Outcome | Promise<Outcome>;
  /** Called once, after the last row, however the run ends. */
  readonly close?: () => void | Promise<void>;
}

/** A batch step at work. */
export interface BatchRunner {
  /** Settles several rows; what it throws fails all of them. */
  readonly process: (rows: readonly Row[], contexts: readonly RowContext[]) => Promise<readonly Outcome[]>;
  /** Called once, after the last row, however the run ends. */
  readonly close?: () => void | Promise<void>;
}

/** A row as a global step sees it. */
export interface KeyedRow {
  /** By which the outcome refers to it. */
  readonly rowId: string;
  /** The row itself. */
  readonly row: Row;
}

/** What a global step says of one row that it was given. Every row must get exactly one. */
export interface KeyedOutcome {
  /** As it was given. */
  readonly rowId: string;
  /** What becomes of the row. */
  readonly outcome: Outcome;
}

/** A global step at work. The order in which it gives rows back is the canonical order from here on. */
export interface GlobalRunner {
  /** Takes all rows and gives all back; what it throws ends the run. */
  readonly process: (rows: AsyncIterable<KeyedRow>, signal: AbortSignal) => AsyncIterable<KeyedOutcome>;
  /** Called once, after the last row, however the run ends. */
  readonly close?: () => void | Promise<void>;
}

/** What a sink wrote. */
export interface SinkReport {
  /** Paths relative to the run folder, with digest. */
  readonly files: readonly {
    readonly path: string;
    readonly sha256: string;
    readonly size: number;
    readonly rows: number;
  }[];
  /** What else is worth knowing; JSON. */
  readonly facts?: JsonObject;
}

/** A sink at work. */
export interface SinkRunner {
  /** Writes the next row; what it throws fails the row, and `data.write_failed` ends the run. */
  readonly write: (row: Row, context: RowContext) => void | Promise<void>;
  /** Called once after the last row; makes the files appear. */
  readonly close: () => Promise<SinkReport>;
  /** Called instead of `close` when the run is cut off; leaves nothing half-written behind. */
  readonly abort?: () => Promise<void>;
}

/** A step as the registry holds it. */
export interface StepComponent {
  /** Tells the kinds of component apart. */
  readonly component: "step";
  /** The definition; its configuration type is known to its own schema only. */
  readonly definition: StepDefinition<unknown>;
  /** Where it comes from, when it runs in a sandbox. */
  readonly plugin?: PluginOrigin | undefined;
}

/**
 * Defines a step. The result is what a module exports as its default, and what the registry finds by name.
 *
 * @example A row step
 * ```ts
 * import { defineStep, pass } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 *
 * const shout = defineStep({
 *   kind: "row",
 *   name: "shout",
 *   version: 1,
 *   summary: "Writes a text in capitals",
 *   config: z.strictObject({ field: z.string() }),
 *   columns: ({ field }) => ({ requires: [{ column: field, type: "string" }], adds: { [field]: "string" } }),
 *   open: ({ field }) => ({
 *     process: (row) => pass({ ...row, [field]: String(row[field]).toUpperCase() }),
 *   }),
 * });
 * assertEquals(shout.definition.name, "shout");
 * ```
 */
export function defineStep<Config>(definition: StepDefinition<Config>): StepComponent {
  checkComponentName(definition.name);
  return { component: "step", definition: definition as StepDefinition<unknown> };
}
