/**
 * The name in a plain placeholder, without white space, trimming dashes and filters; `never` for anything that is more
 * than a name, and for constants.
 */
export type PlaceholderName<Inside extends string> = Inside extends `${infer Head}|${string}`
  ? PlaceholderName<Head>
  : Inside extends `${" " | "\n" | "\t" | "\r" | "-"}${infer Rest}` ? PlaceholderName<Rest>
  : Inside extends `${infer Rest}${" " | "\n" | "\t" | "\r" | "-"}` ? PlaceholderName<Rest>
  : Inside extends "" | "true" | "false" | "none" | "True" | "False" | "None" | "loop" ? never
  : Inside extends `${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}${string}` ? never
  : Inside extends `${string}${" " | "\n" | "\t" | "." | "[" | "(" | "{" | "~" | "?" | ":" | ","}${string}`
    ? never
  : Inside extends `${string}${"+" | "-" | "*" | "/" | "%" | "=" | "<" | ">" | "!" | '"' | "'"}${string}`
    ? never
  : Inside;

/**
 * The columns that a template names in plain placeholders: `{{ question }}`, `{{ question | trim }}`. A placeholder
 * that holds more than a name and filters adds none, and a template with blocks or comments, or one that the compiler
 * does not know literally, has none at all: the check before the run still sees those.
 *
 * @example
 * ```ts
 * import type { TemplateVariables } from "@fastdistill/core";
 * import { assertEquals } from "@std/assert";
 *
 * const names: TemplateVariables<"{{ question }} in {{ schema | trim }}">[] = ["question", "schema"];
 * assertEquals(names.length, 2);
 * ```
 */
export type TemplateVariables<Template extends string> = string extends Template ? never
  : Template extends `${string}${"{%" | "{#"}${string}` ? never
  : Template extends `${string}{{${infer Inside}}}${infer Rest}`
    ? PlaceholderName<Inside> | TemplateVariables<Rest>
  : never;
