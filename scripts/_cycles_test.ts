import { assertEquals } from "@std/assert";
import { findCycles } from "./_cycles.ts";

function graph(edges: Readonly<Record<string, string>>) {
  return new Map(Object.entries(edges).map(([from, to]) => [from, new Set(to.split(""))]));
}

Deno.test("findCycles() finds nothing in a diamond", () => {
  assertEquals(findCycles(graph({ a: "bc", b: "d", c: "d" })), []);
});

Deno.test("findCycles() gives one shortest loop per tangle, from its first name", () => {
  assertEquals(findCycles(graph({ a: "b", b: "ce", c: "da", d: "a", e: "b", x: "y", y: "x", z: "z" })), [
    ["a", "b", "c", "a"],
    ["x", "y", "x"],
    ["z", "z"],
  ]);
});

Deno.test("findCycles() reports a loop that only its entrance leads to without that entrance", () => {
  assertEquals(findCycles(graph({ a: "b", b: "c", c: "b" })), [["b", "c", "b"]]);
});
