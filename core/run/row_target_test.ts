import { assert, assertEquals } from "@std/assert";
import { type RandomStream, seededRandom } from "../runtime/mod.ts";
import type { PlannedTarget } from "./planned_target.ts";
import { RowTarget } from "./row_target.ts";

function planned(change: Partial<PlannedTarget> = {}): PlannedTarget {
  return {
    accepted: 100,
    step: "judge",
    steps: new Set(["read", "judge"]),
    sources: ["read"],
    isPaced: true,
    samples: 1,
    ...change,
  };
}

interface Play {
  readonly target: RowTarget;
  /** Rows that source row `index` gives. */
  readonly yieldOf: (index: number) => number;
  readonly random: RandomStream;
}

/** Takes up rows as far as the target lets it, and settles them in a random order; the result is how many were begun. */
function play({ target, yieldOf, random }: Play): number {
  const done: boolean[] = [];
  const flying: number[] = [];
  let settled = 0;
  while (!target.reached.aborted) {
    while (target.room("read") === undefined && target.take()) flying.push(done.push(false) - 1);
    assert(flying.length > 0, "nothing is under way, and nothing may be taken up");
    done[flying.splice(random.integer(flying.length), 1)[0]!] = true;
    while (done[settled] === true && !target.reached.aborted) {
      for (let row = yieldOf(settled); row > 0 && !target.isFull; row--) target.accept([0, settled]);
      target.pass([0, settled++]);
    }
  }
  return done.length - settled;
}

for (
  const [name, share, samples] of [["half", 0.5, 1], ["a tenth", 0.1, 1], [
    "three of four samples",
    0.75,
    4,
  ]] as const
) {
  Deno.test(`RowTarget lets in about as many source rows as are needed where ${name} are accepted`, () => {
    let [begun, needed] = [0, 0];
    for (let seed = 0; seed < 40; seed++) {
      const yields = new Map<number, number>();
      const luck = seededRandom(`yield/${seed}`);
      const yieldOf = (index: number) => {
        if (!yields.has(index)) {
          const given = Array.from({ length: samples }, () => luck.next() < share).filter(Boolean).length;
          yields.set(index, given);
        }
        return yields.get(index)!;
      };
      const target = new RowTarget(planned({ samples }), () => 0);
      const vain = play({ target, yieldOf, random: seededRandom(`order/${seed}`) });
      begun += vain;
      needed += target.progress().candidates - vain;
    }
    assert(begun <= 0.15 * needed, `${begun} in vain for ${needed} that were needed`);
  });
}

Deno.test("RowTarget takes up no row in vain where each source row is accepted", () => {
  const target = new RowTarget(planned({ accepted: 50 }), () => 0);
  assertEquals(play({ target, yieldOf: () => 1, random: seededRandom("all") }), 0);
});

Deno.test("RowTarget is reached only once the last source row is settled whole", () => {
  const target = new RowTarget(planned({ accepted: 2 }), () => 0);
  assertEquals([target.take(), target.take()], [true, true]);
  target.accept([0, 0, 0]);
  target.accept([0, 0, 1]);
  target.pass([0, 0, 1]);
  assertEquals([target.isFull, target.reached.aborted, target.take()], [true, false, false]);
  assertEquals([[0, 0, 2], [0, 1]].map((path) => target.isBeyond(path)), [false, true]);
  target.pass([0, 0]);
  assertEquals(target.reached.aborted, true);
});

Deno.test("RowTarget knows of a row only once all before it have come", () => {
  const target = new RowTarget(planned(), () => 0);
  target.take();
  assertEquals(target.isCertain([0, 0]), false);
  target.pass([0, 0]);
  assertEquals([target.isCertain([0, 0, 5]), target.isCertain([0, 1])], [true, false]);
  target.settle();
  assertEquals(target.isCertain([0, 1]), true);
});

Deno.test("RowTarget lets a source wait for its turn, and for nobody once it is settled", async () => {
  const target = new RowTarget(
    planned({ sources: ["read", "more"], maxCandidates: 3 }),
    (step) => step === "read" ? 0 : 2,
  );
  const room = target.room("more")!;
  assertEquals([target.take(), target.take()], [true, true]);
  target.closeSource();
  await room;
  assertEquals([target.room("more"), target.take(), target.take(), target.end], [
    undefined,
    true,
    false,
    "max_candidates",
  ]);
  target.settle();
  assertEquals([target.room("read"), target.take()], [undefined, false]);
});
