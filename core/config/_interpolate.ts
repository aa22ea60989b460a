import {
  didYouMean,
  FastDistillError,
  isFastDistillError,
  isSecretKey,
  REDACTED,
  redactText,
} from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../record/mod.ts";
import { atKeyPath } from "./_key_path.ts";
import { ownValue, valueAt } from "./_merge.ts";
import type { KeyPath, LoadedPipeline } from "./loaded_pipeline.ts";

/** `$${`, a placeholder, or the beginning of one that is not closed. */
const PLACEHOLDER = /\$\$\{|\$\{(env|file|var):([^}]*)\}|\$\{(?:env|file|var):/g;
const ENVIRONMENT = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;
const WHOLE_VARIABLE = /^\$\{var:([^}]*)\}$/;
/** Characters of a text once everything is put in: variables may not multiply. */
const CHARS_MAX = 1024 * 1024;
const FORMS = "${env:NAME}, ${env:NAME:-default}, ${file:PATH} or ${var:NAME}";

/** Where what placeholders stand for comes from, and where in the configuration it goes. */
export interface InterpolateOptions {
  readonly readEnv: (name: string) => string | undefined;
  /** Text of a file, by its path as written. @throws {FastDistillError} */
  readonly readFile: (path: string) => string;
  readonly locate: LoadedPipeline["locate"];
}

/** A configuration with its placeholders replaced, and what went wrong. */
export interface Interpolated {
  readonly value: JsonObject;
  readonly errors: readonly FastDistillError[];
}

/**
 * Replaces `${env:NAME}`, `${env:NAME:-default}`, `${file:PATH}` and `${var:NAME}` in every text of a configuration, and
 * `$${` by `${`. Keys stay as they are. What comes out of `env` and `file` is text, whatever it looks like; a text that is
 * one `${var:NAME}` becomes the value of the variable, of whatever type. As in a shell, the default of `:-` also stands in
 * for a variable that is empty.
 */
export function interpolate(config: JsonObject, options: InterpolateOptions): Interpolated {
  const replacing = new Interpolation(config, options);
  return { value: replacing.whole(config), errors: replacing.errors };
}

interface Placeholder {
  readonly whole: string;
  readonly kind: string | undefined;
  readonly inside: string | undefined;
}

class Interpolation {
  readonly errors: FastDistillError[] = [];
  readonly #options: InterpolateOptions;
  readonly #written: Json | undefined;
  readonly #variables: Map<string, Json> = new Map();
  /** Variables whose values are being found, the outermost first. */
  readonly #open: string[] = [];

  constructor(config: JsonObject, options: InterpolateOptions) {
    this.#options = options;
    this.#written = config.variables;
  }

  whole(config: JsonObject): JsonObject {
    const entries = Object.entries(config).map(([key, value]) => {
      if (key !== "variables" || !isJsonObject(value)) return [key, this.#replace(value, [key])] as const;
      const names = Object.keys(value);
      return [
        key,
        Object.fromEntries(names.map((name) => [name, this.#valueOf(name, value[name]!)])),
      ] as const;
    });
    return Object.fromEntries(entries);
  }

  #replace(value: Json, path: KeyPath): Json {
    if (typeof value === "string") return this.#replaceText(value, path);
    if (Array.isArray(value)) return value.map((item, index) => this.#replace(item, [...path, index]));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, this.#replace(item, [...path, key])]),
    );
  }

  #replaceText(text: string, path: KeyPath): Json {
    if (!text.includes("${")) return text;
    const [, name] = WHOLE_VARIABLE.exec(text) ?? [];
    if (name !== undefined) return this.#variable(name, path) ?? text;
    let chars = text.length;
    const replaced = text.replace(PLACEHOLDER, (whole: string, kind?: string, inside?: string) => {
      const put = chars > CHARS_MAX ? "" : this.#standsFor({ whole, kind, inside }, path) ?? whole;
      chars += put.length;
      return put;
    });
    if (chars <= CHARS_MAX) return replaced;
    const message = `Expected at most ${CHARS_MAX} characters in one text, found more`;
    return this.#refuse("config.invalid_value", path, { message }) ?? "";
  }

  #standsFor({ whole, kind, inside }: Placeholder, path: KeyPath): string | undefined {
    if (whole === "$${") return "${";
    if (kind === "env") return this.#environment(inside!, path);
    if (kind === "file" && inside !== "") return this.#file(inside!, path);
    if (kind === "var") return this.#variableText(inside!, path);
    return this.#refuseForm(inside === undefined ? 'one without "}"' : `"${redactText(whole)}"`, path);
  }

  #environment(inside: string, path: KeyPath): string | undefined {
    const [, name, fallback] = ENVIRONMENT.exec(inside) ?? [];
    if (name === undefined) return this.#refuseForm(`"${redactText(`\${env:${inside}}`)}"`, path);
    const value = this.#options.readEnv(name);
    if (fallback !== undefined) return value === undefined || value === "" ? fallback : value;
    if (value !== undefined) return value;
    const message = `Environment variable ${name} is not set, and is needed`;
    const hint = `Set the variable ${name}, or write a default: \${env:${name}:-default}`;
    return this.#refuse("config.missing_env", path, { message, hint });
  }

