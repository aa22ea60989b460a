import type { RunHandle } from "@fastdistill/core";
import type { CliIo } from "../cli_io.ts";
import { formatCount } from "../render/figures.ts";

/** Ctrl-C while a run goes. */
export interface Interrupts extends Disposable {
  /** Resolves at the third Ctrl-C: nothing is waited for any more. */
  readonly forced: Promise<void>;
}

/** The first Ctrl-C lets what is in flight finish, the second gives it up, the third waits for nothing. */
export function watchInterrupts(
  handle: Pick<RunHandle, "stop" | "abort" | "progress">,
  { io, say }: { readonly io: CliIo; readonly say: (line: string) => void },
): Interrupts {
  const forced = Promise.withResolvers<void>();
  let count = 0;
  const listening = io.onInterrupt(() => {
    count++;
    if (count === 1) {
      const rows = handle.progress().steps.reduce((sum, { in_flight }) => sum + in_flight, 0);
      say(
        `Interrupted: finishing the rows in flight, ${
          formatCount(rows)
        } of them; press Ctrl-C again to quit now`,
      );
      handle.stop();
    } else if (count === 2) {
      say("Giving up what is in flight; what is recorded stays");
      handle.abort();
    } else {
      forced.resolve();
    }
  });
  return { forced: forced.promise, [Symbol.dispose]: () => listening[Symbol.dispose]() };
}
