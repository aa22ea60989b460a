import type { Quota } from "../provider/mod.ts";

/** How a call ended, as far as it says something about the endpoint. */
export type CallOutcome =
  | {
    /** An answer. */
    readonly kind: "ok";
    /** Input and output tokens that it took, where that is known. */
    readonly tokens?: number | undefined;
    readonly quotas?: readonly Quota[] | undefined;
  }
  | {
    /** The endpoint asked to slow down. */
    readonly kind: "rate_limited";
    /** How long it asked to wait. */
    readonly retryAfterMs?: number | undefined;
    readonly quotas?: readonly Quota[] | undefined;
  }
  /** The endpoint said that it has too much to do, or did not answer in time. */
  | { readonly kind: "overloaded" }
  /** The endpoint failed or could not be reached. */
  | { readonly kind: "unreachable" }
  /** The endpoint is well and refused this one call. */
  | { readonly kind: "refused" };

/** The right to have one call in flight; given back by `using`. */
export interface Lease extends Disposable {
  /** Milliseconds that the lease was waited for. */
  readonly waited_ms: number;
  /** Which of several deployments it is for, from 0; absent where there is one. */
  readonly deployment?: number;
  /** States how the call ended; the first statement counts. A call that was given up states nothing. */
  readonly report: (outcome: CallOutcome) => void;
}

/** What a call says when it asks for a lease. */
export interface LeaseRequest {
  /** Higher goes first; equal ones in the order in which they came. */
  readonly priority: number;
  /** Gives the call up while it waits. */
  readonly signal: AbortSignal;
  /** The most tokens that the call can take. @default {0} */
  readonly tokens?: number;
  /** Whether a call in flight waits for this one: then it takes that one's place and waits for none. @default {false} */
  readonly isNested?: boolean;
  /** Whether the caller has somebody else to ask: then it is sent away at once while the endpoint is down. @default {false} */
  readonly mayGoElsewhere?: boolean;
  /** The deployment on which this call just failed; another one that has room is taken first. */
  readonly avoids?: number | undefined;
}

/** Decides how many calls an endpoint gets at once. One of the five interfaces at which the runtime can be cut. */
export interface Limiter {
  /**
   * Waits until the call may be sent.
   * @throws the signal's reason, or {FastDistillError} `provider.unavailable` when the endpoint has been down for long
   */
  readonly acquire: (request: LeaseRequest) => Promise<Lease>;
  /** Whether it will let a call through by itself once some time has passed: a pause, a pace, a quota. */
  readonly isTimed?: () => boolean;
  /** Calls that may be in flight now. */
  readonly window?: () => number;
  /**
   * About how many calls like this one it would let through at once: 0 when the next one would wait, `Infinity` when the
   * endpoint is down and a call is due that sees whether it is back. Says it of this moment, and sets nothing aside.
   */
  readonly headroom?: (request: LeaseRequest) => number;
  /** Whether the endpoint is known to be down, so that calls are kept away from it. */
  readonly isDown?: () => boolean;
  /** Milliseconds until a call is sent again, since the endpoint asked for a pause or is down; 0 while calls are sent. */
  readonly pausedMs?: () => number;
  /** A lease if the call may be sent now and nobody waits; without it no call is hedged. */
  readonly tryAcquire?: (request: LeaseRequest) => Lease | undefined;
}
