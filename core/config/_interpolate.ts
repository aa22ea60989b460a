import { FastDistillError, isSecretKey, REDACTED, redactText } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import { atKeyPath } from "./_key_path.ts";
import type { KeyPath, LoadedPipeline } from "./loaded_pipeline.ts";

/** `$${`, a placeholder, or the beginning of one that is not closed. */
const PLACEHOLDER = /\$\$\{|\$\{env:([^}]*)\}|\$\{env:/g;
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/** Where values of variables come from, and where in the configuration they go. */
export interface InterpolateOptions {
  readonly readEnv: (name: string) => string | undefined;
  readonly locate: LoadedPipeline["locate"];
}

/** A configuration with its placeholders replaced, and what went wrong. */
export interface Interpolated {
  readonly value: JsonObject;
  readonly errors: readonly FastDistillError[];
}

/**
 * Replaces `${env:NAME}` and `${env:NAME:-default}` in every text of a configuration, and `$${` by `${`. Keys stay as
 * they are. What comes out of a placeholder is text, whatever it looks like. As in a shell, the default of `:-` also
 * stands in for a variable that is empty.
 */
export function interpolate(config: JsonObject, options: InterpolateOptions): Interpolated {
  const errors: FastDistillError[] = [];
  const replace = (value: Json, path: KeyPath): Json => {
    if (typeof value === "string") return replaceText(value, { ...options, path, errors });
    if (Array.isArray(value)) return value.map((item, index) => replace(item, [...path, index]));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, replace(item, [...path, key])]),
    );
  };
  return { value: replace(config, []) as JsonObject, errors };
}

interface TextOptions extends InterpolateOptions {
  readonly path: KeyPath;
  readonly errors: FastDistillError[];
}

function replaceText(text: string, { readEnv, locate, path, errors }: TextOptions): string {
  if (!text.includes("${")) return text;
  const refuse = (code: "config.missing_env" | "config.invalid_value", message: string, hint: string) => {
    errors.push(
      new FastDistillError(code, message + atKeyPath(path), { hint, location: locate(path)?.location }),
    );
  };
  return text.replace(PLACEHOLDER, (whole: string, inside: string | undefined) => {
    if (whole === "$${") return "${";
    const [, name, fallback] = VARIABLE.exec(inside ?? "") ?? [];
    if (name === undefined) {
      const found = inside === undefined ? 'one without "}"' : `"${redactText(whole)}"`;
      const message = `Expected \${env:NAME} or \${env:NAME:-default}, found ${found},`;
      refuse("config.invalid_value", message, "Write $${ where ${ is meant as text");
      return whole;
    }
    const value = readEnv(name);
    if (fallback !== undefined) return value === undefined || value === "" ? fallback : value;
    if (value !== undefined) return value;
    const hint = `Set the variable ${name}, or write a default: \${env:${name}:-default}`;
    refuse("config.missing_env", `Environment variable ${name} is not set, and is needed`, hint);
    return whole;
  });
}

/** Whether a text asks for a variable. */
export function hasPlaceholder(value: unknown): boolean {
  return typeof value === "string" && /(?<!\$)\$\{env:/.test(value);
}

/** A copy of a configuration whose placeholders stand but whose written-out credentials do not. */
export function withoutSecrets(config: JsonObject): JsonObject {
  const clean = (value: Json, key: string): Json => {
    if (typeof value === "string") return isSecretKey(key) ? withoutSecretText(value) : redactText(value);
    if (Array.isArray(value)) return value.map((item) => clean(item, key));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, clean(item, isSecretKey(key) ? key : name)]),
    );
  };
  return clean(config, "") as JsonObject;
}

function withoutSecretText(text: string): string {
  const name = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?\}$/s.exec(text);
  if (name === null) return text === "" ? "" : REDACTED;
  return name[2] ? `\${env:${name[1]}:-${REDACTED}}` : text;
}
