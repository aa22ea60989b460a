import { assertEquals } from "@std/assert";
import type { Json } from "../record/mod.ts";
import { EffectRunner } from "./effect_runner.ts";
import { type EffectMeta, memoryEffectStore } from "./effect_store.ts";

const META: EffectMeta = { started_at: "2026-01-01T00:00:00.000Z", duration_ms: 1, attempts: 1 };

/** Obtains one effect, whose answer is what `inside` gives. @returns the answer, or the message of its failure */
async function obtain(runner: EffectRunner, name: string, inside: () => Promise<Json>): Promise<Json> {
  const [settled] = await runner.obtain([{ kind: "test", fields: { name } }], async (_, take) => {
    await take(0, await inside(), META);
  });
  return settled!.ok ? settled!.record.response : String((settled!.error as Error).message);
}

Deno.test("EffectRunner performs an effect inside another one", async () => {
  const runner = new EffectRunner(memoryEffectStore());
  const inner = () => obtain(runner, "inner", () => Promise.resolve("inside"));
  assertEquals(await obtain(runner, "outer", inner), "inside");
});

Deno.test("EffectRunner refuses an effect that would wait for itself, directly or around a corner", async () => {
  const runner = new EffectRunner(memoryEffectStore());
  const direct = await obtain(runner, "a", () => obtain(runner, "a", () => Promise.resolve("never")));
  assertEquals(
    direct,
    'An effect of kind "test" was asked for while it is being performed itself: ' +
      "it would wait for itself for ever",
  );
  const both = Promise.withResolvers<void>();
  let started = 0;
  const crossed = (name: string, other: string) =>
    obtain(runner, name, async () => {
      if (++started === 2) both.resolve();
      await both.promise;
      return await obtain(runner, other, () => Promise.resolve("never"));
    });
  const ends = await Promise.all([crossed("b", "c"), crossed("c", "b")]);
  assertEquals(ends, [direct, direct]);
});
