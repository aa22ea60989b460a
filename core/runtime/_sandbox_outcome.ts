/**
 * How a sandbox writes down what a step made of a row: mostly only what is new, so that a row of which little
 * changes costs little.
 *
 * @module
 */

/** An outcome as it travels. `pass` has `set` (columns that are new or changed), or `row` (all of it), or neither. */
export type SentOutcome = Readonly<Record<string, unknown>>;

type Loose = Readonly<Record<string, unknown>>;

/** @throws {TypeError} where a row holds what JSON cannot */
export function sentOutcome(before: Loose, outcome: unknown): SentOutcome {
  const { kind, row, items, error, evidence } = (outcome ?? {}) as Loose;
  switch (kind) {
    case "pass":
      return { kind, ...changeOf(before, row) };
    case "expand":
      return { kind, items: (items as readonly unknown[]).map((item) => sentOutcome(before, item)) };
    case "fail": {
      const { code, message } = (error ?? {}) as Loose;
      return { kind, error: { code, message }, evidence };
    }
    default:
      return outcome as SentOutcome;
  }
}

/** What tells `after` from `before`, where it begins with the columns of `before` in their order; else all of it. */
export function changeOf(before: Loose, after: unknown): SentOutcome {
  if (after === before) return {};
  if (typeof after !== "object" || after === null) return { row: after };
  const [old, keys] = [Object.keys(before), Object.keys(after)];
  const set: Record<string, unknown> = {};
  let isWhole = keys.length < old.length;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]!;
    const value = (after as Loose)[key];
    const wrong = typeof value === "string" ? undefined : notJson(value, 0);
    if (wrong !== undefined) throw new TypeError(`Made a row with ${wrong} in "${key}"`);
    if (index < old.length && key !== old[index] || key === "__proto__") isWhole = true;
    const isSame = index < old.length && typeof value !== "object" && value === before[key];
    if (!isSame && !isWhole) set[key] = value;
  }
  return isWhole ? { row: after } : { set };
}

function notJson(value: unknown, depth: number): string | undefined {
  if (depth > 500) return "nesting deeper than 500";
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : String(value);
    case "object":
      for (const inner of value === null ? [] : Object.values(value)) {
        const wrong = notJson(inner, depth + 1);
        if (wrong !== undefined) return wrong;
      }
      return undefined;
    default:
      return value === undefined ? "undefined" : `a ${typeof value}`;
  }
}
