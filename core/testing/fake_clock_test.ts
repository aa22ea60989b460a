import { assertEquals, assertRejects } from "@std/assert";
import { fakeClock } from "./fake_clock.ts";

Deno.test("fakeClock() stands still until it is advanced", async () => {
  const clock = fakeClock({ now: 1_000_000 });
  assertEquals([clock.now(), clock.monotonic()], [1_000_000, 0]);
  await clock.advance(250);
  assertEquals([clock.now(), clock.monotonic()], [1_000_250, 250]);
});

Deno.test("fakeClock() wakes sleepers in the order of their times", async () => {
  const clock = fakeClock();
  const woken: string[] = [];
  const sleepers = [["b", 20], ["a", 10], ["c", 20], ["late", 31]] as const;
  const naps = sleepers.map(([name, ms]) => clock.sleep(ms).then(() => woken.push(`${name}@${clock.now()}`)));
  await clock.advance(30);
  assertEquals(woken, ["a@10", "b@20", "c@20"]);
  assertEquals(clock.sleeping(), 1);
  await clock.advance(1);
  await Promise.all(naps);
  assertEquals(woken.at(-1), "late@31");
});

Deno.test("fakeClock() wakes those who lie down again on the way", async () => {
  const clock = fakeClock();
  const times: number[] = [];
  const loop = (async () => {
    for (let round = 0; round < 4; round++) {
      await clock.sleep(10);
      times.push(clock.now());
    }
  })();
  await clock.advance(35);
  assertEquals(times, [10, 20, 30]);
  await clock.advance(5);
  await loop;
  assertEquals(times, [10, 20, 30, 40]);
});

Deno.test("fakeClock() gives up a sleep when the signal aborts", async () => {
  const clock = fakeClock();
  const controller = new AbortController();
  const nap = clock.sleep(10, controller.signal);
  controller.abort(new Error("enough"));
  await assertRejects(() => nap, Error, "enough");
  assertEquals(clock.sleeping(), 0);
  await assertRejects(() => clock.sleep(10, controller.signal), Error, "enough");
});

Deno.test("fakeClock() does not go back", async () => {
  await assertRejects(() => fakeClock().advance(-1), RangeError);
});
