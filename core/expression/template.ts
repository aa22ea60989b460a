import { describeThrown, didYouMean, FastDistillError } from "../errors/mod.ts";
import type { Json, Row } from "../record/mod.ts";
import { type Jinja, JINJA_CONSTANTS, type JinjaNode, type JinjaProgram, loadJinja } from "./_jinja.ts";
import { failurePlace } from "./_template_place.ts";
import { type TemplateVariables, templateVariables } from "./_template_variables.ts";
import { templateText } from "./template_text.ts";

/** A text with holes that rows fill: a Jinja template, read once. */
export interface Template {
  /** As it was written. */
  readonly text: string;
  /** The columns that a row must have, in the order of their first use. Names that the template binds itself are not among them. */
  readonly variables: readonly string[];
  /** Columns that it can do without: those that it tests with `is defined` or gives a `default`. */
  readonly optionalVariables: readonly string[];
  /**
   * Fills the holes.
   * @throws {FastDistillError} `step.template_variable` when the row lacks a variable, `step.template` for anything else
   */
  readonly render: (row: Row) => string;
}

/** How a template is called in messages. */
export interface TemplateOptions {
  /** What messages call it. @default {"template"} */
  readonly name?: string;
}

/** Reads a template. @throws {FastDistillError} `step.template`, with line and column in `context` */
export type TemplateCompiler = (text: string, options?: TemplateOptions) => Template;

/**
 * Reads a Jinja template.
 *
 * Texts are inserted as they are, numbers and booleans as JSON writes them, lists and objects as JSON, null as nothing.
 * A line that holds only a statement leaves no empty line behind (`trim_blocks`, `lstrip_blocks`), and one line end at the
 * end of the template is dropped. A template cannot run code, read the clock or reach anything but its row; the functions
 * that it may call are `range`, `namespace` and `raise_exception`. A field that an object in a column lacks renders as
 * nothing, as in Jinja; only columns are checked.
 *
 * @throws {FastDistillError} `step.template` when it cannot be read, with line and column in `context`
 *
 * @example
 * ```ts
 * import { compileTemplate } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const template = await compileTemplate("{{ question | trim }} {% for hint in hints %}[{{ hint }}]{% endfor %}");
 * assertEquals(template.variables, ["question", "hints"]);
 * assertEquals(template.render({ question: " Why? ", hints: ["a", "b"] }), "Why? [a][b]");
 * ```
 */
export async function compileTemplate(text: string, options: TemplateOptions = {}): Promise<Template> {
  return (await templateCompiler())(text, options);
}

/**
 * Loads the template engine, so that templates can be read where nothing may wait, such as in a step's `columns`.
 *
 * @example At the top of the module of a step
 * ```ts
 * import { templateCompiler } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const compileTemplate = await templateCompiler();
 *
 * assertEquals(compileTemplate("{{ a }} and {{ b }}").variables, ["a", "b"]);
 * ```
 */
export async function templateCompiler(): Promise<TemplateCompiler> {
  const jinja = await loadJinja();
  return (text, { name = "template" } = {}) => compile(jinja, { text, name });
}

interface Source {
  readonly text: string;
  readonly name: string;
}

function compile(jinja: Jinja, source: Source): Template {
  const program = parse(jinja, source);
  const found = templateVariables(program.body);
  checkNames(jinja, source, found);
  return {
    text: source.text,
    variables: found.required,
    optionalVariables: found.optional,
    render: pieceRenderer(program.body, source) ?? programRenderer(program, source, found),
  };
}

function parse(jinja: Jinja, source: Source): JinjaProgram {
  try {
    return jinja.parse(jinja.tokenize(source.text));
  } catch (cause) {
    const place = failurePlace(jinja, source.text);
    const where = place === undefined ? "" : `, line ${place.line}, column ${place.column}`;
    const near = place === undefined ? "" : `, near "${place.near}"`;
    throw new FastDistillError(
      "step.template",
      `Cannot read the template "${source.name}"${where}${near}: ${parseReason(cause)}`,
      { cause, context: { template: source.name, ...place } },
    );
  }
}

function parseReason(cause: unknown): string {
  // The parser runs past its last token when something is left open.
  if (cause instanceof TypeError) return "it ends before a block is closed";
  const reason = describeThrown(cause).replace(/^Parser Error: /, "").replace(/\.$/, "");
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}

function renderReason(cause: unknown): string {
  // The library leaves loops by errors without a message.
  if (cause instanceof Error && cause.message === "") return "break or continue stands outside a loop";
  return describeThrown(cause);
}

/** The filters that `@huggingface/jinja` 0.5 knows; it would refuse others only when a row is rendered. */
const FILTERS: readonly string[] =
  ("abs bool capitalize default dictsort first float get indent int items join keys last length list lower map " +
    "rejectattr replace reverse safe selectattr sort string title tojson trim unique upper values").split(
      " ",
    );

function checkNames(jinja: Jinja, source: Source, { filters, tests }: TemplateVariables): void {
  const filter = filters.find((name) => !FILTERS.includes(name));
  const test = tests.find((name) => !jinja.isTest(name));
  const wrong = filter ?? test;
  if (wrong === undefined) return;
  const [kind, known] = filter !== undefined ? ["filter", FILTERS] as const : ["test", jinja.tests] as const;
  throw new FastDistillError(
    "step.template",
    `The template "${source.name}" uses the ${kind} "${wrong}", which does not exist${
      didYouMean(wrong, known)
    }`,
    { context: { template: source.name } },
  );
}

/** A template of texts and plain holes needs no interpreter. `undefined` for any other. */
function pieceRenderer(body: readonly JinjaNode[], source: Source): Template["render"] | undefined {
  const holes: string[] = [];
  const texts = [""];
  for (const node of body) {
    if (node.type === "Identifier" && !JINJA_CONSTANTS.has(node.value)) {
      holes.push(node.value);
      texts.push("");
    } else if (node.type === "StringLiteral") texts[texts.length - 1] += node.value;
    else if (node.type !== "Comment") return undefined;
  }
  return (row) => {
    let result = texts[0]!;
    for (let index = 0; index < holes.length; index++) {
      const value = row[holes[index]!];
      result += (typeof value === "string" ? value : templateText(present(row, holes[index]!, source))) +
        texts[index + 1]!;
    }
    return result;
  };
}

function programRenderer(
  program: JinjaProgram,
  source: Source,
  { required, optional }: TemplateVariables,
): Template["render"] {
  return (row) => {
    const variables = new Map<string, Json>(required.map((name) => [name, present(row, name, source)]));
    for (const name of optional) if (Object.hasOwn(row, name)) variables.set(name, row[name]!);
    try {
      return program.run(variables);
    } catch (cause) {
      throw new FastDistillError(
        "step.template",
        `Cannot render the template "${source.name}": ${renderReason(cause)}`,
        { cause, context: { template: source.name } },
      );
    }
  };
}

function present(row: Row, name: string, source: Source): Json {
  if (Object.hasOwn(row, name) && row[name] !== undefined) return row[name];
  throw new FastDistillError(
    "step.template_variable",
    `The template "${source.name}" names "${name}", which is not a column of the row${
      didYouMean(name, Object.keys(row))
    }`,
    { context: { template: source.name, variable: name } },
  );
}
