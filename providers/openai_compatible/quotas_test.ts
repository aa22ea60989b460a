import type { Quota } from "@fastdistill/core";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { quotasOf } from "./quotas.ts";

const NOW = Date.parse("2030-01-01T00:00:00Z");
const read = (headers: Record<string, string>) => quotasOf(new Headers(headers), () => NOW);

function vendor(reset: string): Record<string, string> {
  return {
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-remaining-requests": "59",
    "x-ratelimit-reset-requests": reset,
  };
}

Deno.test("quotasOf() reads requests and tokens as OpenAI and Azure send them", () => {
  assertEquals(
    read({
      ...vendor("1s"),
      "x-ratelimit-limit-tokens": "150000",
      "x-ratelimit-remaining-tokens": "149984",
      "x-ratelimit-reset-tokens": "6m0s",
    }),
    [
      { of: "requests", limit: 60, remaining: 59, resetMs: 1_000 },
      { of: "tokens", limit: 150_000, remaining: 149_984, resetMs: 360_000 },
    ],
  );
});

Deno.test("quotasOf() knows all the ways to say when a quota resets", () => {
  const resets: readonly (readonly [string, number])[] = [
    ["1s", 1_000],
    ["6m0s", 360_000],
    ["12ms", 12],
    ["20.5s", 20_500],
    ["1m26.4s", 86_400],
    ["30", 30_000],
    [String(NOW / 1_000 + 5), 5_000],
    [String(NOW + 5_000), 5_000],
    ["2030-01-01T00:00:07Z", 7_000],
    ["Tue, 01 Jan 2030 00:00:09 GMT", 9_000],
  ];
  for (const [text, ms] of resets) {
    const [quota] = read(vendor(text)) ?? [];
    assert(Math.abs((quota?.resetMs ?? NaN) - ms) < 1e-6, `${text}: ${quota?.resetMs}`);
  }
});

Deno.test("quotasOf() reads Anthropic's names, by the endpoint's own clock", () => {
  const headers = {
    date: "Tue, 01 Jan 2030 01:00:00 GMT",
    "anthropic-ratelimit-tokens-limit": "80000",
    "anthropic-ratelimit-tokens-remaining": "1000",
    "anthropic-ratelimit-tokens-reset": "2030-01-01T01:00:30Z",
  };
  assertEquals(read(headers), [{ of: "tokens", limit: 80_000, remaining: 1_000, resetMs: 30_000 }]);
});

Deno.test("quotasOf() reads every form of the IETF draft", () => {
  const window = [{
    of: "requests",
    limit: 100,
    remaining: 50,
    resetMs: 30_000,
    returns: "at_once",
  }] as Quota[];
  const plain = { "ratelimit-remaining": "50", "ratelimit-reset": "30" };
  assertEquals(read({ "ratelimit-limit": "100, 100;w=60", ...plain }), window);
  assertEquals(read({ ratelimit: "limit=100, remaining=50, reset=30" }), window);
  assertEquals(
    read({ ratelimit: '"default";r=50;t=30', "ratelimit-policy": '"default";q=100;w=60, "day";q=9' }),
    window,
  );
  assertEquals(
    read({ ratelimit: '"tpm";r=5', "ratelimit-policy": '"tpm";q=10;w=60;qu="tokens"' }),
    [{ of: "tokens", limit: 10, remaining: 5, resetMs: 60_000, returns: "at_once" }],
  );
});

Deno.test("quotasOf() takes the quota of which the least is left", () => {
  const plain = { "x-ratelimit-limit": "10", "x-ratelimit-remaining": "1", "x-ratelimit-reset": "2" };
  assertEquals(read({ ...vendor("1s"), ...plain })?.map(({ limit }) => limit), [10]);
});

Deno.test("quotasOf() says nothing where headers are absent, senseless, or would hold a run up for hours", () => {
  assertEquals(read({}), undefined);
  assertEquals(read({ "x-ratelimit-remaining-requests": "5" }), undefined);
  assertEquals(read({ ...vendor("1s"), "x-ratelimit-limit-requests": "0" }), undefined);
  for (const reset of ["", "soon", "-1s", "2h", "1s junk", "9".repeat(400)]) {
    assertEquals(read(vendor(reset)), undefined, reset);
  }
});

Deno.test("quotasOf() never fails and never states what makes no sense, whatever the headers hold", () => {
  const names = [
    ...["limit", "remaining", "reset"].flatMap((part) => [
      `x-ratelimit-${part}-requests`,
      `anthropic-ratelimit-tokens-${part}`,
      `x-ratelimit-${part}`,
      `ratelimit-${part}`,
    ]),
    "ratelimit",
    "ratelimit-policy",
    "date",
  ];
  const value = fc.oneof(
    fc.stringMatching(/^[ -~]{0,80}$/),
    fc.integer().map(String),
    fc.constantFrom(
      "1s",
      "6m0s",
      "NaN",
      "Infinity",
      "1e999",
      '"a";r=5;t=1',
      '"a";q=9',
      "limit=,remaining=,=",
      ";;,,==",
    ),
  );
  const junk = fc.array(fc.tuple(fc.constantFrom(...names), value));
  fc.assert(
    fc.property(junk, (headers) => {
      for (const { limit, remaining, resetMs } of quotasOf(new Headers(headers), () => NOW) ?? []) {
        assert(limit > 0 && remaining >= 0 && remaining <= limit && resetMs >= 0 && Number.isFinite(resetMs));
      }
    }),
    { numRuns: 500, seed: 7 },
  );
});
