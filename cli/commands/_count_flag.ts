import { FastDistillError } from "@fastdistill/core/errors";
import type { Flag, Invocation } from "../command.ts";

/** A flag whose value is a whole number above zero. */
export interface CountFlag<Name extends string> extends Flag {
  readonly name: Name;
  readonly value: string;
}

/** How much of each source a run takes. */
export const LIMIT_FLAG: CountFlag<"limit"> = {
  name: "limit",
  value: "N",
  summary: "Take the first N rows of each source only; part of the run id",
};

/**
 * The number that a flag gives, under the flag's name; nothing when the flag was not given.
 * @throws {FastDistillError} `config.usage` for what is not a whole number above zero
 */
export function countOf<Name extends string>(
  { values }: Pick<Invocation, "values">,
  { name, value }: CountFlag<Name>,
): { readonly [Key in Name]?: number } {
  const typed = values.get(name)?.[0];
  if (typed === undefined) return {};
  if (/^\d{1,15}$/.test(typed) && Number(typed) > 0) {
    return { [name]: Number(typed) } as { readonly [Key in Name]?: number };
  }
  throw new FastDistillError(
    "config.usage",
    `Flag --${name} takes a whole number above 0, found "${typed}"`,
    {
      hint: `Write --${name} ${value}, such as --${name} 20`,
    },
  );
}
