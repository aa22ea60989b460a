import { fakeClock } from "@fastdistill/core/testing";
import { assertEquals } from "@std/assert";
import type { CliIo } from "../cli_io.ts";
import { watchInterrupts } from "./_watch_interrupts.ts";

const STEP = {
  step: "teach",
  use: "text_generation",
  rows_in: 0,
  expanded: 0,
  rows_out: 0,
  rejected: {},
  failed: {},
  in_flight: 3,
  effects: { performed: 0, reused: 0 },
  finished: false,
};
const PROGRESS = {
  run_id: "r",
  elapsed_ms: 0,
  steps: [STEP, { ...STEP, in_flight: 4 }],
  spent_usd: 0,
  budget_usd: null,
};

Deno.test("watchInterrupts() stops, then aborts, then waits no more", async () => {
  const done: string[] = [];
  let press: ((signal: "SIGINT") => void) | undefined;
  const onInterrupt = (callback: (signal: "SIGINT" | "SIGTERM") => void) => {
    press = callback;
    return { [Symbol.dispose]: () => press = undefined };
  };
  const handle = { stop: () => done.push("stop"), abort: () => done.push("abort"), progress: () => PROGRESS };
  {
    using interrupts = watchInterrupts(handle, {
      io: { onInterrupt } as unknown as CliIo,
      say: (line) => done.push(line),
    });
    press!("SIGINT");
    press!("SIGINT");
    press!("SIGINT");
    await interrupts.forced;
  }
  assertEquals(done, [
    "Interrupted: finishing the rows in flight, 7 of them; press Ctrl-C again to quit now",
    "stop",
    "Giving up what is in flight; what is recorded stays",
    "abort",
  ]);
  assertEquals(press, undefined);
});

Deno.test("watchInterrupts() gives up what is in flight when the grace after SIGTERM is over", async () => {
  const done: string[] = [];
  let end: ((signal: "SIGTERM") => void) | undefined;
  const onInterrupt = (callback: (signal: "SIGINT" | "SIGTERM") => void) => {
    end = callback;
    return { [Symbol.dispose]: () => end = undefined };
  };
  const clock = fakeClock();
  const handle = { stop: () => done.push("stop"), abort: () => done.push("abort"), progress: () => PROGRESS };
  {
    using _interrupts = watchInterrupts(handle, {
      io: { onInterrupt, clock } as unknown as CliIo,
      say: () => {},
    });
    end!("SIGTERM");
    await clock.advance(7_999);
    assertEquals(done, ["stop"]);
    await clock.advance(1);
    assertEquals(done, ["stop", "abort"]);
  }
});
