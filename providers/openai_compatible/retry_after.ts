import { durationMs, number } from "./_duration.ts";

/**
 * How long an endpoint asks to wait, in whole milliseconds, from the headers that say so: `retry-after-ms`,
 * `retry-after` (seconds or HTTP date).
 *
 * Source: RFC 9110 section 10.2.3 for `Retry-After`; the other is as OpenAI and Azure send it.
 */
export function retryAfterMs(headers: Headers, now: () => number): number | undefined {
  return whole(number(headers.get("retry-after-ms"))) ?? retryAfterHeader(headers, now);
}

/**
 * How long until the limits reset, in whole milliseconds, from `x-ratelimit-reset-requests`, `-tokens` and the plain
 * `x-ratelimit-reset`: those that are used up, or else the soonest. Endpoints send these with every answer, so they
 * mean something only where a limit was hit.
 */
export function rateLimitResetMs(headers: Headers, now: () => number): number | undefined {
  const limits = ["-requests", "-tokens", ""].flatMap((suffix) => {
    const wait = durationMs(headers.get(`x-ratelimit-reset${suffix}`), now);
    const isUsedUp = number(headers.get(`x-ratelimit-remaining${suffix}`)) === 0;
    return wait === undefined ? [] : [{ wait, isUsedUp }];
  });
  if (limits.length === 0) return undefined;
  const usedUp = limits.filter((limit) => limit.isUsedUp).map(({ wait }) => wait);
  return whole(usedUp.length > 0 ? Math.max(...usedUp) : Math.min(...limits.map(({ wait }) => wait)));
}

function retryAfterHeader(headers: Headers, now: () => number): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (!text) return undefined;
  const seconds = number(text);
  if (seconds !== undefined) return whole(seconds * 1000);
  // Date.parse alone would take "-3" for a date.
  const until = /^[a-z]{3,9}[, ]/i.test(text) ? Date.parse(text) : NaN;
  // The endpoint's own clock, where it tells it, so that a wrong clock here does no harm.
  const sent = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(until) ? undefined : whole(until - (Number.isNaN(sent) ? now() : sent));
}

function whole(ms: number | undefined): number | undefined {
  return ms === undefined || !Number.isFinite(ms) ? undefined : Math.max(0, Math.ceil(ms));
}