  #file(file: string, path: KeyPath): string | undefined {
    try {
      return this.#options.readFile(file).replace(/\r?\n$/, "");
    } catch (cause) {
      if (!isFastDistillError(cause)) throw cause;
      const hint = "Write $${ where ${ is meant as text";
      return this.#refuse("config.file_not_found", path, { message: `${cause.message}, named`, hint });
    }
  }

  #variableText(name: string, path: KeyPath): string | undefined {
    const value = this.#variable(name, path);
    if (value === undefined || typeof value === "string") return value;
    if (value === null || typeof value !== "object") return String(value);
    const message = `Cannot put the variable "${name}" inside a text, for it is a ${
      Array.isArray(value) ? "list" : "map"
    },`;
    return this.#refuse("config.invalid_value", path, { message, hint: "Write ${var:...} alone" });
  }

  /** What a variable comes to; `undefined` where there is none, which is an error by then. */
  #variable(name: string, path: KeyPath): Json | undefined {
    const [first, ...rest] = name.split(".") as [string, ...string[]];
    const written = ownValue(this.#written, first);
    if (written === undefined) return this.#refuseVariable(name, path);
    if (this.#open.includes(first)) {
      const circle = [...this.#open.slice(this.#open.indexOf(first)), first].join(" -> ");
      return this.#refuse("config.invalid_value", path, {
        message: `Variables go round in a circle: ${circle},`,
      });
    }
    const value = this.#valueOf(first, written);
    return rest.length === 0 ? value : valueAt(value, rest) ?? this.#refuseVariable(name, path);
  }

  #valueOf(name: string, written: Json): Json {
    if (!this.#variables.has(name)) {
      this.#open.push(name);
      this.#variables.set(name, this.#replace(written, ["variables", name]));
      this.#open.pop();
    }
    return this.#variables.get(name)!;
  }

  #refuseVariable(name: string, path: KeyPath): undefined {
    const known = isJsonObject(this.#written) ? Object.keys(this.#written) : [];
    const message = `No variable is named "${name}"${didYouMean(name, known)}, needed`;
    return this.#refuse("config.unknown_key", path, { message, hint: "Variables stand under variables" });
  }

  #refuseForm(found: string, path: KeyPath): undefined {
    const hint = "Write $${ where ${ is meant as text";
    return this.#refuse("config.invalid_value", path, {
      message: `Expected ${FORMS}, found ${found},`,
      hint,
    });
  }

  #refuse(
    code: "config.missing_env" | "config.invalid_value" | "config.unknown_key" | "config.file_not_found",
    path: KeyPath,
    { message, hint }: { readonly message: string; readonly hint?: string },
  ): undefined {
    const location = this.#options.locate(path)?.location;
    this.errors.push(
      new FastDistillError(code, message + atKeyPath(path), {
        ...(hint === undefined ? {} : { hint }),
        ...(location === undefined ? {} : { location }),
      }),
    );
  }
}

/** Whether a text asks for something from elsewhere. */
export function hasPlaceholder(value: unknown): boolean {
  return typeof value === "string" && /(?<!\$)\$\{(?:env|file|var):/.test(value);
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
  if (/^\$\{(?:file|var):[^}]*\}$/.test(text)) return text;
  const name = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?\}$/s.exec(text);
  if (name === null) return text === "" ? "" : REDACTED;
  return name[2] ? `\${env:${name[1]}:-${REDACTED}}` : text;
}
