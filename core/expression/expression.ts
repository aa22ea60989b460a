import { describeThrown, didYouMean, FastDistillError } from "../errors/mod.ts";
import type { Json, Row } from "../record/mod.ts";
import { type Cel, celInput, type CelProgram, loadCel } from "./_cel.ts";
import { type ExpressionNames, expressionNames } from "./_expression_names.ts";
import { placeOf } from "./_template_place.ts";

/** A CEL expression over the columns of a row, read and planned once. */
export interface Expression {
  /** As it was written. */
  readonly text: string;
  /** The columns that it reads, in the order of their first use. */
  readonly variables: readonly string[];
  /**
   * Its value for one row.
   * @throws {FastDistillError} `step.expression` when the row lacks a column, or an operation does not fit its values
   */
  readonly evaluate: (row: Row) => Json;
}

/** How an expression is called in messages. */
export interface ExpressionOptions {
  /** What messages call it. @default {"expression"} */
  readonly name?: string;
}

/** Reads an expression. @throws {FastDistillError} `step.expression`, with line and column in `context` */
export type ExpressionCompiler = (text: string, options?: ExpressionOptions) => Expression;

/**
 * Reads a CEL expression.
 *
 * JSON numbers are doubles. They compare with the integers that the expression writes (`n > 3`), and, beyond what CEL
 * itself has, also add, subtract, multiply, divide and leave remainders with them (`n % 2 == 0`). A column that is null
 * equals `null` and nothing else; to order it or to compute with it is an error, unless it is tested first
 * (`score != null && score >= 0.5`). The string functions of CEL's extension library are there, a clock is not.
 *
 * Source: cel.dev, language definition.
 *
 * @throws {FastDistillError} `step.expression` when it cannot be read, with line and column in `context`
 *
 * @example
 * ```ts
 * import { compileExpression } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const expression = await compileExpression("exec_pass && score >= 0.5");
 * assertEquals(expression.variables, ["exec_pass", "score"]);
 * assertEquals(expression.evaluate({ exec_pass: true, score: 0.7 }), true);
 * ```
 */
export async function compileExpression(text: string, options: ExpressionOptions = {}): Promise<Expression> {
  return (await expressionCompiler())(text, options);
}

/**
 * Loads the expression engine, so that expressions can be read where nothing may wait, such as in a step's `columns`.
 *
 * @example At the top of the module of a step
 * ```ts
 * import { expressionCompiler } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const compileExpression = await expressionCompiler();
 *
 * assertEquals(compileExpression("size(answer) > 3").variables, ["answer"]);
 * ```
 */
export async function expressionCompiler(): Promise<ExpressionCompiler> {
  const cel = await loadCel();
  return (text, { name = "expression" } = {}) => compile(cel, { text, name });
}

interface Source {
  readonly text: string;
  readonly name: string;
}

function compile(cel: Cel, source: Source): Expression {
  const program = parse(cel, source);
  const names = expressionNames(program.root, cel.isFunction);
  checkCalls(cel, { source, program, names });
  return {
    text: source.text,
    variables: names.variables,
    evaluate: (row) => evaluate(cel, { source, program, names }, row),
  };
}

interface Compiled {
  readonly source: Source;
  readonly program: CelProgram;
  readonly names: ExpressionNames;
}

function parse(cel: Cel, source: Source): CelProgram {
  try {
    return cel.parse(source.text);
  } catch (cause) {
    const place = placeOf(source.text, offsetOf(cause) ?? 0);
    const near = place.near === "" ? "its end" : `"${place.near}"`;
    throw new FastDistillError(
      "step.expression",
      `Cannot read the ${source.name} as CEL, line ${place.line}, column ${place.column}, near ${near}: ${source.text}`,
      { cause, hint: hintFor(source.text), context: { expression: source.text, ...place } },
    );
  }
}

function offsetOf(cause: unknown): number | undefined {
  const { location } = cause as { readonly location?: { readonly start?: { readonly offset?: number } } };
  return location?.start?.offset;
}

/** What people write who come from other languages, outside of quotes. */
const HABITS: readonly (readonly [RegExp, string])[] = [
  [/[=!]==/, "CEL compares with == and !="],
  [/(^|[^=!<>])=([^=]|$)/, "CEL compares with =="],
  [/\b(and|or)\b/i, "CEL combines with && and ||"],
  [/\bnot\b/i, "CEL negates with !"],
];

function hintFor(text: string): string | undefined {
  const bare = text.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, '""');
  return HABITS.find(([habit]) => habit.test(bare))?.[1];
}

function checkCalls(cel: Cel, { source, program, names }: Compiled): void {
  const wrong = names.calls.find(({ name }) => /^[a-z]/i.test(name) && !cel.isFunction(name));
  if (wrong === undefined) return;
  const { line, column } = placeOf(source.text, program.positions[String(wrong.id)] ?? 0);
  throw new FastDistillError(
    "step.expression",
    `The ${source.name} calls "${wrong.name}", which does not exist, line ${line}, column ${column}${
      didYouMean(wrong.name, cel.functions)
    }: ${source.text}`,
    { context: { expression: source.text, line, column } },
  );
}

function evaluate(cel: Cel, { source, program, names }: Compiled, row: Row): Json {
  const variables: Record<string, unknown> = Object.create(null);
  for (const name of names.variables) {
    if (!Object.hasOwn(row, name)) throw missing(source, name, row);
    variables[name] = celInput(row[name]!);
  }
  const value = program.evaluate(variables);
  if (!cel.isError(value)) return cel.toJson(value, source.text);
  const absent = names.variables.filter((name) => row[name] === null);
  throw new FastDistillError(
    "step.expression",
    `Cannot evaluate the ${source.name} "${source.text}": ${describeThrown(value)}`,
    {
      hint: absent.length === 0
        ? undefined
        : `${absent.join(", ")} is null; test it first: ${absent[0]} != null && ...`,
      context: { expression: source.text },
    },
  );
}

function missing(source: Source, name: string, row: Row): FastDistillError {
  return new FastDistillError(
    "step.expression",
    `The ${source.name} "${source.text}" names "${name}", which is not a column of the row${
      didYouMean(name, Object.keys(row))
    }`,
    { context: { expression: source.text, variable: name } },
  );
}
