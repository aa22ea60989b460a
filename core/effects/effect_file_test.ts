import { assertEquals, assertRejects } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import { exportEffects, importEffects } from "./effect_file.ts";
import { effectKey } from "./effect_key.ts";
import { type EffectRecord, memoryEffectStore } from "./effect_store.ts";
import { effectTotals } from "./effect_totals.ts";
import { selectEffects } from "./select_effects.ts";

function record(name: string, meta: Partial<EffectRecord["meta"]> = {}): EffectRecord {
  const [kind, request] = ["chat", { sample: 0, request: { model: "m", text: `${name} cafe\u0301\u2028` } }];
  return {
    key: effectKey({ kind, fields: request }),
    kind,
    request,
    response: { content: name },
    meta: { started_at: "2026-01-01T00:00:00.000Z", duration_ms: 1, attempts: 1, ...meta },
  };
}

async function exported(
  count: number,
  check: (path: string, records: readonly EffectRecord[]) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  try {
    const store = memoryEffectStore();
    const records = Array.from({ length: count }, (_, n) => record(`r${n}`));
    await Promise.all(records.map(store.put));
    const { effects } = await exportEffects(store.list(), `${folder}/effects.jsonl`);
    assertEquals(effects, count);
    await check(`${folder}/effects.jsonl`, records);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("importEffects() gives back what exportEffects() wrote, and keeps what was there", () =>
  exported(700, async (path, records) => {
    const store = memoryEffectStore();
    await store.put({ ...records[5]!, response: "older" });
    assertEquals(await importEffects(store, path), { added: 699, known: 1 });
    assertEquals(await importEffects(store, path), { added: 0, known: 700 });
    assertEquals(await store.get(records[4]!.key), records[4]);
    assertEquals((await store.get(records[5]!.key))?.response, "older");
  }));

Deno.test("exportEffects() writes the same bytes for the same effects, and only those that are meant", () =>
  exported(3, async (path, records) => {
    const store = memoryEffectStore();
    for (const one of records.toReversed()) await store.put(one);
    await exportEffects(store.list(), `${path}.again`);
    assertEquals(await Deno.readTextFile(`${path}.again`), await Deno.readTextFile(path));
    const none = await exportEffects(selectEffects(store, { model: "another" }), `${path}.none`);
    assertEquals(none.effects, 0);
    assertEquals(await importEffects(memoryEffectStore(), `${path}.none`), { added: 0, known: 0 });
  }));

Deno.test("importEffects() adds nothing of a file that is not as it was written", () =>
  exported(3, async (path) => {
    const text = await Deno.readTextFile(path);
    const lines = text.split("\n").slice(0, -1);
    const [header, first, second, third, end] = lines as [string, string, string, string, string];
    const cases: Readonly<Record<string, readonly string[]>> = {
      "the file is cut off: its last line is missing": [header, first, second],
      "expected 3 records, found 2": [header, first, third, end],
      "expected the digest": [header, first, third, second, end],
      "is not that of its request": [header, first.replace('"model":"m"', '"model":"n"'), second, third, end],
      "the line is not JSON": [header, first.slice(0, -9), second, third, end],
      "a line follows the last one": [...lines, first],
      'expected "format"': [first, second, third, end],
      "reads version 1, found 2": [header.replace('"version":1', '"version":2'), first, second, third, end],
      "lacks its response or meta": [header, first.replace('"response"', '"answer"'), second, third, end],
    };
    const changed = [header, first.replace(/"content":"r/, '"content":"x'), second, third, end];
    for (const [problem, damaged] of [...Object.entries(cases), ["the digest", changed] as const]) {
      await Deno.writeTextFile(path, damaged.join("\n") + "\n");
      const store = memoryEffectStore();
      const error = await assertRejects(() => importEffects(store, path), FastDistillError, problem);
      assertEquals([error.code, await store.count()], ["data.malformed", 0]);
    }
  }));

Deno.test("effectTotals() adds up by kind and model, at recorded prices", async () => {
  const store = memoryEffectStore();
  const usage = { input_tokens: 1_000_000, output_tokens: 0 };
  await store.put(record("a", { usage, price: { input: 0.1, output: 1 }, model: "m-1" }));
  await store.put(record("b", { usage, price: { input: 0.2, output: 1 }, model: "m-1" }));
  await store.put(record("c", { usage, started_at: "2026-02-01T00:00:00.000Z" }));
  const { groups, ...all } = await effectTotals(store);
  assertEquals([all.effects, all.cost_usd, all.unpriced, all.usage.input_tokens], [3, 0.3, 1, 3_000_000]);
  assertEquals([all.oldest, all.newest], ["2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"]);
  assertEquals(groups.map(({ kind, model, effects, cost_usd }) => [kind, model, effects, cost_usd]), [
    ["chat", "m-1", 2, 0.3],
    ["chat", "m", 1, 0],
  ]);
  const late = await effectTotals(store, { since: "2026-01-15T00:00:00.000Z" });
  const early = await effectTotals(store, { before: "2026-01-15T00:00:00.000Z", model: "m" });
  assertEquals([late.effects, early.effects, (await effectTotals(store, { kind: "x" })).effects], [1, 2, 0]);
});
