/**
 * What a second copy of stragglers is worth and what it costs: calls with lognormal latency, of which one in a hundred
 * hangs for half a minute, through the real gateway in virtual time. The same figures on every machine.
 * `deno task bench:hedging [--json]`
 *
 * @module
 */
import { seededRandom } from "../../core/mod.ts";
import { AdaptiveLimiter, ComposedBudget, Gateway, Hedging } from "../../core/gateway/mod.ts";
import { type BenchFigure, printBench } from "./_bench_result.ts";
import { normal } from "./_limits/servers.ts";
import { VirtualTime } from "./_limits/virtual_time.ts";

const CALLS = 20_000;
const CONCURRENCY = 64;
const MEDIAN_MS = 600;
const SIGMA = 0.5;
const STRAGGLERS = 0.01;
const STRAGGLER_MS = 30_000;
const USED = { usd: 0.001, tokens: 1_000, requests: 1 };
const WORST = { usd: 0.004, tokens: 4_000, requests: 1 };

interface Outcome {
  readonly p99: number;
  readonly seconds: number;
  /** What the copies that were sent cost, at the endpoint's own count. */
  readonly paid: number;
  /** What the budget counts, with what was given up at its worst. */
  readonly counted: number;
}

async function play(hedging: Hedging | undefined): Promise<Outcome> {
  const clock = new VirtualTime();
  const random = seededRandom("hedging");
  const budget = new ComposedBudget({ run: {}, clock });
  const ledger = budget.ledgerOf({ provider: "teacher", step: "ask" });
  const gateway = new Gateway({ budget: ledger, clock, random });
  const limiter = new AdaptiveLimiter({ clock, concurrency: CONCURRENCY * 2, adaptive: false });
  const endpoint = { name: "teacher", limiter, timeoutMs: 120_000, attempts: 1, hedging };
  const { signal } = new AbortController();
  const latencies: number[] = [];
  let [left, paid, ended] = [CALLS, 0, 0];
  const send = async (signal: AbortSignal) => {
    paid += USED.usd;
    const isStraggler = random.next() < STRAGGLERS;
    await clock.sleep(isStraggler ? STRAGGLER_MS : MEDIAN_MS * Math.exp(SIGMA * normal(random)), signal);
  };
  const work = async () => {
    while (left-- > 0) {
      const since = clock.now();
      const options = {
        endpoint,
        priority: 0,
        worst: WORST,
        signal,
        isIdempotent: true,
        spending: () => USED,
        send,
      };
      await gateway.call(options);
      ended = clock.now();
      latencies.push(ended - since);
    }
  };
  for (let worker = 0; worker < CONCURRENCY; worker++) void work();
  await clock.run(3_600_000);
  latencies.sort((a, b) => a - b);
  if (latencies.length !== CALLS) throw new Error(`${latencies.length} of ${CALLS} calls were answered`);
  return {
    p99: latencies[Math.floor(CALLS * 0.99)]!,
    seconds: ended / 1_000,
    paid,
    counted: ledger.spent().usd,
  };
}

const plain = await play(undefined);
const hedged = await play(new Hedging({ after: { quantile: 0.95 }, maxShare: 0.05 }));
const beside = (value: number) => ({ name: "no hedging", value });
const figures: readonly BenchFigure[] = [
  { name: "p99 of a call", unit: "ms", value: hedged.p99, baseline: beside(plain.p99) },
  { name: "whole run", unit: "s", value: hedged.seconds, baseline: beside(plain.seconds) },
  { name: "copies paid for", unit: "USD", value: hedged.paid, baseline: beside(plain.paid) },
  { name: "counted by the budget", unit: "USD", value: hedged.counted, baseline: beside(plain.counted) },
];
printBench("hedging", figures);
