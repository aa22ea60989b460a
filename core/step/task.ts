import {
  checkComponentName,
  type ComponentNotes,
  type ConfigSchema,
  type InspectContext,
  type Inspection,
  type PluginOrigin,
} from "../component/mod.ts";
import type { ChatChoice, ChatMessage, ToolDefinition } from "../provider/mod.ts";
import type { Columns, JsonObject, Row } from "../record/mod.ts";
import type { ColumnFlow } from "./column_flow.ts";
import type { StepSetup } from "./context.ts";

/** What a task asks a model for one row. */
export interface TaskPrompt {
  /** The conversation so far. */
  readonly messages: readonly ChatMessage[];
  /** JSON Schema that the answer must follow. */
  readonly response_schema?: JsonObject;
  /** What the model may call. */
  readonly tools?: readonly ToolDefinition[];
}

/** A model's answer as a task reads it. */
export interface TaskAnswer extends ChatChoice {
  /** The model's version string as the endpoint stated it. */
  readonly model: string;
  /** Position among the `n` samples of the row, from 0. */
  readonly sample_index: number;
}

/** A task at work: two pure functions. They answer later where they run in a sandbox. */
export interface TaskRunner {
  /** What to ask for a row. Pure: the same row gives the same prompt. */
  readonly prompt: (row: Row) => TaskPrompt | Promise<TaskPrompt>;
  /**
   * The columns that an answer adds to its row.
   * @throws {FastDistillError} `step.parse` when the answer cannot be read; the row then ends as `failed(step.parse)`.
   */
  readonly parse: (text: string, row: Row, answer: TaskAnswer) => Row | Promise<Row>;
  /** Called once, after the last row, however the run ends. */
  readonly close?: () => void | Promise<void>;
}

/** A step that asks a model. The runtime renders, calls, retries, remembers, and expands a row into its `n` samples. */
export interface TaskDefinition<Config> extends ComponentNotes {
  /** Name in the registry, snake_case. */
  readonly name: string;
  /** Raised whenever `parse` gives other columns for the same answer. */
  readonly version: number;
  /** Raised whenever the wording of the prompt changes; part of every effect key. */
  readonly promptVersion: number;
  /**
   * Whether every row needs an answer of its own, even where the prompts are the same: for a task that starts from
   * nothing or samples a persona. The id of the row is then part of the effect key. @default {false}
   */
  readonly independent?: boolean;
  /** One sentence. */
  readonly summary: string;
  /** The task's own keys; `n`, `temperature`, `max_tokens` and the other generation options are the runtime's. */
  readonly config: ConfigSchema<Config>;
  /** Pure: which columns the task reads, and which an answer adds. */
  readonly columns: (config: Config, before: Columns) => ColumnFlow;
  /** Looks at files before the run; throws what the user must mend. */
  readonly inspect?: (config: Config, context: InspectContext) => Promise<Inspection>;
  /** Called once a run, before the first row. */
  readonly open: (config: Config, setup: StepSetup) => TaskRunner | Promise<TaskRunner>;
}

/** A task as the registry holds it. */
export interface TaskComponent {
  /** Tells the kinds of component apart. */
  readonly component: "task";
  /** What was defined; its configuration type is known to its own schema only. */
  readonly definition: TaskDefinition<unknown>;
  /** Where it comes from, when it runs in a sandbox. */
  readonly plugin?: PluginOrigin | undefined;
}

/**
 * Defines a task: a pure `prompt` and a pure `parse`.
 *
 * @example
 * ```ts
 * import { defineTask } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 *
 * const summary = defineTask({
 *   name: "one_line_summary",
 *   version: 1,
 *   promptVersion: 1,
 *   summary: "Says a text in one line",
 *   config: z.strictObject({ from: z.string() }),
 *   columns: ({ from }) => ({ requires: [{ column: from, type: "string" }], adds: { summary: "string" } }),
 *   open: ({ from }) => ({
 *     prompt: (row) => ({ messages: [{ role: "user", content: `Say in one line:\n${row[from]}` }] }),
 *     parse: (text) => ({ summary: text.trim() }),
 *   }),
 * });
 * assertEquals(summary.definition.promptVersion, 1);
 * ```
 */
export function defineTask<Config>(definition: TaskDefinition<Config>): TaskComponent {
  checkComponentName(definition.name);
  return { component: "task", definition: definition as TaskDefinition<unknown> };
}
