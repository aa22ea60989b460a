/** A limit that is only known by running into it: held for a while, then raised by steps that double. */
export interface ProbedLimit {
  /** No limit is known while it is infinite. */
  readonly limit: number;
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
export const UNLIMITED: ProbedLimit = { limit: Infinity, step: 0, raisesAt: Infinity };

/** Sets a limit that is held until `raisesAt`. */
export function hold(limit: number, raisesAt: number): ProbedLimit {
  return { limit, step: 0, raisesAt };
}

/** Raises a limit whose time has come: by one unit, and by twice the last step each time that nothing happened. */
export function raise(probed: ProbedLimit, { at, unit, everyMs }: Raise): ProbedLimit {
  if (at < probed.raisesAt) return probed;
  const step = Math.max(unit, probed.step * 2);
  return { limit: probed.limit + step, step, raisesAt: at + everyMs };
}
