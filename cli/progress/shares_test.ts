import type { RunProgress, StepProgress } from "@fastdistill/core";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { msLeft, shareOfRun, sharesOf } from "./shares.ts";

function step(name: string, counts: Partial<StepProgress> = {}): StepProgress {
  return {
    step: name,
    use: "select",
    rows_in: 0,
    expanded: 0,
    rows_out: 0,
    rejected: {},
    failed: {},
    in_flight: 0,
    effects: { performed: 0, reused: 0 },
    finished: false,
    ...counts,
  };
}

function run(steps: readonly StepProgress[], more: Partial<RunProgress> = {}): RunProgress {
  return { run_id: "r-1", elapsed_ms: 0, steps, spent_usd: 0, budget_usd: null, ...more };
}

const READ = step("read", { rows_in: 50, rows_out: 50, total: 100 });

Deno.test("sharesOf() takes of a step what it settled of the rows that it was given, times the share of those", () => {
  const teach = step("teach", { inputs: ["read"], rows_in: 20, rows_out: 8, rejected: { low: 2 } });
  assertEquals([...sharesOf([READ, teach]).values()], [0.5, 0.1]);
});

Deno.test("sharesOf() counts rows that a step expanded as work of it", () => {
  const teach = step("teach", { inputs: ["read"], rows_in: 50, expanded: 50, rows_out: 25 });
  assertEquals(sharesOf([READ, teach]).get("teach"), 0.125);
});

Deno.test("sharesOf() knows nothing of a source without a total, nor of what reads it, until it is finished", () => {
  const [open, done] = [false, true].map((finished) => step("read", { rows_in: 50, rows_out: 50, finished }));
  const teach = step("teach", { inputs: ["read"], rows_in: 50, rows_out: 25 });
  assertEquals([...sharesOf([open!, teach]).values()], [undefined, undefined]);
  assertEquals([...sharesOf([done!, teach]).values()], [1, 0.5]);
});

Deno.test("sharesOf() does not take what a run that was cut short ended for done", () => {
  const read = step("read", { rows_in: 60, rows_out: 60, total: 100, finished: true });
  const teach = step("teach", { inputs: ["read"], rows_in: 60, rows_out: 30, finished: true });
  const write = step("write", { inputs: ["teach"], rows_in: 20, rows_out: 20, finished: true });
  const shares = [...sharesOf([read, teach, write]).values()];
  assertEquals(shares.map((share) => Math.round(share! * 100)), [60, 30, 20]);
});

Deno.test("sharesOf() takes a step that joined the rows of its inputs into fewer for done once it is finished", () => {
  const read = step("read", { rows_in: 4, rows_out: 4, finished: true });
  const branches = ["a", "b"].map((name) =>
    step(name, { inputs: ["read"], rows_in: 4, rows_out: 4, finished: true })
  );
  const join = step("join", { inputs: ["a", "b"], rows_in: 4, rows_out: 4 });
  assertEquals(sharesOf([read, ...branches, join]).get("join"), 0.5);
  assertEquals(sharesOf([read, ...branches, { ...join, finished: true }]).get("join"), 1);
});

Deno.test("sharesOf() counts of a routed input only the rows that are for the step", () => {
  const read = step("read", { rows_in: 100, rows_out: 100, finished: true, routed: { easy: 20, hard: 80 } });
  const easy = step("easy", { inputs: ["read"], rows_in: 20, rows_out: 10 });
  assertEquals(sharesOf([read, easy]).get("easy"), 0.5);
});

Deno.test("sharesOf() never says that more than all is done", () => {
  const read = step("read", { rows_in: 120, rows_out: 120, total: 100 });
  const teach = step("teach", { inputs: ["read"], rows_in: 10, rows_out: 12, failed: { "step.parse": 1 } });
  for (const share of sharesOf([read, { ...teach, rows_in: 0 }, teach]).values()) {
    assertEquals(share! >= 0 && share! <= 1, true);
  }
});

Deno.test("shareOfRun() is that of the last step that is furthest behind, or that of the target", () => {
  const steps = [
    READ,
    step("fast", { inputs: ["read"], rows_in: 50, rows_out: 50 }),
    step("slow", { inputs: ["read"], rows_in: 50, rows_out: 5 }),
  ];
  assertEquals(shareOfRun(run(steps)), 0.05);
  const target = { wanted: 500, accepted: 125, candidates: 260 };
  assertEquals(shareOfRun(run(steps, { target })), 0.25);
  assertEquals(shareOfRun(run([])), undefined);
});

Deno.test("msLeft() foretells nothing before five seconds and two percent, nor at the end", () => {
  assertEquals([msLeft(0.5, 4_999), msLeft(0.019, 60_000), msLeft(undefined, 60_000), msLeft(1, 60_000)], [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  assertAlmostEquals(msLeft(0.25, 10_000)!, 30_000);
});
