import { assert, assertEquals, assertInstanceOf, assertNotEquals } from "@std/assert";
import { effectKey } from "./effect_key.ts";
import { EffectRunner, GIVEN_UP, type TakeAnswer } from "./effect_runner.ts";
import { type EffectMeta, memoryEffectStore } from "./effect_store.ts";

const meta: EffectMeta = { started_at: "2026-01-01T00:00:00.000Z", duration_ms: 1, attempts: 1 };
const wanted = (...names: string[]) => names.map((name) => ({ kind: "test", fields: { name } }));

Deno.test("EffectRunner performs what is missing and reuses what is there", async () => {
  const runner = new EffectRunner(memoryEffectStore());
  const asked: number[][] = [];
  const perform = async (missing: readonly number[], take: TakeAnswer) => {
    asked.push([...missing]);
    for (const index of missing) await take(index, `answer ${index}`, meta);
  };
  await runner.obtain(wanted("a", "b"), perform);
  const again = await runner.obtain(wanted("a", "b", "c"), perform);
  assertEquals(asked, [[0, 1], [2]]);
  assertEquals(again.map((effect) => effect.ok && [effect.record.response, effect.reused]), [
    ["answer 0", true],
    ["answer 1", true],
    ["answer 2", false],
  ]);
});

Deno.test("EffectRunner has two who ask for the same at the same moment share one call", async () => {
  const runner = new EffectRunner(memoryEffectStore());
  let calls = 0;
  const gate = Promise.withResolvers<void>();
  const perform = async (_: readonly number[], take: TakeAnswer) => {
    calls++;
    await gate.promise;
    await take(0, "shared", meta);
  };
  const both = [runner.obtain(wanted("a"), perform), runner.obtain(wanted("a"), perform)];
  gate.resolve();
  const [first, second] = await Promise.all(both);
  assertEquals(calls, 1);
  assertEquals([first![0]!.ok, second![0]!.ok], [true, true]);
  assertEquals([first![0], second![0]].map((effect) => effect?.ok && effect.reused), [false, true]);
});

Deno.test("EffectRunner records no failure, keeps what was answered, and asks again next time", async () => {
  const runner = new EffectRunner(memoryEffectStore());
  const failing = await runner.obtain(wanted("a", "b"), async (missing, take) => {
    await take(missing[0]!, "fine", meta);
    throw new Error("the endpoint fell over");
  });
  assertEquals(failing.map(({ ok }) => ok), [true, false]);
  assertInstanceOf((failing[1] as { error: unknown }).error, Error);
  let asked: readonly number[] = [];
  await runner.obtain(wanted("a", "b"), async (missing, take) => {
    asked = missing;
    await take(1, "fine now", meta);
  });
  assertEquals(asked, [1]);
});

Deno.test("EffectRunner fails everyone who waits when the store cannot be read", async () => {
  const store = { ...memoryEffectStore(), get: () => Promise.reject(new Error("disk gone")) };
  const runner = new EffectRunner(store);
  const settled = await runner.obtain(wanted("a", "b"), () => Promise.resolve());
  assertEquals(settled.map(({ ok }) => ok), [false, false]);
  const again = await runner.obtain(wanted("b"), () => Promise.resolve());
  assert(!again[0]!.ok);
});

Deno.test("EffectRunner fails an effect that nobody answered", async () => {
  const runner = new EffectRunner(memoryEffectStore());
  const [settled] = await runner.obtain(wanted("a"), () => Promise.resolve());
  assert(settled !== undefined && !settled.ok);
});

Deno.test("effectKey() depends on kind and every field, not on the order of fields", () => {
  const key = effectKey({ kind: "chat", fields: { a: 1, b: { c: "x" } } });
  assertEquals(key, effectKey({ kind: "chat", fields: { b: { c: "x" }, a: 1 } }));
  assertNotEquals(key, effectKey({ kind: "chat2", fields: { a: 1, b: { c: "x" } } }));
  assertNotEquals(key, effectKey({ kind: "chat", fields: { a: 1, b: { c: "y" } } }));
  assertNotEquals(key, effectKey({ kind: "chat", fields: { a: 1, b: { c: "x" }, d: null } }));
});

Deno.test("EffectRunner has who waited see to an effect that its first asker gave up", async () => {
  const runner = new EffectRunner(memoryEffectStore());
  const gate = Promise.withResolvers<never>();
  gate.promise.catch(() => {});
  const first = runner.obtain(wanted("other", "a"), async (_, take) => {
    await take(0, "at once", meta);
    await gate.promise;
  });
  const asked: number[][] = [];
  const second = runner.obtain(wanted("b", "a"), async (missing, take) => {
    asked.push([...missing]);
    for (const index of missing) await take(index, `answer ${index}`, meta);
  });
  gate.reject(GIVEN_UP);
  assertEquals((await first).map(({ ok }) => ok), [true, false]);
  assertEquals((await second).map((effect) => effect.ok && effect.record.response), ["answer 0", "answer 1"]);
  assertEquals(asked, [[0], [1]]);
});
