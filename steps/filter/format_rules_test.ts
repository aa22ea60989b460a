import { FastDistillError, type JsonObject } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assertEquals, assertLess, assertRejects } from "@std/assert";
import fc from "fast-check";
import { mostFrequentNgram, repetitionProblem } from "./_repetition.ts";
import formatRules from "./format_rules.ts";

async function errorsOf(text: string | null, config: JsonObject): Promise<unknown> {
  const run = await runStep(formatRules, {
    config,
    rows: [{ generation: text }],
    columns: { generation: "string" },
  });
  assertEquals(run.rows[0]?.format_valid, (run.rows[0]?.format_errors as readonly string[]).length === 0);
  return run.rows[0]?.format_errors;
}

const PROSE =
  "The tide follows the moon. Where the moon pulls, water rises, and on the far side it rises too, since there the pull " +
  "is weakest. Between both places the sea is low. As the earth turns, a harbour passes through two high waters and two " +
  "low ones in a little more than a day, and fishermen have planned their work by that for as long as there were boats.";

Deno.test("format_rules keeps the contract of steps", async () => {
  const rows = [PROSE, "", null, "{}", "a a a a"].map((generation) => ({ generation }));
  await testStep(formatRules, [
    { rows, columns: { generation: "string" } },
    {
      rows,
      columns: { generation: "string" },
      config: {
        must_match: ["a"],
        sections: ["x"],
        valid_as: "xml",
        repetition: "gopher",
        prose: "gopher",
        action: "reject",
      },
    },
  ]);
});

Deno.test("format_rules matches patterns in linear time", async () => {
  assertEquals(await errorsOf("SELECT 1", { must_match: ["^SELECT", "\\d$"], must_not_match: ["DROP"] }), []);
  assertEquals(await errorsOf("drop", { must_match: ["^SELECT"], must_not_match: ["(?i)DROP"] }), [
    "pattern_mismatch: does not match ^SELECT",
    "pattern_mismatch: matches (?i)DROP",
  ]);
  assertEquals(
    await errorsOf("a".repeat(100_000), { must_match: ["(a|a)*$"], must_not_match: ["^(a+)+b$"] }),
    [],
  );
  const error = await assertRejects(() => errorsOf("a", { must_match: ["(?=a)"] }), FastDistillError);
  assertEquals(error.code, "config.invalid_value");
});

Deno.test("format_rules wants sections, in order unless told otherwise", async () => {
  const text = "## Plan\nfirst this\n\n**Code**:\nx\n\n1. Answer:\n42";
  assertEquals(await errorsOf(text, { sections: ["plan", "Code", "Answer"] }), []);
  assertEquals(await errorsOf(text, { sections: ["Answer", "Plan"] }), [
    'missing_section: the section "Plan" is at another place',
  ]);
  assertEquals(await errorsOf(text, { sections: ["Answer", "Plan"], sections_in_order: false }), []);
  assertEquals(await errorsOf(text, { sections: ["Tests"] }), [
    'missing_section: the section "Tests" is missing',
  ]);
});

Deno.test("format_rules knows JSON, XML and fences", async () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ["json", "[1]", []],
    ["json", "[1", ["invalid_syntax: no JSON"]],
    ["json_object", "[1]", ["invalid_syntax: no JSON object"]],
    ["json_lines", '{"a":1}\n\n2\n', []],
    ["json_lines", "1\nx", ["invalid_syntax: line 2 is no JSON"]],
    ["xml", "<a><b/>x</a>", []],
    ["xml", "<a><b></a>", ["invalid_syntax: 1:10: unexpected close tag"]],
    ["xml", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", ["invalid_syntax: 1:36: undefined entity"]],
    ["fenced", "```ts\nconst a = 1;\n```\n", []],
    ["fenced", "Here:\n```ts\n1\n```", ["invalid_syntax: no single fenced block"]],
    ["fenced", "```\n1\n```\n```\n2\n```", ["invalid_syntax: more than one fenced block"]],
  ];
  for (const [valid_as, text, errors] of cases) assertEquals(await errorsOf(text, { valid_as }), errors);
  assertEquals(await errorsOf("```py\n1\n```", { valid_as: "fenced", fence_language: "ts" }), [
    "invalid_syntax: a fenced block of py, not ts",
  ]);
});

