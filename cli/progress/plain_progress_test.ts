import type { RunProgress } from "@fastdistill/core";
import { fakeClock } from "@fastdistill/core/testing";
import { assertEquals } from "@std/assert";
import { terminalDouble } from "../../tests/_terminal.ts";
import { plainProgress } from "./plain_progress.ts";

const STEP = {
  step: "teach",
  use: "text_generation",
  rows_in: 60,
  expanded: 0,
  rows_out: 1200,
  rejected: { low: 3, late: 2, long: 1, odd: 1 },
  failed: { "step.parse": 1 },
  in_flight: 4,
  effects: { performed: 1000, reused: 200 },
  finished: false,
};

Deno.test("plainProgress() writes a line every five seconds and one for each step that ends", async () => {
  const [terminal, clock] = [terminalDouble(), fakeClock()];
  let isDone = false;
  const progress = (): RunProgress => ({
    run_id: "r-1",
    elapsed_ms: clock.monotonic(),
    steps: [{ ...STEP, finished: isDone }, { ...STEP, step: "read", finished: true }],
    spent_usd: 0.25,
    budget_usd: 2,
    rows_per_s: 12.5,
    providers: [{ provider: "teacher", in_flight: 8, waiting: 3, limit: 10, paused_ms: 12_300 }],
    budgets: [
      { scope: "run", name: null, of: "usd", limit: 2, spent: 0.25 },
      { scope: "step", name: "teach", of: "requests", limit: 2_000, spent: 1_000 },
    ],
  });
  const display = plainProgress({ progress, terminal, clock });
  await clock.advance(6000);
  display.onEvent({ type: "warning", at: 0, code: "gate.failed", message: "Gate warning" });
  const alert = {
    scope: "provider",
    name: "teacher",
    of: "seconds",
    share: 0.8,
    spent: 8.4,
    limit: 10,
  } as const;
  display.onEvent({ type: "budget_alert", at: 0, ...alert });
  isDone = true;
  display.close();
  display.close();
  await clock.advance(60_000);
  assertEquals(terminal.text().split("\n"), [
    "read: 60 in, 1,200 out, 7 rejected, 1 failed",
    "5.0 s  1 of 2 steps done, 8 rows in flight, 12.5 rows/s, 14 rejected (low 6, late 4, long 2, 1 more), 2 failed (step.parse 2), effects 2,000 performed, 400 reused, spent 0.25 of 2.00 USD, step teach: 1,000 of 2,000 requests (50.0 %), teacher: 8 of 10 calls in flight, 3 wait, rate limited, paused for 12 s",
    "warning[gate.failed]: Gate warning",
    "budget: 80 % reached: provider teacher: 8 of 10 seconds (84.0 %)",
    "teach: 60 in, 1,200 out, 7 rejected, 1 failed",
    "",
  ]);
  assertEquals(clock.sleeping(), 0);
});
