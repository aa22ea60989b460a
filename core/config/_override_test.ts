import { assertEquals, assertThrows } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import type { Json } from "../record/mod.ts";
import { lineOf } from "./_load_texts_test.ts";
import { applyOverride, parseOverride, reachOf } from "./_override.ts";

const CONFIG = {
  gates: [{ min: 1 }, { min: 2 }],
  steps: { teach: { use: "x", with: { n: 1 } } },
  empty: [],
  nothing: null,
};

Deno.test("parseOverride() reads scalars, texts, lists and maps", () => {
  const cases: readonly (readonly [string, Json])[] = [
    ["7", 7],
    ["-0.5", -0.5],
    ["1e3", 1000],
    ["true", true],
    ["null", null],
    ["~", null],
    ["", null],
    ["text", "text"],
    ["two words", "two words"],
    ["'7'", "7"],
    ['"a\\nb"', "a\nb"],
    ["[1, a, {b: c}]", [1, "a", { b: "c" }]],
    ["{a: 1, b: [x]}", { a: 1, b: ["x"] }],
    ["{{ question }}", "{{ question }}"],
    ["Question: {{ question }}", "Question: {{ question }}"],
    ["a=b", "a=b"],
    ["# no comment", "# no comment"],
    ["1 # no comment", "1 # no comment"],
    ["*x", "*x"],
    ["- a", "- a"],
    ["2024-01-01", "2024-01-01"],
  ];
  for (const [text, value] of cases) {
    const isTyped = typeof value === "number" || typeof value === "boolean";
    assertEquals(
      parseOverride(`a.b=${text}`),
      { layer: "set", origin: "--set", path: ["a", "b"], value, ...(isTyped ? { text } : {}) },
      text,
    );
  }
});

Deno.test("parseOverride() says what is wrong", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["x", 'config.invalid_override --set | Expected path=value after --set, found no "=" in "x"'],
    ["=1", 'config.invalid_override --set | Expected a dotted path before "=" after --set, found ""'],
    ["a..b=1", 'config.invalid_override --set | Expected a dotted path before "=" after --set, found "a..b"'],
    ["a=[1", "config.invalid_override --set a | Cannot read the value of --set a as YAML"],
    ["a.__proto__=1", 'config.unknown_key --set a.__proto__ | Cannot use the key "__proto__" in --set'],
    ["a={__proto__: 1}", 'config.unknown_key --set a | Cannot use the key "__proto__" at a'],
    [
      "a=[9007199254740993]",
      "config.invalid_value --set a | Expected an integer up to 2^53 at a.0, found 9007199254740992",
    ],
    ["a=[.nan]", "config.invalid_value --set a | Expected a finite number at a.0, found NaN"],
  ];
  for (const [text, line] of cases) {
    assertEquals(lineOf(assertThrows(() => parseOverride(text), FastDistillError)), line);
  }
});

Deno.test("applyOverride() replaces what is there and makes the maps on the way", () => {
  const set = (text: string) => applyOverride(CONFIG, parseOverride(text));
  assertEquals(set("gates.1.min=0.9").gates, [{ min: 1 }, { min: 0.9 }]);
  assertEquals(set("gates.0=x").gates, ["x", { min: 2 }]);
  assertEquals(set("steps.teach.with={m: 2}").steps, { teach: { use: "x", with: { m: 2 } } });
  assertEquals(set("steps.teach.with.extra.a.b=1").steps, {
    teach: { use: "x", with: { n: 1, extra: { a: { b: 1 } } } },
  });
  assertEquals(set("steps.new={use: y}").steps, { teach: CONFIG.steps.teach, new: { use: "y" } });
  assertEquals(set("steps.new.use=y").steps, { teach: CONFIG.steps.teach, new: { use: "y" } });
  assertEquals(set("nothing.a=1").nothing, { a: 1 });
  assertEquals(CONFIG.gates, [{ min: 1 }, { min: 2 }]);
});

Deno.test("applyOverride() refuses paths that lead nowhere", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["gates.2.min=1", 'Cannot set gates.2.min: gates is a list, expected an index from 0 to 1, found "2"'],
    ["gates.-1.min=1", 'Cannot set gates.-1.min: gates is a list, expected an index from 0 to 1, found "-1"'],
    [
      "gates.first=1",
      'Cannot set gates.first: gates is a list, expected an index from 0 to 1, found "first"',
    ],
    ["empty.0=1", 'Cannot set empty.0: empty is a list, it has no elements, found "0"'],
    [
      "steps.teach.use.x=1",
      "Cannot set steps.teach.use.x: steps.teach.use holds a string, not a map or a list",
    ],
    [
      "steps.teech.with.n=2",
      'Cannot set steps.teech.with.n: no step is named "teech"; did you mean "teach"?',
    ],
    ["providers.p.price.input=1", 'Cannot set providers.p.price.input: no provider is named "p"'],
  ];
  for (const [text, message] of cases) {
    const error = assertThrows(() => applyOverride(CONFIG, parseOverride(text)), FastDistillError);
    assertEquals([error.code, error.message], ["config.invalid_override", message]);
  }
});

Deno.test("reachOf() tells what an override decides from what it only makes on the way", () => {
  const override = parseOverride("steps.teach.with={a: [1]}");
  assertEquals(reachOf(override, ["steps", "teach"]), { depth: 2, decides: false });
  assertEquals(reachOf(override, ["steps", "other"]), { depth: 1, decides: false });
  assertEquals(reachOf(override, ["steps", "teach", "with", "a", 0]), { depth: 5, decides: true });
  assertEquals(reachOf(override, ["steps", "teach", "with", "b"]), { depth: 3, decides: true });
  assertEquals(reachOf(parseOverride("gates.0.min=1"), ["gates", 0, "min"]), { depth: 3, decides: true });
});
