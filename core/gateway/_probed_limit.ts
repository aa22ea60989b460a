/** A limit that is only known by running into it: held for a while, then raised by steps that grow. */
export interface ProbedLimit {
  /** No limit is known while it is infinite. */
  readonly limit: number;
  /** The limit that was held before it was raised. */
  readonly base: number;
  /** The last raise; 0 while the limit is held. */
  readonly step: number;
  /** Time in milliseconds of the next raise. */
  readonly raisesAt: number;
}

/** How a limit is raised. */
export interface Raise {
  readonly at: number;
  /** The first step. */
  readonly unit: number;
  /** Milliseconds between two steps. */
  readonly everyMs: number;
}

/** No limit is known. */
export const UNLIMITED: ProbedLimit = { limit: Infinity, base: 0, step: 0, raisesAt: Infinity };

/** Sets a limit that is held until `raisesAt`. */
export function hold(limit: number, raisesAt: number): ProbedLimit {
  return { limit, base: limit, step: 0, raisesAt };
}

/** Steps double every three: many small ones show a limit sooner than few large ones. */
const GROWTH = 2 ** (1 / 3);

/** Raises a limit whose time has come: by one unit, and by more than the last step each time that nothing happened. */
export function raise(probed: ProbedLimit, { at, unit, everyMs }: Raise): ProbedLimit {
  if (at < probed.raisesAt) return probed;
  const step = Math.max(unit, probed.step * GROWTH);
  return { ...probed, limit: probed.limit + step, step, raisesAt: at + everyMs };
}
