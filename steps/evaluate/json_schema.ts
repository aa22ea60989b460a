import {
  defineStep,
  FastDistillError,
  type InputFiles,
  isFastDistillError,
  type Json,
  type JsonObject,
  pass,
  reject,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { type CompiledSchema, jsonSchemaCompiler, parseJsonText } from "./_json_schema.ts";

const SCHEMA_BYTES_MAX = 4 * 1024 * 1024;

const CONFIG = z.strictObject({
  from: z.string().min(1).default("generation").describe(
    "Column with the value, or with a text that is to be JSON",
  ),
  schema: z.record(z.string(), z.json()).optional().describe("JSON Schema, draft 2020-12"),
  schema_file: z.string().min(1).optional().describe(
    "JSON file with the schema, relative to the pipeline file",
  ),
  to: z.string().min(1).default("schema_valid").describe("Column that receives whether the value is valid"),
  errors_to: z.string().min(1).default("schema_errors").describe(
    "Column that receives what is wrong, each with its place; an empty list when nothing is",
  ),
  parsed_to: z.string().min(1).optional().describe(
    "Column that receives the value as JSON; null where the text is none",
  ),
  allow_fence: z.boolean().default(true).describe("Whether a text may stand in a Markdown fence"),
  max_chars: z.int().min(1).max(10_000_000).default(200_000).describe("Characters that a text may have"),
  action: z.enum(["mark", "reject"]).default("mark").describe(
    "What becomes of an invalid row: it passes with its marks, or is rejected as not_json or schema_invalid",
  ),
}).refine(({ schema, schema_file }) => (schema === undefined) !== (schema_file === undefined), {
  message: "Give schema or schema_file, and not both",
  path: ["schema"],
});

type Config = z.infer<typeof CONFIG>;

/**
 * Checks a value, or a text that is to be JSON, against a JSON Schema of draft 2020-12. `$ref` must stay inside of the
 * schema, `$dynamicRef` is not supported, patterns have RE2's syntax (no lookaround), and formats are checked. Values are
 * checked up to 20,000 parts and 100 levels; beyond them they are invalid.
 */
const jsonSchemaStep: StepComponent = defineStep({
  kind: "row",
  name: "json_schema",
  version: 1,
  summary: "Checks a value, or a text that is to be JSON, against a JSON Schema",
  citation: "JSON Schema, draft 2020-12",
  config: CONFIG,
  columns: ({ from, to, errors_to, parsed_to }) => ({
    requires: [{ column: from, at: ["from"] }],
    adds: {
      [to]: "boolean",
      [errors_to]: "array",
      ...(parsed_to === undefined ? {} : { [parsed_to]: "any" }),
    },
  }),
  inspect: async (config, { files }) => {
    await compileSchema(config, files);
    const { schema_file } = config;
    if (schema_file === undefined) return {};
    return { inputs: [{ name: schema_file, ...await files.fingerprint(schema_file) }] };
  },
  open: async (config, { files }) => {
    const schema = await compileSchema(config, files);
    return { process: (row) => settle(row, { config, schema }) };
  },
});

export default jsonSchemaStep;

async function compileSchema({ schema, schema_file }: Config, files: InputFiles): Promise<CompiledSchema> {
  const compile = await jsonSchemaCompiler();
  if (schema_file === undefined) return compile(schema as JsonObject);
  const text = await files.readText(schema_file, { bytesMax: SCHEMA_BYTES_MAX });
  try {
    return compile(JSON.parse(text) as Json);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new FastDistillError(
      "data.invalid_schema",
      `Read a JSON Schema from ${schema_file}, found no JSON: ${cause.message}`,
      { cause },
    );
  }
}

function settle(row: Row, { config, schema }: { readonly config: Config; readonly schema: CompiledSchema }) {
  const { from, to, errors_to, parsed_to, action } = config;
  const read = readValue(row[from] ?? null, config);
  const problems = read.problem === undefined ? schema.problems(read.value) : [read.problem];
  if (action === "reject" && problems.length > 0) {
    return reject(read.problem === undefined ? "schema_invalid" : "not_json", problems.join("; "));
  }
  const parsed = parsed_to === undefined ? {} : { [parsed_to]: read.value };
  return pass({ ...row, [to]: problems.length === 0, [errors_to]: problems, ...parsed });
}

interface ReadValue {
  readonly value: Json;
  readonly problem?: string;
}

/** Text is JSON to be read; everything else is a value already. */
function readValue(value: Json, { allow_fence, max_chars }: Config): ReadValue {
  if (typeof value !== "string") return { value };
  if (value.length > max_chars) {
    return { value: null, problem: `: ${value.length} characters, at most ${max_chars}` };
  }
  try {
    return { value: parseJsonText(value, { allowFence: allow_fence }) };
  } catch (cause) {
    if (!isFastDistillError(cause)) throw cause;
    return { value: null, problem: `: ${cause.message}` };
  }
}

/** Configuration of {@linkcode jsonSchema}: `schema` or `schema_file`, and what else differs from the defaults. */
export interface JsonSchemaConfig<From extends string, To extends string, Errors extends string> {
  /** Column with the value, or with a text that is to be JSON. @default {"generation"} */
  readonly from?: From;
  /** JSON Schema, draft 2020-12. */
  readonly schema?: JsonObject;
  /** JSON file with the schema, relative to the pipeline file. */
  readonly schema_file?: string;
  /** Column that receives whether the value is valid. @default {"schema_valid"} */
  readonly to?: To;
  /** Column that receives what is wrong. @default {"schema_errors"} */
  readonly errors_to?: Errors;
  /** Column that receives the value as JSON; the compiler does not know of it. */
  readonly parsed_to?: string;
  /** Whether a text may stand in a Markdown fence. @default {true} */
  readonly allow_fence?: boolean;
  /** Characters that a text may have. @default {200000} */
  readonly max_chars?: number;
  /** What becomes of an invalid row. @default {"mark"} */
  readonly action?: "mark" | "reject";
}

/**
 * Checks a value, or a text that is to be JSON, against a JSON Schema, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { jsonSchema } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * const schema = { type: "object", required: ["answer"] };
 * assertEquals(jsonSchema({ schema, action: "reject" }).use, "json_schema");
 * ```
 */
export function jsonSchema<
  const From extends string = "generation",
  const To extends string = "schema_valid",
  const Errors extends string = "schema_errors",
>(
  config: JsonSchemaConfig<From, To, Errors>,
): StepSpec<
  Record<NoInfer<From>, Json>,
  Record<NoInfer<To>, boolean> & Record<NoInfer<Errors>, readonly string[]>
> {
  return stepSpec("json_schema", { ...config });
}
