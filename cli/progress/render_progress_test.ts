import type { RunProgress, StepProgress } from "@fastdistill/core";
import { assert, assertEquals } from "@std/assert";
import { cellWidth } from "../render/cells.ts";
import { renderProgress } from "./render_progress.ts";

function step(name: string, use: string, counts: Partial<StepProgress> = {}): StepProgress {
  return {
    step: name,
    use,
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

const PROGRESS: RunProgress = {
  run_id: "text2sql-0123456789ab",
  elapsed_ms: 12_340,
  spent_usd: 0.02134,
  budget_usd: 1,
  steps: [
    step("questions", "read_jsonl", { rows_in: 60, rows_out: 60, finished: true }),
    step("teach", "text_generation", {
      rows_in: 1_234_567,
      rows_out: 151,
      expanded: 120,
      in_flight: 16,
      failed: { "step.parse": 1, "provider.timeout": 2 },
      effects: { performed: 103, reused: 48 },
    }),
    step("a_step_with_a_very_long_name_indeed", "select", { rows_in: 9, rejected: { low: 2, late: 1 } }),
  ],
};

Deno.test("renderProgress() fits into 80 columns", () => {
  assertEquals(renderProgress(PROGRESS, 80), [
    "12.3 s  spent 0.0213 of 1.00 USD  103 effects, 48 reused  text2sql-0123456789ab",
    "step                    in  out  busy  rejected  failed  effects  reused  rows/s",
    "questions               60   60     0         0       0        0       0    done",
    "teach                1.23M  151    16         0       3      103      48    12.2",
    "a_step_with_a_very…      9    0     0         3       0        0       0    0.00",
  ]);
});

Deno.test("renderProgress() uses the room of 200 columns", () => {
  assertEquals(renderProgress(PROGRESS, 200), [
    "12.3 s  spent 0.0213 of 1.00 USD  103 effects, 48 reused  text2sql-0123456789ab",
    "step                                 use                 in  out  busy  rejected  failed  effects  reused  rows/s",
    "questions                            read_jsonl          60   60     0         0       0        0       0    done",
    "teach                                text_generation  1.23M  151    16         0       3      103      48    12.2",
    "a_step_with_a_very_long_name_indeed  select               9    0     0         3       0        0       0    0.00",
  ]);
});

Deno.test("renderProgress() never writes a line wider than it may", () => {
  const steps = [...PROGRESS.steps, step("数据清洗步骤的一个很长的名字", "clean_sql")];
  for (let width = 10; width <= 220; width++) {
    const lines = renderProgress({ ...PROGRESS, steps }, width);
    assert(lines.every((line) => cellWidth(line) <= width), `too wide for ${width}`);
    assertEquals(lines.length, 6);
  }
});

Deno.test("renderProgress() keeps to the height and shows what is at work", () => {
  const steps = Array.from(
    { length: 30 },
    (_, index) => step(`s${index}`, "select", index === 25 ? { in_flight: 1 } : { finished: index < 20 }),
  );
  const lines = renderProgress({ ...PROGRESS, steps }, 80, { linesMax: 8 });
  assertEquals(lines.length, 8);
  assertEquals(lines.slice(2).map((line) => line.split(" ")[0]), ["s20", "s21", "s22", "s23", "s25", "and"]);
  assertEquals(lines.at(-1), "and 25 more steps");
});

Deno.test("renderProgress() says how far the target is", () => {
  const target = { wanted: 500, accepted: 120, candidates: 260 };
  assertEquals(
    renderProgress({ ...PROGRESS, target }, 160)[0],
    "12.3 s  120 of 500 rows accepted, 260 candidates  spent 0.0213 of 1.00 USD  103 effects, 48 reused  text2sql-0123456789ab",
  );
});
