import { FastDistillError, type SourceLocation } from "../errors/mod.ts";
import type { Json } from "../record/mod.ts";
import { atKeyPath, isPrototypeKey } from "./_key_path.ts";
import { kindOfValue } from "./_shown_value.ts";
import type { KeyPath } from "./loaded_pipeline.ts";

/** Maps and lists inside each other. */
const DEPTH_MAX = 100;
/** Values in one file, those behind aliases counted wherever the alias stands. */
export const VALUES_MAX = 10_000;
/** Keys of a path that goes too deep which are worth printing. */
const SHOWN_DEPTH_MAX = 20;
/** From here on JavaScript writes numbers with an exponent. */
const DIGITS_END = 1e21;

/** Finds the place of a key path, for an error. */
type LocationOf = (path: KeyPath) => SourceLocation;

/**
 * Refuses what a configuration cannot hold: keys that reach prototypes, numbers that JSON does not have, integers beyond
 * 2^53, values that are no JSON, nesting deeper than 100 (an alias inside its own anchor), more than 10,000 values (aliases
 * that multiply).
 *
 * @throws {FastDistillError} `config.unknown_key`, `config.invalid_value`
 */
export function checkConfigTree(
  value: unknown,
  { locationOf, base = [] }: { readonly locationOf: LocationOf; readonly base?: KeyPath },
): asserts value is Json {
  new TreeCheck(locationOf, base).visit(value);
}

class TreeCheck {
  readonly #locationOf: LocationOf;
  readonly #path: (string | number)[];
  #nodes = 0;

  constructor(locationOf: LocationOf, base: KeyPath) {
    this.#locationOf = locationOf;
    this.#path = [...base];
  }

  visit(value: unknown): void {
    if (++this.#nodes > VALUES_MAX) throw this.#invalid(`Expected at most ${VALUES_MAX} values, found more`);
    if (value === null || typeof value === "string" || typeof value === "boolean") return;
    if (typeof value === "number") return this.#checkNumber(value);
    if (typeof value !== "object") throw this.#invalid(`Expected a JSON value, found ${kindOfValue(value)}`);
    if (this.#path.length >= DEPTH_MAX) {
      this.#path.length = SHOWN_DEPTH_MAX;
      throw this.#invalid(`Expected at most ${DEPTH_MAX} levels inside each other, found more`);
    }
    if (Array.isArray(value)) return value.forEach((item, index) => this.#enter(index, item));
    this.#visitMap(value);
  }

  #visitMap(value: object): void {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw this.#invalid("Expected a plain map, found an object of a class");
    }
    for (const [key, item] of Object.entries(value)) {
      if (isPrototypeKey(key)) {
        this.#path.push(key);
        throw this.#error(
          "config.unknown_key",
          `Cannot use the key "${key}"${atKeyPath(this.#path.slice(0, -1))}`,
        );
      }
      this.#enter(key, item);
    }
  }

  #enter(key: string | number, item: unknown): void {
    this.#path.push(key);
    this.visit(item);
    this.#path.pop();
  }

  #checkNumber(value: number): void {
    const at = atKeyPath(this.#path);
    if (!Number.isFinite(value)) throw this.#invalid(`Expected a finite number${at}, found ${value}`);
    // An integer that was written with more digits is not the one that was written.
    if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < DIGITS_END) {
      throw this.#error("config.invalid_value", `Expected an integer up to 2^53${at}, found ${value}`, {
        hint: "Write an id of so many digits as text, in quotes",
      });
    }
  }

  #invalid(message: string): FastDistillError {
    return this.#error("config.invalid_value", message);
  }

  #error(
    code: "config.invalid_value" | "config.unknown_key",
    message: string,
    more: { readonly hint?: string } = {},
  ): FastDistillError {
    return new FastDistillError(code, message, { location: this.#locationOf(this.#path), ...more });
  }
}
