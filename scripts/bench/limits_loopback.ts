/**
 * Two of the server models of `limits.ts` as real servers on loopback, in real time: one that refuses more than so many
 * calls a second, one that queues silently. Ours beside fixed numbers of calls in flight.
 * `deno task bench:limits_loopback [--json] [--seconds 8]`
 *
 * @module
 */
import { parseArgs } from "node:util";
import { AdaptiveLimiter, type CallOutcome, type Limiter } from "../../core/gateway/mod.ts";
import { systemClock } from "../../core/mod.ts";
import { type BenchFigure, printBench } from "./_bench_result.ts";

const WORKERS = 128;
const WORK_MS = 100;
/** Calls a second that either server can do. */
const MODELS = [
  { name: "rate limit", kind: "rate", limit: 100, perSecond: 100 },
  { name: "silent queue", kind: "queue", limit: 10, perSecond: 100 },
] as const;
const FIXED = [4, 64] as const;

interface Score {
  readonly answered: number;
  readonly refused: number;
  readonly p50: number;
}

async function withServer<T>(args: readonly string[], use: (url: string) => Promise<T>): Promise<T> {
  const script = new URL("./_limited_server.ts", import.meta.url).pathname;
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, ...args],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = server.stdout.getReader();
  try {
    const { value } = await reader.read();
    return await use(`http://127.0.0.1:${Number(new TextDecoder().decode(value))}/`);
  } finally {
    await server.stdin.close();
    await reader.cancel();
    await server.status;
  }
}

/** Keeps workers busy for some seconds; each call goes through the limiter, and its end is told. */
async function measure(
  url: string,
  { limiter, seconds }: { limiter: Limiter; seconds: number },
): Promise<Score> {
  const end = performance.now() + seconds * 1_000;
  const stop = new AbortController();
  const latencies: number[] = [];
  let refused = 0;
  const work = async () => {
    while (performance.now() < end) {
      using lease = await limiter.acquire({ priority: 0, signal: stop.signal });
      if (performance.now() >= end) return;
      const since = performance.now();
      const response = await fetch(url, { method: "POST", body: "hi" });
      await response.body?.cancel();
      const outcome: CallOutcome = response.ok ? { kind: "ok" } : { kind: "rate_limited" };
      if (performance.now() < end) {
        if (response.ok) latencies.push(performance.now() - since);
        else refused++;
      }
      lease.report(outcome);
    }
  };
  const timer = setTimeout(() => stop.abort(), seconds * 1_000);
  await Promise.allSettled(Array.from({ length: WORKERS }, work));
  clearTimeout(timer);
  latencies.sort((a, b) => a - b);
  return { answered: latencies.length, refused, p50: latencies[latencies.length >> 1] ?? 0 };
}

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "8" }, json: { type: "boolean" } },
});
const seconds = Number(values.seconds);
const figures: BenchFigure[] = [];
for (const { name, kind, limit, perSecond } of MODELS) {
  const policies = [
    { policy: "FastDistill", open: () => new AdaptiveLimiter({ clock: systemClock, concurrency: WORKERS }) },
    ...FIXED.map((concurrency) => ({
      policy: `fixed at ${concurrency}`,
      open: () => new AdaptiveLimiter({ clock: systemClock, concurrency, adaptive: false }),
    })),
  ];
  for (const { policy, open } of policies) {
    const args = [kind, String(limit), String(WORK_MS)];
    const score = await withServer(args, (url) => measure(url, { limiter: open(), seconds }));
    const wasted = 100 * score.refused / Math.max(1, score.answered + score.refused);
    const baseline = { name: "capacity", value: perSecond };
    figures.push(
      { name: `${name}, ${policy}: answered`, unit: "calls/s", value: score.answered / seconds, baseline },
      { name: `${name}, ${policy}: refused`, unit: "% of calls", value: wasted },
      { name: `${name}, ${policy}: median latency`, unit: "ms", value: score.p50 },
    );
  }
}
printBench("limits_loopback", figures);
