import {
  breakerAfterAbandon,
  breakerAfterFailure,
  breakerAfterSend,
  type CircuitBreaker,
  CLOSED,
} from "./_circuit_breaker.ts";
import {
  afterAccept,
  afterOverload,
  afterRefusal,
  afterSend,
  type Congestion,
  type SentCall,
  uncongested,
} from "./_congestion.ts";
import { afterAnswer, type LatencyWindow, openLatencyWindow } from "./_latency_window.ts";
import type { CallOutcome } from "./limiter.ts";

/** Calls in flight with which an endpoint is begun, at least: a quarter of what its user allows. */
const INITIAL_MIN = 16;
const INITIAL_SHARE = 0.25;
/** A pause after a refusal that does not say how long to wait. */
const PAUSE_MS = 20;
const PAUSE_MAX_MS = 60_000;

/** A call in flight. */
export interface Flight extends SentCall {
  readonly priority: number;
  /** How many calls of this priority had been sent before. */
  readonly index: number;
  /** Whether it was sent to see whether a failing endpoint is back. */
  readonly isProbe: boolean;
}

/** All that a limiter has learned about its endpoint. */
export interface LoadControl {
  readonly ceiling: number;
  readonly isAdaptive: boolean;
  readonly congestion: Congestion;
  readonly latency: LatencyWindow;
  readonly breaker: CircuitBreaker;
}

/** Nothing is known yet. */
export function openLoadControl(
  { ceiling, isAdaptive }: { readonly ceiling: number; readonly isAdaptive: boolean },
  at: number,
): LoadControl {
  const initial = isAdaptive ? Math.max(INITIAL_MIN, Math.ceil(ceiling * INITIAL_SHARE)) : ceiling;
  const latency = openLatencyWindow({ initial, ceiling }, at);
  return { ceiling, isAdaptive, congestion: uncongested(at), latency, breaker: CLOSED };
}

/** How many calls may be in flight. */
export function windowOf({ ceiling, isAdaptive, congestion, latency }: LoadControl): number {
  if (!isAdaptive) return ceiling;
  return Math.max(1, Math.floor(Math.min(ceiling, latency.limit, congestion.window.limit)));
}

/** How many calls a second may be sent, as far as that is known. */
export function paceOf({ isAdaptive, congestion }: LoadControl): number {
  return isAdaptive ? congestion.pace.limit : Infinity;
}

/** A call is sent. */
export function controlAfterSend(control: LoadControl): LoadControl {
  return {
    ...control,
    congestion: afterSend(control.congestion),
    breaker: breakerAfterSend(control.breaker),
  };
}

/** A call ended; `undefined` when it was given up and says nothing. */
export function controlAfterEnd(
  control: LoadControl,
  { call, outcome, at }: {
    readonly call: Flight;
    readonly outcome: CallOutcome | undefined;
    readonly at: number;
  },
): LoadControl {
  switch (outcome?.kind) {
    case undefined:
      return call.isProbe ? { ...control, breaker: breakerAfterAbandon(control.breaker, at) } : control;
    case "ok": {
      const { sentAt, inFlight, priority, index } = call;
      const latency = afterAnswer(
        control.latency,
        { at, latencyMs: at - sentAt, priority, index, inFlight },
        control.ceiling,
      );
      return { ...control, breaker: CLOSED, latency, congestion: afterAccept(control.congestion, call) };
    }
    case "rate_limited": {
      const pauseMs = Math.min(PAUSE_MAX_MS, outcome.retryAfterMs ?? PAUSE_MS);
      const isTimed = outcome.retryAfterMs !== undefined;
      const congestion = afterRefusal(control.congestion, { call, at, pauseMs, isTimed });
      return { ...control, breaker: CLOSED, congestion };
    }
    case "refused":
      return { ...control, breaker: CLOSED };
    case "overloaded":
    case "unreachable": {
      const breaker = breakerAfterFailure(control.breaker, { at, isProbe: call.isProbe });
      if (outcome.kind === "unreachable") return { ...control, breaker };
      return { ...control, breaker, congestion: afterOverload(control.congestion, call, at) };
    }
  }
}
