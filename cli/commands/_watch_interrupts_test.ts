import { assertEquals } from "@std/assert";
import type { CliIo } from "../cli_io.ts";
import { watchInterrupts } from "./_watch_interrupts.ts";

Deno.test("watchInterrupts() stops, then aborts, then waits no more", async () => {
  const done: string[] = [];
  let press: (() => void) | undefined;
  const onInterrupt = (callback: () => void) => {
    press = callback;
    return { [Symbol.dispose]: () => press = undefined };
  };
  const handle = { stop: () => done.push("stop"), abort: () => done.push("abort") };
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
    "Interrupted: finishing what is in flight; press Ctrl-C again to quit now",
    "stop",
    "Giving up what is in flight; what is recorded stays",
    "abort",
  ]);
  assertEquals(press, undefined);
});
