import { assertEquals } from "@std/assert";
import { sourceRowId } from "../record/mod.ts";
import { RepeatedIds } from "./_repeated_ids.ts";

Deno.test("RepeatedIds.candidates() names the ids that were added twice, past its first capacity", () => {
  const ids = Array.from({ length: 20_000 }, (_, index) => sourceRowId("s", index));
  const repeated = new RepeatedIds();
  for (const id of [...ids, ids[7]!, ids[19_999]!, ids[7]!]) repeated.add(id);
  const mayRepeat = repeated.candidates();
  assertEquals(ids.filter(mayRepeat), [ids[7]!, ids[19_999]!]);
});

Deno.test("RepeatedIds.candidates() never misses ids that are no hex digits", () => {
  const repeated = new RepeatedIds();
  for (const id of ["zz", "yy", "undefined", "undefined"]) repeated.add(id);
  assertEquals(repeated.candidates()("undefined"), true);
});
