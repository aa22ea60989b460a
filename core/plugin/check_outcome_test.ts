import { assertEquals, assertThrows } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import type { Json } from "../record/mod.ts";
import {
  checkOutcome,
  checkOutcomes,
  errorOfPlugin,
  mayHoldPrototype,
  refusePrototype,
} from "./check_outcome.ts";

const ROW = { text: "a", n: 1 };

Deno.test("checkOutcome() lays what is set over the row, and keeps the row where nothing is", () => {
  assertEquals(checkOutcome({ kind: "pass" }, ROW), { kind: "pass", row: ROW });
  assertEquals(checkOutcome({ kind: "pass", set: { n: 2, m: 3 } }, ROW), {
    kind: "pass",
    row: { text: "a", n: 2, m: 3 },
  });
  assertEquals(checkOutcome({ kind: "pass", row: { m: 3 } }, ROW), { kind: "pass", row: { m: 3 } });
  const expanded = checkOutcome({
    kind: "expand",
    items: [{ kind: "pass" }, { kind: "reject", reason: "no" }],
  }, ROW);
  assertEquals(expanded.kind === "expand" && expanded.items.map(({ kind }) => kind), ["pass", "reject"]);
});

Deno.test("checkOutcome() fails a row whose outcome has no known form", () => {
  const wrong: readonly Json[] = [
    null,
    7,
    [],
    {},
    { kind: "kept" },
    { kind: "pass", set: [1] },
    { kind: "pass", row: "text" },
    { kind: "reject" },
    { kind: "reject", reason: "Two Words" },
    { kind: "expand", items: {} },
    { kind: "expand", items: Array.from({ length: 10_001 }, () => ({ kind: "pass" })) },
  ];
  for (const found of wrong) {
    const outcome = checkOutcome(found, ROW);
    assertEquals(
      outcome.kind === "fail" && outcome.error.code,
      "step.bad_output",
      JSON.stringify(found).slice(0, 80),
    );
  }
});

Deno.test("checkOutcomes() wants one outcome for each row", () => {
  assertEquals(checkOutcomes([{ kind: "pass" }], [ROW]).length, 1);
  for (const found of [[], [{ kind: "pass" }, { kind: "pass" }], {}, null]) {
    const error = assertThrows(() => checkOutcomes(found as Json, [ROW]), FastDistillError);
    assertEquals(error.code, "plugin.bad_message");
  }
});

Deno.test("errorOfPlugin() lets a plugin fail rows, and end no run", () => {
  const codeOf = (code: string) => errorOfPlugin({ code, message: "why" }).code;
  assertEquals(["step.parse", "data.malformed"].map(codeOf), ["step.parse", "data.malformed"]);
  const others = [
    "budget.exhausted",
    "store.corrupt",
    "provider.auth",
    "data.write_failed",
    "internal.invariant",
  ];
  for (const code of others) assertEquals(codeOf(code), "step.failed", code);
});

Deno.test("refusePrototype() finds the key however it is written, and no text that only names it", () => {
  const lines = [
    '{"__proto__":1}',
    '{"a":[{"b":{"__proto__":{}}}]}',
    '{"\\u005f_proto__":1}',
    '{"__pr\\u006fto__":1}',
  ];
  for (const line of lines) {
    assertEquals(mayHoldPrototype(line), true, line);
    assertThrows(() => refusePrototype(JSON.parse(line)), FastDistillError, "__proto__");
  }
  refusePrototype(JSON.parse('{"code":"a.__proto__ = b","constructor":1}'));
});
