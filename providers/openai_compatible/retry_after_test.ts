import { assertEquals } from "@std/assert";
import { rateLimitResetMs, retryAfterMs } from "./retry_after.ts";

const NOW = Date.UTC(2026, 0, 1);
const now = () => NOW;

Deno.test("retryAfterMs() reads seconds, dates and milliseconds", () => {
  const cases: readonly (readonly [Record<string, string>, number | undefined])[] = [
    [{ "retry-after": "2" }, 2000],
    [{ "retry-after": "0.25" }, 250],
    [{ "retry-after": " 7 " }, 7000],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": new Date(NOW + 90_000).toUTCString() }, 90_000],
    [{ "retry-after": new Date(NOW - 90_000).toUTCString() }, 0],
    [{ "retry-after-ms": "1.2" }, 2],
    [{ "retry-after-ms": "350", "retry-after": "1" }, 350],
    [{ "retry-after-ms": "soon", "retry-after": "1" }, 1000],
    [{ "retry-after": "-3" }, undefined],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "" }, undefined],
    [{ "retry-after": "9".repeat(400) }, undefined],
    [{}, undefined],
  ];
  for (const [headers, expected] of cases) {
    assertEquals(retryAfterMs(new Headers(headers), now), expected, JSON.stringify(headers).slice(0, 80));
  }
});

Deno.test("retryAfterMs() measures a date against the endpoint's own clock", () => {
  const theirs = Date.UTC(2020, 0, 1);
  const headers = new Headers({
    date: new Date(theirs).toUTCString(),
    "retry-after": new Date(theirs + 5000).toUTCString(),
  });
  assertEquals(retryAfterMs(headers, now), 5000);
});

Deno.test("rateLimitResetMs() reads durations and moments", () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ["1s", 1000],
    ["6m0s", 360_000],
    ["20ms", 20],
    ["1h2m3.5s", 3_723_500],
    ["2d", 172_800_000],
    ["1.5", 1500],
    [String(NOW / 1000 + 30), 30_000],
    [String(NOW + 30), 30],
    ["1s later", undefined],
    ["", undefined],
  ];
  for (const [text, expected] of cases) {
    assertEquals(rateLimitResetMs(new Headers({ "x-ratelimit-reset-requests": text }), now), expected, text);
  }
});

Deno.test("rateLimitResetMs() takes the limit that is used up, or else the soonest", () => {
  const resets = { "x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s" };
  assertEquals(rateLimitResetMs(new Headers(resets), now), 1000);
  const remaining = { "x-ratelimit-remaining-requests": "59", "x-ratelimit-remaining-tokens": "0" };
  assertEquals(rateLimitResetMs(new Headers({ ...resets, ...remaining }), now), 360_000);
  assertEquals(rateLimitResetMs(new Headers(), now), undefined);
});
