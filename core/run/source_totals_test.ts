import { assertEquals } from "@std/assert";
import { fakeClock } from "../testing/mod.ts";
import { countSources } from "./source_totals.ts";
import { newStepCounts, type StepState } from "./step_state.ts";

/** A double of a source that is never read. */
function source(name: string, count?: (signal: AbortSignal) => Promise<number>): [string, StepState] {
  const runner = { rows: () => new ReadableStream(), ...(count === undefined ? {} : { count }) };
  return [name, { plan: { name }, open: { kind: "source", runner }, counts: newStepCounts() } as never];
}

Deno.test("countSources() asks each source once, after a while, and takes the limit of the run into account", async () => {
  const clock = fakeClock();
  let asked = 0;
  const count = (rows: number) => () => Promise.resolve(rows + 0 * ++asked);
  const states = new Map([source("few", count(3)), source("many", count(100)), source("mute")]);
  using totals = countSources({ states, limit: 10, clock });
  await clock.advance(499);
  assertEquals([asked, totals.of("few")], [0, undefined]);
  await clock.advance(60_000);
  assertEquals([asked, totals.of("few"), totals.of("many"), totals.of("mute")], [2, 3, 10, undefined]);
});

Deno.test("countSources() has no total of a source that cannot count, nor of one that is finished, and goes on", async () => {
  const clock = fakeClock();
  const states = new Map([
    source("broken", () => Promise.reject(new Error("no such file"))),
    source("over", () => Promise.resolve(7)),
    source("good", () => Promise.resolve(5)),
  ]);
  states.get("over")!.counts.finished = true;
  using totals = countSources({ states, clock });
  await clock.advance(1_000);
  assertEquals(["broken", "over", "good"].map((step) => totals.of(step)), [undefined, undefined, 5]);
});

Deno.test("countSources() stops asking when it is disposed of, and leaves no timer behind", async () => {
  const clock = fakeClock();
  let signal: AbortSignal | undefined;
  const { promise, resolve } = Promise.withResolvers<number>();
  let asked = 0;
  const slow = (given: AbortSignal) => {
    signal = given;
    return promise;
  };
  const states = new Map([source("slow", slow), source("next", () => Promise.resolve(++asked))]);
  const totals = countSources({ states, clock });
  await clock.advance(500);
  totals[Symbol.dispose]();
  assertEquals([signal?.aborted, clock.sleeping()], [true, 0]);
  resolve(9);
  await clock.advance(1_000);
  assertEquals([totals.of("slow"), asked], [undefined, 0]);
});
