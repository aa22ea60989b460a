import type { ConfigSchema, SchemaResult } from "../component/mod.ts";
import { FastDistillError } from "../errors/mod.ts";
import { canonicalJson, type Columns, isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import { askSandboxSync } from "../runtime/mod.ts";
import type { ColumnFlow } from "../step/mod.ts";
import { checkFlow } from "./check_flow.ts";
import { badMessage, errorOfPlugin, refusePrototype } from "./check_outcome.ts";
import { type PluginCode, type PluginFacts, startOf } from "./plugin_code.ts";

const ANSWERS_MAX = 200;

/** Asks a plugin what the contract wants at once: each question in a sandbox of its own, each answer remembered. */
export class PluginQuestions {
  readonly #code: PluginCode;
  readonly #answers: Map<string, Json> = new Map();
  /** The configuration as it was given, by what the plugin made of it. */
  readonly #given: WeakMap<object, Json> = new WeakMap();

  constructor(code: PluginCode) {
    this.#code = code;
  }

  /** The plugin's schema, as the host sees it. */
  schemaOf({ schema }: PluginFacts): ConfigSchema<unknown> {
    const convert = (side: "input" | "output") => ({ jsonSchema: () => schema[side] ?? {} }).jsonSchema;
    const standard = {
      version: 1 as const,
      vendor: "fastdistill-plugin",
      validate: (value: unknown) => this.#validate(value as Json),
      jsonSchema: { input: convert("input"), output: convert("output") },
    };
    return { "~standard": standard };
  }

  /** What `open` of the plugin gets: the configuration before it was made valid, since its schema may change it. */
  givenOf(config: unknown): Json {
    return (typeof config === "object" && config !== null ? this.#given.get(config) : undefined) ??
      config as Json;
  }

  /** Rows of a batch. */
  batchSizeOf(config: unknown): number {
    const size = (this.#ask("validate", { config: this.givenOf(config) }) as JsonObject).batchSize;
    if (Number.isSafeInteger(size) && (size as number) > 0) return size as number;
    throw badMessage("states no size of a batch");
  }

  /** What the plugin does to columns. */
  columnsOf(config: unknown, before: Columns): ColumnFlow {
    return checkFlow(this.#ask("columns", { config: this.givenOf(config), before }));
  }

  #validate(config: Json): SchemaResult<unknown> {
    const found = this.#ask("validate", { config });
    if (!isJsonObject(found)) throw badMessage("checks a configuration without a result");
    if (Array.isArray(found.issues)) {
      return { issues: found.issues.filter(isJsonObject).map(issueOf) };
    }
    const { value = null } = found;
    if (typeof value === "object" && value !== null) this.#given.set(value, config);
    return { value };
  }

  #ask(method: string, params: JsonObject): Json {
    const key = `${method} ${canonicalJson(params)}`;
    const known = this.#answers.get(key);
    if (known !== undefined) return structuredClone(known) as Json;
    const code = this.#code;
    const request = JSON.stringify({ type: "request", id: 1, method, params });
    const lines = askSandboxSync({ ...startOf(code, {}), limits: code.limits ?? {} }, [request]);
    const answer = answerIn(lines);
    if (this.#answers.size < ANSWERS_MAX) this.#answers.set(key, answer);
    return structuredClone(answer) as Json;
  }
}

function issueOf({ message, path, code, keys }: JsonObject) {
  return {
    message: String(message),
    ...(Array.isArray(path)
      ? { path: path.map((part) => typeof part === "number" ? part : String(part)) }
      : {}),
    ...(typeof code === "string" ? { code } : {}),
    ...(Array.isArray(keys) ? { keys: keys.map(String) } : {}),
  };
}

function answerIn(lines: readonly string[]): Json {
  for (const line of lines) {
    const message: unknown = JSON.parse(line);
    refusePrototype(message);
    if (!isJsonObject(message)) continue;
    const error = isJsonObject(message.error) ? errorOfPlugin(message.error) : undefined;
    if (message.type === "failed") {
      throw new FastDistillError("plugin.failed", `The plugin does not load: ${error?.message}`);
    }
    if (message.type !== "reply") continue;
    if (error !== undefined) throw new FastDistillError("plugin.failed", error.message);
    return message.value ?? null;
  }
  throw badMessage("ended without an answer");
}
