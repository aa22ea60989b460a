import type { RunHandle } from "@fastdistill/core";
import type { CliIo } from "../cli_io.ts";
import { formatCount } from "../render/figures.ts";

/** Ctrl-C while a run goes. */
export interface Interrupts extends Disposable {
  /** Resolves at the third Ctrl-C: nothing is waited for any more. */
  readonly forced: Promise<void>;
}

/** Containers are killed some ten seconds after they were asked to end: what is in flight has so long to finish. */
const GRACE_MS = 8_000;

/**
 * The first Ctrl-C lets what is in flight finish, the second gives it up, the third waits for nothing. Being asked to end
 * (SIGTERM) counts as the first, and as the second once its grace is over.
 */
export function watchInterrupts(
  handle: Pick<RunHandle, "stop" | "abort" | "progress">,
  { io, say }: { readonly io: CliIo; readonly say: (line: string) => void },
): Interrupts {
  const forced = Promise.withResolvers<void>();
  const grace = new AbortController();
  let count = 0;
  const listening = io.onInterrupt((signal) => {
    count++;
    if (count === 1) {
      if (signal === "SIGTERM") {
        io.clock.sleep(GRACE_MS, grace.signal).then(() => {
          say("The grace is over: giving up what is in flight; what is recorded stays");
          handle.abort();
        }, () => {}); // The run ended within it.
      }
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
  return {
    forced: forced.promise,
    [Symbol.dispose]: () => {
      grace.abort();
      listening[Symbol.dispose]();
    },
  };
}
