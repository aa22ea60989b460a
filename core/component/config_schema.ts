/** One problem that a schema found. A superset of what Standard Schema states; zod fills all of it. */
export interface SchemaIssue {
  /** What is wrong, for people. */
  readonly message: string;
  /** Keys from the outermost to the value; absent or empty for the whole value. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  /** Machine name of the problem, such as zod's `unrecognized_keys`. */
  readonly code?: string | undefined;
  /** The unknown keys, where that is the problem. */
  readonly keys?: readonly string[] | undefined;
}

/** What a schema answers: the value with defaults filled in, or the issues. */
export type SchemaResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/**
 * A configuration schema: any Standard Schema (zod 4, valibot, arktype). Validation must be synchronous and strict
 * about unknown keys. With `~standard.jsonSchema` (zod 4 has it) templates, references and editor support come for free.
 *
 * Source: standardschema.dev, version 1.
 */
export interface ConfigSchema<T> {
  /** What Standard Schema asks for: `validate` gives the value with defaults filled in, or the issues. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<T> | Promise<SchemaResult<T>>;
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
  };
}

/** What a {@linkcode ConfigSchema} makes of a value. @throws {TypeError} when the schema answers with a promise. */
export function checkConfig<T>(schema: ConfigSchema<T>, value: unknown): SchemaResult<T> {
  const result = checkedOnce(schema, value) ?? schema["~standard"].validate(value);
  if (result instanceof Promise) throw new TypeError("A configuration schema must validate synchronously");
  return result;
}

/** As zod is, where a schema is one of zod. Source: zod.dev, ParseContext. */
interface ZodSchema<T> {
  readonly safeParse?: (value: unknown, context: { readonly jitless: boolean }) => {
    readonly data?: T;
    readonly error?: { readonly issues: readonly SchemaIssue[] };
  };
}

/**
 * What zod makes of a value without writing code for the schema first, which takes longer than checking a configuration
 * once; nothing for other schemas, and for those that zod can only check asynchronously.
 */
function checkedOnce<T>(schema: ConfigSchema<T>, value: unknown): SchemaResult<T> | undefined {
  const { safeParse } = schema as ZodSchema<T>;
  if (schema["~standard"].vendor !== "zod" || safeParse === undefined) return undefined;
  try {
    const { data, error } = safeParse(value, { jitless: true });
    return error === undefined ? { value: data as T } : { issues: error.issues };
  } catch {
    return undefined; // Standard Schema tells it by a promise.
  }
}

/** The path of an issue as plain keys. */
export function issuePath(issue: SchemaIssue): readonly (string | number)[] {
  return (issue.path ?? []).map((part) => {
    const key = typeof part === "object" ? part.key : part;
    return typeof key === "symbol" ? String(key) : key;
  });
}
