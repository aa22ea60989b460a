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

const GOLDEN_80: readonly string[] = [
  "12 s  25 %, ~37 s left  spent 0.0213 of 1.00 USD  12.3 rows/s",
  "step          done                in  out  busy  rejected  failed  rows/s  left",
  "questions     ██████████  100 %  600  600     0         0       0    done",
  "teach         ██▌░░░░░░░   25 %  167  148    16         0       3    12.0  37 s",
  "a_step_with…  ██▌░░░░░░░   25 %  148  130     0        18       0    10.5  37 s",
  "failed: provider.timeout 2, step.parse 1",
  "rejected: low 12, late 6",
  "teacher: 16 of 16 calls in flight, 4 wait, rate limited, paused for 2 s",
  "budget: step teach: 103 of 2,000 requests (5.1 %)",
];
const GOLDEN_200: readonly string[] = [
  "12 s  25 %, ~37 s left  spent 0.0213 of 1.00 USD  12.3 rows/s  103 effects, 48 reused  text2sql-0123456789ab",
  "step                                 use              done                              in  out  busy  rejected  failed  effects  reused  rows/s  left",
  "questions                            read_jsonl       ########################  100 %  600  600     0         0       0        0       0    done",
  "teach                                text_generation  ######------------------   25 %  167  148    16         0       3      103      48    12.0  37 s",
  "a_step_with_a_very_long_name_indeed  select           ######------------------   25 %  148  130     0        18       0        0       0    10.5  37 s",
  "failed: provider.timeout 2, step.parse 1",
  "rejected: low 12, late 6",
  "teacher: 16 of 16 calls in flight, 4 wait, rate limited, paused for 2 s",
  "budget: step teach: 103 of 2,000 requests (5.1 %)",
];

const PROGRESS: RunProgress = {
  run_id: "text2sql-0123456789ab",
  elapsed_ms: 12_340,
  rows_per_s: 12.25,
  spent_usd: 0.02134,
  budget_usd: 1,
  steps: [
    step("questions", "read_jsonl", { rows_in: 600, rows_out: 600, finished: true }),
    step("teach", "text_generation", {
      inputs: ["questions"],
      rows_in: 167,
      rows_out: 148,
      in_flight: 16,
      failed: { "step.parse": 1, "provider.timeout": 2 },
      effects: { performed: 103, reused: 48 },
    }),
    step("a_step_with_a_very_long_name_indeed", "select", {
      inputs: ["teach"],
      rows_in: 148,
      rows_out: 130,
      rejected: { low: 12, late: 6 },
    }),
  ],
  providers: [{ provider: "teacher", in_flight: 16, waiting: 4, limit: 16, paused_ms: 2_400 }],
  budgets: [
    { scope: "run", name: null, of: "usd", limit: 1, spent: 0.02134 },
    { scope: "step", name: "teach", of: "requests", limit: 2_000, spent: 103 },
  ],
};

Deno.test("renderProgress() fits into 80 columns", () => {
  assertEquals(renderProgress(PROGRESS, 79, { isUnicode: true }), GOLDEN_80);
});

Deno.test("renderProgress() uses the room of 200 columns, and ASCII where block characters may not be used", () => {
  assertEquals(renderProgress(PROGRESS, 199), GOLDEN_200);
});

Deno.test("renderProgress() never writes a line wider than it may, nor more lines", () => {
  const steps = [
    ...PROGRESS.steps,
    step("数据清洗步骤的一个很长的名字", "clean_sql", {
      rejected: { "太短了，不能用": 1_234, "x\x1b[2Jy": 3 },
    }),
  ];
  for (const isUnicode of [true, false]) {
    for (let width = 4; width <= 220; width++) {
      const lines = renderProgress({ ...PROGRESS, steps }, width, { isUnicode });
      assert(lines.every((line) => cellWidth(line) <= width), `too wide for ${width}`);
      assertEquals(lines.length, 10);
      assert(lines.every((line) => !line.includes("\x1b")));
    }
  }
  for (let linesMax = 1; linesMax <= 12; linesMax++) {
    assertEquals(renderProgress({ ...PROGRESS, steps }, 80, { linesMax }).length, Math.min(10, linesMax));
  }
});

Deno.test("renderProgress() keeps to the height and shows what is at work", () => {
  const steps = Array.from(
    { length: 30 },
    (_, index) => step(`s${index}`, "select", index === 25 ? { in_flight: 1 } : { finished: index < 20 }),
  );
  const { providers: _providers, budgets: _budgets, ...progress } = PROGRESS;
  const lines = renderProgress({ ...progress, steps }, 80, { linesMax: 8 });
  assertEquals(lines.length, 8);
  assertEquals(lines.slice(2).map((line) => line.split(" ")[0]), ["s20", "s21", "s22", "s23", "s25", "and"]);
  assertEquals(lines.at(-1), "and 25 more steps");
});

Deno.test("renderProgress() says how far the target is, and when it is reached at this pace", () => {
  const target = { wanted: 500, accepted: 125, candidates: 260 };
  assertEquals(
    renderProgress({ ...PROGRESS, target }, 160)[0],
    "12 s  25 %, ~37 s left  125 of 500 rows accepted, 260 candidates  spent 0.0213 of 1.00 USD  12.3 rows/s  103 effects, 48 reused  text2sql-0123456789ab",
  );
});

Deno.test("renderProgress() says of a provider whether it is down, and of many shows those in trouble", () => {
  const providers = Array.from(
    { length: 6 },
    (_, index) => ({ provider: `p${index}`, in_flight: 0, waiting: 0 }),
  );
  const down = { provider: "away", in_flight: 0, waiting: 9, limit: 4, paused_ms: 8_000, down: true };
  const lines = renderProgress({ ...PROGRESS, providers: [...providers, down] }, 120);
  assertEquals(lines.slice(-5, -1), [
    "p0: 0 calls in flight",
    "p1: 0 calls in flight",
    "p2: 0 calls in flight",
    "away: 0 of 4 calls in flight, 9 wait, endpoint is down, next look in 8 s",
  ]);
});

Deno.test("renderProgress() lists the most frequent reasons and says how many more there are", () => {
  const rejected = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`reason_${index}`, 100 - index]),
  );
  const lines = renderProgress({ ...PROGRESS, steps: [step("a", "select", { rejected })] }, 60);
  assertEquals(lines[3], "rejected: reason_0 100, reason_1 99, reason_2 98, 9 more");
});
