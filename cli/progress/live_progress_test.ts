import type { RunProgress, StepProgress } from "@fastdistill/core";
import { fakeClock } from "@fastdistill/core/testing";
import { assert, assertEquals } from "@std/assert";
import { terminalDouble } from "../../tests/_terminal.ts";
import { COLOURED } from "../render/style.ts";
import { type LiveLook, liveProgress } from "./live_progress.ts";

const STEP: StepProgress = {
  step: "read",
  use: "read_jsonl",
  rows_in: 0,
  expanded: 0,
  rows_out: 0,
  rejected: {},
  failed: {},
  in_flight: 0,
  effects: { performed: 0, reused: 0 },
  finished: true,
};

function display(steps: () => readonly StepProgress[] = () => [], look: LiveLook = {}) {
  const [terminal, clock] = [terminalDouble({ isTerminal: true, columns: 110 }), fakeClock()];
  const progress = (): RunProgress => ({
    run_id: "r-1",
    elapsed_ms: clock.monotonic(),
    steps: steps(),
    spent_usd: 0,
    budget_usd: null,
  });
  return { terminal, clock, shown: liveProgress({ progress, terminal, clock }, look) };
}

const heading = (elapsed: string) => `${elapsed}  spent 0 USD  0 effects, 0 reused  r-1`;
const TABLE = "step  use  done    in  out  busy  rejected  failed  effects  reused  rows/s  left";

Deno.test("liveProgress() draws over itself, one write a frame, and only when something changed", async () => {
  const { terminal, clock, shown } = display();
  await clock.advance(2_950);
  assertEquals(terminal.screen(), [heading("2 s"), TABLE]);
  assertEquals([terminal.writes(), terminal.shown().frames.length], [3, 3]);
  assertEquals(terminal.text().split("step  use").length - 1, 1);
  shown.close();
});

Deno.test("liveProgress() looks ten times a second and draws all that changes", async () => {
  let rows = 0;
  const { terminal, clock, shown } = display(() => [{ ...STEP, rows_in: rows++ }]);
  await clock.advance(1_000);
  shown.close();
  const { frames, between, isCursorVisible } = terminal.shown();
  assertEquals([frames.length, between, isCursorVisible], [11, "", true]);
  for (const { lines, wraps, scrolls } of frames) assertEquals([lines.length, wraps, scrolls], [3, 0, 0]);
});

Deno.test("liveProgress() never leaves the cursor hidden between two writes", async () => {
  const { terminal, clock, shown } = display();
  let seen = 0;
  for (let ms = 0; ms < 3_000; ms += 100) {
    await clock.advance(100);
    seen += Number(terminal.shown().isCursorVisible);
    assert(!terminal.text().endsWith("\x1b[?25l"));
  }
  shown.close();
  assertEquals(seen, 30);
});

Deno.test("liveProgress() draws the same with colours and block characters", async () => {
  const steps = () => [STEP];
  const [plain, coloured] = [
    display(steps, { isUnicode: true }),
    display(steps, { isUnicode: true, style: COLOURED }),
  ];
  for (const { clock, shown } of [plain, coloured]) {
    await clock.advance(500);
    shown.close();
  }
  assertEquals(coloured.terminal.screen(), plain.terminal.screen());
  assert(coloured.terminal.text().includes("\x1b[32m█████████████\x1b[39m"));
});

Deno.test("liveProgress() puts notes and warnings above the picture, where they stay", async () => {
  const { terminal, clock, shown } = display();
  shown.note("first");
  await clock.advance(200);
  shown.onEvent({ type: "warning", at: 0, code: "gate.failed", message: "Mind\x1b[2J this" });
  await clock.advance(1_300);
  shown.close();
  assertEquals(terminal.screen(), [
    "first",
    "warning[gate.failed]: Mind\\u{1b}[2J this",
    heading("1 s"),
    TABLE,
  ]);
});

Deno.test("liveProgress() keeps notes whole that are as wide as the terminal or wider", async () => {
  const { terminal, clock, shown } = display();
  await clock.advance(100);
  const notes = [110, 111, 219, 220].map((width, index) => String(index).repeat(width));
  for (const note of notes) shown.note(note);
  shown.close();
  const lines = terminal.screen();
  assertEquals(lines.slice(0, -2).join(""), notes.join(""));
  assertEquals(lines.slice(-2), [heading("0 s"), TABLE]);
});

Deno.test("liveProgress() clears lines that a smaller picture does not need", async () => {
  let steps = [STEP, { ...STEP, step: "other" }];
  const { terminal, clock, shown } = display(() => steps);
  await clock.advance(100);
  assertEquals(terminal.screen().length, 4);
  steps = [STEP];
  await clock.advance(100);
  shown.close();
  assertEquals(terminal.screen().length, 3);
});

Deno.test("liveProgress() draws anew in a terminal that became narrower and has broken its lines", async () => {
  const { terminal, clock, shown } = display();
  await clock.advance(100);
  // As terminals do it: what was on the screen is broken at the new width.
  terminal.resize(40);
  await clock.advance(100);
  shown.close();
  const { lines, frames } = terminal.shown();
  assertEquals(lines, ["0 s  spent 0 USD  0 effects, 0 reused", "step  done    in  out  busy  rows/s"]);
  assertEquals(frames.at(-1)!.lines, lines);
});

Deno.test("liveProgress() leaves the last picture and no timer behind", async () => {
  const { terminal, clock, shown } = display();
  await clock.advance(150);
  shown.close();
  const before = terminal.text();
  shown.close();
  await clock.advance(1000);
  assertEquals([terminal.text(), clock.sleeping()], [before, 0]);
  assertEquals(terminal.screen(), [heading("0 s"), TABLE]);
  assert(before.endsWith("\x1b[?2026l"));
});
