import {
  columnTypeOf,
  defineStep,
  expressionCompiler,
  type Json,
  type JsonObject,
  pass,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
  templateCompiler,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { templateRequirements } from "../_shared/template_requirements.ts";

const compileTemplate = await templateCompiler();
const compileExpression = await expressionCompiler();

const CONFIG = z.strictObject({
  set: z.record(z.string().min(1), z.json()).default({}).describe("Column to constant"),
  expr: z.record(z.string().min(1), z.string()).default({}).describe("Column to CEL expression over the row"),
  template: z.record(z.string().min(1), z.string()).default({}).describe(
    "Column to template that the row fills",
  ),
}).superRefine(({ set, expr, template }, context) => {
  const names = [set, expr, template].flatMap(Object.keys);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (names.length === 0) context.addIssue({ code: "custom", message: "Give set, expr or template" });
  if (twice !== undefined) {
    context.addIssue({ code: "custom", message: `The column "${twice}" is set twice` });
  }
});

type Config = z.infer<typeof CONFIG>;

/**
 * Sets columns, each from the row as it came in: none sees what another sets. A row on which an expression or a template
 * does not work ends as `failed(step.expression)`, `failed(step.template)` or `failed(step.template_variable)`.
 */
const setColumnsStep: StepComponent = defineStep({
  kind: "row",
  name: "set_columns",
  version: 1,
  summary: "Sets columns to constants, CEL expressions or filled templates",
  config: CONFIG,
  columns: (config) => {
    const { expressions, templates } = compile(config);
    return {
      requires: [
        ...expressions.flatMap(([name, { variables }]) =>
          variables.map((column) => ({ column, at: ["expr", name] }))
        ),
        ...templates.flatMap(([name, template]) => templateRequirements(template, ["template", name])),
      ],
      adds: {
        ...Object.fromEntries(
          Object.entries(config.set).map(([name, value]) => [name, columnTypeOf(value) ?? "any"]),
        ),
        ...Object.fromEntries(expressions.map(([name]) => [name, "any" as const])),
        ...Object.fromEntries(templates.map(([name]) => [name, "string" as const])),
      },
    };
  },
  open: (config) => {
    const { expressions, templates } = compile(config);
    return {
      process: (row) => {
        const values: Row = {
          ...config.set,
          ...Object.fromEntries(expressions.map(([name, expression]) => [name, expression.evaluate(row)])),
          ...Object.fromEntries(templates.map(([name, template]) => [name, template.render(row)])),
        };
        return pass({ ...row, ...values });
      },
    };
  },
});

export default setColumnsStep;

function compile({ expr, template }: Config) {
  return {
    expressions: Object.entries(expr).map(([name, text]) =>
      [name, compileExpression(text, { name: `expr.${name}` })] as const
    ),
    templates: Object.entries(template).map(([name, text]) =>
      [name, compileTemplate(text, { name: `template.${name}` })] as const
    ),
  };
}

/**
 * Sets columns to constants, CEL expressions or filled templates, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { setColumns } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * const step = setColumns({ set: { split: "train" }, template: { prompt: "Q: {{ question }}" } });
 * assertEquals(step.use, "set_columns");
 * ```
 */
export function setColumns<
  // deno-lint-ignore ban-types -- no columns at all
  const S extends JsonObject = {},
  const E extends string = never,
  const T extends string = never,
>(config: {
  readonly set?: S;
  readonly expr?: Readonly<Record<E, string>>;
  readonly template?: Readonly<Record<T, string>>;
}): StepSpec<Record<never, Json>, NoInfer<S> & Record<NoInfer<E>, Json> & Record<NoInfer<T>, string>> {
  return stepSpec("set_columns", config);
}
