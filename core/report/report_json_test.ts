import { assertEquals, assertThrows } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import { formatReport } from "./report_json.ts";

Deno.test("formatReport() writes equal values as equal bytes", () => {
  assertEquals(
    formatReport({ b: { y: 1, x: null }, a: "é" }),
    formatReport({ a: "é", b: { x: null, y: 1 } }),
  );
  assertEquals(formatReport({ a: [1] }), '{\n  "a": [\n    1\n  ]\n}\n');
});

Deno.test("formatReport() refuses what JSON cannot hold", () => {
  const error = assertThrows(() => formatReport({ rate: NaN }), FastDistillError);
  assertEquals(error.code, "data.not_canonical");
});
