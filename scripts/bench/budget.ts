/**
 * How many rows of two calls each are complete when the money ends, beside what the same money could have completed and
 * beside breadth-first scheduling, which makes all first calls before the second ones; through the real gateway and
 * budget in virtual time, with failures, retries, hangs and hedges. The same figures on every machine.
 * `deno task bench:budget [--json]`
 *
 * @module
 */
import {
  playSpending,
  type SpendingOutcome,
  type SpendingPlay,
} from "../../core/gateway/_spending_double.ts";
import { fakeClock } from "../../core/testing/mod.ts";
import { type BenchFigure, printBench } from "./_bench_result.ts";

const ROWS = 5_000;
/** Rows that the money is for: as many as cost so much on average. */
const PAID_ROWS = 1_000;
const DEAR = { input: 2.5, output: 10 };
const CHEAP = { input: 0.15, output: 0.6 };
const ROUNDING = 1e-9;

interface Scenario extends Pick<SpendingPlay, "prices" | "failing" | "hanging" | "hedged" | "concurrency"> {
  readonly name: string;
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: "dear draft, cheap judge, 16 at once",
    prices: { a: DEAR, b: CHEAP },
    failing: 0,
    hanging: 0,
    hedged: 0,
    concurrency: 16,
  },
  {
    name: "cheap draft, dear judge, 16 at once",
    prices: { a: CHEAP, b: DEAR },
    failing: 0,
    hanging: 0,
    hedged: 0,
    concurrency: 16,
  },
  {
    name: "equal prices, 64 at once, 10 % of the attempts fail",
    prices: { a: DEAR, b: DEAR },
    failing: 0.1,
    hanging: 0,
    hedged: 0,
    concurrency: 64,
  },
  {
    name: "equal prices, 16 at once, 5 % fail, 1 % hang, 5 % hedged",
    prices: { a: DEAR, b: DEAR },
    failing: 0.05,
    hanging: 0.01,
    hedged: 0.05,
    concurrency: 16,
  },
];

async function played(play: SpendingPlay): Promise<SpendingOutcome> {
  const clock = fakeClock();
  let isOver = false;
  const playing = playSpending(play, clock).finally(() => isOver = true);
  while (!isOver) await clock.advance(60_000);
  return await playing;
}

let overspent = 0;
async function figuresOf({ name, ...scenario }: Scenario): Promise<readonly BenchFigure[]> {
  const base: SpendingPlay = {
    ...scenario,
    rows: ROWS,
    maxTokens: 256,
    run: {},
    a: {},
    judge: {},
    seed: name,
  };
  const whole = await played(base);
  const usd = PAID_ROWS * whole.counted.usd / whole.completed;
  const ours = await played({ ...base, run: { usd } });
  const breadth = await played({ ...base, run: { usd }, isBreadthFirst: true });
  const share = whole.billed.judge.usd / whole.billed.run.usd;
  const kept = await played({ ...base, run: { usd }, isBreadthFirst: true, share });
  for (const { billed } of [ours, breadth, kept]) {
    overspent = Math.max(overspent, billed.run.usd - usd - ROUNDING);
  }
  const baseline = { name: "what the money could complete", value: PAID_ROWS };
  return [
    { name, unit: "rows", value: ours.completed, baseline },
    { name: "the same, breadth first", unit: "rows", value: breadth.completed, baseline },
    { name: "the same, with a share kept for the judge", unit: "rows", value: kept.completed, baseline },
  ];
}

const figures: BenchFigure[] = [];
for (const scenario of SCENARIOS) figures.push(...await figuresOf(scenario));
figures.push({ name: "overspent, at the endpoints' own count", unit: "USD", value: Math.max(0, overspent) });
printBench("budget", figures);
