import { assertEquals, assertInstanceOf, assertStringIncludes, assertThrows } from "@std/assert";
import { parse, parseAll, stringify, YamlSyntaxError } from "@std/yaml";

Deno.test("parse() reads plain values as the JSR package does", () => {
  const text = "[0777, 0o777, 0x1F, 0b101, 1_000, 1:15, 089, 1.5e3, .inf, yes, true, ~, 2024-01-02, <<]";
  assertEquals(parse(text), [
    ...[
      511,
      "0o777",
      31,
      5,
      1000,
      "1:15",
      "089",
      1500,
      Infinity,
      "yes",
      true,
      null,
      new Date("2024-01-02"),
      "<<",
    ],
  ]);
});

Deno.test("parse() merges keys, follows anchors and decodes bytes", () => {
  const text = "base: &b { x: 1, y: 2 }\nown: { <<: *b, y: 3 }\nraw: !!binary SGVsbG8=\n";
  const bytes = new TextEncoder().encode("Hello");
  assertEquals(parse(text), { base: { x: 1, y: 2 }, own: { x: 1, y: 3 }, raw: bytes });
});

Deno.test("parse() gives null for a text without a document", () => {
  assertEquals(parse(""), null);
  assertEquals(parse("# only a comment\n"), null);
});

Deno.test("parse() refuses a repeated key with its place", () => {
  const error = assertThrows(
    () => parse("name: a\nname: b\n"),
    SyntaxError,
    "at line 2, column 1:\n    name: b\n    ^",
  );
  assertInstanceOf(error, YamlSyntaxError);
  assertEquals([error.line, error.column, error.offset], [2, 1, 8]);
  assertEquals(parse("name: a\nname: b\n", { allowDuplicateKeys: true }), { name: "b" });
});

Deno.test("parse() refuses a second document with the place of its marker", () => {
  assertThrows(() => parse("hello: world\n---\nfoo: bar"), YamlSyntaxError, "at line 2, column 1");
  assertThrows(() => parse("--- # first\na: 1\n---\nb: 2"), YamlSyntaxError, "at line 3, column 1");
});

Deno.test("parse() builds no code and no class from a tag", () => {
  for (const text of ["!!js/function 'function () {}'", "!!js/regexp /a/", "!!js/undefined ~", "!mine x"]) {
    assertThrows(() => parse(text), SyntaxError, "unknown tag");
  }
});

Deno.test("parse() keeps the prototype of the document and of every object out of reach", () => {
  const parsed = parse("__proto__: { polluted: true }\n") as Record<string, unknown>;
  assertEquals(Object.getPrototypeOf(parsed), Object.prototype);
  assertEquals("polluted" in {}, false);
});

Deno.test("parse() reports warnings and keeps to the schema", () => {
  const warnings: string[] = [];
  parse("%FOO 1\n--- a\n", { onWarning: (warning) => warnings.push(warning.message) });
  assertStringIncludes(warnings.join(), "FOO");
  assertEquals(parse("[2024-01-02, 1, ~]", { schema: "core" }), ["2024-01-02", 1, null]);
  assertEquals(parse("[1, ~]", { schema: "failsafe" }), ["1", "~"]);
});

Deno.test("parseAll() reads every document", () => {
  assertEquals(parseAll("---\na: 1\n---\nb: 2\n"), [{ a: 1 }, { b: 2 }]);
});

Deno.test("stringify() writes what parse() reads back", () => {
  const value = {
    id: 1,
    text: "yes",
    list: ["a: b", "007", ""],
    nested: { x: null, y: -0.5 },
    at: new Date(0),
  };
  assertEquals(parse(stringify(value)), value);
});

Deno.test("stringify() follows its options", () => {
  const item = { b: 1 };
  assertEquals(stringify({ b: 1, a: ["x"] }, { sortKeys: true, indent: 4 }), "a:\n    - x\nb: 1\n");
  assertEquals(stringify({ a: ["x"] }, { arrayIndent: false }), "a:\n- x\n");
  assertEquals(stringify([item, item]), "- &ref_0\n  b: 1\n- *ref_0\n");
  assertEquals(stringify([item, item], { useAnchors: false }), "- b: 1\n- b: 1\n");
  assertEquals(stringify("word ".repeat(30), { lineWidth: -1 }).split("\n").length, 2);
  assertEquals(stringify({ f: () => 1, a: 1 }, { skipInvalid: true }), "a: 1\n");
});

Deno.test("stringify() refuses what YAML cannot hold", () => {
  assertThrows(() => stringify({ f: () => 1 }), TypeError);
});
