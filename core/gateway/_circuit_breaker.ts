const FAILURES_MAX = 5;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8_000;
const GIVE_UP_MS = 30_000;

/** Keeps calls away from an endpoint that fails outright: after some failures in a row, one probe at a time. */
export interface CircuitBreaker {
  /** In a row. */
  readonly failures: number;
  /** Milliseconds between two probes; 0 while the circuit is closed. */
  readonly waitMs: number;
  /** Time of the failure that opened the circuit. */
  readonly openedAt: number;
  /** Time from which a probe may be sent; infinite while one is under way. */
  readonly probesAt: number;
}

/** Lets every call through. */
export const CLOSED: CircuitBreaker = { failures: 0, waitMs: 0, openedAt: Infinity, probesAt: 0 };

/** Whether calls are kept away. */
export function isOpen(breaker: CircuitBreaker): boolean {
  return breaker.waitMs > 0;
}

/** Whether an endpoint has been down for so long that waiting calls are sent away. */
export function isGivenUp(breaker: CircuitBreaker, at: number): boolean {
  return isOpen(breaker) && at - breaker.openedAt >= GIVE_UP_MS;
}

/** A call is sent: while the circuit is open it is the probe. */
export function breakerAfterSend(breaker: CircuitBreaker): CircuitBreaker {
  return isOpen(breaker) ? { ...breaker, probesAt: Infinity } : breaker;
}

/** A call failed. Only the probe's failure counts while the circuit is open. */
export function breakerAfterFailure(
  breaker: CircuitBreaker,
  { at, isProbe }: { readonly at: number; readonly isProbe: boolean },
): CircuitBreaker {
  const failures = breaker.failures + 1;
  if (!isOpen(breaker)) {
    if (failures < FAILURES_MAX) return { ...breaker, failures };
    return { failures, waitMs: FIRST_WAIT_MS, openedAt: at, probesAt: at + FIRST_WAIT_MS };
  }
  if (!isProbe) return breaker;
  const waitMs = Math.min(LONGEST_WAIT_MS, breaker.waitMs * 2);
  return { ...breaker, failures, waitMs, probesAt: at + waitMs };
}

/** A probe was given up without a word of the endpoint: another one may go. */
export function breakerAfterAbandon(breaker: CircuitBreaker, at: number): CircuitBreaker {
  return isOpen(breaker) ? { ...breaker, probesAt: at } : breaker;
}
