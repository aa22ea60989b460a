import { assertEquals } from "@std/assert";
import type { TemplateVariables } from "./template_variables.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** Compiles only for types that are exactly the same. */
function same<A, B>(equal: Same<A, B>): boolean {
  return equal;
}

Deno.test("TemplateVariables finds plain names, with and without filters and trimming", () => {
  assertEquals(same<TemplateVariables<"{{ question }} of {{schema}}">, "question" | "schema">(true), true);
  assertEquals(same<TemplateVariables<"a {{- question | trim | upper -}} b">, "question">(true), true);
  assertEquals(same<TemplateVariables<"{{\n  question\n}}">, "question">(true), true);
  assertEquals(same<TemplateVariables<"{{ question }}{{ question }}">, "question">(true), true);
  assertEquals(same<TemplateVariables<"{{ max_2 | default('{x}') }}">, "max_2">(true), true);
});

Deno.test("TemplateVariables is never where it cannot know", () => {
  assertEquals(same<TemplateVariables<"no placeholder">, never>(true), true);
  assertEquals(same<TemplateVariables<string>, never>(true), true);
  assertEquals(same<TemplateVariables<"{% for x in rows %}{{ x }}{% endfor %}">, never>(true), true);
  assertEquals(same<TemplateVariables<"{# {{ old }} #}">, never>(true), true);
  assertEquals(
    same<TemplateVariables<"{{ row.name }}{{ items[0] }}{{ 'x' }}{{ 1 }}{{ true }}">, never>(true),
    true,
  );
  assertEquals(
    same<TemplateVariables<"{{ a if b else c }}{{ a + b }}{{ f(x) }}{{ a ~ b }}">, never>(true),
    true,
  );
  assertEquals(same<TemplateVariables<"{{ row.name }}{{ question }}">, "question">(true), true);
});

Deno.test("TemplateVariables differs for other names", () => {
  // @ts-expect-error: the types are not the same, so that only `false` would do
  const wrong: Same<TemplateVariables<"{{ question }}">, "answer"> = true;
  assertEquals(wrong, true);
});

Deno.test("TemplateVariables reads a long template", () => {
  type Ten<T extends string> = `${T}${T}${T}${T}${T}${T}${T}${T}${T}${T}`;
  assertEquals(
    same<TemplateVariables<Ten<"Some words of a prompt {{ a }} and {{ b }}\n">>, "a" | "b">(true),
    true,
  );
});
