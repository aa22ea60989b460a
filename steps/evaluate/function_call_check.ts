import {
  defineStep,
  isFastDistillError,
  isJsonObject,
  type Json,
  type JsonObject,
  nearestName,
  pass,
  reject,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { type CompiledSchema, jsonSchemaCompiler } from "./_json_schema.ts";
import {
  matchCalls,
  type MatchRules,
  wantedByLists,
  type WantedCall,
  wantedExactly,
} from "./_match_calls.ts";
import { type FoundCall, type FoundTool, readCalls, readTools } from "./_tool_calls.ts";

const SCHEMAS_KEPT_MAX = 1000;

const CONFIG = z.strictObject({
  calls: z.string().min(1).default("tool_calls").describe("Column with the calls, as a list or as text"),
  tools: z.string().min(1).optional().describe("Column with the tools that may be called"),
  definitions: z.array(z.record(z.string(), z.json())).min(1).optional().describe(
    "The tools that may be called, where they are the same for all rows",
  ),
  gold: z.string().min(1).optional().describe("Column with the calls that are right"),
  gold_format: z.enum(["calls", "accepted_values"]).default("calls").describe(
    "How right calls are given: as calls, or with a list of accepted values for each argument, as in BFCL",
  ),
  order: z.enum(["any", "same"]).default("any").describe(
    "Whether calls may come in another order than the right ones",
  ),
  allow_extra: z.boolean().default(false).describe("Whether there may be calls besides the right ones"),
  strings: z.enum(["exact", "loose"]).default("exact").describe(
    "Whether texts are compared to the letter, or without regard to case, white space and punctuation",
  ),
  required: z.array(z.string().min(1)).default([]).describe("Names of tools that must be called"),
  min_calls: z.int().nonnegative().default(1).describe("Fewest calls; 0 where no call is an answer too"),
  max_calls: z.int().positive().max(64).default(64).describe("Most calls"),
  action: z.enum(["mark", "reject"]).default("mark").describe(
    "What becomes of a row with wrong calls: it passes with its marks, or is rejected as invalid_call or call_mismatch",
  ),
}).refine(({ tools, definitions }) => (tools === undefined) !== (definitions === undefined), {
  message: "Give tools or definitions, and not both",
  path: ["tools"],
});

type Config = z.infer<typeof CONFIG>;

/**
 * Checks calls of tools: whether each names a tool that is there and has arguments that are valid against its JSON Schema,
 * and, where right calls are given, whether they are these. Calls are read in OpenAI's form, as `{name, arguments}`, as JSON
 * text, or between `<tool_call>` tags. Calls that cannot be read are wrong, not a failure; tools or right calls that cannot
 * be read fail the row.
 *
 * Calls are compared as the abstract syntax tree check of the Berkeley Function-Calling Leaderboard does: by name and by the
 * value of each argument. An argument that is left out stands for the default of its schema.
 */
const functionCallCheckStep: StepComponent = defineStep({
  kind: "row",
  name: "function_call_check",
  version: 1,
  summary: "Checks calls of tools: names, arguments against schemas, and whether they are the right ones",
  citation:
    "S. Patil et al., Gorilla: large language model connected with massive APIs (arXiv:2305.15334), and its Berkeley Function-Calling Leaderboard",
  config: CONFIG,
  columns: ({ calls, tools, gold }) => ({
    requires: [
      { column: calls, at: ["calls"] },
      ...(tools === undefined ? [] : [{ column: tools, at: ["tools"] }]),
      ...(gold === undefined ? [] : [{ column: gold, at: ["gold"] }]),
    ],
    adds: { calls_valid: "boolean", calls_match: "boolean", call_errors: "array" },
  }),
  inspect: async ({ definitions }) => {
    if (definitions !== undefined) (await toolCompiler())(readTools(definitions));
    return {};
  },
  open: async (config) => {
    const compile = await toolCompiler();
    const fixed = config.definitions === undefined ? undefined : compile(readTools(config.definitions));
    return {
      process: (row) => {
        const tools = fixed ?? compile(readTools(row[config.tools!] ?? null));
        return settle(row, judgeCalls(row, { config, tools }), config);
      },
    };
  },
});

export default functionCallCheckStep;

interface UsableTool {
  readonly schema: CompiledSchema | undefined;
  readonly defaults: JsonObject;
}

type Tools = ReadonlyMap<string, UsableTool>;

/** Compiles tools, each schema once, as rows tend to share them. */
async function toolCompiler(): Promise<(tools: readonly FoundTool[]) => Tools> {
  const compile = await jsonSchemaCompiler();
  const compiled = new Map<string, CompiledSchema>();
  const schemaOf = (parameters: Json) => {
    const key = JSON.stringify(parameters);
    const schema = compiled.get(key) ?? compile(parameters);
    if (compiled.size >= SCHEMAS_KEPT_MAX) compiled.clear();
    compiled.set(key, schema);
    return schema;
  };
  return (tools) =>
    new Map(tools.map(({ name, parameters }) => [name, {
      schema: parameters === undefined || parameters === null ? undefined : schemaOf(parameters),
      defaults: defaultsOf(parameters ?? null),
    }]));
}

function defaultsOf(parameters: Json): JsonObject {
  const properties = isJsonObject(parameters) ? parameters.properties ?? null : null;
  if (!isJsonObject(properties)) return {};
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, schema]) =>
      isJsonObject(schema) && schema.default !== undefined ? [[name, schema.default]] : []
    ),
  );
}

