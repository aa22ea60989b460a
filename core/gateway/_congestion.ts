import { hold, type ProbedLimit, raise, UNLIMITED } from "./_probed_limit.ts";

/** Share of a measured rate that is used: the rest keeps a server's bucket from running empty. */
const CRUISE = 0.985;
const DECREASE = 0.7;
const RATE_UNIT = 0.02;
const RAISE_EVERY_MS = 300;
/** A refusal so soon after the last cut says that the cut was too small. */
const REPEAT_MS = 1_000;
/** A limit is held until so many calls passed, so that running into it again wastes few of them. */
const HOLD_CALLS = 200;
const HOLD_MIN_MS = 1_500;
const HOLD_MAX_MS = 10_000;
/** Calls from which on a rate counts as measured. */
const MEASURED_MIN = 10;

/** What refusals (429) taught about an endpoint: how many calls at once, and how many a second. */
export interface Congestion {
  /** Calls in flight. */
  readonly window: ProbedLimit;
  /** Calls a second. */
  readonly pace: ProbedLimit;
  /** Time of the last cut. Refusals of calls sent before it say nothing new. */
  readonly cutAt: number;
  /** Time from which calls are sent again after a cut. */
  readonly resumesAt: number;
  /** Time at which counting began. */
  readonly since: number;
  /** Sent since then and not refused. */
  readonly accepted: number;
  /** The most calls in flight with which one was accepted. */
  readonly peak: number;
  /** Last times at which window and pace kept a call waiting. */
  readonly fullAt: number;
  readonly pacedAt: number;
  /** Share of what was missed during a pause that may be made up for at once. */
  readonly credit: number;
}

/** A call as refusals see it. */
export interface SentCall {
  readonly sentAt: number;
  /** Calls in flight when it was sent, with itself. */
  readonly inFlight: number;
  /** Whether it had waited for the pace. */
  readonly isPaced: boolean;
}

/** A refusal. */
export interface Refusal {
  readonly call: SentCall;
  readonly at: number;
  /** How long the endpoint asked to wait. */
  readonly retryAfterMs: number;
}

/** Nothing is known. */
export function uncongested(at: number): Congestion {
  return {
    window: UNLIMITED,
    pace: UNLIMITED,
    cutAt: -Infinity,
    resumesAt: -Infinity,
    since: at,
    accepted: 0,
    peak: 0,
    fullAt: -Infinity,
    pacedAt: -Infinity,
    credit: 0.9,
  };
}

/** A call is sent. */
export function afterSend(state: Congestion): Congestion {
  return { ...state, accepted: state.accepted + 1 };
}

/** A call was accepted. */
export function afterAccept(state: Congestion, { inFlight, sentAt }: SentCall): Congestion {
  return inFlight <= state.peak || sentAt < state.cutAt ? state : { ...state, peak: inFlight };
}

/** Raises what has been held for long enough and keeps calls waiting. */
export function afterWait(state: Congestion, by: "window" | "pace", at: number): Congestion {
  if (by === "window") {
    const window = raise(state.window, { at, unit: 1, everyMs: RAISE_EVERY_MS });
    return { ...state, fullAt: at, window };
  }
  const unit = Math.max(0.1, state.pace.limit * RATE_UNIT);
  return { ...state, pacedAt: at, pace: raise(state.pace, { at, unit, everyMs: RAISE_EVERY_MS }) };
}

/** A call was refused. All refusals of calls sent before a cut are one sign of congestion. */
export function afterRefusal(state: Congestion, refusal: Refusal): Congestion {
  const { call, at, retryAfterMs } = refusal;
  if (call.sentAt <= state.cutAt) return state;
  const accepted = state.accepted - 1;
  const seconds = Math.max(1, call.sentAt - state.since) / 1_000;
  const rate = accepted / seconds;
  const sign: Sign = {
    ...refusal,
    rate,
    isMeasured: accepted >= MEASURED_MIN && seconds * 1_000 < HOLD_MAX_MS * 1.5,
    isRepeated: call.sentAt - state.resumesAt < REPEAT_MS,
    isBeyond: call.inFlight > state.peak,
  };
  const resumesAt = at + retryAfterMs;
  const holdUntil = resumesAt + holdMs(rate);
  return {
    ...state,
    window: cutWindow(state, sign, holdUntil),
    pace: cutPace(state, sign, holdUntil),
    cutAt: at,
    resumesAt,
    since: at,
    accepted: 0,
    peak: sign.isBeyond ? Math.min(state.peak, call.inFlight - 1) : 0,
    credit: sign.isRepeated ? state.credit / 2 : Math.min(0.9, state.credit * 1.2),
  };
}

/** The endpoint is overloaded: fewer calls at once, and no guess at a rate. */
export function afterOverload(state: Congestion, call: SentCall, at: number): Congestion {
  if (call.sentAt <= state.cutAt) return state;
  const rate = state.accepted / Math.max(1, at - state.since) * 1_000;
  const limit = Math.max(1, Math.floor(Math.min(state.window.limit, call.inFlight) * DECREASE));
  const window = hold(limit, at + holdMs(rate));
  return { ...state, window, cutAt: at, resumesAt: at, since: at, accepted: 0, peak: 0 };
}

interface Sign extends Refusal {
  /** Calls a second that were accepted since the last cut. */
  readonly rate: number;
  readonly isMeasured: boolean;
  readonly isRepeated: boolean;
  /** More calls in flight than were ever accepted: what a limit on calls at once looks like. */
  readonly isBeyond: boolean;
}

function holdMs(rate: number): number {
  return Math.min(HOLD_MAX_MS, Math.max(HOLD_MIN_MS, HOLD_CALLS / Math.max(rate, 0.1) * 1_000));
}

function cutWindow(
  { window }: Congestion,
  { call, at, isBeyond, isRepeated }: Sign,
  until: number,
): ProbedLimit {
  if (call.isPaced && !isBeyond) return window;
  if (isBeyond && !isRepeated) return hold(Math.max(1, call.inFlight - 1), until);
  return hold(Math.max(1, Math.floor(Math.min(window.limit, call.inFlight) * DECREASE)), at + RAISE_EVERY_MS);
}

function cutPace(
  { pace }: Congestion,
  { call, at, rate, isMeasured, isRepeated, isBeyond }: Sign,
  until: number,
): ProbedLimit {
  if (!call.isPaced && isBeyond && !isRepeated) return pace;
  const isProbing = pace.step > 0 || pace.limit === Infinity;
  if (isMeasured && (isProbing || isRepeated)) return hold(Math.min(pace.limit, rate) * CRUISE, until);
  if (pace.limit === Infinity && !isMeasured) return pace;
  const limit = pace.limit === Infinity ? rate : pace.limit;
  return hold(Math.max(0.1, limit * DECREASE), at + RAISE_EVERY_MS);
}
