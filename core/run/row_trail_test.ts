import { assertEquals } from "@std/assert";
import { join } from "node:path";
import type { LineageWriter, MadeRow } from "../artifact/mod.ts";
import { RowTrail } from "./row_trail.ts";
import { openSlot } from "./slot.ts";
import { SlotSpill } from "./slot_spill.ts";

/** A writer that keeps its lines. */
function writerDouble(): LineageWriter & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    effects: (step, rowId, keys) => void lines.push(`${step} ${rowId}: ${keys.join()}`),
    made: ({ step, rowId }: MadeRow) => void lines.push(`${step} made ${rowId}`),
    joined: () => {},
    staged: () => {},
    close: () => Promise.resolve([]),
    abort: () => Promise.resolve(),
  };
}

const LINES = ["b made a0", "b made a1", "b a: k1,k1,k2", "c a: k3", "b a1: k4"];

function trailOf(writer: LineageWriter) {
  const trail = new RowTrail(writer, () => {});
  const slot = openSlot({ path: [0, 0], rowIds: "a" }, 0);
  for (
    const [step, row, key] of [["b", "a", "k2"], ["b", "a1", "k4"], ["c", "a", "k3"], ["b", "a", "k1"], [
      "b",
      "a",
      "k1",
    ]] as const
  ) {
    trail.effect(step, row, key);
  }
  const made = (rowId: string, index: number) => ({
    step: "b",
    rowId,
    parents: ["a"],
    index,
    path: [0, 0, index],
  });
  slot.made = [made("a1", 1), made("a0", 0)];
  return { trail, slot };
}

Deno.test("RowTrail.empty() writes rows in canonical order and keys sorted, each as often as it was obtained", () => {
  const writer = writerDouble();
  const { trail, slot } = trailOf(writer);
  trail.empty(slot);
  assertEquals(writer.lines, LINES);
  trail.close();
  assertEquals(writer.lines.length, LINES.length);
});

Deno.test("RowTrail.take() keeps what waits in a file for its turn", async () => {
  const folder = await Deno.makeTempDir();
  try {
    using spill = new SlotSpill(join(folder, "rows.jsonl"));
    const writer = writerDouble();
    const { trail, slot } = trailOf(writer);
    slot.trailed = trail.take(slot);
    spill.put(slot);
    assertEquals(slot.trailed, undefined);
    spill.takeBack(slot);
    trail.write(slot.trailed!);
    assertEquals(writer.lines, LINES);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("RowTrail.close() writes what no slot was emptied of", () => {
  const writer = writerDouble();
  trailOf(writer).trail.close();
  assertEquals(writer.lines, ["b a: k1,k1,k2", "c a: k3", "b a1: k4"]);
});
