const UNITS_MS: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 0.001,
};
/** From here on a bare number is a moment, not a while: 2001-09-09 in seconds, and in milliseconds. */
const EPOCH_SECONDS_MIN = 1_000_000_000;
const EPOCH_MS_MIN = 1_000_000_000_000;

/** A header that says more than this says nothing. */
const CHARS_MAX = 64;

/** Milliseconds of `1s`, `6m0s`, `20ms`, `0.5` (seconds), or a moment in seconds or milliseconds since the epoch. */
export function durationMs(text: string | null, now: () => number): number | undefined {
  if (text === null || text.length > CHARS_MAX) return undefined;
  const value = number(text);
  if (value !== undefined) {
    if (value >= EPOCH_MS_MIN) return value - now();
    return value >= EPOCH_SECONDS_MIN ? value * 1000 - now() : value * 1000;
  }
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)(us|ms|[dhms])/g)];
  if (parts.length === 0) return momentMs(text, now);
  if (parts.map(([part]) => part).join("") !== text.trim()) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNITS_MS[unit!]!, 0);
}

/** A date as HTTP writes it, or as RFC 3339 does. */
function momentMs(text: string, now: () => number): number | undefined {
  const isDate = /^(?:[a-z]{3,9}[, ]|\d{4}-\d\d-\d\dT)/i.test(text.trim());
  const at = isDate ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? undefined : at - now();
}

/** A bare number; `undefined` for anything else. */
export function number(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^\s*\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
