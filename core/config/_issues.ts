import { issuePath, type SchemaIssue } from "../component/mod.ts";
import { didYouMean, type ErrorCode, FastDistillError, isSecretKey, REDACTED } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import { hasPlaceholder } from "./_interpolate.ts";
import { atKeyPath, formatKeyPath } from "./_key_path.ts";
import { expectationAt, isMarked, keysAt, optionsAt, placeAt, type SchemaPlace } from "./_schema_keys.ts";
import { shownValue } from "./_shown_value.ts";
import type { KeyPath, LoadedPipeline } from "./loaded_pipeline.ts";

/** What zod states of an issue beyond {@linkcode SchemaIssue}. */
interface DetailedIssue extends SchemaIssue {
  /** For `invalid_union`: the issues of each branch, with paths that start at the union. */
  readonly errors?: readonly (readonly SchemaIssue[])[];
  /** For `invalid_key`: what is wrong with the key. */
  readonly issues?: readonly SchemaIssue[];
}

/** What the problems of a value are seen in the light of. */
export interface IssueContext {
  /** The value that the schema was given. */
  readonly value: unknown;
  /** Where that value stands in the configuration. */
  readonly path: KeyPath;
  readonly locate: LoadedPipeline["locate"];
  /** The JSON Schema, when there is one. */
  readonly schema: JsonObject | undefined;
  /** Keys that the top level of the value knows besides those of the schema. */
  readonly known?: readonly string[];
}

