import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FastDistillError } from "../errors/mod.ts";
import { canonicalJson } from "./canonical_json.ts";

Deno.test("canonicalJson() writes the examples of RFC 8785", () => {
  const value = {
    numbers: [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    literals: [null, true, false],
  };
  assertEquals(
    canonicalJson(value),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

Deno.test("canonicalJson() sorts keys by UTF-16 code units", () => {
  const value = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  };
  assertEquals(Object.values(JSON.parse(canonicalJson(value))).length, 7);
  assertEquals(
    [...canonicalJson(value).matchAll(/"(Carriage|One|Control|Latin|Euro|Emoji|Hebrew)/g)].map(([, name]) =>
      name
    ),
    [
      "Carriage",
      "One",
      "Control",
      "Latin",
      "Euro",
      "Emoji",
      "Hebrew",
    ],
  );
});

Deno.test("canonicalJson() writes numbers as ECMAScript does", () => {
  const vectors: readonly (readonly [number, string])[] = [
    [-0, "0"],
    [5e-324, "5e-324"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
    [9007199254740992, "9007199254740992"],
    [295147905179352830000, "295147905179352830000"],
    [1e21, "1e+21"],
    [1e-7, "1e-7"],
    [0.000001, "0.000001"],
    [333333333.3333332, "333333333.3333332"],
  ];
  for (const [value, text] of vectors) assertEquals(canonicalJson(value), text);
});

Deno.test("canonicalJson() refuses what JSON cannot hold, naming the place", () => {
  const refused: readonly (readonly [unknown, string])[] = [
    [{ a: [1, NaN] }, "Cannot write NaN as canonical JSON at a.1"],
    [Infinity, "Cannot write Infinity as canonical JSON"],
    [{ a: undefined }, "Cannot write undefined as canonical JSON at a"],
    [10n, "Cannot write a bigint as canonical JSON"],
    [{ a: "\ud800" }, "Cannot write text with a lone surrogate as canonical JSON at a"],
    [{ "\udc00": 1 }, "Cannot write text with a lone surrogate as canonical JSON at \udc00"],
  ];
  for (const [value, message] of refused) {
    const error = assertThrows(() => canonicalJson(value), FastDistillError);
    assertEquals([error.code, error.message], ["data.not_canonical", message]);
  }
});

Deno.test("canonicalJson() refuses bottomless nesting instead of overflowing", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  assertEquals(assertThrows(() => canonicalJson(circle), FastDistillError).code, "data.not_canonical");
});

Deno.test("canonicalJson() brings text and keys into NFC when asked, and refuses keys that meet", () => {
  const decomposed = "e\u0301";
  assertEquals(canonicalJson({ [decomposed]: decomposed }, { nfc: true }), '{"é":"é"}');
  assertEquals(canonicalJson(decomposed), JSON.stringify(decomposed));
  const error = assertThrows(
    () => canonicalJson({ [decomposed]: 1, "é": 2 }, { nfc: true }),
    FastDistillError,
  );
  assertEquals(error.message, 'Cannot write two keys that are both "é" in form NFC as canonical JSON');
});

Deno.test("canonicalJson() gives the same text for the same value, whatever the order of keys, and loses nothing", () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).reverse().map(([key, item]) => [key, shuffled(item)]));
  };
  const json = fc.jsonValue({ stringUnit: "grapheme" });
  fc.assert(fc.property(json, (value) => {
    const text = canonicalJson(value);
    assertEquals(canonicalJson(shuffled(value)), text);
    assertEquals(canonicalJson(JSON.parse(text)), text);
    assertEquals(JSON.parse(text), JSON.parse(JSON.stringify(value)));
  }));
});

Deno.test("canonicalJson() gives one text for all Unicode forms of a value, and tells different values apart", () => {
  const json = fc.jsonValue({ stringUnit: "grapheme" });
  const inForm = (value: unknown, form: "NFC" | "NFD"): unknown => {
    if (typeof value === "string") return value.normalize(form);
    if (Array.isArray(value)) return value.map((item) => inForm(item, form));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key.normalize(form), inForm(item, form)]),
    );
  };
  fc.assert(fc.property(json, (value) => {
    // Keys that meet in form NFC are refused, so the value is brought into a form in which none do.
    const composed = inForm(value, "NFC");
    const text = canonicalJson(composed, { nfc: true });
    assertEquals(canonicalJson(inForm(composed, "NFD"), { nfc: true }), text);
    assertEquals(canonicalJson(composed), text);
  }));
  fc.assert(fc.property(json, json, (a, b) => {
    const isSame = canonicalJson(a) === canonicalJson(b);
    assertEquals(isSame, JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
  }));
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return { entries: entries.map(([key, item]) => [key, sorted(item)]) };
}
