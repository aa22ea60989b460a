import {
  defineStep,
  FastDistillError,
  isJsonObject,
  type Json,
  type Outcome,
  pass,
  reject,
  requireColumns,
  type Row,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";
import { findPii, PII_KINDS, type PiiKind, type PiiMatch } from "./_pii_detectors.ts";

const DEPTH_MAX = 100;

const CONFIG = z.strictObject({
  columns: z.array(z.string().min(1)).min(1).describe(
    "Columns that are looked through; of lists and objects, such as conversations, all texts in them",
  ),
  kinds: z.array(z.enum(PII_KINDS)).min(1).default([...PII_KINDS]).describe("What is looked for"),
  allow: z.array(z.string().min(1)).default([]).describe(
    "Values that may stay, written as they stand in the text, such as an address for support",
  ),
  action: z.enum(["mask", "drop", "mark"]).default("mask").describe(
    "What becomes of a row in which something is found: placeholders such as [EMAIL_1] take its place, the row is rejected as pii, or it passes as it is",
  ),
  to: z.string().min(1).default("has_pii").describe("Column that says whether something was found"),
  count_to: z.string().min(1).default("pii_count").describe(
    "Column that receives how many places were found",
  ),
  per_kind: z.boolean().default(false).describe(
    "Whether each kind has a column of its own with the number of places, such as pii_email",
  ),
});

type Config = z.infer<typeof CONFIG>;

/**
 * Finds personal data and secrets by their shapes, and masks them. Placeholders say the kind and number the distinct values
 * of a row, across its columns: the same address is `[EMAIL_1]` everywhere. Card numbers must pass Luhn's check, IBANs their
 * length and mod 97, Chinese identity numbers their check digit. What is found goes into no message, ledger or log: only kinds
 * and counts do.
 *
 * It finds what has a shape of its own, not names and postal addresses, and takes time linear in the text.
 */
const maskPiiStep: StepComponent = defineStep({
  kind: "row",
  name: "mask_pii",
  version: 1,
  summary: "Finds personal data and secrets by their shapes, and masks them",
  config: CONFIG,
  columns: ({ columns, kinds, action, to, count_to, per_kind }, before) => ({
    requires: requireColumns(columns).map((wanted, index) => ({ ...wanted, at: ["columns", index] })),
    adds: {
      ...(action === "mask" ? Object.fromEntries(columns.map((name) => [name, before[name] ?? "any"])) : {}),
      [to]: "boolean",
      [count_to]: "number",
      ...(per_kind ? Object.fromEntries(kinds.map((kind) => [`pii_${kind}`, "number" as const])) : {}),
    },
  }),
  open: (config) => {
    const allowed = new Set(config.allow);
    return { process: (row) => settle(row, config, new RowMask(config, allowed)) };
  },
});

export default maskPiiStep;

function settle(row: Row, config: Config, mask: RowMask): Outcome {
  const { columns, kinds, action, to, count_to, per_kind } = config;
  const taken = JSON.stringify(columns.map((column) => row[column] ?? null));
  const masked = Object.fromEntries(
    columns.filter((column) => Object.hasOwn(row, column)).map((
      column,
    ) => [column, mask.apply(row[column]!, taken)]),
  );
  const counts = mask.counts;
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (action === "drop" && total > 0) {
    const found = PII_KINDS.flatMap((kind) => counts.has(kind) ? [`${counts.get(kind)} ${kind}`] : []);
    return reject("pii", found.join(", "));
  }
  const perKind = per_kind
    ? Object.fromEntries(kinds.map((kind) => [`pii_${kind}`, counts.get(kind) ?? 0]))
    : {};
  return pass({
    ...row,
    ...(action === "mask" ? masked : {}),
    [to]: total > 0,
    [count_to]: total,
    ...perKind,
  });
}

/** Masks the texts of one row. */
class RowMask {
  readonly counts: Map<PiiKind, number> = new Map();
  readonly #kinds: readonly PiiKind[];
  readonly #allowed: ReadonlySet<string>;
  readonly #placeholders: Map<string, string> = new Map();
  readonly #numbers: Map<PiiKind, number> = new Map();

  constructor({ kinds }: Config, allowed: ReadonlySet<string>) {
    this.#kinds = kinds;
    this.#allowed = allowed;
  }

  /** @param taken what the row says, so that no placeholder is one that it holds already */
  apply(value: Json, taken: string, depth: number = 0): Json {
    if (depth > DEPTH_MAX) {
      throw new FastDistillError("data.malformed", `Look through at most ${DEPTH_MAX} levels of a value`);
    }
    if (typeof value === "string") return this.#maskText(value, taken);
    if (Array.isArray(value)) return value.map((item) => this.apply(item, taken, depth + 1));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, this.apply(item, taken, depth + 1)]),
    );
  }

  #maskText(text: string, taken: string): string {
    let masked = "";
    let at = 0;
    for (const match of findPii(text, this.#kinds)) {
      const found = text.slice(match.start, match.end);
      if (this.#allowed.has(found)) continue;
      this.counts.set(match.kind, (this.counts.get(match.kind) ?? 0) + 1);
      masked += text.slice(at, match.start) + this.#placeholderOf(match, found, taken);
      at = match.end;
    }
    return at === 0 ? text : masked + text.slice(at);
  }

  #placeholderOf({ kind }: PiiMatch, found: string, taken: string): string {
    const known = this.#placeholders.get(`${kind} ${found}`);
    if (known !== undefined) return known;
    let number = this.#numbers.get(kind) ?? 0;
    let placeholder: string;
    do placeholder = `[${kind.toUpperCase()}_${++number}]`; while (taken.includes(placeholder));
    this.#numbers.set(kind, number);
    this.#placeholders.set(`${kind} ${found}`, placeholder);
    return placeholder;
  }
}

/** What {@linkcode maskPii} looks for. */
export type { PiiKind };

/** Configuration of {@linkcode maskPii}. */
export interface MaskPiiConfig<Column extends string, To extends string, Count extends string> {
  /** Columns that are looked through. */
  readonly columns: readonly Column[];
  /** What is looked for. @default {all kinds} */
  readonly kinds?: readonly PiiKind[];
  /** Values that may stay. @default {[]} */
  readonly allow?: readonly string[];
  /** What becomes of a row in which something is found. @default {"mask"} */
  readonly action?: "mask" | "drop" | "mark";
  /** Column that says whether something was found. @default {"has_pii"} */
  readonly to?: To;
  /** Column that receives how many places were found. @default {"pii_count"} */
  readonly count_to?: Count;
  /** Whether each kind has a column of its own; the compiler does not know of them. @default {false} */
  readonly per_kind?: boolean;
}

/**
 * Finds personal data and secrets by their shapes, and masks them, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { maskPii } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(maskPii({ columns: ["question", "messages"], action: "drop" }).use, "mask_pii");
 * ```
 */
export function maskPii<
  const Column extends string,
  const To extends string = "has_pii",
  const Count extends string = "pii_count",
>(
  config: MaskPiiConfig<Column, To, Count>,
): StepSpec<Record<Column, Json>, Record<NoInfer<To>, boolean> & Record<NoInfer<Count>, number>> {
  return stepSpec("mask_pii", { ...config });
}
