import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ERROR_CODES } from "@fastdistill/core";
import { readMarkdown } from "./_markdown.ts";
import { keyTable, sectionsOf, typeWords } from "./_reference_keys.ts";
import { checkTranslations, plain, table } from "./_reference_page.ts";
import { checkReference, generateReference, writeReference } from "./gen_reference.ts";

Deno.test("generateReference() writes each page in both languages, with the same headings and code", async () => {
  const files = await generateReference();
  assertEquals([...files.keys()].toSorted(), [
    "docs/errors.md",
    "docs/reference/command-line.md",
    "docs/reference/components.md",
    "docs/reference/pipeline.md",
    "docs/zh/errors.md",
    "docs/zh/reference/command-line.md",
    "docs/zh/reference/components.md",
    "docs/zh/reference/pipeline.md",
  ]);
  for (const path of ["errors.md", "reference/components.md", "reference/pipeline.md"]) {
    const [en, zh] = [files.get(`docs/${path}`)!, files.get(`docs/zh/${path}`)!].map(readMarkdown);
    assertEquals(zh!.headings.map(({ level }) => level), en!.headings.map(({ level }) => level));
    assertEquals(
      zh!.fences.map(({ info, text }) => [info, text]),
      en!.fences.map(({ info, text }) => [info, text]),
    );
    assert(/\p{Script=Han}/u.test(files.get(`docs/zh/${path}`)!));
    assert(!/\p{Script=Han}/u.test(files.get(`docs/${path}`)!));
  }
});

Deno.test("generateReference() states every code and every key", async () => {
  const files = await generateReference();
  for (const language of ["docs", "docs/zh"]) {
    const errors = files.get(`${language}/errors.md`)!;
    for (const code of Object.keys(ERROR_CODES)) assertStringIncludes(errors, `| \`${code}\``);
    const pipeline = files.get(`${language}/reference/pipeline.md`)!;
    for (const key of ["version", "max_failure_rate", "cached_input", "group_by", "top_logprobs"]) {
      assertStringIncludes(pipeline, `| \`${key}\``);
    }
  }
  assert(/`provider\.rate_limited` .*\| yes +\| `1` /.test(files.get("docs/errors.md")!));
  assert(/`gate\.failed` .*\| no +\| `3` /.test(files.get("docs/errors.md")!));
});

Deno.test("checkReference() finds pages that are missing or differ", async () => {
  const root = await Deno.makeTempDir();
  try {
    const files = new Map([["docs/a.md", "a\n"], ["docs/zh/a.md", "b\n"]]);
    assertEquals((await checkReference(root, files)).map(({ file, message }) => `${file}: ${message}`), [
      "docs/a.md: is missing: run deno task docs:generate",
      "docs/zh/a.md: is missing: run deno task docs:generate",
    ]);
    await writeReference(root, files);
    assertEquals(await checkReference(root, files), []);
    await Deno.writeTextFile(`${root}/docs/a.md`, "changed\n");
    assertEquals((await checkReference(root, files)).map(({ message }) => message), [
      "differs from what is generated: run deno task docs:generate",
    ]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("checkTranslations() names what is missing and what is for nothing", () => {
  checkTranslations("words", { needed: ["a"], given: { a: "一" } });
  assertThrows(
    () => checkTranslations("words", { needed: ["a", "b"], given: { b: "二", c: "三" } }),
    Error,
    "The Chinese words lack a and hold c for nothing: see scripts/_reference_zh.ts",
  );
});

Deno.test("sectionsOf() walks maps by name, lists and unions", () => {
  const item = { type: "object", properties: { n: { type: "integer", description: "Number" } } };
  const sections = sectionsOf({
    type: "object",
    properties: {
      named: { type: "object", additionalProperties: item },
      listed: { type: "array", items: item },
      either: { anyOf: [{ type: "string" }, item] },
    },
    required: ["listed"],
  });
  assertEquals(sections.map(({ path }) => path), ["", "named.<name>", "listed[]", "either"]);
  assertEquals(sections.flatMap(({ keys }) => keys.map(({ id }) => id)), [
    "named",
    "listed",
    "either",
    "named.*.n",
    "listed.*.n",
    "either.n",
  ]);
  assertEquals(
    keyTable(sections[3]!, { language: "zh", zh: { "either.n": "数" } }),
    "| 键 | 类型 | 默认值 | 含义 |\n| --- | --- | --- | --- |\n| `n` | 整数 |  | 数 |",
  );
});

Deno.test("typeWords() says what a key takes", () => {
  const cases = [
    [{ type: "string" }, "text", "文本"],
    [{ const: 1 }, "`1`", "`1`"],
    [{ enum: ["a", "b"] }, "`a` or `b`", "`a` 或 `b`"],
    [{ type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER }, "whole number ≥ 1", "整数 ≥ 1"],
    [{ type: "number", minimum: 0, maximum: 1 }, "number from 0 to 1", "数字 0 到 1"],
    [{ type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }, "number > 0, < 1", "数字 > 0, < 1"],
    [{ type: "array", items: { type: "string" } }, "list of texts", "文本列表"],
    [{ type: "array" }, "list", "列表"],
    [{ anyOf: [{ type: "string" }, { type: "null" }] }, "text or `null`", "文本 或 `null`"],
    [{}, "", ""],
  ] as const;
  for (const [schema, en, zh] of cases) {
    assertEquals([typeWords(schema, "en"), typeWords(schema, "zh")], [en, zh]);
  }
});

Deno.test("table() and plain() keep Markdown whole", () => {
  assertEquals(table(["a"], [["b | c\nd"]]), "| a |\n| --- |\n| b \\| c d |");
  assertEquals(plain("stage: <name>, `<b>`"), "stage: \\<name>, `<b>`");
});
