import { assertEquals } from "@std/assert";
import { buildGraph } from "../graph/mod.ts";
import type { StepProgress } from "../report/mod.ts";
import { checkConservation } from "./check_conservation.ts";

const graph = buildGraph([
  { name: "read", kind: "source" },
  { name: "ask", kind: "row" },
  { name: "left", kind: "row", from: ["ask"] },
  { name: "right", kind: "sink", from: ["ask"] },
]);

function progress(step: string, counts: Partial<StepProgress>): StepProgress {
  const nothing = { rows_in: 0, expanded: 0, rows_out: 0, rejected: {}, failed: {} };
  const rest = { use: "x", in_flight: 0, effects: { performed: 0, reused: 0 }, finished: true };
  return { step, ...nothing, ...rest, ...counts };
}

const WHOLE: Readonly<Record<string, Partial<StepProgress>>> = {
  read: { rows_in: 10, rows_out: 10 },
  ask: {
    rows_in: 10,
    expanded: 10,
    rows_out: 14,
    rejected: { short: 2 },
    failed: { a: 1, b: 2 },
    shed: { budget: 1 },
  },
  left: { rows_in: 14, rows_out: 14 },
  right: { rows_in: 14, rows_out: 14 },
};

function check(changes: Readonly<Record<string, Partial<StepProgress>>>, isCut = false): string | undefined {
  const steps = Object.entries(WHOLE).map(([name, counts]) =>
    progress(name, { ...counts, ...changes[name] })
  );
  const error = checkConservation({ graph, steps, isCut });
  return error && `${error.code}: ${error.message}`;
}

Deno.test("checkConservation() finds nothing where every row is accounted for", () => {
  assertEquals(check({}), undefined);
  assertEquals(check({}, true), undefined);
});

Deno.test("checkConservation() names the step that lost rows, in every way in which it can", () => {
  const leaks: readonly (readonly [string, Partial<StepProgress>])[] = [
    ["read", { rows_out: 9 }],
    ["ask", { rows_out: 13 }],
    ["ask", { rejected: { short: 1 } }],
    ["ask", { failed: { a: 1, b: 1 } }],
    ["ask", { shed: {} }],
    ["ask", { expanded: 11 }],
    ["left", { rows_in: 13, rows_out: 13 }],
    ["right", { rows_in: 15, rows_out: 15 }],
    ["right", { rows_out: 13 }],
  ];
  for (const [step, change] of leaks) {
    assertEquals(
      check({ [step]: change })?.slice(0, 45),
      `run.rows_lost: Step "${step}" does not account for `.slice(0, 45),
    );
  }
  assertEquals(
    check({ left: { rows_in: 13, rows_out: 13 } }),
    'run.rows_lost: Step "left" does not account for every row: 14 handed to it, 13 in, 0 added by expansion; ' +
      "13 out, 0 rejected, 0 failed, 0 shed",
  );
});

Deno.test("checkConservation() lets rows of a cut run be pending, and none come from nowhere", () => {
  assertEquals(
    check({ ask: { rows_out: 12 }, left: { rows_in: 12, rows_out: 3 }, right: { rows_in: 12 } }, true)?.slice(
      0,
      29,
    ),
    'run.rows_lost: Step "right" d',
  );
  assertEquals(check({ left: { rows_in: 12, rows_out: 3 } }, true), undefined);
  assertEquals(
    check({ left: { rows_in: 15, rows_out: 3 } }, true)?.slice(0, 28),
    'run.rows_lost: Step "left" d',
  );
});
