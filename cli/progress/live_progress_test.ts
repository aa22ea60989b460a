import type { RunProgress } from "@fastdistill/core";
import { fakeClock } from "@fastdistill/core/testing";
import { assert, assertEquals } from "@std/assert";
import { terminalDouble } from "../../tests/_terminal.ts";
import { liveProgress } from "./live_progress.ts";

const PROGRESS: RunProgress = { run_id: "r-1", elapsed_ms: 0, steps: [], spent_usd: 0, budget_usd: null };

function display() {
  const [terminal, clock] = [terminalDouble({ isTerminal: true, columns: 100 }), fakeClock()];
  const progress = () => ({ ...PROGRESS, elapsed_ms: clock.monotonic() });
  return { terminal, clock, shown: liveProgress({ progress, terminal, clock }) };
}

const heading = (elapsed: string) => `${elapsed}  spent 0 USD  0 effects, 0 reused  r-1`;
const TABLE = "step  use  in  out  busy  rejected  failed  effects  reused  rows/s";

Deno.test("liveProgress() draws over itself, ten times a second at most", async () => {
  const { terminal, clock, shown } = display();
  await clock.advance(1000);
  assertEquals(terminal.screen(), [heading("1.0 s"), TABLE]);
  assertEquals(terminal.text().split("effects, 0 reused").length - 1, 10);
  shown.close();
});

Deno.test("liveProgress() puts notes and warnings above the picture, where they stay", async () => {
  const { terminal, clock, shown } = display();
  shown.note("first");
  await clock.advance(200);
  shown.onEvent({ type: "warning", at: 0, code: "gate.failed", message: "Mind\x1b[2J this" });
  await clock.advance(300);
  shown.close();
  assertEquals(terminal.screen(), [
    "first",
    "warning[gate.failed]: Mind\\u{1b}[2J this",
    heading("500 ms"),
    TABLE,
  ]);
});

Deno.test("liveProgress() leaves the last picture and no timer behind", async () => {
  const { terminal, clock, shown } = display();
  await clock.advance(150);
  shown.close();
  const before = terminal.text();
  shown.close();
  await clock.advance(1000);
  assertEquals([terminal.text(), clock.sleeping()], [before, 0]);
  assertEquals(terminal.screen(), [heading("150 ms"), TABLE]);
  assert(before.endsWith("\x1b[0J"));
});
