import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseYaml, YamlSyntaxError } from "./parse_yaml.ts";
import { stringifyYaml } from "./stringify_yaml.ts";

Deno.test("parseYaml() reads the core schema of YAML 1.2, where 1.1 reads other values", () => {
  const texts = [
    "no",
    "on",
    "1:30",
    "2024-05-31",
    "0b11",
    "1_000",
    "=",
    "<<",
    "012abc",
    "+.inf2",
    "NaN",
    "y",
  ];
  for (const text of texts) assertEquals(parseYaml(`a: ${text}`), { a: text });
  const others = {
    "0o17": 15,
    "017": 17,
    "0x1F": 31,
    "1e3": 1000,
    ".5": 0.5,
    "+12": 12,
    "True": true,
    "~": null,
    "NULL": null,
  };
  for (const [text, value] of Object.entries(others)) {
    assertEquals(parseYaml(`a: ${text}`), { a: value }, text);
  }
});

Deno.test("parseYaml() takes merge keys and keys of prototypes as keys", () => {
  assertEquals(parseYaml("<<: { a: 1 }"), { "<<": { a: 1 } });
  const value = parseYaml("__proto__: { polluted: yes }\nconstructor: 1") as object;
  assertEquals(Object.keys(value), ["__proto__", "constructor"]);
  assertEquals(Object.getPrototypeOf(value), Object.prototype);
  assertEquals(({} as Record<string, unknown>).polluted, undefined);
});

Deno.test("parseYaml() reads nothing as null, and a byte order mark as nothing", () => {
  for (const text of ["", "\n", "# a comment", "---\n", "---\n...\n", "~", "\uFEFF"]) {
    assertEquals(parseYaml(text), null);
  }
  assertEquals(parseYaml("\uFEFFa: 1"), { a: 1 });
});

Deno.test("parseYaml() gives an alias the very value of its anchor", () => {
  const { a, b } = parseYaml("a: &x [1]\nb: *x") as { readonly a: unknown; readonly b: unknown };
  assert(a === b);
  const loop = parseYaml("&x [*x]") as readonly unknown[];
  assert(loop[0] === loop);
});

Deno.test("parseYaml() says what is wrong, and where", () => {
  const cases: readonly (readonly [text: string, line: number, column: number, message: string])[] = [
    ["a: 1\n'a': 2", 2, 1, 'Found the key "a" twice in one map'],
    ["a: 1\nb: { c: 1, c: 2 }", 2, 12, 'Found the key "c" twice in one map'],
    ["a:\n\tb: 1", 2, 1, "a tab cannot indent; use spaces"],
    ["a: 1\n---\nb: 2", 2, 1, "Expected one YAML document, found another one"],
    ["a: 1\n---\n", 2, 1, "Expected one YAML document, found another one"],
    ["a: !!js/function 'x'", 1, 4, "the tag tag:yaml.org,2002:js/function is not known"],
    ["a: !code\n  b: 1", 1, 4, "the tag !code is not known"],
    ["a: *b", 1, 5, "unidentified alias"],
    ["a: 1\n  b: 2", 2, 4, "the line is indented differently"],
    ["? [a]\n: b", 1, 3, "a key is a text, not a list or a map"],
    ["a: \0", 1, 4, "null byte"],
    ["a: b: c", 1, 5, "a text that holds a colon and a space goes into quotes"],
    ["a: @b", 1, 4, "a text that begins with @ goes into quotes"],
    ["a: 'b'c", 1, 7, "nothing can follow a closing quote"],
    ["a: [b\nc: 1", 2, 1, "a quote or bracket before is not closed"],
    ["a: { b: ${env:C} }", 1, 10, "expected a comma or the closing bracket"],
    ["a: [,]", 1, 5, "expected a value before the comma"],
    ["a\nb: 1", 2, 2, "the line belongs to nothing"],
    ["a: 1\nb", 2, 2, "expected a colon after the key"],
    ["a: \u0007", 1, 4, "a character that YAML does not allow"],
    [`${"[".repeat(2000)}`, 1, 1000, "nested deeper than 1000 levels"],
  ];
  for (const [text, line, column, message] of cases) {
    const error = assertThrows(() => parseYaml(text), YamlSyntaxError, message);
    assertEquals(error.position, { line, column }, text.slice(0, 40));
    assert(!error.message.includes("\n"));
  }
});

Deno.test("parseYaml() takes a closing bracket at the beginning of a line, as other parsers do, and keeps places", () => {
  const text = "a: [\n  1, # ]\n]\nb:\n  c: {\n    d: [\n      '}',\n    ],\n  }\n  e: |\n    ]\n  }\n";
  assertEquals(parseYaml(text.slice(0, -4)), { a: [1], b: { c: { d: ["}"] }, e: "]\n" } });
  assertEquals(assertThrows(() => parseYaml(text), YamlSyntaxError).position, { line: 12, column: 3 });
  const beside = assertThrows(() => parseYaml("a: [{\n}, { b: 1, b: 2 }\n]\n"), YamlSyntaxError);
  assertEquals(beside.position, { line: 2, column: 12 });
  // Each of them is read anew, so that there is an end to it.
  const lists = (count: number) => `# ${"x".repeat(500_000)}\na: [\n${" [\n],\n".repeat(count)}]\n`;
  assertEquals(parseYaml(lists(10)), { a: Array(10).fill([]) });
  // Each bracket has the text read anew, so that there is an end to it.
  assertThrows(
    () => parseYaml(lists(100)),
    YamlSyntaxError,
    "is not closed, or the lines in it are not indented",
  );
});

Deno.test("parseYaml() does not take quadratic time for keys, nor memory for aliases", () => {
  const keys = Array.from({ length: 50_000 }, (_, index) => `k${index}: 1`).join("\n");
  assertEquals(Object.keys(parseYaml(keys) as object).length, 50_000);
  const bomb = Array.from(
    { length: 30 },
    (_, index) => `a${index}: &a${index} [${index === 0 ? "x" : Array(9).fill(`*a${index - 1}`).join()}]`,
  ).join("\n");
  assertEquals(Object.keys(parseYaml(bomb) as object).length, 30);
});

Deno.test("stringifyYaml() writes any JSON value so that it is read again", () => {
  fc.assert(fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
    const json = JSON.parse(JSON.stringify(value));
    assertEquals(parseYaml(stringifyYaml(json)), json);
  }));
});

Deno.test("stringifyYaml() quotes what YAML 1.1 would read as another value, and folds no line", () => {
  const texts = ["no", "1:30", "2024-05-31", "0b11", "=", "<<", "~", "1e3", "012"];
  for (const text of texts) assertEquals(stringifyYaml([text]), `- '${text}'\n`);
  const long = "word ".repeat(100).trim();
  assertEquals(stringifyYaml({ long }), `long: ${long}\n`);
  assertEquals(stringifyYaml({ text: "a\nb\n" }), "text: |\n  a\n  b\n");
  const shared = { a: 1 };
  assertEquals(stringifyYaml([shared, shared]), "- a: 1\n- a: 1\n");
});