Deno.test("format_rules counts words and lines, and takes null as nothing", async () => {
  assertEquals(await errorsOf("one two", { min_words: 2, max_words: 2, min_lines: 1, max_lines: 1 }), []);
  assertEquals(await errorsOf("人工智能", { min_words: 4, max_words: 4 }), []);
  assertEquals(await errorsOf("one\n\ntwo", { max_words: 1, max_lines: 1 }), [
    "too_long: 2 words, at most 1",
    "too_long: 2 lines, at most 1",
  ]);
  assertEquals(await errorsOf(null, { min_words: 1 }), ["too_short: 0 words, at least 1"]);
});

Deno.test("format_rules tells scripts apart", async () => {
  assertEquals(await errorsOf("Hello, 42!", { scripts: ["Latin"] }), []);
  assertEquals(await errorsOf("你好 hi", { scripts: ["Han"] }), [
    "wrong_script: 0.50 of the letters are Han, at least 0.9",
  ]);
  assertEquals(await errorsOf("你好 hi", { scripts: ["Han", "Latin"] }), []);
  await assertRejects(() => errorsOf("a", { scripts: ["Elvish"] }), FastDistillError, "Elvish");
});

Deno.test("format_rules tells languages apart, and lets pass what it cannot tell", async () => {
  const german = "Die Flut folgt dem Mond, und der Hafen hat zweimal am Tag Hochwasser.";
  assertEquals(await errorsOf(PROSE, { languages: ["en"] }), []);
  assertEquals(await errorsOf(german, { languages: ["en", "zh"] }), [
    "wrong_language: looks like de, not en or zh",
  ]);
  assertEquals(await errorsOf("潮汐随月亮变化，港口每天经历两次高潮。", { languages: ["zh"] }), []);
  assertEquals(await errorsOf("42", { languages: ["en"] }), []);
  await assertRejects(() => errorsOf("a", { languages: ["xx"] }), FastDistillError, '"xx"');
});

Deno.test("format_rules refuses what repeats itself, by the limits of the paper", async () => {
  assertEquals(await errorsOf(PROSE, { repetition: "gopher", prose: "gopher" }), []);
  assertEquals(await errorsOf("same line\n".repeat(10), { repetition: "gopher" }), [
    "repetitive: 90 % of the lines are repeated, at most 30 %",
  ]);
  assertEquals(await errorsOf(`${PROSE} ${"on and on ".repeat(20)}`, { repetition: "gopher" }), [
    "repetitive: the commonest 2-gram takes 25.4 %, at most 20 %",
  ]);
  assertEquals(await errorsOf("yes no yes no yes no", { max_ngram_repeats: 2, ngram: 2 }), [
    'repetitive: "yes no" 3 times, at most 2',
  ]);
});

Deno.test("format_rules refuses what is no prose", async () => {
  const reasons = [
    "x ".repeat(30),
    "- one of the things\n- and that\n".repeat(3),
    "12 34 56 78 90 123 456 789 1011",
    "#### ####",
  ];
  for (const text of reasons) {
    assertEquals((await errorsOf(text, { prose: "gopher" }) as readonly string[]).length, 1);
  }
});

Deno.test("format_rules ends soon on texts that are made to hold it up", async () => {
  const texts = [
    "```\n" + " ".repeat(200_000) + "x",
    "# " + " ".repeat(200_000) + "x",
    "**".repeat(100_000),
    "a ".repeat(50_000),
  ];
  const config = {
    valid_as: "fenced",
    sections: ["x"],
    repetition: "gopher",
    prose: "gopher",
    max_ngram_repeats: 1,
  };
  for (const text of texts) {
    assertEquals((await errorsOf(text, config) as readonly string[]).length > 0, true);
  }
});

Deno.test("format_rules rejects with the first rule that is broken", async () => {
  const run = await runStep(formatRules, {
    config: { must_match: ["x"], min_words: 3, action: "reject" },
    rows: [{ generation: "y" }, { generation: "x" }, { generation: "x y z" }],
  });
  assertEquals(run.rejected.map(({ reason, detail }) => [reason, detail]), [
    ["pattern_mismatch", "does not match x"],
    ["too_short", "1 words, at least 3"],
  ]);
});

Deno.test("repetitionProblem() finds a repeated text worse than the text", () => {
  const word = fc.string({ minLength: 2, maxLength: 6, unit: fc.constantFrom(..."abcdefgh") });
  fc.assert(fc.property(fc.array(word, { minLength: 60, maxLength: 80 }), (words) => {
    const text = words.join(" ");
    assertEquals(repetitionProblem(`${text}\n${text}`) === undefined, false);
    assertLess(mostFrequentNgram(text, 3).count, mostFrequentNgram(`${text} ${text}`, 3).count);
  }));
});