interface Verdict {
  readonly valid: readonly string[];
  /** `undefined` when there is nothing to compare with. */
  readonly match: readonly string[] | undefined;
}

function judgeCalls(
  row: Row,
  { config, tools }: { readonly config: Config; readonly tools: Tools },
): Verdict {
  const gold = config.gold === undefined ? null : row[config.gold] ?? null;
  const wanted = gold === null ? undefined : wantedOf(gold, config);
  const calls = callsOf(row[config.calls] ?? null);
  if (typeof calls === "string") return { valid: [calls], match: wanted && [calls] };
  const rules: MatchRules = {
    isOrdered: config.order === "same",
    allowExtra: config.allow_extra,
    isLoose: config.strings === "loose",
    defaultsOf: (tool) => tools.get(tool)?.defaults ?? {},
  };
  return { valid: validate(calls, tools, config), match: wanted && matchCalls(calls, wanted, rules) };
}

function wantedOf(gold: Json, { gold_format }: Config): readonly WantedCall[] {
  return gold_format === "calls" ? wantedExactly(readCalls(gold)) : wantedByLists(gold);
}

function callsOf(value: Json): readonly FoundCall[] | string {
  try {
    return readCalls(value);
  } catch (cause) {
    if (!isFastDistillError(cause)) throw cause;
    return cause.message;
  }
}

function validate(calls: readonly FoundCall[], tools: Tools, config: Config): readonly string[] {
  const { min_calls, max_calls, required } = config;
  return [
    ...(calls.length < min_calls ? [`${calls.length} calls, at least ${min_calls}`] : []),
    ...(calls.length > max_calls ? [`${calls.length} calls, at most ${max_calls}`] : []),
    ...calls.flatMap((call, index) => problemsOf(call, tools).map((problem) => `call ${index}: ${problem}`)),
    ...required.filter((name) => !calls.some((call) => call.name === name)).map((name) =>
      `no call of ${name}`
    ),
  ];
}

function problemsOf(call: FoundCall, tools: Tools): readonly string[] {
  const tool = tools.get(call.name);
  if (tool === undefined) {
    const near = nearestName(call.name, [...tools.keys()]);
    return [`there is no tool ${call.name}${near === undefined ? "" : `; ${near} is near`}`];
  }
  if (call.arguments === undefined) return [`the arguments of ${call.name} are no JSON object`];
  return (tool.schema?.problems(call.arguments) ?? []).map((problem) => `${call.name}${problem}`);
}

function settle(row: Row, { valid, match }: Verdict, { action }: Config) {
  const errors = [...valid, ...(match ?? []).filter((problem) => !valid.includes(problem))];
  if (action === "reject" && errors.length > 0) {
    return reject(valid.length > 0 ? "invalid_call" : "call_mismatch", errors.join("; "));
  }
  return pass({
    ...row,
    calls_valid: valid.length === 0,
    calls_match: match === undefined ? null : match.length === 0 && valid.length === 0,
    call_errors: errors,
  });
}

/** Configuration of {@linkcode functionCallCheck}: `tools` or `definitions`, and what else differs from the defaults. */
export interface FunctionCallCheckConfig<Calls extends string, Tools extends string, Gold extends string> {
  /** Column with the calls, as a list or as text. @default {"tool_calls"} */
  readonly calls?: Calls;
  /** Column with the tools that may be called. */
  readonly tools?: Tools;
  /** The tools that may be called, where they are the same for all rows. */
  readonly definitions?: readonly JsonObject[];
  /** Column with the calls that are right. */
  readonly gold?: Gold;
  /** How right calls are given. @default {"calls"} */
  readonly gold_format?: "calls" | "accepted_values";
  /** Whether calls may come in another order than the right ones. @default {"any"} */
  readonly order?: "any" | "same";
  /** Whether there may be calls besides the right ones. @default {false} */
  readonly allow_extra?: boolean;
  /** Whether texts are compared to the letter. @default {"exact"} */
  readonly strings?: "exact" | "loose";
  /** Names of tools that must be called. @default {[]} */
  readonly required?: readonly string[];
  /** Fewest calls. @default {1} */
  readonly min_calls?: number;
  /** Most calls. @default {64} */
  readonly max_calls?: number;
  /** What becomes of a row with wrong calls. @default {"mark"} */
  readonly action?: "mark" | "reject";
}

/** The columns that {@linkcode functionCallCheck} adds. */
export interface FunctionCallColumns {
  /** Whether every call names a tool and has valid arguments. */
  readonly calls_valid: boolean;
  /** Whether the calls are the right ones; null where none are given. */
  readonly calls_match: boolean | null;
  /** What is wrong, in words. */
  readonly call_errors: readonly string[];
}

/**
 * Checks calls of tools: names, arguments against schemas, and whether they are the right ones, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { functionCallCheck } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(functionCallCheck({ tools: "tools", gold: "gold_calls" }).use, "function_call_check");
 * ```
 */
export function functionCallCheck<
  const Calls extends string = "tool_calls",
  const Tools extends string = never,
  const Gold extends string = never,
>(
  config: FunctionCallCheckConfig<Calls, Tools, Gold>,
): StepSpec<Record<NoInfer<Calls> | Tools | Gold, Json>, FunctionCallColumns> {
  return stepSpec("function_call_check", { ...config });
}
