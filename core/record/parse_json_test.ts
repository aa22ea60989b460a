import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseJson } from "./parse_json.ts";

Deno.test("parseJson() reads what JSON.parse() reads where numbers are held", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      // What was written from numbers is read again, large ones too.
      assertEquals(parseJson(text), JSON.parse(text));
    }),
  );
});

Deno.test("parseJson() refuses integers beyond 2^53 and numbers without end, or gives the digits", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["9007199254740993", "the integer 9007199254740993, which a number cannot hold"],
    ['{"a":[{"b":-9223372036854775807}]}', "the integer -9223372036854775807, which a number cannot hold"],
    ["[1e999]", "the number 1e999, which is too large"],
    [`[${"9".repeat(400)}]`, `the number ${"9".repeat(400)}, which is too large`],
  ];
  for (const [text, problem] of cases) {
    assertThrows(() => parseJson(text), RangeError, `Read JSON, found ${problem}`);
  }
  assertEquals(parseJson('[9007199254740993,{"b":-9223372036854775808}]', { int64: "text" }), [
    "9007199254740993",
    { b: "-9223372036854775808" },
  ]);
  assertEquals(parseJson("[9007199254740992,9007199254740991]", { int64: "text" }), [
    "9007199254740992",
    9007199254740991,
  ]);
  assertEquals(parseJson("-9223372036854775808"), -(2 ** 63));
  assertThrows(() => parseJson("[1e999]", { int64: "text" }), RangeError, "too large");
});

Deno.test("parseJson() leaves digits in texts, decimals and large floats alone", () => {
  const text =
    '{"id":"9007199254740993","x":0.12345678901234567890,"y":1e300,"z":9007199254740992,"w":1e-999,"v":123456789012345680000}';
  assertEquals(parseJson(text), JSON.parse(text));
  assertThrows(() => parseJson('{"a": 9007199254740993'), SyntaxError);
});

Deno.test("parseJson() tells of each number that is refused, and of what holds it", () => {
  const holders: object[] = [];
  const value = parseJson('[{"a":9007199254740993},{"a":1},{"a":[1e999]}]', {
    onInexact: (holder) => holders.push(holder),
  }) as readonly { readonly a: object }[];
  assertEquals(holders.length, 2);
  assertEquals([holders[0] === value[0], holders[1] === value[2]!.a], [true, true]);
});

Deno.test("parseJson() reads nesting of any depth, and numbers under any key", () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  assertEquals(Array.isArray(parseJson(deep)), true);
  assertThrows(() => parseJson('{"__proto__":{"a":9007199254740993}}'), RangeError);
  assertThrows(() => parseJson(`${"[".repeat(500)}9007199254740993${"]".repeat(500)}`), RangeError);
});
