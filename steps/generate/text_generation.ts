import {
  defineTask,
  FastDistillError,
  type GenerationOptions,
  type Json,
  type Row,
  type StepSpec,
  stepSpec,
  type TaskAnswer,
  type TaskComponent,
  templateCompiler,
  type TemplateVariables,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { templateRequirements } from "../_shared/template_requirements.ts";

const compileTemplate = await templateCompiler();

const column = z.string().min(1).nullable();
const CONFIG = z.strictObject({
  template: z.string().min(1).describe("What the model is asked: a template that the row fills"),
  system_prompt: z.string().min(1).optional().describe("System message, a template too; none when absent"),
  to: z.string().min(1).default("generation").describe("Column that receives the answer"),
  model_column: column.default("model_name").describe(
    "Column that receives the model's version string; null for none",
  ),
  sample_column: column.default("sample_index").describe(
    "Column that receives the position among the n samples of the row, from 0; null for none",
  ),
  finish_column: column.default("finish_reason").describe(
    "Column that receives why the model stopped: stop, length, tool_calls or other; null for none",
  ),
}).superRefine((config, context) => {
  const names = [config.to, config.model_column, config.sample_column, config.finish_column];
  const twice = names.find((name, index) => name !== null && names.indexOf(name) < index);
  if (twice !== undefined) {
    context.addIssue({ code: "custom", message: `The column "${twice}" is given twice` });
  }
});

type Config = z.infer<typeof CONFIG>;

/**
 * Asks a model for a text. With `n` above 1 each row becomes `n` rows, one a sample.
 *
 * An answer that is empty, or white space alone, ends the row as `failed(step.parse)`; one that the endpoint's content
 * filter stopped ends it as `failed(provider.content_filter)`, whatever text came along. An answer that was cut at the
 * token limit passes on with the finish reason `length`, for a later step to judge.
 */
const textGenerationTask: TaskComponent = defineTask({
  name: "text_generation",
  version: 1,
  promptVersion: 1,
  summary: "Asks a model for a text",
  config: CONFIG,
  columns: (config) => {
    const { user, system } = compile(config);
    return {
      requires: [
        ...templateRequirements(user, ["template"]),
        ...(system === undefined ? [] : templateRequirements(system, ["system_prompt"])),
      ],
      adds: {
        [config.to]: "string",
        ...(config.model_column === null ? {} : { [config.model_column]: "string" }),
        ...(config.sample_column === null ? {} : { [config.sample_column]: "number" }),
        ...(config.finish_column === null ? {} : { [config.finish_column]: "string" }),
      },
    };
  },
  open: (config) => {
    const { user, system } = compile(config);
    return {
      prompt: (row) => ({
        messages: [
          ...(system === undefined ? [] : [{ role: "system" as const, content: system.render(row) }]),
          { role: "user", content: user.render(row) },
        ],
      }),
      parse: (text, _row, answer) => columnsOf(config, text, answer),
    };
  },
});

export default textGenerationTask;

function compile({ template, system_prompt }: Config) {
  return {
    user: compileTemplate(template, { name: "template" }),
    system: system_prompt === undefined
      ? undefined
      : compileTemplate(system_prompt, { name: "system_prompt" }),
  };
}

function columnsOf(config: Config, text: string, { finish_reason, model, sample_index }: TaskAnswer): Row {
  const context = { finish_reason: finish_reason.raw, model };
  if (finish_reason.kind === "content_filter") {
    throw new FastDistillError(
      "provider.content_filter",
      "The endpoint's content filter stopped the answer",
      {
        context,
      },
    );
  }
  if (text.trim() === "") {
    throw new FastDistillError("step.parse", `Read an answer, found an empty one (${finish_reason.kind})`, {
      context,
      hint: finish_reason.kind === "length" ? "Raise max_tokens: thinking may have used them all" : undefined,
    });
  }
  return {
    [config.to]: text,
    ...(config.model_column === null ? {} : { [config.model_column]: model }),
    ...(config.sample_column === null ? {} : { [config.sample_column]: sample_index }),
    ...(config.finish_column === null ? {} : { [config.finish_column]: finish_reason.kind }),
  };
}

/** What {@linkcode textGeneration} takes besides the generation options (`n`, `temperature`, `max_tokens` and so on). */
export interface TextGenerationConfig<Template extends string, To extends string> {
  /** What the model is asked: a template that the row fills. */
  readonly template: Template;
  /** System message, a template too. @default {none} */
  readonly system_prompt?: string;
  /** Column that receives the answer. @default {"generation"} */
  readonly to?: To;
}

/**
 * Asks a model for a text, in a TypeScript pipeline. The compiler takes the columns that the row must have from the
 * template. The columns for model, sample and finish reason have their default names; where others are wanted, use
 * `stepSpec("text_generation", ...)`.
 *
 * @example
 * ```ts
 * import { textGeneration } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * const teach = textGeneration({ template: "Write SQL for: {{ question }}", to: "answer", n: 4, temperature: 0.7 });
 * assertEquals(teach.with.n, 4);
 * ```
 */
export function textGeneration<const Template extends string, const To extends string = "generation">(
  config: TextGenerationConfig<Template, To> & Partial<GenerationOptions>,
): StepSpec<
  Record<TemplateVariables<Template>, Json>,
  Record<NoInfer<To>, string> & {
    readonly model_name: string;
    readonly sample_index: number;
    readonly finish_reason: string;
  }
> {
  return stepSpec("text_generation", { ...config });
}
