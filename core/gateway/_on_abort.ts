/** What is called when a signal aborts, by signal: one listener each, however many wait. */
const callbacks: WeakMap<AbortSignal, Set<() => void>> = new WeakMap();

/**
 * Has a callback called once when a signal aborts; the result takes it back. Thousands of calls share one signal, and
 * an event target searches all its listeners whenever one comes or goes.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let waiting = callbacks.get(signal);
  if (waiting === undefined) {
    const added = new Set<() => void>();
    waiting = added;
    callbacks.set(signal, added);
    signal.addEventListener("abort", () => {
      callbacks.delete(signal);
      for (const one of added) one();
    }, { once: true });
  }
  waiting.add(callback);
  return () => void waiting.delete(callback);
}
