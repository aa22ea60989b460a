/** The right to have one call in flight; given back by `using`. */
export interface Lease extends Disposable {
  /** Milliseconds that the lease was waited for. */
  readonly waited_ms: number;
}

/** What a call says when it asks for a lease. */
export interface LeaseRequest {
  /** Higher goes first; equal ones in the order in which they came. */
  readonly priority: number;
  readonly signal: AbortSignal;
}

/** Decides how many calls an endpoint gets at once. One of the five interfaces at which the runtime can be cut. */
export interface Limiter {
  readonly acquire: (request: LeaseRequest) => Promise<Lease>;
  /** Lets nobody in for a while: the endpoint asked to slow down. */
  readonly pause: (ms: number) => void;
}
