/** A latency so many times that of an endpoint at ease says that calls queue there. */
const QUEUEING = Math.log(1.6);
const AT_EASE = Math.log(1.25);
/** Calls in flight beyond what the endpoint works on at once: a little queue keeps it busy. */
const HEADROOM = 1.2;
const ROUND_MIN = 24;
const FIRST_CALLS = 32;
/** Calls by which each answer widens a window that starts. */
const START_GROWTH = 2;
/** Rounds without a clear sign after which a smaller window is tried. */
const UNCLEAR_MAX = 12;

/**
 * How many calls in flight an endpoint can use, found from latency and throughput. An endpoint that queues silently
 * answers later and not more. All latencies are compared as logarithms, so that a few slow answers do not count much.
 */
export interface LatencyWindow {
  readonly limit: number;
  readonly isStarting: boolean;
  /** By priority, because each step asks something else: calls seen at first, and their mean log latency. */
  readonly classes: ReadonlyMap<number, { readonly count: number; readonly base: number }>;
  /** The round that is measured now. */
  readonly round: Round;
  /** Before a window was made smaller: what it was, and how many answers a second there were. */
  readonly trial: { readonly limit: number; readonly rate: number; readonly shift: number } | undefined;
  readonly unclear: number;
}

interface Round {
  readonly since: number;
  readonly count: number;
  readonly shift: number;
  readonly squares: number;
  readonly inFlight: number;
  readonly latency: number;
  readonly full: number;
}

/** An answer as the latency window sees it. */
export interface Answer {
  readonly at: number;
  readonly latencyMs: number;
  readonly priority: number;
  /** How many calls of this priority had been sent before. */
  readonly index: number;
  /** Calls in flight when it was sent, with itself. */
  readonly inFlight: number;
}

/** What the window may be. */
export interface WindowBounds {
  readonly initial: number;
  readonly ceiling: number;
}

/** A window that starts small and triples. */
export function openLatencyWindow({ initial, ceiling }: WindowBounds, at: number): LatencyWindow {
  return {
    limit: Math.min(initial, ceiling),
    isStarting: true,
    classes: new Map(),
    round: roundFrom(at),
    trial: undefined,
    unclear: 0,
  };
}

/** An answer came. */
export function afterAnswer(window: LatencyWindow, answer: Answer, ceiling: number): LatencyWindow {
  const { priority, latencyMs, at, inFlight } = answer;
  const log = Math.log(Math.max(0.1, latencyMs));
  const known = window.classes.get(priority);
  const isFirst = answer.index < FIRST_CALLS || known === undefined;
  let next = isFirst ? withFirst(window, priority, log) : window;
  const isFull = inFlight >= window.limit * 0.8;
  if (next.isStarting && isFull) next = { ...next, limit: Math.min(ceiling, next.limit + START_GROWTH) };
  if (isFirst || at < next.round.since) return next;
  const round = added(next.round, { log, shift: log - known.base, inFlight, isFull });
  const needed = Math.max(ROUND_MIN, Math.min(200, next.limit / 2));
  if (round.count < needed) return { ...next, round };
  return afterRound({ ...next, round }, at, ceiling);
}

function withFirst(window: LatencyWindow, priority: number, log: number): LatencyWindow {
  const { count, base } = window.classes.get(priority) ?? { count: 0, base: 0 };
  const classes = new Map(window.classes);
  classes.set(priority, { count: count + 1, base: (base * count + log) / (count + 1) });
  return { ...window, classes };
}

function afterRound(window: LatencyWindow, at: number, ceiling: number): LatencyWindow {
  const { count, since, full } = window.round;
  const shift = window.round.shift / count;
  const spread = Math.sqrt(Math.max(0, window.round.squares / count - shift ** 2));
  // Neither this round nor the first calls, with which it is compared, are known exactly.
  const margin = 2 * spread * Math.sqrt(1 / count + 1 / FIRST_CALLS);
  const rate = count / Math.max(1, at - since);
  const rested = { ...window, round: roundFrom(at) };
  if (window.trial !== undefined) return afterTrial(rested, { shift, rate, margin });
  if (shift - margin > QUEUEING) return shrunk(rested, window.round, { shift, rate, at });
  const lower = shift < 0 ? rebased(rested, shift * 0.3) : rested;
  if (shift < AT_EASE) {
    if (full < count / 2 || window.isStarting) return { ...lower, unclear: 0 };
    const limit = Math.min(ceiling, Math.ceil(window.limit * 1.25));
    // What a larger window does to the latency shows only when the calls sent from now on are answered.
    return { ...lower, unclear: 0, limit, round: roundFrom(at + window.round.latency / count) };
  }
  if (window.unclear < UNCLEAR_MAX || full < count / 2) return { ...lower, unclear: window.unclear + 1 };
  return shrunk(rested, window.round, { shift, rate, at });
}

interface Measured {
  readonly shift: number;
  readonly rate: number;
}

/** Makes the window what the endpoint works on at once (Little's law) and looks what becomes of the throughput. */
function shrunk(
  window: LatencyWindow,
  round: Round,
  measured: Measured & { readonly at: number },
): LatencyWindow {
  const { shift, rate, at } = measured;
  const used = round.inFlight / round.count;
  const limit = Math.max(1, Math.min(window.limit, Math.ceil(used / Math.exp(shift) * HEADROOM)));
  const trial = { limit: Math.min(window.limit, Math.ceil(used)), rate, shift };
  const settles = at + 1.5 * round.latency / round.count;
  return { ...window, limit, isStarting: false, trial, unclear: 0, round: roundFrom(settles) };
}

/** Latency that did not fall and throughput that did: it was not a queue, the endpoint or the work became slower. */
function afterTrial(
  window: LatencyWindow,
  { shift, rate, margin }: Measured & { readonly margin: number },
): LatencyWindow {
  const trial = window.trial!;
  const done = { ...window, trial: undefined };
  const isSlower = rate < trial.rate * 0.85 && shift + margin > trial.shift * 0.6;
  return isSlower ? rebased({ ...done, limit: trial.limit }, shift) : done;
}

function rebased(window: LatencyWindow, shift: number): LatencyWindow {
  const moved = [...window.classes].map(([priority, { count, base }]) => {
    return [priority, { count, base: base + shift }] as const;
  });
  return { ...window, classes: new Map(moved) };
}

function roundFrom(since: number): Round {
  return { since, count: 0, shift: 0, squares: 0, inFlight: 0, latency: 0, full: 0 };
}

interface Sample {
  readonly log: number;
  readonly shift: number;
  readonly inFlight: number;
  readonly isFull: boolean;
}

function added(round: Round, { log, shift, inFlight, isFull }: Sample): Round {
  return {
    since: round.since,
    count: round.count + 1,
    shift: round.shift + shift,
    squares: round.squares + shift ** 2,
    inFlight: round.inFlight + inFlight,
    latency: round.latency + Math.exp(log),
    full: round.full + (isFull ? 1 : 0),
  };
}