/** Turns what a schema found into errors that say where, what, and what was meant; in the order of the file. */
export function errorsOfIssues(
  issues: readonly SchemaIssue[],
  context: IssueContext,
): readonly FastDistillError[] {
  const errors = issues.flatMap(flattenUnion).flatMap((issue) => errorsOfIssue(issue, context));
  return errors.toSorted((a, b) => {
    if (a.location?.file !== b.location?.file) return 0;
    return (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
      (a.location?.column ?? 0) - (b.location?.column ?? 0);
  });
}

/** Throws the first of several errors with the others attached; does nothing when there is none. */
export function throwFirst(errors: readonly FastDistillError[]): void {
  const [first, ...related] = errors;
  if (first === undefined) return;
  if (related.length === 0) throw first;
  const { code, message, hint, cause, context, location } = first;
  throw new FastDistillError(code, message, {
    cause,
    context,
    related,
    ...(hint === undefined ? {} : { hint }),
    ...(location === undefined ? {} : { location }),
  });
}

/** Where a value fits the outer shape of one branch of a union, what is wrong inside is what is worth saying. */
function flattenUnion(issue: SchemaIssue): readonly SchemaIssue[] {
  const branches = (issue as DetailedIssue).errors ?? [];
  const inside = branches.find((branch) => branch.length > 0 && branch.every(isInside));
  if (inside === undefined) return [issue];
  return inside.map((one) => ({ ...one, path: [...(issue.path ?? []), ...(one.path ?? [])] })).flatMap(
    flattenUnion,
  );
}

function isInside({ path = [], keys = [] }: SchemaIssue): boolean {
  return path.length > 0 || keys.length > 0;
}

function errorsOfIssue(issue: SchemaIssue, context: IssueContext): readonly FastDistillError[] {
  const own = issuePath(issue);
  if (issue.keys !== undefined && issue.keys.length > 0) {
    return issue.keys.map((key) => unknownKey(key, { own, context }));
  }
  if ((issue as DetailedIssue).issues !== undefined) {
    return [invalidName(issue as DetailedIssue, { own, context })];
  }
  if (own.length > 0 && found(context.value, own) === undefined) return [missingKey({ own, context })];
  return [invalidValue(issue, { own, context })];
}

/** An issue's place. */
interface Place {
  /** The path inside the value that was checked. */
  readonly own: KeyPath;
  readonly context: IssueContext;
}

function unknownKey(key: string, { own, context }: Place): FastDistillError {
  const place = schemaPlace({ own, context });
  const known = [
    ...(place === undefined ? [] : keysAt(place)),
    ...(own.length === 0 ? context.known ?? [] : []),
  ];
  const at = [...context.path, ...own];
  return located("config.unknown_key", {
    message: `Unknown key "${key}"${atKeyPath(at)}${didYouMean(key, known)}`,
    path: [...at, key],
    context,
    ...(known.length === 0 ? {} : { hint: `Known keys: ${[...new Set(known)].toSorted().join(", ")}` }),
  });
}

function missingKey({ own, context }: Place): FastDistillError {
  const at = [...context.path, ...own];
  const place = schemaPlace({ own, context });
  const expectation = place === undefined ? undefined : expectationAt(place);
  const description = place?.nodes.map((node) => node.description).find((text) => typeof text === "string");
  const hint = [expectation && `Expected ${expectation}`, description].filter(Boolean).join(": ");
  return located("config.missing_key", {
    message: `Missing key "${at.at(-1)}"${atKeyPath(at.slice(0, -1))}`,
    path: at,
    context,
    ...(hint === "" ? {} : { hint }),
  });
}

function invalidName(issue: DetailedIssue, { own, context }: Place): FastDistillError {
  const at = [...context.path, ...own];
  const reason = issue.issues?.[0]?.message ?? issue.message;
  const message = `${reason}${atKeyPath(at.slice(0, -1))}, found "${at.at(-1)}"`;
  return located("config.invalid_value", { message, path: at, context });
}

function invalidValue(issue: SchemaIssue, { own, context }: Place): FastDistillError {
  const at = [...context.path, ...own];
  const place = schemaPlace({ own, context });
  const written = context.locate(at);
  const isWritten = written?.location.path === formatKeyPath(at) && written.written !== undefined;
  const raw = isWritten && hasPlaceholder(written.written) ? written.written : found(context.value, own);
  const isSecret = at.some((key) => isSecretKey(String(key))) ||
    (place !== undefined && isMarked(place, "secret"));
  const shown = isSecret ? REDACTED : shownValue(raw);
  const expectation = isStock(issue) && place !== undefined ? expectationAt(place) : undefined;
  const options = place === undefined ? [] : optionsAt(place).filter((option) => typeof option === "string");
  const suggestion = typeof raw === "string" && !isSecret ? didYouMean(raw, options) : "";
  const isCollection = raw !== null && typeof raw === "object";
  const message = expectation === undefined
    ? `Invalid value${atKeyPath(at)}: ${issue.message}${isCollection ? "" : `, found ${shown}`}`
    : `Expected ${expectation}${atKeyPath(at)}, found ${shown}${suggestion}`;
  const hint = hasPlaceholder(raw) ? "What ${env:NAME} gives is text; --set can give a number" : undefined;
  return located("config.invalid_value", {
    message,
    path: at,
    context,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Whether a schema library's own words say no more than the JSON Schema does. */
function isStock({ code, message }: SchemaIssue): boolean {
  return code !== "custom" && /^(?:Invalid |Too (?:small|big)|Unrecognized |Expected )/.test(message);
}

function schemaPlace({ own, context }: Place): SchemaPlace | undefined {
  return context.schema === undefined ? undefined : placeAt(context.schema, own);
}

function found(value: unknown, path: KeyPath): unknown {
  let here = value;
  for (const key of path) {
    const inside = Array.isArray(here)
      ? here
      : isJsonObject(here)
      ? here as Record<string | number, Json>
      : undefined;
    here = inside !== undefined && Object.hasOwn(inside, key)
      ? (inside as Record<string | number, Json>)[key]
      : undefined;
  }
  return here;
}

interface Located {
  readonly message: string;
  readonly path: KeyPath;
  readonly context: IssueContext;
  readonly hint?: string;
}

function located(code: ErrorCode, { message, path, context, hint }: Located): FastDistillError {
  const location = context.locate(path)?.location;
  return new FastDistillError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(location === undefined ? {} : { location: { ...location, path: formatKeyPath(path) } }),
  });
}
