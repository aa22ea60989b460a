import type { Json, JsonObject } from "@fastdistill/core";
import { branchesOf, type SchemaKey, schemaKeys, schemaWords } from "./schema_words.ts";

/** A component as its template is made of. */
export interface TemplateComponent {
  readonly component: "provider" | "step" | "task";
  readonly name: string;
  readonly summary: string;
  /** JSON Schema of its configuration, where it has one. */
  readonly schema: JsonObject | undefined;
  /** JSON Schema of what the runtime adds to it. */
  readonly generation?: JsonObject;
  readonly asksProvider: boolean;
}

/** YAML of an entry of `steps` or `providers`: what must be there, and as comments what may be. */
export function renderComponentTemplate(component: TemplateComponent): string {
  const { component: kind, name, summary, schema, generation, asksProvider } = component;
  const keys = schema === undefined ? [] : keysOf(schema);
  const further = generation === undefined
    ? []
    : keysOf(generation).filter(({ name }) => !keys.some((own) => own.name === name));
  const isOptional = keys.every(({ isRequired }) => !isRequired);
  return [
    `# ${summary} (${kind})`,
    `${kind === "provider" ? "providers" : "steps"}:`,
    `  my_${kind}:`,
    `    use: ${name}`,
    ...(asksProvider ? ["    provider: my_provider"] : []),
    ...(keys.length + further.length === 0 ? [] : [isOptional ? "    # with:" : "    with:"]),
    ...[...keys, ...further].flatMap((key) => keyLines(key, "      ")),
    "",
  ].join("\n");
}

/** YAML of a whole file: every key of the top level, with what it is for. */
export function renderPipelineTemplate(schema: JsonObject): string {
  const lines = keysOf(schema).flatMap((key) => {
    const fixed = FIXED[key.name];
    return fixed === undefined ? keyLines(key, "") : [...commentOf(key, ""), ...fixed];
  });
  return [...lines, ""].join("\n");
}

/** What a file needs to be one. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  version: ["version: 1"],
  name: ["name: my_pipeline"],
  steps: [
    "steps:",
    "  questions:",
    "    use: read_jsonl",
    "    with: { path: questions.jsonl }",
    "  answers:",
    "    use: text_generation",
    "    provider: teacher",
    '    with: { template: "{{ question }}" }',
    "    stage: answers",
  ],
  providers: [
    "providers:",
    "  teacher:",
    "    use: openai_compatible",
    '    with: { base_url: "http://127.0.0.1:11434/v1", model: "qwen2.5:7b" }',
  ],
};

/** What must be there comes first. */
function keysOf(schema: JsonObject): readonly SchemaKey[] {
  return schemaKeys(schema).toSorted((a, b) => Number(b.isRequired) - Number(a.isRequired));
}

function keyLines(key: SchemaKey, indent: string): readonly string[] {
  const { schema, isRequired } = key;
  const value = JSON.stringify(schema.default ?? exampleOf(schema));
  return [...commentOf(key, indent), `${indent}${isRequired ? "" : "# "}${key.name}: ${value}`];
}

function commentOf({ schema, isRequired }: SchemaKey, indent: string): readonly string[] {
  const facts = [schemaWords(schema), isRequired ? "required" : undefined].filter((fact) =>
    fact !== undefined
  );
  const description = typeof schema.description === "string" ? schema.description : "";
  const text = [description, facts.length === 0 ? "" : `(${facts.join(", ")})`].filter((part) => part !== "")
    .join(" ");
  return text === "" ? [] : [`${indent}# ${text.replaceAll("\n", " ")}`];
}

function exampleOf(schema: JsonObject): Json {
  if (Array.isArray(schema.enum)) return schema.enum[0] ?? "";
  if (schema.const !== undefined) return schema.const;
  const [first] = branchesOf(schema);
  if (first !== undefined) return exampleOf(first);
  switch (schema.type) {
    case "number":
    case "integer":
      return typeof schema.minimum === "number" ? schema.minimum : 1;
    case "boolean":
      return true;
    case "array":
      return [];
    case "object":
      return {};
    default:
      return "...";
  }
}
