import { hold, type ProbedLimit, raise, UNLIMITED } from "./_probed_limit.ts";

/** Share of a measured rate that is used: the rest keeps a server's bucket from running empty. */
const CRUISE = 0.985;
const DECREASE = 0.7;
/** Share that is kept of a limit beyond which calls were refused. */
const OVERSHOOT = 0.97;
const SLIGHT_DECREASE = 0.95;
/** Fewer calls in flight than this share of what was accepted before: not calls at once are limited. */
const CONTRADICTION = 0.85;
const RATE_UNIT = 0.007;
const WINDOW_UNIT = 0.3;
const RAISE_EVERY_MS = 100;
/** A refusal so soon after the last cut says that the cut was too small. */
const REPEAT_MS = 500;
/** A limit that was cut blindly is raised again so soon. */
const FAST_RAISE_MS = 300;
/** A limit is held until so many calls passed, so that running into it again wastes few of them. */
const HOLD_CALLS = 130;
const HOLD_MIN_MS = 1_500;
const HOLD_MAX_MS = 10_000;
const CREDIT_FIRST = 0.6;
const CREDIT_MAX = 0.9;
const CREDIT_STEP = 0.05;
/** Calls from which on a rate counts as measured. */
const MEASURED_MIN = 10;
const MEASURED_MIN_S = 0.3;
const MEASURED_MAX_S = 30;

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
  /** Milliseconds that the last refusal took. */
  readonly refusalMs: number;
  /** Whether the last cut came while the pace was raised, and thus as expected. */
  readonly wasExpected: boolean;
  /** Cuts in quick succession. */
  readonly streak: number;
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
  /** How long nothing is sent. */
  readonly pauseMs: number;
  /** Whether the endpoint asked for the pause: that is how a limit on the rate speaks. */
  readonly isTimed: boolean;
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
    credit: CREDIT_FIRST,
    refusalMs: 0,
    wasExpected: false,
    streak: 0,
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
  // A refusal must have time to come back before the next step.
  const everyMs = Math.max(RAISE_EVERY_MS, 1.5 * state.refusalMs);
  if (by === "window") {
    const window = raise(state.window, { at, unit: WINDOW_UNIT, everyMs });
    return { ...state, fullAt: at, window };
  }
  const unit = Math.max(0.1, state.pace.limit * RATE_UNIT);
  return { ...state, pacedAt: at, pace: raise(state.pace, { at, unit, everyMs }) };
}

/** A call was refused. All refusals of calls sent before a cut are one sign of congestion. */
export function afterRefusal(state: Congestion, refusal: Refusal): Congestion {
  const { call, at, pauseMs, isTimed } = refusal;
  if (call.sentAt <= state.cutAt) {
    return isTimed ? { ...state, resumesAt: Math.max(state.resumesAt, at + pauseMs) } : state;
  }
  const accepted = state.accepted - 1;
  const seconds = Math.max(1, call.sentAt - state.since) / 1_000;
  const rate = accepted / seconds;
  const isRepeated = call.sentAt - state.resumesAt < REPEAT_MS;
  const sign: Sign = {
    ...refusal,
    rate,
    isMeasured: accepted >= MEASURED_MIN && seconds >= MEASURED_MIN_S && seconds <= MEASURED_MAX_S,
    isRepeated,
    streak: isRepeated ? state.streak + 1 : state.window.step > 0 || state.window.limit === Infinity ? 0 : 1,
    isBeyond: call.inFlight > state.peak,
    isRate: isTimed || (!isRepeated && call.inFlight < state.peak * CONTRADICTION),
  };
  const resumesAt = at + pauseMs;
  const credit = creditAfter(state, sign);
  const holdUntil = resumesAt + holdMs(rate);
  const isKept = isOverdrawn(state, sign);
  return {
    ...state,
    window: isKept ? state.window : cutWindow(state, sign, holdUntil),
    pace: isKept ? hold(state.pace.limit, holdUntil) : cutPace(state, sign, holdUntil),
    cutAt: at,
    resumesAt,
    since: at,
    accepted: 0,
    peak: sign.isBeyond ? Math.min(state.peak, call.inFlight - 1) : 0,
    refusalMs: at - call.sentAt,
    wasExpected: state.pace.step > 0,
    streak: sign.streak,
    credit,
  };
}

/** Whether a refusal right after a pause is due to what was made up for at once, because the endpoint saves nothing. */
function isOverdrawn(
  { credit, pace, wasExpected, resumesAt, cutAt }: Congestion,
  { isRepeated, isRate }: Sign,
): boolean {
  const isPaused = resumesAt - cutAt > REPEAT_MS;
  return isRate && isRepeated && isPaused && wasExpected && pace.limit !== Infinity && credit > CREDIT_STEP;
}

function creditAfter(state: Congestion, sign: Sign): number {
  if (isOverdrawn(state, sign)) return 0;
  if (sign.isRepeated || state.pace.step === 0) return state.credit / 2;
  return Math.min(
    CREDIT_MAX,
    state.credit < CREDIT_FIRST / 4 ? state.credit + CREDIT_STEP : state.credit * 1.5,
  );
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
  readonly streak: number;
  /** More calls in flight than were ever accepted: what a limit on calls at once looks like. */
  readonly isBeyond: boolean;
  /** Whether it looks like a limit on calls a second. */
  readonly isRate: boolean;
}

function holdMs(rate: number): number {
  return Math.min(HOLD_MAX_MS, Math.max(HOLD_MIN_MS, HOLD_CALLS / Math.max(rate, 0.1) * 1_000));
}

function cutWindow({ window }: Congestion, sign: Sign, until: number): ProbedLimit {
  const { call, at, pauseMs, isBeyond, isRepeated, isRate, streak } = sign;
  if (call.isPaced && !isBeyond && isRate) return window;
  const used = Math.min(window.limit, call.inFlight);
  if (isRate ? isBeyond && !isRepeated : !isRepeated) {
    const known = window.step > 0
      ? Math.max(Math.min(window.base, used - 1), (used - 1) * OVERSHOOT)
      : used - 1;
    return hold(Math.max(1, Math.floor(known)), until);
  }
  if (!isRate && streak === 1) return hold(Math.max(1, Math.floor(used * SLIGHT_DECREASE)), until);
  return hold(Math.max(1, Math.floor(used * DECREASE)), at + pauseMs + FAST_RAISE_MS);
}

function cutPace({ pace }: Congestion, sign: Sign, until: number): ProbedLimit {
  const { call, at, pauseMs, rate, isMeasured, isRepeated, isRate } = sign;
  if (pace.limit === Infinity && isRate && isMeasured) return hold(rate, until);
  if (!call.isPaced && !isRate) return pace;
  const isProbing = pace.step > 0 || pace.limit === Infinity;
  if (isMeasured && (isProbing || isRepeated)) return hold(Math.min(pace.limit, rate) * CRUISE, until);
  if (pace.limit === Infinity && !isMeasured) return pace;
  const limit = pace.limit === Infinity ? rate : pace.limit;
  return hold(Math.max(0.1, limit * DECREASE), at + pauseMs + REPEAT_MS);
}
