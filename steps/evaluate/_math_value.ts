import type { MathExpression } from "./_math_expression.ts";
import type { Unit } from "./_math_units.ts";

/** What an answer stands for, as far as it is understood. */
export type MathValue =
  | MathQuantity
  /** In brackets: a point, a vector, or an interval. */
  | {
    readonly kind: "list";
    readonly items: readonly MathValue[];
    readonly open: string;
    readonly close: string;
  }
  /** Without order: a set, a list without brackets, what `±` gives, a union of intervals. */
  | { readonly kind: "set"; readonly items: readonly MathValue[] }
  | { readonly kind: "matrix"; readonly rows: readonly (readonly MathValue[])[] }
  /** `x = 5`, `f(x) = x + 1`. */
  | { readonly kind: "assignment"; readonly name: string; readonly value: MathValue }
  | MathRelation
  | { readonly kind: "text"; readonly text: string };

/** A number or a formula, with what it measures. */
export interface MathQuantity {
  readonly kind: "quantity";
  readonly expression: MathExpression;
  readonly unit?: Unit;
  /** Whether a percent sign follows: `50%` is as good as `50`, and as good as `0.5`. */
  readonly isPercent?: boolean;
  /** The base of a numeral such as `101_2`, whose digits, read as decimal ones, are `digits`. */
  readonly numeral?: { readonly base: number; readonly digits: bigint };
  /** The other way to read it: `5m` as five times m. */
  readonly formula?: MathExpression;
}

/** An equation or inequality that could not be solved for a variable; `>` is turned round to `<`. */
export interface MathRelation {
  readonly kind: "relation";
  readonly operator: "=" | "<" | "≤" | "≠";
  readonly left: MathExpression;
  readonly right: MathExpression;
}
