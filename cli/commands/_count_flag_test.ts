import { FastDistillError } from "@fastdistill/core/errors";
import { assertEquals, assertThrows } from "@std/assert";
import { countOf, LIMIT_FLAG } from "./_count_flag.ts";

const given = (...values: readonly string[]) => ({ values: new Map([["limit", values]]) });

Deno.test("countOf() reads a whole number, and nothing where there is none", () => {
  assertEquals(countOf(given("20"), LIMIT_FLAG), { limit: 20 });
  assertEquals(countOf({ values: new Map() }, LIMIT_FLAG), {});
});

Deno.test("countOf() refuses what is not a whole number above zero", () => {
  for (const typed of ["0", "-1", "1.5", "many", "1e3", ""]) {
    const error = assertThrows(() => countOf(given(typed), LIMIT_FLAG), FastDistillError);
    assertEquals(error.message, `Flag --limit takes a whole number above 0, found "${typed}"`);
  }
});
