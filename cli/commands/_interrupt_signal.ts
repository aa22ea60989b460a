import type { CliIo } from "../cli_io.ts";

/** Aborts at Ctrl-C, until it is disposed of. */
export interface InterruptSignal extends Disposable {
  readonly signal: AbortSignal;
}

/** For work that leaves nothing behind but what is recorded: the first Ctrl-C gives it up. */
export function interruptSignal({ onInterrupt }: Pick<CliIo, "onInterrupt">): InterruptSignal {
  const controller = new AbortController();
  const listening = onInterrupt(() => controller.abort());
  return { signal: controller.signal, [Symbol.dispose]: () => listening[Symbol.dispose]() };
}
