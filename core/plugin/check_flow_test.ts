import { assertEquals, assertThrows } from "@std/assert";
import type { Json } from "../record/mod.ts";
import { checkFlow } from "./check_flow.ts";

Deno.test("checkFlow() lets through what a step may say of columns", () => {
  const flows: readonly Json[] = [
    {},
    { requires: [], adds: {}, removes: [], keeps: [] },
    { requires: [{ column: "a" }, { column: "b", type: "number", at: ["list", 0], template: true }] },
    { adds: { a: "string", b: "any" }, removes: ["c"], keeps: ["a"] },
  ];
  for (const flow of flows) assertEquals(checkFlow(flow) as Json, flow);
});

Deno.test("checkFlow() refuses what would make planning fail, or say what is not so", () => {
  const flows: readonly Json[] = [
    null,
    [],
    { requires: 5 },
    { requires: [null] },
    { requires: [{ column: 7 }] },
    { requires: [{ column: "a", type: "text" }] },
    { requires: [{ column: "a", at: "a" }] },
    { requires: [{ column: "a", at: [{}] }] },
    { adds: "x" },
    { adds: { a: "nonsense" } },
    { adds: { a: null } },
    { removes: {} },
    { removes: [1] },
    { keeps: 7 },
  ];
  for (const flow of flows) assertThrows(() => checkFlow(flow), Error, "plugin", JSON.stringify(flow));
});
