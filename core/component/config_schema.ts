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
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) throw new TypeError("A configuration schema must validate synchronously");
  return result;
}

/** The path of an issue as plain keys. */
export function issuePath(issue: SchemaIssue): readonly (string | number)[] {
  return (issue.path ?? []).map((part) => {
    const key = typeof part === "object" ? part.key : part;
    return typeof key === "symbol" ? String(key) : key;
  });
}
