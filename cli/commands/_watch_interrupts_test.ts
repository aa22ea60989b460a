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
  let press: (() => void) | undefined;
  const onInterrupt = (callback: () => void) => {
    press = callback;
    return { [Symbol.dispose]: () => press = undefined };
  };
  const handle = { stop: () => done.push("stop"), abort: () => done.push("abort"), progress: () => PROGRESS };
  {
    using interrupts = watchInterrupts(handle, {
      io: { onInterrupt } as unknown as CliIo,
      say: (line) => done.push(line),
    });
    press!();
    press!();
    press!();
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
