import { assertEquals } from "@std/assert";
import { Lineage } from "./_lineage.ts";

const envelope = (rowId: string, parents: readonly string[], path: readonly number[]) => ({
  rowId,
  parents,
  path,
  row: {},
});

Deno.test("Lineage follows expansions, branches and new places back to the source, in whatever order it learns of them", () => {
  const lineage = new Lineage();
  lineage.add(envelope("branch", ["sample"], [0, 7, 1]));
  lineage.add(envelope("sample", ["row"], [0, 7, 1]));
  lineage.add(envelope("branch", ["sample"], [5, 0])); // A global step gave it another place.
  lineage.addSource("read", envelope("row", [], [0, 7]));
  assertEquals(["row", "sample", "branch"].map((id) => lineage.sourceOf(id)?.index), [7, 7, 7]);
  assertEquals([lineage.sourceOf("branch")?.step, lineage.sourceOf("stranger")], ["read", undefined]);
});
