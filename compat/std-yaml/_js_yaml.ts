// The one file that names js-yaml: its schemas by name, and its exception turned into ours.
// @ts-types="@types/js-yaml"
import jsYaml, { type SchemaDefinition, type Type, type TypeConstructorOptions } from "js-yaml";
import { type YamlPosition, YamlSyntaxError } from "./yaml_syntax_error.ts";

/** A schema by name; each one but `failsafe` reads numbers, booleans and null, and `default` also dates and `<<`. */
export type SchemaType = "failsafe" | "json" | "core" | "default";

/** What js-yaml's objects hold, and its published types do not say. */
interface Built {
  readonly implicit: readonly Tagged[];
  readonly explicit: readonly Tagged[];
}
type Tagged = Type & { readonly tag: string };

// js-yaml 3 differs from the JSR package in two types: it reads `1:15` as a number of base 60, and bytes as a Node Buffer.
const core = new jsYaml.Schema({
  include: [jsYaml.FAILSAFE_SCHEMA],
  implicit: built(jsYaml.JSON_SCHEMA).implicit.map((type) =>
    /:(int|float)$/.test(type.tag)
      ? changed(type, { resolve: (data) => !String(data).includes(":") && type.resolve(data) })
      : type
  ),
});
const safe = new jsYaml.Schema({
  include: [core],
  implicit: [...built(jsYaml.DEFAULT_SAFE_SCHEMA).implicit],
  explicit: built(jsYaml.DEFAULT_SAFE_SCHEMA).explicit.map((type) =>
    type.tag.endsWith(":binary")
      ? changed(type, {
        construct: (data) => new Uint8Array(type.construct(data)),
        predicate: (data) => data instanceof Uint8Array,
      })
      : type
  ),
});

const SCHEMAS: Readonly<Record<SchemaType, SchemaDefinition>> = {
  failsafe: jsYaml.FAILSAFE_SCHEMA,
  json: core,
  core,
  default: safe,
};

function built(schema: object): Built {
  return schema as Built;
}

function changed(type: Type, change: TypeConstructorOptions): Type {
  return Object.assign(Object.create(type), change);
}

/** The js-yaml schema of that name; none of them can build a function or a class. */
export function schemaOf(name: SchemaType = "default"): SchemaDefinition {
  const schema = SCHEMAS[name];
  if (!schema) throw new TypeError(`Cannot use the YAML schema: not one of ${Object.keys(SCHEMAS)}: ${name}`);
  return schema;
}

interface Mark {
  readonly line: number;
  readonly column: number;
  readonly position: number;
  readonly buffer?: string;
  getSnippet(): string | null;
}

/** Our syntax error for a js-yaml exception, at `place()` if it names none; any other error comes back as it is. */
export function translated(error: unknown, place: () => YamlPosition = nowhere): unknown {
  if (!(error instanceof jsYaml.YAMLException)) return error;
  // The published types call `mark` unknown.
  const { reason, mark } = error as unknown as { readonly reason: string; readonly mark?: Mark };
  if (!mark) return new YamlSyntaxError(reason, place());
  const position = { line: mark.line + 1, column: mark.column + 1, offset: mark.position };
  return new YamlSyntaxError(reason, position, mark.getSnippet() ?? undefined);
}

/** Runs `read` and rethrows what js-yaml throws as our syntax error. */
export function translating<T>(read: () => T, place?: () => YamlPosition): T {
  try {
    return read();
  } catch (error) {
    throw translated(error, place);
  }
}

function nowhere(): YamlPosition {
  return { line: 1, column: 1, offset: 0 };
}

export { jsYaml };
