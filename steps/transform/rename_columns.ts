import {
  type Columns,
  defineStep,
  FastDistillError,
  type Json,
  pass,
  type StepComponent,
  type StepSpec,
  stepSpec,
} from "@fastdistill/core/authoring";
import { z } from "zod";

const CONFIG = z.strictObject({
  rename: z.record(z.string().min(1), z.string().min(1))
    .refine((rename) => Object.keys(rename).length > 0, "Name at least one column")
    .refine((rename) => new Set(Object.values(rename)).size === Object.keys(rename).length, {
      message: "Two columns cannot have the same new name",
    })
    .describe("Old name to new name; two columns may change places"),
});

/** Gives columns other names. A column keeps its place among the others. */
const renameColumnsStep: StepComponent = defineStep({
  kind: "row",
  name: "rename_columns",
  version: 1,
  summary: "Gives columns other names",
  config: CONFIG,
  columns: ({ rename }, before) => {
    checkFree(rename, before);
    return {
      requires: Object.keys(rename).map((column) => ({ column, at: ["rename", column] })),
      removes: Object.keys(rename),
      adds: Object.fromEntries(Object.entries(rename).map(([from, to]) => [to, before[from] ?? "any"])),
    };
  },
  open: ({ rename }) => {
    const names = new Map(Object.entries(rename));
    return {
      process: (row) => {
        const renamed = Object.entries(row).map(([name, value]) => [names.get(name) ?? name, value] as const);
        const missing = [...names].filter(([from]) => !Object.hasOwn(row, from)).map(([, to]) =>
          [to, null] as const
        );
        return pass(Object.fromEntries([...renamed, ...missing]));
      },
    };
  },
});

export default renameColumnsStep;

function checkFree(rename: Readonly<Record<string, string>>, before: Columns): void {
  const taken = Object.entries(rename).find(([, to]) =>
    Object.hasOwn(before, to) && !Object.hasOwn(rename, to)
  );
  if (taken === undefined) return;
  const [from, to] = taken;
  throw new FastDistillError(
    "config.invalid_value",
    `Cannot rename "${from}" to "${to}": that column exists already`,
    {
      hint: `Rename or drop "${to}" first`,
    },
  );
}

/**
 * Gives columns other names, in a TypeScript pipeline.
 *
 * @example
 * ```ts
 * import { renameColumns } from "@fastdistill/steps";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(renameColumns({ rename: { generation: "sql" } }).use, "rename_columns");
 * ```
 */
export function renameColumns<const R extends Readonly<Record<string, string>>>(config: {
  readonly rename: R;
}): StepSpec<{ readonly [From in keyof R & string]: Json }, { readonly [To in R[keyof R]]: Json }> {
  return stepSpec("rename_columns", config);
}
