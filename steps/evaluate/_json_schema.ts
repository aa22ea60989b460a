import { FastDistillError, isJsonObject, type Json, type JsonObject } from "@fastdistill/core/authoring";
import type { Schema } from "@cfworker/json-schema";
import { fencedBlock } from "../_shared/fenced_block.ts";
import { type LinearPattern, linearPatternCompiler } from "../_shared/linear_pattern.ts";
import { type CollectedSchema, collectSchema, schemaProblem } from "./_schema_bounds.ts";

/** A JSON Schema that is ready to use. */
export interface CompiledSchema {
  /** What is wrong with a value, each with the place; empty when it is valid. */
  readonly problems: (value: Json) => readonly string[];
}

const PROBLEMS_MAX = 20;
const PROBLEM_CHARS_MAX = 200;
const SHOWN_CHARS = 80;
const VALUES_MAX = 20_000;
const DEPTH_MAX = 100;
/** Keywords whose keys are names that the author of the schema chose. */
const MAPS = new Set(["properties", "$defs", "definitions", "dependentSchemas"]);
/** Keywords that only say that something inside of them is wrong. */
const CONTAINERS = new Set([
  "properties",
  "patternProperties",
  "items",
  "prefixItems",
  "$ref",
  "allOf",
  "if",
]);

/**
 * Loads the validator, for draft 2020-12 without `$dynamicRef`. References must stay inside of a schema, and patterns are
 * matched in linear time, so that neither a schema nor a value can hold up or reach out.
 */
export async function jsonSchemaCompiler(): Promise<(schema: Json) => CompiledSchema> {
  const [{ Validator }, compilePattern] = await Promise.all([
    import("@cfworker/json-schema"),
    linearPatternCompiler(),
  ]);
  const validate = (schema: Json, value: Json) =>
    new Validator(structuredClone(schema) as Schema, "2020-12", false).validate(value);
  return (schema) => {
    const collected = collectSchema(schema);
    const patterns = compileAll(collected, compilePattern);
    const fixed = patterns.size === 0
      ? new Validator(structuredClone(schema) as Schema, "2020-12", false)
      : undefined;
    return {
      problems: (value) => {
        const strings = stringsIn(value);
        if (typeof strings === "string") return [strings];
        const { valid, errors } = fixed?.validate(value) ??
          validate(withLiterals(schema, patterns, strings), value);
        return valid ? [] : problemsOf(errors);
      },
    };
  };
}

function compileAll(
  { patterns }: CollectedSchema,
  compile: (source: string) => LinearPattern,
): ReadonlyMap<string, LinearPattern> {
  return new Map(patterns.map(({ source, path }) => {
    try {
      return [source, compile(source)];
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      throw schemaProblem(path, `a pattern that cannot be used: ${cause.message}`);
    }
  }));
}

/**
 * The schema with each pattern replaced by one that lists the strings of the value on which it matches: of the same
 * meaning for this value, and safe to hand to an engine that backtracks.
 */
function withLiterals(
  schema: Json,
  patterns: ReadonlyMap<string, LinearPattern>,
  strings: ReadonlySet<string>,
): Json {
  const literals = new Map<string, string>();
  for (const [source, pattern] of patterns) {
    const matching = [...strings].filter(pattern.test);
    literals.set(source, matching.length === 0 ? "[]" : `^(?:${matching.map(escaped).join("|")})$`);
  }
  const replace = (value: Json, isMap: boolean): Json => {
    if (Array.isArray(value)) return value.map((item) => replace(item, false));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => {
        if (isMap) return [name, replace(item, false)];
        if (name === "pattern" && typeof item === "string") return [name, literals.get(item) ?? item];
        if (name === "enum" || name === "const") return [name, item];
        if (name !== "patternProperties" || !isJsonObject(item)) return [name, replace(item, MAPS.has(name))];
        const renamed = Object.entries(item).map(([source, inner]) =>
          [literals.get(source) ?? source, replace(inner, false)] as const
        );
        return [name, withoutTwins(renamed)];
      }),
    );
  };
  return replace(schema, false);
}

/** Patterns that match the same strings become one, of which both schemas must hold. */
function withoutTwins(entries: readonly (readonly [string, Json])[]): JsonObject {
  const schemas = new Map<string, Json[]>();
  for (const [source, schema] of entries) {
    const known = schemas.get(source);
    if (known === undefined) schemas.set(source, [schema]);
    else known.push(schema);
  }
  return Object.fromEntries(
    [...schemas].map(([source, all]) => [source, all.length === 1 ? all[0]! : { allOf: all }]),
  );
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** All strings and keys of a value; a problem where it is too large or too deep. */
function stringsIn(value: Json): ReadonlySet<string> | string {
  const strings = new Set<string>();
  const open: { readonly value: Json; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let count = 0; open.length > 0; count++) {
    const { value: next, depth } = open.pop()!;
    if (count >= VALUES_MAX) return `: more than ${VALUES_MAX} values`;
    if (depth > DEPTH_MAX) return `: more than ${DEPTH_MAX} levels`;
    if (typeof next === "string") strings.add(next);
    else if (Array.isArray(next)) { for (const item of next) open.push({ value: item, depth: depth + 1 }); }
    else if (isJsonObject(next)) {
      for (const [key, item] of Object.entries(next)) {
        strings.add(key);
        open.push({ value: item, depth: depth + 1 });
      }
    }
  }
  return strings;
}

interface Finding {
  readonly keyword: string;
  readonly keywordLocation: string;
  readonly instanceLocation: string;
  readonly error: string;
}

function problemsOf(errors: readonly Finding[]): readonly string[] {
  const telling = errors.filter(({ keyword, keywordLocation }) =>
    !CONTAINERS.has(keyword) ||
    !errors.some((other) => other.keywordLocation.startsWith(`${keywordLocation}/`))
  );
  const shown = telling.length > 1 ? telling.filter(({ keyword }) => keyword !== "false") : telling;
  const problems = shown.map(({ instanceLocation, error }) =>
    `${instanceLocation.replace(/^#/, "")}: ${error.replace(/\.$/, "")}`.slice(0, PROBLEM_CHARS_MAX)
  );
  const distinct = [...new Set(problems)];
  const rest = distinct.length - PROBLEMS_MAX;
  return rest <= 0 ? distinct : [...distinct.slice(0, PROBLEMS_MAX), `: ${rest} more problems`];
}

/**
 * Reads a text as JSON, also one that stands in a Markdown fence, where that is allowed.
 * @throws {FastDistillError} `data.malformed` with what is wrong
 */
export function parseJsonText(text: string, { allowFence }: { readonly allowFence: boolean }): Json {
  const fenced = allowFence ? fencedBlock(text)?.inner : undefined;
  try {
    return JSON.parse(fenced ?? text) as Json;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    // What the engine says of it differs from engine to engine.
    const found = text.trim() === "" ? "nothing" : JSON.stringify(text.slice(0, SHOWN_CHARS));
    throw new FastDistillError("data.malformed", `Read JSON, found ${found}`, { cause });
  }
}
