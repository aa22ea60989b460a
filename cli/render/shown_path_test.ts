import { assertEquals } from "@std/assert";
import { shownPath } from "./shown_path.ts";

Deno.test("shownPath() is relative inside the folder and absolute outside", () => {
  assertEquals(shownPath("/home/a/runs/x", "/home/a"), "runs/x");
  assertEquals(shownPath("/home/a", "/home/a"), ".");
  assertEquals(shownPath("/home/ab", "/home/a"), "/home/ab");
  assertEquals(shownPath("/home/a/..b", "/home/a"), "..b");
  assertEquals(shownPath("runs/x", "/home/a"), "runs/x");
});
