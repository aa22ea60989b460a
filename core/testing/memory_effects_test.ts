import { assertEquals, assertRejects } from "@std/assert";
import { MemoryEffects } from "./memory_effects.ts";

function request(n: number) {
  return { kind: "square", version: 1, input: { n } };
}

Deno.test("MemoryEffects performs once per key", async () => {
  const effects = new MemoryEffects();
  const results = await Promise.all(
    [1, 2, 1, 2, 1].map((n) => effects.obtain(request(n), () => Promise.resolve(n * n))),
  );
  assertEquals(results, [1, 4, 1, 4, 1]);
  assertEquals([effects.performed, effects.reused, effects.requests.length], [2, 3, 5]);
});

Deno.test("MemoryEffects tells version and kind apart", async () => {
  const effects = new MemoryEffects();
  await effects.obtain(request(1), () => Promise.resolve("a"));
  assertEquals(await effects.obtain({ ...request(1), version: 2 }, () => Promise.resolve("b")), "b");
  assertEquals(await effects.obtain({ ...request(1), kind: "cube" }, () => Promise.resolve("c")), "c");
});

Deno.test("MemoryEffects does not keep what failed", async () => {
  const effects = new MemoryEffects();
  await assertRejects(
    () => effects.obtain(request(1), () => Promise.reject(new Error("down"))),
    Error,
    "down",
  );
  assertEquals(await effects.obtain(request(1), () => Promise.resolve("up")), "up");
  assertEquals(effects.performed, 2);
});
